"""What a customer sees who follows a lead, a pre-order or an order by a link: how far it is, not who it is of."""

from __future__ import annotations

from typing import Any

from fibermap.kernel.errors import Code, NotFound
from fibermap.order.history import Subject, changes_of
from fibermap.order.order_state import LIVE, OrderState
from fibermap.order.order_store import judge_order
from fibermap.order.ports import place_in_line
from fibermap.order.prerequisites import STANDING, NotManaged
from fibermap.store import UnitOfWork

_SELECT = """
    SELECT t.state, t.address_id, a.full_address, {next_id} AS next_id, {offer_id} AS offer_id
    FROM {table} t
    LEFT JOIN survivor s ON s.address_id = t.address_id
    LEFT JOIN address a ON a.address_id = coalesce(s.survivor_id, t.address_id) AND a.to_version IS NULL
    WHERE t.{key} = ?
"""
_OF_LEAD = "(SELECT max(c.commitment_id) FROM commitment c WHERE c.lead_id = t.lead_id AND c.state <> 'withdrawn')"
_STATEMENTS: dict[Subject, str] = {
    "lead": _SELECT.format(table="lead", key="lead_id", next_id=_OF_LEAD, offer_id="NULL"),
    "commitment": _SELECT.format(table="commitment", key="commitment_id", next_id="t.order_id", offer_id="t.offer_id"),
    "order": _SELECT.format(table="customer_order", key="order_id", next_id="NULL", offer_id="t.offer_id"),
}
_NEXT: dict[Subject, Subject] = {"lead": "commitment", "commitment": "order"}


def follow(uow: UnitOfWork, subject: Subject, subject_id: int) -> dict[str, Any]:
    """Return what has become of a thing: a lead is followed to its pre-order, and that to its order.

    Returns
    -------
    dict
        ``subject``, ``subject_id``, ``state``, ``address_id``, ``full_address``, ``offer_id`` (None for interest),
        ``place_in_line`` of an order that waits for a port, ``steps`` that an order needs with whether each is ``met``,
        and ``history`` of states, the first one first.

    Raises
    ------
    NotFound
        ``link_invalid``: there is no such thing.
    """
    row = uow.sql.row(f"follow.{subject}", _STATEMENTS[subject], [subject_id])
    if row is None:
        raise NotFound(Code.LINK_INVALID, "This link does not lead to anything.", hint="Ask for a new one.")
    state, address_id, full_address, next_id, offer_id = row
    if next_id is not None:
        return follow(uow, _NEXT[subject], next_id)
    return {
        "subject": subject,
        "subject_id": subject_id,
        "state": state,
        "address_id": address_id,
        "full_address": full_address,
        "offer_id": offer_id,
        "place_in_line": place_in_line(uow, subject_id) if subject == "order" else None,
        "steps": _steps(uow, subject_id, OrderState(state)) if subject == "order" else [],
        "history": [
            {"state": change["after"], "at": change["changed_at"]} for change in changes_of(uow, subject, subject_id)
        ],
    }


def _steps(uow: UnitOfWork, order_id: int, state: OrderState) -> list[dict[str, Any]]:
    if state not in LIVE:
        return []
    judged = judge_order(uow, order_id, STANDING)
    return [
        {"name": each.name, "label": each.label, "met": not each.is_open}
        for each in judged
        if not isinstance(each.outcome, NotManaged)
    ]
