"""Typed addresses made from any list of addresses: noisy ones, ones that do not exist, and ambiguous ones.

Everything that is made is checked against the list itself by the numbers and words of its parts, independently of the
matcher: an absent address is one of which no address has number, street and place.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from fibermap.address.keys import display, street_key
from fibermap.address.model import AddressParts
from fibermap.address.vocabulary import STREET_TYPES
from tests.address.match.query_set import Query

_OPPOSITE = {"N": "S", "S": "N", "E": "W", "W": "E", "NE": "SW", "SW": "NE", "NW": "SE", "SE": "NW"}
_LONG = {"N": "North", "S": "South", "E": "East", "W": "West"}
_TYPE_WORDS = {short: word for word, short in STREET_TYPES.items() if len(word) > len(short)}
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Noise:
    """Makes queries from addresses, the same for the same seed."""

    def __init__(self, addresses: Sequence[AddressParts], seed: int) -> None:
        self._addresses = addresses
        self._random = random.Random(seed)
        self._rows: dict[tuple[object, ...], set[int]] = defaultdict(set)
        self._undirected: dict[tuple[object, ...], set[int]] = defaultdict(set)
        self._streets: dict[str, list[AddressParts]] = defaultdict(list)
        for row, parts in enumerate(addresses):
            for key in _keys(parts):
                self._rows[key].add(row)
            for key in _keys(_without_direction(parts)):
                self._undirected[key].add(row)
            self._streets[parts.zip or ""].append(parts)

    def queries(self, count: int) -> Iterator[Query]:
        """Yield queries of every kind in turn: half of them may match, the rest may not."""
        kinds = [self._same, self._spelled, self._slip, self._typeless, self._transposed, self._gap, self._swapped]
        kinds += [self._moved, self._half, self._undirect]
        made = 0
        while made < count:
            row = self._random.randrange(len(self._addresses))
            query = kinds[made % len(kinds)](row, self._addresses[row])
            made += 1
            if query is not None:
                yield query

    def _known(self, row: int, text: str, kind: str) -> Query:
        parts = self._addresses[row]
        at = _found(self._rows, parts)
        same = frozenset(each for each in at if self._addresses[each].unit == parts.unit)
        needs_unit = parts.unit is None and any(self._addresses[each].unit for each in at)
        return Query(text, same, "needs_unit" if needs_unit else "match", kind)

    def _absent(self, parts: AddressParts, kind: str) -> Query | None:
        is_there = _found(self._rows, parts) or _found(self._undirected, _without_direction(parts))
        return None if is_there and kind != "half" else Query(display(parts), frozenset(), "absent", kind)

    def _same(self, row: int, parts: AddressParts) -> Query:
        return self._known(row, display(parts), "same")

    def _spelled(self, row: int, parts: AddressParts) -> Query:
        longer = replace(
            parts,
            pre_directional=_LONG.get(parts.pre_directional or "", parts.pre_directional),
            post_type=_TYPE_WORDS.get(parts.post_type or "", parts.post_type),
        )
        return self._known(row, display(longer).lower(), "spelled")

    def _slip(self, row: int, parts: AddressParts) -> Query | None:
        name = parts.street_name or ""
        if not name.isalpha() or len(name) < 6:
            return None
        at = self._random.randrange(1, len(name))
        slipped = name[:at] + self._random.choice(_LETTERS) + name[at + 1 :]
        return self._known(row, display(replace(parts, street_name=slipped)), "slip")

    def _typeless(self, row: int, parts: AddressParts) -> Query | None:
        return self._known(row, display(replace(parts, post_type=None)), "typeless") if parts.post_type else None

    def _transposed(self, _row: int, parts: AddressParts) -> Query | None:
        digits = list(str(parts.number or ""))
        if len(digits) < 3 or digits[-1] == digits[-2]:
            return None
        digits[-1], digits[-2] = digits[-2], digits[-1]
        return self._absent(replace(parts, number=int("".join(digits)), unit=None, unit_type=None), "transposed")

    def _gap(self, _row: int, parts: AddressParts) -> Query | None:
        number = (parts.number or 0) + self._random.choice((2, 4, 6))
        return self._absent(replace(parts, number=number, unit=None, unit_type=None), "gap")

    def _swapped(self, _row: int, parts: AddressParts) -> Query | None:
        direction = _OPPOSITE.get(parts.pre_directional or "")
        if direction is None:
            return None
        swapped = replace(parts, pre_directional=direction, unit=None, unit_type=None)
        return None if _found(self._rows, swapped) else Query(display(swapped), frozenset(), "absent", "swapped")

    def _moved(self, _row: int, parts: AddressParts) -> Query | None:
        other = self._random.choice(self._addresses)
        moved = replace(parts, city=other.city, zip=other.zip, unit=None, unit_type=None)
        names = {each.street_name for each in self._streets[other.zip or ""]}
        is_near = other.city == parts.city or parts.street_name in names
        return None if is_near else self._absent(moved, "moved")

    def _half(self, _row: int, parts: AddressParts) -> Query | None:
        is_whole = parts.number_suffix is None and not parts.number_prefix
        return self._absent(replace(parts, number_suffix="1/2"), "half") if is_whole else None

    def _undirect(self, row: int, parts: AddressParts) -> Query | None:
        bare = _without_direction(parts)
        rows = _found(self._undirected, bare)
        streets = {street_key(self._addresses[each]) for each in rows}
        if bare == parts or parts.unit or len(streets) < 2:
            return None
        return Query(display(bare), frozenset(rows), "ambiguous", "undirected")


def _without_direction(parts: AddressParts) -> AddressParts:
    return replace(parts, pre_directional=None, post_directional=None)


def _keys(parts: AddressParts) -> list[tuple[object, ...]]:
    """Return the address without unit, once with its ZIP and once with its city: sources may lack either."""
    key = street_key(parts)
    return [(parts.number, key, place) for place in (parts.zip, parts.city) if place]


def _found(rows: Mapping[tuple[object, ...], set[int]], parts: AddressParts) -> set[int]:
    return set().union(*(rows.get(key, set()) for key in _keys(parts)))
