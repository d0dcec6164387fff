"""Read texts fast where many are spelled alike: what stands around the house number is read once."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache
from operator import attrgetter

from fibermap.address.model import PART_NAMES, AddressParts, ParsedAddress
from fibermap.address.normalise import fold_text
from fibermap.address.parse import parse_address

_PLAIN_NUMBER = re.compile(r"[1-9][0-9]{0,5}")
"""A house number whose value does not matter to how the rest is read."""
_PLAIN_REST = re.compile(r"[A-Z0-9][A-Z0-9 .,#-]{4,140}")
"""What begins with a letter or digit and has no fraction: nothing in it makes one number of two."""
_after_number = attrgetter(*PART_NAMES[PART_NAMES.index("number_suffix") :])


def part_number(text: str) -> tuple[int, str]:
    """Part a plain house number from what stands behind it, folded; 0 and ``""`` where a text begins otherwise."""
    if not (text.isascii() and text.isprintable()):
        return 0, ""
    number, _, rest = fold_text(text).partition(" ")
    return (int(number), rest) if _PLAIN_NUMBER.fullmatch(number) else (0, "")


class Reader:
    """Reads texts with the cities that are known; the answers are those of `parse_address`."""

    def __init__(self, cities: Collection[str]) -> None:
        self._cities = cities
        self.around = lru_cache(maxsize=1 << 16)(self._read_around)
        """What is read around any plain house number (it is 1 here), None where the number may matter."""

    def __call__(self, text: str) -> ParsedAddress:
        """Read one address."""
        number, rest = part_number(text)
        read = self.around(rest) if number else None
        if read is None:
            return parse_address(text, cities=self._cities)
        return ParsedAddress(AddressParts(None, number, *_after_number(read.parts)), read.unparsed, read.notes)

    def _read_around(self, rest: str) -> ParsedAddress | None:
        if not _PLAIN_REST.fullmatch(rest):
            return None
        read = parse_address(f"1 {rest}", cities=self._cities)
        is_plain = read.parts.number == 1 and not read.parts.number_prefix and not read.parts.number_suffix
        return read if is_plain else None
