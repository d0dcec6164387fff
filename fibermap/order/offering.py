"""What is sold: a plan, an add-on or a bundle, with its price, its terms, and where, when and to whom it is sold.

What was stated once never changes: whoever bought it bought exactly that. A change is a new revision with an id of its
own, and the old one ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints

from fibermap.address.model import Kind
from fibermap.kernel.ids import stable_id
from fibermap.order.label import BroadbandLabel
from fibermap.order.region import Region

MOST_LISTED = 500
MOST_MONTHS = 120
MOST_CENTS = 10**9
FASTEST_MBPS = 1e6
OfferingCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Channel = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]{0,31}$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Months = Annotated[int, Field(ge=0, le=MOST_MONTHS)]
Speed = Annotated[float, Field(gt=0, le=FASTEST_MBPS, allow_inf_nan=False)]


class OfferingKind(StrEnum):
    """What an offering is."""

    PLAN = "plan"
    """Internet access by itself; it carries a broadband label."""
    ADD_ON = "add-on"
    """Something that goes with a plan: voice, security and the like."""
    BUNDLE = "bundle"
    """Offerings together, for a price of their own."""


class Service(StrEnum):
    """What a customer gets."""

    INTERNET = "internet"
    VOICE = "voice"
    BUSINESS = "business"
    SECURITY = "security"
    WIFI = "wifi"
    TV = "tv"
    OTHER = "other"


class Customers(StrEnum):
    """Whom an offering is for."""

    RESIDENTIAL = "residential"
    BUSINESS = "business"
    EVERYBODY = "everybody"


SOLD_AT: dict[Customers, frozenset[Kind]] = {
    Customers.RESIDENTIAL: frozenset({Kind.RESIDENTIAL, Kind.OTHER}),
    Customers.BUSINESS: frozenset({Kind.BUSINESS, Kind.INSTITUTION, Kind.OTHER}),
    Customers.EVERYBODY: frozenset(Kind),
}
"""At which kind of address each customer is; one of no clear kind bars nobody."""


@dataclass(frozen=True, slots=True)
class Fee:
    """A named amount in minor units, once or every month."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    name: Name
    amount_cents: int


@dataclass(frozen=True, slots=True)
class Introductory:
    """A lower price for the first months; afterwards the monthly price counts."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    monthly_cents: int
    months: Annotated[int, Field(ge=1, le=MOST_MONTHS)]


@dataclass(frozen=True, slots=True)
class Terms:
    """Everything that is stated about an offering. Amounts are minor units of ``currency``.

    Attributes
    ----------
    code
        What the house calls it; every revision has the same one.
    technology
        What a plan needs at the address; None for what goes with any.
    down_mbps, up_mbps
        The advertised speeds of a plan.
    monthly_cents
        The recurring price, without taxes.
    introductory
        A lower one at the beginning.
    fees, monthly_fees
        What is charged once at the beginning, and what the provider charges every month beside the price.
    term_months, early_termination_cents
        How long a customer is bound, 0: not at all; and what leaving earlier costs at most.
    valid_from, valid_until
        The first and the last day of sale; None: until it is retired.
    channels
        Where it is sold, such as ``portal``; empty: everywhere.
    goes_with
        Codes of the plans that an add-on goes with; empty: any plan of its provider.
    parts
        Codes of what is in a bundle.
    included, excluded
        Sold in any of these regions, or everywhere where there are none; and in none of those.
    price_lock_days
        How long a quote of it holds.
    label
        The broadband label of a plan.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    code: OfferingCode
    name: Name
    provider: Name
    kind: OfferingKind
    monthly_cents: int
    valid_from: date
    service: Service = Service.INTERNET
    technology: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")] | None = None
    down_mbps: Speed | None = None
    up_mbps: Speed | None = None
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] = "USD"
    introductory: Introductory | None = None
    fees: Annotated[tuple[Fee, ...], Field(max_length=MOST_LISTED)] = ()
    monthly_fees: Annotated[tuple[Fee, ...], Field(max_length=MOST_LISTED)] = ()
    term_months: Months = 0
    early_termination_cents: int = 0
    valid_until: date | None = None
    channels: Annotated[tuple[Channel, ...], Field(max_length=MOST_LISTED)] = ()
    customers: Customers = Customers.RESIDENTIAL
    goes_with: Annotated[tuple[OfferingCode, ...], Field(max_length=MOST_LISTED)] = ()
    parts: Annotated[tuple[OfferingCode, ...], Field(max_length=MOST_LISTED)] = ()
    included: Annotated[tuple[Region, ...], Field(max_length=MOST_LISTED)] = ()
    excluded: Annotated[tuple[Region, ...], Field(max_length=MOST_LISTED)] = ()
    price_lock_days: Annotated[int, Field(ge=0, le=3_650)] = 180
    label: BroadbandLabel | None = None

    @property
    def is_plan(self) -> bool:
        """Whether it is internet access by itself."""
        return self.kind is OfferingKind.PLAN


@dataclass(frozen=True, slots=True)
class Offering:
    """One revision of an offering; nothing of it ever changes but that it ends.

    Attributes
    ----------
    offer_id
        Of this revision, and what a sale is recorded with.
    revision
        1, 2, 3 ... of its code.
    ended_on
        The first day on which it is not sold any more, because it was revised or retired; None: neither.
    """

    offer_id: int
    revision: int
    terms: Terms
    ended_on: date | None = None

    @property
    def code(self) -> str:
        """What the house calls it."""
        return self.terms.code

    @property
    def never_sold(self) -> bool:
        """Whether it ended before its first day."""
        return self.ended_on is not None and self.ended_on <= self.terms.valid_from

    def started(self, on: date) -> bool:
        """Whether its first day has come."""
        return self.terms.valid_from <= on

    def ended(self, on: date) -> bool:
        """Whether its last day is over."""
        until, ended_on = self.terms.valid_until, self.ended_on
        return (until is not None and on > until) or (ended_on is not None and on >= ended_on)


def offer_id_of(code: str, revision: int) -> int:
    """Return the id of a revision."""
    return stable_id("offering", code, revision)


def of_that_day(revisions: Sequence[Offering], on: date) -> Offering:
    """Return the revision that speaks for a code on a day.

    The one that is sold then; else the last that had begun; else the first.

    Parameters
    ----------
    revisions
        Of one code, at least one, in the order of their revisions.
    """
    living = [each for each in revisions if not each.never_sold] or revisions[-1:]
    begun = [each for each in living if each.started(on)]
    sold = [each for each in begun if not each.ended(on)]
    return (sold or begun or living[:1])[-1]
