"""What a customer has is taken off what they buy, and nothing else is."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fibermap.order.had import Had, whole_months
from fibermap.order.quote import Charge, Quote, QuoteLine

ON = date(2026, 6, 1)


def quote_of(*lines: QuoteLine, on: date = ON) -> Quote:
    return Quote(1, (2,), "USD", lines, on, on)


def plan_lines(months: int) -> tuple[QuoteLine, ...]:
    """Return what a plan costs that begins cheaply for so many months, and is installed once."""
    return (
        QuoteLine(1, "Plan", Charge.MONTHLY, 3000, 1, months),
        QuoteLine(1, "Plan", Charge.MONTHLY, 6500, months + 1),
        QuoteLine(1, "Router", Charge.MONTHLY, 500),
        QuoteLine(1, "Installation", Charge.ONCE, 9900),
    )


def cents_in(month: int, quoted: Quote) -> int:
    """Return what a month costs, the first of all is 1, without what is charged once."""
    return sum(
        line.amount_cents
        for line in quoted.lines
        if line.charge is Charge.MONTHLY
        and line.from_month <= month
        and (line.months is None or month < line.from_month + line.months)
    )


@pytest.mark.parametrize(
    ("since", "until", "months"),
    [
        (date(2026, 1, 10), date(2026, 1, 10), 0),
        (date(2026, 1, 10), date(2026, 2, 9), 0),
        (date(2026, 1, 10), date(2026, 2, 10), 1),
        (date(2026, 1, 31), date(2026, 2, 28), 0),
        (date(2025, 11, 5), date(2027, 1, 5), 14),
        (date(2026, 2, 1), date(2026, 1, 1), 0),
    ],
)
def test_months_are_counted_when_they_are_full(since: date, until: date, months: int) -> None:
    assert whole_months(since, until) == months


@given(months=st.integers(1, 24), used=st.integers(0, 30))
def test_every_month_costs_what_it_would_have_cost_without_the_change(months: int, used: int) -> None:
    before = quote_of(*plan_lines(months))
    later = date(ON.year + (ON.month - 1 + used) // 12, (ON.month - 1 + used) % 12 + 1, 1)
    after = Had(before, "csr", ON, is_here=True).taken_off(quote_of(*plan_lines(months), on=later), str)
    for month in range(1, 40):
        assert cents_in(month, after) == cents_in(month + used, before)


def test_only_where_it_runs_nothing_is_paid_twice_and_what_is_new_is_paid_in_full() -> None:
    new = QuoteLine(3, "Help", Charge.ONCE, 1000)
    for is_here, once in ((True, ["Help"]), (False, ["Installation", "Help"])):
        had = Had(quote_of(*plan_lines(6)), "csr", ON, is_here=is_here)
        said = had.taken_off(quote_of(*plan_lines(6), new), str)
        assert [line.name for line in said.lines if line.charge is Charge.ONCE] == once


def test_what_never_began_cheaply_does_not_do_so_later() -> None:
    dear = QuoteLine(1, "Plan", Charge.MONTHLY, 6500)
    said = Had(quote_of(dear), "csr", ON, is_here=True).taken_off(quote_of(*plan_lines(6)), str)
    assert [cents_in(month, said) for month in (1, 6, 7)] == [7000, 7000, 7000]
