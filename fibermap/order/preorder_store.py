"""The tables of pre-orders, and the one definition of a place in the queue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from fibermap.kernel.errors import Code, NotFound
from fibermap.order.preorder import ACTIVE, PreOrder, PreOrderState
from fibermap.order.standing import standing_at
from fibermap.store import UnitOfWork

_COLUMNS = (
    "commitment_id, lead_id, address_id, offer_id, technology, state, terms_accepted_at, terms, price, "
    "price_locked_until, deposit_id, committed_at, order_id"
)


def insert_preorder(uow: UnitOfWork, preorder: PreOrder) -> None:
    """Write a new pre-order."""
    row = [
        preorder.commitment_id, preorder.lead_id, preorder.address_id, preorder.offer_id, preorder.technology,
        str(preorder.state), preorder.terms_accepted_at, preorder.terms, preorder.price, preorder.price_locked_until,
        preorder.deposit_id, preorder.committed_at, preorder.order_id, uow.at_utc,
    ]  # fmt: skip
    uow.sql.execute(
        "preorder.insert",
        f"INSERT INTO commitment ({_COLUMNS}, changed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        row,
    )


def save_preorder(uow: UnitOfWork, preorder: PreOrder) -> None:
    """Write a pre-order as it is now."""
    uow.sql.execute(
        "preorder.save",
        """
        UPDATE commitment SET lead_id = ?, state = ?, deposit_id = ?, committed_at = ?, changed_at = ?
        WHERE commitment_id = ?
        """,
        [
            preorder.lead_id, str(preorder.state), preorder.deposit_id, preorder.committed_at, uow.at_utc,
            preorder.commitment_id,
        ],
    )  # fmt: skip


def find_preorder(uow: UnitOfWork, commitment_id: int) -> PreOrder:
    """Return a pre-order by id; raises ``NotFound`` (``preorder_not_found``)."""
    found = _some(uow, "commitment_id = $id", commitment_id)
    if not found:
        raise NotFound(Code.PREORDER_NOT_FOUND, f"There is no pre-order {commitment_id}.")
    return found[0]


def preorders_of(uow: UnitOfWork, lead_id: int) -> list[PreOrder]:
    """Return every pre-order of a lead, the earliest first."""
    return _some(uow, "lead_id = $id", lead_id)


def active_of(uow: UnitOfWork, lead_id: int) -> PreOrder | None:
    """Return the pre-order of a lead that stands; None where none does."""
    return next((each for each in preorders_of(uow, lead_id) if each.state in ACTIVE), None)


def _some(uow: UnitOfWork, condition: str, thing_id: int) -> list[PreOrder]:
    statement = f"SELECT {_COLUMNS} FROM commitment WHERE {condition} ORDER BY committed_at, commitment_id"
    return [_preorder(row) for row in uow.sql.records("preorder.find", statement, {"id": thing_id})]


def _preorder(row: dict[str, Any]) -> PreOrder:
    return PreOrder(**row | {"state": PreOrderState(row["state"])})


@dataclass(frozen=True, slots=True)
class PreOrderFilter:
    """Which pre-orders; what is None does not matter."""

    states: Sequence[str] = ()
    zone_id: int | None = None
    phase: str | None = None
    offer_id: int | None = None
    lead_id: int | None = None
    address_id: int | None = None


EVERY_PREORDER = PreOrderFilter()
QUEUED = f"""
    SELECT p.*, a.full_address, a.class, a.phase, l.contact_id, l.channel, l.rep,
           CASE WHEN p.state IN ('committed', 'waiting') THEN row_number() OVER (
               PARTITION BY p.state IN ('committed', 'waiting'), p.zone_id,
                            CASE WHEN p.zone_id IS NULL THEN a.phase END
               ORDER BY p.committed_at, p.commitment_id) END AS place
    FROM preorder p JOIN lead l USING (lead_id)
    LEFT JOIN {standing_at("SELECT now_id FROM preorder")} a ON a.address_id = p.now_id
"""
"""Pre-orders, those that have one with their place: within their zone, else within their phase, else among the rest."""
_LISTED = f"""
    WITH queued AS ({QUEUED})
    SELECT q.commitment_id AS preorder_id, q.lead_id, q.now_id AS address_id, q.full_address, q.class, q.phase,
           q.zone_id, z.public_name AS zone, q.place, q.offer_id, q.technology, q.state, q.terms_accepted_at, q.terms,
           q.price, q.price_locked_until, q.deposit_id, q.committed_at, q.order_id, q.channel, q.rep, q.changed_at,
           q.contact_id, k.account_number
    FROM queued q LEFT JOIN zone z ON z.zone_id = q.zone_id LEFT JOIN account k ON k.contact_id = q.contact_id
    WHERE (len($states::VARCHAR[]) = 0 OR q.state IN (SELECT unnest($states::VARCHAR[])))
      AND ($zone_id::BIGINT IS NULL OR q.zone_id = $zone_id)
      AND ($phase::VARCHAR IS NULL OR q.phase = $phase)
      AND ($offer_id::BIGINT IS NULL OR q.offer_id = $offer_id)
      AND ($lead_id::BIGINT IS NULL OR q.lead_id = $lead_id)
      AND ($address_id::BIGINT IS NULL OR q.now_id = coalesce(
               (SELECT survivor_id FROM survivor WHERE address_id = $address_id), $address_id))
      AND q.commitment_id > $after
    ORDER BY q.commitment_id LIMIT $limit
"""


def list_preorders(
    uow: UnitOfWork, wanted: PreOrderFilter = EVERY_PREORDER, *, after: int = 0, limit: int = 100
) -> list[dict[str, Any]]:
    """Return pre-orders by id, from the one after ``after`` on, each with its place in the queue.

    The place is counted within the zone of the address, where it has none within its phase. Who they are of is not
    told.
    """
    given = {
        "states": list(wanted.states), "zone_id": wanted.zone_id, "phase": wanted.phase, "offer_id": wanted.offer_id,
        "lead_id": wanted.lead_id, "address_id": wanted.address_id, "after": after, "limit": limit,
    }  # fmt: skip
    rows = uow.sql.records("preorder.list", _LISTED, given)
    return [row | {"price": orjson.loads(row["price"])} for row in rows]
