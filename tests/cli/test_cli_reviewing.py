"""Review by the command line: what waits, the evidence, decisions, and taking one back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.commands import fibermap

BY = ("--reason", "seen on site", "--author", "Ann")


@pytest.fixture
def item(db: Path, tmp_path: Path) -> int:
    """An area that waits because nobody said what its status means."""
    ring = [[-111.21, 45.89], [-111.19, 45.89], [-111.19, 45.91], [-111.21, 45.91], [-111.21, 45.89]]
    feature = {
        "type": "Feature",
        "properties": {"FDA_NAME": "Far", "BUILD_STATUS": "Frobnicated"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    plan = tmp_path / "far_plan.geojson"
    plan.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    assert fibermap("ingest", plan, "--yes", "--db", db).code == 0
    listed = fibermap("review", "list", "--queue", "quarantined", "--db", db, "--json").json
    return int(listed["items"][0]["item_id"])


def test_it_is_looked_at_decided_listed_and_taken_back(db: Path, item: int) -> None:
    assert "can become: area" in fibermap("review", "show", item, "--db", db).out
    taken = ("--choice", "accept", "--class", "build")
    decided = fibermap("review", "decide", item, *taken, *BY, "--db", db, "--json").json
    assert decided["changes"] == {"fiber": {"out-of-coverage -> build": 1}}
    assert fibermap("review", "list", "--queue", "quarantined", "--db", db, "--json").json["count"] == 0
    (said,) = fibermap("review", "log", "--db", db, "--json").json["decisions"]
    assert (said["author"], said["choice"], said["decision_id"]) == ("Ann", "accept", decided["ids"][0])
    back = fibermap("review", "undo", decided["ids"][0], *BY, "--db", db, "--json").json
    assert back["changes"] == {"fiber": {"build -> out-of-coverage": 1}}
    queues = fibermap("review", "queues", "--db", db, "--json").json["queues"]
    assert {row["queue"]: row["open"] for row in queues}["quarantined"] == 1


def test_somebody_looks_after_it_and_nobody_again(db: Path, item: int) -> None:
    assert fibermap("review", "assign", item, "--to", "Bo", "--author", "Ann", "--db", db).out == "1 item for Bo\n"
    assert fibermap("review", "list", "--assignee", "Bo", "--db", db, "--json").json["count"] == 1
    assert "nobody" in fibermap("review", "assign", item, "--author", "Ann", "--db", db).out


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (("list", "--queue", "gossip"), "argument_invalid"),
        (("show", "7"), "review_item_not_found"),
        (("undo", "7", *BY), "decision_not_found"),
        (("decide", "7", "--choice", "shrug", *BY), "argument_invalid"),
        (("decide", "7", "--choice", "hold", "--code", "whim", *BY), "argument_invalid"),
        (("decide", "7", "--choice", "accept", "--class", "soon", *BY), "argument_invalid"),
    ],
)
def test_what_cannot_be_is_refused(db: Path, asked: tuple[str, ...], code: str) -> None:
    assert fibermap("review", *asked, "--db", db).error["code"] == code


def test_two_addresses_are_made_one_and_kept_apart(db: Path) -> None:
    rows = fibermap("sql", "SELECT address_id FROM addresses ORDER BY delivery_line LIMIT 2", "--db", db, "--json").json
    first, second = (str(row["address_id"]) for row in rows["rows"])
    assert fibermap("address", "merge", first, second, *BY, "--db", db).code == 0
    assert fibermap("undo", "--db", db).code == 0
    assert fibermap("address", "keep-apart", first, second, *BY, "--db", db).code == 0
