"""Batch jobs over HTTP: send a file, watch it, fetch the answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from fibermap.access.model import Scope
from fibermap.kernel.errors import Code, Conflict
from fibermap_api.endpoint import Call, Endpoint, answer
from fibermap_api.job_files import CSV, FORMATS, MEDIA_TYPES, NDJSON, count_rows
from fibermap_api.jobs import Job, Jobs
from fibermap_api.models.questions import JobQuestion
from fibermap_api.models.staff import JobAnswer
from fibermap_api.requests import chunks_of


async def accept_job(call: Call, kind: str) -> Response:
    """Take a file of questions in and begin a job."""
    jobs, settings = _jobs(call.request), call.settings
    path = jobs.reserve(call.caller.id)
    try:
        async with chunks_of(call.request, most_bytes=settings.job_bytes, longest_s=settings.upload_s) as chunks:
            with path.open("wb") as file:
                async for chunk in chunks:
                    file.write(chunk)
        rows = await run_in_threadpool(count_rows, path, FORMATS[kind], settings.job_rows)
        job = jobs.start(call.caller.id, path, FORMATS[kind], rows)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return answer(_told(job), 202, {"Location": f"/v1/jobs/{job.job_id}"})


async def read_job(call: Call) -> Response:
    """How far a job is. Ask again every few seconds until its state is `done` or `failed`."""
    return answer(_told(_own(call)))


async def read_job_result(call: Call) -> Response:
    """The answers, in the order of the questions. CSV has one row a question, and the ids are the best candidate's;
    `class` is empty unless the identity is settled. NDJSON has the whole answer on each line.
    """
    job = _own(call)
    if job.state != "done":
        raise Conflict(Code.JOB_NOT_DONE, f"The job is {job.state}.", hint="Ask for its state, then again.")
    path: Path = _jobs(call.request).result(job)
    return FileResponse(path, media_type=MEDIA_TYPES[job.format], filename=f"{job.job_id}.{job.format}")


async def remove_job(call: Call) -> Response:
    """Forget a job, its questions and its answers."""
    _jobs(call.request).remove(_own(call))
    return Response(status_code=204)


def _own(call: Call) -> Job:
    everybodys = call.caller.may(Scope.ADMIN)
    return _jobs(call.request).find(call.query.job_id, None if everybodys else call.caller.id)


def _jobs(request: Request) -> Jobs:
    jobs: Jobs = request.app.state.jobs
    return jobs


def _told(job: Job) -> dict[str, Any]:
    return {
        "job_id": job.job_id,
        "state": job.state,
        "format": job.format,
        "rows": job.rows,
        "done": job.done,
        "created_at": job.created_at,
        "expires_at": job.expires_at,
        "error": job.error,
        "result": f"/v1/jobs/{job.job_id}/result" if job.state == "done" else None,
    }


ENDPOINTS = (
    Endpoint(
        "GET", "/v1/jobs/{job_id}", read_job, "Watch a batch job", (Scope.CHECK,),
        query=JobQuestion, answers=JobAnswer, problems=(404,), tag="checks",
    ),
    Endpoint(
        "GET", "/v1/jobs/{job_id}/result", read_job_result, "Fetch the answers of a batch job", (Scope.CHECK,),
        query=JobQuestion, media_types=(NDJSON, CSV), problems=(404, 409), tag="checks",
    ),
    Endpoint(
        "DELETE", "/v1/jobs/{job_id}", remove_job, "Forget a batch job", (Scope.CHECK,),
        query=JobQuestion, status=204, problems=(404,), tag="checks",
    ),
)  # fmt: skip
