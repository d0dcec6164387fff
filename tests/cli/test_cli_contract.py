"""What programs rely on: exit codes, where options stand, JSON on the right stream, and nothing written on a no."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path
from typing import Any

import pytest

from tests.cli.commands import fibermap, fibermap_program
from tests.cli.village import CLASSES, write_addresses, write_plan

READING_VERBS: dict[str, tuple[str, ...]] = {
    "status": (),
    "check": ("2 Elk Ridge Rd",),
    "explain": ("ID",),
    "gaps": (),
    "report": ("homes",),
    "versions": (),
    "compare": ("0", "1"),
    "sql": ("FROM addresses",),
    "replay": (),
    "doctor": (),
    "classify": (),
}


def test_ingest_reports_the_law_of_conservation_and_the_version(tmp_path: Path, village: Path) -> None:
    ran = fibermap("ingest", village / "houses.csv", "--json", "--db", tmp_path / "plan.duckdb")

    (count,) = ran.json["files"]
    assert ran.code == 0
    assert count["path"] == "houses.csv"
    assert count["read"] == 6
    assert count["read"] == sum(count[end] for end in ("ingested", "repaired", "quarantined", "set_aside"))
    assert ran.json["plan_version"] == 1
    assert isinstance(ran.json["findings"], list)


def test_the_database_may_be_named_before_the_verb_after_it_or_by_the_environment(
    db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = fibermap("--db", db, "--json", "status")
    behind = fibermap("status", "--db", db, "--json")
    joined = fibermap(f"--db={db}", "status", "--json")
    monkeypatch.setenv("FIBERMAP_DB", str(db))
    surrounding = fibermap("status", "--json")

    assert before.code == behind.code == joined.code == surrounding.code == 0
    assert before.json == behind.json == joined.json == surrounding.json


@pytest.mark.parametrize("verb", READING_VERBS)
def test_every_verb_prints_one_json_document_or_lines_for_a_person(db: Path, verb: str) -> None:
    arguments = [_an_address(db) if word == "ID" else word for word in READING_VERBS[verb]]

    as_json, as_text = fibermap(verb, *arguments, "--json", "--db", db), fibermap(verb, *arguments, "--db", db)

    assert as_json.code == as_text.code == 0
    assert isinstance(as_json.json, dict)
    assert as_text.out.strip()
    assert not as_json.err


def test_check_answers_for_an_address_and_for_a_place(db: Path) -> None:
    address = fibermap("check", "2 elk ridge road", "--db", db, "--json").json
    place = fibermap("check", "--lat", "45.85", "--lon", "-111.28", "--db", db, "--json").json

    assert (address["match"]["status"], address["serviceability"]["class"]) == ("matched", "build")
    assert (place["match"]["status"], place["serviceability"]["class"]) == ("matched", "pre-build")


def test_a_house_that_is_not_there_has_no_class(db: Path) -> None:
    answer = fibermap("check", "4 Elk Ridge Rd", "--db", db, "--json").json

    assert answer["match"]["status"] == "number_not_found"
    assert answer["serviceability"] is None


def test_explain_asks_about_other_times(db: Path) -> None:
    address = _an_address(db)

    assert fibermap("explain", address, "--as-of", "1", "--at", "2031-01-01", "--db", db, "--json").json["version"] == 1
    assert fibermap("explain", address, "--as-of", "2020-01-01", "--db", db).error["code"] == "version_not_found"
    assert fibermap("explain", address, "--as-of", "soon", "--db", db).error["code"] == "argument_invalid"
    assert fibermap("explain", address, "--at", "31.12.2031", "--db", db).error["code"] == "argument_invalid"


def test_classify_after_a_promote_changes_nothing(db: Path) -> None:
    assert fibermap("classify", "--db", db, "--json").json["changed"] == 0


def test_replay_proves_every_verdict_and_the_doctor_finds_nothing(db: Path) -> None:
    assert fibermap("replay", "--db", db, "--json").json["differences"] == 0
    assert fibermap("doctor", "--db", db, "--json").json == {"ok": True, "problems": []}


def test_replay_exits_1_where_a_verdict_is_not_what_the_plan_says(db: Path) -> None:
    import duckdb

    with duckdb.connect(str(db)) as connection:
        connection.execute("UPDATE verdict SET class = 'build' WHERE class = 'out-of-coverage'")

    ran = fibermap("replay", "--db", db, "--json")

    assert ran.code == 1
    assert ran.json["differences"] == 1
    assert ran.error["code"] == "replay_differs"


def test_the_doctor_exits_1_where_a_reference_leads_nowhere(db: Path) -> None:
    import duckdb

    with duckdb.connect(str(db)) as connection:
        connection.execute("UPDATE verdict SET feature_id = 12345 WHERE feature_id IS NOT NULL")

    ran = fibermap("doctor", "--db", db, "--json")

    assert ran.code == 1
    assert not ran.json["ok"]
    assert ran.error["code"] == "doctor_found_errors"


def test_the_same_files_again_change_nothing(db: Path, village: Path) -> None:
    again = fibermap("ingest", village / "houses.csv", village / "fiber_plan.geojson", "--db", db, "--json")

    assert again.code == 0
    assert again.json["unchanged"]
    assert again.json["plan_version"] == 1
    assert again.json["changes"] == {}


def test_undo_restores_what_held_before(db: Path, tmp_path: Path) -> None:
    before = _classes(db, tmp_path)
    other = write_plan(tmp_path / "fiber_plan.geojson", east="In Service")

    assert fibermap("ingest", other, "--db", db).code == 0
    assert _classes(db, tmp_path) != before
    undone = fibermap("undo", "--db", db, "--json")

    assert (undone.json["undone"], undone.json["plan_version"]) == (2, 3)
    assert _classes(db, tmp_path) == before


def test_only_the_latest_version_can_be_undone(db: Path, tmp_path: Path) -> None:
    fibermap("ingest", write_plan(tmp_path / "fiber_plan.geojson", east="In Service"), "--db", db)

    assert fibermap("undo", "--version", "1", "--db", db).error["code"] == "undo_not_latest"


def test_without_a_terminal_a_question_ends_in_exit_3_and_nothing_is_written(db: Path, tmp_path: Path) -> None:
    unclear = write_plan(tmp_path / "fiber_plan.geojson", east="Splicing")
    before = hashlib.sha256(db.read_bytes()).hexdigest()

    ran = fibermap("ingest", unclear, "--db", db, "--json")

    assert ran.code == 3
    assert ran.error["code"] == "needs_yes"
    assert [finding["code"] for finding in ran.error["findings"]] == ["status_unknown"]
    assert ran.json["plan_version"] is None
    assert "status_unknown" in {finding["code"] for finding in ran.json["findings"] if finding["needs_yes"]}
    assert hashlib.sha256(db.read_bytes()).hexdigest() == before


def test_a_question_leaves_no_database_behind_where_there_was_none(tmp_path: Path) -> None:
    unclear = write_plan(tmp_path / "fiber_plan.geojson", east="Splicing")

    assert fibermap("ingest", unclear, "--db", tmp_path / "plan.duckdb").code == 3
    assert [path.name for path in tmp_path.iterdir()] == ["fiber_plan.geojson"]


def test_yes_answers_every_question(db: Path, tmp_path: Path) -> None:
    unclear = write_plan(tmp_path / "fiber_plan.geojson", east="Splicing")

    assert fibermap("ingest", unclear, "--yes", "--db", db, "--json").json["plan_version"] == 2
    assert _classes(db, tmp_path)["B1"] == "out-of-coverage"


def test_a_dry_run_writes_nothing(db: Path, tmp_path: Path) -> None:
    other = write_plan(tmp_path / "fiber_plan.geojson", east="In Service")
    before = hashlib.sha256(db.read_bytes()).hexdigest()

    ran = fibermap("ingest", other, "--dry-run", "--db", db, "--json")

    assert ran.code == 0
    assert ran.json["plan_version"] is None
    assert ran.json["changes"]["fiber"] == {"pre-build -> build": 2}
    assert hashlib.sha256(db.read_bytes()).hexdigest() == before


@pytest.mark.parametrize("verb", ["status", "undo", "replay", "doctor", "classify", "gaps"])
def test_only_ingest_makes_a_database(tmp_path: Path, verb: str) -> None:
    ran = fibermap(verb, "--db", tmp_path / "none.duckdb", "--json")

    assert ran.code == 1
    assert ran.error["code"] == "database_missing"
    assert not list(tmp_path.iterdir())


def test_a_verb_without_a_database_says_how_to_name_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FIBERMAP_DB", raising=False)

    ran = fibermap("status")

    assert ran.code == 1
    assert "--db" in ran.error["hint"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("ingest",),
        ("bogus",),
        ("status", "--bogus"),
        ("explain", "twelve"),
        ("check",),
        ("check", "1 Elk Ridge Rd", "--lat", "45", "--lon", "-111"),
        ("check", "--lat", "45"),
        ("compare", "1"),
    ],
)
def test_a_command_line_that_cannot_be_read_is_refused_as_json(db: Path, arguments: tuple[str, ...]) -> None:
    ran = fibermap("--db", db, *arguments)

    assert ran.code == 1
    assert ran.error["code"] == "argument_invalid"
    assert ran.error["hint"]


def test_what_nobody_foresaw_is_told_in_a_sentence(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(*_: Any) -> None:
        raise ZeroDivisionError("a fault of ours")

    monkeypatch.setattr("fibermap.plan.Plan.status", break_down)

    ran = fibermap("status", "--db", db)

    assert ran.code == 1
    assert ran.error["code"] == "internal_error"
    assert "ZeroDivisionError: a fault of ours" in ran.error["message"]


def test_an_interrupt_ends_quietly(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("fibermap.plan.Plan.status", interrupt)

    ran = fibermap("status", "--db", db)

    assert ran.code == 130
    assert ran.error["code"] == "interrupted"


def test_a_held_database_is_refused_as_busy(db: Path) -> None:
    import fibermap as package

    with package.open(db):
        ran = fibermap_program("status", "--db", db)

    assert ran.code == 1
    assert ran.error["code"] == "database_busy"


def test_help_says_what_every_verb_does() -> None:
    ran = fibermap_program("--help")

    assert ran.code == 0
    for verb in (*READING_VERBS, "ingest", "undo", "export", "hold", "release", "backup", "restore", "snapshot", "map"):
        assert verb in ran.out
    assert fibermap().out == fibermap("--json").out
    assert fibermap("--version").out.startswith("fibermap ")


def test_help_starts_without_the_libraries_that_are_slow_to_load() -> None:
    import subprocess
    import sys

    code = (
        "import sys; from fibermap.cli.run import run; run(['--help']);"
        "sys.exit(any(name in sys.modules for name in ('duckdb', 'pandas', 'pyarrow', 'shapely', 'pydantic')))"
    )
    assert subprocess.run([sys.executable, "-c", code], stdout=subprocess.DEVNULL, check=False).returncode == 0


def _an_address(db: Path) -> int:
    ran = fibermap("sql", "SELECT address_id FROM addresses ORDER BY full_address", "--db", db, "--json")
    return int(ran.json["rows"][0]["address_id"])


def _classes(db: Path, tmp_path: Path) -> dict[str, str]:
    """Return class by the source's own id, as the export has it."""
    out = tmp_path / "records.csv"
    assert fibermap("export", "source-records", out, "--db", db).code == 0
    with out.open(encoding="utf-8-sig", newline="") as file:
        return {row["source_id"]: row["class"] for row in csv.DictReader(file)}


def test_the_village_is_classified_by_its_plan_in_either_order_of_files(tmp_path: Path) -> None:
    houses, plan = write_addresses(tmp_path / "houses.csv"), write_plan(tmp_path / "fiber_plan.geojson")
    one, other = tmp_path / "one.duckdb", tmp_path / "other.duckdb"

    assert fibermap("ingest", houses, plan, "--db", one).code == 0
    assert [fibermap("ingest", file, "--db", other).code for file in (plan, houses)] == [0, 0]

    assert _classes(one, tmp_path) == _classes(other, tmp_path) == CLASSES
