"""Units inside an address: Apt 5, Bldg 3 Unit B, 2nd Floor, Rear (USPS Publication 28, section 213)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from fibermap.address.normalise import words
from fibermap.address.vocabulary import (
    BUILDING_WORDS,
    DIRECTIONS,
    FLOOR_WORDS,
    LONE_UNITS,
    STREET_TYPES,
    STRONG_TYPES,
    UNIT_TYPES,
)

_IDENTIFIER = re.compile(r"[A-Z]{0,3}-?\d+(?:[A-Z0-9/-]*)|[A-Z]{1,2}")
_NUMBERED = re.compile(r"\d{1,3}(?:ST|ND|RD|TH)?")
_GLUED = re.compile(r"\b(APT|UNIT|STE|SUITE|LOT|SPC|TRLR|BLDG)(\d+[A-Z]?)\b")
_FLOOR_FIRST = re.compile(r"(\d{1,3})(?:ST|ND|RD|TH)")
_ROADS = {"HWY", "RD", "LOOP", "SPUR", "BYP"}
_LETTERED_UNITS = {"APT", "UNIT", "STE"}
_BEGINNINGS = frozenset({"#", "NO", *UNIT_TYPES, *BUILDING_WORDS, *FLOOR_WORDS, *LONE_UNITS})
"""Words without one of which there is no unit."""
_ALNUM = re.compile(r"(?<=\d)[-/](?=\d)|[A-Z0-9]+")


class Occupancy(NamedTuple):
    """Where inside the address. All None: the address itself."""

    building: str | None = None
    floor: str | None = None
    unit_type: str | None = None
    unit: str | None = None


NOWHERE = Occupancy()


@lru_cache(maxsize=1 << 16)
def read_unit(text: str) -> Occupancy:
    """Read the folded text of a unit field: all of it is unit; what has no designator is the identifier."""
    found, rest = _read(words(part_glued(text)))
    if not rest:
        return found
    identifier = " ".join(word for word in (found.unit, *rest) if word)
    return found._replace(unit=identifier)


def part_glued(text: str) -> str:
    """Part a designator from the identifier that is glued to it: ``APT5``."""
    return _GLUED.sub(r"\1 \2", text)


def find_unit(tokens: list[str], first: int) -> tuple[list[str], Occupancy, list[str]]:
    """Find a designated unit among the words of a line.

    Parameters
    ----------
    tokens
        The words of the line.
    first
        Index of the first word that may begin the unit: 1 behind a street, 0 where a line may be all unit.

    Returns
    -------
    tuple
        The words before, the unit (`NOWHERE` where there is none), the words after.
    """
    if _BEGINNINGS.isdisjoint(tokens):
        return tokens, NOWHERE, []
    for start in range(first, len(tokens)):
        if not _begins_unit(tokens, start):
            continue
        found, rest = _read(tuple(tokens[start:]))
        if found != NOWHERE or not rest:
            return tokens[:start], found, rest
    return tokens, NOWHERE, []


def _begins_unit(tokens: list[str], at: int) -> bool:
    word = tokens[at]
    if word == "#":
        return at + 1 < len(tokens)
    following = tokens[at + 1] if at + 1 < len(tokens) else ""
    if word == "NO" and at and following.isdigit() and at + 2 == len(tokens):
        return STREET_TYPES.get(tokens[at - 1]) in STRONG_TYPES - _ROADS  # No. 5 behind a street is a unit, not north
    settled = at == 0 or tokens[at - 1] in STREET_TYPES or tokens[at - 1] in DIRECTIONS or tokens[at - 1].isdigit()
    if following and (word in UNIT_TYPES or word in BUILDING_WORDS):
        is_plain = any(letter.isdigit() for letter in following) or following == "#"
        is_letter = _IDENTIFIER.fullmatch(following) is not None or following in LONE_UNITS
        may_face = UNIT_TYPES.get(word) in _LETTERED_UNITS or at + 2 == len(tokens)
        is_street_word = following in STREET_TYPES or (following in DIRECTIONS and not may_face)
        return is_plain or (is_letter and settled and not is_street_word)
    if following and word in FLOOR_WORDS:
        return settled and _NUMBERED.fullmatch(following) is not None
    if following in FLOOR_WORDS:
        return settled and at > 0 and _FLOOR_FIRST.fullmatch(word) is not None and at + 2 == len(tokens)
    return word in LONE_UNITS and settled and not following


def _read(tokens: tuple[str, ...]) -> tuple[Occupancy, list[str]]:
    """Read designators with their identifiers from the left until a word is neither; return the words left over."""
    found: dict[str, str] = {}
    at = 0
    while at < len(tokens):
        said, taken = _designated(*tokens[at : at + 3])
        if not taken or said.keys() & found.keys():
            break
        found |= said
        at += taken
    return Occupancy(**found), list(tokens[at:])


def _designated(word: str, following: str = "", third: str = "") -> tuple[dict[str, str], int]:
    """Return what a designator and its identifier say, and how many words they are (0: no designator)."""
    identifier, taken = (third, 3) if following == "#" else (following, 2)
    if word == "#" or (word == "NO" and following.isdigit()):
        says_unit = following and following not in UNIT_TYPES
        return ({"unit_type": "#", "unit": following}, 2) if says_unit else ({}, 1)
    if word in BUILDING_WORDS and identifier:
        return {"building": identifier}, taken
    if (floor := _floor(word, following)) is not None:
        return {"floor": floor}, 2
    if word in UNIT_TYPES and identifier:
        return {"unit_type": UNIT_TYPES[word], "unit": identifier}, taken
    lone = {"unit_type": LONE_UNITS[word]} if word in LONE_UNITS else {}
    return lone, int(bool(lone) or word in UNIT_TYPES)


def _floor(word: str, following: str) -> str | None:
    if word in FLOOR_WORDS and _NUMBERED.fullmatch(following):
        return re.sub("[A-Z]", "", following)
    ordinal = _FLOOR_FIRST.fullmatch(word)
    return ordinal.group(1) if ordinal and following in FLOOR_WORDS else None


def unit_key(where: Occupancy) -> str:
    """Return what makes two units of one address the same: the identifiers, never the designator; ``""`` for none.

    ``#5``, ``Apt 05`` and ``Unit 5`` are one; ``B-12`` and ``B12`` are one; ``1-2`` and ``12`` are two. A floor counts
    only where no unit is given.
    """
    pieces = []
    if where.building:
        pieces.append(f"BLDG {_bare(where.building)}")
    if where.unit:
        pieces.append(_bare(where.unit))
    elif where.unit_type:
        pieces.append(where.unit_type)
    elif where.floor:
        pieces.append(f"FL {_bare(where.floor)}")
    return " ".join(pieces)


def _bare(identifier: str) -> str:
    return "".join(_ALNUM.findall(identifier)).lstrip("0") or identifier
