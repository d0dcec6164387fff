"""What can be decided about an ingest on the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.commands import fibermap
from tests.cli.village import write_addresses, write_plan

ODD_COLUMNS = "KEY,WHERE_TO,X,Y\nA1,1 Elk Ridge Rd,-111.3,45.85\nA2,2 Elk Ridge Rd,-111.299,45.85\n"


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    """Addresses in columns that nobody would guess."""
    path = tmp_path / "odd.csv"
    path.write_text(ODD_COLUMNS, encoding="utf-8")
    return path


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "plan.duckdb"


def _rows(db: Path, statement: str) -> list[dict[str, Any]]:
    ran = fibermap("sql", statement, "--db", db, "--json")
    assert ran.code == 0, ran.err
    rows: list[dict[str, Any]] = ran.json["rows"]
    return rows


def _addresses(db: Path) -> list[str]:
    rows = _rows(db, "SELECT delivery_line FROM addresses ORDER BY delivery_line")
    return [row["delivery_line"] for row in rows]


def test_a_source_is_called_as_its_file_unless_it_is_named(db: Path, village: Path) -> None:
    fibermap("ingest", village / "houses.csv", "--db", db)
    fibermap("ingest", village / "fiber_plan.geojson", "--source", "the plan", "--db", db)

    assert [row["name"] for row in _rows(db, "SELECT name FROM source ORDER BY name")] == ["houses.csv", "the plan"]


def test_the_same_name_replaces_and_another_adds(db: Path, tmp_path: Path, village: Path) -> None:
    west = write_plan(tmp_path / "west.geojson")
    for file, name in ((village / "fiber_plan.geojson", "plan"), (west, "plan"), (west, "second plan")):
        assert fibermap("ingest", file, "--source", name, "--db", db).code == 0

    rows = _rows(db, "SELECT source, count(*) AS n FROM areas GROUP BY source ORDER BY source")

    assert rows == [{"source": "plan", "n": 2}, {"source": "second plan", "n": 2}]


def test_status_words_are_answered_beforehand_and_remembered(db: Path, tmp_path: Path) -> None:
    plan = write_plan(tmp_path / "fiber_plan.geojson", west="Splicing", east="Blowing=Fiber")
    answers = ("--status", "Splicing=pre-build", "--status", "Blowing=Fiber=build")

    assert fibermap("ingest", plan, *answers, "--db", db).code == 0
    assert fibermap("ingest", plan, "--source", "another", "--db", db).code == 0
    assert {row["class"] for row in _rows(db, "SELECT class FROM areas WHERE source = 'another'")} == {
        "build",
        "pre-build",
    }


@pytest.mark.parametrize("answer", ["Splicing", "=build", "Splicing=maybe"])
def test_an_answer_that_means_nothing_is_refused(db: Path, village: Path, answer: str) -> None:
    ran = fibermap("ingest", village / "fiber_plan.geojson", "--status", answer, "--db", db)

    assert ran.code == 1
    assert ran.error["code"] in ("argument_invalid", "mapping_invalid")


def test_type_words_are_answered_beforehand(db: Path, tmp_path: Path) -> None:
    table = tmp_path / "houses.csv"
    table.write_text("ID,ADDRESS,LON,LAT,TYPE\n1,1 Elk Ridge Rd,-111.3,45.85,Yurt\n", encoding="utf-8")

    assert fibermap("ingest", table, "--type", "Yurt=residential", "--db", db).code == 0
    assert _rows(db, "SELECT kind, serviceable FROM addresses") == [{"kind": "residential", "serviceable": True}]


def test_a_role_is_taken_as_it_is_spelled(db: Path, village: Path) -> None:
    ran = fibermap("ingest", village / "fiber_plan.geojson", "--role", "Exclusion Areas", "--db", db, "--json")

    assert {role["role"] for role in ran.json["roles"]} == {"exclusion"}


def test_a_role_may_be_that_of_one_layer(db: Path, village: Path) -> None:
    files = (village / "houses.csv", village / "fiber_plan.geojson")
    ran = fibermap("ingest", *files, "--role", "fiber_plan=context", "--db", db, "--json")

    assert {role["layer"]: role["role"] for role in ran.json["roles"]} == {
        "houses": "addresses",
        "fiber_plan": "context",
    }


def test_an_unknown_role_is_refused(db: Path, village: Path) -> None:
    assert fibermap("ingest", village / "houses.csv", "--role", "roads", "--db", db).error["code"] == "role_unknown"


def test_columns_are_mapped_one_by_one(db: Path, odd: Path) -> None:
    mapping = ("--role", "addresses", "--mapping", "full_address=WHERE_TO, source_id=KEY")

    assert fibermap("ingest", odd, *mapping, "--db", db).code == 0
    assert _addresses(db) == ["1 Elk Ridge Rd", "2 Elk Ridge Rd"]


def test_columns_are_mapped_by_a_file_and_saved_for_the_next(db: Path, odd: Path, tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.json"
    mapping.write_text(json.dumps({"role": "addresses", "fields": {"full_address": "WHERE_TO", "source_id": "KEY"}}))

    first = fibermap("ingest", odd, "--mapping", mapping, "--role", "addresses", "--save-mapping", "odd", "--db", db)
    again = fibermap("ingest", odd, "--mapping", "odd", "--role", "addresses", "--source", "second", "--db", db)

    assert (first.code, again.code) == (0, 0)
    assert _rows(db, "SELECT count(*) AS n FROM source_records WHERE full_address LIKE '% Elk Ridge Rd'") == [{"n": 4}]


@pytest.mark.parametrize(
    "arguments",
    [
        ("--mapping", "no_such_profile"),
        ("--mapping", "full_address=WHERE_TO"),
        ("--mapping", "full_address", "--role", "addresses"),
        ("--mapping", "full_address=NOWHERE", "--role", "addresses"),
        ("--mapping", "colour=KEY", "--role", "addresses"),
    ],
)
def test_a_mapping_that_cannot_be_used_is_refused(db: Path, odd: Path, arguments: tuple[str, ...]) -> None:
    ran = fibermap("ingest", odd, *arguments, "--db", db)

    assert ran.code == 1
    assert ran.error["code"] == "mapping_invalid"
    assert ran.error["hint"]


def test_a_mapping_file_that_is_not_json_is_refused(db: Path, odd: Path, tmp_path: Path) -> None:
    broken = tmp_path / "mapping.json"
    broken.write_text("{", encoding="utf-8")

    assert fibermap("ingest", odd, "--mapping", broken, "--db", db).error["code"] == "mapping_invalid"


def test_there_has_to_be_a_mapping_to_save(db: Path, odd: Path) -> None:
    assert fibermap("ingest", odd, "--save-mapping", "odd", "--db", db).error["code"] == "argument_invalid"


def test_the_licence_and_what_it_permits_are_kept(db: Path, tmp_path: Path) -> None:
    houses = write_addresses(tmp_path / "houses.csv")
    terms = ("--licence", "county_terms", "--permit", "planning", "--permit", "filing")

    ran = fibermap("ingest", houses, *terms, "--db", db, "--json")

    assert "licence_restricts" in {finding["code"] for finding in ran.json["findings"]}
    (source,) = fibermap("status", "--db", db, "--json").json["sources"]
    assert (source["licence"], source["permitted_uses"]) == ("county_terms", "filing,planning")
    assert _rows(db, "SELECT DISTINCT orderable FROM addresses") == [{"orderable": False}]


def test_an_unknown_use_is_refused(db: Path, village: Path) -> None:
    ran = fibermap("ingest", village / "houses.csv", "--permit", "resale", "--db", db)

    assert ran.error["code"] == "argument_invalid"
    assert "filing" in ran.error["hint"]


def test_a_setting_that_cannot_be_used_is_named(db: Path, village: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIBERMAP_DUPLICATE_M", "near")

    ran = fibermap("ingest", village / "houses.csv", "--db", db)

    assert ran.error["code"] == "argument_invalid"
    assert "FIBERMAP_DUPLICATE_M" in ran.error["message"]


def test_a_dry_run_is_drawn_on_a_map_and_nothing_else_is_written(db: Path, village: Path, tmp_path: Path) -> None:
    out = tmp_path / "would.html"
    inputs = (village / "houses.csv", village / "fiber_plan.geojson")

    ran = fibermap("ingest", *inputs, "--dry-run", "--map", out, "--db", db, "--json")

    if ran.code and ran.error["code"] == "browser_library_missing":
        pytest.skip("the browser libraries are not there: make setup")
    assert (ran.code, ran.json["map"]) == (0, str(out))
    assert "Dry run: nothing of this is written yet" in out.read_text(encoding="utf-8")
    assert not db.exists()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--map", "map.html"), "argument_invalid"),
        (("--dry-run", "--map", "nowhere/map.html"), "export_target_refused"),
    ],
)
def test_a_map_of_no_dry_run_or_in_no_folder_is_refused(
    db: Path, village: Path, arguments: tuple[str, ...], code: str
) -> None:
    ran = fibermap("ingest", village / "houses.csv", *arguments, "--db", db)

    assert (ran.code, ran.error["code"]) == (1, code)
    assert not db.exists()
