"""A small plan with pre-orders to convert: homes on one street, an area that goes live, a terminal with ports."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from fibermap.money.deposits import hold_deposit
from fibermap.money.payment import PaymentState
from fibermap.money.payment_store import insert_payment, set_payment
from fibermap.order.ground import Ground
from fibermap.order.order import Sold
from fibermap.plan import Plan
from fibermap.store import UnitOfWork
from tests.builders import area, box, furnished, home, ids, ingest, rows, source, terminal

DAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
OFFER = 7


@dataclass(frozen=True)
class Counter:
    """A shop that sells one offer wherever fiber is, at one price."""

    technology: str = "fiber"

    def sell(self, ground: Ground, offer_id: int, channel: str, on: date) -> Sold:
        return Sold(self.technology, '{"lines":[]}')


SHOP = Counter()


@contextmanager
def planned_street(homes: int = 6, ports_free: int | None = None, **said: Any) -> Iterator[Plan]:
    """Lend a plan with homes 1, 2, ... in an area that is pre-build, near a terminal if ports are recorded."""
    with furnished(_furnish_street, homes, ports_free, tuple(said.items())) as fm:
        yield fm


def _furnish_street(fm: Plan, homes: int, ports_free: int | None, said: Iterable[tuple[str, Any]]) -> None:
    county = [home(n, 20 * n) for n in range(1, homes + 1)]
    ingest(fm, source("county", county), source("plan", street("Pre-build", **dict(said))))
    if ports_free is not None:
        set_ports(fm, ports_free)


def street(status: str, **said: Any) -> list[dict[str, Any]]:
    """Return the area around every home of the street."""
    return [area("North", status, box(0, -50, 5_000, 50), **said)]


def set_ports(fm: Plan, ports_free: int, **said: Any) -> None:
    """Let the source of terminals say how many ports are free."""
    ingest(fm, source("terminals", [terminal("T1", 70, 20, PORTS_FREE=ports_free, **said)]))


def area_id(fm: Plan) -> int:
    (found,) = rows(fm, "SELECT area_id FROM areas WHERE role = 'coverage' AND technology = 'fiber'")
    return int(found["area_id"])


def go_live(fm: Plan) -> None:
    """Let the area become build; whoever listens hears of it."""
    fm.set_area_class([area_id(fm)], "build", "tested", "ann")


def fall_back(fm: Plan) -> None:
    """Let the area become pre-build again."""
    fm.set_area_class([area_id(fm)], "pre-build", "not yet", "ann")


_STATEMENTS = {
    "contact": "INSERT INTO contact VALUES ($contact_id, 'Ann Lee', $phone, NULL, $at, $at)",
    "lead": """
        INSERT INTO lead BY NAME
        SELECT $lead_id AS lead_id, $address_id AS address_id, $contact_id AS contact_id, $state AS state,
               $technology AS technology, 'door' AS channel, 'rep' AS rep, $at AS captured_at, $at AS changed_at
    """,
    "household": "INSERT INTO household VALUES ($lead_id::VARCHAR, $lead_id)",
    "commitment": """
        INSERT INTO commitment BY NAME
        SELECT $commitment_id AS commitment_id, $lead_id AS lead_id, $address_id AS address_id, $offer_id AS offer_id,
               $technology AS technology, $state AS state, $at AS terms_accepted_at, 'v1' AS terms, '{}' AS price,
               $price_locked_until::DATE AS price_locked_until, $deposit_id::BIGINT AS deposit_id,
               $at AS committed_at, $at AS changed_at
    """,
}


def commit_lead(fm: Plan, line: str, n: int = 1, **said: Any) -> int:
    """Write a lead with a signed pre-order at an address, the n-th in the queue; return the commitment's id."""
    address_id = said.pop("address_id", None) or ids(fm)[line]
    at = DAY + timedelta(minutes=n)
    known: dict[str, Any] = {
        "commitment_id": 1_000 + n, "lead_id": 2_000 + n, "contact_id": 3_000 + n, "address_id": address_id, "at": at,
        "offer_id": OFFER, "technology": "fiber", "state": "committed", "deposit_id": None, "price_locked_until": None,
        "paid": True,
        "phone": "+14065550100",
    } | said  # fmt: skip

    def work(uow: UnitOfWork) -> None:
        if known["paid"]:
            known["deposit_id"] = pay(uow, known["commitment_id"], known["lead_id"])
        for name, statement in _STATEMENTS.items():
            uow.sql.execute(name, statement, {key: known[key] for key in re.findall(r"\$(\w+)", statement)})

    fm.store.run(work, cause="test")
    return int(known["commitment_id"])


def pay(uow: UnitOfWork, commitment_id: int, lead_id: int) -> int:
    """Take a deposit for a commitment, as the gateway would have it, and return its id."""
    given = {
        "key": f"deposit-{commitment_id}", "purpose": "deposit", "party": f"lead:{lead_id}", "currency": "USD",
        "amount": 5_000, "token": "tok_visa", "gateway": "simulated",
    }  # fmt: skip
    payment = set_payment(uow, insert_payment(uow, given), PaymentState.CAPTURED, gateway_id=f"pi_{commitment_id}")
    hold_deposit(uow, payment)
    return payment.payment_id


def orders(fm: Plan) -> list[dict[str, Any]]:
    """Return all orders in the order of their commitments."""
    return rows(fm, "SELECT * FROM customer_order ORDER BY commitment_id NULLS LAST, placed_at, order_id")


def states(fm: Plan) -> list[str]:
    return [row["state"] for row in orders(fm)]


def count(fm: Plan, table: str, where: str = "true") -> int:
    return int(rows(fm, f"SELECT count(*) AS n FROM {table} WHERE {where}")[0]["n"])
