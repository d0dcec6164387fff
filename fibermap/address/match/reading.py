"""Read texts fast where many are spelled alike: what stands around the house number is read once."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from functools import lru_cache

from fibermap.address.model import ParsedAddress
from fibermap.address.parse import parse_address

_PLAIN = re.compile(r"([1-9]\d{0,5}) ([A-Za-z][A-Za-z0-9 .#-]{2,80}), ([A-Za-z][A-Za-z0-9 .,-]{2,60})")
"""A plain house number, a street that begins with a word of two letters or more, a comma and a place."""


class Reader:
    """Reads texts with the cities that are known; the answers are those of `parse_address`."""

    def __init__(self, cities: Collection[str]) -> None:
        self._cities = cities
        self._around = lru_cache(maxsize=1 << 16)(self._read_around)

    def __call__(self, text: str) -> ParsedAddress:
        """Read one address."""
        plain = _PLAIN.fullmatch(text)
        if plain is None:
            return parse_address(text, cities=self._cities)
        number, street, place = plain.groups()
        read = self._around(street, place)
        if read.parts.number != 1 or read.parts.number_prefix or read.parts.number_suffix:
            return parse_address(text, cities=self._cities)
        return replace(read, parts=replace(read.parts, number=int(number)))

    def _read_around(self, street: str, place: str) -> ParsedAddress:
        return parse_address(f"1 {street}, {place}", cities=self._cities)
