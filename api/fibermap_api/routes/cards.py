"""Finding anything in one box, and the card of an address."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, time
from time import monotonic, sleep
from typing import Any

from starlette.responses import Response

from fibermap.access.model import Scope
from fibermap.coverage.versions import current_version
from fibermap.kernel.errors import Code, NotFound
from fibermap.report.card import card
from fibermap.report.search import search
from fibermap.serving.offer import reasons
from fibermap.store import UnitOfWork
from fibermap_api.endpoint import Call, Endpoint, answer
from fibermap_api.models.screen import CardAnswer, CardQuestion, SearchAnswer, SearchQuestion
from fibermap_api.screen_desk import Shown
from fibermap_api.service import Answers

CATCH_UP_S, LOOK_S = 1.0, 0.01
"""How long a card waits for what it tells from memory; the index of a large change takes longer, and says so."""


async def find_anything(call: Call) -> Response:
    """What a text may mean: addresses as they are typed, coordinates in several notations, ids, areas and terminals by
    name, streets and cities.
    """
    asked, answers = call.query, call.service.answers

    def find(shown: Shown) -> dict[str, Any]:
        state = shown.screen.state
        found = search(shown.screen.sql, answers, asked.q, asked.limit)
        return {"results": found, "plan_version": state.plan_version, "data_version": state.data_version}

    return answer(await call.service.screen.ask(find))


async def read_card(call: Call) -> Response:
    """An address with its class by technology, whether it may be sold, why, and its history. `as_of` looks back to what
    was known then, `at` ahead to a date in the world.
    """
    asked, answers = call.query, call.service.answers
    as_of = _moment(asked.as_of)

    def read(shown: Shown) -> dict[str, Any]:
        def put_together(uow: UnitOfWork) -> tuple[dict[str, Any], int]:
            return card(uow, asked.address_id, shown.settings, as_of=as_of, at=asked.at), current_version(uow)

        told, version = shown.store.preview(put_together, cause="read")
        catch_up(answers, version)
        now = _now(answers, int(told["address"]["address_id"]))
        return {**told, "as_of": asked.as_of, "reasons": reasons(told["not_orderable"]), "now": now}

    return answer(await call.service.screen.ask(read))


def catch_up(answers: Answers, version: int) -> None:
    """Wait until what is answered from memory knows a plan version too, but no longer than `CATCH_UP_S`.

    Whoever has just added an address would else see its card without what is there.
    """
    until_s = monotonic() + CATCH_UP_S
    while int(answers.data_version().partition(".")[0]) < version and monotonic() < until_s:
        sleep(LOOK_S)


def _now(answers: Answers, address_id: int) -> dict[str, Any] | None:
    """Return what has no versions: the address's units and connectivity as they are; None where it is no more."""
    with suppress(NotFound):
        told = answers.address(address_id, public=False)
        names = ("units", "unit_count", "connectivity", "data_version")
        return {**{name: told.get(name) for name in names}, "unit_list": _units(answers, told.get("location_id"))}
    return None


def _units(answers: Answers, location_id: int | None) -> Any:
    with suppress(NotFound):
        return [] if location_id is None else answers.units(location_id)["units"]
    return []


def _moment(text: str | None) -> int | datetime | None:
    """Return a plan version, or the end of a day."""
    if text is None or text.isdigit():
        return None if text is None else int(text)
    try:
        return datetime.combine(date.fromisoformat(text), time.max, UTC)
    except ValueError as error:
        raise NotFound(Code.VERSION_NOT_FOUND, "There is no such day.", hint="Write 2027-03-01.") from error


ENDPOINTS = (
    Endpoint(
        "GET", "/v1/search", find_anything, "Find anything", (Scope.READ,),
        query=SearchQuestion, answers=SearchAnswer, tag="map",
    ),
    Endpoint(
        "GET", "/v1/addresses/{address_id}/card", read_card, "Read an address's card", (Scope.READ,),
        query=CardQuestion, answers=CardAnswer, problems=(404,), tag="addresses",
    ),
)  # fmt: skip
