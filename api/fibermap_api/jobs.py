"""Batch jobs: kept on disk within bounds, answered slice by slice, gone after a day."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Literal

import orjson
from starlette.concurrency import run_in_threadpool

from fibermap.access.refusals import RateExceeded
from fibermap.kernel.clock import Clock
from fibermap.kernel.errors import Code, FibermapError, InputRefused, NotFound
from fibermap.serving.question import Question
from fibermap_api.job_files import CSV, NDJSON, Format, append_answers, append_table, read_rows, write_header
from fibermap_api.logs import get_logger
from fibermap_api.problems import problem_of
from fibermap_api.service import Answers
from fibermap_api.settings import ApiSettings

__all__ = ["CSV", "NDJSON", "Job", "Jobs"]

SLICES: dict[Format, int] = {"csv": 2_000, "ndjson": 200}
"""Questions answered in one go: a fraction of what a request may wait for the interpreter."""
_log = get_logger()


@dataclass(frozen=True, slots=True)
class Job:
    """One file of questions and how far it is answered."""

    job_id: str
    owner: str
    format: Format
    rows: int
    created_at: datetime
    expires_at: datetime
    state: Literal["waiting", "running", "done", "failed"] = "waiting"
    done: int = 0
    error: str | None = None


class Jobs:
    """The jobs in one folder. Those that a crash interrupted begin anew."""

    def __init__(self, folder: Path, settings: ApiSettings, clock: Clock) -> None:
        self._folder = folder
        self._settings = settings
        self._clock = clock
        self._jobs: dict[str, Job] = {}
        self._wake = asyncio.Event()

    def load(self) -> None:
        """Take up what is in the folder."""
        if not self._folder.is_dir():
            return
        for path in self._folder.glob("*.json"):
            with suppress(OSError, ValueError, TypeError, KeyError):
                job = _read(path)
                again = job if job.state in ("done", "failed") else replace(job, state="waiting", done=0)
                self._jobs[job.job_id] = again
        self.forget_expired()
        self._wake.set()

    def reserve(self, owner: str) -> Path:
        """Return where to put the questions of a new job.

        Raises
        ------
        RateExceeded
            This caller, or everybody together, has too many jobs.
        """
        self.forget_expired()
        own = [job for job in self._jobs.values() if job.owner == owner]
        if len(own) >= self._settings.jobs_per_caller or len(self._jobs) >= self._settings.jobs:
            raise RateExceeded(60.0)
        self._folder.mkdir(mode=0o700, exist_ok=True)
        path = self._folder / f"{secrets.token_hex(16)}.in"
        path.touch(mode=0o600)
        return path

    def start(self, owner: str, path: Path, format_: Format, rows: int) -> Job:
        """Begin a job whose questions stand in a reserved file."""
        now = self._clock.now()
        expires_at = now + timedelta(hours=self._settings.job_kept_h)
        job = Job(path.stem, owner, format_, rows, now, expires_at)
        self._keep(job)
        self._wake.set()
        return job

    def find(self, job_id: str, owner: str | None) -> Job:
        """Return a job; raises ``NotFound`` (``job_not_found``) where there is none of this owner (None: anybody's)."""
        self.forget_expired()
        job = self._jobs.get(job_id)
        if job is None or owner not in (None, job.owner):
            raise NotFound(Code.JOB_NOT_FOUND, "There is no such job.", hint="It may have expired; send it again.")
        return job

    def result(self, job: Job) -> Path:
        """Return the file of answers."""
        return self._folder / f"{job.job_id}.out"

    def remove(self, job: Job) -> None:
        """Forget a job and its files; one that is running ends with its slice."""
        self._jobs.pop(job.job_id, None)
        for suffix in ("in", "out", "json"):
            (self._folder / f"{job.job_id}.{suffix}").unlink(missing_ok=True)

    def forget_expired(self) -> None:
        """Forget what was kept long enough."""
        now = self._clock.now()
        for job in [job for job in self._jobs.values() if job.expires_at <= now]:
            self.remove(job)

    def waiting(self) -> int:
        """Return how many are not done yet."""
        return sum(job.state in ("waiting", "running") for job in self._jobs.values())

    async def work(self, answers: Answers) -> None:
        """Answer one job after the other, for as long as the server runs."""
        while True:
            job = min(
                (job for job in self._jobs.values() if job.state == "waiting"),
                key=lambda job: job.created_at,
                default=None,
            )
            if job is None:
                self._wake.clear()
                await self._wake.wait()
            else:
                await self._answer(job, answers)

    async def _answer(self, job: Job, answers: Answers) -> None:
        try:
            self._keep(replace(job, state="running"))
            await self._answer_rows(job, answers)
        except Exception as error:
            if self._is_gone(job):
                return
            problem = problem_of(error)
            code = error.code if isinstance(error, FibermapError) else Code.INTERNAL_ERROR
            _log.error("job_failed", job_id=job.job_id, code=str(code), exc_info=error)
            self._keep(replace(self._jobs[job.job_id], state="failed", error=problem.detail))

    async def _answer_rows(self, job: Job, answers: Answers) -> None:
        rows, out = read_rows(self._folder / f"{job.job_id}.in", job.format), self.result(job)
        write_header(out, job.format)

        def answer_slice(first: int) -> int:
            some = list(islice(rows, SLICES[job.format]))
            questions: Sequence[Question] = [row for row in some if not isinstance(row, InputRefused)]
            if job.format == "csv":
                append_table(out, some, answers.check_table(questions, caller=job.owner))
            else:
                append_answers(out, first, some, answers.check_many(questions, public=False, caller=job.owner))
            return len(some)

        done = 0
        while count := await run_in_threadpool(answer_slice, done + 1):
            done += count
            if self._is_gone(job):
                return
            self._jobs[job.job_id] = replace(self._jobs[job.job_id], done=done)
        if not self._is_gone(job):
            self._keep(replace(self._jobs[job.job_id], state="done"))

    def _is_gone(self, job: Job) -> bool:
        """Tell whether a job was removed while it was answered; what was written of it since goes too."""
        if job.job_id in self._jobs:
            return False
        self.remove(job)
        return True

    def _keep(self, job: Job) -> None:
        self._jobs[job.job_id] = job
        target = self._folder / f"{job.job_id}.json"
        partial = target.with_suffix(".part")
        partial.write_bytes(orjson.dumps(asdict(job)))
        partial.replace(target)


def _read(path: Path) -> Job:
    kept = orjson.loads(path.read_bytes())
    for name in ("created_at", "expires_at"):
        kept[name] = datetime.fromisoformat(kept[name])
    return Job(**kept)
