"""From the words of a street to its parts, and to the key under which every spelling of it is the same."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from fibermap.address.normalise import words
from fibermap.address.routes import match_route, split_glued
from fibermap.address.vocabulary import (
    DIRECTIONS,
    LEADING_TYPES,
    LONG_DIRECTIONS,
    NAME_WORDS,
    ORDINALS,
    SPANISH_TYPES,
    STREET_TYPES,
    STRONG_TYPES,
    TENS,
    TWO_WORD_TYPES,
    ordinal_suffix,
)

_MODIFIERS = {"ALT": "ALT", "ALTERNATE": "ALT", "BUS": "BUS", "BUSINESS": "BUS", "BYPASS": "BYP", "BYP": "BYP"}
_LEADING_MODIFIERS = {**_MODIFIERS, "OLD": "OLD", "NEW": "NEW", "TRUCK": "TRUCK"}
_TRAILING_MODIFIERS = {**_MODIFIERS, "SPUR": "SPUR", "EXT": "EXT", "EXTENSION": "EXT", "FRONTAGE": "FRONTAGE"}
_NUMERIC_ORDINAL = re.compile(r"0*(\d+)(?:ST|ND|RD|TH)?")
_NUMBER_AND_DIRECTION = re.compile(r"0*(\d+)([NSEW])")
_ALIASES = {
    ("MARTIN", "LUTHER", "KING"): "MLK",
    ("M", "L", "KING"): "MLK",
    ("ML", "KING"): "MLK",
    ("M", "L", "K"): "MLK",
}


class Street(NamedTuple):
    """A street in its NENA parts, abbreviated as USPS does (None: not said), and its key (``""``: no street)."""

    pre_modifier: str | None = None
    pre_directional: str | None = None
    pre_type: str | None = None
    street_name: str | None = None
    post_type: str | None = None
    post_directional: str | None = None
    post_modifier: str | None = None
    key: str = ""


NO_STREET = Street()


@lru_cache(maxsize=1 << 17)
def read_street(text: str) -> Street:
    """Read the folded text of a street, without house number, unit or place.

    Parameters
    ----------
    text
        For example ``W DRY CREEK ROAD``, ``US-191``, ``AVENUE A`` or ``123RD TRAIL NORTH``.

    Returns
    -------
    Street
        Everything that was said is in some part: what is not recognised as type or direction is the name.
    """
    tokens = _join_ordinals(_join_types(split_glued(words(text))))
    tokens = [token for token in tokens if token not in {"#", "@"}]
    if not tokens:
        return NO_STREET
    street = _numbered_road(tokens) or _named_street(tokens)
    return street._replace(key=_fold_street(street))


def _join_types(tokens: list[str]) -> list[str]:
    joined: list[str] = []
    for token in tokens:
        two = TWO_WORD_TYPES.get((joined[-1], token)) if len(joined) > 1 else None
        if two:
            joined[-1] = two
        else:
            joined.append(token)
    return joined


def _join_ordinals(tokens: list[str]) -> list[str]:
    """Join ``1 ST`` into ``1ST`` where a type follows, as in ``1 ST AVE``."""
    joined: list[str] = []
    for index, token in enumerate(tokens):
        previous = joined[-1] if joined else ""
        is_ending = previous.isdigit() and token == ordinal_suffix(int(previous[-3:]))
        if is_ending and index + 1 < len(tokens) and tokens[index + 1] in STREET_TYPES:
            joined[-1] = previous + token
        else:
            joined.append(token)
    return joined


def _numbered_road(tokens: list[str]) -> Street | None:
    direction, rest = _take_direction(tokens)
    modifier = None
    if len(rest) > 1 and rest[0] in _LEADING_MODIFIERS:
        modifier, rest = _LEADING_MODIFIERS[rest[0]], rest[1:]
    if direction is None and modifier is not None:
        direction, rest = _take_direction(rest)
    route = match_route(rest, 0) if rest else None
    if route is None:
        return None
    tail = rest[route.end :]
    post_directional, post_modifier = None, None
    while tail:
        if tail[0] in DIRECTIONS and post_directional is None:
            post_directional = DIRECTIONS[tail[0]]
        elif tail[0] in _TRAILING_MODIFIERS and post_modifier is None:
            post_modifier = _TRAILING_MODIFIERS[tail[0]]
        else:
            return None
        tail = tail[1:]
    return Street(modifier, direction, route.pre_type, route.number, None, post_directional, post_modifier)


def _named_street(tokens: list[str]) -> Street:
    post_modifier, tokens = _take_extension(tokens)
    if (lettered := _lettered_street(tokens, post_modifier)) is not None:
        return lettered
    post_directional = None
    if len(tokens) > 1 and tokens[-1] in DIRECTIONS:
        post_directional, tokens = DIRECTIONS[tokens[-1]], tokens[:-1]
    post_type, tokens = _take_type(tokens)
    direction, tokens = _take_direction(tokens)
    pre_type = None
    if post_type is None and len(tokens) > 1 and tokens[0] in SPANISH_TYPES:
        pre_type, tokens = tokens[0], tokens[1:]
    return Street(None, direction, pre_type, " ".join(tokens), post_type, post_directional, post_modifier)


def _take_extension(tokens: list[str]) -> tuple[str | None, list[str]]:
    """Take EXT off a street that has its type before it: Main St Ext."""
    if len(tokens) > 2 and tokens[-1] in {"EXT", "EXTENSION"} and STREET_TYPES.get(tokens[-2]) in STRONG_TYPES:
        return "EXT", tokens[:-1]
    return None, tokens


def _lettered_street(tokens: list[str], post_modifier: str | None) -> Street | None:
    """Read Avenue A, Road 12, N Avenue E SW: the type first, then one letter or number."""
    direction, rest = _take_direction(tokens)
    if len(rest) not in {2, 3} or rest[0] not in LEADING_TYPES or rest[0] in SPANISH_TYPES:
        return None
    is_letter_or_number = re.fullmatch(r"[A-Z]|\d+[A-Z]?", rest[1]) is not None
    if not is_letter_or_number or (len(rest) == 3 and rest[2] not in DIRECTIONS):
        return None
    if len(rest) == 2 and tokens[0] in LONG_DIRECTIONS and rest[1] in DIRECTIONS:
        return None  # South Ave W is the west of South Avenue; S Ave W is Avenue W
    post_directional = DIRECTIONS[rest[2]] if len(rest) == 3 else None
    return Street(None, direction, LEADING_TYPES[rest[0]], rest[1], None, post_directional, post_modifier)


def _take_type(tokens: list[str]) -> tuple[str | None, list[str]]:
    if len(tokens) < 2 or tokens[:-1] == ["THE"]:
        return None, tokens
    short = STREET_TYPES.get(tokens[-1])
    only_direction = len(tokens) == 2 and tokens[0] in DIRECTIONS
    if short is None or (only_direction and short not in STRONG_TYPES):
        return None, tokens
    return short, tokens[:-1]


def _take_direction(tokens: list[str]) -> tuple[str | None, list[str]]:
    """Take a leading direction off, also one of two words (``N W``, ``NORTH WEST``), never the whole name."""
    if len(tokens) < 2 or tokens[0] not in DIRECTIONS:
        return None, tokens
    is_pair = len(tokens) > 2 and {len(tokens[0]), len(tokens[1])} in ({1}, {4, 5}, {5}, {4})
    both = DIRECTIONS[tokens[0]] + DIRECTIONS.get(tokens[1], "")
    if is_pair and both in {"NE", "NW", "SE", "SW"}:
        return both, tokens[2:]
    return DIRECTIONS[tokens[0]], tokens[1:]


def _fold_street(street: Street) -> str:
    ordered = (street.pre_directional, street.pre_modifier, *street[2:7])  # W Old US 12 is Old W US 12
    text = " ".join(part for part in ordered if part)
    tokens = text.replace("'", "").replace("-", " ").replace("/", " ").split()
    lone = street.street_name if street.street_name in LONG_DIRECTIONS else None
    folded: list[str] = []
    index = 0
    while index < len(tokens):
        route = match_route(tokens, index)
        if route is not None:
            folded.append(route.code)
            folded.extend(_fold_numbers(route.number))
            index = route.end
            continue
        if tokens[index] == lone:
            folded.append(tokens[index])
            index += 1
            continue
        taken, word = _alias(tokens, index)
        folded.extend(fold_word(word) if taken == 1 else [word])
        index += taken
    return " ".join(folded)


def _alias(tokens: list[str], index: int) -> tuple[int, str]:
    """Return how many words make one, and that one: Martin Luther King, Twenty First."""
    for phrase, short in _ALIASES.items():
        if tuple(tokens[index : index + len(phrase)]) == phrase:
            return len(phrase), short
    following = ORDINALS.get(tokens[index + 1], 10) if index + 1 < len(tokens) else 10
    if tokens[index] in TENS and following < 10:
        return 2, str(TENS[tokens[index]] + following)
    return 1, tokens[index]


def fold_word(word: str) -> list[str]:
    """Return the one spelling of a word of a name; north-west is two words, north and west."""
    if word in ORDINALS:
        return [str(ORDINALS[word])]
    if numeric := _NUMERIC_ORDINAL.fullmatch(word):
        return [numeric.group(1)]
    short = NAME_WORDS.get(word, word)
    return list(DIRECTIONS.get(short, "")) or [short]


def _fold_numbers(number: str) -> list[str]:
    """Fold the number of a route; ``92E`` is ``92 E``, since the letter may be its direction."""
    directed = _NUMBER_AND_DIRECTION.fullmatch(number)
    return list(directed.groups()) if directed else [number.lstrip("0") or "0"]
