"""The catalogue in memory says what a slow reading of the rules says, of any offerings anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import shapely
from hypothesis import given
from hypothesis import strategies as st

from fibermap.address.model import Kind
from fibermap.coverage.model import Class, NotOrderable
from fibermap.order.catalogue import Catalogue
from fibermap.order.ground import Coverage, Ground
from fibermap.order.offering import Customers, Offering, OfferingKind, Terms
from fibermap.order.offers import Offer, Refused
from fibermap.order.region import Region
from tests.order.selling import ON, add_on_terms, bundle_terms, ground, label_of, plan_terms, sold

DAYS = st.sampled_from([ON + timedelta(days=away) for away in (-2, -1, 0, 1, 2)])
TECHNOLOGIES = ("fiber", "fixed_wireless")
CITIES, ZIPS, PHASES = ("ELK RIDGE", "Logan", "Willow"), ("59700", "59701"), ("P1", "P2")
_ORDER = (Class.BUILD, Class.PRE_BUILD, Class.OUT, Class.UNKNOWN)


def some(values: tuple[Any, ...]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(st.sampled_from(values), max_size=2, unique=True).map(tuple)


@st.composite
def regions(draw: st.DrawFn) -> Region:
    west, south = draw(st.integers(0, 8)), draw(st.integers(0, 8))
    shape = shapely.box(west, south, west + draw(st.integers(1, 4)), south + draw(st.integers(1, 4)))
    return Region(
        "region",
        shape=draw(st.sampled_from([None, shapely.to_geojson(shape)])),
        phases=draw(some(PHASES)),
        technologies=draw(some(TECHNOLOGIES)),
        cities=draw(some(tuple(city.lower() for city in CITIES))),
        zips=draw(some(ZIPS)),
        kinds=draw(some((Kind.RESIDENTIAL, Kind.BUSINESS))),
        location_ids=draw(some((10, 11))),
    )


@st.composite
def changes(draw: st.DrawFn) -> dict[str, Any]:
    said = {
        "valid_from": draw(DAYS | st.just(date(2026, 1, 1))),
        "valid_until": draw(st.none() | DAYS),
        "channels": draw(some(("portal", "door"))),
        "customers": draw(st.sampled_from(Customers)),
        "included": tuple(draw(st.lists(regions(), max_size=2))),
        "excluded": tuple(draw(st.lists(regions(), max_size=1))),
    }
    kept = draw(st.sets(st.sampled_from(sorted(said)), max_size=3))
    return {name: said[name] for name in kept}


@st.composite
def shelves(draw: st.DrawFn) -> list[Offering]:
    stated: list[Terms] = []
    for code in ("A", "B"):
        label = draw(st.sampled_from([label_of(code), label_of(code, typical_latency_ms=None)]))
        technology = draw(st.sampled_from(TECHNOLOGIES))
        stated.append(replace(plan_terms(code, label=label, technology=technology), **draw(changes())))
    stated.append(replace(add_on_terms("V", goes_with=draw(some(("A", "B")))), **draw(changes())))
    own = draw(st.sampled_from([None, *TECHNOLOGIES]))
    stated.append(replace(add_on_terms("W", provider="Another", technology=own), **draw(changes())))
    parts = draw(st.sampled_from([("A", "V"), ("B", "V"), ("V", "W")]))
    stated.append(replace(bundle_terms(*parts), **draw(changes())))
    return [sold(terms, 1, draw(st.none() | DAYS)) for terms in stated]


@st.composite
def grounds(draw: st.DrawFn) -> Ground:
    coverage = {
        technology: Coverage(draw(st.sampled_from(_ORDER)), None, None, draw(st.none() | DAYS), "day")
        for technology in TECHNOLOGIES
        if draw(st.booleans())
    }
    placed = draw(st.booleans())
    return ground(
        None,
        coverage=coverage,
        kind=draw(st.sampled_from(Kind)),
        city=draw(st.none() | st.sampled_from(CITIES)),
        zip=draw(st.none() | st.sampled_from(ZIPS)),
        phase=draw(st.none() | st.sampled_from(PHASES)),
        location_id=draw(st.sampled_from((10, 12))),
        lon=float(draw(st.integers(0, 12))) if placed else None,
        lat=float(draw(st.integers(0, 12))) if placed else None,
        not_orderable=tuple(draw(st.sets(st.sampled_from([NotOrderable.HOLD, NotOrderable.FLAGGED])))),
        ports_free=draw(st.sampled_from((None, 0, 2))),
        sales_open_on=draw(st.none() | DAYS),
        network_ready_on=draw(st.none() | DAYS),
    )


# -- the rules again, plainly ------------------------------------------------------------------------------------


def lies_in(region: Region, where: Ground) -> bool:
    if region.shape is not None and (
        where.lon is None
        or not shapely.intersects(shapely.from_geojson(region.shape), shapely.Point(where.lon, where.lat))
    ):
        return False
    named = (
        (region.phases, where.phase), (tuple(c.upper() for c in region.cities), (where.city or "").upper()),
        (region.zips, where.zip), (region.kinds, where.kind), (region.location_ids, where.location_id),
    )  # fmt: skip
    if any(values and value not in values for values, value in named):
        return False
    built = {name for name, each in where.coverage.items() if each.class_ in (Class.BUILD, Class.PRE_BUILD)}
    return not region.technologies or bool(built.intersection(region.technologies))


def may_be_sold(terms: Terms, ended_on: date | None, where: Ground, channel: str, on: date) -> bool:
    in_time = terms.valid_from <= on and (terms.valid_until is None or on <= terms.valid_until)
    if not in_time or (ended_on is not None and on >= ended_on) or (terms.channels and channel not in terms.channels):
        return False
    if terms.kind is OfferingKind.PLAN and (terms.label is None or terms.label.typical_latency_ms is None):
        return False
    if terms.customers is Customers.RESIDENTIAL and where.kind in (Kind.BUSINESS, Kind.INSTITUTION):
        return False
    if terms.customers is Customers.BUSINESS and where.kind is Kind.RESIDENTIAL:
        return False
    if terms.included and not any(lies_in(region, where) for region in terms.included):
        return False
    return not any(lies_in(region, where) for region in terms.excluded) and not where.not_orderable


def network_says(technology: str | None, where: Ground, on: date) -> str | None:
    """Return order, pre-order, or None; ``any`` for what needs no technology of its own."""
    classes = {name: each.class_ for name, each in sorted(where.coverage.items())}
    best = min(classes.values(), key=_ORDER.index, default=Class.UNKNOWN)
    if best not in (Class.BUILD, Class.PRE_BUILD):
        return None
    if technology is None:
        return "any"
    class_ = classes.get(technology, Class.OUT)
    if class_ is Class.PRE_BUILD:
        return "pre-order"
    if class_ is not Class.BUILD:
        return None
    first_best = next(name for name, each in classes.items() if each is best)
    opening = (where.sales_open_on, where.network_ready_on)
    shut = where.ports_free == 0 or any(day is not None and day > on for day in opening)
    return None if technology == first_best and shut else "order"


def slow_offers(shelf: list[Offering], where: Ground, channel: str, on: date) -> Mapping[str, str]:
    """Return how each code may be sold; a code that may not be is left out."""
    found: dict[str, str] = {}
    for offering in shelf:  # plans, then add-ons, then bundles
        terms = offering.terms
        network = network_says(terms.technology, where, on)
        if network is None or not may_be_sold(terms, offering.ended_on, where, channel, on):
            continue
        plans = [each.terms for each in shelf if each.terms.kind is OfferingKind.PLAN and each.code in found]
        if terms.kind is OfferingKind.ADD_ON:
            named, ours = terms.goes_with, terms.provider
            fitting = [plan.code for plan in plans if (plan.code in named if named else plan.provider == ours)]
            if not fitting:
                continue
            needed = [min(found[code] for code in fitting)]  # "order" comes before "pre-order"
        elif terms.kind is OfferingKind.BUNDLE:
            if not all(code in found for code in terms.parts):
                continue
            needed = [found[code] for code in terms.parts]
        else:
            needed = []
        found[terms.code] = max(each for each in (network, *needed) if each != "any")
    return found


@given(shelves(), st.lists(grounds(), min_size=1, max_size=3), st.sampled_from(["portal", "door", "phone"]), DAYS)
def test_it_says_what_the_rules_say(shelf: list[Offering], places: list[Ground], channel: str, on: date) -> None:
    catalogue = Catalogue(shelf)
    for where in (*places, *places):  # the second time from what is known
        said = catalogue.offers_at(where, channel, on)
        expected = slow_offers(shelf, where, channel, on)
        assert {offer.offering.code: str(offer.sale) for offer in said.offers} == expected
        codes = {each.offering.code for each in (*said.offers, *said.refused)}
        assert codes == {offering.code for offering in shelf}
        assert all(each.reasons for each in said.refused)
        best = min(expected.values(), default="interest")
        assert said.sale == best


@given(shelves(), grounds(), DAYS)
def test_the_fastest_plan_is_the_fastest_of_those_that_some_channel_sells(
    shelf: list[Offering], where: Ground, on: date
) -> None:
    shelf = [replace(each, terms=replace(each.terms, down_mbps=float(n % 3))) for n, each in enumerate(shelf)]
    catalogue = Catalogue(shelf)
    sold = [
        offer.offering.terms
        for way in ("portal", "door", "phone")
        for offer in catalogue.offers_at(where, way, on).offers
    ]
    fastest: dict[str, float] = {}
    for terms in sold:
        if terms.is_plan and terms.technology is not None and terms.down_mbps is not None:
            fastest[terms.technology] = max(terms.down_mbps, fastest.get(terms.technology, 0.0))
    assert {name: terms.down_mbps for name, terms in catalogue.fastest_at(where, on).items()} == fastest


@given(shelves(), grounds())
def test_it_says_the_same_whatever_was_asked_before(shelf: list[Offering], where: Ground) -> None:
    asked, fresh = Catalogue(shelf), Catalogue(reversed(shelf))
    asked.offers_at(replace(where, kind=Kind.BUSINESS), "door", ON)
    first: tuple[Offer | Refused, ...] = asked.offers_at(where, "portal", ON).refused
    assert first == fresh.offers_at(where, "portal", ON).refused
    assert asked.offers_at(where, "portal", ON) == fresh.offers_at(where, "portal", ON)
