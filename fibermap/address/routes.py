"""Numbered roads: US 191, Highway 86, County Road 12, FM 1960, and every way to write them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from fibermap.address.vocabulary import DIRECTIONS, STATE_NAMES, STATES, STREET_TYPES

_SPELLINGS: dict[tuple[str, str], tuple[str, ...]] = {
    ("US HWY", "US"): ("US", "US HWY", "US RTE", "US HWY RTE", "U S", "U S HWY", "U S RTE"),
    ("INTERSTATE", "I"): ("I", "IH", "INTERSTATE", "INTERSTATE HWY"),
    ("HWY", "HWY"): ("HWY",),
    ("RTE", "HWY"): ("RTE",),
    ("CARR", "HWY"): ("CARR", "CARRETERA", "CARR ESTATAL"),
    ("STATE HWY", "HWY"): ("STATE HWY", "ST HWY", "SH"),
    ("STATE RD", "HWY"): ("STATE RD", "ST RD"),
    ("STATE RTE", "HWY"): ("STATE RTE", "ST RTE", "STATE"),
    ("SR", "HWY"): ("SR", "S R"),
    ("COUNTY RD", "CR"): ("COUNTY RD", "CO RD", "CNTY RD", "COUNTY RTE", "CO RTE"),
    ("COUNTY HWY", "CR"): ("COUNTY HWY", "CO HWY", "CNTY HWY", "CTH", "COUNTY TRUNK HWY"),
    ("CR", "CR"): ("CR", "C R"),
    ("FM", "FM"): ("FM", "FM RD", "F M", "FARM TO MARKET", "FARM TO MARKET RD"),
    ("RM", "RM"): ("RM", "RM RD", "RNCH TO MARKET", "RNCH TO MARKET RD"),
    ("RANCH RD", "RM"): ("RNCH RD", "RR"),
    ("FOREST RD", "FS"): ("FOREST SERVICE RD", "FRST SERVICE RD", "FRST RD", "FS RD", "FS", "FSR", "NF RD", "NF"),
    ("TWP RD", "TWP"): ("TWP RD", "TOWNSHIP RD", "TWP"),
    ("PRIVATE RD", "PVT"): ("PRIVATE RD", "PVT RD"),
    ("INDIAN RTE", "BIA"): ("BIA", "BIA RTE", "BIA RD", "BIA HWY", "INDIAN RTE", "INDIAN RD"),
    ("PARISH RD", "PARISH"): ("PARISH RD",),
}

_PHRASES: dict[tuple[str, ...], tuple[str, str]] = {
    tuple(spelling.split()): route for route, spellings in _SPELLINGS.items() for spelling in spellings
}
_STATE_TAILS = (("HWY",), ("RTE",), ("RD",), ("STATE", "RD"), ("STATE", "HWY"), ("STATE", "RTE"), ("SR",))
_MOST_WORDS = 4
_ROUTE_TYPES = {"HWY", "RTE", "RD", "FRST", "RNCH"}

_NUMBER = re.compile(r"\d{1,4}(?:[-/]\d{1,3})?[A-Z]{0,2}|A1A")
_LETTERS = re.compile(r"[A-Z]{1,2}")
_LETTERED_HIGHWAYS = {"HWY", "RTE", "SR", "STATE HWY", "STATE RTE"}
_FRACTION = re.compile(r"[1-9]/[23458]")
_ORDINAL = re.compile(r"\d+(?:ST|ND|RD|TH)")
_GLUED = re.compile(r"(US|SR|CR|HWY|FM|RM|CTH|SH|IH|I)-?(\d{1,4}[A-Z]?)")
_HYPHENATED = re.compile(r"([A-Z]{1,9})-(\d{1,4}[A-Z]?)")
_BACKWARDS = {"SR", "CR", "US", "SH"}


@dataclass(frozen=True, slots=True)
class Route:
    """A numbered road found among the words of a street.

    Attributes
    ----------
    pre_type
        How it is written, abbreviated: ``US HWY``, ``STATE RTE``, ``MT HWY``.
    code
        What it is, for keys. ``HWY`` stands for any state's highway: people say Highway 86 for State Route 86.
    number
        ``191``, ``15A``, ``17-92``; for some county roads a letter.
    end
        Index of the first word after it.
    """

    pre_type: str
    code: str
    number: str
    end: int


def split_glued(tokens: tuple[str, ...]) -> list[str]:
    """Part ``US-191``, ``MT-86`` and ``CR12`` into the road and its number; put ``22 SR`` the right way round."""
    split: list[str] = []
    for token in tokens:
        glued = _GLUED.fullmatch(token)
        hyphenated = _HYPHENATED.fullmatch(token)
        if glued:
            split.extend(glued.groups())
        elif hyphenated and hyphenated.group(1) in STATES:
            split.extend((hyphenated.group(1), "HWY", hyphenated.group(2)))
        elif hyphenated and (hyphenated.group(1),) in _PHRASES:
            split.extend(hyphenated.groups())
        else:
            split.append(token)
    return _forwards(split)


def _forwards(tokens: list[str]) -> list[str]:
    body = len(tokens) - 1 if tokens and tokens[-1] in DIRECTIONS else len(tokens)
    if body < 2 or tokens[body - 1] not in _BACKWARDS or not tokens[body - 2].isdigit():
        return tokens
    before = tokens[: body - 2]
    if before and before[-1] not in DIRECTIONS:
        return tokens
    return [*before, tokens[body - 1], tokens[body - 2], *tokens[body:]]


def match_route(tokens: list[str], start: int) -> Route | None:
    """Return the numbered road that begins at a word, or None."""
    if tokens[start] not in _OPENERS:
        return None
    plain = [_plain(token) for token in tokens[start : start + _MOST_WORDS]]
    for length in range(min(_MOST_WORDS, len(plain)), 0, -1):
        named = _PHRASES.get(tuple(plain[:length])) or _state_route(plain[:length])
        if named is None:
            continue
        number = _route_number(tokens, start + length) or _route_letters(tokens, start + length, named)
        if number is not None and not (named[0] in STATES and _is_type(tokens, number[1])):
            return Route(*named, *number)
    return None


def _plain(word: str) -> str:
    if word == "RT":
        return "RTE"
    short = STREET_TYPES.get(word, word)
    return short if short in _ROUTE_TYPES else word


def _state_route(words: list[str]) -> tuple[str, str] | None:
    state = STATES.get(words[0])
    if state is None:
        return None
    if len(words) == 1:
        return None if words[0] in STATE_NAMES or words[0] in DIRECTIONS else (state, "HWY")
    return (f"{state} HWY", "HWY") if tuple(words[1:]) in _STATE_TAILS else None


def _is_type(tokens: list[str], at: int) -> bool:
    return at < len(tokens) and tokens[at] in STREET_TYPES


def _route_number(tokens: list[str], at: int) -> tuple[str, int] | None:
    """Return the number at an index with its letter or fraction, and the index after it."""
    if at >= len(tokens):
        return None
    number = tokens[at]
    if _NUMBER.fullmatch(number) and not _ORDINAL.fullmatch(number):
        following = tokens[at + 1] if at + 1 < len(tokens) else ""
        if _FRACTION.fullmatch(following) and number.isdigit():
            return f"{number} {following}", at + 2
        if len(following) == 1 and following.isalpha() and following not in DIRECTIONS and number.isdigit():
            return number + following, at + 2
        return number, at + 1
    return None


def _route_letters(tokens: list[str], at: int, named: tuple[str, str]) -> tuple[str, int] | None:
    """Return the letters of a lettered road, Wisconsin's County E and Missouri's Route FF, and the index after them."""
    if (
        at >= len(tokens)
        or not _LETTERS.fullmatch(tokens[at])
        or not all(each in DIRECTIONS for each in tokens[at + 1 :])
    ):
        return None
    is_highway = named[0] in _LETTERED_HIGHWAYS and tokens[at - 1] not in {"STATE", "RD", "ROAD"}
    return (tokens[at], at + 1) if named[1] == "CR" or (is_highway and tokens[at] not in STREET_TYPES) else None


ROUTE_WORDS = frozenset(word for phrase in _PHRASES for word in phrase)
"""Every word that the kind of a numbered road may have."""
_OPENERS = (
    {phrase[0] for phrase in _PHRASES}
    | set(STATES)
    | {"RT"}
    | {word for word, short in STREET_TYPES.items() if short in _ROUTE_TYPES}
)
