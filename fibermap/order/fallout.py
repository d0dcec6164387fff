"""Fallout: what got stuck and goes on only if somebody does something, each with what to do next."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from fibermap.order.order_store import facts_of
from fibermap.order.prerequisites import STANDING, Facts, Open, Prerequisites
from fibermap.store import UnitOfWork

STUCK_AFTER = timedelta(days=3)
"""How long an order may stand still with something open before it is fallout."""
MOST_LISTED = 1_000

_STUCK = """
    SELECT order_id, state, held_why, address_id, changed_at FROM customer_order
    WHERE state = 'failed' OR (state = 'held' AND held_why = 'duplicate_active_order')
       OR (state IN ('acknowledged', 'pending', 'held') AND changed_at < $before
           AND coalesce(release_on, changed_at::DATE) < $before::DATE)
    ORDER BY changed_at, order_id LIMIT $most
"""
_PARKED = """
    SELECT d.subscriber, d.event_id, e.type, d.marked_at_utc AS since, d.error
    FROM delivery d JOIN event e USING (event_id)
    WHERE d.state = 'parked' AND d.subscriber LIKE 'order.%' ORDER BY d.marked_at_utc, d.event_id LIMIT $most
"""
_NEXT = {
    "failed": ("It failed on site.", "Find out why, then place it anew or cancel it and settle the deposit."),
    "person": ("Somebody holds it.", "Release it, or cancel it."),
    "duplicate_active_order": (
        "Its address became one with another that has an order.",
        "Settle with the customers which of the two orders stands, and cancel the other.",
    ),
}


def fallout(
    uow: UnitOfWork, prerequisites: Prerequisites = STANDING, stuck_after: timedelta = STUCK_AFTER
) -> list[dict[str, Any]]:
    """Return what is stuck, the longest first, without personal data.

    Parameters
    ----------
    stuck_after
        How long an order may stand still with something open.

    Returns
    -------
    list of dict
        ``kind`` (``order`` or ``delivery``), ``order_id`` or ``event_id``, ``address_id``, ``state``, ``since``,
        ``why`` and ``next_step``; at most 1,000 of each kind.
    """
    asked = {"before": uow.at_utc - stuck_after, "most": MOST_LISTED}
    rows = uow.sql.records("fallout.orders", _STUCK, asked)
    open_ones = _open(uow, [row["order_id"] for row in rows if row["state"] in ("acknowledged", "pending", "held")])
    stuck = [
        _order(row, said)
        for row in rows
        if (said := stands_in_the_way(row["held_why"] or row["state"], open_ones.get(row["order_id"]), prerequisites))
    ]
    parked = [_delivery(row) for row in uow.sql.records("fallout.parked", _PARKED, {"most": MOST_LISTED})]
    return sorted([*stuck, *parked], key=lambda each: each["since"])


def _open(uow: UnitOfWork, order_ids: list[int]) -> dict[int, Facts]:
    return {facts.order_id: facts for _, facts in facts_of(uow, order_ids)} if order_ids else {}


def stands_in_the_way(why: str, facts: Facts | None, prerequisites: Prerequisites = STANDING) -> tuple[str, str] | None:
    """Return why an order does not go on, and what to do next; None for one that is about to.

    Parameters
    ----------
    why
        A code: what holds it, else its state.
    facts
        None for an order that has ended.
    """
    if why in _NEXT:
        return _NEXT[why]
    outcomes = () if facts is None else (each.outcome for each in prerequisites.judge(facts))
    return next(((each.why, each.next_step) for each in outcomes if isinstance(each, Open)), None)


def _order(row: dict[str, Any], said: tuple[str, str]) -> dict[str, Any]:
    return {
        "kind": "order", "order_id": row["order_id"], "event_id": None, "address_id": row["address_id"],
        "state": row["state"], "since": row["changed_at"], "why": said[0], "next_step": said[1],
    }  # fmt: skip


def _delivery(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "kind": "delivery", "order_id": None, "event_id": row["event_id"], "address_id": None, "state": "parked",
        "since": row["since"],
        "why": f"{row['type']} {row['event_id']} could not be delivered to {row['subscriber']}: {row['error']}",
        "next_step": "Mend the cause, then have the event tried anew.",
    }  # fmt: skip
