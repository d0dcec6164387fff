"""Card numbers are refused wherever people type text, and are neither logged nor repeated.

What looks like one: 13 to 19 digits, of any script, written together or in groups, that satisfy the Luhn check. One in
ten of all other long numbers satisfies it too; so a number is let through

- as a telephone number: a ``+`` before it and valid by the numbering plan of its country;
- as a decimal number, such as a coordinate: up to three digits, a point, and four or more;
- in groups that no card has, unless it begins and is as long as cards are, and one sign is between all of them:
  ``406-555-0100 406-555-0101``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import pairwise

from fibermap.kernel.errors import Code, InputRefused

SHORTEST, LONGEST = 13, 19
REDACTED = "[card number]"

_SEPARATORS = r"[ \-./_,:\u00a0\u00ad\u2000-\u200f\u2010-\u2015\u202f\u2060\u2212\u3000\ufeff]{1,3}"
_RUN = re.compile(rf"\+?\d+(?:{_SEPARATORS}\d+)*", re.ASCII)
_MANY_DIGITS = re.compile(r"\d(?:\D{0,3}\d){12}")
_GROUP = re.compile(r"\d+", re.ASCII)
_DECIMAL = re.compile(r"(?<![\d.])\d{1,3}\.\d{4,}(?![\d.])", re.ASCII)
_CARD_GROUPS = frozenset({(4, 4, 4, 4), (4, 6, 5), (4, 6, 4), (4, 4, 4, 4, 3), (4, 4, 4, 4, 2), (4, 4, 4, 4, 1),
                          (4, 3, 3, 3), (4, 4, 5), (6, 13), (8, 8), (4, 4, 4, 1), (5, 4, 4, 5)})  # fmt: skip
_BRANDS = re.compile(
    r"4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11}|6(?:011|4[4-9]\d|5\d\d)\d{12}"
    r"|35(?:2[89]|[3-8]\d)\d{12}|62\d{14,17}"
)
_TELEPHONE = (3, 3, 4)
"""How numbers of North America are grouped."""


def refuse_card_numbers(*texts: str | None, field: str = "text") -> None:
    """Raise where a text holds what looks like a card number. The message repeats nothing of it.

    Parameters
    ----------
    field
        Where it was typed, for whoever sees the error.

    Raises
    ------
    InputRefused
        ``card_number_refused``.
    """
    for text in texts:
        if text and has_card_number(text):
            raise InputRefused(
                Code.CARD_NUMBER_REFUSED,
                "The text holds what looks like a card number, and is not taken.",
                hint="Never type card numbers here; leave it out. If it is another number, write it in two parts.",
                field=field,
            )


def has_card_number(text: str) -> bool:
    """Tell whether a text holds what looks like a card number."""
    return next(_found(text), None) is not None


def redact_card_numbers(text: str) -> str:
    """Return a text with whatever looks like a card number replaced; the same text where nothing does."""
    parts, end = [], 0
    for first, last in _found(text):
        parts += [text[end:first], REDACTED]
        end = last
    return "".join([*parts, text[end:]])


def passes_luhn(digits: str) -> bool:
    """Tell whether the last digit is the check digit of those before it (ISO/IEC 7812-1, annex B)."""
    doubled = (int(digit) * 2 if place % 2 else int(digit) for place, digit in enumerate(reversed(digits)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _found(text: str) -> Iterator[tuple[int, int]]:
    """Yield where in the text card numbers stand."""
    if _MANY_DIGITS.search(text) is None:
        return
    plain = _DECIMAL.sub(lambda number: "x" * len(number.group()), _with_ascii_digits(text))
    for run in _RUN.finditer(plain):
        said = run.group()
        if _is_telephone(said):
            continue
        groups = [(run.start() + group.start(), group.group()) for group in _GROUP.finditer(said)]
        yield from _cards_among(plain, groups)


def _cards_among(text: str, groups: Sequence[tuple[int, str]]) -> Iterator[tuple[int, int]]:
    """Yield the cards among groups of digits, each group belonging to one at most."""
    first = 0
    while first < len(groups):
        last = _card_from(text, groups, first)
        if last is None:
            first += 1
            continue
        place, group = groups[last - 1]
        yield groups[first][0], place + len(group)
        first = last


def _card_from(text: str, groups: Sequence[tuple[int, str]], first: int) -> int | None:
    """Return behind which group the longest card ends that begins with a group; None where none does."""
    digits, found = "", None
    for last in range(first + 1, len(groups) + 1):
        digits += groups[last - 1][1]
        if len(digits) > LONGEST:
            break
        if len(digits) >= SHORTEST and _is_card(text, digits, groups[first:last]):
            found = last
    return found


def _is_card(text: str, digits: str, groups: Sequence[tuple[int, str]]) -> bool:
    lengths = tuple(len(group) for _, group in groups)
    if not passes_luhn(digits) or len(set(digits)) == 1:
        return False
    if len(lengths) == 1 or lengths in _CARD_GROUPS:
        return True
    is_branded = _BRANDS.fullmatch(digits) is not None
    return is_branded and not _holds_telephone(lengths) and len(_between(text, groups)) == 1


def _between(text: str, groups: Sequence[tuple[int, str]]) -> set[str]:
    """Return what stands between groups."""
    return {text[place + len(group) : behind] for (place, group), (behind, _) in pairwise(groups)}


def _holds_telephone(lengths: tuple[int, ...]) -> bool:
    return any(lengths[place : place + 3] == _TELEPHONE for place in range(len(lengths) - 2))


def _is_telephone(said: str) -> bool:
    if not said.startswith("+"):
        return False
    import phonenumbers

    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(said))
    except phonenumbers.NumberParseException:
        return False


def _with_ascii_digits(text: str) -> str:
    """Write digits of every script as 0 to 9, keeping every character in its place."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.digit(sign, sign)) if sign.isdigit() else sign for sign in text)
