"""What the matcher says: values only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from fibermap.address.model import AddressParts


class Status(StrEnum):
    """How a typed address fits the database."""

    MATCHED = "matched"
    CORRECTED = "corrected"
    CONFIRM = "confirm"
    AMBIGUOUS = "ambiguous"
    NEEDS_UNIT = "needs_unit"
    UNIT_NOT_FOUND = "unit_not_found"
    NUMBER_NOT_FOUND = "number_not_found"
    STREET_NOT_FOUND = "street_not_found"
    OUTSIDE_AREA = "outside_area"
    NOT_A_SERVICE_ADDRESS = "not_a_service_address"
    UNPARSABLE = "unparsable"


class NextAction(StrEnum):
    """What whoever asked should do now."""

    ACCEPT = "accept"
    CONFIRM = "confirm"
    CHOOSE_UNIT = "choose_unit"
    CHOOSE_CANDIDATE = "choose_candidate"
    FIX = "fix"
    REPORT_MISSING = "report_missing"


NEXT_ACTION: dict[Status, NextAction] = {
    Status.MATCHED: NextAction.ACCEPT,
    Status.CORRECTED: NextAction.ACCEPT,
    Status.CONFIRM: NextAction.CONFIRM,
    Status.AMBIGUOUS: NextAction.CHOOSE_CANDIDATE,
    Status.NEEDS_UNIT: NextAction.CHOOSE_UNIT,
    Status.UNIT_NOT_FOUND: NextAction.FIX,
    Status.NUMBER_NOT_FOUND: NextAction.REPORT_MISSING,
    Status.STREET_NOT_FOUND: NextAction.FIX,
    Status.OUTSIDE_AREA: NextAction.FIX,
    Status.NOT_A_SERVICE_ADDRESS: NextAction.FIX,
    Status.UNPARSABLE: NextAction.FIX,
}


class Grade(StrEnum):
    """How sure: A as typed; B settled after a correction; C for a person to confirm or choose; D nothing fits."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"


GRADE: dict[Status, Grade] = {
    Status.MATCHED: Grade.A,
    Status.CORRECTED: Grade.B,
    Status.NEEDS_UNIT: Grade.B,
    Status.CONFIRM: Grade.C,
    Status.AMBIGUOUS: Grade.C,
}


class FaultCode(StrEnum):
    """What differs between what was typed and what is there."""

    NUMBER_FRACTION = "number_fraction"
    NUMBER_RANGE = "number_range"
    NUMBER_SUFFIX = "number_suffix"
    NUMBER_AS_UNIT = "number_as_unit"
    NUMBER_SPELLING = "number_spelling"
    NUMBER_BEHIND = "number_behind"
    WORDS_AHEAD = "words_ahead"
    DIRECTION_MISSING = "direction_missing"
    DIRECTION_ADDED = "direction_added"
    DIRECTION_MOVED = "direction_moved"
    TYPE_MISSING = "type_missing"
    TYPE_ADDED = "type_added"
    TYPE_DIFFERS = "type_differs"
    NAME_SPACING = "name_spacing"
    NAME_SPELLING = "name_spelling"
    NAME_FAR = "name_far"
    NAME_PLURAL = "name_plural"
    NAME_KNOWN = "name_known"
    ROUTE_KIND_MISSING = "route_kind_missing"
    ROUTE_SPELLING = "route_spelling"
    STREET_ALIAS = "street_alias"
    ZIP_DIFFERS = "zip_differs"
    ZIP_MISSING = "zip_missing"
    CITY_SPELLING = "city_spelling"
    CITY_DIFFERS = "city_differs"
    CITY_UNKNOWN = "city_unknown"
    CITY_ELSEWHERE = "city_elsewhere"
    STATE_DIFFERS = "state_differs"
    PLACE_MISSING = "place_missing"


