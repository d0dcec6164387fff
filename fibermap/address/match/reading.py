"""Read texts fast where many are spelled alike: what stands around the house number is read once."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from functools import lru_cache

from fibermap.address.model import ParsedAddress
from fibermap.address.parse import parse_address

PLAIN_NUMBER = re.compile(r"[1-9][0-9]{0,5}")
"""A house number whose value does not matter to how the rest is read."""
_PLAIN_REST = re.compile(r"[A-Za-z0-9][A-Za-z0-9 .#-]{2,80}, [A-Za-z0-9][A-Za-z0-9 .,-]{2,60}")
"""A street that begins with a letter or digit, a comma and a place: no fraction, nothing that makes a number of two."""


class Reader:
    """Reads texts with the cities that are known; the answers are those of `parse_address`."""

    def __init__(self, cities: Collection[str]) -> None:
        self._cities = cities
        self.around = lru_cache(maxsize=1 << 16)(self._read_around)
        """What is read around any plain house number (it is 1 here), None where the number may matter."""

    def __call__(self, text: str) -> ParsedAddress:
        """Read one address."""
        number, _, rest = text.partition(" ")
        read = self.around(rest) if PLAIN_NUMBER.fullmatch(number) else None
        if read is None:
            return parse_address(text, cities=self._cities)
        return replace(read, parts=replace(read.parts, number=int(number)))

    def _read_around(self, rest: str) -> ParsedAddress | None:
        if not _PLAIN_REST.fullmatch(rest):
            return None
        read = parse_address(f"1 {rest}", cities=self._cities)
        is_plain = read.parts.number == 1 and not read.parts.number_prefix and not read.parts.number_suffix
        return read if is_plain else None
