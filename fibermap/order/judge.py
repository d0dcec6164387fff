"""The rules of what may be sold where. Pure: a shelf of offerings and a case in, offers and refusals out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

from fibermap.address.model import Kind
from fibermap.coverage.model import CLASS_ORDER, PLANNED, Class, NotOrderable
from fibermap.order.ground import Coverage, Ground
from fibermap.order.label import label_problems
from fibermap.order.offering import SOLD_AT, Customers, Offering, OfferingKind, Terms
from fibermap.order.offers import REASONS, Offer, Reason, Refused, Sale, Why
from fibermap.order.region import Region

_NOWHERE = Coverage(Class.OUT)
_ONLY = {Customers.RESIDENTIAL: Why.RESIDENTIAL_ONLY, Customers.BUSINESS: Why.BUSINESS_ONLY}
_EVERYWHERE = {
    NotOrderable.NOT_SERVICEABLE: Why.NOT_SERVICEABLE,
    NotOrderable.HOLD: Why.HOLD,
    NotOrderable.FLAGGED: Why.FLAGGED,
    NotOrderable.SOURCE_NOT_PERMITTED: Why.SOURCE_NOT_PERMITTED,
}
"""What stands against any sale at an address, also a pre-order."""
_RANK = {kind: rank for rank, kind in enumerate((OfferingKind.PLAN, OfferingKind.BUNDLE, OfferingKind.ADD_ON))}


class There(NamedTuple):
    """How an address stands for one technology."""

    class_: Class
    expected_live_on: date | None
    expected_precision: str | None


class Case(NamedTuple):
    """All of an address that decides what may be sold there; addresses with equal cases have the same offers.

    Attributes
    ----------
    there
        By technology.
    against
        What stands against any sale.
    best, class_
        The technology that the address takes its class from, and that class.
    against_order
        What stands against ordering that technology on the day asked about.
    regions
        Numbers of the regions that it lies in.
    """

    kind: Kind
    there: tuple[tuple[str, There], ...]
    against: tuple[Why, ...]
    best: str | None
    class_: Class
    against_order: tuple[Why, ...]
    regions: frozenset[int]


def case_of(ground: Ground, technologies: Iterable[str], regions: frozenset[int], on: date) -> Case:
    """Return the case of an address on a day."""
    coverage = ground.coverage
    best = min(sorted(coverage), key=lambda each: CLASS_ORDER.index(coverage[each].class_), default=None)
    there = tuple((each, _there(coverage.get(each, _NOWHERE))) for each in technologies)
    against = tuple(why for code, why in _EVERYWHERE.items() if code in ground.not_orderable)
    return Case(
        kind=ground.kind,
        there=there,
        against=against,
        best=best,
        class_=Class.UNKNOWN if best is None else coverage[best].class_,
        against_order=tuple(_against_order(ground, on)),
        regions=regions,
    )


def _there(coverage: Coverage) -> There:
    return There(coverage.class_, coverage.expected_live_on, coverage.expected_precision)


def _against_order(ground: Ground, on: date) -> Iterator[Why]:
    if ground.ports_free is not None and ground.ports_free <= 0:
        yield Why.NO_PORT
    if ground.network_ready_on is not None and ground.network_ready_on > on:
        yield Why.NETWORK_NOT_READY
    if ground.sales_open_on is not None and ground.sales_open_on > on:
        yield Why.SALES_NOT_OPEN


@dataclass(frozen=True, slots=True)
class Item:
    """An offering on a shelf, with what does not depend on the address worked out."""

    offering: Offering
    not_on_sale: tuple[Reason, ...]
    included: frozenset[int]
    excluded: frozenset[int]

    @property
    def terms(self) -> Terms:
        """What it states."""
        return self.offering.terms


@dataclass(frozen=True, slots=True)
class Shelf:
    """What there is on a day in a channel: plans, then bundles, then add-ons, each by code."""

    items: tuple[Item, ...]

    @classmethod
    def of(cls, offerings: Iterable[Offering], regions: Mapping[Region, int], channel: str, on: date) -> Shelf:
        """Put offerings on a shelf, one revision of each code."""
        order = sorted(offerings, key=lambda each: (_RANK[each.terms.kind], each.code))
        return cls(tuple(_item(offering, regions, channel, on) for offering in order))


def _item(offering: Offering, regions: Mapping[Region, int], channel: str, on: date) -> Item:
    terms = offering.terms
    return Item(
        offering,
        tuple(REASONS[why] for why in _not_on_sale(offering, channel, on)),
        frozenset(regions[region] for region in terms.included),
        frozenset(regions[region] for region in terms.excluded),
    )


def _not_on_sale(offering: Offering, channel: str, on: date) -> Iterator[Why]:
    if not offering.started(on):
        yield Why.NOT_STARTED
    if offering.ended(on):
        yield Why.EXPIRED
    if offering.terms.channels and channel not in offering.terms.channels:
        yield Why.WRONG_CHANNEL
    if label_problems(offering.terms):
        yield Why.LABEL_INCOMPLETE


@dataclass(frozen=True, slots=True)
class Judged:
    """What may be sold, what may not, and the most that may be done."""

    sale: Sale | None
    offers: tuple[Offer, ...]
    refused: tuple[Refused, ...]


def judge(shelf: Shelf, case: Case) -> Judged:
    """Say of everything on a shelf whether it may be sold in a case."""
    there = dict(case.there)
    against = tuple(REASONS[why] for why in case.against)
    common = {each: (*against, *_of_network(each, case, there)) for each in (None, *there)}
    said: dict[str, Offer | Refused] = {}
    for item in _of(shelf, OfferingKind.PLAN):
        said[item.offering.code] = _say(item, case, there, common, ())
    plans = _Plans([each for each in said.values() if isinstance(each, Offer)])
    for item in _of(shelf, OfferingKind.ADD_ON):
        said[item.offering.code] = _say(item, case, there, common, plans.with_add_on(item.terms))
    for item in _of(shelf, OfferingKind.BUNDLE):
        said[item.offering.code] = _say(item, case, there, common, [said.get(code) for code in item.terms.parts])
    every = [said[item.offering.code] for item in shelf.items]
    offers = tuple(each for each in every if isinstance(each, Offer))
    refused = tuple(each for each in every if isinstance(each, Refused))
    return Judged(_most(offers, case), offers, refused)


class _Plans:
    """The plans that are sold in a case, by what add-ons go with."""

    def __init__(self, sold: Sequence[Offer]) -> None:
        self._by_code = {offer.offering.code: offer for offer in sold}
        self._by_provider: dict[str, list[Offer]] = {}
        for offer in sold:
            self._by_provider.setdefault(offer.offering.terms.provider, []).append(offer)

    def with_add_on(self, terms: Terms) -> list[Offer]:
        """Return those that an add-on goes with."""
        if not terms.goes_with:
            return self._by_provider.get(terms.provider, [])
        return [self._by_code[code] for code in terms.goes_with if code in self._by_code]


def _of(shelf: Shelf, kind: OfferingKind) -> Iterator[Item]:
    return (item for item in shelf.items if item.terms.kind is kind)


def _most(offers: Sequence[Offer], case: Case) -> Sale | None:
    sales = {offer.sale for offer in offers}
    if sales:
        return Sale.ORDER if Sale.ORDER in sales else Sale.PRE_ORDER
    return None if Why.NOT_SERVICEABLE in case.against else Sale.INTEREST


def _say(
    item: Item,
    case: Case,
    there: Mapping[str, There],
    common: Mapping[str | None, tuple[Reason, ...]],
    parts: Sequence[Offer | Refused | None],
) -> Offer | Refused:
    """Say whether an offering may be sold; ``parts`` are those of a bundle, or the plans that an add-on goes with."""
    terms = item.terms
    reasons = [
        *common[terms.technology],
        *item.not_on_sale,
        *_of_address(item, case),
        *_of_parts(terms, parts),
    ]
    if reasons:
        return Refused(item.offering, tuple(dict.fromkeys(reasons)))
    own = [] if terms.technology is None else [_alone(item.offering, there[terms.technology])]
    sold = [part for part in parts if isinstance(part, Offer)]
    if terms.kind is not OfferingKind.ADD_ON:
        return _last_of(item.offering, [*own, *sold])
    first = min(sold, key=_readiness)
    return replace(_last_of(item.offering, [*own, first]), goes_with=tuple(part.offering.code for part in sold))


def _of_network(technology: str | None, case: Case, there: Mapping[str, There]) -> Iterator[Reason]:
    """Yield what the network says against a sale; what is planned there can be pre-ordered."""
    if case.class_ not in PLANNED:
        yield REASONS[Why.POSITION_UNKNOWN if case.class_ is Class.UNKNOWN else Why.OUT_OF_COVERAGE]
    elif technology is not None and there[technology].class_ not in PLANNED:
        yield REASONS[Why.TECHNOLOGY_NOT_THERE]
    elif technology is not None and there[technology].class_ is Class.BUILD and technology == case.best:
        yield from (REASONS[why] for why in case.against_order)


def _of_address(item: Item, case: Case) -> Iterator[Reason]:
    if case.kind not in SOLD_AT[item.terms.customers]:
        yield REASONS[_ONLY[item.terms.customers]]
    if item.included and item.included.isdisjoint(case.regions):
        yield REASONS[Why.OUT_OF_REGION]
    if not item.excluded.isdisjoint(case.regions):
        yield REASONS[Why.REGION_EXCLUDED]


def _of_parts(terms: Terms, parts: Sequence[Offer | Refused | None]) -> Iterator[Reason]:
    sold = [isinstance(part, Offer) for part in parts]
    if terms.kind is OfferingKind.BUNDLE and not all(sold):
        yield REASONS[Why.PART_NOT_AVAILABLE]
    if terms.kind is OfferingKind.ADD_ON and not any(sold):
        yield REASONS[Why.ADD_ON_WITHOUT_PLAN]


def _alone(offering: Offering, there: There) -> Offer:
    if there.class_ is Class.BUILD:
        return Offer(offering, Sale.ORDER)
    return Offer(offering, Sale.PRE_ORDER, there.expected_live_on, there.expected_precision)


def _last_of(offering: Offering, offers: Iterable[Offer]) -> Offer:
    """Return an offering that is there once all of some others are."""
    last = max(offers, key=_readiness)
    return Offer(offering, last.sale, last.expected_live_on, last.expected_precision)


def _readiness(offer: Offer) -> tuple[bool, bool, date]:
    """Return what sorts offers by when they are there: now, then by expected day, then those of no known day."""
    return offer.sale is Sale.PRE_ORDER, offer.expected_live_on is None, offer.expected_live_on or date.min
