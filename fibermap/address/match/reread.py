"""Read a text again with a misspelled word put right that keeps it from being understood: a city, a kind of road."""

from __future__ import annotations

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
from fibermap.address.street import read_street
from fibermap.address.vocabulary import STREET_TYPES

_ROAD_WORDS = ("STATE", "COUNTY", "HIGHWAY", "ROUTE", "ROAD")
_MOST_CITY_WORDS = 4


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


def without_city(parts: AddressParts, area: Area) -> AddressParts | None:
    """Return the parts with an unknown city taken for the end of the street: Pines Blvd Pembroke Lks."""
    if not parts.city or area.cities_like(fold_city(parts.city)):
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
