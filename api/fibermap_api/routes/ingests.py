"""Bringing things in over HTTP: send files or name a live layer, look at the dry run, decide, publish."""

from __future__ import annotations

from dataclasses import asdict, replace
from http import HTTPStatus
from typing import Any

import anyio
import shapely
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from fibermap.access.model import Scope
from fibermap.ingest.pipeline import Request, display_name
from fibermap.ingest.report import IngestReport
from fibermap.kernel.errors import Code, InputRefused, NotFound
from fibermap_api import differences
from fibermap_api.endpoint import Call, Endpoint, answer
from fibermap_api.ingest_record import IngestRecord
from fibermap_api.ingests import Ingests
from fibermap_api.models.ingests import (
    AnswerQuestion,
    DifferenceQuestion,
    FindingAnswer,
    FindingQuestion,
    HowQuestion,
    IngestAnswer,
    IngestDifferenceQuestion,
    IngestQuestion,
    IngestsAnswer,
    LayerAddressQuestion,
    PromoteQuestion,
    RowsAnswer,
    StartedAnswer,
)
from fibermap_api.multipart import FORM, inputs_of, receive_form
from fibermap_api.requests import chunks_of, read_values

GEOJSON = "application/geo+json"


async def bring_in(call: Call) -> Response:
    """Send one file or several as the field `file` of a form, with the fields `source`, `role` and `crs` beside it; or
    name a live layer as JSON. The files of one form become one dry run. A form that breaks off leaves nothing behind.
    """
    record = await (_receive(call) if call.body is None else _name_layer(call))
    headers = {"Location": f"/v1/ingests/{record.ingest_id}"}
    return answer({"id": record.ingest_id}, HTTPStatus.ACCEPTED, headers)


async def _receive(call: Call) -> IngestRecord:
    ingests, spool, settings = call.service.ingests, call.service.desk.spool, call.settings
    upload = spool.take(call.caller.id, None)
    record = ingests.begin(call.caller.id, call.caller.name, ())
    try:
        async with chunks_of(
            call.request, most_bytes=settings.plan_upload_bytes, longest_s=settings.plan_upload_s
        ) as chunks:
            kind = call.request.headers["content-type"]
            form = await receive_form(kind, chunks, upload, settings.ingest_files)
        how = read_values(HowQuestion.of_form(form.fields), HowQuestion)
        inputs = inputs_of(upload, list(form.files))
        names = tuple(path.relative_to(upload.folder).as_posix() for path in inputs)
        record = replace(record, inputs=names, bytes=form.bytes, source=how.source)
        request = Request(inputs, author=call.caller.name, **how.decisions())
    except BaseException as error:
        # Also where the connection is lost and the request cancelled: nothing half of it stays.
        with anyio.CancelScope(shield=True):
            ingests.fail(record, error if isinstance(error, Exception) else _broke_off(), upload)
        raise
    ingests.read(ingests.records.keep(record), request, upload)
    return record


def _broke_off() -> InputRefused:
    return InputRefused(Code.INTERRUPTED, "The upload broke off. Nothing of it was kept.", hint="Send the files again.")


async def _name_layer(call: Call) -> IngestRecord:
    asked: LayerAddressQuestion = call.body
    inputs = (display_name(asked.url),)
    record = call.service.ingests.begin(call.caller.id, call.caller.name, inputs, source=asked.source)
    request = Request([asked.url], token=asked.token, author=call.caller.name, **asked.decisions())
    call.service.ingests.read(record, request, None)
    return record


async def list_ingests(call: Call) -> Response:
    """What was brought in lately by anybody, newest first, without the reports."""
    ingests = call.service.ingests
    return answer({"ingests": [_told(ingests, ingests.find(each.ingest_id)) for each in ingests.records.listed()]})


async def read_ingest(call: Call) -> Response:
    """How far it is, and its report while it waits for a decision."""
    ingests = call.service.ingests
    record, report = ingests.look(call.query.ingest_id)  # both now: it may be decided while the report is written out
    told = _told(ingests, record)
    if report is not None:
        told["report"] = await run_in_threadpool(_report, report)
    return answer(told)


async def answer_ingest(call: Call) -> Response:
    """Decide about words, roles, mappings, the coordinate system or distance rules; the dry run is then made again."""
    ingests = call.service.ingests
    record = ingests.waiting(call.query.ingest_id)
    return answer(_told(ingests, ingests.answer(record, call.body.decisions())), HTTPStatus.ACCEPTED)


async def promote_ingest(call: Call) -> Response:
    """Publish the dry run as a plan version. It is refused where the plan has changed since: make it again first."""
    ingests = call.service.ingests
    record = ingests.waiting(call.query.ingest_id)
    running = ingests.promote(record, frozenset(call.body.yes), call.caller.name)
    return answer(_told(ingests, running), HTTPStatus.ACCEPTED)


async def discard_ingest(call: Call) -> Response:
    """Let it go. Nothing was written."""
    ingests = call.service.ingests
    return answer(_told(ingests, ingests.discard(ingests.waiting(call.query.ingest_id))))


