"""Zones over HTTP: opened, changed and closed by planners; their progress is for everybody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from fibermap.access.model import Scope
from fibermap.order.zone import Counts, Customers, GoalKind, Zone, public_progress, zone_json
from fibermap.order.zone_commands import change_zone, close_zone, open_zone
from fibermap.order.zone_store import find_zone, progress_of, zones
from fibermap.plan import Plan
from fibermap.store import UnitOfWork
from fibermap_api.endpoint import Call, Endpoint, answer
from fibermap_api.models.zones import (
    ChangeZoneQuestion,
    OpenZoneQuestion,
    PublicProgress,
    ZoneAnswer,
    ZoneQuestion,
    ZonesAnswer,
)
from fibermap_api.routes.areas import change, read

MAY_LOOK = (Scope.READ, Scope.SELL, Scope.PLAN)
EVERYBODY = (Scope.PUBLIC, *MAY_LOOK)


async def list_zones(call: Call) -> Response:
    """Every zone with how far it is, best priority first."""

    def work(_: Plan, uow: UnitOfWork) -> list[dict[str, Any]]:
        return [_told(uow, zone) for zone in zones(uow)]

    return answer({"zones": await read(call, work)})


async def read_zone(call: Call) -> Response:
    """One zone with how far it is."""
    return answer(await read(call, lambda _, uow: _told(uow, find_zone(uow, call.query.zone_id))))


async def zone_progress(call: Call) -> Response:
    """How far a zone is, for everybody: its public name, what is counted, and no number that is better than it is.

    A household counts once its pre-order is signed, with the deposit where one is asked for, and goes on counting as
    an order; one that was withdrawn does not. The goal of a share is of the units that are sold to, as *homes passed*
    counts them. Where fewer than `fewer_than` have signed, it is not told how many: a few neighbours would know who.
    """

    def work(_: Plan, uow: UnitOfWork) -> dict[str, Any]:
        zone = find_zone(uow, call.query.zone_id)
        return public_progress(zone, progress_of(uow, zone), uow.at_utc.date())

    return answer(await read(call, work))


async def open_a_zone(call: Call) -> Response:
    """Open a zone over coverage areas. Where zones overlap an address is of the one with the smallest `priority`."""
    asked: OpenZoneQuestion = call.body
    counts = Counts(asked.with_deposit, asked.technology, Customers(asked.customers))
    zone = Zone(
        0, asked.code, asked.public_name, tuple(asked.area_ids), GoalKind(asked.goal_kind), asked.goal_value,
        asked.priority, counts, asked.deadline,
    )  # fmt: skip
    return await _changed(call, "open_zone", lambda uow: open_zone(uow, zone), 201)


async def change_a_zone(call: Call) -> Response:
    """Give a zone other values; what is not named stays, and so does its code."""
    zone_id, changes = call.query.zone_id, call.body.said()
    return await _changed(call, "change_zone", lambda uow: change_zone(uow, zone_id, changes))


async def close_a_zone(call: Call) -> Response:
    """Stop asking people in a zone. Its addresses stay its own, and what was counted stays."""
    zone_id = call.query.zone_id
    return await _changed(call, "close_zone", lambda uow: close_zone(uow, zone_id))


async def _changed(call: Call, cause: str, work: Callable[[UnitOfWork], Zone], status: int = 200) -> Response:
    return answer(await change(call, cause, lambda _, uow: _told(uow, work(uow))), status)


def _told(uow: UnitOfWork, zone: Zone) -> dict[str, Any]:
    return zone_json(zone, progress_of(uow, zone))


ENDPOINTS = (
    Endpoint("GET", "/v1/zones", list_zones, "List zones", MAY_LOOK, answers=ZonesAnswer, tag="zones"),
    Endpoint(
        "POST", "/v1/zones", open_a_zone, "Open a zone", (Scope.PLAN,),
        body=OpenZoneQuestion, large=True, answers=ZoneAnswer, status=201, problems=(409,), tag="zones",
    ),
    Endpoint(
        "GET", "/v1/zones/{zone_id}", read_zone, "Read a zone", MAY_LOOK,
        query=ZoneQuestion, answers=ZoneAnswer, problems=(404,), tag="zones",
    ),
    Endpoint(
        "PATCH", "/v1/zones/{zone_id}", change_a_zone, "Change a zone", (Scope.PLAN,),
        query=ZoneQuestion, body=ChangeZoneQuestion, large=True, answers=ZoneAnswer, problems=(404,), tag="zones",
    ),
    Endpoint(
        "POST", "/v1/zones/{zone_id}:close", close_a_zone, "Close a zone", (Scope.PLAN,),
        query=ZoneQuestion, answers=ZoneAnswer, problems=(404,), tag="zones",
    ),
    Endpoint(
        "GET", "/v1/zones/{zone_id}/progress", zone_progress, "How far a zone is", EVERYBODY,
        query=ZoneQuestion, answers=PublicProgress, problems=(404,), tag="zones",
    ),
)  # fmt: skip
