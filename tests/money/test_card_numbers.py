"""Card numbers are found however they are written, and other long numbers mostly are not taken for them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fibermap.kernel.errors import Code, InputRefused
from fibermap.money.card_numbers import has_card_number, passes_luhn, redact_card_numbers, refuse_card_numbers

CARDS = (
    "4242424242424242", "4000056655665556", "5555555555554444", "2223003122003222", "378282246310005",
    "6011111111111117", "3056930009020004", "36227206271667", "3566002020360505", "6200000000000005",
    "6205500000000000004", "4222222222222",
)  # fmt: skip
"""Test numbers of the brands, 13 to 19 digits."""


@pytest.mark.parametrize("card", CARDS)
@pytest.mark.parametrize("separator", ["", " ", "-", ".", "/", "\u00a0", "\u2013", "\u200b", "  ", " - "])
def test_a_card_number_is_found_however_it_is_written(card: str, separator: str) -> None:
    groups = [card[place : place + 4] for place in range(0, len(card), 4)]
    for written in (separator.join(groups), f"my card is {separator.join(groups)}, exp 04/29", f"x{card}y"):
        assert has_card_number(written), written


@pytest.mark.parametrize("zero", ["٠", "०", "０", "𝟎"])
def test_digits_of_every_script_count(zero: str) -> None:
    assert has_card_number("".join(chr(ord(zero) + int(digit)) for digit in CARDS[0]))


def test_a_security_code_behind_it_hides_nothing() -> None:
    assert has_card_number("4242 4242 4242 4242 123")
    assert has_card_number("3782 822463 10005 1234")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "call 406-555-0100 or 406-555-0101 or (406) 555-0102",
        "406 555 0100 406 555 0101 406 555 0102",
        "+49 1512 3456789",
        "+4915123456789",
        "45.8512345678901, -111.3298765432109",
        "45.85123456789012 -111.33012345678901",
        "2026-11-26 05:34:16.123",
        "45.85,-111.29,45.86,-111.28,45.85,-111.29,45.87,-111.2",
        "0000000000000000",
        "4242424242424241",
        "1234 5678 9012 3456 7890 1234",
        "apt 4242, 4242 Elk Ridge Rd",
        "invoice 2026-000123, order 900712",
    ],
)
def test_other_numbers_are_let_through(text: str) -> None:
    refuse_card_numbers(text, None)
    assert redact_card_numbers(text) == text


def test_the_refusal_repeats_nothing_of_it() -> None:
    with pytest.raises(InputRefused) as refused:
        refuse_card_numbers("fine", "please use 4242 4242 4242 4242", field="note")
    assert refused.value.code is Code.CARD_NUMBER_REFUSED
    assert "4242" not in str(refused.value.as_json())
    assert refused.value.where == {"field": "note"}


def test_logs_lose_the_number_and_keep_the_rest() -> None:
    said = "a 4242-4242-4242-4242 b 5555 5555 5555 4444, c"
    assert redact_card_numbers(said) == "a [card number] b [card number], c"


@given(st.integers(10**11, 10**18 - 1))
def test_whatever_satisfies_the_check_is_refused(number: int) -> None:
    body = str(number)
    card = next(body + last for last in "0123456789" if passes_luhn(body + last))
    if 13 <= len(card) <= 19 and len(set(card)) > 1:
        assert has_card_number(f"({card})")


@given(st.text(max_size=200))
def test_any_text_can_be_asked_and_redacted_once(text: str) -> None:
    redacted = redact_card_numbers(text)
    assert has_card_number(text) == (redacted != text)
    assert not has_card_number(redacted)
