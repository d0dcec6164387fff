"""What may be sold at an address, and why anything else may not: every rule by an example."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
import shapely

from fibermap.address.model import Kind
from fibermap.coverage.model import Class, NotOrderable
from fibermap.kernel.errors import Code, InputRefused, NotFound
from fibermap.order.catalogue import Catalogue
from fibermap.order.ground import Coverage, Ground
from fibermap.order.offering import Customers, Terms, offer_id_of
from fibermap.order.offers import Offer, OfferRefused, Refused, Sale
from fibermap.order.offers_json import offers_json
from fibermap.order.region import Region
from tests.order.selling import ON, add_on_terms, bundle_terms, catalogue, ground, label_of, plan_terms, sold

HERE = shapely.to_geojson(shapely.box(-111.4, 45.8, -111.2, 45.9))
ELSEWHERE = shapely.to_geojson(shapely.box(-110.4, 45.8, -110.2, 45.9))
BOTH = {"fiber": Coverage(Class.PRE_BUILD, 5, "P2", date(2027, 3, 31), "quarter"),
        "fixed_wireless": Coverage(Class.BUILD, 6, "W1")}  # fmt: skip


def said_of(terms: Terms, where: Ground | None = None, channel: str = "portal", on: date = ON) -> Offer | Refused:
    """Return what is said of an offering that is sold beside a plan."""
    others = [] if terms.is_plan else [plan_terms(), add_on_terms("OTHER")]
    shelf = catalogue(terms, *others)
    found = shelf.offers_at(where or ground(), channel, on).find(offer_id_of(terms.code, 1))
    assert found is not None
    return found


def whys(said: Offer | Refused) -> list[str]:
    return [] if isinstance(said, Offer) else [str(reason.why) for reason in said.reasons]


def test_what_is_built_and_open_can_be_ordered() -> None:
    found = catalogue(plan_terms()).offers_at(ground(), "portal", ON)
    assert (found.sale, [offer.sale for offer in found.offers], found.refused) == (Sale.ORDER, [Sale.ORDER], ())


def test_what_is_to_be_built_can_be_pre_ordered_with_its_expected_date() -> None:
    expected = {"fiber": Coverage(Class.PRE_BUILD, 5, "P2", date(2027, 3, 31), "quarter")}
    found = catalogue(plan_terms()).offers_at(ground(coverage=expected), "portal", ON)
    assert found.sale is Sale.PRE_ORDER
    assert (found.offers[0].expected_live_on, found.offers[0].expected_precision) == (date(2027, 3, 31), "quarter")


@pytest.mark.parametrize(
    ("class_", "why"),
    [(Class.OUT, "out_of_coverage"), (Class.UNKNOWN, "position_unknown"), (None, "position_unknown")],
)
def test_beyond_coverage_there_is_interest_only(class_: Class | None, why: str) -> None:
    found = catalogue(plan_terms(), add_on_terms()).offers_at(ground(class_), "portal", ON)
    assert (found.sale, found.offers) == (Sale.INTEREST, ())
    assert {(each.reasons[0].code, str(each.reasons[0].why)) for each in found.refused} == {(Code.NOT_BUILD, why)}
    assert found.refused[0].alternative is Sale.INTEREST


def test_live_fixed_wireless_sells_no_fiber() -> None:
    shelf = catalogue(plan_terms(), plan_terms("AIR-100", technology="fixed_wireless"))
    found = shelf.offers_at(ground(coverage=BOTH), "portal", ON)
    assert {offer.offering.code: offer.sale for offer in found.offers} == {
        "FIBER-500": Sale.PRE_ORDER, "AIR-100": Sale.ORDER,
    }  # fmt: skip
    assert found.sale is Sale.ORDER


def test_ports_and_dates_of_the_best_technology_say_nothing_of_another() -> None:
    both = {"fiber": Coverage(Class.BUILD), "fixed_wireless": Coverage(Class.BUILD)}
    shelf = catalogue(plan_terms(), plan_terms("AIR-100", technology="fixed_wireless"))
    found = shelf.offers_at(ground(coverage=both, ports_free=0), "portal", ON)
    assert [offer.offering.code for offer in found.offers] == ["AIR-100"]
    assert [whys(each) for each in found.refused] == [["no_port"]]


@pytest.mark.parametrize(
    ("where", "code", "reasons"),
    [
        ({"not_orderable": (NotOrderable.HOLD,), "holds": ("unsafe",)}, Code.ON_HOLD, ["hold"]),
        ({"ports_free": 0}, Code.NO_PORT, ["no_port"]),
        ({"sales_open_on": ON + timedelta(1)}, Code.SALES_NOT_OPEN, ["sales_not_open"]),
        ({"network_ready_on": ON + timedelta(1)}, Code.SALES_NOT_OPEN, ["network_not_ready"]),
        ({"not_orderable": (NotOrderable.FLAGGED,)}, Code.OFFER_NOT_AVAILABLE, ["flagged"]),
        ({"not_orderable": (NotOrderable.SOURCE_NOT_PERMITTED,)}, Code.OFFER_NOT_AVAILABLE, ["source_not_permitted"]),
        ({"not_orderable": (NotOrderable.NOT_SERVICEABLE,), "serviceable": False, "units": 0},
         Code.OFFER_NOT_AVAILABLE, ["not_serviceable"]),
    ],
)  # fmt: skip
def test_what_stands_against_a_sale_at_the_address(where: dict[str, Any], code: Code, reasons: list[str]) -> None:
    said = said_of(plan_terms(), ground(**where))
    assert isinstance(said, Refused)
    assert (said.reasons[0].code, whys(said)) == (code, reasons)


def test_sales_and_ports_open_on_their_day() -> None:
    assert whys(said_of(plan_terms(), ground(sales_open_on=ON, network_ready_on=ON, ports_free=1))) == []


def test_a_hold_forbids_pre_orders_too_and_a_port_does_not() -> None:
    held = ground(Class.PRE_BUILD, not_orderable=(NotOrderable.NOT_BUILD, NotOrderable.HOLD))
    assert whys(said_of(plan_terms(), held)) == ["hold"]
    assert whys(said_of(plan_terms(), ground(Class.PRE_BUILD, ports_free=0))) == []


def test_where_nobody_is_sold_to_there_is_not_even_interest() -> None:
    where = ground(not_orderable=(NotOrderable.NOT_SERVICEABLE,), serviceable=False, units=0)
    assert catalogue(plan_terms()).offers_at(where, "portal", ON).sale is None


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"channels": ("door",)}, "wrong_channel"),
        ({"valid_from": ON + timedelta(1)}, "not_started"),
        ({"valid_until": ON - timedelta(1)}, "expired"),
        ({"technology": "fixed_wireless"}, "technology_not_there"),
        ({"customers": Customers.BUSINESS}, "business_only"),
        ({"label": None}, "label_incomplete"),
        ({"label": label_of("X", privacy_url=None)}, "label_incomplete"),
        ({"included": (Region("town", cities=("Elsewhere",)),)}, "out_of_region"),
        ({"excluded": (Region("town", cities=("Elk Ridge",)),)}, "region_excluded"),
    ],
)
def test_what_an_offering_asks_for(changes: dict[str, Any], why: str) -> None:
    said = said_of(plan_terms(**changes))
    assert isinstance(said, Refused)
    assert (said.reasons[0].code, whys(said)) == (Code.OFFER_NOT_AVAILABLE, [why])


@pytest.mark.parametrize("changes", [{"valid_from": ON}, {"valid_until": ON}, {"channels": ("door", "portal")}])
def test_its_first_and_last_day_and_its_channels_count(changes: dict[str, Any]) -> None:
    assert whys(said_of(plan_terms(**changes))) == []


@pytest.mark.parametrize(
    ("customers", "kind", "why"),
    [
        (Customers.RESIDENTIAL, Kind.BUSINESS, ["residential_only"]),
        (Customers.RESIDENTIAL, Kind.OTHER, []),
        (Customers.BUSINESS, Kind.INSTITUTION, []),
        (Customers.BUSINESS, Kind.RESIDENTIAL, ["business_only"]),
        (Customers.EVERYBODY, Kind.BUSINESS, []),
    ],
)
def test_residential_and_business_are_told_apart(customers: Customers, kind: Kind, why: list[str]) -> None:
    assert whys(said_of(plan_terms(customers=customers), ground(kind=kind))) == why


@pytest.mark.parametrize(
    "region",
    [
        Region("box", shape=HERE), Region("phase", phases=("P0", "P1")), Region("fiber", technologies=("fiber",)),
        Region("town", cities=("elk ridge",)), Region("state", states=("mt",)), Region("zip", zips=("59700",)),
        Region("homes", kinds=(Kind.RESIDENTIAL,)), Region("house", location_ids=(10, 11)),
        Region("all of it", shape=HERE, phases=("P1",), zips=("59700",), cities=("Elk Ridge",)),
    ],
)  # fmt: skip
def test_a_region_is_where_all_that_it_names_holds(region: Region) -> None:
    elsewhere = replace(region, shape=ELSEWHERE)
    assert whys(said_of(plan_terms(included=(region,)))) == []
    assert whys(said_of(plan_terms(included=(elsewhere,)))) == ["out_of_region"]
    assert whys(said_of(plan_terms(included=(elsewhere, region)))) == []
    assert whys(said_of(plan_terms(excluded=(elsewhere,)))) == []


def test_the_boundary_of_a_region_belongs_to_it_and_no_position_lies_in_none() -> None:
    drawn = plan_terms(included=(Region("box", shape=HERE),))
    assert whys(said_of(drawn, ground(lon=-111.4, lat=45.85))) == []
    assert whys(said_of(drawn, ground(lon=None, lat=None))) == ["out_of_region"]


def test_an_add_on_needs_a_plan_that_it_goes_with() -> None:
    voice = add_on_terms(goes_with=("FIBER-1000",))
    found = catalogue(plan_terms(), voice).offers_at(ground(), "portal", ON)
    assert whys(found.refused[0]) == ["add_on_without_plan"]
    assert whys(said_of(add_on_terms(provider="Another"))) == ["add_on_without_plan"]
    offer = said_of(add_on_terms())
    assert isinstance(offer, Offer)
    assert offer.goes_with == ("FIBER-500",)


def test_a_bundle_needs_every_part_and_is_there_with_the_last_of_them() -> None:
    shelf = catalogue(plan_terms(), add_on_terms(), bundle_terms("FIBER-500", "VOICE"))
    assert [offer.sale for offer in shelf.offers_at(ground(Class.PRE_BUILD), "portal", ON).offers] == (
        [Sale.PRE_ORDER] * 3
    )
    without = catalogue(plan_terms(valid_until=date(2026, 2, 1)), add_on_terms(), bundle_terms("FIBER-500", "VOICE"))
    refused = {each.offering.code: whys(each) for each in without.offers_at(ground(), "portal", ON).refused}
    assert refused["BUNDLE"] == ["part_not_available"]


def test_a_bundle_is_told_with_the_broadband_label_of_the_plan_in_it() -> None:
    shelf = catalogue(plan_terms(), add_on_terms(), bundle_terms("VOICE", "FIBER-500"))
    told = {each["code"]: each["label"] for each in offers_json(shelf.offers_at(ground(), "portal", ON))["offers"]}
    assert told["BUNDLE"] == told["FIBER-500"] is not None
    assert told["VOICE"] is None


def test_every_reason_is_said_and_the_weightiest_first() -> None:
    said = said_of(plan_terms(channels=("door",), customers=Customers.BUSINESS), ground(Class.OUT))
    assert whys(said) == ["out_of_coverage", "wrong_channel", "business_only"]


def test_an_address_with_units_has_to_be_settled_first() -> None:
    with pytest.raises(InputRefused) as refused:
        catalogue(plan_terms()).offers_at(ground(units=0), "portal", ON)
    assert refused.value.code is Code.ADDRESS_NOT_SETTLED


def test_of_every_code_one_revision_speaks_on_a_day() -> None:
    first, second = plan_terms(), plan_terms(monthly_cents=7000, valid_from=date(2026, 7, 1))
    shelf = Catalogue([sold(first, 1, date(2026, 7, 1)), sold(second, 2)])
    for on, revision in ((ON, 1), (date(2026, 6, 30), 1), (date(2026, 7, 1), 2), (date(2025, 1, 1), 1)):
        found = shelf.offers_at(ground(), "portal", on)
        assert [each.offering.revision for each in (*found.offers, *found.refused)] == [revision]


def test_a_revision_that_ended_before_its_first_day_never_speaks() -> None:
    soon = plan_terms(monthly_cents=9900, valid_from=date(2026, 8, 1))
    shelf = Catalogue([sold(plan_terms(), 1, date(2026, 7, 1)), sold(soon, 2, date(2026, 7, 1))])
    found = shelf.offers_at(ground(), "portal", date(2026, 9, 1))
    assert [(each.offering.revision, whys(each)) for each in found.refused] == [(1, ["expired"])]


class TestRequire:
    """What is to be sold is looked at again, by the id that was chosen."""

    def refused(self, shelf: Catalogue, where: Ground, offer_id: int, sale: Sale) -> OfferRefused:
        with pytest.raises(OfferRefused) as error:
            shelf.require(where, offer_id, "portal", ON, sale=sale)
        return error.value

    def test_it_is_what_may_be_sold_there(self) -> None:
        shelf, offer_id = catalogue(plan_terms()), offer_id_of("FIBER-500", 1)
        assert shelf.require(ground(), offer_id, "portal", ON).offering.offer_id == offer_id

    def test_an_order_where_it_is_not_built_is_led_to_a_pre_order(self) -> None:
        error = self.refused(catalogue(plan_terms()), ground(Class.PRE_BUILD), offer_id_of("FIBER-500", 1), Sale.ORDER)
        assert (error.code, error.where["alternative"]) == (Code.NOT_BUILD, "pre-order")

    def test_an_order_beyond_coverage_is_led_to_interest(self) -> None:
        error = self.refused(catalogue(plan_terms()), ground(Class.OUT), offer_id_of("FIBER-500", 1), Sale.ORDER)
        assert (error.code, error.where["alternative"]) == (Code.NOT_BUILD, "interest")

    def test_a_pre_order_where_it_is_built_is_led_to_an_order(self) -> None:
        error = self.refused(catalogue(plan_terms()), ground(), offer_id_of("FIBER-500", 1), Sale.PRE_ORDER)
        assert (error.code, error.where["alternative"]) == (Code.OFFER_NOT_AVAILABLE, "order")

    def test_an_old_revision_is_expired(self) -> None:
        shelf = Catalogue([sold(plan_terms(), 1, ON), sold(plan_terms(valid_from=ON), 2)])
        error = self.refused(shelf, ground(), offer_id_of("FIBER-500", 1), Sale.ORDER)
        assert error.where["why"] == "expired"

    def test_an_unknown_id_is_not_found(self) -> None:
        with pytest.raises(NotFound) as error:
            catalogue().require(ground(), 5, "portal", ON)
        assert error.value.code is Code.OFFERING_NOT_FOUND
