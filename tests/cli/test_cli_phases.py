"""Phases by the command line: looked at, opened in part and whole, moved, and carried out on the day."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.commands import fibermap

BY = ("--reason", "accepted", "--author", "Ann")
LARCH = [[-111.281, 45.849], [-111.278, 45.849], [-111.278, 45.851], [-111.281, 45.851], [-111.281, 45.849]]
FIRST_HOUSE = [[-111.281, 45.849], [-111.2795, 45.849], [-111.2795, 45.851], [-111.281, 45.851], [-111.281, 45.849]]


@pytest.fixture
def planned(db: Path) -> Path:
    """The village, with Larch in a phase."""
    (larch,) = fibermap("sql", "SELECT area_id FROM areas WHERE name = 'Larch'", "--db", db, "--json").json["rows"]
    geometry = {"type": "Polygon", "coordinates": [LARCH]}
    properties = {"area_id": larch["area_id"], "phase": "East", "expected_live_on": "2030-06-30"}
    file = db.parent / "larch.geojson"
    file.write_text(json.dumps({"type": "Feature", "geometry": geometry, "properties": properties}), encoding="utf-8")
    assert fibermap("area", "edit", file, *BY, "--yes", "--db", db).code == 0
    return db


def test_a_phase_is_opened_in_part_then_whole(planned: Path, tmp_path: Path) -> None:
    drawn = tmp_path / "part.geojson"
    drawn.write_text(json.dumps({"type": "Polygon", "coordinates": [FIRST_HOUSE]}), encoding="utf-8")
    asked = fibermap("phase", "open", "East", "--within", drawn, *BY, "--db", planned)
    assert asked.code == 3
    assert "1 address, 1 unit: pre-build -> build" in asked.out
    assert "Notices and charges wait 60 minutes" in asked.out
    assert fibermap("phase", "open", "East", "--within", drawn, *BY, "--yes", "--db", planned).code == 0
    (east,) = fibermap("phase", "list", "--db", planned, "--json").json["phases"]
    assert (east["units_build"], east["units_pre_build"], east["expected_to"]) == (1, 1, "2030-06-30")
    listed = fibermap("phase", "recallable", "--db", planned, "--json").json["windows"]
    assert listed[0]["label"] == "open East, a drawn part: accepted"
    whole = fibermap("phase", "open", "East", *BY, "--yes", "--json", "--db", planned)
    assert whole.json["changes"] == {"fiber": {"pre-build -> build": 1}}
    refused = fibermap("phase", "open", "East", *BY, "--yes", "--db", planned)
    assert (refused.code, refused.error["code"]) == (1, "phase_nothing_to_open")


def test_a_day_comes_and_a_date_moves(planned: Path) -> None:
    moved = fibermap("phase", "slip", "East", "--to", "2030-12-31", "--precision", "quarter", *BY, "--db", planned)
    assert moved.code == 3
    assert "2 units: 2030-06-30 -> fourth quarter of 2030" in moved.out
    assert fibermap(
        "phase", "slip", "East", "--to", "2030-12-31", "--precision", "quarter", *BY, "--yes", "--db", planned
    ).code == 0  # fmt: skip
    opened = fibermap(
        "phase", "open", "East", "--ready-on", "2031-02-01", "--sales-on", "2031-03-01", *BY, "--yes", "--db", planned
    )
    assert "East opens on 2031-02-01" in opened.out
    shown = fibermap("phase", "show", "East", "--db", planned)
    assert "the whole phase: waiting, network ready 2031-02-01, sales open 2031-03-01 (Ann: accepted)" in shown.out
    assert "moved from 2030-06-30 to 2030-12-31 (quarter)" in shown.out
    assert "Nothing waits for today" in fibermap("phase", "due", "--db", planned).out
    assert "1 opened" in fibermap("phase", "due", "--on", "2031-02-01", "--db", planned).out
