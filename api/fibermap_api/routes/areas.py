"""Coverage areas over HTTP: listed, drawn, changed by whoever saw the latest version, weighed and published."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from starlette.responses import Response

from fibermap.access.model import Scope
from fibermap.address.corrections import Author
from fibermap.area_decisions import version_json
from fibermap.coverage import area_overrides
from fibermap.coverage.area_commands import edit_areas
from fibermap.coverage.area_edits import Edit
from fibermap.coverage.area_impact import weigh
from fibermap.coverage.area_json import feature_of, read_edits
from fibermap.coverage.area_shapes import faults_of, read_shape
from fibermap.coverage.areas import AreaFilter, area_versions, load_areas, page_of_areas
from fibermap.coverage.commands import Done
from fibermap.coverage.features import Window
from fibermap.coverage.neighbours import overlaps_of
from fibermap.coverage.versions import current_version
from fibermap.kernel.errors import Code
from fibermap.plan import Plan
from fibermap.spatial.metres import area_m2
from fibermap.store import UnitOfWork
from fibermap_api.endpoint import Call, Endpoint, answer
from fibermap_api.models.areas import (
    AreaFeature,
    AreaQuestion,
    AreasAnswer,
    AreasQuestion,
    AreaVersionsAnswer,
    ChangeQuestion,
    DeleteQuestion,
    DisagreementsAnswer,
    DrawQuestion,
    ImpactAnswer,
    ImpactQuestion,
    MergeQuestion,
    PublishedAnswer,
    PublishQuestion,
    ShapeQuestion,
    SplitQuestion,
    ValidityAnswer,
)
from fibermap_api.problems import PreconditionMissing

T = TypeVar("T")
_ETAG = re.compile(r'"(\d{1,10})"', re.ASCII)


async def read(call: Call, work: Callable[[Plan, UnitOfWork], T]) -> T:
    """Read from the plan, in turn, and leave nothing behind."""
    desk = call.service.desk
    return await desk.in_turn(
        Scope.READ, lambda: desk.plan.store.preview(lambda uow: work(desk.plan, uow), cause="read")
    )


async def change(call: Call, cause: str, work: Callable[[Plan, UnitOfWork], T]) -> T:
    """Change the plan, in turn and alone."""
    desk = call.service.desk
    return await desk.in_turn(
        Scope.PLAN, lambda: desk.plan.store.run_alone(lambda uow: work(desk.plan, uow), cause=cause)
    )


def author_of(call: Call, reason: str) -> Author:
    """Return who asks, as the record of changes names them."""
    return Author(call.caller.name.strip() or call.caller.id, reason)


async def list_areas(call: Call) -> Response:
    """The coverage areas in force as GeoJSON, page by page in order of id."""
    asked: AreasQuestion = call.query
    window = None if asked.bbox is None else Window(*map(float, asked.bbox.split(",")))
    drawn = None if asked.drawn is None else asked.drawn == "true"
    wanted = AreaFilter(window, asked.class_, asked.phase, asked.text, drawn)

    def work(_: Plan, uow: UnitOfWork) -> dict[str, Any]:
        page = page_of_areas(uow, wanted, after=asked.after, limit=asked.limit)
        return {
            "type": "FeatureCollection",
            "features": [feature_of(area) for area in page.areas],
            "total": page.total,
            "after": page.after,
            "plan_version": current_version(uow),
        }

    return answer(await read(call, work))


async def read_area(call: Call) -> Response:
    """One area; its ETag is what a change of it has to name in If-Match."""
    area_id = call.query.area_id
    area = (await read(call, lambda _, uow: load_areas(uow, [area_id])))[area_id]
    return answer(feature_of(area), headers={"ETag": f'"{area.version}"'})


async def read_area_versions(call: Call) -> Response:
    """Every version of an area, newest first: who made it so, when, and what that changed."""
    area_id = call.query.area_id
    rows = await read(call, lambda _, uow: area_versions(uow, area_id))
    return answer({"area_id": area_id, "versions": [version_json(row) for row in rows]})


async def draw_area(call: Call) -> Response:
    """Draw an area that no source has."""
    asked: DrawQuestion = call.body
    edit = {"op": "draw", "geometry": asked.geometry.model_dump(), "properties": asked.properties.said()}
    return await _published(call, [edit], {}, asked.reason, 201)


async def change_area(call: Call) -> Response:
    """Give an area another shape or other fields. It has to be as it was when you looked: If-Match names its ETag."""
    asked: ChangeQuestion = call.body
    edit: dict[str, Any] = {"op": "change", "area_id": call.query.area_id}
    if asked.geometry is not None:
        edit["geometry"] = asked.geometry.model_dump()
    if asked.properties is not None:
        edit["properties"] = asked.properties.said()
    return await _published(call, [edit], _bases(call, call.query.area_id), asked.reason)


async def retire_area(call: Call) -> Response:
    """Take an area out of the plan, whatever its source repeats; its history stays. Needs If-Match."""
    area_id = call.query.area_id
    return await _published(call, [{"op": "retire", "area_id": area_id}], _bases(call, area_id), call.query.reason)


async def split_area(call: Call) -> Response:
    """Cut an area along a line: the largest part stays the area. Needs If-Match."""
    area_id = call.query.area_id
    edit = {"op": "split", "area_id": area_id, "line": call.body.line.model_dump()}
    return await _published(call, [edit], _bases(call, area_id), call.body.reason)


async def merge_areas(call: Call) -> Response:
    """Make several areas one: the first takes in the others and keeps what it says."""
    return await _published(call, [{"op": "merge", "area_ids": list(call.body.area_ids)}], {}, call.body.reason)


async def publish_areas(call: Call) -> Response:
    """Carry out several edits as one plan version."""
    asked: PublishQuestion = call.body
    return await _published(call, asked.said(), whole(asked.bases), asked.reason)


async def validate_area(call: Call) -> Response:
    """Say what keeps a drawing from being an area, where, and which areas it lies over."""
    asked: ShapeQuestion = call.body
    shape = read_shape(asked.geometry.model_dump())

    def work(plan: Plan, uow: UnitOfWork) -> dict[str, Any]:
        sliver_m2 = plan.settings.sliver_m2
        faults = faults_of(shape, sliver_m2=sliver_m2)
        overlaps = [] if faults else overlaps_of(uow, shape, sliver_m2=sliver_m2, but=asked.area_id)
        return {
            "valid": not faults,
            "faults": [fault.as_json() for fault in faults],
            "size_m2": float(area_m2(shape)[0]),
            "overlaps": overlaps,
        }

    return answer(await read(call, work))


async def weigh_areas(call: Call) -> Response:
    """Say what edits would do, exactly: addresses and units by class, holds and customers touched. Writes nothing."""
    asked: ImpactQuestion = call.body
    edits = read_edits(asked.said())
    return answer((await read(call, lambda plan, uow: weigh(uow, edits, plan.settings))).as_json())


async def list_area_disagreements(call: Call) -> Response:
    """Edits of areas whose sources have said something new since."""
    return answer({"disagreements": await read(call, lambda _, uow: area_overrides.disagreements(uow))})


def whole(bases: Mapping[str, int]) -> dict[int, int]:
    """Return the versions of areas by id; what is no id is no area."""
    return {int(area_id): version for area_id, version in bases.items() if area_id.isascii() and area_id.isdigit()}


def published(done: Done) -> dict[str, Any]:
    """Return what a publication did."""
    return {"plan_version": done.version, "area_ids": list(done.ids), "flips": done.flips.counts}


async def _published(
    call: Call, said: Sequence[Mapping[str, Any]], bases: Mapping[int, int], reason: str, status: int = 200
) -> Response:
    edits: list[Edit] = read_edits(said)
    by = author_of(call, reason)
    done = await change(call, "edit_areas", lambda plan, uow: edit_areas(uow, edits, by, plan.settings, bases=bases))
    return answer(published(done), status, {"ETag": f'"{done.version}"'})


def base_of(call: Call, what: str) -> int | None:
    """Read which version of a thing a change was made on, None for any; raises `PreconditionMissing`."""
    given = call.request.headers.get("if-match", "").strip()
    if given == "*":
        return None
    found = _ETAG.fullmatch(given)
    if found is None:
        raise PreconditionMissing(
            Code.PRECONDITION_MISSING,
            f"Say which version of the {what} you looked at.",
            hint=f'Send the version that the {what} came with: If-Match: "7".',
        )
    return int(found[1])


def _bases(call: Call, area_id: int) -> dict[int, int]:
    base = base_of(call, "area")
    return {} if base is None else {area_id: base}


_R, _P = (Scope.READ,), (Scope.PLAN,)
_ONE = (404, 412, 428)
ENDPOINTS = (
    Endpoint("GET", "/v1/areas", list_areas, "List areas", _R, query=AreasQuestion, answers=AreasAnswer, tag="areas"),
    Endpoint(
        "POST", "/v1/areas", draw_area, "Draw an area", _P,
        body=DrawQuestion, answers=PublishedAnswer, status=201, large=True, problems=(409,), tag="areas",
    ),
    Endpoint(
        "POST", "/v1/areas:validate", validate_area, "Look at a drawing", _R,
        body=ShapeQuestion, answers=ValidityAnswer, large=True, tag="areas",
    ),
    Endpoint(
        "POST", "/v1/areas:impact", weigh_areas, "Weigh edits of areas", _R,
        body=ImpactQuestion, answers=ImpactAnswer, large=True, problems=(404, 409), tag="areas",
    ),
    Endpoint(
        "POST", "/v1/areas:publish", publish_areas, "Publish edits of areas", _P,
        body=PublishQuestion, answers=PublishedAnswer, large=True, problems=(404, 409, 412), tag="areas",
    ),
    Endpoint(
        "POST", "/v1/areas:merge", merge_areas, "Merge areas", _P,
        body=MergeQuestion, answers=PublishedAnswer, problems=(404, 409), tag="areas",
    ),
    Endpoint(
        "GET", "/v1/areas:disagreements", list_area_disagreements, "List disagreements", _R,
        answers=DisagreementsAnswer, tag="areas",
    ),
    Endpoint(
        "POST", "/v1/areas/{area_id}:split", split_area, "Split an area", _P, query=AreaQuestion,
        body=SplitQuestion, answers=PublishedAnswer, large=True, problems=(*_ONE, 409), tag="areas",
    ),
    Endpoint(
        "GET", "/v1/areas/{area_id}/versions", read_area_versions, "Read an area's history", _R,
        query=AreaQuestion, answers=AreaVersionsAnswer, problems=(404,), tag="areas",
    ),
    Endpoint(
        "GET", "/v1/areas/{area_id}", read_area, "Read an area", _R,
        query=AreaQuestion, answers=AreaFeature, problems=(404,), tag="areas",
    ),
    Endpoint(
        "PATCH", "/v1/areas/{area_id}", change_area, "Change an area", _P, query=AreaQuestion,
        body=ChangeQuestion, answers=PublishedAnswer, large=True, problems=(*_ONE, 409), tag="areas",
    ),
    Endpoint(
        "DELETE", "/v1/areas/{area_id}", retire_area, "Retire an area", _P,
        query=DeleteQuestion, answers=PublishedAnswer, problems=(*_ONE, 409), tag="areas",
    ),
)  # fmt: skip
