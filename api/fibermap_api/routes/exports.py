"""Exports over HTTP: wish, watch, fetch."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import TypeAdapter
from starlette.responses import FileResponse, Response

from fibermap.access.model import Scope
from fibermap.exports.catalogue import EXPORTS, Export
from fibermap.exports.model import Which
from fibermap_api.endpoint import Call, Endpoint, answer
from fibermap_api.made_exports import MadeExport, Wish
from fibermap_api.models.exports import ExportAnswer, ExportQuestion, ExportsAnswer, ExportWish

OCTETS = "application/octet-stream"


async def list_exports(call: Call) -> Response:
    """What can be exported, with the options that each takes, and the exports that you have asked for."""
    own = call.service.exports.of(call.caller.id)
    return answer({"kinds": _kinds(), "exports": [_told(made) for made in own]})


async def make_export(call: Call) -> Response:
    """Begin an export. Ask for its state every second until it is `done` or `failed`."""
    asked = call.body
    which = Which() if asked.selection is None else Which(*asked.selection.selection().condition())
    wish = Wish(asked.what, asked.format or EXPORTS[asked.what].suffixes[0], which, asked.options)
    EXPORTS[asked.what].refuse_suffix(wish.suffix)
    made = call.service.exports.begin(call.caller.id, wish)
    return answer(_told(made), 202, {"Location": f"/v1/exports/{made.export_id}"})


async def read_export(call: Call) -> Response:
    """How far an export is, and what it left out."""
    return answer(_told(_own(call)))


async def read_export_file(call: Call) -> Response:
    """The file of an export that is done."""
    made = _own(call)
    return FileResponse(call.service.exports.file(made), media_type=OCTETS, filename=made.file_name)


async def remove_export(call: Call) -> Response:
    """Forget an export and its file."""
    call.service.exports.remove(_own(call))
    return Response(status_code=204)


def _own(call: Call) -> MadeExport:
    return call.service.exports.find(call.caller.id, call.query.export_id)


def _told(made: MadeExport) -> dict[str, Any]:
    return {
        "id": made.export_id,
        "what": made.wish.what,
        "file_name": made.file_name,
        "state": made.state,
        "asked_at": made.asked_at,
        "expires_at": made.expires_at,
        "rows": None if made.written is None else made.written.rows,
        "left_out": {} if made.written is None else dict(made.written.left_out),
        "bytes": made.bytes,
        "error": made.error,
        "file": f"/v1/exports/{made.export_id}/file" if made.state == "done" else None,
    }


@cache
def _kinds() -> list[dict[str, Any]]:
    return [
        {"what": what, "says": kind.says, "formats": list(kind.suffixes), "options": _schema(kind)}
        for what, kind in EXPORTS.items()
    ]


def _schema(kind: Export) -> dict[str, Any] | None:
    return None if kind.options is None else TypeAdapter(kind.options).json_schema()


ENDPOINTS = (
    Endpoint(
        "GET", "/v1/exports", list_exports, "List exports", (Scope.READ,), answers=ExportsAnswer, tag="exports",
    ),
    Endpoint(
        "POST", "/v1/exports", make_export, "Make an export", (Scope.READ,),
        body=ExportWish, answers=ExportAnswer, status=202, tag="exports",
    ),
    Endpoint(
        "GET", "/v1/exports/{export_id}", read_export, "Watch an export", (Scope.READ,),
        query=ExportQuestion, answers=ExportAnswer, problems=(404,), tag="exports",
    ),
    Endpoint(
        "GET", "/v1/exports/{export_id}/file", read_export_file, "Fetch the file of an export", (Scope.READ,),
        query=ExportQuestion, media_types=(OCTETS,), problems=(404, 409), tag="exports",
    ),
    Endpoint(
        "DELETE", "/v1/exports/{export_id}", remove_export, "Forget an export", (Scope.READ,),
        query=ExportQuestion, status=204, problems=(404,), tag="exports",
    ),
)  # fmt: skip
