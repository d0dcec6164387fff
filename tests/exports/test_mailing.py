"""Mailing lists: one USPS line a unit, nobody who should get no mail, and the unmailable apart with their reasons."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fibermap.address.zip_state import state_of_zip
from fibermap.exports.mailing import UNMAILABLE, as_usps_writes
from fibermap.kernel.errors import NotFound
from fibermap.plan import Plan
from tests.builders import area, box, home, ids, ingest, new_plan, source

PLAN = source("plan", [area("West", "Build", box(-50, -50, 500, 50))])
CITY = {"CITY": "Elk Ridge"}


@pytest.fixture
def fm() -> Iterator[Plan]:
    with new_plan() as plan:
        yield plan


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def mailed(fm: Plan, tmp_path: Path, **asked: Any) -> tuple[list[dict[str, str]], dict[str, int]]:
    written = fm.export("mailing-list", tmp_path / "mail.csv", **asked)
    found = read(tmp_path / "mail.csv")
    assert written.rows == len(found)
    return found, dict(written.left_out)


def test_a_unit_is_one_line_as_usps_writes_it(fm: Plan, tmp_path: Path) -> None:
    ingest(
        fm, PLAN, source("county", [home(1, 0, UNIT="B", STREET="St. John's Road", STATE="MT", ZIP="59741", **CITY)])
    )
    ((line,), left_out) = mailed(fm, tmp_path)
    assert line["recipient"] == "CURRENT RESIDENT"
    assert line["delivery_line"] == "1 ST JOHNS RD # B"
    assert (line["last_line"], line["state_from"]) == ("ELK RIDGE MT 59741", "source")
    assert left_out == {}


def test_a_state_that_no_source_states_is_that_of_the_zip_code_and_says_so(fm: Plan, tmp_path: Path) -> None:
    ingest(fm, PLAN, source("county", [home(1, 0, **CITY)]))
    ((line,), _) = mailed(fm, tmp_path)
    assert (line["state"], line["state_from"]) == ("MT", "zip")


def test_customers_opt_outs_holds_and_what_is_not_sold_to_get_no_mail(fm: Plan, tmp_path: Path) -> None:
    homes = [home(n, 20 * n, **CITY) for n in (1, 2, 3, 4)] + [home(5, 100, TYPE="Garage", **CITY)]
    ingest(fm, PLAN, source("county", homes))
    known = ids(fm)
    for event in ("network_passed", "drop_built", "ont_placed", "service_activated"):
        fm.change_connectivity(known["1 Main St"], event, "order:1")
    assert fm.opt_out_of_mail([known["2 Main St"]], "wrote to us", "Ann") == 1
    fm.hold("do_not_serve", "dispute", "Ann", address_id=known["3 Main St"])
    found, left_out = mailed(fm, tmp_path)
    assert [line["delivery_line"] for line in found] == ["4 MAIN ST"]
    assert left_out == {"customer": 1, "held": 1, "not_serviceable": 1, "opted_out": 1}


def test_an_opt_out_outlives_every_undo_and_ends_only_by_a_word(fm: Plan, tmp_path: Path) -> None:
    ingest(fm, PLAN, source("county", [home(1, 0, **CITY)]))
    address_id = ids(fm)["1 Main St"]
    assert fm.opt_out_of_mail([address_id, address_id], "wrote to us", "Ann") == 1
    assert fm.opt_out_of_mail([address_id], "wrote again", "Ann") == 0
    fm.move_address(address_id, -111.3, 45.85, "surveyed", "Ann")
    fm.undo()
    assert mailed(fm, tmp_path) == ([], {"opted_out": 1})
    assert [(row["full_address"], row["author"]) for row in fm.mail_opt_outs.table.to_pylist()] == [
        ("1 Main St, Elk Ridge 59741", "Ann")
    ]
    assert fm.opt_in_to_mail([address_id], "asked for news", "Ann") == 1
    assert len(mailed(fm, tmp_path)[0]) == 1
    with pytest.raises(NotFound):
        fm.opt_out_of_mail([5], "nobody", "Ann")


def test_a_building_of_listed_units_gets_mail_for_each_and_none_for_itself(fm: Plan, tmp_path: Path) -> None:
    homes = [home(1, 0, **CITY), home(1, 0, UNIT="A", OBJECTID=2, **CITY), home(1, 0, UNIT="B", OBJECTID=3, **CITY)]
    ingest(fm, PLAN, source("county", homes))
    found, left_out = mailed(fm, tmp_path)
    assert [line["delivery_line"] for line in found] == ["1 MAIN ST # A", "1 MAIN ST # B"]
    assert left_out == {"building_of_listed_units": 1}


def test_what_mail_would_not_reach_stands_apart_with_its_reason(fm: Plan, tmp_path: Path) -> None:
    homes = [
        home(1, 0, **CITY),
        home(2, 20),
        home(3, 40, ZIP=None, **CITY),
        home(4, 60, ZIP="09012", **CITY),
        home(5, 80, UNITS=4, **CITY),
    ]
    ingest(fm, PLAN, source("county", homes))
    fm.add_address("Lot 14, Elk Ridge", -111.2995, 45.85, "new lots", "Ann")
    found, left_out = mailed(fm, tmp_path)
    apart = fm.export("mailing-list-unmailable", tmp_path / "apart.csv")
    reasons = {row["delivery_line"]: row["reason"] for row in read(tmp_path / "apart.csv")}
    assert [line["delivery_line"] for line in found] == ["1 MAIN ST"]
    assert left_out["unmailable"] == apart.rows == len(reasons)
    assert apart.left_out["mailable"] == len(found)
    lot = next(line for line in reasons if "14" in line)
    assert reasons.pop(lot) == "provisional"
    assert reasons == {
        "2 MAIN ST": "no_city",
        "3 MAIN ST": "no_zip",
        "4 MAIN ST": "no_state",
        "5 MAIN ST": "units_not_listed",
    }
    assert set(reasons.values()) <= set(UNMAILABLE)


def test_a_list_is_of_those_that_were_asked_for(fm: Plan, tmp_path: Path) -> None:
    ingest(fm, PLAN, source("county", [home(1, 0, **CITY), home(2, 900, **CITY)]))
    found, left_out = mailed(fm, tmp_path, where="class = 'build'")
    assert ([line["delivery_line"] for line in found], left_out) == (["1 MAIN ST"], {})


@pytest.mark.parametrize(
    ("zip_code", "state"),
    [
        ("59741", "MT"), ("00601", "PR"), ("00802", "VI"), ("02108", "MA"), ("05501", "MA"), ("05601", "VT"),
        ("10001", "NY"), ("20001", "DC"), ("20101", "VA"), ("33101", "FL"), ("34001", None), ("34101", "FL"),
        ("73301", "TX"), ("73401", "OK"), ("84101", "UT"), ("88510", "TX"), ("96701", "HI"), ("99501", "AK"),
        ("09012", None), ("abcde", None), ("", None), (None, None), ("99401", "WA"), ("00401", None),
    ],
)  # fmt: skip
def test_a_zip_code_belongs_to_the_state_of_its_first_three_digits(zip_code: str | None, state: str | None) -> None:
    assert state_of_zip(zip_code) == state


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=cmd()|' 1", "CMD 1"),
        ("12-34 O'Brien St., #5", "12-34 OBRIEN ST # 5"),
        (None, ""),
        ("10 1/2 Main", "10 1/2 MAIN"),
    ],
)
def test_a_line_has_capitals_and_no_punctuation_that_usps_does_not_read(text: str | None, written: str) -> None:
    assert as_usps_writes(text) == written
