"""Giving up by the link that one follows: interest, a pre-order, an order or a draft, and what that does, in words.

What is said of money is read off what the giving up itself wrote, so a preview tells what will happen and the answer
what has. Nothing is said of others, as `fibermap.order.consequences` says it to those who sell: of who gets a port.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fibermap.kernel.errors import Code, Conflict
from fibermap.money.amount import Money
from fibermap.order.consequence_lines import Consequence
from fibermap.order.draft import give_up_draft
from fibermap.order.following import Followable, follow
from fibermap.order.lead import LostReason
from fibermap.order.lead_commands import lose_lead
from fibermap.order.order_commands import cancel_order
from fibermap.order.preorder import WithdrawnWhy
from fibermap.order.preorder_commands import withdraw_preorder
from fibermap.store import UnitOfWork

CUSTOMER = "customer"
"""Why, and who says so: whoever has the link."""
_ENDS = {
    "lead": "We take your name off the list for this address.",
    "commitment": "Your pre-order ends. Your place in the queue and the price that was held for you are gone.",
    "order": "Your order ends, and nothing is installed.",
    "draft": "What you have begun is forgotten.",
}


@dataclass(frozen=True, slots=True)
class GivenUp:
    """What was given up, as it is now, what that did, and the refunds that are to be carried out."""

    told: dict[str, Any]
    consequences: tuple[Consequence, ...]
    refund_ids: tuple[int, ...]


def give_up(uow: UnitOfWork, subject: Followable, subject_id: int) -> GivenUp:
    """Give up what a link leads to.

    Raises
    ------
    Conflict
        ``order_state_refused``, ``preorder_state_refused``, ``lead_state_refused``, ``draft_closed``: it has ended
        already, or the service runs.
    NotFound
        ``link_invalid``.
    """
    found = follow(uow, subject, subject_id)
    at: int = found["subject_id"]
    before = _refunds(uow)
    if found["subject"] == "draft":
        give_up_draft(uow, at)
    elif found["subject"] == "lead":
        lose_lead(uow, at, LostReason.NOT_INTERESTED)
    elif found["subject"] == "commitment":
        withdraw_preorder(uow, at, WithdrawnWhy.CUSTOMER, CUSTOMER)
    elif found["may_give_up"]:
        cancel_order(uow, at, CUSTOMER, CUSTOMER)
    else:
        raise Conflict(Code.ORDER_STATE_REFUSED, "This order has ended already.", hint="Ask us.", state=found["state"])
    promised = {refund_id: money for refund_id, money in _refunds(uow).items() if refund_id not in before}
    ends = Consequence(f"{found['subject']}_ends", _ENDS[found["subject"]])
    back = [
        Consequence("deposit_back", f"Your deposit of {money} goes back to where it came from.")
        for money in promised.values()
    ]
    return GivenUp(follow(uow, found["subject"], at), (ends, *back), tuple(promised))


def _refunds(uow: UnitOfWork) -> dict[int, Money]:
    """Return the refunds that are promised and not begun."""
    rows = uow.sql.rows("refund.promised", "SELECT refund_id, amount, currency FROM refund WHERE state = 'intended'")
    return {refund_id: Money(amount, currency) for refund_id, amount, currency in rows}