async def list_ingest_difference(call: Call) -> Response:
    """What publishing would change, as rows."""
    asked: IngestDifferenceQuestion = call.query
    tables = _difference(call)
    return answer(
        await run_in_threadpool(differences.rows, tables, asked.what, which_part(asked), asked.offset, asked.limit)
    )


async def draw_ingest_difference(call: Call) -> Response:
    """What publishing would change, as GeoJSON. Where very many addresses change, as cells with their counts: ask for a
    smaller box.
    """
    tables = _difference(call)
    return as_geojson(await run_in_threadpool(differences.features, tables, call.query.what, which_part(call.query)))


async def read_finding(call: Call) -> Response:
    """One finding, and the features that it points at."""
    ingests = call.service.ingests
    findings = ingests.report(ingests.waiting(call.query.ingest_id)).findings
    number = call.query.number
    if number >= len(findings):
        raise NotFound(Code.INGEST_NOT_FOUND, f"There is no finding {number}.", hint=f"There are {len(findings)}.")
    finding = findings[number]
    places = finding.places or (None,) * len(finding.samples)
    found = [
        {"type": "Feature", "geometry": differences.geometry_json(shape), "properties": dict(sample)}
        for shape, sample in zip(shapely.from_wkb(list(places)), finding.samples, strict=True)
    ]
    collection = {"type": "FeatureCollection", "of": "features", "total": finding.count, "features": found}
    return answer({"number": number, "finding": finding.as_json(), "places": collection})


def which_part(asked: DifferenceQuestion) -> differences.Asked:
    """Return which part of a difference is asked for."""
    west, south, east, north = map(float, asked.bbox.split(",")) if asked.bbox else (None,) * 4
    box = None if west is None else (west, south, east, north)
    return differences.Asked(asked.change, asked.area_id, box)  # type: ignore[arg-type]


def as_geojson(collection: dict[str, Any]) -> Response:
    """Return a collection as GeoJSON."""
    response = answer(collection)
    response.headers["content-type"] = GEOJSON
    return response


def _difference(call: Call) -> differences.Tables:
    ingests: Ingests = call.service.ingests
    return ingests.report(ingests.waiting(call.query.ingest_id)).difference()


def _report(report: IngestReport) -> dict[str, Any]:
    told = report.as_json()
    for number, finding in enumerate(told["findings"]):
        places = report.findings[number].places
        finding |= {"number": number, "on_map": any(place is not None for place in places)}
    return {**told, "difference": differences.summary(report.difference())}


def _told(ingests: Ingests, record: IngestRecord) -> dict[str, Any]:
    told = asdict(record)
    del told["owner"]
    return {"id": told.pop("ingest_id"), **told, "progress": ingests.progress(record), "report": None}


_LOOK, _CHANGE = (Scope.READ,), (Scope.PLAN,)
ENDPOINTS = (
    Endpoint(
        "POST", "/v1/ingests", bring_in, "Bring in files or a live layer", _CHANGE,
        body=LayerAddressQuestion, other_bodies=(FORM,), answers=StartedAnswer, status=202, tag="ingests",
    ),
    Endpoint(
        "GET", "/v1/ingests", list_ingests, "List what was brought in", _LOOK, answers=IngestsAnswer, tag="ingests",
    ),
    Endpoint(
        "GET", "/v1/ingests/{ingest_id}", read_ingest, "Watch an ingest", _LOOK,
        query=IngestQuestion, answers=IngestAnswer, problems=(404,), tag="ingests",
    ),
    Endpoint(
        "POST", "/v1/ingests/{ingest_id}:answer", answer_ingest, "Decide about a dry run", _CHANGE,
        query=IngestQuestion, body=AnswerQuestion, large=True, answers=IngestAnswer, status=202, problems=(404, 409),
        tag="ingests",
    ),
    Endpoint(
        "POST", "/v1/ingests/{ingest_id}:promote", promote_ingest, "Publish a dry run", _CHANGE,
        query=IngestQuestion, body=PromoteQuestion, large=True, answers=IngestAnswer, status=202, problems=(404, 409),
        tag="ingests",
    ),
    Endpoint(
        "POST", "/v1/ingests/{ingest_id}:discard", discard_ingest, "Let a dry run go", _CHANGE,
        query=IngestQuestion, answers=IngestAnswer, problems=(404, 409), tag="ingests",
    ),
    Endpoint(
        "GET", "/v1/ingests/{ingest_id}/diff", list_ingest_difference, "List what a dry run would change", _LOOK,
        query=IngestDifferenceQuestion, answers=RowsAnswer, problems=(404, 409), tag="ingests",
    ),
    Endpoint(
        "GET", "/v1/ingests/{ingest_id}/diff.geojson", draw_ingest_difference, "Draw what a dry run would change",
        _LOOK, query=IngestDifferenceQuestion, media_types=(GEOJSON,), problems=(404, 409), tag="ingests",
    ),
    Endpoint(
        "GET", "/v1/ingests/{ingest_id}/findings/{number}", read_finding, "Look at a finding", _LOOK,
        query=FindingQuestion, answers=FindingAnswer, problems=(404, 409), tag="ingests",
    ),
)  # fmt: skip
