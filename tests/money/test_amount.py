"""Amounts: what adds up, what may not be mixed, and how people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fibermap.kernel.errors import Code, InputRefused
from fibermap.money.amount import EXPONENTS, MOST_MINOR, Money, refuse_unless_payable, total

AMOUNTS = st.builds(Money, st.integers(-(10**12), 10**12), st.sampled_from(sorted(EXPONENTS)))


@pytest.mark.parametrize(
    ("text", "amount"),
    [("49.99", 4999), ("49.9", 4990), ("49", 4900), ("1,234.50", 123_450), ("-3.10", -310), ("USD 49.99", 4999),
     ("49.99 USD", 4999), (" 0 ", 0)],
)  # fmt: skip
def test_an_amount_is_read_as_people_write_it(text: str, amount: int) -> None:
    assert Money.parse(text, "USD") == Money(amount, "USD")


@pytest.mark.parametrize("text", ["", "x", "49.999", "4,9", "1e3", "NaN", "--3", "4242 4242", "1.2.3", "٣", "9" * 30])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(InputRefused) as refused:
        Money.parse(text, "USD")
    assert refused.value.code is Code.AMOUNT_INVALID


def test_a_currency_has_the_digits_that_it_has() -> None:
    assert Money.parse("500", "JPY") == Money(500, "JPY")
    assert Money.parse("1.234", "KWD") == Money(1234, "KWD")
    assert str(Money(123_456, "USD")) == "USD 1,234.56"
    assert str(Money(-5, "USD")) == "USD -0.05"
    assert str(Money(1500, "JPY")) == "JPY 1,500"


def test_currencies_are_never_mixed() -> None:
    with pytest.raises(InputRefused) as mixed:
        Money(1, "USD") + Money(1, "CAD")
    assert mixed.value.code is Code.CURRENCY_MISMATCH
    with pytest.raises(InputRefused):
        _ = Money(1, "USD") < Money(2, "CAD")
    with pytest.raises(InputRefused):
        Money.parse("USD 1", "CAD")


@pytest.mark.parametrize("amount", [1.5, True, MOST_MINOR + 1, "5"])
def test_an_amount_is_a_bounded_whole_number(amount: object) -> None:
    with pytest.raises(InputRefused) as refused:
        Money(amount, "USD")  # type: ignore[arg-type]
    assert refused.value.code is Code.AMOUNT_INVALID


@pytest.mark.parametrize(
    ("money", "code"),
    [(Money(0, "USD"), Code.AMOUNT_NOT_POSITIVE), (Money(-5, "USD"), Code.AMOUNT_NOT_POSITIVE),
     (Money(5, "CAD"), Code.CURRENCY_MISMATCH)],
)  # fmt: skip
def test_only_positive_amounts_of_the_house_can_be_asked_for(money: Money, code: Code) -> None:
    with pytest.raises(InputRefused) as refused:
        refuse_unless_payable(money, "USD")
    assert refused.value.code is code


@given(AMOUNTS)
def test_what_is_written_is_read_back(money: Money) -> None:
    assert Money.parse(str(money)) == money
    assert Money.parse(money.decimal, money.currency) == money


@given(st.lists(st.integers(-(10**9), 10**9)))
def test_sums_are_those_of_integers(amounts: list[int]) -> None:
    assert total((Money(amount, "USD") for amount in amounts), "USD") == Money(sum(amounts), "USD")
