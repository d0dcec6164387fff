"""What a customer sees who follows a lead, a pre-order, an order or a draft by a link: how far it is, not whose."""

from __future__ import annotations

from typing import Any, Literal

from fibermap.kernel.errors import Code, NotFound
from fibermap.money.payment import PaymentState
from fibermap.order.draft import Draft, DraftState, find_draft
from fibermap.order.history import Subject, changes_of
from fibermap.order.lead import LeadState
from fibermap.order.order_state import LIVE, STEPS, OrderState, OrderStep
from fibermap.order.order_store import judge_order
from fibermap.order.paying import payment_json
from fibermap.order.ports import place_in_line
from fibermap.order.preorder import ACTIVE, PreOrderState
from fibermap.order.prerequisites import STANDING, NotManaged
from fibermap.store import UnitOfWork

Followable = Subject | Literal["draft"]
"""What a link leads to."""

_SELECT = """
    SELECT t.state, coalesce(s.survivor_id, t.address_id), a.full_address, {next_id} AS next_id, {offer_id} AS offer_id,
           {account} AS account_number, {deposit_id} AS deposit_id
    FROM {table} t
    LEFT JOIN survivor s ON s.address_id = t.address_id
    LEFT JOIN address a ON a.address_id = coalesce(s.survivor_id, t.address_id) AND a.to_version IS NULL
    WHERE t.{key} = ?
"""
_OF_LEAD = "(SELECT max(c.commitment_id) FROM commitment c WHERE c.lead_id = t.lead_id AND c.state <> 'withdrawn')"
_STATEMENTS: dict[Followable, str] = {
    "lead": _SELECT.format(
        table="lead", key="lead_id", next_id=_OF_LEAD, offer_id="NULL", account="NULL", deposit_id="NULL"
    ),
    "commitment": _SELECT.format(
        table="commitment", key="commitment_id", next_id="t.order_id", offer_id="t.offer_id",
        account="(SELECT k.account_number FROM account k JOIN lead l USING (contact_id) WHERE l.lead_id = t.lead_id)",
        deposit_id="t.deposit_id",
    ),
    "order": _SELECT.format(
        table="customer_order", key="order_id", next_id="NULL", offer_id="t.offer_id",
        account="(SELECT k.account_number FROM account k WHERE k.contact_id = t.contact_id)",
        deposit_id="t.deposit_id",
    ),
    "draft": _SELECT.format(
        table="sale_draft", key="draft_id", next_id="NULL", offer_id="t.offer_id", account="NULL",
        deposit_id="NULL",
    ),
}  # fmt: skip
_NEXT: dict[Subject, Subject] = {"lead": "commitment", "commitment": "order"}
_MAY_GIVE_UP: dict[Followable, frozenset[str]] = {
    "lead": frozenset({LeadState.NEW, LeadState.QUALIFIED}),
    "commitment": frozenset(ACTIVE),
    "order": frozenset(STEPS[OrderStep.CANCEL]),
    "draft": frozenset({DraftState.OPEN}),
}


def follow(uow: UnitOfWork, subject: Followable, subject_id: int) -> dict[str, Any]:
    """Return what has become of a thing: a draft or lead is followed to its pre-order, and that to its order.

    Returns
    -------
    dict
        ``subject``, ``subject_id``, ``state``, ``address_id``, ``full_address``, ``offer_id`` (None for interest),
        ``account_number`` (None for interest and for what is only begun),
        ``place_in_line`` of an order that waits for a port, ``steps`` that an order needs with whether each is ``met``,
        ``history`` of states, the first one first, ``payment`` (None: none was asked for) and ``payment_due``,
        ``may_give_up``, and of a draft in ``begun`` what was chosen:
        ``sale``, ``add_on_ids``, ``expires_at``, and whether it ``knows`` who began it.

    Raises
    ------
    NotFound
        ``link_invalid``: there is no such thing.
    """
    row = uow.sql.row(f"follow.{subject}", _STATEMENTS[subject], [subject_id])
    if row is None:
        raise NotFound(Code.LINK_INVALID, "This link does not lead to anything.", hint="Ask for a new one.")
    state, address_id, full_address, next_id, offer_id, account_number, deposit_id = row
    if subject == "draft":
        return _of_draft(uow, find_draft(uow, subject_id), address_id, full_address)
    if next_id is not None:
        return follow(uow, _NEXT[subject], next_id)
    steps = _steps(uow, subject_id, OrderState(state)) if subject == "order" else []
    return _told(subject, subject_id, state, address_id, full_address) | {
        "offer_id": offer_id,
        "account_number": account_number,
        "place_in_line": place_in_line(uow, subject_id) if subject == "order" else None,
        "steps": steps,
        "history": [
            {"state": change["after"], "at": change["changed_at"]} for change in changes_of(uow, subject, subject_id)
        ],
        "begun": None,
        **_payment(uow, subject, state, deposit_id, steps),
    }


def _payment(
    uow: UnitOfWork, subject: Followable, state: str, deposit_id: int | None, steps: list[dict[str, Any]]
) -> dict[str, Any]:
    """Return how far its payment is, and whether something is to be paid at its page."""
    due = state == PreOrderState.PRE_ORDERED if subject == "commitment" else _lacks_payment(steps)
    told = payment_json(uow, deposit_id)
    return {"payment": told, "payment_due": due and (told is None or told["state"] in _TO_BE_PAID)}


def _lacks_payment(steps: list[dict[str, Any]]) -> bool:
    return any(each["name"] == "payment" and not each["met"] for each in steps)


_TO_BE_PAID = (PaymentState.INTENDED, PaymentState.AWAITING, PaymentState.FAILED)


def _told(
    subject: Followable, subject_id: int, state: str, address_id: int, full_address: str | None
) -> dict[str, Any]:
    return {
        "subject": subject,
        "subject_id": subject_id,
        "state": state,
        "address_id": address_id,
        "full_address": full_address,
        "may_give_up": state in _MAY_GIVE_UP[subject],
    }


def _of_draft(uow: UnitOfWork, draft: Draft, address_id: int, full_address: str | None) -> dict[str, Any]:
    if draft.became is not None and draft.became_id is not None:
        return follow(uow, draft.became, draft.became_id)
    return _told("draft", draft.draft_id, str(draft.state), address_id, full_address) | {
        "offer_id": draft.offer_id, "account_number": None, "place_in_line": None, "steps": [], "history": [],
        "payment": None, "payment_due": False,
        "begun": _begun(draft),
    }  # fmt: skip


def _begun(draft: Draft) -> dict[str, Any]:
    return {
        "sale": draft.sale,
        "add_on_ids": list(draft.add_on_ids),
        "knows": draft.lead_id is not None,
        "expires_at": draft.expires_at,
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
