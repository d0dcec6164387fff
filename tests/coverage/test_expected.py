"""Expected dates are as precise as they are known, and the public is told no finer than the operator wants."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fibermap.coverage.expected import first_day, last_day, public_date, public_day, say_date, say_public

AUGUST = date(2027, 8, 2)


@pytest.mark.parametrize(
    ("precision", "said"),
    [("day", "2027-08-02"), ("month", "August 2027"), ("quarter", "third quarter of 2027"), ("year", "2027"),
     (None, "2027-08-02")],
)  # fmt: skip
def test_a_date_is_said_as_far_as_it_is_known(precision: str | None, said: str) -> None:
    assert say_date(AUGUST, precision) == said


@pytest.mark.parametrize(
    ("precision", "least", "said"),
    [("day", "quarter", "third quarter of 2027"), (None, "quarter", "third quarter of 2027"),
     ("year", "quarter", "2027"), ("day", "month", "August 2027"), ("quarter", "day", "third quarter of 2027"),
     ("day", "day", "2027-08-02")],
)  # fmt: skip
def test_the_public_is_told_no_more_than_the_operator_wants(precision: str | None, least: str, said: str) -> None:
    assert say_public(AUGUST, precision, least) == said


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.sampled_from(["day", "month", "quarter", "year"]))
def test_a_published_date_is_the_last_day_of_what_it_stands_for(day: date, least: str) -> None:
    published, precision = public_date(day, "day", least)
    assert first_day(day, precision) <= day <= published == last_day(published, precision)
    assert say_date(published, precision) == say_date(day, precision)


@given(
    today=st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    until_live=st.integers(1, 800),
    until_asked=st.integers(-100, 900),
    least=st.sampled_from(["day", "month", "quarter"]),
)
def test_the_public_finds_a_thing_expected_from_the_day_it_is_told_and_no_sooner(
    today: date, until_live: int, until_asked: int, least: str
) -> None:
    expected, asked = today + timedelta(days=until_live), today + timedelta(days=until_asked)
    told, _ = public_date(expected, "day", least)
    assert (public_day(asked, today, least) >= expected) == (asked >= told)
