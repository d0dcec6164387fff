"""A street's key taken apart for comparing: directions, route, name, type. And every way a typed street may be read."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from fibermap.address.vocabulary import NAME_WORDS, STREET_TYPES

_DIRECTIONS = frozenset("NSEW")
_ROUTES = frozenset({"US", "HWY", "CR", "I", "FM", "RM", "FS", "TWP", "PVT", "BIA", "PARISH"})
_TYPES = frozenset(STREET_TYPES.values())
_QUADRANTS = frozenset({"NE", "NW", "SE", "SW"})
_MODIFIERS = frozenset({"OLD", "NEW", "ALT", "BUS", "BYP", "TRUCK"})
GENERIC_ROUTE = "HWY"
"""What people also call a US highway; as a key it stands for any state's highway."""
_LONG: dict[str, str] = {}
for _word, _short in NAME_WORDS.items():
    if len(_word) > len(_short):
        _LONG.setdefault(_short, _word)


def spelled_out(name: str) -> str:
    """Return a name with its abbreviated words in full, since slips happen in words as people write them."""
    return " ".join([_LONG.get(word, word) for word in name.split()])


def letters_of(name: str) -> str:
    """Return what two names are compared by: the name spelled out, without its spaces."""
    return spelled_out(name).replace(" ", "")


class Shape(NamedTuple):
    """The parts of a street's key. ``pre`` and ``post`` are directions (``""``, ``N``, ``NW``); ``route`` is a kind of
    numbered road; ``name`` is what is left; ``type`` may be ``""``."""

    pre: str
    route: str
    name: str
    type: str
    post: str

    @property
    def numbered(self) -> bool:
        """Whether the name is a number: a route's, or an ordinal street's."""
        return bool(self.route) or self.name.replace(" ", "").isdigit()


@lru_cache(maxsize=1 << 17)
def shape_of(key: str) -> Shape:
    """Take the key of a street (`fibermap.address.keys.street_key`) apart."""
    tokens = key.split()
    pre, tokens = _leading(tokens)
    post, tokens = _trailing(tokens)
    if len(tokens) > 2 and tokens[0] in _MODIFIERS and tokens[1] in _ROUTES:
        return Shape(pre, " ".join(tokens[:2]), " ".join(tokens[2:]), "", post)
    if len(tokens) > 1 and tokens[0] in _ROUTES:
        return Shape(pre, tokens[0], " ".join(tokens[1:]), "", post)
    if len(tokens) > 1 and tokens[-1] in _TYPES:
        return Shape(pre, "", " ".join(tokens[:-1]), tokens[-1], post)
    return Shape(pre, "", " ".join(tokens), "", post)


def _leading(tokens: list[str]) -> tuple[str, list[str]]:
    count = 0
    while count < min(2, len(tokens) - 1) and tokens[count] in _DIRECTIONS:
        count += 1
    if count and len(tokens) - count == 1 and tokens[count] in _TYPES:
        count -= 1  # N ST, E AVE: the letter is the name
    if count == 2 and "".join(tokens[:2]) not in _QUADRANTS:
        count = 1  # E South Temple
    return "".join(tokens[:count]), tokens[count:]


def _trailing(tokens: list[str]) -> tuple[str, list[str]]:
    count = 0
    while count < min(2, len(tokens) - 1) and tokens[-1 - count] in _DIRECTIONS:
        count += 1
    if count and len(tokens) - count == 1 and tokens[0] in _TYPES | _ROUTES:
        count -= 1  # AVE N, HWY E: the letter is the name
    keep = len(tokens) - count
    return "".join(tokens[keep:]), tokens[:keep]


@lru_cache(maxsize=1 << 16)
def readings(shape: Shape) -> tuple[Shape, ...]:
    """Return how else a typed street may be meant: its type or its direction as the end or the beginning of its name.

    ``Coral Ridge`` may be Coral Ridge, whatever its type; ``North Shore Dr`` may be a street called North Shore.
    """
    found = [shape]
    if shape.name in _DIRECTIONS and shape.type:
        found.append(Shape(shape.pre + shape.name, "", shape.type, "", shape.post))  # E Pine: no type, but a tree
    if shape.type and not shape.numbered:
        found.append(shape._replace(name=f"{shape.name} {shape.type}", type=""))
    if shape.pre and not shape.route and not shape.name.replace(" ", "").isdigit():
        found.append(shape._replace(name=f"{' '.join(shape.pre)} {shape.name}", pre=""))
    return tuple(found)
