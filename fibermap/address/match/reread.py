"""Read a text again that was not understood: with a misspelled city or kind of road put right, or in another order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from rapidfuzz.distance import OSA

from fibermap.address.keys import street_text
from fibermap.address.match.area import Area
from fibermap.address.match.compare import fault
from fibermap.address.match.model import Fault, FaultCode
from fibermap.address.model import AddressParts
from fibermap.address.normalise import fold_text, words
from fibermap.address.place import fold_city, take_tail
from fibermap.address.routes import ROUTE_WORDS
from fibermap.address.street import read_street
from fibermap.address.vocabulary import BUILDING_WORDS, DIRECTIONS, FLOOR_WORDS, STREET_TYPES, UNIT_TYPES

_ROAD_WORDS = ("STATE", "COUNTY", "HIGHWAY", "ROUTE", "ROAD")
_MOST_CITY_WORDS = 4
_HOUSE = re.compile(r"[1-9]\d{0,5}[A-Z]?")
_NOT_AHEAD = frozenset({*STREET_TYPES, *DIRECTIONS, *UNIT_TYPES, *BUILDING_WORDS, *FLOOR_WORDS, *ROUTE_WORDS, "BOX"})
"""Words whose number is their own: a number behind one of these begins no address."""


def other_texts(text: str, area: Area) -> Iterator[tuple[str, Fault]]:
    """Yield other texts that may be meant, and what was put right in them."""
    segments = [list(found) for segment in fold_text(text).split(",") if (found := words(segment))]
    tail = take_tail(segments)
    if not segments:
        return
    place = f"{tail.state or ''} {tail.zip or ''}".strip()
    line = segments[-1]
    before = ["", *(" ".join(segment) for segment in segments[:-1])]
    start = ", ".join(filter(None, before))
    lead = f"{start}, " if start else ""
    for count in range(min(_MOST_CITY_WORDS, len(line) - 2), 0, -1):
        typed = fold_city(" ".join(line[-count:]))
        for city in sorted(area.cities_like(typed)) if typed not in area.cities else ():
            text = f"{lead}{' '.join(line[:-count])}, {city}, {place}"
            yield text, fault("city", FaultCode.CITY_SPELLING, typed, city)
    yield from _roads(segments, place)


def _roads(segments: list[list[str]], place: str) -> Iterator[tuple[str, Fault]]:
    for segment in segments:
        for index, word in enumerate(segment[:-1]):
            follows = any(each[0].isdigit() for each in segment[index + 1 : index + 3])
            if len(word) < 4 or word in STREET_TYPES or not follows:
                continue
            for meant in _ROAD_WORDS:
                if OSA.distance(word, meant, score_cutoff=1) == 1:
                    put_right = [*segment[:index], meant, *segment[index + 1 :]]
                    lines = [put_right if each is segment else each for each in segments]
                    text = f"{', '.join(' '.join(each) for each in lines)}, {place}"
                    yield text, fault("street", FaultCode.ROUTE_SPELLING, word, meant)


def numbered_texts(text: str, area: Area) -> Iterator[tuple[str, Fault]]:
    """Yield other texts where no house number was found at the beginning: Elk Ridge 14, Joe's Pizza 12 Main St."""
    segments = [list(found) for segment in fold_text(text).split(",") if (found := words(segment))]
    for at, segment in enumerate(segments):
        rest = [" ".join(each) for each in segments[at + 1 :]]
        for index, number in enumerate(segment[1:], start=1):
            if not _HOUSE.fullmatch(number):
                continue
            before, after = segment[:index], segment[index + 1 :]
            if _ends_street(before, number, after, area):
                lines = [f"{number} {' '.join(before)}", " ".join(after), *rest]
                yield ", ".join(filter(None, lines)), fault("number", FaultCode.NUMBER_BEHIND, number, None)
            if len(after) > 1 and before[-1] not in _NOT_AHEAD:
                ahead = fault("number", FaultCode.WORDS_AHEAD, " ".join(before), None)
                yield ", ".join([" ".join([number, *after]), *rest]), ahead


def _ends_street(before: list[str], number: str, after: list[str], area: Area) -> bool:
    """Whether words are a whole street, so that the number behind it is a house's and not that of a road."""
    street, whole = read_street(" ".join(before)), read_street(" ".join([*before, number]))
    is_whole = bool(street.key) and bool(street.pre_type or not whole.pre_type)
    tail: list[list[str]] = [["", *after]]
    take_tail(tail)
    city = " ".join(tail[0][1:]) if tail else ""
    return is_whole and (not city or fold_city(city) in area.cities)


def without_city(parts: AddressParts, text: str, area: Area) -> AddressParts | None:
    """Return the parts with the city taken for the end of the street: Pines Blvd Pembroke Lks, Chalan San Antonio.

    A city that is known is one, unless it stands alone at the end and no comma parts it from the street.
    """
    says_city = parts.zip or parts.state or "," in text
    if not parts.city or (says_city and area.cities_like(fold_city(parts.city))):
        return None
    street = read_street(f"{street_text(parts)} {parts.city}")
    return replace(
        parts,
        pre_modifier=street.pre_modifier,
        pre_directional=street.pre_directional,
        pre_type=street.pre_type,
        street_name=street.street_name,
        post_type=street.post_type,
        post_directional=street.post_directional,
        post_modifier=street.post_modifier,
        city=None,
    )
