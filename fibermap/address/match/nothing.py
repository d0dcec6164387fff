"""Nothing fits: tell a number that is missing on a street from a street that is missing."""

from __future__ import annotations

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
    typed, others = _streets(search, asked)
    near = _neighbours(search, asked, typed)
    status = Status.NUMBER_NOT_FOUND if near else Status.STREET_NOT_FOUND
    near = near or _neighbours(search, asked, others)
    candidates = tuple(
        Candidate(Place(index, search.segments[index].rows_of(site)[0]), 0.0, ()) for _, index, site in near
    )
    return Match(asked.parts, unparsed, status, candidates=candidates)


def _streets(search: Search, asked: Question) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Return the streets in the typed place that may be the typed one, and those that are like it: segment and id."""
    typed: list[tuple[int, int]] = []
    others: list[tuple[int, int]] = []
    for index, segment in enumerate(search.segments):
        gazetteer = segment.gazetteer
        for street in search.there(gazetteer, search.streets(gazetteer, asked), asked):
            faults = compare_streets(asked.shape, gazetteer.shape(street), generic=asked.generic_route)
            if faults is not None:
                is_other = any(each.code in _ANOTHER for each in faults)
                (others if is_other else typed).append((index, street))
    return typed, others


def _neighbours(search: Search, asked: Question, streets: list[tuple[int, int]]) -> list[tuple[int, int, int]]:
    """Return the nearest house numbers on streets: how far each is, segment and site."""
    number = asked.number or 0
    near: list[tuple[int, int, int]] = []
    for index, street in streets:
        segment = search.segments[index]
        gazetteer = segment.gazetteer
        sites = gazetteer.neighbours(street, number, _LOOKED_AT)
        there = (site for site in sites if search.agrees(asked, gazetteer, site) and segment.rows_of(site))
        # Nearest first: no street gives more.
        near += [(abs(gazetteer.site_number.item(site) - number), index, site) for site in islice(there, _NEIGHBOURS)]
    return sorted(near)[:_NEIGHBOURS]
