"""What is sold, over HTTP: at an address, on its label, and as a product manager states it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import fibermap
from fibermap.access.model import Scope
from fibermap.order.offering_json import terms_json
from fibermap.order.offers import NOT_ON_SALE
from fibermap_api.models.offers import OffersAnswer
from tests.api.answering import Site
from tests.api.planning import Desk, planning, village
from tests.order.selling import add_on_terms, label_of, plan_terms

FIBER, VOICE = plan_terms(), add_on_terms()
DOOR = plan_terms("DOOR-1", channels=("door",), label=label_of("DOOR-1"))
WITHOUT_LABEL = plan_terms("BARE-1", label=None)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    db = village(tmp_path_factory.mktemp("shop"))
    with fibermap.open(db) as fm:
        fm.catalogue.load([FIBER, VOICE, DOOR, WITHOUT_LABEL], "spring", "pat")
    with planning(db) as started:
        yield started


@pytest.fixture(scope="module")
def desk(shop: Site) -> Desk:
    return Desk(shop)


def house(shop: Site, class_: str) -> int:
    sql = shop.service.desk.plan.store.sql
    found = sql.value(
        "test", "SELECT address_id FROM addresses WHERE class = ? AND serviceable ORDER BY full_address", [class_]
    )
    assert found is not None, class_
    return int(found)


def asked(shop: Site, headers: dict[str, str], status: int = 200, **params: Any) -> Any:
    said = shop.client.get("/v1/offers", params={"channel": "portal", **params}, headers=headers)
    assert said.status_code == status, said.text
    return said.json()


def test_offers_are_those_of_the_plan_itself(shop: Site) -> None:
    found = asked(shop, shop.key(Scope.CHECK), address_id=house(shop, "build"))
    OffersAnswer.model_validate(found)
    assert (found["sale"], [offer["code"] for offer in found["offers"]]) == ("order", ["FIBER-500", "VOICE"])
    assert found["offers"][0]["price"]["taxes"] == "not_included"
    refused = {each["code"]: each["reasons"][0]["why"] for each in found["not_available"]}
    assert refused == {"BARE-1": "label_incomplete", "DOOR-1": "wrong_channel"}


def test_a_check_tells_the_speeds_of_the_fastest_plan_that_is_sold_there(shop: Site) -> None:
    for scope in (Scope.CHECK, Scope.PUBLIC):
        for class_, speeds in (("build", {"down_mbps": 500.0, "up_mbps": 500.0}), ("out-of-coverage", None)):
            params = {"address_id": house(shop, class_)}
            said = shop.client.get("/v1/address-check", params=params, headers=shop.key(scope)).json()
            assert [each["speeds"] for each in said["serviceability"]["technologies"]] == [speeds]


def test_what_is_planned_can_be_pre_ordered(shop: Site) -> None:
    found = asked(shop, shop.key(Scope.SELL), address_id=house(shop, "pre-build"))
    assert {offer["sale"] for offer in found["offers"]} == {"pre-order"}


def test_the_public_is_told_of_what_is_on_sale(shop: Site) -> None:
    found = asked(shop, shop.key(Scope.PUBLIC), address_id=house(shop, "build"))
    whys = {reason["why"] for each in found["not_available"] for reason in each["reasons"]}
    assert whys.isdisjoint(NOT_ON_SALE)


def test_an_unknown_address_is_not_found_and_odd_questions_are_refused(shop: Site) -> None:
    key = shop.key(Scope.PUBLIC)
    assert asked(shop, key, 404, address_id=5)["code"] == "address_not_found"
    for odd in ({"address_id": "x"}, {"address_id": 5, "channel": "Portal; DROP"}, {"address_id": 5, "on": "soon"}, {}):
        assert asked(shop, key, 422, **odd)["code"] == "argument_invalid"


def test_a_building_whose_unit_is_not_chosen_is_not_settled(shop: Site) -> None:
    plan = shop.service.desk.plan
    base = plan.add_address("77 Divided Way", -111.3, 45.85, "seen", "pat").ids[0]
    plan.split_address(base, "1-2", "seen", "pat")
    plan.live.refresh()
    assert asked(shop, shop.key(Scope.CHECK), 422, address_id=base)["code"] == "address_not_settled"


def test_a_label_is_a_page_and_its_rows(shop: Site) -> None:
    key, plan = shop.key(Scope.PUBLIC), shop.service.desk.plan
    offer_id = plan.catalogue.revisions("FIBER-500")[0].offer_id
    page = shop.client.get(f"/v1/offers/{offer_id}/label", headers=key)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "style-src 'sha256-" in page.headers["content-security-policy"]
    assert "Broadband Facts" in page.text
    said = shop.client.get(f"/v1/offers/{offer_id}/label?format=json", headers=key).json()
    assert (said["plan_identifier"], said["missing"]) == ("F0000000000FIBER5000000000", [])
    voice = plan.catalogue.revisions("VOICE")[0].offer_id
    assert shop.client.get(f"/v1/offers/{voice}/label", headers=key).status_code == 404


def test_all_labels_are_one_sheet(shop: Site) -> None:
    said = shop.client.get("/v1/labels.csv", headers=shop.key(Scope.PUBLIC))
    assert said.headers["content-type"] == "text/csv; charset=utf-8"
    lines = said.text.splitlines()
    assert len(lines) == 3  # no row for the plan without a label, which is not sold
    assert "F0000000000FIBER5000000000" in said.text


class TestStating:
    """State, revise, retire."""

    def test_what_is_stated_is_sold_at_once(self, shop: Site, desk: Desk) -> None:
        terms = terms_json(plan_terms("FIBER-900", label=label_of("FIBER-900")))
        made = desk.ask("POST", "/v1/offerings", 201, json={"terms": terms, "reason": "new"})
        shop.service.desk.plan.live.refresh()
        found = asked(shop, desk.headers, address_id=house(shop, "build"))
        assert made["offer_id"] in {offer["offer_id"] for offer in found["offers"]}
        dearer = {"terms": {**terms, "monthly_cents": 9900}, "reason": "dearer"}
        revised = desk.ask("POST", f"/v1/offerings/{made['offer_id']}:revise", 201, json=dearer)
        assert revised["revision"] == 2
        again = desk.ask("POST", f"/v1/offerings/{made['offer_id']}:revise", 409, json=dearer)
        assert (again["code"], again["offer_id"]) == ("offering_changed", revised["offer_id"])
        kept = desk.ask("GET", f"/v1/offerings/{made['offer_id']}")
        assert (kept["terms"]["monthly_cents"], kept["ended_on"] is None) == (6500, False)
        ended = desk.ask("POST", f"/v1/offerings/{revised['offer_id']}:retire", json={"reason": "gone"})
        assert ended["ended_on"] is not None

    def test_the_list_says_what_labels_lack(self, desk: Desk) -> None:
        listed = desk.ask("GET", "/v1/offerings")["offerings"]
        lacking = {each["terms"]["code"] for each in listed if each["label_missing"]}
        assert lacking == {"BARE-1"}

    @pytest.mark.parametrize(
        ("changes", "code", "field"),
        [
            ({"monthly_cents": -1}, "argument_invalid", None),
            ({"currency": "EUR"}, "currency_mismatch", "currency"),
            ({"goes_with": ["NONE"], "kind": "add-on", "label": None}, "argument_invalid", "goes_with"),
            ({"included": [{"name": "x", "shape": {"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]}}]},
             "ring_too_short", "included.0.shape"),
            ({"code": "FIBER-500"}, "offering_exists", "code"),
        ],
    )  # fmt: skip
    def test_what_does_not_fit_is_refused(
        self, desk: Desk, changes: dict[str, Any], code: str, field: str | None
    ) -> None:
        terms = {**terms_json(plan_terms("ODD-1", label=label_of("ODD-1"))), **changes}
        status = 409 if code == "offering_exists" else 422
        said = desk.ask("POST", "/v1/offerings", status, json={"terms": terms, "reason": "try"})
        assert (said["code"], said.get("field")) == (code, field)


def test_the_command_line_and_the_library_reach_it_through_the_server(shop: Site, desk: Desk) -> None:
    asked_of = {"arguments": [house(shop, "build"), "portal"], "named": {}}
    found = desk.ask("POST", "/v1/plan/catalogue.offers_at", json=asked_of)
    assert found["sale"] == "order"
    local = shop.service.desk.plan.catalogue.offers_at(house(shop, "build"), "portal")
    assert [each["offering"]["offer_id"] for each in found["offers"]] == [o.offering.offer_id for o in local.offers]
