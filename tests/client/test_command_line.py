"""Verbs of the command line on a database that a server has open: the same output and the same exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.commands import Ran, fibermap
from tests.cli.village import write_plan
from tests.client.serving import Served


@pytest.fixture(scope="module")
def alone(village: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same database, without a server."""
    db = tmp_path_factory.mktemp("alone") / "plan.duckdb"
    db.write_bytes((village / "village.duckdb").read_bytes())
    return db


def told(ran: Ran, db: Path) -> Any:
    """Return what was printed, on both streams, without what tells two databases or two moments apart."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            changing = ("created_at", "checked_at", "check_id", "data_version", "made_at", "valid_until", "batch_id")
            return {key: plain(item) for key, item in value.items() if key not in changing}
        if isinstance(value, list):
            return [plain(item) for item in value]
        return value.replace(str(db), "DB") if isinstance(value, str) else value

    documents = [json.loads(line) for line in (ran.out + ran.err).splitlines() if line.startswith("{")]
    assert documents, ran.err
    return ran.code, plain(documents)


def both(served: Served, alone: Path, *arguments: object) -> Any:
    """Run a verb on both databases, hold the one against the other, and return what was printed."""
    there = fibermap(*arguments, "--db", served.db, "--json")
    here = fibermap(*arguments, "--db", alone, "--json")
    assert told(there, served.db) == told(here, alone)
    return there


@pytest.fixture(scope="module")
def address_id(alone: Path) -> int:
    """One house."""
    ran = fibermap("sql", "SELECT address_id FROM addresses ORDER BY address_id LIMIT 1", "--db", alone, "--json")
    return int(ran.json["rows"][0]["address_id"])


@pytest.mark.parametrize(
    "verb",
    [
        ["status"], ["check", "1 Elk Ridge Rd"], ["check", "1 Elm St"], ["check", "--lat", "45.85", "--lon", "-111.3"],
        ["gaps"], ["versions"], ["compare", "0", "1"],
        ["sql", "SELECT class, count(*) FROM addresses GROUP BY 1 ORDER BY 1"],
        ["sql", "SELECT nothing"], ["sql", "DELETE FROM address"], ["replay"], ["doctor"], ["settings", "list"],
        ["rule", "list"], ["address", "disagreements"], ["undo", "--version", "7"], ["explain", "5"],
        ["ingest", "nothing.csv"], ["compare", "0", "99"],
        ["ingest", "houses.csv", "--mapping", "unheard_of"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_a_verb_says_the_same_as_without_a_server(served: Served, alone: Path, verb: list[str]) -> None:
    both(served, alone, *verb)


def test_explain_says_the_same(served: Served, alone: Path, address_id: int) -> None:
    both(served, alone, "explain", address_id)
    both(served, alone, "explain", address_id, "--as-of", "1", "--at", "2030-01-01")


def test_a_person_reads_the_same(served: Served, alone: Path, address_id: int) -> None:
    for verb in (["status"], ["explain", address_id], ["gaps"], ["versions"]):
        there, here = fibermap(*verb, "--db", served.db), fibermap(*verb, "--db", alone)
        assert there.code == here.code == 0, there.err
        assert there.out.splitlines()[1:] == here.out.splitlines()[1:]


def test_ingest_questions_answers_and_undo(served: Served, alone: Path, tmp_path: Path) -> None:
    plan = write_plan(tmp_path / "later_plan.geojson", west="Splicing")
    before = both(served, alone, "status").json["plan_version"]
    assert both(served, alone, "ingest", plan, "--dry-run").code == 0
    assert both(served, alone, "ingest", plan).code == 3
    assert both(served, alone, "status").json["plan_version"] == before
    done = both(served, alone, "ingest", plan, "--status", "Splicing=pre-build", "--yes")
    assert done.json["plan_version"] == before + 1
    assert both(served, alone, "undo").code == 0
    assert not list(served.db.parent.glob("*.uploads/*")), "what was sent is removed"


def test_broken_and_missing_files_are_named_as_they_were_given(
    served: Served, alone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("broken.kmz").write_bytes(b"PK\x03\x04 nothing else")
    Path("empty.csv").touch()
    both(served, alone, "ingest", "broken.kmz")
    both(served, alone, "ingest", "empty.csv")


def test_a_correction_a_hold_and_its_release(served: Served, alone: Path, address_id: int) -> None:
    by = ["--reason", "seen there", "--author", "pat"]
    held = both(served, alone, "hold", "unsafe", "--address", address_id, "--review-on", "2031-01-01", *by)
    both(served, alone, "release", held.json["hold_id"], *by)
    both(served, alone, "address", "move", address_id, "--lat", "45.8501", "--lon", "-111.2999", *by)
    both(served, alone, "address", "retire", address_id, *by)
    shape = "POLYGON ((-111.4 45.8, -111.2 45.8, -111.2 45.9, -111.4 45.8))"
    both(served, alone, "hold", "unsafe", "--area", shape, *by)
    both(served, alone, "settings", "set", "gap_minimum=3", "--yes", *by)
    both(served, alone, "settings", "set", "gap_minimum=none", "--yes", *by)


def test_files_are_written_where_the_caller_is(served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("in.csv").write_text("q\n1 Elk Ridge Rd\nnowhere\n", encoding="utf-8")
    for verb in (
        ["export", "addresses", "out.geojson"], ["map", "out.html"], ["backup", "copy"],
        ["check-batch", "in.csv", "out.csv"],
    ):  # fmt: skip
        ran = fibermap(*verb, "--db", served.db, "--json")
        assert ran.code == 0, ran.err
        assert Path(verb[-1]).exists()
    assert fibermap("export", "addresses", "out.doc", "--db", served.db).error["code"] == "export_format_unknown"
    assert fibermap("export", "addresses", "no/out.csv", "--db", served.db).error["code"] == "export_target_refused"


def test_keys_are_made_in_the_server_that_lets_them_in(served: Served) -> None:
    made = fibermap("keys", "create", "--scope", "read", "--name", "desk", "--db", served.db, "--json").json
    assert made["scopes"] == ["read"]
    listed = fibermap("keys", "list", "--db", served.db, "--json").json["keys"]
    assert made["key_id"] in [key["key_id"] for key in listed]
    assert fibermap("keys", "revoke", made["key_id"], "--db", served.db).code == 0
    assert fibermap("keys", "revoke", 5, "--db", served.db).error["code"] == "key_not_found"


def test_the_log_says_of_both_that_they_came_by_the_command_line(served: Served, alone: Path) -> None:
    for db in (served.db, alone):
        assert fibermap("keys", "create", "--scope", "check", "--name", "shop", "--db", db).code == 0
        (entry,) = fibermap("audit", "--what", "create_key", "--subject", "shop", "--json", "--db", db).json["entries"]
        assert (entry["way"], entry["actor_id"]) == ("cli", "local")
