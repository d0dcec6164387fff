"""Backups and the database's health over HTTP, for administrators."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from fibermap.access.model import Scope
from fibermap.store.kept_backups import MOST_KEPT
from fibermap_api.endpoint import Call, Endpoint, answer
from fibermap_api.models.backups import (
    BackupQuestion,
    BackupsAnswer,
    DoctorAnswer,
    DoingAnswer,
    ScheduleQuestion,
)

_TAR = "application/x-tar"


async def list_backups(call: Call) -> Response:
    """The backups that are kept, and what is being done: ask again every second while that is running."""
    return answer(await run_in_threadpool(_told, call))


async def make_backup(call: Call) -> Response:
    """Begin to make a backup: a copy of the database as it is now, read back and compared. Everything goes on."""
    return answer(asdict(call.service.backups.begin_make()), 202, {"Location": "/v1/backups"})


async def verify_backup(call: Call) -> Response:
    """Begin to restore a backup on trial, and compare every row with its manifest."""
    return answer(asdict(call.service.backups.begin_verify(call.query.name)), 202, {"Location": "/v1/backups"})


async def read_backup_file(call: Call) -> Response:
    """A backup as a tar file, for another machine. It holds everything that the database does: keep it safe."""
    pieces = await run_in_threadpool(call.service.backups.open, call.query.name)
    headers = {"Content-Disposition": f'attachment; filename="{call.query.name}.tar"'}
    return StreamingResponse(pieces, media_type=_TAR, headers=headers)


async def remove_backup(call: Call) -> Response:
    """Remove a backup, but not the last."""
    await run_in_threadpool(call.service.backups.remove, call.query.name)
    return Response(status_code=204)


async def schedule_backups(call: Call) -> Response:
    """Have backups made by themselves, or not any more."""
    await run_in_threadpool(call.service.backups.set_schedule, call.body.schedule, call.caller.name)
    return answer(await run_in_threadpool(_told, call))


async def run_doctor(call: Call) -> Response:
    """What is wrong with the database: integrity, references, indexes, waiting and parked events. Reads every row."""
    desk = call.service.desk
    found = await desk.in_turn(Scope.READ, desk.plan.doctor)
    return answer({"findings": [asdict(problem) for problem in found]})


def _told(call: Call) -> dict[str, Any]:
    backups = call.service.backups
    doing = backups.doing  # before the list: what is no longer being done is in it
    return {
        "backups": [asdict(kept) for kept in backups.kept.listed()],
        "doing": None if doing is None else asdict(doing),
        "schedule": backups.schedule(),
        "most_kept": MOST_KEPT,
        "folder": backups.kept.folder.name,
    }


_A = (Scope.ADMIN,)
ENDPOINTS = (
    Endpoint("GET", "/v1/backups", list_backups, "List backups", _A, answers=BackupsAnswer, tag="administration"),
    Endpoint(
        "POST", "/v1/backups", make_backup, "Make a backup", _A,
        answers=DoingAnswer, status=202, problems=(409,), tag="administration",
    ),
    Endpoint(
        "PUT", "/v1/backups:schedule", schedule_backups, "Schedule backups", _A,
        body=ScheduleQuestion, answers=BackupsAnswer, tag="administration",
    ),
    Endpoint(
        "POST", "/v1/backups/{name}:verify", verify_backup, "Verify a backup", _A,
        query=BackupQuestion, answers=DoingAnswer, status=202, problems=(404, 409), tag="administration",
    ),
    Endpoint(
        "GET", "/v1/backups/{name}/file", read_backup_file, "Fetch a backup", _A,
        query=BackupQuestion, media_types=(_TAR,), problems=(404,), tag="administration",
    ),
    Endpoint(
        "DELETE", "/v1/backups/{name}", remove_backup, "Remove a backup", _A,
        query=BackupQuestion, status=204, problems=(404, 409), tag="administration",
    ),
    Endpoint("GET", "/v1/doctor", run_doctor, "Ask the doctor", _A, answers=DoctorAnswer, tag="administration"),
)  # fmt: skip
