"""One box finds anything; a card says why, with what lies on the map and what was known when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import shapely

from fibermap.kernel.errors import NotFound
from fibermap.plan import Plan
from fibermap.report.card import card
from fibermap.report.coordinates import read_coordinates
from fibermap.report.screen import Screen
from fibermap.report.search import search
from fibermap.serving.answers import Answers
from tests.builders import GEOD, ids, place
from tests.report.towns import shown, town

HERE = (-111.3, 45.85)


@pytest.fixture(scope="module")
def plan() -> Iterator[Plan]:
    with town() as fm:
        yield fm


@pytest.fixture(scope="module")
def screen(plan: Plan) -> Iterator[Screen]:
    with shown(plan) as screen:
        yield screen


def found(plan: Plan, screen: Screen, text: str, limit: int = 10) -> list[dict[str, Any]]:
    return search(screen.sql, Answers(lambda: plan.live.index, plan.store.clock), text, limit)


def card_of(plan: Plan, line: str, **when: Any) -> dict[str, Any]:
    return plan.store.preview(lambda uow: card(uow, ids(plan)[line], plan.settings, **when), cause="test")


@pytest.mark.parametrize(
    "text",
    ["45.85, -111.3", "45.85 -111.3", "-111.3, 45.85", "45.85N 111.3W", "N45.85 W111.3", "W111.3 N45.85",
     "45°51'00\"N 111°18'00\"W", "45°51′0″ N, 111°18′0″ W", "45 51 0 N, 111 18 0 W", "45°51.0'N 111°18.0'W",
     "geo:45.85,-111.3", "@45.85,-111.3,17z"],
)  # fmt: skip
def test_coordinates_are_read_in_the_notations_that_people_paste(text: str) -> None:
    assert read_coordinates(text) == HERE


@pytest.mark.parametrize("text", ["", "12 34", "4067 Center Ave", "95, 200", "N45 N46", "45.85", "1-2-3", "N45.85N 1"])
def test_other_texts_are_no_coordinates(text: str) -> None:
    assert read_coordinates(text) is None


def test_an_address_is_found_as_it_is_typed(plan: Plan, screen: Screen) -> None:
    first = found(plan, screen, "5 mai")[0]
    assert (first["kind"], first["id"], first["class"]) == ("address", ids(plan)["5 Main St"], "pre-build")
    assert (first["lon"], first["lat"]) == pytest.approx(place(200))


@pytest.mark.parametrize("line", ["5 MAIN STREET 59741", "5 main st 59741", "5 Maine St 59741"])
def test_an_address_is_found_by_a_whole_line_as_it_stands_in_a_letter(plan: Plan, screen: Screen, line: str) -> None:
    assert [row["id"] for row in found(plan, screen, line)] == [ids(plan)["5 Main St"]]


def test_a_house_that_is_not_there_finds_no_other(plan: Plan, screen: Screen) -> None:
    assert found(plan, screen, "5000 MAIN STREET 59741") == []


def test_a_place_is_found_with_the_addresses_near_it(plan: Plan, screen: Screen) -> None:
    lon, lat = place(82)
    results = found(plan, screen, f"{lat}, {lon}")
    assert [row["kind"] for row in results] == ["place", "address", "address", "address"]
    assert results[1]["id"] == ids(plan)["2 Main St"]


def test_areas_and_terminals_are_found_by_name_and_by_id(plan: Plan, screen: Screen) -> None:
    (area,) = found(plan, screen, "nor")
    assert (area["kind"], area["text"], area["detail"]) == ("area", "North", "Area, Phase 1, west")
    assert area["bbox"][0] < area["bbox"][2]
    assert found(plan, screen, str(area["id"])) == [area]
    assert found(plan, screen, "T1")[0]["kind"] == "network"


def test_an_address_is_found_by_its_id(plan: Plan, screen: Screen) -> None:
    wanted = ids(plan)["5 Main St"]
    assert found(plan, screen, str(wanted))[0]["id"] == wanted


def test_streets_are_found(plan: Plan, screen: Screen) -> None:
    assert found(plan, screen, "main")[0]["kind"] == "street"


@pytest.mark.parametrize("text", ["   ", "%", "'; DROP TABLE feature", "\\", "x" * 200])
def test_what_means_nothing_finds_nothing(plan: Plan, screen: Screen, text: str) -> None:
    assert found(plan, screen, text) == []


def test_a_card_says_why_and_when(plan: Plan) -> None:
    told = card_of(plan, "5 Main St")
    (fiber,) = told["technologies"]
    assert (told["class"], told["orderable"], told["not_orderable"]) == ("pre-build", False, ["not_build"])
    assert (fiber["evidence"], fiber["decided_by"]["name"]) == ("area", "South")
    assert [step["decides"] for step in fiber["steps"]] == [True]
    assert fiber["expected"]["public"] == "first quarter of 2027"
    assert told["records"][0]["source"] == "county"
    assert told["timeline"][0]["detail"]["to"] == "pre-build"


def test_what_a_card_draws_is_what_decides(plan: Plan) -> None:
    told = card_of(plan, "5 Main St")
    parts = {
        each["properties"]["part"]: shapely.geometry.shape(each["geometry"]) for each in told["evidence"]["features"]
    }
    assert set(parts) == {"address", "decides", "terminal", "drop"}
    assert parts["decides"].covers(parts["address"])
    assert told["terminal"]["name"] == "T2"
    assert GEOD.geometry_length(parts["drop"]) == pytest.approx(told["terminal"]["drop_m"], abs=1e-3)


def test_a_card_looks_back_to_what_was_known(plan: Plan) -> None:
    before = card_of(plan, "5 Main St", as_of=1)
    assert before["plan_version"] == 1
    held = next(line for line in ids(plan) if card_of(plan, line)["holds"])
    assert card_of(plan, held, as_of=1)["holds"] == []
    with pytest.raises(NotFound):
        card_of(plan, "5 Main St", as_of=99)


def test_a_card_looks_ahead_to_a_date(plan: Plan) -> None:
    assert card_of(plan, "5 Main St", at=date(2027, 6, 1))["class"] == "build"
