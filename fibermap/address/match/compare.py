"""What differs between a typed street and one that is there; a contradiction is a veto (None), not a low score."""

from __future__ import annotations

import re
from functools import lru_cache

from rapidfuzz.distance import OSA

from fibermap.address.match.model import PENALTY, Fault, FaultCode
from fibermap.address.match.shape import GENERIC_ROUTE, Shape, letters_of

Faults = tuple[Fault, ...]

MOST_SLIPS = 3
"""Letters by which two names may differ at most, however long they are."""

_DIGITS, _LETTERS = re.compile(r"\d+"), re.compile(r"\b[A-Z]\b")


def fault(component: str, code: FaultCode, typed: str | None, there: str | None, times: int = 1) -> Fault:
    """Return a fault at its price; ``times`` for how often it was made."""
    return Fault(component, code, round(PENALTY[code] * times, 4), typed or None, there or None)


@lru_cache(maxsize=1 << 16)
def compare_streets(typed: Shape, there: Shape, *, generic: bool = False) -> Faults | None:
    """Return what differs between two streets, or None where they cannot be the same.

    Numbered streets and routes agree in number and kind or not at all. Directions that contradict are a veto, also
    where one stands before the name and the other behind it. ``generic``: a highway was typed, not which kind of it.
    """
    if typed == there:
        return ()
    found: list[Fault] = []
    for compared in (_routes(typed, there, generic=generic), _directions(typed, there), _types(typed, there)):
        if compared is None:
            return None
        found += compared
    if typed.name != there.name:
        name = _names(typed, there)
        if name is None:
            return None
        found += name
    return tuple(found)


def _routes(typed: Shape, there: Shape, *, generic: bool) -> Faults | None:
    """Compare kinds of numbered roads: US, state and county routes never cross; a plain highway asks."""
    if typed.route == there.route:
        return ()
    *modifier, kind = typed.route.split() or [""]
    is_kind_of = there.route in {" ".join((*modifier, each)) for each in ("US", "I")}
    if generic and kind == GENERIC_ROUTE and is_kind_of and typed.name == there.name:
        return (fault("street", FaultCode.ROUTE_KIND_MISSING, typed.route, there.route),)
    return None


def _directions(typed: Shape, there: Shape) -> Faults | None:
    if (typed.pre, typed.post) == (there.pre, there.post):
        return ()
    said, has = f"{typed.pre} {typed.post}".strip(), f"{there.pre} {there.post}".strip()
    for mine, other in ((typed.pre, there.pre), (typed.post, there.post)):
        if mine and other and mine != other:
            return None
    if {typed.pre, typed.post} == {there.pre, there.post}:
        return (fault("direction", FaultCode.DIRECTION_MOVED, said, has),)
    if typed.pre in ("", there.pre) and typed.post in ("", there.post):
        return (fault("direction", FaultCode.DIRECTION_MISSING, said, has),)
    if there.pre in ("", typed.pre) and there.post in ("", typed.post):
        return (fault("direction", FaultCode.DIRECTION_ADDED, said, has),)
    return None


def _types(typed: Shape, there: Shape) -> Faults | None:
    if typed.type == there.type:
        return ()
    if not typed.type:
        return (fault("type", FaultCode.TYPE_MISSING, None, there.type),)
    if typed.numbered or there.numbered:
        return None
    code = FaultCode.TYPE_DIFFERS if there.type else FaultCode.TYPE_ADDED
    return (fault("type", code, typed.type, there.type),)


def _names(typed: Shape, there: Shape) -> Faults | None:
    """Compare two names that are not equal: letters may slip, digits never, and no letter that is a word: Avenue B."""
    is_numbered = typed.route or typed.numbered or there.numbered
    if is_numbered or digits_of(typed.name) != digits_of(there.name):
        return None
    mine, other = letters_of(typed.name), letters_of(there.name)
    if mine == other:
        return (fault("name", FaultCode.NAME_SPACING, typed.name, there.name),)
    letter, other_letter = _LETTERS.findall(typed.name), _LETTERS.findall(there.name)
    if letter and other_letter and letter != other_letter:
        return None
    if mine + "S" == other or other + "S" == mine:
        return (fault("name", FaultCode.NAME_PLURAL, typed.name, there.name),)
    slips = OSA.distance(mine, other, score_cutoff=MOST_SLIPS)
    length = max(len(mine), len(other))
    if slips > _most_slips(length):
        return None
    far = slips > 2 or slips * 4 > length or letter != other_letter
    return (
        fault("name", FaultCode.NAME_FAR if far else FaultCode.NAME_SPELLING, typed.name, there.name, min(slips, 2)),
    )


@lru_cache(maxsize=1 << 17)
def digits_of(name: str) -> tuple[str, ...]:
    """Return the numbers in a name: two streets that differ in them are never one."""
    return tuple(_DIGITS.findall(name))


def _most_slips(letters: int) -> int:
    if letters < 4:
        return 0
    return 1 if letters < 5 else 2 if letters < 10 else MOST_SLIPS
