"""Orders in the database: read, written, and moved from state to state with a line in the history each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import pyarrow as pa

from fibermap.kernel.errors import Code, Conflict, NotFound
from fibermap.order.history import note_change
from fibermap.order.order import BY_PERSON, Order
from fibermap.order.order_state import OrderKind, OrderState, OrderStep, next_state
from fibermap.order.prerequisites import Facts, Judged, Prerequisites
from fibermap.store import UnitOfWork
from fibermap.store.executor import named_sql
from fibermap.store.racing import first_come

MOST_LISTED = 1_000

_LIST = """
    SELECT o.order_id, o.kind, o.state, o.held_from, o.held_why, o.address_id, a.full_address, k.account_number,
           o.offer_id, o.technology, o.channel, o.rep, o.lead_id, o.commitment_id, o.previous_order_id, o.release_on,
           r.terminal_id, r.port, o.order_id IN (SELECT order_id FROM waiting_list) AS waits_for_port, o.placed_at,
           o.changed_at
    FROM customer_order o
    LEFT JOIN survivor s ON s.address_id = o.address_id
    LEFT JOIN address a ON a.address_id = coalesce(s.survivor_id, o.address_id) AND a.to_version IS NULL
    LEFT JOIN port_reservation r ON r.order_id = o.order_id
    LEFT JOIN account k ON k.contact_id = o.contact_id
    WHERE ($state IS NULL OR o.state = $state) AND ($kind IS NULL OR o.kind = $kind)
      AND ($address_id IS NULL OR coalesce(s.survivor_id, o.address_id) = $address_id)
      AND ($channel IS NULL OR o.channel = $channel) AND ($rep IS NULL OR o.rep = $rep)
      AND ($waiting IS NULL OR (o.order_id IN (SELECT order_id FROM waiting_list)) = $waiting)
      AND ($after IS NULL OR o.order_id > $after)
    ORDER BY o.order_id LIMIT $limit
"""
_FIND = """
    SELECT o.*, p.token AS payment_method FROM customer_order o LEFT JOIN order_payment p ON p.order_id = o.order_id
    WHERE o.order_id = ?
"""
_INSERT = """
    INSERT INTO customer_order BY NAME
    SELECT $order_id AS order_id, $kind AS kind, $state AS state, $address_id AS address_id, $contact_id AS contact_id,
           $offer_id AS offer_id, $technology AS technology, $price AS price, $lead_id::BIGINT AS lead_id,
           $previous_order_id::BIGINT AS previous_order_id, $channel AS channel, $rep AS rep,
           $deposit_id::BIGINT AS deposit_id, $placed_at AS placed_at, $placed_at AS changed_at
"""
_FACTS = named_sql("fibermap.order", "order_facts")
_DUE = """
    state IN ('acknowledged', 'pending') AND coalesce(release_on <= $on, true)
    AND order_id NOT IN (SELECT order_id FROM waiting_list)
"""
_MOVE = """
    UPDATE customer_order SET state = $state, held_from = $held_from, held_why = $held_why, changed_at = $now
    WHERE order_id = $order_id
