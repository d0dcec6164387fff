"""Matching: any way an address is typed, to the one address that is meant, or to an honest question.

The house number is never fuzzy; what contradicts is a veto, not a low score; and a street that exists as typed is never
bent into another. A :class:`~fibermap.address.match.gazetteer.Gazetteer` holds the addresses, immutable and without a
database; a :class:`~fibermap.address.match.matcher.Matcher` answers from one or several of them.
"""

from fibermap.address.match.gazetteer import Gazetteer
from fibermap.address.match.matcher import Matcher
from fibermap.address.match.model import Candidate, Fault, FaultCode, Grade, Match, NextAction, Place, Status
from fibermap.address.match.search import Segment
from fibermap.address.match.suggest import Suggestion, SuggestionKind

__all__ = [
    "Candidate",
    "Fault",
    "FaultCode",
    "Gazetteer",
    "Grade",
    "Match",
    "Matcher",
    "NextAction",
    "Place",
    "Segment",
    "Status",
    "Suggestion",
    "SuggestionKind",
]
