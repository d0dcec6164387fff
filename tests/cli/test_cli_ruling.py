"""Settings and distance rules by the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.commands import fibermap
from tests.cli.village import write_addresses

BY = ("--reason", "flat ground", "--author", "Ann")


@pytest.fixture(scope="module")
def _network_only(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The village with one live terminal 233 m west of house A1, and no areas."""
    folder = tmp_path_factory.mktemp("network")
    point = {"type": "Point", "coordinates": [-111.303, 45.85]}
    feature = {"type": "Feature", "properties": {"TERMINAL": "T1", "STATUS": "In Service"}, "geometry": point}
    network = folder / "terminals.geojson"
    network.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    houses, db = write_addresses(folder / "houses.csv"), folder / "plan.duckdb"
    assert fibermap("ingest", houses, "--db", db).code == 0
    assert fibermap("ingest", network, "--role", "network_points", "--yes", "--db", db).code == 0
    return db


@pytest.fixture
def ruled(_network_only: Path, tmp_path: Path) -> Path:
    """A database with a distance rule of 500 ft from terminals, which covers nothing."""
    copy = tmp_path / "plan.duckdb"
    copy.write_bytes(_network_only.read_bytes())
    return copy


def rules(db: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = fibermap("rule", "list", "--db", db, "--json").json["rules"]
    return found


def covered(db: Path) -> int:
    ran = fibermap("sql", "SELECT count(*) AS n FROM addresses WHERE class = 'build'", "--db", db, "--json")
    return int(ran.json["rows"][0]["n"])


def test_settings_are_listed_with_their_meaning_and_set_until_undo(db: Path) -> None:
    def value(name: str) -> Any:
        listed = fibermap("--db", db, "--json", "settings", "list").json["settings"]
        return next(row["value"] for row in listed if row["name"] == name)

    assert value("drop_limit_m") == 152.4
    done = fibermap(
        *("settings", "set", "drop_limit_m=400ft", "blocking_flags=drop_over_limit,near_edge"),
        *BY,
        "--db",
        db,
        "--json",
    ).json

    assert (done["changes"], done["notes"], done["plan_version"]) == ({}, [], 2)
    assert value("drop_limit_m") == pytest.approx(121.92)
    assert value("blocking_flags") == ["drop_over_limit", "near_edge"]
    assert "drop_limit_m = 121.92 (400 ft)" in fibermap("settings", "list", "--db", db).out.splitlines()
    fibermap("undo", "--db", db)
    assert value("drop_limit_m") == 152.4


def test_a_setting_says_that_a_rule_stays_and_names_the_command_that_changes_it(ruled: Path) -> None:
    done = fibermap("settings", "set", "drop_limit_m=800ft", *BY, "--db", ruled, "--json").json

    (note,) = done["notes"]
    assert "stays at 500 ft" in note
    assert rules(ruled)[0]["limit_m"] == pytest.approx(152.4)
    command = note.split("`")[1].split()[1:]
    assert fibermap(*command, *BY, "--yes", "--db", ruled).code == 0
    assert rules(ruled)[0]["limit_m"] == pytest.approx(243.84)


def test_a_rule_gets_another_limit_after_a_yes_and_the_old_one_by_undo(ruled: Path) -> None:
    told = ("rule", "set", "terminal", "800ft", *BY, "--db", ruled)

    asked = fibermap(*told)
    assert (asked.code, asked.error["changes"]) == (3, {"fiber": {"out-of-coverage -> build": 1}})
    assert fibermap(*told, "--yes").code == 0
    assert covered(ruled) == 1
    assert fibermap("replay", "--db", ruled).code == 0
    assert fibermap("rule", "list", "--db", ruled).out == "fiber: within 800 ft of a terminal, said by Ann\n"
    fibermap("undo", "--db", ruled)
    assert (covered(ruled), rules(ruled)[0]["limit_m"]) == (0, pytest.approx(152.4))


def test_a_rule_is_withdrawn_and_back_by_undo(ruled: Path) -> None:
    fibermap("rule", "set", "terminal", "300m", *BY, "--yes", "--db", ruled)
    withdrawn = fibermap("rule", "withdraw", "terminal", *BY, "--yes", "--db", ruled, "--json")

    assert withdrawn.json["changes"] == {"fiber": {"build -> out-of-coverage": 1}}
    assert fibermap("rule", "list", "--db", ruled).out == "There is no distance rule in force\n"
    fibermap("undo", "--db", ruled)
    assert (covered(ruled), rules(ruled)[0]["limit_m"]) == (1, 300.0)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("settings", "set", "drop_limit_m", *BY), "argument_invalid"),
        (("settings", "set", "drop_limits=3", *BY), "argument_invalid"),
        (("settings", "set", "drop_limit_m=far", *BY), "argument_invalid"),
        (("settings", "set", "drop_limit_m=-5", *BY), "argument_invalid"),
        (("settings", "set", "drop_limit_m=nan", *BY), "argument_invalid"),
        (("settings", "set", "blocking_flags=bogus", *BY), "argument_invalid"),
        (("rule", "set", "pole", "600ft", *BY), "argument_invalid"),
        (("rule", "set", "terminal", "600", *BY), "argument_invalid"),
        (("rule", "set", "terminal", "0ft", *BY), "argument_invalid"),
        (("rule", "set", "terminal", "99999ft", *BY), "argument_invalid"),
        (("rule", "set", "route", "600ft", *BY), "rule_not_found"),
        (("rule", "withdraw", "terminal", "--technology", "fixed_wireless", *BY), "rule_not_found"),
    ],
)
def test_a_rule_that_cannot_be_is_refused(ruled: Path, arguments: tuple[str, ...], code: str) -> None:
    ran = fibermap(*arguments, "--db", ruled)

    assert (ran.code, ran.error["code"]) == (1, code)
    assert ran.error["hint"]
