"""From what fits to a status: vetoes first, then twins and margin, then what a person has to confirm."""

from __future__ import annotations

from collections.abc import Sequence

from fibermap.address.match.model import ASKS, Candidate, FaultCode, Match, Status
from fibermap.address.match.nothing import nothing_there
from fibermap.address.match.question import Question
from fibermap.address.match.search import Fit, Search
from fibermap.address.match.units import UnitFound, find_unit
from fibermap.address.vocabulary import STRONG_TYPES

MOST_CANDIDATES = 5
_ALIKE = 0.07
"""Two addresses whose scores are nearer to one another than this both fit."""
_SURE = 0.82
"""Below this score a person is asked."""

_C = FaultCode
_NAME = frozenset({_C.NAME_SPELLING, _C.NAME_FAR, _C.NAME_PLURAL, _C.NAME_SPACING})
_BENT = _NAME | {_C.DIRECTION_MISSING, _C.DIRECTION_ADDED, _C.DIRECTION_MOVED, _C.TYPE_DIFFERS, _C.TYPE_ADDED}
"""Faults that make another street of the one that was typed."""
_GAPS = frozenset({_C.DIRECTION_MISSING, _C.TYPE_MISSING})
_PLACE = frozenset({_C.ZIP_DIFFERS, _C.CITY_SPELLING, _C.CITY_UNKNOWN, _C.CITY_DIFFERS, _C.PLACE_MISSING})
_HARMLESS = frozenset({_C.PLACE_MISSING, _C.ZIP_MISSING, _C.STREET_ALIAS})
_SIDE = _HARMLESS | {_C.DIRECTION_MISSING}
"""Faults of a side of the street that was typed: where several sides fit, which is meant is asked."""


def decide(search: Search, asked: Question, fits: Sequence[Fit], unparsed: str) -> Match:
    """Answer a question that something fits.

    Parameters
    ----------
    fits
        What nothing contradicts, best first, never empty.
    """
    straight = [fit for fit in fits if not _is_bent(search, asked, fit)]
    if not straight:
        sides = [fit for fit in fits if _C.DIRECTION_MISSING in fit.codes and fit.codes <= _SIDE]
        return _settle(search, asked, sides, unparsed) if len(sides) > 1 else _missing(search, asked, fits, unparsed)
    others = [fit for fit in fits if fit not in straight and _is_twin(fit, straight[0]) and fit.codes & _GAPS]
    return _settle(search, asked, [*straight, *others], unparsed)


def _missing(search: Search, asked: Question, fits: Sequence[Fit], unparsed: str) -> Match:
    """Answer that the street is there and the number is not, with what has that number elsewhere first."""
    found = nothing_there(search, asked, unparsed)
    candidates = (*_candidates(search, asked, fits), *found.candidates)[:MOST_CANDIDATES]
    best = fits[0]
    return Match(
        found.parts,
        unparsed,
        Status.NUMBER_NOT_FOUND,
        best.score,
        0.0,
        best.faults,
        candidates[0].place,
        candidates,
    )


def _is_bent(search: Search, asked: Question, fit: Fit) -> bool:
    """Whether the street would be bent into another although it exists as it was typed, or its name does."""
    if not fit.codes & _BENT and not fit.reading:
        return bool(asked.shape.route) and not _is_spelled(search, asked, fit) and search.is_spelled_there(asked)
    return search.as_typed(asked) or (bool(fit.codes & _NAME) and search.named_there(asked))


def _is_spelled(search: Search, asked: Question, fit: Fit) -> bool:
    return any(search.segments[at].gazetteer.spelling(row) == asked.spelling for at, row in fit.places)


def _settle(search: Search, asked: Question, fits: Sequence[Fit], unparsed: str) -> Match:
    best = fits[0]
    others = [fit for fit in fits[1:] if not set(fit.places) & set(best.places)]
    margin = round(best.score - max(fit.score for fit in others), 4) if others else 1.0
    unit = _unit(search, asked, best)
    status = unit.status
    if others and (margin < _ALIKE or any(_is_twin(fit, best) for fit in others)):
        status = Status.AMBIGUOUS
    elif must_ask(search, asked, best):
        status = Status.CONFIRM
    elif status is Status.MATCHED and not best.codes <= _HARMLESS:
        status = Status.CORRECTED
    return Match(
        asked.parts,
        unparsed,
        status,
        best.score,
        margin,
        best.faults,
        unit.place,
        (Candidate(unit.place, best.score, best.faults), *_candidates(search, asked, fits[1:MOST_CANDIDATES])),
        unit.choices,
        unit.provisional,
    )


def _unit(search: Search, asked: Question, fit: Fit) -> UnitFound:
    return find_unit(search.gazetteers, fit.places, asked.unit, asked.spelling)


def _is_twin(fit: Fit, best: Fit) -> bool:
    """Whether the typed street may be this one as well: it only lacks a direction or a type, or is read otherwise.

    A name that is misspelled makes no twin, unless the best is one by the same slip: N Oak St and Oak St for Oka.
    """
    return bool(fit.codes & _GAPS or fit.reading) and (not fit.codes & _NAME or _named(fit) == _named(best))


def _named(fit: Fit) -> frozenset[str | None]:
    return frozenset(each.matched for each in fit.faults if each.code in _NAME)


def must_ask(search: Search, asked: Question, best: Fit) -> bool:
    """Whether a person has to confirm the only address that fits."""
    codes = best.codes
    if (best.reading and asked.shape.type in STRONG_TYPES) or codes & ASKS or best.score < _SURE:
        return True
    if {_C.ZIP_DIFFERS, _C.CITY_SPELLING} <= codes:
        return True
    if codes & _PLACE and codes & (_NAME | _GAPS | _BENT):
        return True
    return (_C.ZIP_DIFFERS in codes and search.runs_in_zip(asked)) or search.has_other_entry(asked)


def _candidates(search: Search, asked: Question, fits: Sequence[Fit]) -> tuple[Candidate, ...]:
    return tuple([Candidate(_unit(search, asked, fit).place, fit.score, fit.faults) for fit in fits[:MOST_CANDIDATES]])
