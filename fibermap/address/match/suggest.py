"""What somebody who is still typing may mean: addresses, streets and cities that begin so."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

import numpy as np

from fibermap.address.keys import title
from fibermap.address.match.gazetteer import Gazetteer
from fibermap.address.match.model import Place
from fibermap.address.match.search import Segment
from fibermap.address.match.shape import spelled_out
from fibermap.address.normalise import fold_text, words
from fibermap.address.number import HouseNumber, read_number
from fibermap.address.place import fold_city
from fibermap.address.street import fold_word
from fibermap.address.vocabulary import DIRECTIONS

MOST_SUGGESTIONS = 50
_MOST_LOOKED_AT = 400


class SuggestionKind(StrEnum):
    """What is suggested."""

    ADDRESS = "address"
    STREET = "street"
    CITY = "city"


class Suggestion(NamedTuple):
    """One line to offer; ``place`` is the address or, for a street, one on it. A city has none."""

    kind: SuggestionKind
    text: str
    place: Place | None


class _Typed(NamedTuple):
    house: HouseNumber | None
    street: str
    city: str


def suggest(segments: tuple[Segment, ...], text: str, limit: int) -> list[Suggestion]:
    """Return what begins as the text does: with a house number addresses, without one streets, then cities.

    Parameters
    ----------
    text
        What was typed so far; the last word may be incomplete, and a city may follow behind a comma.
    limit
        At most so many, 50 at most.
    """
    typed = _read(text)
    limit = min(limit, MOST_SUGGESTIONS)
    found: dict[str, Suggestion] = {}
    for index, segment in enumerate(segments):
        for suggestion in _suggestions(index, segment, typed):
            found.setdefault(suggestion.text, suggestion)
            if len(found) >= limit * (index + 1):
                break
    order = list(SuggestionKind)
    return sorted(found.values(), key=lambda each: order.index(each.kind))[:limit]


def _read(text: str) -> _Typed:
    head, _, tail = fold_text(text).partition(",")
    tokens = list(words(head))
    house = read_number(tokens[0]) if len(tokens) > 1 else None
    street = tokens[1:] if house else tokens
    begun = [spelled_out(" ".join(fold_word(DIRECTIONS.get(word, word)))) for word in street[:-1]] + street[-1:]
    return _Typed(house, " ".join(begun), fold_city(tail.strip()))


def _suggestions(index: int, segment: Segment, typed: _Typed) -> Iterator[Suggestion]:
    if not typed.street:
        return
    gazetteer = segment.gazetteer
    first, last = _range(gazetteer, typed.street)
    if typed.house is not None:
        yield from _addresses(index, segment, typed, first, last)
        return
    yield from _streets(index, segment, typed, first, last)
    for city in gazetteer.cities_from(typed.street):
        yield Suggestion(SuggestionKind.CITY, title(city), None)


def _range(gazetteer: Gazetteer, begun: str) -> tuple[int, int]:
    """Return the range of the sorted streets that begin so, with the last word also taken for an abbreviation."""
    first, last = gazetteer.typeahead(begun)
    *before, word = begun.split(" ")
    if first == last and spelled_out(word) != word:
        return gazetteer.typeahead(" ".join([*before, spelled_out(word)]))
    return first, last


def _addresses(index: int, segment: Segment, typed: _Typed, first: int, last: int) -> Iterator[Suggestion]:
    gazetteer = segment.gazetteer
    house = typed.house
    if house is None:
        return
    sites = gazetteer.sites_numbered(house.number)
    street = gazetteer.site_street[sites]
    begins = np.zeros(len(sites), dtype=bool)
    for rank in (gazetteer.street_rank, gazetteer.street_rank_bare):
        begins |= (rank[street] >= first) & (rank[street] < last)
    for site in sites[begins].tolist()[:_MOST_LOOKED_AT]:
        rows = segment.rows_of(site)
        if rows and gazetteer.city(site).startswith(typed.city):
            yield Suggestion(SuggestionKind.ADDRESS, _line(gazetteer, site, rows[0]), Place(index, rows[0]))


def _line(gazetteer: Gazetteer, site: int, row: int) -> str:
    place = f"{title(gazetteer.city(site))} {gazetteer.state(site)} {gazetteer.zip(site)}"
    return f"{gazetteer.number(site)} {title(gazetteer.spelling(row))}, {' '.join(place.split())}"


def _streets(index: int, segment: Segment, typed: _Typed, first: int, last: int) -> Iterator[Suggestion]:
    gazetteer = segment.gazetteer
    seen: set[int] = set()
    for street in gazetteer.typeahead_street[first : min(last, first + _MOST_LOOKED_AT)].tolist():
        if street in seen:
            continue
        seen.add(street)
        for site in gazetteer.one_site_a_city(street):
            rows = segment.rows_of(site)
            if rows and gazetteer.city(site).startswith(typed.city):
                name = title(gazetteer.spelling(rows[0]))
                yield Suggestion(SuggestionKind.STREET, f"{name}, {title(gazetteer.city(site))}", Place(index, rows[0]))
