"""Phases over HTTP: previewed, opened in part, recalled, moved; what is odd is refused and changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.api.planning import Desk, planning, village

TODAY = datetime.now(UTC).date()
LATER = (TODAY + timedelta(days=60)).isoformat()
EAST = {"phase": "East", "network_ready_on": TODAY.isoformat()}
FIRST_HOUSE = {
    "type": "Polygon",
    "coordinates": [
        [[-111.281, 45.849], [-111.2795, 45.849], [-111.2795, 45.851], [-111.281, 45.851], [-111.281, 45.849]]
    ],
}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with planning(village(tmp_path_factory.mktemp("phases"))) as site:
        desk = Desk(site)
        (larch,) = [f for f in desk.ask("GET", "/v1/areas")["features"] if f["properties"]["name"] == "Larch"]
        edits = [{"op": "change", "area_id": larch["id"], "properties": {"phase": "East"}}]
        desk.ask("POST", "/v1/areas:publish", json={"edits": edits, "reason": "a phase"})
        yield desk


@pytest.fixture(autouse=True)
def _as_before(desk: Desk) -> Iterator[None]:
    before = desk.ask("GET", "/v1/plan-versions")["plan_version"]
    yield
    for version in desk.ask("GET", "/v1/plan-versions")["versions"]:
        if version["version"] > before and version["kind"] != "undo" and version["undone_by"] is None:
            desk.ask("POST", f"/v1/plan-versions/{version['version']}:undo")


def east(desk: Desk) -> dict[str, Any]:
    (found,) = desk.ask("GET", "/v1/phases")["phases"]
    assert isinstance(found, dict)
    return found


def test_a_part_is_previewed_opened_and_recalled(desk: Desk) -> None:
    part = {**EAST, "shape": FIRST_HOUSE, "sales_open_on": LATER}
    said = desk.ask("POST", "/v1/phases:preview", json=part)
    assert said["addresses"] == {"pre-build -> build": 1}
    assert said["orderable"] == [{"on": LATER, "addresses": 1, "units": 1}]
    assert (said["recall"]["minutes"], "order.notices" in said["recall"]["subscribers"]) == (60, True)
    assert east(desk)["units"] == {"pre-build": 2}, "a preview changes nothing"
    done = desk.ask("POST", "/v1/phases:open", json={**part, "reason": "lit", "plan_version": said["plan_version"]})
    assert done["flips"] == said["flips"]
    assert done["recallable_until"] > datetime.now(UTC).isoformat()
    assert east(desk)["units"] == {"build": 1, "pre-build": 1}
    (opening,) = desk.ask("GET", "/v1/phases/details?phase=East")["openings"]
    assert (opening["part"], opening["state"], opening["author"]) == ("a drawn part", "open", "pat")
    window = desk.ask("GET", "/v1/phases")["windows"][0]
    assert (window["version"], window["can_undo"]) == (done["plan_version"], True)
    desk.ask("POST", f"/v1/plan-versions/{done['plan_version']}:undo")
    assert done["plan_version"] not in [each["version"] for each in desk.ask("GET", "/v1/phases")["windows"]]
    assert east(desk)["units"] == {"pre-build": 2}


def test_a_date_moves_and_its_history_stays(desk: Desk) -> None:
    move = {"phase": "East", "expected_on": "2030-09-30", "precision": "quarter"}
    said = desk.ask("POST", "/v1/phases:preview-slip", json=move)
    assert (said["units"], said["public_changes"]) == ({"pre-build": 2}, 2)
    assert said["moves"][0]["public_to"] == "third quarter of 2030"
    desk.ask("POST", "/v1/phases:slip", json={**move, "reason": "permits", "plan_version": said["plan_version"]})
    assert (east(desk)["expected_to"], east(desk)["precision"], east(desk)["slips"]) == ("2030-09-30", "quarter", 1)
    (slip,) = desk.ask("GET", "/v1/phases/details?phase=East")["slips"]
    assert (slip["now_on"], slip["reason"], slip["author"]) == ("2030-09-30", "permits", "pat")


def test_what_waits_opens_on_its_day(desk: Desk) -> None:
    done = desk.ask("POST", "/v1/phases:open", json={**EAST, "network_ready_on": LATER, "reason": "by then"})
    assert done["flips"] == {}
    assert (east(desk)["waiting"], east(desk)["expected_to"]) == (1, LATER)
    assert desk.site.service.open_due is not None
    assert desk.site.service.open_due() == [], "not today"


@pytest.mark.parametrize(
    ("path", "asked", "status", "code"),
    [
        ("preview", {**EAST, "phase": "West"}, 404, "phase_not_found"),
        ("open", {**EAST, "terminals": ["T1"], "reason": "x"}, 422, "phase_nothing_to_open"),
        ("preview", {**EAST, "terminals": ["T1"], "cabinets": ["C1"]}, 422, "argument_invalid"),
        ("preview", {**EAST, "network_ready_on": LATER, "sales_open_on": TODAY.isoformat()}, 422, "argument_invalid"),
        ("open", {**EAST, "reason": "x", "plan_version": 1}, 409, "report_stale"),
        ("open", EAST, 422, None),
        ("open", {**EAST, "reason": "x", "author": "somebody else"}, 422, None),
        ("preview", {**EAST, "network_ready_on": "soon"}, 422, None),
        (
            "slip",
            {"phase": "East", "expected_on": "2030-01-01", "reason": "x", "opening_id": 7},
            404,
            "phase_not_found",
        ),
        ("preview-slip", {"phase": "East", "expected_on": "2030-01-01", "precision": "decade"}, 422, None),
    ],
)
def test_what_cannot_be_is_refused(desk: Desk, path: str, asked: dict[str, Any], status: int, code: str | None) -> None:
    said = desk.ask("POST", f"/v1/phases:{path}", status, json=asked)
    assert code in (None, said["code"])
