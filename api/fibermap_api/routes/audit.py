"""The audit log over HTTP, for administrators."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from starlette.responses import Response

from fibermap.access.acting import Way
from fibermap.access.audit import AuditFilter, as_csv, audit_table, commands_on_record, find_entries
from fibermap.access.model import Scope
from fibermap.plan import Plan
from fibermap.store import UnitOfWork
from fibermap_api.endpoint import Call, Endpoint, answer
from fibermap_api.models.audit import AuditAnswer, AuditFileQuestion, AuditQuestion, AuditWish
from fibermap_api.routes.areas import read

_CSV = "text/csv"


async def read_audit(call: Call) -> Response:
    """Who changed what, by which way, when, and how it was before and after: the newest first, page by page."""
    asked: AuditQuestion = call.query
    wanted = _filter(asked)

    def work(_: Plan, uow: UnitOfWork) -> dict[str, Any]:
        entries = find_entries(uow, wanted, asked.limit)
        return {
            "entries": [asdict(entry) for entry in entries],
            "next": entries[-1].audit_id if len(entries) == asked.limit else None,
            "commands": commands_on_record(uow),
        }

    return answer(await read(call, work))


async def read_audit_file(call: Call) -> Response:
    """The same as CSV; no cell of it is anything that a spreadsheet would run."""
    asked: AuditFileQuestion = call.query
    wanted = _filter(asked)
    body = await read(call, lambda _, uow: as_csv(audit_table(uow, wanted, asked.limit)))
    name = {"Content-Disposition": 'attachment; filename="audit.csv"'}
    return Response(body, headers=name, media_type=_CSV)


def _filter(asked: AuditWish) -> AuditFilter:
    until = None if asked.to is None else _midnight(asked.to) + timedelta(days=1)
    since = None if asked.from_ is None else _midnight(asked.from_)
    way = None if asked.way is None else Way(asked.way)
    return AuditFilter(asked.who, asked.what, asked.subject, way, since, until, asked.older_than)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


ENDPOINTS = (
    Endpoint(
        "GET", "/v1/audit", read_audit, "Read the audit log", (Scope.ADMIN,),
        query=AuditQuestion, answers=AuditAnswer, tag="administration",
    ),
    Endpoint(
        "GET", "/v1/audit.csv", read_audit_file, "Save the audit log", (Scope.ADMIN,),
        query=AuditFileQuestion, media_types=(_CSV,), tag="administration",
    ),
)  # fmt: skip
