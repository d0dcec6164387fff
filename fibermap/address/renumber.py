"""How else a house number may be meant, for lookups that found nothing under the first reading."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from fibermap.address.model import AddressParts
from fibermap.address.number import read_number, spell_number

_FRACTION = re.compile(r"[1-9]/[23458]")
_HYPHENATED = re.compile(r"\d{1,3}-\d{2,4}")


def other_readings(parts: AddressParts) -> tuple[AddressParts, ...]:
    """Return how else a house number may be meant: ``310-38`` and ``10656-O`` as a number and its unit.

    An address that has a unit has no other reading.
    """
    if parts.number is None or parts.unit is not None or parts.unit_type is not None:
        return ()
    if parts.number_prefix and re.fullmatch(r"\d+-0*", parts.number_prefix):
        first, zeros = parts.number_prefix.split("-")
        unit = f"{zeros}{parts.number}{parts.number_suffix or ''}"
        return (replace(parts, number_prefix=None, number=int(first), number_suffix=None, unit=unit),)
    if parts.number_suffix and not _FRACTION.fullmatch(parts.number_suffix):
        return (replace(parts, number_suffix=None, unit=parts.number_suffix.strip("-")),)
    return ()


def other_spellings(parts: AddressParts) -> Iterator[AddressParts]:
    """Yield how else the digits of a house number may be written: ``3706`` as ``37-06``, and the other way round.

    Also the letter of ``12 B Main St`` as that of the number. A person has to confirm.
    """
    text = spell_number(parts.number_prefix, parts.number, parts.number_suffix)
    letter, _, name = (parts.street_name or "").partition(" ")
    if name and re.fullmatch("[A-Z]", letter) and text.isdigit():
        yield replace(parts, number_suffix=letter, street_name=name)
    if _HYPHENATED.fullmatch(text):
        yield _renumbered(parts, text.replace("-", ""))
    elif text.isdigit() and 3 <= len(text) <= 6:
        for at in sorted({2, len(text) - 2, len(text) - 3} & {1, 2, 3}):
            if len(text) - at >= 2:
                yield _renumbered(parts, f"{text[:at]}-{text[at:]}")


def _renumbered(parts: AddressParts, text: str) -> AddressParts:
    house = read_number(text)
    if house is None:
        return parts
    return replace(parts, number_prefix=house.prefix, number=house.number, number_suffix=house.suffix)
