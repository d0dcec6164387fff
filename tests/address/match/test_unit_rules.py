"""Units: listed, asked for, not found, provisional, and every way to write them."""

from __future__ import annotations

import pytest

from fibermap.address.match import NextAction, Status
from tests.address.match.gazetteers import matcher_of

HOUSE = "8037 Mills Dr, Miami, FL 33155"
BUILDING = (HOUSE, "8037 Mills Dr Apt 201, Miami, FL 33155", "8037 Mills Dr Apt O, Miami, FL 33155")


@pytest.mark.parametrize(
    "typed",
    [
        "8037 Mills Dr # 201, Miami, FL 33155",
        "8037 Mills Dr Unit 201 Miami 33155",
        "8037 Mills Dr Apt201 Miami 33155",
        "8037 Mills Dr No. 201, Miami 33155",
        "8037 Mills Dr, Apt # 201, Miami 33155",
        "Apt 201, 8037 Mills Dr, Miami, FL 33155",
        "8037 Mills Dr 201, Miami, FL 33155",
        "8037-201 Mills Dr, Miami, FL 33155",
    ],
)
def test_a_unit_in_any_spelling_is_matched(typed: str) -> None:
    match = matcher_of(*BUILDING).match(typed)
    assert (match.settled, match.row) == (True, (0, 1))


def test_a_letter_behind_the_number_is_a_unit_where_it_is_listed() -> None:
    assert matcher_of(*BUILDING).match("8037-O Mills Dr, Miami, FL 33155").row == (0, 2)


def test_a_building_with_units_asks_for_one() -> None:
    match = matcher_of(*BUILDING).match(HOUSE)
    assert (match.status, match.next_action, match.row) == (Status.NEEDS_UNIT, NextAction.CHOOSE_UNIT, (0, 0))
    assert [place.row for place in match.units] == [1, 2]
    assert not match.settled


def test_a_unit_that_is_not_listed_is_not_found() -> None:
    match = matcher_of(*BUILDING).match("8037 Mills Dr Apt 77B, Miami, FL 33155")
    assert (match.status, match.next_action) == (Status.UNIT_NOT_FOUND, NextAction.FIX)
    assert [place.row for place in match.units] == [1, 2]


@pytest.mark.parametrize(
    ("unit", "status"), [("4", Status.CONFIRM), ("D", Status.CONFIRM), ("5", Status.UNIT_NOT_FOUND)]
)
def test_a_unit_up_to_the_count_is_provisional(unit: str, status: Status) -> None:
    match = matcher_of(HOUSE, unit_counts={0: 4}).match(f"8037 Mills Dr Apt {unit}, Miami, FL 33155")
    assert match.status is status
    assert match.provisional_unit == (unit if status is Status.CONFIRM else None)


def test_a_building_known_by_its_count_asks_for_a_unit() -> None:
    match = matcher_of(HOUSE, unit_counts={0: 4}).match(HOUSE)
    assert (match.status, match.units) == (Status.NEEDS_UNIT, ())