"""


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """Which orders; what is None does not matter. ``waiting``: whether it waits for a port."""

    state: str | None = None
    kind: str | None = None
    address_id: int | None = None
    channel: str | None = None
    rep: str | None = None
    waiting: bool | None = None


def find_order(uow: UnitOfWork, order_id: int) -> Order:
    """Return an order; raises ``NotFound`` (``order_not_found``)."""
    rows = uow.sql.records("order.find", _FIND, [order_id])
    if not rows:
        raise NotFound(Code.ORDER_NOT_FOUND, f"There is no order {order_id}.", hint="fibermap orders list")
    return Order.of(rows[0])


def list_orders(uow: UnitOfWork, wanted: OrderFilter, *, after: int | None, limit: int) -> list[dict[str, Any]]:
    """Return orders by id, behind ``after``, without personal data."""
    params = {**asdict(wanted), "after": after, "limit": min(limit, MOST_LISTED)}
    return uow.sql.records("order.list", _LIST, params)


def insert_order(uow: UnitOfWork, order: Order, why: str) -> None:
    """Write a new order and the beginning of its history."""
    columns = ("order_id", "kind", "state", "address_id", "contact_id", "offer_id", "technology", "price", "lead_id",
               "previous_order_id", "channel", "rep", "deposit_id", "placed_at")  # fmt: skip
    row = {name: getattr(order, name) for name in columns}
    uow.sql.execute("order.insert", _INSERT, row | {"kind": str(order.kind), "state": str(order.state)})
    if order.payment_method is not None:
        save_payment_method(uow, order.order_id, order.payment_method)
    note_change(uow, "order", order.order_id, order.address_id, None, str(order.state), why=why)


def save_payment_method(uow: UnitOfWork, order_id: int, token: str) -> None:
    """Keep what an order is paid with, apart from the order: nobody who may look at orders may read it."""
    uow.sql.execute(
        "order.payment",
        """
        INSERT INTO order_payment VALUES ($order, $token, $now)
        ON CONFLICT (order_id) DO UPDATE SET token = excluded.token, noted_at = excluded.noted_at
        """,
        {"order": order_id, "token": token, "now": uow.at_utc},
    )


def save_offer(uow: UnitOfWork, order_id: int, offer_id: int, price: str) -> None:
    """Keep another offer of an order and its price, on which the customer agrees now."""
    uow.sql.execute(
        "order.offer",
        "UPDATE customer_order SET offer_id = ?, price = ?, price_agreed_at = ?, changed_at = ? WHERE order_id = ?",
        [offer_id, price, uow.at_utc, uow.at_utc, order_id],
    )


def occupy(uow: UnitOfWork, address_id: int, order_id: int) -> None:
    """Make an order the one live order of an address.

    Raises
    ------
    Conflict
        ``duplicate_active_order``: another one is.
    """
    taken = uow.sql.value("order.active", "SELECT order_id FROM active_order WHERE address_id = ?", [address_id])
    if taken is not None:
        raise Conflict(
            Code.DUPLICATE_ACTIVE_ORDER,
            "There is an order at this address already that has not ended.",
            hint="Change that order, or cancel it first.",
            order_id=taken,
            address_id=address_id,
        )
    with first_come():
        uow.sql.execute("order.occupy", "INSERT INTO active_order VALUES (?, ?)", [address_id, order_id])


def move_order(uow: UnitOfWork, order: Order, step: OrderStep, why: str) -> Order:
    """Take an order a step further; what has ended is no longer the live order of its address.

    Raises
    ------
    Conflict
        ``order_state_refused``.
    """
    state = next_state(order.state, step, order.held_from)
    held = step is OrderStep.HOLD
    moved = replace(
        order, state=state, held_from=order.state if held else None, held_why=why if held else None,
        changed_at=uow.at_utc,
    )  # fmt: skip
    row = {
        "order_id": order.order_id, "state": str(state), "held_from": moved.held_from, "held_why": moved.held_why,
        "now": uow.at_utc,
    }  # fmt: skip
    uow.sql.execute("order.move", _MOVE, row)
    if not moved.is_live:
        uow.sql.execute("order.vacate", "DELETE FROM active_order WHERE order_id = ?", [order.order_id])
    note_change(uow, "order", order.order_id, order.address_id, str(order.state), str(state), why=why)
    return moved


def hold_by_person(uow: UnitOfWork, order: Order) -> Order:
    """Stop an order for a person; one that the plan holds is then held by the person too."""
    if order.state is not OrderState.HELD:
        return move_order(uow, order, OrderStep.HOLD, BY_PERSON)
    uow.sql.execute(
        "order.hold",
        "UPDATE customer_order SET held_why = ?, changed_at = ? WHERE order_id = ?",
        [BY_PERSON, uow.at_utc, order.order_id],
    )
    note_change(uow, "order", order.order_id, order.address_id, "held", "held", why=BY_PERSON)
    return replace(order, held_why=BY_PERSON)


def facts_of(uow: UnitOfWork, order_ids: Sequence[int] | None = None) -> list[tuple[OrderState, Facts]]:
    """Return state and facts of orders, the earliest first; None: of all that are due."""
    if order_ids is None:
        statement = _FACTS.format(chosen=_DUE, ids="true")
        rows = uow.sql.records("order.facts", statement, {"on": uow.at_utc.date()})
    else:  # written out: only what is known beforehand reaches the tables below a view
        listed = ", ".join(str(int(each)) for each in order_ids) or "NULL"
        rows = uow.sql.records("order.facts", _FACTS.format(chosen=f"order_id IN ({listed})", ids=f"id IN ({listed})"))
    return [_facts(row, uow) for row in rows]


def _facts(row: Mapping[str, Any], uow: UnitOfWork) -> tuple[OrderState, Facts]:
    told = {name: value for name, value in row.items() if name != "state"}
    return OrderState(row["state"]), Facts(**{**told, "kind": OrderKind(row["kind"]), "on": uow.at_utc.date()})


def judge_order(uow: UnitOfWork, order_id: int, prerequisites: Prerequisites) -> tuple[Judged, ...]:
    """Return what has to be so for an order, and what is."""
    ((_, facts),) = facts_of(uow, [order_id])
    return prerequisites.judge(facts)


def move_many(uow: UnitOfWork, moves: Iterable[tuple[int, OrderState, OrderState, str]]) -> int:
    """Write many steps at once: order, before, after, and a code for why; return how many there were."""
    listed = list(moves)
    table = pa.table(
        {
            "order_id": pa.array([each[0] for each in listed], pa.int64()),
            "before": pa.array([str(each[1]) for each in listed], pa.string()),
            "after": pa.array([str(each[2]) for each in listed], pa.string()),
            "why": pa.array([each[3] for each in listed], pa.string()),
        }
    )
    told = {"now": uow.at_utc, "cause": uow.cause}
    uow.sql.execute(
        "order.move_many",
        """
        UPDATE customer_order SET state = m.after, changed_at = $now FROM moves m
        WHERE customer_order.order_id = m.order_id
        """,
        {"now": uow.at_utc},
        moves=table,
    )
    return uow.sql.execute(
        "order.note_many",
        """
        INSERT INTO sale_change
        SELECT 'order', m.order_id, o.address_id, m.before, m.after, m.why, NULL, $now, $cause
        FROM moves m JOIN customer_order o USING (order_id) ORDER BY m.order_id
        """,
        told,
        moves=table,
    )
