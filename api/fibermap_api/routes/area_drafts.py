"""Drafts of edits of areas over HTTP: saved while somebody draws, told to others, published or discarded."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from starlette.responses import Response

from fibermap.access.model import Scope
from fibermap.coverage import area_drafts
from fibermap.coverage.area_drafts import Draft
from fibermap.store import UnitOfWork
from fibermap_api.endpoint import Call, Endpoint, answer
from fibermap_api.models.areas import (
    DraftAnswer,
    DraftIdQuestion,
    DraftQuestion,
    DraftsAnswer,
    PublishedAnswer,
    ReasonQuestion,
)
from fibermap_api.routes.areas import author_of, change, published, read, whole

_KEEPING = "keep a draft"


async def list_area_drafts(call: Call) -> Response:
    """Your open drafts, the last saved first, and who else is at work on which areas."""
    name = author_of(call, _KEEPING).name

    def work(_: Any, uow: UnitOfWork) -> dict[str, Any]:
        mine = [_told(uow, draft) for draft in area_drafts.own_drafts(uow, name)]
        return {"drafts": mine, "others": [asdict(other) for other in area_drafts.others_at_work(uow, name)]}

    return answer(await read(call, work))


async def keep_area_draft(call: Call) -> Response:
    """Keep edits as a new draft, finished or not."""
    return answer(await _save(call, None), 201)


async def save_area_draft(call: Call) -> Response:
    """Keep the edits of a draft as they are now."""
    return answer(await _save(call, call.query.draft_id))


async def read_area_draft(call: Call) -> Response:
    """One of your drafts, and which of its areas have changed since."""
    name = author_of(call, _KEEPING).name
    found = await read(call, lambda _, uow: _told(uow, area_drafts.own_draft(uow, call.query.draft_id, name)))
    return answer(found)


async def publish_area_draft(call: Call) -> Response:
    """Carry out the edits of a draft as one plan version."""
    by = author_of(call, call.body.reason)
    done = await change(
        call, "publish_draft", lambda plan, uow: area_drafts.publish_draft(uow, call.query.draft_id, by, plan.settings)
    )
    return answer(published(done))


async def discard_area_draft(call: Call) -> Response:
    """Throw a draft away."""
    name = author_of(call, _KEEPING).name
    await change(call, "discard_draft", lambda _, uow: area_drafts.discard_draft(uow, call.query.draft_id, name))
    return Response(status_code=204)


async def _save(call: Call, draft_id: int | None) -> dict[str, Any]:
    asked: DraftQuestion = call.body
    name = author_of(call, _KEEPING).name

    def work(_: Any, uow: UnitOfWork) -> dict[str, Any]:
        draft = area_drafts.save_draft(
            uow, name, asked.title, asked.said(), whole(asked.bases), draft_id=draft_id, revision=asked.revision
        )
        return _told(uow, draft)

    return await change(call, "save_draft", work)


def _told(uow: UnitOfWork, draft: Draft) -> dict[str, Any]:
    said = asdict(draft)
    del said["state"], said["plan_version"]
    return {**said, "stale": area_drafts.stale_bases(uow, draft)}


_P = (Scope.PLAN,)
ENDPOINTS = (
    Endpoint("GET", "/v1/area-drafts", list_area_drafts, "List drafts", _P, answers=DraftsAnswer, tag="areas"),
    Endpoint(
        "POST", "/v1/area-drafts", keep_area_draft, "Keep a draft", _P,
        body=DraftQuestion, answers=DraftAnswer, status=201, large=True, tag="areas",
    ),
    Endpoint(
        "POST", "/v1/area-drafts/{draft_id}:publish", publish_area_draft, "Publish a draft", _P, query=DraftIdQuestion,
        body=ReasonQuestion, answers=PublishedAnswer, problems=(404, 409, 412), tag="areas",
    ),
    Endpoint(
        "GET", "/v1/area-drafts/{draft_id}", read_area_draft, "Read a draft", _P,
        query=DraftIdQuestion, answers=DraftAnswer, problems=(404,), tag="areas",
    ),
    Endpoint(
        "PUT", "/v1/area-drafts/{draft_id}", save_area_draft, "Save a draft", _P, query=DraftIdQuestion,
        body=DraftQuestion, answers=DraftAnswer, large=True, problems=(404, 409), tag="areas",
    ),
    Endpoint(
        "DELETE", "/v1/area-drafts/{draft_id}", discard_area_draft, "Discard a draft", _P,
        query=DraftIdQuestion, status=204, problems=(404,), tag="areas",
    ),
)  # fmt: skip
