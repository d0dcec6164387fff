"""House numbers: plain, lettered, fractional, hyphenated, ranges and grid numbers."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from fibermap.address.model import Note

_MOST_DIGITS = 9
_ORDINAL = re.compile(r"\d*(?:1ST|2ND|3RD|[4-90]TH|1[123]TH)")
_ROUTE_LETTERS = frozenset({"I", "IH", "US", "SR", "CR", "FM", "RM", "SH"})
_WIDEST_RANGE = 99
_RANGE = re.compile(r"([1-9]\d*)-([1-9]\d*)")


class HouseNumber(NamedTuple):
    """A house number in its NENA parts."""

    prefix: str | None
    number: int
    suffix: str | None
    note: Note | None = None


@lru_cache(maxsize=1 << 16)
def read_number(text: str) -> HouseNumber | None:
    """Read a folded house number; None where it is none: a word, an ordinal, zero or more than nine digits.

    ``100-104`` is a range (its end is the suffix); ``112-10`` is a number with a prefix. Both spell what was said.
    """
    text = text.strip("# ").removesuffix(".0")
    for pattern, read in _READERS:
        if match := pattern.fullmatch(text):
            return read(*match.groups())
    return None


def _made(prefix: str | None, digits: str, suffix: str | None, note: Note | None = None) -> HouseNumber | None:
    digits = digits.lstrip("0")
    if not digits or len(digits) > _MOST_DIGITS:
        return None
    return HouseNumber(prefix, int(digits), suffix or None, note)


def _hyphenated(first: str, zeros: str, second: str, letter: str) -> HouseNumber | None:
    if len(first) > _MOST_DIGITS or len(second) > _MOST_DIGITS:
        return None
    is_range = not zeros and len(first) == len(second) and 0 < int(second) - int(first) <= _WIDEST_RANGE
    if is_range:
        return _made(None, first, f"-{second}{letter}", Note.NUMBER_RANGE)
    return _made(f"{first.lstrip('0')}-{zeros}", second, letter, Note.NUMBER_HYPHENATED)


def _lettered(digits: str, suffix: str) -> HouseNumber | None:
    return None if _ORDINAL.fullmatch(digits + suffix) else _made(None, digits, suffix)


def _grid(prefix: str, digits: str, letter: str) -> HouseNumber | None:
    return _made(re.sub("[ -]", "", prefix), digits, letter)


def _kilometre(whole: str, tenth: str | None, hectometre: str | None) -> HouseNumber | None:
    """Read the kilometre of a Puerto Rican road: 12.3, or 12 and three hundred metres."""
    part = tenth or hectometre or "0"
    return _made("KM", whole, f".{part}" if part != "0" else None)


def _prefixed(prefix: str, digits: str, letter: str) -> HouseNumber | None:
    return None if prefix in _ROUTE_LETTERS else _made(prefix, digits, letter)


_READERS: tuple[tuple[re.Pattern[str], Callable[..., HouseNumber | None]], ...] = (
    (re.compile(r"(\d+)"), lambda digits: _made(None, digits, None)),
    (re.compile(r"(\d+?)[ -]?([1-9]/[23458])"), lambda digits, fraction: _made(None, digits, fraction)),
    (re.compile(r"(\d+) ?- ?(0*)(\d+)([A-Z]?)"), _hyphenated),
    (re.compile(r"(\d{1,2}[NSEW])[ -]?(\d{3,5})([A-Z]?)"), _grid),
    (re.compile(r"(\d+)[ -]?([A-Z]{1,2}\d{0,3})"), _lettered),
    (re.compile(r"([NSEW]\d+[ -]?[NSEW])(\d+)([A-Z]?)"), _grid),
    (re.compile(r"KM\.? ?(\d{1,3})(?:[.-](\d))?(?: ?HM\.? ?(\d))?"), _kilometre),
    (re.compile(r"([A-Z]{1,2})-?(\d+)([A-Z]?)"), _prefixed),
)


def numbers_inside(text: str) -> range:
    """Return the house numbers that a range stands for: those of its side of the road, or all from 100 to 105."""
    ends = _RANGE.fullmatch(text)
    first, last = (int(ends[1][:_MOST_DIGITS]), int(ends[2][:_MOST_DIGITS])) if ends else (0, 0)
    if not 0 < last - first <= _WIDEST_RANGE:
        return range(0)
    return range(first, last + 1, 1 if (last - first) % 2 else 2)


def spell_number(prefix: str | None, number: int | None, suffix: str | None) -> str:
    """Return the house number as one writes it: ``123 1/2``, ``N6W23001``; ``""`` where there is none."""
    if number is None:
        return ""
    gap = " " if suffix and suffix[0].isdigit() else ""
    return f"{prefix or ''}{number}{gap}{suffix or ''}"
