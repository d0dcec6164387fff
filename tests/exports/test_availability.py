"""What is filed with the FCC: every location that is served today, and nothing that is not."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fibermap.exports.availability import COLUMNS
from fibermap.kernel.errors import InputRefused
from fibermap.plan import Plan
from tests.builders import area, box, home, ids, ingest, new_plan, source

FILING = {
    "provider_id": 130077,
    "brand_name": "Lark, Fiber",
    "offers": {"fiber": {"code": 50, "down_mbps": 1000, "up_mbps": 500}},
}
BUILD = area("West", "Build", box(-50, -50, 250, 50))
PLANNED = area("East", "Planned", box(251, -50, 550, 50))


def located(number: int, east_m: float | None, location: str | None, **said: Any) -> dict[str, Any]:
    return home(number, east_m, FCC_LOCATION_ID=location, **said)


@pytest.fixture
def fm() -> Iterator[Plan]:
    with new_plan() as plan:
        yield plan


def filed(fm: Plan, tmp_path: Path, **options: Any) -> tuple[list[dict[str, str]], dict[str, int]]:
    out = tmp_path / "fcc.csv"
    written = fm.export("fcc-availability", out, **{**FILING, **options})
    with out.open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    assert written.rows == len(found)
    return found, dict(written.left_out)


def test_a_served_home_is_one_row_of_whole_numbers_in_the_fccs_columns(fm: Plan, tmp_path: Path) -> None:
    ingest(fm, source("plan", [BUILD]), source("county", [located(1, 0, "1234567890")]))
    (row,), left_out = filed(fm, tmp_path)
    assert tuple(row) == COLUMNS
    assert list(row.values()) == ["130077", "Lark, Fiber", "1234567890", "50", "1000", "500", "1", "R"]
    assert left_out == {}


def test_what_is_not_served_today_is_left_out_and_counted_by_its_first_reason(fm: Plan, tmp_path: Path) -> None:
    homes = [
        located(1, 0, "1000000001"),
        located(2, 20, "1000000002"),
        located(3, 40, None),
        located(4, 300, "1000000004"),
        located(5, 900, "1000000005"),
        located(6, 60, "1000000006", TYPE="Garage"),
        located(7, None, "1000000007"),
    ]
    ingest(fm, source("plan", [BUILD, PLANNED]), source("county", homes))
    fm.hold("owner_refusal", "asked us to leave", "Ann", address_id=ids(fm)["2 Main St"])
    found, left_out = filed(fm, tmp_path)
    assert [row["location_id"] for row in found] == ["1000000001"]
    assert left_out == {
        "held": 1, "no_fabric_location": 1, "not_serviceable": 1, "out_of_coverage": 1, "pre_build": 1, "unknown": 1,
    }  # fmt: skip


def test_homes_and_a_shop_at_one_location_are_one_row_for_both(fm: Plan, tmp_path: Path) -> None:
    homes = [
        located(1, 0, "1000000001", UNIT="A"),
        located(1, 0, "1000000001", UNIT="B", OBJECTID=2),
        located(1, 0, "1000000001", UNIT="C", OBJECTID=3, TYPE="Commercial"),
        located(5, 20, "1000000005", TYPE="Commercial"),
    ]
    ingest(fm, source("plan", [BUILD]), source("county", homes))
    found, left_out = filed(fm, tmp_path)
    assert {row["location_id"]: row["business_residential_code"] for row in found} == {
        "1000000001": "X",
        "1000000005": "B",
    }
    assert left_out == {"same_location": 2}


def test_the_fabrics_own_licence_permits_its_ids_to_be_filed_and_another_may_not(fm: Plan, tmp_path: Path) -> None:
    ingest(fm, source("plan", [BUILD]), source("county", [home(1, 0), home(2, 20)]))
    ingest(fm, source("fabric", [located(1, 1, "1000000001")]), permitted_uses=frozenset({"filing"}))
    ingest(fm, source("second", [located(2, 21, "1000000002")]), permitted_uses=frozenset({"planning"}))
    found, left_out = filed(fm, tmp_path)
    assert [row["location_id"] for row in found] == ["1000000001"]
    assert left_out == {"source_not_permitted": 1}


def test_what_goes_live_after_the_date_that_is_filed_for_stays_out(fm: Plan, tmp_path: Path) -> None:
    ingest(fm, source("plan", [BUILD | {"LIVE_DATE": "2026-07-01"}]), source("county", [located(1, 0, "1000000001")]))
    before, left_out = filed(fm, tmp_path, as_of=date(2026, 6, 30))
    assert (before, left_out) == ([], {"not_live_yet": 1})
    after, _ = filed(fm, tmp_path, as_of="2026-12-31")
    assert len(after) == 1


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"provider_id": 0}, "provider id"),
        ({"brand_name": "two\nlines"}, "brand name"),
        ({"offers": {}}, "Nothing is advertised"),
        ({"offers": {"fiber": {"code": 70, "down_mbps": 1, "up_mbps": 1}}}, "one of 50"),
        ({"offers": {"fiber": {"code": 50, "down_mbps": 0, "up_mbps": 1}}}, "whole Mbit/s"),
        ({"offers": {"smoke": {"code": 50, "down_mbps": 1, "up_mbps": 1}}}, "no technology"),
        ({"colour": "blue"}, "colour"),
    ],
)
def test_a_filing_that_the_fcc_would_refuse_is_refused_here(
    fm: Plan, tmp_path: Path, change: dict[str, Any], says: str
) -> None:
    with pytest.raises(InputRefused, match=says):
        fm.export("fcc-availability", tmp_path / "fcc.csv", **{**FILING, **change})
    assert not (tmp_path / "fcc.csv").exists()


kinds = st.sampled_from(["Single Family", "Garage", "Commercial"])
locations = st.sampled_from(["1000000001", "1000000002", None])
places = st.lists(st.tuples(st.integers(0, 60), locations, kinds), min_size=1, max_size=8)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(places)
def test_rows_and_what_is_left_out_account_for_every_verdict(
    tmp_path: Path, given_places: list[tuple[int, str | None, str]]
) -> None:
    """And an oracle in plain Python names the locations."""
    homes = [located(n + 1, step * 10, location, TYPE=kind) for n, (step, location, kind) in enumerate(given_places)]
    with new_plan() as fm:
        ingest(fm, source("plan", [BUILD, PLANNED]), source("county", homes))
        found, left_out = filed(fm, tmp_path)
        judged = fm.sql("SELECT count(*) AS n FROM verdict").table["n"][0].as_py()
    assert len(found) + sum(left_out.values()) == judged
    served = {place for step, place, kind in given_places if step * 10 <= 250 and place and kind != "Garage"}
    assert {row["location_id"] for row in found} == served
    assert len(found) == len(served)
