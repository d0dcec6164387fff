"""Plan versions over HTTP: what each did, what two say differently, and taking the latest back."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from starlette.responses import Response

from fibermap.access.model import Scope
from fibermap.coverage.difference import difference_between
from fibermap.coverage.versions import Version, list_versions, version_as_of
from fibermap.ingest.pipeline import UndoPreview
from fibermap.kernel.errors import Code, NotFound
from fibermap_api import differences
from fibermap_api.endpoint import Call, Endpoint, answer
from fibermap_api.models.plan_versions import (
    CompareAnswer,
    CompareQuestion,
    UndoneAnswer,
    UndoPreviewAnswer,
    VersionAnswer,
    VersionQuestion,
    VersionsAnswer,
    VersionsQuestion,
)
from fibermap_api.routes.ingests import GEOJSON, as_geojson, which_part


async def list_plan_versions(call: Call) -> Response:
    """Every change of the plan, newest first."""
    told = await _all_told(call)
    below = [each for each in told if call.query.before is None or each["version"] < call.query.before]
    latest = told[0]["version"] if told else 0
    return answer({"plan_version": latest, "total": len(told), "versions": below[: call.query.limit]})


async def read_plan_version(call: Call) -> Response:
    """One plan version."""
    wanted = call.query.version
    for each in await _all_told(call):
        if each["version"] == wanted:
            return answer(each)
    raise NotFound(
        Code.VERSION_NOT_FOUND, f"There is no plan version {wanted}.", hint="GET /v1/plan-versions lists them."
    )


async def compare_plan_versions(call: Call) -> Response:
    """What two plan versions say differently, counted and as rows."""
    asked: CompareQuestion = call.query
    first, last = sorted((asked.first, asked.last))

    def work() -> dict[str, Any]:
        tables = _compared(call, first, last)
        page = differences.rows(tables, asked.what, which_part(asked), asked.offset, asked.limit)
        return {"first": first, "last": last, "summary": differences.summary(tables), **page}

    return answer(await call.service.desk.in_turn(Scope.READ, work))


async def draw_plan_versions(call: Call) -> Response:
    """What two plan versions say differently, as GeoJSON; very many addresses as cells with their counts."""
    asked: CompareQuestion = call.query
    first, last = sorted((asked.first, asked.last))

    def work() -> dict[str, Any]:
        return differences.features(_compared(call, first, last), asked.what, which_part(asked))

    return as_geojson(await call.service.desk.in_turn(Scope.READ, work))


async def preview_undo(call: Call) -> Response:
    """What taking a version back would change, and whom it would touch. Nothing is written."""
    plan = call.service.desk.plan

    def work() -> UndoPreview:
        _check_there(call, call.query.version)
        return plan.preview_undo(call.query.version)

    preview = await call.service.desk.in_turn(Scope.READ, work)
    consequences = preview.consequences
    told = {
        "undoes": preview.undone.undone,
        "label": preview.undone.label,
        "difference": differences.summary(preview.difference.tables()),
        "consequences": {**asdict(consequences), "share": consequences.share},
    }
    return answer(told)


async def undo_plan_version(call: Call) -> Response:
    """Take the latest version in force back, by a new version that holds what held before. Nothing is erased."""
    plan = call.service.desk.plan

    def work() -> dict[str, Any]:
        _check_there(call, call.query.version)
        undone: dict[str, Any] = plan.undo(call.query.version, author=call.caller.name).value.as_json()
        return undone

    return answer(await call.service.desk.in_turn(Scope.PLAN, work))


async def _all_told(call: Call) -> list[dict[str, Any]]:
    store = call.service.desk.plan.store
    versions = await call.service.desk.in_turn(Scope.READ, lambda: store.preview(list_versions, cause="read"))
    undone_by = {version.undoes: version.version for version in versions if version.undoes is not None}
    in_force = [each.version for each in versions if each.kind != "undo" and each.version not in undone_by]
    return [_told(version, undone_by, in_force[:1]) for version in versions]


def _told(version: Version, undone_by: dict[int, int], latest: list[int]) -> dict[str, Any]:
    return {
        **asdict(version),
        "undone_by": undone_by.get(version.version),
        "can_undo": version.version in latest,
    }


def _compared(call: Call, first: int, last: int) -> differences.Tables:
    """Return the difference of two versions; what held in them never changes, so it is kept for a while."""
    store, kept = call.service.desk.plan.store, call.service.desk.compared
    for version in {first, last} - {0}:
        _check_there(call, version)
    return kept.get(
        (first, last),
        lambda: store.preview(lambda uow: difference_between(uow, first, last), cause="compare").tables(),
    )


def _check_there(call: Call, version: int) -> None:
    """Raise ``NotFound`` (``version_not_found``) for a version that is not there."""
    call.service.desk.plan.store.preview(lambda uow: version_as_of(uow, version), cause="read")


_LOOK, _CHANGE = (Scope.READ,), (Scope.PLAN,)
ENDPOINTS = (
    Endpoint(
        "GET", "/v1/plan-versions", list_plan_versions, "List plan versions", _LOOK,
        query=VersionsQuestion, answers=VersionsAnswer, tag="plan versions",
    ),
    Endpoint(
        "GET", "/v1/plan-versions/compare", compare_plan_versions, "Compare two plan versions", _LOOK,
        query=CompareQuestion, answers=CompareAnswer, problems=(404,), tag="plan versions",
    ),
    Endpoint(
        "GET", "/v1/plan-versions/compare.geojson", draw_plan_versions, "Draw what two plan versions say differently",
        _LOOK, query=CompareQuestion, media_types=(GEOJSON,), problems=(404,), tag="plan versions",
    ),
    Endpoint(
        "GET", "/v1/plan-versions/{version}", read_plan_version, "Read a plan version", _LOOK,
        query=VersionQuestion, answers=VersionAnswer, problems=(404,), tag="plan versions",
    ),
    Endpoint(
        "GET", "/v1/plan-versions/{version}/undo-preview", preview_undo, "See what an undo would do", _LOOK,
        query=VersionQuestion, answers=UndoPreviewAnswer, problems=(404, 409), tag="plan versions",
    ),
    Endpoint(
        "POST", "/v1/plan-versions/{version}:undo", undo_plan_version, "Take a plan version back", _CHANGE,
        query=VersionQuestion, answers=UndoneAnswer, problems=(404, 409), tag="plan versions",
    ),
)  # fmt: skip
