"""Everything that is answered from the index: checks, suggestions, addresses, buildings, explanations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from secrets import token_hex
from typing import Any, Protocol

import pyarrow as pa

from fibermap.address.match import Status, Suggestion, SuggestionKind
from fibermap.coverage.expected import public_day
from fibermap.kernel.clock import Clock
from fibermap.kernel.errors import Code, NotFound
from fibermap.order.label import label_problems
from fibermap.order.label_sheet import labels_csv
from fibermap.order.offering import Offering
from fibermap.order.offers_json import offers_json
from fibermap.serving.answer import Answerer, answerable_at, unit_json
from fibermap.serving.batch import check_questions
from fibermap.serving.explain import explain
from fibermap.serving.ground import ground_at
from fibermap.serving.index import At, Index
from fibermap.serving.question import Question
from fibermap.serving.speeds import serviceability
from fibermap.serving.verdict import Standing

_ADDRESS = (
    "kind", "units", "unit_count", "connectivity", "placement", "number_prefix", "number", "number_suffix",
    "pre_modifier", "pre_directional", "pre_type", "street_name", "post_type", "post_directional", "post_modifier",
    "building", "floor", "unit_type", "unit", "city", "state", "zip", "zip4", "county",
)  # fmt: skip


_SAME_HOUSE = tuple(
    str(status) for status in (Status.MATCHED, Status.CORRECTED, Status.CONFIRM, Status.AMBIGUOUS, Status.NEEDS_UNIT)
)
"""What a check may say of a line that is about a house there is."""
_KEPT = ("status", "next_action", "score", "address_id", "class", "orderable")
"""What the log keeps of a row of a batch."""


class Log(Protocol):
    """Keeps every check, for disputes and demand."""

    def keep(self, question: Question, answer: dict[str, Any], caller: str) -> None: ...


class Answers:
    """Answers from memory, on the owner of a database and on a replica alike. Threads may share one.

    Parameters
    ----------
    index
        Gives the index to answer from; each question keeps to one.
    clock
        Tells the moment of asking.
    log
        Keeps the checks; None keeps none.
    """

    def __init__(self, index: Callable[[], Index], clock: Clock, log: Log | None = None) -> None:
        self._index, self._clock, self._log = index, clock, log

    def data_version(self) -> str:
        """Return what the answers rest on."""
        return self._index().data_version

    def check(self, question: Question, *, public: bool = False, caller: str = "") -> dict[str, Any]:
        """Answer one question; see `Answerer.answer`. Answers share parts, so that none may be changed."""
        answer = self.look(question, public=public)
        if self._log is not None:
            self._log.keep(question, answer, caller)
        return answer

    def look(self, question: Question, *, public: bool = False) -> dict[str, Any]:
        """Answer as `check` does, and keep nothing of it."""
        return Answerer(self._index(), public=public).answer(question, self._clock.now())

    def check_many(
        self, questions: Sequence[Question], *, public: bool = False, caller: str = ""
    ) -> list[dict[str, Any]]:
        """Answer many questions in their order, each as `check` would, all from one state."""
        answerer, now = Answerer(self._index(), public=public), self._clock.now()
        matches = answerer.match_many(questions)
        answers = [answerer.answer(question, now, match) for question, match in zip(questions, matches, strict=True)]
        if self._log is not None:
            for question, answer in zip(questions, answers, strict=True):
                self._log.keep(question, answer, caller)
        return answers

    def check_table(self, questions: Sequence[Question], *, caller: str = "") -> pa.Table:
        """Answer many questions as a table, `fibermap.serving.batch.SCHEMA`, each as `check` would; raises like it."""
        index, now = self._index(), self._clock.now()
        table = check_questions(index, questions, now)
        if self._log is not None:
            for question, row in zip(questions, table.select(_KEPT).to_pylist(), strict=True):
                about = {"check_id": token_hex(16), "checked_at": now.isoformat(), "data_version": index.data_version}
                self._log.keep(question, about | {"match": row, "serviceability": row}, caller)
        return table

    def suggest(self, text: str, limit: int = 8) -> dict[str, Any]:
        """Return how what was typed so far may go on."""
        index = self._index()
        found = index.matcher.suggest(text, limit)
        return {"suggestions": [_suggestion(index, each) for each in found]}

    def meant(self, text: str, limit: int = 8) -> dict[str, Any]:
        """Return the addresses that a whole line may mean, as suggestions, likeliest first; none that is only near."""
        index = self._index()
        said = Answerer(index, public=False).answer(Question(q=text), self._clock.now())
        if said["match"]["status"] not in _SAME_HOUSE:
            return {"suggestions": []}
        found = {row["address_id"]: row["address"] for row in (said["match"], *said["candidates"])}
        rows = [(address_id, address) for address_id, address in found.items() if address_id is not None][:limit]
        kind = str(SuggestionKind.ADDRESS)
        return {"suggestions": [{"text": text_, "kind": kind, "address_id": id_} for id_, text_ in rows]}

    def address(self, address_id: int, *, public: bool = False) -> dict[str, Any]:
        """Return one address with its verdict; raises ``NotFound``."""
        index = self._index()
        at = answerable_at(index, address_id) if public else index.at(address_id)
        said = _address(at) if public else _address(at) | at.book.addresses.some(at.row, _ADDRESS)
        standing = Standing(index, at, None, self._clock.now().date())
        return said | {"data_version": index.data_version, "serviceability": serviceability(standing, public=public)}

    def explain(self, address_id: int, at: date | None = None) -> dict[str, Any]:
        """Say why an address is what it is, as JSON values; raises ``NotFound``."""
        from fibermap.results import to_json

        said: dict[str, Any] = to_json(explain(self._index(), address_id, at=at, today=self._clock.now().date()))
        return said

    def units(self, location_id: int) -> dict[str, Any]:
        """Return the units of a building that a check may find.

        Raises
        ------
        NotFound
            ``address_not_found``: there is no such building.
        """
        index = self._index()
        answerer = Answerer(index, public=True)
        if not index.building(location_id):
            raise NotFound(Code.ADDRESS_NOT_FOUND, f"There is no building {location_id}.")
        return {"location_id": location_id, "units": [unit_json(at) for at in answerer.units_at(location_id)]}

    def offers(self, address_id: int, channel: str, on: date | None = None, *, public: bool = False) -> dict[str, Any]:
        """Return what may be sold at an address through a channel, and why anything else may not.

        Raises
        ------
        NotFound
            ``address_not_found``.
        InputRefused
            ``address_not_settled``: one of several units is meant.
        """
        index, today = self._index(), self._clock.now().date()
        at = answerable_at(index, address_id) if public else index.at(address_id)
        least = index.planned.settings.public_dates if public else None
        day = on or today if least is None else public_day(on or today, today, least)
        found = index.planned.catalogue.offers_at(ground_at(index, at, today), channel, day)
        return {"data_version": index.data_version} | offers_json(found, least=least)

    def offering(self, offer_id: int) -> Offering:
        """Return one revision of an offering, sold or not; raises ``NotFound`` (``offering_not_found``)."""
        return self._index().planned.catalogue.find(offer_id)

    def labels(self) -> str:
        """Return the broadband labels of the plans that are sold today, as CSV."""
        sold = self._index().planned.catalogue.sold_on(self._clock.now().date())
        return labels_csv(each for each in sold if not label_problems(each.terms))


def _suggestion(index: Index, found: Suggestion) -> dict[str, Any]:
    """Return a suggestion; an address without units is written as everywhere else."""
    said = {"text": found.text, "kind": str(found.kind), "address_id": None}
    if found.place is None or found.kind is not SuggestionKind.ADDRESS:
        return said
    address_id = index.id_of(found.place)
    at = index.find(address_id)
    if at is None or at.book.addresses.cell("unit", at.row):
        return said | {"address_id": address_id}
    return said | {"text": at.book.addresses.cell("full_address", at.row), "address_id": address_id}


def _address(at: At) -> dict[str, Any]:
    cell, row = at.book.addresses.cell, at.row
    return {
        "address_id": cell("address_id", row),
        "location_id": cell("location_id", row),
        "fcc_location_id": cell("fcc_location_id", row),
        "address": cell("full_address", row),
        "lon": cell("lon", row),
        "lat": cell("lat", row),
        "serviceable": cell("serviceable", row),
    }
