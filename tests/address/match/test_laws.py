"""What holds for every question, whoever asks it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fibermap.address.keys import display
from fibermap.address.match import Gazetteer, Matcher, Segment, Status
from fibermap.address.match.compare import compare_streets
from fibermap.address.match.reading import Reader
from fibermap.address.match.shape import Shape, readings, shape_of
from fibermap.address.parse import parse_address
from tests.address.match.gazetteers import gazetteer_of, matcher_of

STREETS = ("W Dry Creek Rd", "US Highway 191", "1st Ave N", "Avenue A", "N 300 E", "Calle Luna", "Main St", "Parks Ave")
PLACES = ("Manhattan, MT 59741", "Belgrade, MT 59714", "San Juan, PR 00901")
NUMBERS = ("755", "112-10", "N6W23001", "123 1/2", "12", "100-104")
UNITS = ("", " Apt 5", " Bldg 3 Unit B", " # 12-A")
LINES = tuple(
    dict.fromkeys(
        f"{number} {street}{unit}, {place}"
        for index, street in enumerate(STREETS)
        for number in NUMBERS[index % 3 :: 2]
        for place in PLACES[: 1 + index % 3]
        for unit in (UNITS[index % 4],)
    )
)
MATCHER = matcher_of(*LINES)
ALIKE = gazetteer_of(
    *(f"5 {street}, Belgrade, MT 59714" for street in STREETS),
    *("5 N Shore Dr, Belgrade, MT 59714", "5 Oakwood Ln, Belgrade, MT 59714", "5 Oak Wood Ln, Belgrade, MT 59714"),
    *("5 Coral Rdg, Belgrade, MT 59714", "5 E Pine, Belgrade, MT 59714", "5 Dry Creak Rd, Belgrade, MT 59714"),
)


@pytest.mark.parametrize("row", range(len(LINES)))
def test_a_canonical_address_always_finds_itself(row: int) -> None:
    match = MATCHER.match(display(parse_address(LINES[row]).parts))
    assert (match.status, match.row, match.score) == (Status.MATCHED, (0, row), 1.0)


@given(st.text(max_size=500))
@settings(max_examples=100, deadline=None)
def test_any_text_has_an_answer(text: str) -> None:
    match = MATCHER.match(text)
    assert match.settled == (match.status in {Status.MATCHED, Status.CORRECTED})
    assert MATCHER.suggest(text) is not None


@given(st.sampled_from(LINES), st.integers(1, 99_999))
@settings(max_examples=100, deadline=None)
def test_another_number_is_never_settled(line: str, number: int) -> None:
    parts = parse_address(line).parts
    match = MATCHER.match(f"{number}{line[len(line.split(' ', maxsplit=1)[0]) :]}")
    assert not match.settled or (match.row is not None and parse_address(LINES[match.row.row]).parts.number == number)
    assert parts.number is not None


@given(st.lists(st.sampled_from(LINES) | st.text(max_size=40), max_size=8))
@settings(max_examples=50, deadline=None)
def test_many_are_answered_as_one_is(texts: list[str]) -> None:
    assert MATCHER.match_many(texts) == [MATCHER.match(text) for text in texts]


@given(st.sampled_from(LINES), st.integers(1, 999_999))
def test_reading_around_the_number_is_reading_the_whole(line: str, number: int) -> None:
    text = f"{number} {line.split(' ', 1)[1]}"
    read = Reader(MATCHER.area.cities)
    assert read(text) == read(text) == parse_address(text, cities=MATCHER.area.cities)


@given(
    st.sampled_from(range(len(ALIKE.site_street))),
    st.text("ACDEKNOPRSTW 159", max_size=3),
    st.integers(0, 12),
    st.integers(0, 2),
)
def test_no_street_that_may_be_meant_is_passed_over(site: int, letters: str, at: int, cut: int) -> None:
    """What is left of a block by its names alone holds all that a comparison would let pass."""
    key = ALIKE.street_key(ALIKE.site_street.item(site))
    typed = shape_of(key[:at] + letters + key[at + cut :])
    misspelled = "" if typed.numbered else typed.name
    sites = range(len(ALIKE.site_street))
    found = ALIKE.sites_called(sites, [each.name for each in readings(typed)], misspelled)
    assert [each for each in sites if _may_be(typed, ALIKE.shape(ALIKE.site_street.item(each)))] == [
        each for each in found if _may_be(typed, ALIKE.shape(ALIKE.site_street.item(each)))
    ]


def _may_be(typed: Shape, there: Shape) -> bool:
    plain, *others = readings(typed)
    by_name = [other for other in others if other.name == there.name]
    return any(compare_streets(each, there) is not None for each in (plain, *by_name))


def test_two_segments_answer_as_one() -> None:
    base, overlay = gazetteer_of(*LINES), gazetteer_of("757 W Dry Creek Rd, Manhattan, MT 59741", LINES[0])
    gone = np.zeros(len(base), dtype=bool)
    gone[0] = True
    matcher = Matcher([Segment(base, gone), Segment(overlay)])
    assert matcher.match("757 W Dry Creek Rd, Manhattan, MT 59741").row == (1, 0)
    assert matcher.match(LINES[0]).row == (1, 1)
    assert matcher.match(LINES[1]).row == (0, 1)
    retired = Matcher([Segment(base, gone)]).match(LINES[0])
    assert not retired.settled


def test_a_building_across_segments_is_one() -> None:
    base = gazetteer_of("9 Main St Apt 1, Belgrade, MT 59714", "9 Main St Apt 2, Belgrade, MT 59714")
    overlay = gazetteer_of("9 Main St Apt 3, Belgrade, MT")
    matcher = Matcher([Segment(base, np.array([True, False])), Segment(overlay)])
    assert matcher.match("9 Main St, Belgrade, MT 59714").units == ((0, 1), (1, 0))
    assert matcher.match("9 Main St Apt 3, Belgrade, MT 59714").row == (1, 0)
    assert matcher.match("9 Main St Apt 1, Belgrade, MT 59714").status is Status.UNIT_NOT_FOUND


def test_arrays_carry_everything() -> None:
    again = Matcher([Segment(Gazetteer.from_arrays(MATCHER.segments[0].gazetteer.arrays()))])
    assert [again.match(line) for line in LINES] == [MATCHER.match(line) for line in LINES]
    assert all(array.flags.c_contiguous for array in MATCHER.segments[0].gazetteer.arrays().values())


def test_an_empty_gazetteer_finds_nothing() -> None:
    assert matcher_of().match(LINES[0]).status is Status.OUTSIDE_AREA
