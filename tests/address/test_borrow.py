"""What one record leaves out of its place, the record beside it says; and what is unclear is left alone."""

from __future__ import annotations

import random

import numpy as np
import pyarrow as pa
import pytest

from fibermap.address.borrow import BLANK, CITY, MOST_BESIDE, ZIP, borrow_keys

METRE = 1 / 111_132.0
Record = tuple[str | None, str, int, float]
"""Text, place, how well the place is known, metres north of the corner (NaN: nowhere)."""


def keys(*records: Record) -> list[str | None]:
    text = pa.array([record[0] for record in records], pa.string())
    key = pa.array([None if record[0] is None else record[0] + record[1] for record in records], pa.string())
    detail = np.array([record[2] for record in records])
    lat = np.array([45.0 + record[3] * METRE for record in records])
    lon = np.where(np.isnan(lat), np.nan, -111.0)
    found: list[str | None] = borrow_keys(text, key, detail, lon, lat, 30.0).to_pylist()
    return found


@pytest.mark.parametrize("poor", [("1|MAIN ST||", "", BLANK, 0.0), ("1|MAIN ST||", "ELK RDG", CITY, 0.0)])
def test_a_record_without_a_zip_takes_that_of_the_record_beside_it(poor: Record) -> None:
    assert keys(poor, ("1|MAIN ST||", "59999", ZIP, 20.0)) == ["1|MAIN ST||59999"] * 2


def test_a_record_without_any_place_takes_the_city_of_the_record_beside_it() -> None:
    assert keys(("1|MAIN ST||", "", BLANK, 0.0), ("1|MAIN ST||", "ELK RDG", CITY, 1.0)) == ["1|MAIN ST||ELK RDG"] * 2


@pytest.mark.parametrize(
    "other",
    [
        ("1|MAIN ST||", "59999", ZIP, 31.0),
        ("1|MAIN ST||", "59999", ZIP, float("nan")),
        ("3|MAIN ST||", "59999", ZIP, 1.0),
        ("1|MAIN ST|A|", "59999", ZIP, 1.0),
    ],
    ids=["too far", "nowhere", "another number", "a unit"],
)
def test_nothing_is_taken_from_what_is_not_beside_it(other: Record) -> None:
    assert keys(("1|MAIN ST||", "", BLANK, 0.0), other)[0] == "1|MAIN ST||"


def test_two_neighbours_that_disagree_lend_nothing() -> None:
    blank = ("1|MAIN ST||", "", BLANK, 0.0)
    assert keys(blank, ("1|MAIN ST||", "59999", ZIP, 5.0), ("1|MAIN ST||", "59998", ZIP, -5.0))[0] == "1|MAIN ST||"


def test_two_cities_stay_two_cities() -> None:
    assert keys(("1|MAIN ST||", "ELK RDG", CITY, 0.0), ("1|MAIN ST||", "HELENA", CITY, 1.0)) == [
        "1|MAIN ST||ELK RDG",
        "1|MAIN ST||HELENA",
    ]


def test_records_without_a_key_of_their_own_take_no_part() -> None:
    assert keys((None, "", BLANK, 0.0), ("1|MAIN ST||", "59999", ZIP, 0.0)) == [None, "1|MAIN ST||59999"]


def test_a_placeholder_lends_nothing() -> None:
    crowd = [("1|UNKNOWN||", "59999", ZIP, 0.0)] * (MOST_BESIDE + 1)
    assert keys(("1|UNKNOWN||", "", BLANK, 0.0), *crowd)[0] == "1|UNKNOWN||"


def test_the_order_of_records_changes_nothing() -> None:
    chance = random.Random(7)
    places = [("", BLANK), ("ELK RDG", CITY), ("59999", ZIP), ("59998", ZIP)]
    records: list[Record] = [
        (f"{chance.randrange(4)}|MAIN ST||", *chance.choice(places), float(chance.randrange(0, 200, 10)))
        for _ in range(120)
    ]
    order = list(range(len(records)))
    chance.shuffle(order)
    straight = keys(*records)
    assert keys(*(records[i] for i in order)) == [straight[i] for i in order]
