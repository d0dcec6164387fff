"""What a licence keeps out of lists is said on the command line, and permitted there on record."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.commands import fibermap
from tests.cli.village import HOUSES

WHY = ("--reason", "Agreement of 4 May", "--author", "Counsel")


@pytest.fixture
def restricted(db: Path, village: Path) -> Path:
    """The village, whose only address source permits no more than filing."""
    assert fibermap("ingest", village / "houses.csv", "--permit", "filing", "--db", db).code == 0
    return db


def test_an_export_says_what_it_left_out_and_how_to_permit_it(restricted: Path, tmp_path: Path) -> None:
    ran = fibermap("export", "addresses", tmp_path / "out.csv", "--db", restricted, "--json")
    assert ran.code == 0, ran.err
    assert ran.json["rows"] == 0
    assert ran.json["left_out"] == {
        "addresses": len(HOUSES),
        "reason": "source_not_permitted",
        "sources": ["houses.csv"],
        "permit": "fibermap permit SOURCE lists --reason TEXT --author NAME",
    }
    assert "6 addresses are left out" in ran.err
    everything = fibermap("export", "source-records", tmp_path / "records.csv", "--db", restricted, "--json")
    assert (everything.json["rows"], "left_out" in everything.json, everything.err) == (len(HOUSES), False, "")


def test_a_map_and_the_gaps_say_it_too(restricted: Path, tmp_path: Path) -> None:
    drawn = fibermap("map", tmp_path / "map.html", "--where", "class = 'build'", "--db", restricted, "--json")
    assert drawn.json["left_out"]["addresses"] == 3
    assert "3 addresses are left out" in drawn.err
    assert "Elk Ridge Rd" not in (tmp_path / "map.html").read_text()
    gaps = fibermap("gaps", "--db", restricted, "--json")
    assert gaps.json["left_out"]["addresses"] == 1
    assert "1 address is left out" in gaps.err


def test_permit_puts_exactly_the_named_uses_on_record_and_undo_takes_them_back(restricted: Path) -> None:
    ran = fibermap("permit", "houses.csv", "lists", "sales", *WHY, "--db", restricted, "--json")
    assert ran.code == 0, ran.err
    assert ran.json["uses"] == ["lists", "sales"]
    assert ran.json["left_out"]["addresses"] == 0
    status = fibermap("status", "--db", restricted, "--json").json
    (given,) = status["permitted_on_record"]
    assert (given["source"], given["uses"], given["author"]) == ("houses.csv", "lists,sales", "Counsel")
    assert status["not_listed"] == 0
    assert fibermap("undo", "--db", restricted).code == 0
    status = fibermap("status", "--db", restricted)
    assert "in no list, because their sources do not permit it: 6" in status.out
    assert "permitted for" not in status.out


@pytest.mark.parametrize(
    ("words", "code"), [(("houses.csv", "resale"), "argument_invalid"), (("fabric.csv", "lists"), "source_not_found")]
)
def test_permit_refuses_what_there_is_not(restricted: Path, words: tuple[str, str], code: str) -> None:
    ran = fibermap("permit", *words, *WHY, "--db", restricted)
    assert (ran.code, ran.error["code"]) == (1, code)