PENALTY: dict[FaultCode, float] = {
    FaultCode.NUMBER_FRACTION: 0.20,
    FaultCode.NUMBER_RANGE: 0.10,
    FaultCode.NUMBER_SUFFIX: 0.20,
    FaultCode.NUMBER_AS_UNIT: 0.03,
    FaultCode.NUMBER_SPELLING: 0.10,
    FaultCode.NUMBER_BEHIND: 0.05,
    FaultCode.WORDS_AHEAD: 0.05,
    FaultCode.DIRECTION_MISSING: 0.08,
    FaultCode.DIRECTION_ADDED: 0.15,
    FaultCode.DIRECTION_MOVED: 0.04,
    FaultCode.TYPE_MISSING: 0.06,
    FaultCode.TYPE_ADDED: 0.12,
    FaultCode.TYPE_DIFFERS: 0.20,
    FaultCode.NAME_SPACING: 0.03,
    FaultCode.NAME_SPELLING: 0.08,
    FaultCode.NAME_FAR: 0.25,
    FaultCode.NAME_PLURAL: 0.12,
    FaultCode.NAME_KNOWN: 0.10,
    FaultCode.ROUTE_KIND_MISSING: 0.12,
    FaultCode.ROUTE_SPELLING: 0.06,
    FaultCode.STREET_ALIAS: 0.0,
    FaultCode.ZIP_DIFFERS: 0.08,
    FaultCode.ZIP_MISSING: 0.0,
    FaultCode.CITY_SPELLING: 0.03,
    FaultCode.CITY_DIFFERS: 0.06,
    FaultCode.CITY_UNKNOWN: 0.06,
    FaultCode.CITY_ELSEWHERE: 0.15,
    FaultCode.STATE_DIFFERS: 0.20,
    FaultCode.PLACE_MISSING: 0.05,
}
"""What each fault takes off a score of 1; a name that is two letters off loses twice that of one."""

ASKS: frozenset[FaultCode] = frozenset(
    {
        FaultCode.NUMBER_FRACTION,
        FaultCode.NUMBER_RANGE,
        FaultCode.NUMBER_SUFFIX,
        FaultCode.NUMBER_SPELLING,
        FaultCode.NUMBER_BEHIND,
        FaultCode.WORDS_AHEAD,
        FaultCode.DIRECTION_ADDED,
        FaultCode.DIRECTION_MOVED,
        FaultCode.TYPE_ADDED,
        FaultCode.TYPE_DIFFERS,
        FaultCode.NAME_FAR,
        FaultCode.NAME_PLURAL,
        FaultCode.NAME_KNOWN,
        FaultCode.ROUTE_KIND_MISSING,
        FaultCode.CITY_ELSEWHERE,
        FaultCode.STATE_DIFFERS,
    }
)
"""Faults that a person has to confirm, however good the rest is."""


class Fault(NamedTuple):
    """One difference: which part of the address, what kind, what it costs, and both sides."""

    component: str
    code: FaultCode
    penalty: float
    typed: str | None
    matched: str | None


class Place(NamedTuple):
    """Where an address lies: the number of its segment, and its row in the table that the segment was built from."""

    segment: int
    row: int


class Candidate(NamedTuple):
    """An address that may have been meant."""

    place: Place
    score: float
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """The answer to one question.

    Attributes
    ----------
    parts, unparsed
        What was read, and the words that fitted nowhere.
    score, margin
        1 is as typed; the distance to the next best candidate, 1 where there is none.
    faults
        What differs from the best candidate.
    row
        The best candidate, even where it is not settled; None where nothing fits.
    candidates
        Up to five, best first.
    units
        The units of the building, where one is to be chosen or was not found: at most 500.
    provisional_unit
        A unit that the building has by its count but not by a list; to be confirmed.
    """

    parts: AddressParts
    unparsed: str
    status: Status
    score: float = 0.0
    margin: float = 0.0
    faults: tuple[Fault, ...] = ()
    row: Place | None = None
    candidates: tuple[Candidate, ...] = ()
    units: tuple[Place, ...] = ()
    provisional_unit: str | None = None

    @property
    def next_action(self) -> NextAction:
        """What to do now."""
        if self.status is Status.STREET_NOT_FOUND and not self.candidates:
            return NextAction.REPORT_MISSING
        return NEXT_ACTION[self.status]

    @property
    def grade(self) -> Grade:
        """How sure the answer is."""
        return GRADE.get(self.status, Grade.D)

    @property
    def settled(self) -> bool:
        """Whether exactly one address is meant beyond doubt; only then may a verdict be given."""
        return self.status in (Status.MATCHED, Status.CORRECTED)
