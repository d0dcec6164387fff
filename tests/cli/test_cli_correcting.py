"""Corrections, areas and connectivity by the command line."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from tests.cli.commands import fibermap

BY = ("--reason", "seen on site", "--author", "Ann")
HERE = ("--lat", "45.8505", "--lon", "-111.2985")
FAR = ("--lat", "45.9", "--lon", "-111.2")


def one(db: Path, line: str) -> dict[str, Any]:
    """Return the row of the address with that delivery line; empty where there is none."""
    rows = fibermap("sql", f"FROM addresses WHERE delivery_line = '{line}'", "--db", db, "--json").json["rows"]
    return dict(rows[0]) if rows else {}


def area_id(db: Path, name: str) -> int:
    ran = fibermap("sql", f"SELECT area_id FROM areas WHERE name = '{name}'", "--db", db, "--json")
    return int(ran.json["rows"][0]["area_id"])


def test_a_provisional_lot_is_added_judged_and_taken_back(db: Path) -> None:
    added = fibermap("address", "add", "Lot 14, Elk Ridge", *HERE, *BY, "--db", db, "--json").json

    assert added["changes"] == {"fiber": {"none -> build": 1}}
    assert one(db, "Lot 14, Elk Ridge")["address_id"] == added["address_id"]
    fibermap("undo", "--db", db)
    assert one(db, "Lot 14, Elk Ridge") == {}


def test_an_address_is_moved_and_moved_back_by_undo(db: Path) -> None:
    address = one(db, "2 Elk Ridge Rd")["address_id"]

    ran = fibermap("--db", db, "address", "move", address, *FAR, *BY)

    assert ran.out.splitlines() == [
        f"Address {address} moved with plan version 2",
        "  fiber: build -> out-of-coverage: 1 address",
    ]
    assert one(db, "2 Elk Ridge Rd")["class"] == "out-of-coverage"
    fibermap("undo", "--db", db)
    assert one(db, "2 Elk Ridge Rd")["class"] == "build"


def test_an_address_is_retyped(db: Path) -> None:
    address = one(db, "2 Elk Ridge Rd")["address_id"]

    fibermap("address", "retype", address, "business", "--not-serviceable", *BY, "--db", db)

    row = one(db, "2 Elk Ridge Rd")
    assert (row["kind"], row["serviceable"], row["orderable"]) == ("business", False, False)


def test_a_building_gets_units_by_pattern(db: Path) -> None:
    address = one(db, "2 Elk Ridge Rd")["address_id"]

    made = fibermap("address", "split", address, "1-4", *BY, "--db", db, "--json").json

    assert len(made["ids"]) == 4
    count = fibermap("sql", "SELECT count(*) AS n FROM addresses WHERE unit IS NOT NULL", "--db", db, "--json")
    assert count.json["rows"] == [{"n": 4}]


def test_an_address_is_retired_only_after_a_yes(db: Path) -> None:
    address = one(db, "2 Elk Ridge Rd")["address_id"]
    before = hashlib.sha256(db.read_bytes()).hexdigest()

    asked = fibermap("address", "retire", address, *BY, "--db", db, "--json")

    assert (asked.code, asked.error["code"]) == (3, "needs_yes")
    assert asked.error["changes"] == asked.json["changes"] == {"fiber": {"build -> none": 1}}
    assert asked.json["plan_version"] is None
    assert hashlib.sha256(db.read_bytes()).hexdigest() == before
    assert fibermap("address", "retire", address, *BY, "--yes", "--db", db).code == 0
    assert one(db, "2 Elk Ridge Rd") == {}


def test_a_person_at_the_terminal_is_shown_what_changes_and_asked(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    address = one(db, "2 Elk Ridge Rd")["address_id"]
    answers = iter([False, True])
    monkeypatch.setattr("fibermap.cli.confirming.somebody_answers", lambda: True)
    monkeypatch.setattr("typer.confirm", lambda *_, **__: next(answers))

    refused = fibermap("address", "retire", address, *BY, "--db", db)
    agreed = fibermap("address", "retire", address, *BY, "--db", db)

    assert (refused.code, agreed.code) == (3, 0)
    assert refused.out.splitlines() == ["This would change:", "  fiber: build -> none: 1 address"]
    assert one(db, "2 Elk Ridge Rd") == {}


def test_what_a_source_says_otherwise_since_is_listed(db: Path, village: Path, tmp_path: Path) -> None:
    address = one(db, "2 Elk Ridge Rd")["address_id"]
    fibermap("address", "move", address, *HERE, *BY, "--db", db)
    assert fibermap("address", "disagreements", "--db", db).out == "No source disagrees with a correction\n"
    refreshed = tmp_path / "houses.csv"
    refreshed.write_text((village / "houses.csv").read_text("utf-8").replace("-111.299", "-111.2995"), "utf-8")
    assert fibermap("ingest", refreshed, "--db", db, "--yes").code == 0

    found = fibermap("address", "disagreements", "--db", db, "--json").json

    assert found["count"] == 1
    (row,) = found["disagreements"]
    assert (row["address_id"], row["says_now"]) == (address, {"lon": -111.2995, "lat": 45.85})
    said = fibermap("address", "disagreements", "--db", db).out
    assert "corrected to lon -111.2985, lat 45.8505, the source says now lon -111.2995, lat 45.85" in said


def test_an_area_goes_live_after_a_yes_and_back_by_undo(db: Path) -> None:
    told = ("area", "set", area_id(db, "Larch"), "--class", "build", "--live-on", "2026-03-02", *BY, "--db", db)

    assert fibermap(*told).code == 3
    assert fibermap(*told, "--yes", "--json").json["changes"] == {"fiber": {"pre-build -> build": 2}}
    assert one(db, "10 Larch Ln")["class"] == "build"
    assert fibermap(*told, "--json").json["changes"] == {}  # nothing changes now, so nothing is asked
    fibermap("undo", "--db", db)
    fibermap("undo", "--db", db)
    assert one(db, "10 Larch Ln")["class"] == "pre-build"


def test_areas_of_which_one_is_not_there_are_all_left_alone(db: Path) -> None:
    ran = fibermap("area", "set", area_id(db, "Larch"), 12345, "--class", "build", *BY, "--yes", "--db", db)

    assert (ran.code, ran.error["code"]) == (1, "area_not_found")
    assert "12345" in ran.error["message"]
    assert one(db, "10 Larch Ln")["class"] == "pre-build"


def test_connectivity_moves_by_what_happened(db: Path) -> None:
    address = one(db, "2 Elk Ridge Rd")["address_id"]
    cause = ("--cause", "work-order:4711", "--db", db)

    passed = fibermap("connectivity", address, "network_passed", *cause, "--json")
    refused = fibermap("connectivity", address, "service_resumed", *cause)

    assert passed.json == {"address_id": address, "event": "network_passed", "connectivity": "passed"}
    assert (refused.code, refused.error["code"]) == (1, "conflict")
    assert "drop_built" in refused.error["hint"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("address", "move", "1", *HERE, *BY), "address_not_found"),
        (("address", "add", "Lot 1, Nowhere", "--lat", "145", "--lon", "0", *BY), "coordinate_out_of_range"),
        (("address", "add", "2 Elk Ridge Rd, 59741", "--lat", "45.85", "--lon", "-111.299", *BY), "conflict"),
        (("address", "add", "Lot 1, Elk Ridge", *HERE, "--author", "Ann", "--reason", " "), "argument_invalid"),
        (("address", "retype", "1", "castle", "--serviceable", *BY), "argument_invalid"),
        (("address", "retype", "1", "business", *BY), "argument_invalid"),
        (("address", "retire", "1", *BY), "address_not_found"),
        (("address",), "argument_invalid"),
        (("address", "bogus"), "argument_invalid"),
        (("area", "set", "1", "--class", "unknown", *BY), "argument_invalid"),
        (("area", "set", "1", "--class", "build", "--live-on", "soon", *BY), "argument_invalid"),
        (("connectivity", "1", "network_passed", "--cause", "c"), "address_not_found"),
        (("connectivity", "1", "earthquake", "--cause", "c"), "argument_invalid"),
    ],
)
def test_what_cannot_be_done_is_refused(db: Path, arguments: tuple[str, ...], code: str) -> None:
    ran = fibermap(*arguments, "--db", db)

    assert (ran.code, ran.error["code"]) == (1, code)
    assert ran.error["hint"]


def test_a_row_of_lots_is_added_after_a_yes_and_one_of_them_confirmed(db: Path, tmp_path: Path) -> None:
    road = tmp_path / "road.geojson"
    road.write_text('{"type": "LineString", "coordinates": [[-111.3, 45.8505], [-111.297, 45.8505]]}')
    wish = ("address", "lots", road, "--name", "Lot {n}", "--count", "3", "--first", "7", *BY, "--db", db, "--json")

    assert fibermap(*wish).error["code"] == "needs_yes"
    made = fibermap(*wish, "--yes").json

    assert made["changes"] == {"fiber": {"none -> build": 3}}
    assert one(db, "Lot 9")["provisional"]
    fibermap("address", "confirm", made["ids"][2], *BY, "--db", db)
    assert not one(db, "Lot 9")["provisional"]


def test_units_are_looked_at_before_they_are_made(db: Path) -> None:
    address = one(db, "2 Elk Ridge Rd")["address_id"]

    seen = fibermap("address", "units", address, "1-12 x A-F", "--db", db, "--json").json

    assert (seen["count"], seen["units"][0]["unit"], seen["units"][-1]["unit"]) == (72, "1A", "12F")
    assert "2 Elk Ridge Rd Unit 12F" in fibermap("address", "units", address, "1-12 x A-F", "--db", db).out


def test_a_disagreement_that_there_is_not_cannot_be_settled(db: Path) -> None:
    for verb in ("keep", "withdraw"):
        ran = fibermap("address", verb, "5", *BY, "--db", db)
        assert (ran.code, ran.error["code"]) == (1, "correction_not_found")
