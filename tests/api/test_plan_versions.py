"""Plan versions over HTTP: listed, compared, and taken back with a look at what that does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.planning import Desk, planning, village
from tests.cli.village import write_plan


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """The village, with a second version in which the east is live."""
    with planning(village(tmp_path)) as site:
        desk = Desk(site)
        told = desk.dry_run(write_plan(tmp_path / "fiber_plan.geojson", east="In Service"))
        desk.decide(told["id"], "promote")
        yield desk


def test_versions_are_listed_newest_first_page_by_page(desk: Desk) -> None:
    told = desk.ask("GET", "/v1/plan-versions")
    assert (told["plan_version"], told["total"]) == (2, 2)
    assert [(each["version"], each["can_undo"]) for each in told["versions"]] == [(2, True), (1, False)]
    assert [each["version"] for each in desk.ask("GET", "/v1/plan-versions?before=2&limit=1")["versions"]] == [1]
    assert desk.ask("GET", "/v1/plan-versions/2")["summary"]["flips"] == {"fiber": {"pre-build -> build": 2}}
    assert desk.ask("GET", "/v1/plan-versions/9", 404)["code"] == "version_not_found"


def test_two_versions_are_compared_in_rows_and_on_the_map(desk: Desk) -> None:
    told = desk.ask("GET", "/v1/plan-versions/compare?first=2&last=1&limit=1")
    assert (told["first"], told["last"], told["total"], len(told["rows"])) == (1, 2, 2, 1)
    assert told["summary"]["addresses"]["gained"] == 2
    assert told["summary"]["by_area"][0]["area"] == "Larch"
    drawn = desk.ask("GET", "/v1/plan-versions/compare.geojson?first=1&last=2")
    assert [feature["properties"]["change"] for feature in drawn["features"]] == ["gained", "gained"]
    assert desk.ask("GET", "/v1/plan-versions/compare?first=1&last=9", 404)["code"] == "version_not_found"
    everything = desk.ask("GET", "/v1/plan-versions/compare?first=0&last=1")
    assert everything["total"] == 6


def test_an_undo_is_looked_at_and_then_done(desk: Desk) -> None:
    preview = desk.ask("GET", "/v1/plan-versions/2/undo-preview")
    assert (preview["undoes"], preview["difference"]["addresses"]["lost"]) == (2, 2)
    assert preview["consequences"]["obstacles"][0]["code"] == "leaves_build"
    assert desk.ask("GET", "/v1/plan-versions")["plan_version"] == 2
    done = desk.ask("POST", "/v1/plan-versions/2:undo")
    assert (done["plan_version"], done["changes"]) == (3, {"fiber": {"build -> pre-build": 2}})
    versions = desk.ask("GET", "/v1/plan-versions")["versions"]
    assert (versions[0]["author"], versions[1]["undone_by"], versions[1]["can_undo"]) == ("pat", 3, False)
    assert desk.ask("POST", "/v1/plan-versions/2:undo", 409)["code"] == "undo_not_latest"


def test_only_the_latest_in_force_is_taken_back(desk: Desk) -> None:
    assert desk.ask("POST", "/v1/plan-versions/1:undo", 409)["code"] == "undo_not_latest"
    assert desk.ask("GET", "/v1/plan-versions/1/undo-preview", 409)["code"] == "undo_not_latest"
