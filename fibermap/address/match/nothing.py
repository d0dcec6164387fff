"""Nothing fits: tell a number that is missing on a street from a street that is missing."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from fibermap.address.match.compare import compare_streets
from fibermap.address.match.model import Candidate, FaultCode, Match, Place, Status
from fibermap.address.match.question import Question
from fibermap.address.match.search import Search

_NEIGHBOURS = 5
_LOOKED_AT = 50
"""Sites of a street that are looked at to find as many neighbours that still hold."""
_ANOTHER = frozenset({FaultCode.NAME_SPELLING, FaultCode.NAME_FAR, FaultCode.NAME_PLURAL, FaultCode.TYPE_DIFFERS})


def nothing_there(search: Search, asked: Question, unparsed: str) -> Match:
    """Answer with the nearest house numbers on the street, or on streets that are like it."""
    near = sorted(_near(search, asked))
    exists = any(not differs for differs, *_ in near)
    candidates = [
        Candidate(Place(index, search.segments[index].rows_of(site)[0]), 0.0, ())
        for differs, _, index, site in near
        if not (exists and differs)
    ]
    status = Status.NUMBER_NOT_FOUND if exists else Status.STREET_NOT_FOUND
    return Match(asked.parts, unparsed, status, candidates=tuple(candidates[:_NEIGHBOURS]))


def _near(search: Search, asked: Question) -> Iterator[tuple[bool, int, int, int]]:
    """Yield whether the street is another than the typed one, how far the number is, segment and site."""
    number = asked.number or 0
    for index, segment in enumerate(search.segments):
        gazetteer = segment.gazetteer
        for street in search.streets(gazetteer, asked):
            faults = compare_streets(asked.shape, gazetteer.shape(street), generic=asked.generic_route)
            if faults is None or not search.is_in(gazetteer, street, asked):
                continue
            differs = any(each.code in _ANOTHER for each in faults)
            sites = gazetteer.neighbours(street, number, _LOOKED_AT)
            there = (site for site in sites if search.agrees(asked, gazetteer, site) and segment.rows_of(site))
            for site in islice(there, _NEIGHBOURS):  # nearest first: no street gives more
                yield differs, abs(int(gazetteer.site_number[site]) - number), index, site
