"""What an offering costs a customer, line by line, and how long that price is held.

Taxes are never included: they depend on the place and the day of the bill. A quote is kept with what was sold, in the
words of `Quote.as_json`; a price that changes afterwards does not change it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Self

from pydantic import TypeAdapter, ValidationError

from fibermap.kernel.errors import Code, Conflict, InputRefused
from fibermap.order.catalogue import Catalogue
from fibermap.order.offering import Offering, OfferingKind
from fibermap.order.offers import Why

TAXES = "not_included"


class Charge(StrEnum):
    """How often a line is charged."""

    MONTHLY = "monthly"
    ONCE = "once"


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """One line of a quote.

    Attributes
    ----------
    offer_id
        The revision that it is of.
    amount_cents
        Minor units of the quote's currency, without taxes.
    from_month, months
        The first month in which a monthly line is charged, 1 is the first of all, and in how many; None: until the end.
    """

    offer_id: int
    name: str
    charge: Charge
    amount_cents: int
    from_month: int = 1
    months: int | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """A price that was named to a customer.

    Attributes
    ----------
    offer_id, add_on_ids
        The revisions that were quoted.
    lock_until
        The last day on which this price is honoured.
    term_months, early_termination_cents
        How long the customer is bound, and what leaving earlier costs at most.
    taxes
        Always ``not_included``.
    """

    offer_id: int
    add_on_ids: tuple[int, ...]
    currency: str
    lines: tuple[QuoteLine, ...]
    quoted_on: date
    lock_until: date
    term_months: int = 0
    early_termination_cents: int = 0
    taxes: str = TAXES

    @property
    def monthly_cents(self) -> int:
        """What the first month costs, without what is charged once."""
        return sum(line.amount_cents for line in self.lines if line.charge is Charge.MONTHLY and line.from_month == 1)

    @property
    def once_cents(self) -> int:
        """What is charged once."""
        return sum(line.amount_cents for line in self.lines if line.charge is Charge.ONCE)

    def is_locked(self, on: date) -> bool:
        """Whether its price is honoured on a day."""
        return on <= self.lock_until

    def extended(self, until: date) -> Quote:
        """Return it with its price held until a later day; it is never held shorter than it was."""
        return replace(self, lock_until=max(self.lock_until, until))

    def as_json(self) -> dict[str, Any]:
        """Return it as it is kept with what is sold, and as HTTP says it."""
        said = asdict(self)
        return said | {
            "add_on_ids": list(self.add_on_ids),
            "lines": list(said["lines"]),
            "quoted_on": self.quoted_on.isoformat(),
            "lock_until": self.lock_until.isoformat(),
            "monthly_cents": self.monthly_cents,
            "once_cents": self.once_cents,
        }

    @classmethod
    def from_json(cls, kept: str | bytes) -> Self:
        """Read one that was kept; raises ``InputRefused`` (``argument_invalid``)."""
        try:
            return TypeAdapter(cls).validate_json(kept)
        except ValidationError as error:
            raise InputRefused(Code.ARGUMENT_INVALID, "The quote cannot be read.", field="price") from error


class Outcome(StrEnum):
    """What became of a quoted price on a later day."""

    HONOURED = "honoured"
    """The price is held: it is charged as quoted."""
    EXPIRED = "expired"
    """The lock is over: the price of the day counts, and the customer has to agree to it."""
    WITHDRAWN = "withdrawn"
    """The lock is over, and the offering is not sold any more: the customer has to choose another one."""


@dataclass(frozen=True, slots=True)
class PriceOnDay:
    """The price that counts on a day for what was quoted earlier; ``quote`` is None where it was withdrawn."""

    outcome: Outcome
    quote: Quote | None


def quote(
    catalogue: Catalogue, offer_id: int, add_on_ids: Sequence[int], on: date, *, lock_until: date | None = None
) -> Quote:
    """Name the price of an offering with add-ons. Whether it may be sold somewhere is another question.

    Parameters
    ----------
    lock_until
        The last day of the price; None: as many days as the offering says, counted from ``on``.

    Raises
    ------
    NotFound
        ``offering_not_found``.
    Conflict
        ``offer_not_available``: an add-on does not go with it, or is part of it.
    """
    offering = catalogue.find(offer_id)
    terms = offering.terms
    add_ons = [catalogue.find(each) for each in dict.fromkeys(add_on_ids)]
    for add_on in add_ons:
        _require_fit(offering, add_on)
    return Quote(
        offer_id=offer_id,
        add_on_ids=tuple(add_on.offer_id for add_on in add_ons),
        currency=terms.currency,
        lines=tuple(_lines([offering, *add_ons])),
        quoted_on=on,
        lock_until=lock_until or on + timedelta(days=terms.price_lock_days),
        term_months=max(each.terms.term_months for each in (offering, *add_ons)),
        early_termination_cents=sum(each.terms.early_termination_cents for each in (offering, *add_ons)),
    )


def add_on_names(kept: Mapping[str, Any]) -> list[str]:
    """Return what the add-ons in a quote that was kept are called; an order that has no quote has none."""
    names: dict[int, str] = {}
    for line in kept.get("lines", ()):
        names.setdefault(line["offer_id"], line["name"])  # fees have names of their own, and come behind
    return [names[each] for each in kept.get("add_on_ids", ())]


def price_on(catalogue: Catalogue, quoted: Quote, on: date) -> PriceOnDay:
    """Return the price that counts on a day for what was quoted earlier.

    Until the lock is over it is the one that was quoted, whatever became of the offering. Afterwards it is that of the
    revisions that are sold on the day, under a new lock; where one of them is not sold any more there is none.
    """
    if quoted.is_locked(on):
        return PriceOnDay(Outcome.HONOURED, quoted)
    today = catalogue.by_code(on)
    wanted = [today[catalogue.find(each).code] for each in (quoted.offer_id, *quoted.add_on_ids)]
    if any(not offering.started(on) or offering.ended(on) for offering in wanted):
        return PriceOnDay(Outcome.WITHDRAWN, None)
    offer_id, *add_on_ids = (offering.offer_id for offering in wanted)
    return PriceOnDay(Outcome.EXPIRED, quote(catalogue, offer_id, add_on_ids, on))


def _require_fit(offering: Offering, add_on: Offering) -> None:
    if add_on.terms.code in offering.terms.parts:
        raise Conflict(
            Code.OFFER_NOT_AVAILABLE,
            f"{add_on.terms.name} is part of {offering.terms.name} already.",
            hint="Choose what goes with it anew, without it.",
            offer_id=add_on.offer_id,
        )
    if add_on.terms.kind is not OfferingKind.ADD_ON or not _goes_with(offering, add_on):
        raise Conflict(
            Code.OFFER_NOT_AVAILABLE,
            f"{add_on.terms.name} does not go with {offering.terms.name}.",
            hint="Choose what goes with it anew, or the plan that this goes with.",
            why=str(Why.ADD_ON_WITHOUT_PLAN),
            offer_id=add_on.offer_id,
        )


def _goes_with(offering: Offering, add_on: Offering) -> bool:
    """Whether an add-on goes with a plan, or with a plan in a bundle."""
    terms = offering.terms
    codes = {terms.code, *terms.parts} if terms.kind is OfferingKind.BUNDLE else {terms.code}
    if add_on.terms.goes_with:
        return not codes.isdisjoint(add_on.terms.goes_with)
    return terms.provider == add_on.terms.provider


def _lines(offerings: Iterable[Offering]) -> Iterator[QuoteLine]:
    for offering in offerings:
        terms, offer_id = offering.terms, offering.offer_id
        first = terms.introductory
        if first is not None:
            yield QuoteLine(offer_id, terms.name, Charge.MONTHLY, first.monthly_cents, 1, first.months)
        begins = 1 if first is None else first.months + 1
        yield QuoteLine(offer_id, terms.name, Charge.MONTHLY, terms.monthly_cents, begins)
        for fee in terms.monthly_fees:
            yield QuoteLine(offer_id, fee.name, Charge.MONTHLY, fee.amount_cents)
        for fee in terms.fees:
            yield QuoteLine(offer_id, fee.name, Charge.ONCE, fee.amount_cents)
