"""A pre-order: a lead's word for an offer that is not built yet, and its states. Values only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from fibermap.kernel.errors import Code, Conflict
from fibermap.order.ground import Ground
from fibermap.order.lead import LeadState


class PreOrderState(StrEnum):
    """How far a pre-order is."""

    PRE_ORDERED = "pre-ordered"
    """The terms are signed, and the deposit is still to come: it has no place in the queue and counts nowhere."""
    COMMITTED = "committed"
    """Signed, with the deposit where one is asked for: it has its place in the queue."""
    WAITING = "waiting"
    """Its technology is live, and it waits for a port."""
    CONVERTED = "converted"
    """It became an order."""
    WITHDRAWN = "withdrawn"


_STEPS: Mapping[PreOrderState, frozenset[PreOrderState]] = {
    PreOrderState.PRE_ORDERED: frozenset({PreOrderState.COMMITTED, PreOrderState.CONVERTED, PreOrderState.WITHDRAWN}),
    PreOrderState.COMMITTED: frozenset({PreOrderState.WAITING, PreOrderState.CONVERTED, PreOrderState.WITHDRAWN}),
    PreOrderState.WAITING: frozenset({PreOrderState.COMMITTED, PreOrderState.CONVERTED, PreOrderState.WITHDRAWN}),
    PreOrderState.CONVERTED: frozenset(),
    PreOrderState.WITHDRAWN: frozenset(),
}
"""Where a pre-order may go from where it is. What became an order is cancelled as one."""

ACTIVE = (PreOrderState.PRE_ORDERED, PreOrderState.COMMITTED, PreOrderState.WAITING)
"""States of which a household has at most one."""
LEAD_STATE: Mapping[PreOrderState, LeadState] = {
    PreOrderState.PRE_ORDERED: LeadState.PRE_ORDERED,
    PreOrderState.COMMITTED: LeadState.COMMITTED,
    PreOrderState.WAITING: LeadState.COMMITTED,
    PreOrderState.WITHDRAWN: LeadState.QUALIFIED,
}
"""What the lead is meanwhile."""


class WithdrawnWhy(StrEnum):
    """Why a pre-order was withdrawn."""

    CUSTOMER = "customer"
    """The customer does not want it any more."""
    SLIPPED = "slipped"
    """The date moved, and the customer chose their deposit back."""
    MERGED = "merged"
    """Its address became one with another, whose household had an earlier one."""
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class Promised:
    """What is promised with a pre-order: the technology that it waits for, the price as JSON, and how long it holds."""

    technology: str
    price: str
    locked_until: date | None


class Counter(Protocol):
    """Says what may be pre-ordered. The catalogue does."""

    def promise(self, ground: Ground, offer_id: int, add_on_ids: Sequence[int], channel: str, on: date) -> Promised:
        """Return what is promised at an address, or refuse with a code that says why not and what else."""
        ...


@dataclass(frozen=True, slots=True)
class PreOrder:
    """One pre-order.

    Attributes
    ----------
    terms_accepted_at, terms
        When the customer signed, and which version of the terms.
    price
        JSON of the quote, see `fibermap.order.quote.Quote`.
    price_locked_until
        The last day on which that price is honoured.
    deposit_id
        The payment that the deposit is taken by; None where none was asked for.
    committed_at
        Its place in the queue: who committed first comes first, then the smaller id.
    """

    commitment_id: int
    lead_id: int
    address_id: int
    offer_id: int
    technology: str
    state: PreOrderState
    terms_accepted_at: datetime
    terms: str
    price: str
    price_locked_until: date | None
    deposit_id: int | None
    committed_at: datetime
    order_id: int | None = None


def require_preorder_step(preorder: PreOrder, to: PreOrderState) -> None:
    """Refuse a change of state that there is not; raises ``Conflict`` (``preorder_state_refused``)."""
    if to not in _STEPS[preorder.state]:
        raise Conflict(
            Code.PREORDER_STATE_REFUSED,
            f"A pre-order that is {preorder.state} cannot become {to}.",
            hint="Look at it again; what became an order is cancelled as one.",
        )
