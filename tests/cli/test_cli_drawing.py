"""Areas drawn from files, and what a build would do, by the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.commands import fibermap

BY = ("--reason", "asked for", "--author", "Ann", "--yes", "--json")
RING = [[-111.31, 45.84], [-111.29, 45.84], [-111.29, 45.86], [-111.31, 45.86], [-111.31, 45.84]]


def write(path: Path, geometry: dict[str, Any], **properties: Any) -> Path:
    feature = {"type": "Feature", "geometry": geometry, "properties": properties}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    return path


@pytest.fixture
def drawing(tmp_path: Path) -> Path:
    return write(tmp_path / "new.geojson", {"type": "Polygon", "coordinates": [RING]}, name="Elk Ridge", phase="3")


def areas(db: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = fibermap(
        "sql",
        "SELECT area_id, name, class, phase FROM areas WHERE source IS NULL ORDER BY area_id",
        "--db",
        db,
        "--json",
    ).json["rows"]
    return found


def test_an_area_is_drawn_edited_split_merged_and_retired(db: Path, drawing: Path, tmp_path: Path) -> None:
    drawn = fibermap("area", "draw", drawing, "--class", "build", *BY, "--db", db)
    assert drawn.code == 0, drawn.err
    (area_id,) = drawn.json["ids"]
    assert [(each["name"], each["class"], each["phase"]) for each in areas(db)] == [("Elk Ridge", "build", "3")]
    edited = write(tmp_path / "edited.geojson", {"type": "Polygon", "coordinates": [RING]}, area_id=area_id, phase="4")
    assert fibermap("area", "edit", edited, *BY, "--db", db).code == 0
    assert areas(db)[0]["phase"] == "4"
    line = {"type": "LineString", "coordinates": [[-111.3, 45.8], [-111.3, 45.9]]}
    cut = fibermap("area", "split", area_id, write(tmp_path / "cut.geojson", line), *BY, "--db", db)
    assert len(areas(db)) == 2
    assert fibermap("area", "merge", *cut.json["ids"], *BY, "--db", db).code == 0
    assert len(areas(db)) == 1
    assert fibermap("area", "retire", area_id, *BY, "--db", db).code == 0
    assert areas(db) == []


def test_a_yes_is_asked_for_where_classes_change(db: Path) -> None:
    there = fibermap("sql", "SELECT area_id FROM areas WHERE role = 'coverage'", "--db", db, "--json").json["rows"]
    ids = [row["area_id"] for row in there]
    ran = fibermap("area", "retire", *ids, "--reason", "r", "--author", "Ann", "--db", db)
    assert ran.code == 3
    assert (
        fibermap("sql", "SELECT area_id FROM areas WHERE role = 'coverage'", "--db", db, "--json").json["rows"] == there
    )


def test_what_if_says_homes_route_cost_and_payback(db: Path, drawing: Path, tmp_path: Path) -> None:
    told = fibermap("whatif", drawing, "--cost", "take_rate=0.5", "--db", db, "--json").json
    assert told["economics"]["connections"] == told["economics"]["new_homes"] / 2
    assert "homes passed" in fibermap("whatif", drawing, "--db", db).out
    line = {"type": "LineString", "coordinates": [[-111.31, 45.85], [-111.29, 45.85]]}
    route = fibermap("whatif", write(tmp_path / "route.geojson", line), "--buffer", "100ft", "--db", db, "--json").json
    assert not route["route_estimated"]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"type": "FeatureCollection", "features": []}', "[" * 5000, "null"])
def test_a_file_that_is_no_drawing_is_refused(db: Path, tmp_path: Path, text: str) -> None:
    file = tmp_path / "odd.geojson"
    file.write_text(text, encoding="utf-8")
    ran = fibermap("area", "draw", file, "--class", "build", *BY, "--db", db)
    assert ran.code == 1
    assert ran.error["code"] in ("json_broken", "geometry_missing")
