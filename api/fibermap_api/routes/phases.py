"""Phases over HTTP: how far they are, opened whole or in part, moved, and what each of that sets off."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from starlette.responses import Response

from fibermap.access.model import Scope
from fibermap.coverage.area_shapes import read_shape, require_area
from fibermap.coverage.commands import Done
from fibermap.coverage.phase_commands import open_phase, require_version, slip_phase
from fibermap.coverage.phase_list import describe_phase, list_phases, open_windows
from fibermap.coverage.phase_model import Opening, Slip, part_of
from fibermap.coverage.phase_preview import preview_opening, preview_slip
from fibermap.coverage.rule_settings import recall_minutes
from fibermap.coverage.versions import current_version
from fibermap.plan import Plan
from fibermap.store import UnitOfWork
from fibermap.store.recall import find_window
from fibermap_api.endpoint import Call, Endpoint, answer
from fibermap_api.models.phases import (
    MoveQuestion,
    OpeningPreviewAnswer,
    OpeningQuestion,
    OpenQuestion,
    PhaseDetailsAnswer,
    PhaseDone,
    PhaseQuestion,
    PhasesAnswer,
    SlipPreviewAnswer,
    SlipQuestion,
)
from fibermap_api.routes.areas import author_of, change, read

T = TypeVar("T")


async def list_all(call: Call) -> Response:
    """How far each phase is, and which plan versions an undo still calls off."""

    def work(_: Plan, uow: UnitOfWork) -> dict[str, Any]:
        return {
            "plan_version": current_version(uow),
            "now": uow.at_utc,
            "recall_minutes": recall_minutes(uow),
            "phases": list_phases(uow),
            "windows": open_windows(uow),
        }

    return answer(await read(call, work))


async def describe(call: Call) -> Response:
    """The parts that a phase can be opened by, its openings, and the history of its dates."""
    return answer(await read(call, lambda _, uow: describe_phase(uow, call.query.phase)))


async def preview_open(call: Call) -> Response:
    """What opening a phase or a part of it would set off: the counts are those that publishing has."""
    return answer(await _previewed(call, lambda plan, uow: preview_opening(uow, _opening(call, plan), plan.settings)))


async def open_one(call: Call) -> Response:
    """Open a phase or a part of it: build from the day on which the network is ready, orderable once sales open."""
    asked: OpenQuestion = call.body
    by = author_of(call, asked.reason)

    def work(plan: Plan, uow: UnitOfWork) -> dict[str, Any]:
        require_version(uow, asked.plan_version)
        return _done(uow, open_phase(uow, _opening(call, plan), by, plan.settings))

    return answer(await change(call, "open_phase", work))


async def preview_move(call: Call) -> Response:
    """Whom another expected date would touch, and what the public would read."""
    return answer(await _previewed(call, lambda plan, uow: preview_slip(uow, _slip(call), plan.settings)))


async def move_one(call: Call) -> Response:
    """Give what is not open of a phase another expected date; the first one and every move stay on record."""
    asked: SlipQuestion = call.body
    by = author_of(call, asked.reason)

    def work(plan: Plan, uow: UnitOfWork) -> dict[str, Any]:
        require_version(uow, asked.plan_version)
        return _done(uow, slip_phase(uow, _slip(call), by, plan.settings))

    return answer(await change(call, "slip_phase", work))


async def _previewed(call: Call, work: Callable[[Plan, UnitOfWork], T]) -> T:
    """Do something and roll it back, in the turn of the changes: two that write at once are in each other's way."""
    desk = call.service.desk
    return await desk.in_turn(
        Scope.PLAN, lambda: desk.plan.store.preview(lambda uow: work(desk.plan, uow), cause="preview")
    )


def _opening(call: Call, plan: Plan) -> Opening:
    asked: OpeningQuestion = call.body
    shape = None
    if asked.shape is not None:
        shape = require_area(read_shape(asked.shape.model_dump()), sliver_m2=plan.settings.sliver_m2)
    part = part_of(cabinets=asked.cabinets, splitters=asked.splitters, terminals=asked.terminals, shape=shape)
    return Opening(asked.phase, asked.network_ready_on, asked.sales_open_on or asked.network_ready_on, part)


def _slip(call: Call) -> Slip:
    asked: MoveQuestion = call.body
    return Slip(asked.phase, asked.expected_on, asked.precision, asked.opening_id)


def _done(uow: UnitOfWork, done: Done) -> dict[str, Any]:
    window = find_window(uow.sql, done.version)
    return {
        "id": done.ids[0],
        "plan_version": done.version,
        "flips": done.flips.counts,
        "recallable_until": None if window is None else window.ends_at_utc,
    }


_LOOK, _CHANGE = (Scope.READ,), (Scope.PLAN,)
ENDPOINTS = (
    Endpoint("GET", "/v1/phases", list_all, "List phases", _LOOK, answers=PhasesAnswer, tag="phases"),
    Endpoint(
        "GET", "/v1/phases/details", describe, "Read a phase", _LOOK,
        query=PhaseQuestion, answers=PhaseDetailsAnswer, problems=(404,), tag="phases",
    ),
    Endpoint(
        "POST", "/v1/phases:preview", preview_open, "See what opening a phase sets off", _CHANGE,
        body=OpeningQuestion, answers=OpeningPreviewAnswer, large=True, problems=(404, 409), tag="phases",
    ),
    Endpoint(
        "POST", "/v1/phases:open", open_one, "Open a phase or a part of it", _CHANGE,
        body=OpenQuestion, answers=PhaseDone, large=True, problems=(404, 409), tag="phases",
    ),
    Endpoint(
        "POST", "/v1/phases:preview-slip", preview_move, "See whom another date touches", _CHANGE,
        body=MoveQuestion, answers=SlipPreviewAnswer, problems=(404, 409), tag="phases",
    ),
    Endpoint(
        "POST", "/v1/phases:slip", move_one, "Move a phase's date", _CHANGE,
        body=SlipQuestion, answers=PhaseDone, problems=(404, 409), tag="phases",
    ),
)  # fmt: skip
