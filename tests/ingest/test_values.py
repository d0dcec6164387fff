"""Dates, technologies, counts and priorities: read when certain, and never earlier than stated."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fibermap.coverage.model import Technology
from fibermap.ingest.values import (
    Precision,
    StatedDate,
    is_other_technology,
    read_count,
    read_date,
    read_priority,
    read_technology,
)

DAY, MONTH, QUARTER, YEAR = Precision
days = st.dates(date(1990, 1, 1), date(2099, 12, 31))


@pytest.mark.parametrize(
    ("text", "on", "precision"),
    [
        ("2026-12-15", date(2026, 12, 15), DAY),
        ("2026-12-15T23:30:00-07:00", date(2026, 12, 15), DAY),
        ("2026-12-15 00:00:00", date(2026, 12, 15), DAY),
        ("20261215", date(2026, 12, 15), DAY),
        ("12/15/2026", date(2026, 12, 15), DAY),
        ("1/5/27", date(2027, 1, 5), DAY),
        ("15 Dec 2026", date(2026, 12, 15), DAY),
        ("15-Dec-2026", date(2026, 12, 15), DAY),
        ("December 15th, 2026", date(2026, 12, 15), DAY),
        ("1759276800000", date(2025, 10, 1), DAY),
        ("Sept. 2026", date(2026, 9, 30), MONTH),
        ("02/2028", date(2028, 2, 29), MONTH),
        ("2027-06", date(2027, 6, 30), MONTH),
        ("Jun '27", date(2027, 6, 30), MONTH),
        ("Q3 2027", date(2027, 9, 30), QUARTER),
        ("2027-Q1", date(2027, 3, 31), QUARTER),
        ("4Q26", date(2026, 12, 31), QUARTER),
        ("H1 2027", date(2027, 6, 30), QUARTER),
        ("Fall 2026", date(2026, 12, 31), QUARTER),
        ("spring 2027", date(2027, 6, 30), QUARTER),
        ("Winter 2026-27", date(2027, 3, 31), QUARTER),
        ("2027", date(2027, 12, 31), YEAR),
        ("early 2027", date(2027, 12, 31), YEAR),
        ("est. Q3 2027", date(2027, 9, 30), QUARTER),
        ("by end of 2027", date(2027, 12, 31), YEAR),
    ],
)
def test_a_date_is_the_last_day_of_what_was_stated(text: str, on: date, precision: Precision) -> None:
    assert read_date(text) == StatedDate(on, precision)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "TBD",
        "soon",
        "31/12/2026",
        "2026-02-30",
        "13/2026",
        "Jun-27",
        "Phase 3",
        "Q5 2027",
        "0",
        "12",
        "9999",
        "1e308",
    ],
)
def test_what_is_not_certainly_a_date_is_none(text: str) -> None:
    assert read_date(text) is None


@given(days)
def test_every_way_of_writing_a_day_is_that_day(day: date) -> None:
    epoch_ms = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)
    forms = [
        day.isoformat(),
        f"{day:%m/%d/%Y}",
        f"{day.month}/{day.day}/{day.year}",
        f"{day:%d %b %Y}",
        f"{day:%B %d, %Y}",
    ]
    forms += [str(epoch_ms)] if day >= date(2001, 9, 9) else []

    assert {read_date(form) for form in forms} == {StatedDate(day, DAY)}


@given(days)
def test_a_coarser_statement_never_promises_an_earlier_day(day: date) -> None:
    quarter = (day.month + 2) // 3
    coarse = [
        f"{day:%b %Y}",
        f"{day:%Y-%m}",
        f"Q{quarter} {day.year}",
        f"{quarter}Q{day:%Y}",
        f"H{(day.month + 5) // 6} {day.year}",
    ]

    read = [read_date(text) for text in [*coarse, str(day.year)]]

    assert all(stated and stated.on >= day for stated in read)
    assert all(stated and (stated.on + timedelta(1)).day == 1 for stated in read)
    assert read[0] == StatedDate(date(day.year, day.month, monthrange(day.year, day.month)[1]), MONTH)


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused_quietly(text: str) -> None:
    read_date(text), read_technology(text), read_count(text), read_priority(text)


@pytest.mark.parametrize("text", ["FTTH", "fttp", "XGS-PON", "GPON", "Fiber", "50", "50.0", "Fibre to the Premises"])
def test_words_for_fiber(text: str) -> None:
    assert read_technology(text) is Technology.FIBER


@pytest.mark.parametrize(
    "text", ["FWA", "Fixed Wireless", "WISP", "70", "71", "72", "Licensed-by-Rule Terrestrial Fixed Wireless"]
)
def test_words_for_fixed_wireless(text: str) -> None:
    assert read_technology(text) is Technology.FIXED_WIRELESS


@pytest.mark.parametrize("text", [None, "", "10", "40", "60", "DSL", "cable", "no fiber", "5"])
def test_other_technologies_are_not_ours(text: str | None) -> None:
    assert read_technology(text) is None


@pytest.mark.parametrize("text", ["10", "40.0", "61", "FTTN", "VDSL2", "Cable", "DOCSIS 3.1", "HFC", "Satellite"])
def test_copper_cable_and_satellite_are_known_by_name(text: str) -> None:
    assert is_other_technology(text)


@pytest.mark.parametrize("text", [None, "", "FTTP", "50", "70", "FTTP/FTTN", "5", "Zorg"])
def test_what_is_ours_or_unknown_is_no_other_technology(text: str | None) -> None:
    assert not is_other_technology(text)


@pytest.mark.parametrize(
    ("text", "count"),
    [("12", 12), ("12.0", 12), (" 8 ", 8), ("1,728", 1728), ("0", 0), ("-1", None), ("12.5", None), ("12 ports", None)],
)
def test_counts(text: str, count: int | None) -> None:
    assert read_count(text) == count


@given(st.integers(0, 10_000_000))
def test_a_count_survives_its_writing(count: int) -> None:
    assert read_count(str(count)) == read_count(f"{count:,}") == read_count(f"{count}.0") == count


@pytest.mark.parametrize(
    ("text", "priority"),
    [
        ("1", 1),
        ("2.0", 2),
        ("P2", 2),
        ("Priority 3", 3),
        ("High", 1),
        ("medium", 2),
        ("LOW", 3),
        ("asap", None),
        (None, None),
    ],
)
def test_priorities(text: str | None, priority: int | None) -> None:
    assert read_priority(text) == priority
