"""The last line of an address: city, state, ZIP and country."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache
from typing import NamedTuple

from fibermap.address.street import fold_word, read_street
from fibermap.address.vocabulary import COUNTRIES, DIRECTIONS, STATE_NAMES, STATES, STREET_TYPES, ZIP_STATES

_ZIP = re.compile(r"(\d{5})(?:-?(\d{4}))?")
_MOST_STATE_WORDS = 3
_CITY_WORDS = {"PORT": "PT", "PRT": "PT", "TOWNSHIP": "TWP", "SAINTE": "STE"}
_TWO_MEANINGS = {code for code in STATE_NAMES.values() if code != "MT" and (code in STREET_TYPES or code in DIRECTIONS)}
"""State codes that may as well end a street: CT, KY, LA, NE, PR, WY. No street ends in MT (Mount)."""


class Tail(NamedTuple):
    """State, ZIP and ZIP+4 as found; None where the text does not say."""

    state: str | None = None
    zip: str | None = None
    zip4: str | None = None


@lru_cache(maxsize=1 << 14)
def fold_city(city: str) -> str:
    """Return the one spelling of a folded city name: Port Saint Lucie is PT ST LUCIE, Miami Bch is MIAMI BCH."""
    words = re.sub("[-/]", " ", re.sub("[.'#]", "", city)).split()
    if len(words) == 1:
        return words[0]
    return " ".join(_CITY_WORDS.get(piece, piece) for word in words for piece in fold_word(word))


@lru_cache(maxsize=1 << 14)
def read_state(text: str) -> str | None:
    """Return the two-letter code of a folded state name or code, or None."""
    return STATES.get(text.replace(".", "").strip())


@lru_cache(maxsize=1 << 16)
def read_zip(text: str) -> tuple[str | None, str | None]:
    """Return the ZIP and ZIP+4 of a folded field; a number that lost its leading zeros gets them back."""
    text = text.removesuffix(".0").replace(" ", "").strip("-")
    if text.isdigit() and len(text) in {3, 4}:
        text = text.zfill(5)
    match = _ZIP.fullmatch(text)
    if match is None or match.group(1) == "00000":
        return None, None
    return match.group(1), match.group(2) if match.group(2) != "0000" else None


def take_tail(segments: list[list[str]], cities: Collection[str] = frozenset()) -> Tail:
    """Take country, ZIP and state off the end of an address; the segments (words between commas) are shortened.

    ``cities``: the folded cities that are known; they tell Puerto Rico from a prairie, and Washington from a state.
    """
    for country in COUNTRIES:
        if segments and len(segments[-1]) >= len(country) and tuple(segments[-1][-len(country) :]) == country:
            _shorten(segments, len(country))
    zip5, zip4 = _take_zip(segments)
    return Tail(_take_state(segments, zip5, cities), zip5, zip4)


def _shorten(segments: list[list[str]], count: int) -> None:
    del segments[-1][len(segments[-1]) - count :]
    while segments and not segments[-1]:
        segments.pop()


def _take_zip(segments: list[list[str]]) -> tuple[str | None, str | None]:
    if not segments or (len(segments) == 1 and len(segments[0]) == 1):
        return None, None
    match = _ZIP.fullmatch(segments[-1][-1])
    if match is None or (len(segments[-1]) > 1 and segments[-1][-2] == "#"):
        return None, None
    _shorten(segments, 1)
    return match.group(1), match.group(2)


def _take_state(segments: list[list[str]], zip5: str | None, cities: Collection[str]) -> str | None:
    for count in range(_MOST_STATE_WORDS, 0, -1):
        if not segments or len(segments[-1]) < count:
            continue
        text = " ".join(segments[-1][-count:])
        code = STATES.get(text)
        if code is None or _is_city(segments, text, code, zip5, cities):
            continue
        if _is_state(segments, text, code, count, zip5) or _follows_city(segments, text, cities):
            _shorten(segments, count)
            return code
    return None


def _is_city(segments: list[list[str]], text: str, code: str, zip5: str | None, cities: Collection[str]) -> bool:
    """Tell a city of a state's name from the state: Washington where the ZIP is not of the West or nothing precedes."""
    if text not in STATE_NAMES or text not in cities:
        return False
    if zip5:
        return code not in ZIP_STATES[zip5[0]]
    return len(segments) == 2 and " ".join(segments[-1]) == text


def _follows_city(segments: list[list[str]], text: str, cities: Collection[str]) -> bool:
    """Whether a code that may end a street stands behind a whole street and a known city: Calle A San Juan PR."""
    line = segments[-1][:-1]
    if text not in _TWO_MEANINGS or len(segments) > 1:
        return False
    for start in range(len(line) - 1, 1, -1):
        if fold_city(" ".join(line[start:])) in cities:
            street = read_street(" ".join(line[1:start]))
            return bool(street.street_name and (street.post_type or street.pre_type))
    return False


def _is_state(segments: list[list[str]], text: str, code: str, count: int, zip5: str | None) -> bool:
    """Tell a state from the end of a street: CT from a court, Washington from N Washington."""
    before = segments[-1][:-count]
    if not before and len(segments) == 1:
        return False
    if text in _TWO_MEANINGS:
        return code in ZIP_STATES[zip5[0]] if zip5 else len(segments) > 1
    if zip5 or len(segments) > 1 or text not in STATE_NAMES:
        return True
    return any(word in STREET_TYPES for word in before[1:])
