"""What is sold, by the command line: a catalogue loaded from a file, looked at, asked for an address, written again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fibermap.order.offering_json import terms_json
from tests.cli.commands import fibermap
from tests.order.selling import add_on_terms, plan_terms

BY = ("--reason", "spring", "--author", "Ann")
HOUSE = "1 Elk Ridge Rd 59741"


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    file = tmp_path / "catalogue.json"
    file.write_text(json.dumps([terms_json(plan_terms()), terms_json(add_on_terms())]), encoding="utf-8")
    return file


def test_a_catalogue_is_looked_at_loaded_sold_and_written_again(db: Path, catalogue: Path, tmp_path: Path) -> None:
    tried = fibermap("offers", "load", catalogue, "--dry-run", *BY, "--db", db)
    assert tried.out == "2 would be added: FIBER-500, VOICE\n0 would be revised: none\n0 would be unchanged: none\n"
    assert fibermap("offers", "list", "--db", db, "--json").json["count"] == 0
    assert fibermap("offers", "load", catalogue, *BY, "--db", db, "--json").json["added"] == ["FIBER-500", "VOICE"]
    listed = fibermap("offers", "list", "--db", db, "--json").json["offerings"]
    ids = {row["code"]: row["offer_id"] for row in listed}
    at = fibermap("offers", "at", HOUSE, "--channel", "portal", "--db", db)
    assert "can be ordered" in at.out
    assert "USD 65.00 a month without taxes" in at.out
    found = fibermap("offers", "at", HOUSE, "--db", db, "--json").json
    again = fibermap("offers", "at", found["address_id"], "--db", db, "--json").json
    assert [offer["offer_id"] for offer in again["offers"]] == [ids["FIBER-500"], ids["VOICE"]]
    assert "revision 1" in fibermap("offers", "show", ids["FIBER-500"], "--db", db).out
    page = tmp_path / "label.html"
    assert "Broadband Facts" in fibermap("offers", "label", ids["FIBER-500"], "--html", page, "--db", db).out
    assert "<h2" in page.read_text(encoding="utf-8")
    copy = tmp_path / "copy.csv"
    assert fibermap("offers", "export", copy, "--db", db).code == 0
    same = fibermap("offers", "load", copy, *BY, "--db", db, "--json").json
    assert same["unchanged"] == ["FIBER-500", "VOICE"]
    ended = fibermap("offers", "retire", ids["VOICE"], *BY, "--from", "2099-01-01", "--db", db, "--json").json
    assert (ended["code"], ended["ended_on"]) == ("VOICE", "2099-01-01")


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (("show", "7"), "offering_not_found"), (("label", "7"), "offering_not_found"),
        (("retire", "7", *BY), "offering_not_found"), (("at", "1 Nowhere Rd 00000"), "address_not_settled"),
        (("at", "7"), "address_not_found"), (("load", "none.json", *BY), "file_missing"),
        (("list", "--on", "soon"), "argument_invalid"), (("export", "x.xlsx"), "export_format_unknown"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(db: Path, asked: tuple[str, ...], code: str) -> None:
    assert fibermap("offers", *asked, "--db", db).error["code"] == code
