"""From a question to the response: which address is meant, and, only where that is settled, what may be had there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from secrets import token_hex
from typing import Any

from fibermap.address.match import Candidate, Fault, Grade, Match, NextAction, Place, Status
from fibermap.address.model import PART_NAMES, AddressParts
from fibermap.coverage.expected import public_day
from fibermap.kernel.errors import Code, NotFound
from fibermap.serving.index import IDENTITY, At, Index
from fibermap.serving.place import Here, is_answerable, look_at
from fibermap.serving.question import LONGEST_TEXT, Question
from fibermap.serving.speeds import serviceability
from fibermap.serving.verdict import PlaceStanding, Standing

MOST_CANDIDATES = 5
MOST_UNITS = 500
"""Most units that are listed to choose from."""

_Found = tuple[At, float, tuple[Fault, ...]]
"""A candidate where it stands, its score and what differs."""
_WITH_UNITS = (Status.NEEDS_UNIT, Status.UNIT_NOT_FOUND)
_UNIT = ("building", "floor", "unit_type", "unit")


class Answerer:
    """Answers questions from one index.

    Parameters
    ----------
    index
        The state that is asked.
    public
        Whether terminals, drops, flags and evidence are hidden.

    Notes
    -----
    No check finds an address whose sources do not permit public answers. The public asks about a date no finer than it
    is told dates: `public_day`.
    """

    def __init__(self, index: Index, *, public: bool) -> None:
        self.index = index
        self.public = public

    def match(self, question: Question) -> Match:
        """Match a text or fields."""
        return self.index.matcher.match(question.asked_of_matcher())

    def match_many(self, questions: Sequence[Question]) -> list[Match | None]:
        """Match what is text among many questions, set by set, as `match` would each; None for the others."""
        texts = [question.q[:LONGEST_TEXT] for question in questions if question.q is not None]
        matches = iter(self.index.matcher.match_many(texts))
        return [None if question.q is None else next(matches) for question in questions]

    def answer(self, question: Question, now: datetime, match: Match | None = None) -> dict[str, Any]:
        """Return the response as JSON values.

        Parameters
        ----------
        now
            The moment of asking, aware.
        match
            What `match` said to the question, where it has been asked already.

        Raises
        ------
        NotFound
            ``address_not_found``, for an unknown ``address_id`` only.
        """
        if self.public and question.at is not None:
            least = self.index.planned.settings.public_dates
            question = replace(question, at=public_day(question.at, now.date(), least))
        if question.address_id is not None:
            said = self._by_id(question, now.date())
        elif question.is_place:
            said = self._by_place(question, now.date())
        else:
            said = self._by_match(question, match or self.match(question), now.date())
        return {
            "check_id": token_hex(16),
            "checked_at": now.isoformat(),
            "data_version": self.index.data_version,
        } | said

    # -- by text ------------------------------------------------------------------------------------------------

    def _by_match(self, question: Question, match: Match, today: date) -> dict[str, Any]:
        found = self._candidates(match)
        best, faults = self._best(match, found)
        units = self.units_of(match) if match.status in _WITH_UNITS else []
        verdict = None
        if match.settled and best is not None:
            verdict = self._verdict(best, question.at, today)
        elif match.status is Status.NEEDS_UNIT:
            verdict = self._agreed(units, question.at, today)
        return {
            "input": _input(question, match.parts, match.unparsed),
            "match": _match_json(match.status, match.grade, match.next_action, match.score, match.margin, best)
            | {"faults": [_fault(fault) for fault in faults]},
            "candidates": [
                _candidate(at) | {"score": score, "faults": [_fault(fault) for fault in faults]}
                for at, score, faults in found[:MOST_CANDIDATES]
            ],
            "units": self._units_json(match, units),
            "serviceability": verdict,
        }

    def best(self, match: Match) -> At | None:
        """Return the address that is meant, or that comes nearest where none is."""
        return self._best(match, self._candidates(match))[0]

    def _best(self, match: Match, found: Sequence[_Found]) -> tuple[At | None, tuple[Fault, ...]]:
        best = None if match.row is None else self.index.find(self.index.id_of(match.row))
        if found and (best is None or match.status is Status.AMBIGUOUS):
            return found[0][0], found[0][2]
        return best, match.faults

    def _candidates(self, match: Match) -> list[_Found]:
        listed: Sequence[Candidate] = match.candidates
        if match.status is Status.AMBIGUOUS and len(listed) == 1 and match.units:
            listed = _alike(listed[0], match.units)
        placed = [(self.index.find(self.index.id_of(c.place)), c.score, c.faults) for c in listed]
        found = [(at, score, faults) for at, score, faults in placed if at is not None]
        if match.status is Status.AMBIGUOUS:  # equals by id, whichever layer of the index they lie in
            found.sort(key=lambda each: (-each[1], int(each[0].book.ids[each[0].row])))
        return found

    def units_of(self, match: Match) -> list[At]:
        """Return the units of the building that a match found, as far as a check may find them."""
        found = [at for place in match.units if (at := self.index.find(self.index.id_of(place))) is not None]
        if len(found) < MOST_UNITS:
            return [at for at in found if _unit_of(at)]
        return self.units_at(int(found[0].book.addresses.cell("location_id", found[0].row)))

    def units_at(self, location_id: int) -> list[At]:
        """Return the units of a building that a check may find, by id."""
        return [at for at in self.index.building(location_id) if _unit_of(at) and is_answerable(at)]

    def _units_json(self, match: Match, units: Sequence[At]) -> list[dict[str, Any]] | None:
        if match.provisional_unit:
            return [{"address_id": None, "unit": match.provisional_unit, "address": None, "provisional": True}]
        return [unit_json(at) for at in units[:MOST_UNITS]] if match.status in _WITH_UNITS else None

    def _agreed(self, units: Sequence[At], at: date | None, today: date) -> dict[str, Any] | None:
        """Return the verdict of a whole building: of its first unit, if all have the same class and orderability."""
        standings = [Standing(self.index, unit, at, today) for unit in units]
        alike = {(standing.offer.best.class_, standing.offer.not_orderable) for standing in standings}
        return serviceability(standings[0], public=self.public) if len(alike) == 1 else None

    # -- by id --------------------------------------------------------------------------------------------------

    def _by_id(self, question: Question, today: date) -> dict[str, Any]:
        at = answerable_at(self.index, question.address_id or 0)
        return {
            "input": _input(question, None, ""),
            "match": _match_json(Status.MATCHED, Grade.A, NextAction.ACCEPT, 1.0, 1.0, at),
            "candidates": [],
            "units": None,
            "serviceability": self._verdict(at, question.at, today),
        }

    # -- by place -----------------------------------------------------------------------------------------------

    def _by_place(self, question: Question, today: date) -> dict[str, Any]:
        lon, lat = question.lon or 0.0, question.lat or 0.0
        here = look_at(self.index, lon, lat)
        there = PlaceStanding(self.index, here, lon, lat, question.at)
        status, action, at, verdict = self._identity(here, there.class_, question.at, today)
        score = 1.0 if at is not None else 0.0
        grade = Grade.A if verdict is not None else Grade.C
        return {
            "input": _input(question, None, ""),
            "match": _match_json(status, grade, action, score, score, at),
            "candidates": [
                {**_candidate(near), "score": None, "distance_m": round(away_m, 2)}
                for away_m, near in here.near[:MOST_CANDIDATES]
            ],
            "units": [unit_json(unit) for unit in here.meant] if status is Status.NEEDS_UNIT else None,
            "serviceability": verdict or there.as_json(public=self.public),
        }

    def _identity(
        self, here: Here, class_: str, on: date | None, today: date
    ) -> tuple[Status, NextAction, At | None, dict[str, Any] | None]:
        """Return which address a place is, and its verdict; of none where the map gives the place another class."""
        verdict = self._verdict(here.meant[0], on, today) if len(here.meant) == 1 else None
        if verdict is not None and verdict["class"] == class_:
            return Status.MATCHED, NextAction.ACCEPT, here.meant[0], verdict
        if len(here.meant) > 1:
            agreed = self._agreed(here.meant, on, today)
            if agreed is not None and agreed["class"] == class_:
                return Status.NEEDS_UNIT, NextAction.CHOOSE_UNIT, here.meant[0], agreed
        action = NextAction.CHOOSE_CANDIDATE if here.near else NextAction.REPORT_MISSING
        return Status.MATCHED, action, None, None

    def _verdict(self, where: At, at: date | None, today: date) -> dict[str, Any]:
        return serviceability(Standing(self.index, where, at, today), public=self.public)


def answerable_at(index: Index, address_id: int) -> At:
    """Return an address that a check may find; raises ``NotFound`` for any other."""
    at = index.at(address_id)
    if not is_answerable(at):
        raise NotFound(Code.ADDRESS_NOT_FOUND, f"There is no address {address_id}.")
    return at


def _input(question: Question, parts: AddressParts | None, unparsed: str) -> dict[str, Any]:
    read = None
    if parts is not None:
        read = {name: value for name in PART_NAMES if (value := getattr(parts, name)) is not None}
    return {"q": question.as_text(), "parsed": read, "unparsed": unparsed or None}


def _match_json(
    status: Status, grade: Grade, action: NextAction, score: float, margin: float, at: At | None
) -> dict[str, Any]:
    address: tuple[Any, ...] = (None,) * len(IDENTITY) if at is None else at.book.identity(at.row)
    address_id, location_id, fcc_location_id, text, lon, lat = address
    return {
        "status": str(status),
        "grade": str(grade),
        "score": score,
        "next_action": str(action),
        "faults": [],
        "margin": margin,
        "address_id": address_id,
        "location_id": location_id,
        "fcc_location_id": _number(fcc_location_id),
        "address": text,
        "point": None if lon is None or lat is None else {"lon": lon, "lat": lat},
    }


def _candidate(at: At) -> dict[str, Any]:
    address_id, location_id, text = at.book.named(at.row)
    return {"address_id": address_id, "location_id": location_id, "address": text}


def unit_json(at: At) -> dict[str, Any]:
    """Return a unit to choose."""
    cell, row = at.book.addresses.cell, at.row
    return {"address_id": cell("address_id", row), "unit": _unit_of(at) or None, "address": cell("full_address", row)}


def _unit_of(at: At) -> str:
    parts = (at.book.addresses.cell(name, at.row) for name in _UNIT)
    return " ".join(part for part in parts if part)


def _alike(one: Candidate, places: Sequence[Place]) -> list[Candidate]:
    """Return addresses that are one by their key as candidates of their own, so that a person can choose."""
    faults = tuple(fault._replace(matched=None) for fault in one.faults)
    return [Candidate(place, one.score, faults) for place in places]


def _fault(fault: Fault) -> dict[str, Any]:
    return fault._asdict() | {"code": str(fault.code)}


def _number(text: str | None) -> int | str | None:
    return int(text) if text is not None and text.isascii() and text.isdigit() else text
