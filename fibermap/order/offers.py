"""What may be sold at an address, and why anything else may not: the words of the answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from fibermap.kernel.errors import Code, Conflict, InputRefused, NotFound
from fibermap.order.ground import Ground
from fibermap.order.offering import Offering, OfferingKind


class Sale(StrEnum):
    """What may be done at an address, most first."""

    ORDER = "order"
    PRE_ORDER = "pre-order"
    INTEREST = "interest"


class Why(StrEnum):
    """What stands behind a refusal, finer than its code."""

    OUT_OF_COVERAGE = "out_of_coverage"
    POSITION_UNKNOWN = "position_unknown"
    NOT_YET_BUILT = "not_yet_built"
    ALREADY_BUILT = "already_built"
    HOLD = "hold"
    NO_PORT = "no_port"
    SALES_NOT_OPEN = "sales_not_open"
    NETWORK_NOT_READY = "network_not_ready"
    NOT_SERVICEABLE = "not_serviceable"
    FLAGGED = "flagged"
    SOURCE_NOT_PERMITTED = "source_not_permitted"
    OUT_OF_REGION = "out_of_region"
    REGION_EXCLUDED = "region_excluded"
    WRONG_CHANNEL = "wrong_channel"
    NOT_STARTED = "not_started"
    EXPIRED = "expired"
    RESIDENTIAL_ONLY = "residential_only"
    BUSINESS_ONLY = "business_only"
    TECHNOLOGY_NOT_THERE = "technology_not_there"
    LABEL_INCOMPLETE = "label_incomplete"
    ADD_ON_WITHOUT_PLAN = "add_on_without_plan"
    PART_NOT_AVAILABLE = "part_not_available"


@dataclass(frozen=True, slots=True, eq=False)
class Reason:
    """Why an offering may not be sold: one of the codes of refusals, what stands behind it, and a plain sentence.

    There is one of each, in `REASONS`.
    """

    code: Code
    why: Why
    text: str


_NONE = Code.OFFER_NOT_AVAILABLE
REASONS: dict[Why, Reason] = {
    why: Reason(code, why, text)
    for why, code, text in (
        (Why.OUT_OF_COVERAGE, Code.NOT_BUILD, "Nothing is built or planned that would serve the address."),
        (Why.POSITION_UNKNOWN, Code.NOT_BUILD, "The position of the address is not known."),
        (Why.NOT_YET_BUILT, Code.NOT_BUILD, "It is not built there yet: it can be pre-ordered."),
        (Why.ALREADY_BUILT, _NONE, "It is built there already: it can be ordered."),
        (Why.HOLD, Code.ON_HOLD, "A hold forbids sales at the address."),
        (Why.NO_PORT, Code.NO_PORT, "The terminal that would serve the address has no free port."),
        (Why.SALES_NOT_OPEN, Code.SALES_NOT_OPEN, "Sales are not open there yet."),
        (Why.NETWORK_NOT_READY, Code.SALES_NOT_OPEN, "The network is not ready there yet."),
        (Why.NOT_SERVICEABLE, _NONE, "The address is not a place that is sold to."),
        (Why.FLAGGED, _NONE, "Somebody has to look at the address first."),
        (Why.SOURCE_NOT_PERMITTED, _NONE, "The licence of the source of the address does not permit sales."),
        (Why.OUT_OF_REGION, _NONE, "It is not sold in this region."),
        (Why.REGION_EXCLUDED, _NONE, "This region is left out of where it is sold."),
        (Why.WRONG_CHANNEL, _NONE, "It is not sold through this channel."),
        (Why.NOT_STARTED, _NONE, "Its sale has not begun yet."),
        (Why.EXPIRED, _NONE, "It is not sold any more."),
        (Why.RESIDENTIAL_ONLY, _NONE, "It is for residential customers only."),
        (Why.BUSINESS_ONLY, _NONE, "It is for business customers only."),
        (Why.TECHNOLOGY_NOT_THERE, _NONE, "The technology that it needs is not there and not planned there."),
        (Why.LABEL_INCOMPLETE, _NONE, "Its broadband label is not complete."),
        (Why.ADD_ON_WITHOUT_PLAN, _NONE, "No plan that it goes with is sold here."),
        (Why.PART_NOT_AVAILABLE, _NONE, "A part of it is not sold here."),
    )
}
"""What each refusal says."""

NOT_ON_SALE = frozenset({Why.WRONG_CHANNEL, Why.NOT_STARTED, Why.EXPIRED, Why.LABEL_INCOMPLETE})
"""Reasons that have nothing to do with the address: the public is not told of offerings that are not on sale at all."""
_INTEREST = frozenset({Code.NOT_BUILD, Code.ON_HOLD, Code.NO_PORT, Code.SALES_NOT_OPEN})


@dataclass(frozen=True, slots=True)
class Offer:
    """An offering that may be sold at an address.

    Attributes
    ----------
    sale
        Whether it may be ordered or pre-ordered.
    expected_live_on, expected_precision
        When a pre-order is expected to be built; None: not known.
    goes_with
        For an add-on: the codes of the plans sold here that it goes with.
    """

    offering: Offering
    sale: Sale
    expected_live_on: date | None = None
    expected_precision: str | None = None
    goes_with: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """An offering that may not be sold at an address, with every reason, the weightiest first."""

    offering: Offering
    reasons: tuple[Reason, ...]

    @property
    def alternative(self) -> Sale | None:
        """What may be done instead; None where that is nothing but another offering."""
        return Sale.INTEREST if all(reason.code in _INTEREST for reason in self.reasons) else None

    @property
    def is_on_sale(self) -> bool:
        """Whether it is sold at all on that day through that channel."""
        return NOT_ON_SALE.isdisjoint(reason.why for reason in self.reasons)


@dataclass(frozen=True, slots=True)
class Offers:
    """The answer for one address, channel and day.

    Attributes
    ----------
    sale
        The most that may be done here: ``order``, ``pre-order``, ``interest``; None where nothing may.
    offers, refused
        Plans first, then bundles, then add-ons; each by code.
    """

    address_id: int
    channel: str
    on: date
    sale: Sale | None
    offers: tuple[Offer, ...]
    refused: tuple[Refused, ...]

    def find(self, offer_id: int) -> Offer | Refused | None:
        """Return what is said of one offering."""
        every: tuple[Offer | Refused, ...] = (*self.offers, *self.refused)
        return next((each for each in every if each.offering.offer_id == offer_id), None)


class OfferRefused(Conflict):
    """What was to be sold may not be; ``reasons`` has every reason, the code is that of the first."""

    def __init__(self, address_id: int, refused: Refused, alternative: Sale | None) -> None:
        first = refused.reasons[0]
        self.reasons = refused.reasons
        super().__init__(
            first.code,
            f"{refused.offering.terms.name} cannot be sold at this address. {first.text}",
            hint=_instead(refused, alternative),
            why=str(first.why),
            alternative=None if alternative is None else str(alternative),
            offer_id=refused.offering.offer_id,
            address_id=address_id,
        )  # fmt: skip


def _instead(refused: Refused, alternative: Sale | None) -> str:
    match alternative:
        case Sale.PRE_ORDER:
            return "Offer a pre-order instead."
        case Sale.ORDER:
            return "Take an order instead."
        case Sale.INTEREST:
            return "Take down their interest instead."
        case _:
            is_add_on = refused.offering.terms.kind is OfferingKind.ADD_ON
            return "Choose what goes with the plan anew, without it." if is_add_on else ""


def require_settled(ground: Ground) -> None:
    """Refuse an address at which one of several units is meant.

    Raises
    ------
    InputRefused
        ``address_not_settled``.
    """
    if ground.serviceable and ground.units == 0:
        raise InputRefused(
            Code.ADDRESS_NOT_SETTLED,
            "The building has units, and it is not said which one is meant.",
            hint="Settle the address first: choose the unit.",
            address_id=ground.address_id,
            location_id=ground.location_id,
        )


def offer_not_found(offer_id: int) -> NotFound:
    """Return the error for an id that no offering has."""
    return NotFound(Code.OFFERING_NOT_FOUND, f"There is no offering {offer_id}.", hint="See `fibermap offers list`.")
