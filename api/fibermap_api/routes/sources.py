"""Saved sources over HTTP."""

from __future__ import annotations

from functools import partial

from starlette.responses import Response

from fibermap.access.model import Scope
from fibermap.ingest import saved_sources
from fibermap.ingest.saved_sources import SavedSource
from fibermap_api.endpoint import Call, Endpoint, answer
from fibermap_api.models.sources import SourceAnswer, SourceNameQuestion, SourceQuestion, SourcesAnswer


async def list_saved_sources(call: Call) -> Response:
    """The saved sources, when each is pulled next, how its last pulls ended, and what waits for a planner."""
    return answer({"sources": await call.service.desk.in_turn(Scope.READ, call.service.sources.told)})


async def save_source(call: Call) -> Response:
    """Save a source, in place of one of its name. One with a schedule is pulled at once, and then when it is due."""
    source = SavedSource(**call.body.model_dump(), author=call.caller.name)
    store = call.service.desk.plan.store
    work = partial(saved_sources.save_source, source=source)
    await call.service.desk.in_turn(Scope.PLAN, lambda: store.run(work, cause="add_source"))
    return answer(await _told(call, source.name), 201)


async def pull_source(call: Call) -> Response:
    """Have a source pulled as soon as the server comes to it: within seconds, unless others are being pulled."""
    store, name = call.service.desk.plan.store, call.query.name
    await call.service.desk.in_turn(
        Scope.PLAN, lambda: store.run(lambda uow: saved_sources.make_due(uow, name), cause="pull_source")
    )
    return answer(await _told(call, name), 202)


async def remove_source(call: Call) -> Response:
    """Forget a source. What it brought stays in the plan."""
    store, name = call.service.desk.plan.store, call.query.name
    await call.service.desk.in_turn(
        Scope.PLAN, lambda: store.run(lambda uow: saved_sources.remove_source(uow, name), cause="remove_source")
    )
    return Response(status_code=204)


async def _told(call: Call, name: str) -> object:
    told = await call.service.desk.in_turn(Scope.READ, call.service.sources.told)
    return next((source for source in told if source["name"] == name), None)


_LOOK, _CHANGE = (Scope.READ,), (Scope.PLAN,)
ENDPOINTS = (
    Endpoint(
        "GET", "/v1/sources", list_saved_sources, "List saved sources", _LOOK, answers=SourcesAnswer, tag="sources",
    ),
    Endpoint(
        "POST", "/v1/sources", save_source, "Save a source", _CHANGE,
        body=SourceQuestion, answers=SourceAnswer, status=201, tag="sources",
    ),
    Endpoint(
        "POST", "/v1/sources/{name}:pull", pull_source, "Pull a source now", _CHANGE,
        query=SourceNameQuestion, answers=SourceAnswer, status=202, problems=(404,), tag="sources",
    ),
    Endpoint(
        "DELETE", "/v1/sources/{name}", remove_source, "Forget a source", _CHANGE,
        query=SourceNameQuestion, status=204, problems=(404,), tag="sources",
    ),
)  # fmt: skip
