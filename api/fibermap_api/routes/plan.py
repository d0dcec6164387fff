"""The verbs of the plan: what `fibermap.connect` and the command line speak with a server of their own release."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import replace
from http import HTTPStatus
from typing import Any, get_type_hints

from pydantic import Field
from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response

from fibermap.access.model import Scope
from fibermap.client.verbs import VERBS, Shape, Verb
from fibermap.client.wire import WRITTEN, dumps
from fibermap.ingest.report import IngestReport
from fibermap.kernel.errors import Code, FibermapError, NotPermitted
from fibermap.plan import Plan
from fibermap_api.admission import is_local
from fibermap_api.endpoint import Call, Endpoint, answer
from fibermap_api.models.questions import Question
from fibermap_api.plan_desk import Asked
from fibermap_api.problems import problem_of
from fibermap_api.requests import chunks_of, read_json, require_media_type
from fibermap_api.spool import place_in

OCTETS = "application/octet-stream"


class PlanCall(Question):
    """The arguments of a verb, as its method takes them, and the dry run that it is about."""

    arguments: list[Any] = Field(default_factory=list, max_length=1_000)
    named: dict[str, Any] = Field(default_factory=dict, max_length=100)
    report_id: str | None = Field(default=None, max_length=64)


class UploadQuestion(Question):
    """A file to come: its name below the input's own, and the upload that it belongs to."""

    name: str = Field(min_length=1, max_length=4_000)
    upload_id: str | None = Field(default=None, max_length=64)


async def upload(call: Call) -> Response:
    """Take in a file that is to be ingested."""
    require_media_type(call.request, OCTETS)
    spool, settings = call.service.desk.spool, call.settings
    taken = spool.take(call.caller.id, call.query.upload_id)
    try:
        path, size = place_in(taken, call.query.name), 0
        async with chunks_of(
            call.request, most_bytes=settings.plan_upload_bytes, longest_s=settings.plan_upload_s
        ) as chunks:
            with path.open("wb") as file:
                async for chunk in chunks:
                    size += file.write(chunk)
    except BaseException:
        spool.remove(taken.upload_id)
        raise
    return answer({"upload_id": taken.upload_id, "bytes": size}, HTTPStatus.CREATED)


def _worker(verb: Verb) -> Callable[[Call], Awaitable[Response]]:
    async def work(call: Call) -> Response:
        try:
            return await _answered(verb, call)
        except FibermapError as error:
            return _told(error, call)

    work.__name__ = f"plan_{verb.name}".replace(".", "_")
    work.__doc__ = _first_sentence(verb)
    return work


def _first_sentence(verb: Verb) -> str:
    owner: Any = IngestReport if verb.on_report else Plan
    if verb.room:
        owner = get_type_hints(getattr(Plan, verb.room).fget)["return"]
    method = getattr(owner, verb.own_name, None)
    return (inspect.getdoc(method) or "Let go of a dry run.").partition("\n")[0]


async def _answered(verb: Verb, call: Call) -> Response:
    desk = call.service.desk
    if verb.on_this_machine and not is_local(call.request):
        raise NotPermitted(
            Code.SCOPE_MISSING,
            "This writes to the disk of the server's machine.",
            hint="Ask on that machine, as the user who started the server.",
        )
    settings = call.settings
    body = await read_json(
        call.request, PlanCall, most_bytes=settings.plan_body_bytes, longest_s=settings.plan_upload_s
    )
    asked = Asked(call.caller.id, body.arguments, body.named, body.report_id)
    if verb.shape is Shape.FILE:
        export = await desk.export(verb, asked)
        headers = {WRITTEN: dumps(export.written.as_json()).decode()}
        return FileResponse(export.file, headers=headers, media_type=OCTETS, background=BackgroundTask(export.remove))
    content, media_type = await desk.call(verb, asked)
    return Response(content, media_type=media_type)


def _told(error: FibermapError, call: Call) -> Response:
    """Answer a failure with all that the error names: who works on the plan asked about these very files and rows."""
    problem = problem_of(error)
    if problem.status < HTTPStatus.INTERNAL_SERVER_ERROR:
        problem = replace(problem, more={**error.where, **(problem.more or {})})
    return problem.response(call.request.scope["request_id"])


ENDPOINTS = (
    Endpoint(
        "POST", "/v1/plan/uploads", upload, "Send a file to be ingested", (Scope.PLAN,),
        query=UploadQuestion, status=201, tag="plan", described=False,
    ),
    *(
        Endpoint(
            "POST", f"/v1/plan/{verb.name}", _worker(verb), verb.name, (verb.scope,), tag="plan", described=False,
        )
        for verb in VERBS.values()
    ),
)  # fmt: skip
