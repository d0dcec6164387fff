"""The rules of what may be sold where. Pure: a shelf of offerings and a case in, offers and refusals out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple, TypeAlias

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
    """An offering on a shelf, with what does not depend on the address worked out.

    Attributes
    ----------
    against
        What stands against its sale on that day through that channel, anywhere.
    sold_at, only
        The kinds of address that it is for, and what is said at any other.
    included, excluded
        Numbers of its regions.
    """

    offering: Offering
    terms: Terms
    against: tuple[Reason, ...]
    sold_at: frozenset[Kind]
    only: Reason | None
    included: frozenset[int]
    excluded: frozenset[int]
    _refused: dict[tuple[Reason, ...], Refused] = field(default_factory=dict, compare=False)
    _alone: dict[There, Offer] = field(default_factory=dict, compare=False)

    def refused(self, reasons: tuple[Reason, ...]) -> Refused:
        """Return its refusal for these reasons, always the same one."""
        found = self._refused.get(reasons)
        if found is None:
            found = self._refused[reasons] = Refused(self.offering, reasons)
        return found

    def alone(self, there: There) -> Offer:
        """Return the offer of it where its technology stands so, always the same one."""
        found = self._alone.get(there)
        if found is None:
            found = self._alone[there] = _offer(self.offering, there)
        return found


@dataclass(frozen=True, slots=True)
class Shelf:
    """What there is on a day in a channel, each by code."""

    plans: tuple[Item, ...]
    bundles: tuple[Item, ...]
    add_ons: tuple[Item, ...]

    @classmethod
    def of(cls, offerings: Iterable[Offering], regions: Mapping[Region, int], channel: str | None, on: date) -> Shelf:
        """Put offerings on a shelf, one revision of each code; without a ``channel`` that of every one."""
        items: dict[OfferingKind, list[Item]] = {kind: [] for kind in OfferingKind}
        for offering in sorted(offerings, key=lambda each: each.code):
            items[offering.terms.kind].append(_item(offering, regions, channel, on))
        return cls(*(tuple(items[kind]) for kind in (OfferingKind.PLAN, OfferingKind.BUNDLE, OfferingKind.ADD_ON)))


def _item(offering: Offering, regions: Mapping[Region, int], channel: str | None, on: date) -> Item:
    terms = offering.terms
    return Item(
        offering,
        terms,
        tuple(REASONS[why] for why in _not_on_sale(offering, channel, on)),
        SOLD_AT[terms.customers],
        REASONS[_ONLY[terms.customers]] if terms.customers in _ONLY else None,
        frozenset(regions[region] for region in terms.included),
        frozenset(regions[region] for region in terms.excluded),
    )


def _not_on_sale(offering: Offering, channel: str | None, on: date) -> Iterator[Why]:
    if not offering.started(on):
        yield Why.NOT_STARTED
    if offering.ended(on):
        yield Why.EXPIRED
    if channel is not None and offering.terms.channels and channel not in offering.terms.channels:
        yield Why.WRONG_CHANNEL
    if label_problems(offering.terms):
        yield Why.LABEL_INCOMPLETE


@dataclass(frozen=True, slots=True)
class Judged:
    """What may be sold, what may not, the most that may be done, and the fastest plan of each technology."""

    sale: Sale | None
    offers: tuple[Offer, ...]
    refused: tuple[Refused, ...]
    fastest: Mapping[str, Terms]


def judge(shelf: Shelf, case: Case) -> Judged:
    """Say of everything on a shelf whether it may be sold in a case; plans first, then bundles, then add-ons."""
    there = dict(case.there)
    against = tuple(REASONS[why] for why in case.against)
    network = {each: (*against, *_of_network(each, case, there)) for each in (None, *there)}
    plans = [_plan(item, case, there, network) for item in shelf.plans]
    sold = _Sold(each for each in plans if isinstance(each, Offer))
    add_ons = [_add_on(item, case, there, network, sold.with_add_on(item.terms)) for item in shelf.add_ons]
    said = {each.offering.code: each for each in (*plans, *add_ons)}
    bundles = [_bundle(item, case, network, [said.get(code) for code in item.terms.parts]) for item in shelf.bundles]
    every = (*plans, *bundles, *add_ons)
    offers = tuple(each for each in every if isinstance(each, Offer))
    refused = tuple(each for each in every if isinstance(each, Refused))
    return Judged(_most(offers, case), offers, refused, sold.fastest())


class _Group(NamedTuple):
    """Plans that are sold in a case and that an add-on goes with."""

    codes: tuple[str, ...]
    first: Offer
    """The one that is there first."""

    @classmethod
    def of(cls, plans: Sequence[Offer]) -> _Group | None:
        return cls(tuple(each.offering.code for each in plans), min(plans, key=_readiness)) if plans else None


class _Sold:
    """The plans that are sold in a case, by what add-ons go with."""

    def __init__(self, plans: Iterable[Offer]) -> None:
        self._by_code = {plan.offering.code: plan for plan in plans}
        by_provider: dict[str, list[Offer]] = defaultdict(list)
        for plan in self._by_code.values():
            by_provider[plan.offering.terms.provider].append(plan)
        self._by_provider = {provider: _Group.of(sold) for provider, sold in by_provider.items()}

    def fastest(self) -> dict[str, Terms]:
        """Return by technology the plan that is the fastest down, and of those up."""
        by_speed = sorted((plan.offering.terms for plan in self._by_code.values()), key=_speed)
        return {terms.technology: terms for terms in by_speed if terms.technology is not None}

    def with_add_on(self, terms: Terms) -> _Group | None:
        """Return those that an add-on goes with; None: not one."""
        if not terms.goes_with:
            return self._by_provider.get(terms.provider)
        return _Group.of([self._by_code[code] for code in terms.goes_with if code in self._by_code])


def _most(offers: Sequence[Offer], case: Case) -> Sale | None:
    sales = {offer.sale for offer in offers}
    if sales:
        return Sale.ORDER if Sale.ORDER in sales else Sale.PRE_ORDER
    return None if Why.NOT_SERVICEABLE in case.against else Sale.INTEREST


_ThereBy: TypeAlias = Mapping[str, There]
_NetworkBy: TypeAlias = Mapping[str | None, tuple[Reason, ...]]


def _plan(item: Item, case: Case, there: _ThereBy, network: _NetworkBy) -> Offer | Refused:
    reasons = _reasons(item, case, network)
    if reasons:
        return item.refused(reasons)
    assert item.terms.technology is not None, "a plan states what it needs"
    return item.alone(there[item.terms.technology])


def _add_on(item: Item, case: Case, there: _ThereBy, network: _NetworkBy, plans: _Group | None) -> Offer | Refused:
    reasons = _reasons(item, case, network)
    if plans is None:
        return item.refused((*reasons, REASONS[Why.ADD_ON_WITHOUT_PLAN]))
    if reasons:
        return item.refused(reasons)
    technology = item.terms.technology
    own = [] if technology is None else [item.alone(there[technology])]
    return _last_of(item.offering, [*own, plans.first], goes_with=plans.codes)


def _bundle(item: Item, case: Case, network: _NetworkBy, parts: Sequence[Offer | Refused | None]) -> Offer | Refused:
    reasons = _reasons(item, case, network)
    sold = [part for part in parts if isinstance(part, Offer)]
    if len(sold) < len(parts):
        return item.refused((*reasons, REASONS[Why.PART_NOT_AVAILABLE]))
    return item.refused(reasons) if reasons else _last_of(item.offering, sold)


def _reasons(item: Item, case: Case, network: _NetworkBy) -> tuple[Reason, ...]:
    """Return what stands against an offering by itself, the weightiest first."""
    reasons = network[item.terms.technology] + item.against
    if item.only is not None and case.kind not in item.sold_at:
        reasons += (item.only,)
    if item.included and item.included.isdisjoint(case.regions):
        reasons += (REASONS[Why.OUT_OF_REGION],)
    if item.excluded and not item.excluded.isdisjoint(case.regions):
        reasons += (REASONS[Why.REGION_EXCLUDED],)
    return reasons


def _of_network(technology: str | None, case: Case, there: Mapping[str, There]) -> Iterator[Reason]:
    """Yield what the network says against a sale; what is planned there can be pre-ordered."""
    if case.class_ not in PLANNED:
        yield REASONS[Why.POSITION_UNKNOWN if case.class_ is Class.UNKNOWN else Why.OUT_OF_COVERAGE]
    elif technology is not None and there[technology].class_ not in PLANNED:
        yield REASONS[Why.TECHNOLOGY_NOT_THERE]
    elif technology is not None and there[technology].class_ is Class.BUILD and technology == case.best:
        yield from (REASONS[why] for why in case.against_order)


def _offer(offering: Offering, there: There) -> Offer:
    if there.class_ is Class.BUILD:
        return Offer(offering, Sale.ORDER)
    return Offer(offering, Sale.PRE_ORDER, there.expected_live_on, there.expected_precision)


def _last_of(offering: Offering, offers: Iterable[Offer], goes_with: tuple[str, ...] = ()) -> Offer:
    """Return an offering that is there once all of some others are."""
    last = max(offers, key=_readiness)
    return Offer(offering, last.sale, last.expected_live_on, last.expected_precision, goes_with)


def _speed(terms: Terms) -> tuple[float, float]:
    return terms.down_mbps or 0.0, terms.up_mbps or 0.0


def _readiness(offer: Offer) -> tuple[bool, bool, date]:
    """Return what sorts offers by when they are there: now, then by expected day, then those of no known day."""
    return offer.sale is Sale.PRE_ORDER, offer.expected_live_on is None, offer.expected_live_on or date.min
