"""Holds over HTTP: placed with a reason, listed with when to look again, released by name, undone like any version."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

import pytest

from fibermap.coverage.model import HoldCode
from fibermap_api.models.holds import HeldBecause
from tests.api.planning import Desk, planning, village

REASON = {"code": "owner_refusal", "reason": "asked us in writing"}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with planning(village(tmp_path_factory.mktemp("holds"))) as site:
        yield Desk(site)


@pytest.fixture
def served(desk: Desk) -> dict[str, Any]:
    """The first address that may be sold today."""
    rows: list[dict[str, Any]] = desk.ask("GET", "/v1/table?orderable=true")["rows"]
    return rows[0]


def test_a_hold_on_an_address_keeps_sales_away_until_it_is_released(desk: Desk, served: dict[str, Any]) -> None:
    address_id = served["address_id"]
    asked = {**REASON, "address_id": address_id, "document": "DMS 7", "review_on": "2027-03-01"}
    placed = desk.ask("POST", "/v1/holds", 201, json=asked)
    (hold,) = desk.ask("GET", "/v1/holds")["features"]
    assert hold["id"] == placed["hold_id"]
    said = hold["properties"]
    assert (said["author"], said["document"], said["review_on"]) == ("pat", "DMS 7", "2027-03-01")
    assert (said["addresses"], said["from_source"]) == (1, False)
    assert hold["geometry"]["type"] == "Point"
    assert desk.ask("GET", "/v1/holds?due_by=2027-03-01")["features"]
    assert desk.ask("GET", "/v1/holds?due_by=2027-02-28")["features"] == []
    desk.ask("POST", f"/v1/holds/{placed['hold_id']}:release", json={"reason": "agreed"})
    assert desk.ask("GET", "/v1/holds")["features"] == []


def test_a_hold_on_a_drawn_area_holds_everything_in_it_and_an_undo_takes_it_back(desk: Desk) -> None:
    corners = [[-180, -80], [179, -80], [179, 80], [-180, 80], [-180, -80]]
    area = {"type": "Polygon", "coordinates": [corners]}
    placed = desk.ask("POST", "/v1/holds", 201, json={**REASON, "area": area})
    (hold,) = desk.ask("GET", "/v1/holds")["features"]
    assert hold["geometry"]["type"] == "Polygon"
    assert hold["properties"]["addresses"] > 1
    desk.ask("POST", f"/v1/plan-versions/{placed['plan_version']}:undo", json={})
    assert desk.ask("GET", "/v1/holds")["features"] == []


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ({**REASON, "address_id": 7}, 404, "address_not_found"),
        ({**REASON}, 422, None),
        ({**REASON, "address_id": 7, "location_id": 8}, 422, None),
        ({"code": "exclusion", "reason": "x", "address_id": 7}, 422, None),
        ({**REASON, "area": {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}}, 422, None),
    ],
)
def test_a_hold_that_cannot_be_is_refused(desk: Desk, asked: dict[str, Any], status: int, code: str | None) -> None:
    said = desk.ask("POST", "/v1/holds", status, json=asked)
    assert code in (None, said["code"])
    assert desk.ask("GET", "/v1/holds")["features"] == []


def test_every_code_but_that_of_exclusion_areas_can_be_placed() -> None:
    assert set(get_args(HeldBecause)) == set(HoldCode) - {HoldCode.EXCLUSION}


def test_a_hold_that_there_is_not_cannot_be_released(desk: Desk) -> None:
    assert desk.ask("POST", "/v1/holds/7:release", 404, json={"reason": "x"})["code"] == "hold_not_found"
