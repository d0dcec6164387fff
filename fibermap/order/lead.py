"""A lead: interest in service at an address, its states, and who has the credit for it. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from fibermap.kernel.errors import Code, Conflict


class LeadState(StrEnum):
    """How far a lead is."""

    NEW = "new"
    QUALIFIED = "qualified"
    """Somebody has spoken with the customer, and they mean it."""
    PRE_ORDERED = "pre-ordered"
    """They have chosen an offer, and their deposit is still to come."""
    COMMITTED = "committed"
    """They have signed, with the deposit where one is asked for."""
    CONVERTED = "converted"
    """It became an order."""
    LOST = "lost"


_STEPS: Mapping[LeadState, frozenset[LeadState]] = {
    LeadState.NEW: frozenset(LeadState) - {LeadState.NEW},
    LeadState.QUALIFIED: frozenset(LeadState) - {LeadState.NEW, LeadState.QUALIFIED},
    LeadState.PRE_ORDERED: frozenset({LeadState.QUALIFIED, LeadState.COMMITTED, LeadState.CONVERTED, LeadState.LOST}),
    LeadState.COMMITTED: frozenset({LeadState.QUALIFIED, LeadState.CONVERTED, LeadState.LOST}),
    LeadState.CONVERTED: frozenset({LeadState.LOST}),
    LeadState.LOST: frozenset(),
}
"""Where a lead may go from where it is. A withdrawn pre-order leads back to qualified: the interest was real."""

CLOSED = frozenset({LeadState.CONVERTED, LeadState.LOST})
"""States in which a household may have another, open lead."""
FURTHEST_FIRST = (LeadState.COMMITTED, LeadState.PRE_ORDERED, LeadState.QUALIFIED, LeadState.NEW)
"""Of two open leads of one household the one that is further stays."""


class LostReason(StrEnum):
    """Why a lead came to nothing."""

    NOT_INTERESTED = "not_interested"
    COMPETITOR = "competitor"
    PRICE = "price"
    MOVED = "moved"
    UNREACHABLE = "unreachable"
    NOT_SERVED = "not_served"
    DUPLICATE = "duplicate"
    """It was merged into another one."""
    ERASED = "erased"
    """The customer wants nothing kept of them."""
    CANCELLED = "cancelled"
    """Its order was cancelled."""
    OTHER = "other"


class NextStep(StrEnum):
    """What can be done for the customer at the address now."""

    ORDER = "order"
    PREORDER = "preorder"
    INTEREST = "interest"
    """Nothing is planned there: the lead itself is all that can be kept."""


@dataclass(frozen=True, slots=True)
class Lead:
    """One lead.

    Attributes
    ----------
    address_id
        The address that it hangs on; the view ``survivor`` leads on where that was merged.
    technology
        The technology that is wanted; None: any.
    rep, rep_since
        Who has the credit, and since when it counts.
    """

    lead_id: int
    address_id: int
    contact_id: int
    state: LeadState
    channel: str
    captured_at: datetime
    technology: str | None = None
    rep: str | None = None
    rep_since: datetime | None = None
    lost_reason: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether it may still become an order."""
        return self.state not in CLOSED


def require_step(lead: Lead, to: LeadState) -> None:
    """Refuse a change of state that there is not; raises ``Conflict`` (``lead_state_refused``)."""
    if to not in _STEPS[lead.state]:
        raise Conflict(
            Code.LEAD_STATE_REFUSED,
            f"A lead that is {lead.state} cannot become {to}.",
            hint="Look at it again; somebody may have changed it meanwhile.",
        )


class CreditRule(StrEnum):
    """What a later capture does to the credit."""

    NOBODY = "nobody"
    """No rep had a part in it."""
    FIRST = "first"
    """Nobody had the credit; whoever captured now has it."""
    KEPT = "kept"
    """It stays where it is: it is young enough, or no rep asks for it."""
    RENEWED = "renewed"
    """Whoever has it came again, and it counts anew."""
    PASSED = "passed"
    """It was too old; whoever captured now has it."""


@dataclass(frozen=True, slots=True)
class Credit:
    """Who has the credit for a lead, since when, and by which rule."""

    rep: str | None
    since: datetime | None
    rule: CreditRule


def credit_after(lead: Lead, rep: str | None, at: datetime, credit_days: int) -> Credit:
    """Return who has the credit once ``rep``, or nobody, has captured the household's lead again.

    The first rep keeps it for ``credit_days`` days from when they last captured it; whoever comes later gets it then.
    """
    if lead.rep is None or lead.rep_since is None:
        return Credit(rep, at, CreditRule.FIRST) if rep is not None else Credit(None, None, CreditRule.NOBODY)
    if rep is None:
        return Credit(lead.rep, lead.rep_since, CreditRule.KEPT)
    if rep == lead.rep:
        return Credit(rep, max(at, lead.rep_since), CreditRule.RENEWED)
    if at - lead.rep_since <= timedelta(days=credit_days):
        return Credit(lead.rep, lead.rep_since, CreditRule.KEPT)
    return Credit(rep, at, CreditRule.PASSED)


def stays(one: Lead, other: Lead) -> Lead:
    """Return which of two open leads of one household stays: the further, then the earlier, then the smaller id."""
    return min(one, other, key=lambda lead: (FURTHEST_FIRST.index(lead.state), lead.captured_at, lead.lead_id))
