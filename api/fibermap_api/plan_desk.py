"""The desk at which a plan is worked on over HTTP: a bounded number of verbs at once, and what they leave behind."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, TypeVar

import anyio

from fibermap.access.model import Scope
from fibermap.client.verbs import Shape, Verb
from fibermap.client.wire import JSON, ReportData, dumps, encode, read_frame
from fibermap.exports.model import Written
from fibermap.ingest.report import IngestReport, Unanswered
from fibermap.kernel.errors import Code, FibermapError, InputRefused
from fibermap.plan import Plan
from fibermap_api.differences import Remembered
from fibermap_api.kept_reports import KeptReports
from fibermap_api.plan_arguments import bind
from fibermap_api.problems import Unavailable
from fibermap_api.settings import ApiSettings
from fibermap_api.spool import Spool, place_in

T = TypeVar("T")
READERS = 4
"""Readings at once; of changes there is one at a time, as in the plan itself."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One call of a verb: by whom, with what, and on which dry run."""

    owner: str
    arguments: Sequence[Any]
    named: Mapping[str, Any]
    report_id: str | None = None


@dataclass(frozen=True, slots=True)
class Export:
    """An export: its file, in a folder of its own that goes once it is sent, and what it says of itself."""

    file: Path
    written: Written

    def remove(self) -> None:
        """Forget it."""
        shutil.rmtree(self.file.parent, ignore_errors=True)


class PlanDesk:
    """The verbs of one plan.

    Parameters
    ----------
    plan
        The plan; the caller closes it afterwards.
    folder
        Where uploads and exports are kept for as long as they are needed; it is the desk's own.
    """

    def __init__(self, plan: Plan, folder: Path, settings: ApiSettings) -> None:
        clock = plan.store.clock
        self.plan = plan
        self._folder = folder
        self._settings = settings
        self._waiting = 0
        self._reading = anyio.CapacityLimiter(READERS)
        self._changing = anyio.CapacityLimiter(1)
        self.spool = Spool(folder, settings, clock)
        self.reports = KeptReports(settings, clock)
        self.compared = Remembered()

    async def call(self, verb: Verb, asked: Asked) -> tuple[bytes, str]:
        """Do what a verb says, in a thread, and return the answer as it travels with its media type."""
        return await self.in_turn(verb.scope, lambda: self._run(verb, asked))

    async def export(self, verb: Verb, asked: Asked) -> Export:
        """Write an export to a file, in a thread."""
        return await self.in_turn(verb.scope, lambda: self._export(asked))

    async def in_turn(self, scope: Scope, work: Callable[[], T]) -> T:
        """Do work on the plan in a thread: one change at a time, a few readings; raises `Unavailable`."""
        if self._waiting >= self._settings.plan_waiting:
            raise Unavailable(
                Code.SERVER_OVERLOADED, "The plan has too much to do.", hint="Try again soon.", retry_after_s=5
            )
        self._waiting += 1
        try:
            limiter = self._changing if scope is Scope.PLAN else self._reading
            return await anyio.to_thread.run_sync(work, limiter=limiter)
        finally:
            self._waiting -= 1

    def clear(self) -> None:
        """Forget what a server before this one left behind."""
        self.spool.clear()

    def forget_expired(self) -> None:
        """Forget what nobody came back for."""
        self.spool.forget_expired()
        self.reports.forget_expired()

    def _run(self, verb: Verb, asked: Asked) -> tuple[bytes, str]:
        if verb.shape is Shape.REPORT:
            return self._report(verb, asked), JSON
        if verb.on_report:
            return self._on_report(verb, asked)
        room = getattr(self.plan, verb.room) if verb.room else self.plan
        if verb.attribute:
            return encode(verb, getattr(room, verb.own_name))
        bound = bind(type(room), verb.own_name, asked.arguments, asked.named)
        return encode(verb, getattr(room, verb.own_name)(*bound.arguments, **bound.named))

    def _on_report(self, verb: Verb, asked: Asked) -> tuple[bytes, str]:
        report = self.reports.find(asked.owner, asked.report_id or "")
        if verb.name == "forget":
            self.reports.remove(asked.report_id or "")
            return encode(verb, None)
        return encode(verb, getattr(report, verb.name)())

    def _report(self, verb: Verb, asked: Asked) -> bytes:
        """Make a report; what can still be answered or promoted is kept, what is done no longer is."""
        try:
            report, unanswered = self._reported(verb, asked), False
        except Unanswered as found:
            report, unanswered = found.report, True
        kept = None if report.committed else self.reports.keep(asked.owner, report)
        if report.committed and asked.report_id is not None:
            self.reports.remove(asked.report_id)
        return dumps({"report_id": kept, "unanswered": unanswered, "data": ReportData.of(report)})

    def _reported(self, verb: Verb, asked: Asked) -> IngestReport:
        if verb.name == "ingest":
            self.reports.check_room(asked.owner)
            return self._ingest(asked)
        report = self.reports.find(asked.owner, asked.report_id or "")
        if verb.name == "promote":
            return report.promote(**bind(IngestReport, "promote", asked.arguments, asked.named).named)
        self.reports.check_room(asked.owner)
        bound = bind(IngestReport, "answer", asked.arguments, asked.named)
        return report.answer(*bound.arguments, **bound.named)

    def _ingest(self, asked: Asked) -> IngestReport:
        uploads = [given["upload"] for given in asked.arguments if isinstance(given, dict) and "upload" in given]
        try:
            opened = [self._input(asked.owner, given) for given in asked.arguments]
            bound = bind(Plan, "ingest", (), asked.named)
            with _as_given(opened):
                return self.plan.ingest(*(item.readable for item in opened), **{**bound.named, "progress": False})
        finally:
            for upload_id in uploads:
                self.spool.remove(self.spool.find(asked.owner, str(upload_id)).upload_id)

    def _input(self, owner: str, given: Any) -> _Input:
        match given:
            case {"url": str(url), **rest} if not rest and url.lower().startswith(("http://", "https://")):
                return _Input(url, url, url)
            case {"upload": str(upload_id), "frame": True, **rest} if not rest:
                file = place_in(self.spool.find(owner, upload_id), "frame.arrow")
                return _Input(read_frame(file.read_bytes()), str(file), "frame")
            case {"upload": str(upload_id), "name": str(name), "given": str(path), **rest} if not rest:
                file = place_in(self.spool.find(owner, upload_id), name)
                return _Input(file, str(file), path)
        raise InputRefused(
            Code.ARGUMENT_INVALID, "An input cannot be read.", hint="Send the file to /v1/plan/uploads, or give a URL."
        )

    def _export(self, asked: Asked) -> Export:
        bound = bind(Plan, "export", asked.arguments, asked.named)
        what, name = bound.arguments
        self._folder.mkdir(mode=0o700, exist_ok=True)
        folder = Path(mkdtemp(dir=self._folder))
        try:
            file = folder / (Path(name).name or "export")
            return Export(file, self.plan.export(what, file, **bound.named))
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise


@dataclass(frozen=True, slots=True)
class _Input:
    readable: Any
    here: str
    given: str


@contextmanager
def _as_given(inputs: Sequence[_Input]) -> Iterator[None]:
    """Let errors name files as the caller did."""
    try:
        yield
    except FibermapError as error:
        for item in inputs:
            error.message = error.message.replace(item.here, item.given)
            error.where = {
                name: value.replace(item.here, item.given) if isinstance(value, str) else value
                for name, value in error.where.items()
            }
        raise
