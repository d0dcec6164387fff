"""What makes two spellings one address, and how an address is written out."""

from __future__ import annotations

import re
from functools import lru_cache
from operator import attrgetter

from fibermap.address.model import AddressParts
from fibermap.address.normalise import fold_text
from fibermap.address.number import spell_number
from fibermap.address.occupancy import Occupancy, unit_key
from fibermap.address.place import fold_city
from fibermap.address.street import read_street
from fibermap.address.vocabulary import STATES

_street_values = attrgetter(
    "pre_modifier", "pre_directional", "pre_type", "street_name", "post_type", "post_directional", "post_modifier"
)
_CAPITALS = "NE NW SE SW US PO RR HC FM RM BIA SR CR MLK II III IV"
_UPPER = frozenset(_CAPITALS.split())
_ORDINAL = re.compile(r"(\d+)(ST|ND|RD|TH)")
_MC = re.compile(r"MC[A-Z]{3,}")


def street_key(parts: AddressParts) -> str:
    """Return the one spelling of the street: direction, type, name, type, direction; ``""`` without a street.

    ``W DRY CRK RD``, ``US 191``, ``N W 3 ST``, ``HWY 86`` (any state's highway). It does not depend on which words a
    source calls direction, name or type. Saint and Street, Fort and Ft fold alike; North St and N St stay two streets.
    """
    return read_street(street_text(parts)).key


def canonical_key(parts: AddressParts) -> str | None:
    """Return the key under which every spelling of the address is the same: number, street, unit and place.

    Returns
    -------
    str or None
        ``number|street|unit|place``; place is the ZIP, else city and state, else empty. None where the parts cannot
        tell one address from its neighbour: no street, or neither number nor unit.
    """
    return _key(parts, unit_of(parts))


def identity_basis(parts: AddressParts) -> str:
    """Return the text that an address's stable id is hashed from; ``""`` where `canonical_key` is None."""
    return canonical_key(parts) or ""


def building_basis(parts: AddressParts) -> str | None:
    """Return the key of the address without its unit: what the units of one building share. None without a number."""
    return _key(parts, "") if parts.number is not None else None


def _key(parts: AddressParts, unit: str) -> str | None:
    street = street_key(parts)
    if not street or (parts.number is None and not unit):
        return None
    place = parts.zip or _place(parts.city, parts.state)
    number = spell_number(parts.number_prefix, parts.number, parts.number_suffix)
    return f"{number}|{street}|{unit}|{place}"


def _place(city: str | None, state: str | None) -> str:
    return f"{fold_city(fold_text(city))} {state or ''}".strip() if city else state or ""


def unit_of(parts: AddressParts) -> str:
    """Return the key of the unit (`fibermap.address.occupancy.unit_key`); ``""`` for the address itself."""
    if parts.unit is None and parts.unit_type is None and parts.building is None and parts.floor is None:
        return ""
    return unit_key(Occupancy(parts.building, parts.floor, parts.unit_type, parts.unit))


def street_text(parts: AddressParts) -> str:
    """Return the words of the street, standardised, in order; ``""`` without a street."""
    return _join(_street_values(parts))


@lru_cache(maxsize=1 << 17)
def _join(words: tuple[str | None, ...]) -> str:
    return " ".join([word for word in words if word])


def display(parts: AddressParts) -> str:
    """Write the address on one line as USPS does: ``755 W Dry Creek Rd Apt 3, Manhattan MT 59714``."""
    return ", ".join(line for line in mailing_lines(parts) if line)


def mailing_lines(parts: AddressParts) -> tuple[str, str]:
    """Return the delivery line and the last line (Publication 28, sections 212 and 215); either may be empty."""
    number = spell_number(parts.number_prefix, parts.number, parts.number_suffix)
    delivery = " ".join(text for text in (number, _street_words(parts), *_unit_words(parts)) if text)
    zip_text = f"{parts.zip}-{parts.zip4}" if parts.zip and parts.zip4 else parts.zip
    last = " ".join(text for text in (title(parts.city or ""), parts.state, zip_text) if text)
    return delivery, last


def _street_words(parts: AddressParts) -> str:
    street = title(street_text(parts))
    if parts.pre_type is None:
        return street
    state = parts.pre_type.partition(" ")[0]
    return re.sub(rf"\b{state.title()}\b", state, street, count=1) if state in STATES else street


def _unit_words(parts: AddressParts) -> list[str]:
    said = []
    if parts.building:
        said.append(f"Bldg {parts.building}")
    if parts.floor:
        said.append(f"Fl {parts.floor}")
    if parts.unit and parts.unit_type in {None, "#"}:
        said.append(f"#{parts.unit}")
    elif parts.unit_type:
        said.append(f"{parts.unit_type.title()} {parts.unit or ''}".strip())
    return said


@lru_cache(maxsize=1 << 16)
def title(text: str) -> str:
    """Return folded words as one writes them: ``MCDUFF AVE NW`` is ``McDuff Ave NW``."""
    return " ".join(_title_word(word) for word in text.split())


def _title_word(word: str) -> str:
    if word in _UPPER or len(word) == 1 or re.search(r"\d", word):
        ordinal = _ORDINAL.fullmatch(word)
        return ordinal.group(1) + ordinal.group(2).lower() if ordinal else word
    if _MC.fullmatch(word):
        return f"Mc{word[2:].capitalize()}"
    return re.sub(r"[A-Z]+('S\b)?", lambda match: match.group(0).capitalize(), word)
