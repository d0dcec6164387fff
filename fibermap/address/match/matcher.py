"""From a typed address to the one that is meant: read, find, compare, veto, decide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

from fibermap.address.match.area import Area
from fibermap.address.match.compare import Faults, fault
from fibermap.address.match.decide import decide
from fibermap.address.match.exact import ExactPass
from fibermap.address.match.model import Candidate, FaultCode, Match, Place, Status
from fibermap.address.match.nothing import nothing_there
from fibermap.address.match.question import Question, question_of
from fibermap.address.match.reading import Reader
from fibermap.address.match.reread import numbered_texts, other_texts, without_city
from fibermap.address.match.search import Search, Segment
from fibermap.address.match.suggest import Suggestion, suggest
from fibermap.address.model import AddressParts, Note, ParsedAddress
from fibermap.address.renumber import other_readings, other_spellings

_UNIT_LISTED = frozenset({Status.MATCHED, Status.CORRECTED, Status.AMBIGUOUS})
WORTH_SETS = 64
"""Texts from which on it is faster to look them up together."""
_LOST = frozenset({Status.STREET_NOT_FOUND, Status.NUMBER_NOT_FOUND, Status.OUTSIDE_AREA})


class Matcher:
    """Answers from one or several segments as if they were one. Immutable and safe to share between threads.

    Parameters
    ----------
    segments
        For example a large base with the rows that no longer hold, and a small overlay of edited addresses.
    """

    def __init__(self, segments: Sequence[Segment]) -> None:
        self.segments = tuple(segments)
        self.area = Area([segment.gazetteer for segment in segments])
        self.search = Search(segments, self.area)
        self._read = Reader(self.area.cities)

    def match(self, asked: str | AddressParts) -> Match:
        """Find the address that is meant.

        Parameters
        ----------
        asked
            An address as somebody types it, or its parts, standardised (`fibermap.address.parse.parts_from_fields`).

        Returns
        -------
        Match
            Never fails; what cannot be read or found has a status that says so.
        """
        if isinstance(asked, AddressParts):
            return self._match(ParsedAddress(asked))
        parsed = self._read(asked)
        first = self._match(parsed)
        if first.status is Status.UNPARSABLE or (first.status in _LOST and parsed.parts.number is None):
            return self._renumbered(asked) or first
        if first.status not in _LOST:
            return first
        whole = without_city(parsed.parts, asked, self.area)
        if whole is not None:
            again = self._meant(replace(parsed, parts=whole))
            if again is not None:
                return again
        for text, slip in other_texts(asked, self.area):
            again = self._meant(self._read(text), (slip,))
            if again is not None and (first.row is None or again.score > first.score):
                return again
        return first

    def _renumbered(self, text: str) -> Match | None:
        """Answer a text whose house number does not stand in front, where there is such a street."""
        found = (self._match(self._read(other), (slip,)) for other, slip in numbered_texts(text, self.area))
        return next((match for match in found if match.row or match.status is Status.NUMBER_NOT_FOUND), None)

    def suggest(self, text: str, limit: int = 8) -> list[Suggestion]:
        """Return what somebody who typed this much may mean; see `fibermap.address.match.suggest.suggest`."""
        return suggest(self.segments, text, limit)

    def match_many(self, texts: Sequence[str]) -> list[Match]:
        """Match many texts; each answer is the one that `match` gives."""
        if len(texts) < WORTH_SETS:
            return [self.match(text) for text in texts]
        segments, rows = (each.tolist() for each in self.exact(texts))
        return [
            self.match(text) if row < 0 else self._as_typed(text, Place(segment, row))
            for text, segment, row in zip(texts, segments, rows, strict=True)
        ]

    @cached_property
    def exact(self) -> ExactPass:
        """Finds the plainest of many texts at once, as `match` would."""
        return ExactPass(self.segments, self.area, self._read)

    def _as_typed(self, text: str, place: Place) -> Match:
        """Return what `match` answers where exactly one address is spelled so."""
        parsed = self._read(text)
        return Match(parsed.parts, parsed.unparsed, Status.MATCHED, 1.0, 1.0, (), place, (Candidate(place, 1.0, ()),))

    def _match(self, parsed: ParsedAddress, slips: Faults = ()) -> Match:
        asked = question_of(parsed.parts, slips)
        hopeless = self._hopeless(parsed, asked)
        if hopeless is not None:
            return Match(parsed.parts, parsed.unparsed, hopeless)
        return self._find(asked, parsed.unparsed) or nothing_there(self.search, asked, parsed.unparsed)

    def _meant(self, parsed: ParsedAddress, slips: Faults = ()) -> Match | None:
        """Answer as `_match` does where there is an address that may be meant."""
        asked = question_of(parsed.parts, slips)
        return None if self._hopeless(parsed, asked) else self._find(asked, parsed.unparsed)

    def _hopeless(self, parsed: ParsedAddress, asked: Question) -> Status | None:
        """Return why there is nothing to look for."""
        if Note.NOT_A_SERVICE_ADDRESS in parsed.notes:
            return Status.NOT_A_SERVICE_ADDRESS
        if not asked.key or (asked.number is None and not asked.unit):
            return Status.UNPARSABLE
        return Status.OUTSIDE_AREA if self.area.is_outside(asked) else None

    def _find(self, asked: Question, unparsed: str) -> Match | None:
        fits = self.search.exact(asked)
        if not fits or (len(fits) > 1 and fits[0].faults):
            fits = self.search.fits(asked)
        if fits and not all(fit.is_other_number for fit in fits):
            return decide(self.search, asked, fits, unparsed)
        plain = decide(self.search, asked, fits, unparsed) if fits else None
        for other in other_readings(asked.parts):
            found = self._otherwise(asked, other, FaultCode.NUMBER_AS_UNIT, unparsed)
            if found and (plain is None or found.status in _UNIT_LISTED):
                return found
        for other in other_spellings(asked.parts) if plain is None else ():
            if found := self._otherwise(asked, other, FaultCode.NUMBER_SPELLING, unparsed):
                return found
        return plain

    def _otherwise(self, asked: Question, other: AddressParts, code: FaultCode, unparsed: str) -> Match | None:
        """Answer with the house number read in another way: 3368-201 as a unit of 3368, 3706 as 37-06."""
        again = question_of(other)
        number = " # ".join(text for text in (again.number_text, other.unit) if text)
        again = replace(again, slips=(*asked.slips, fault("number", code, asked.number_text, number)))
        fits = self.search.fits(again)
        return decide(self.search, again, fits, unparsed) if fits else None
