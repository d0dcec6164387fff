"""The audit log over HTTP, for administrators."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from starlette.responses import Response

from fibermap.access.acting import Way
from fibermap.access.audit import MOST_ON_A_PAGE, AuditFilter, as_csv, audit_table, commands_on_record, find_entries
from fibermap.access.model import Scope
from fibermap.plan import Plan
from fibermap.store import UnitOfWork
from fibermap_api.endpoint import Call, Endpoint, answer
from fibermap_api.models.audit import AuditAnswer, AuditQuestion
from fibermap_api.routes.areas import read

_CSV = "text/csv"


async def read_audit(call: Call) -> Response:
    """Who changed what, by which way, when, and how it was before and after: newest first, page by page, or as CSV."""
    asked: AuditQuestion = call.query
    wanted = _filter(asked)
    if asked.format == "csv":
        body = await read(call, lambda _, uow: as_csv(audit_table(uow, wanted, asked.limit)))
        name = {"Content-Disposition": 'attachment; filename="audit.csv"'}
        return Response(body, headers=name, media_type=_CSV)
    limit = min(asked.limit, MOST_ON_A_PAGE)

    def work(_: Plan, uow: UnitOfWork) -> dict[str, Any]:
        entries = find_entries(uow, wanted, limit)
        return {
            "entries": [asdict(entry) for entry in entries],
            "next": entries[-1].audit_id if len(entries) == limit else None,
            "commands": commands_on_record(uow),
        }

    return answer(await read(call, work))


def _filter(asked: AuditQuestion) -> AuditFilter:
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
)  # fmt: skip
