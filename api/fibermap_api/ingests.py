"""Bringing things in from a screen: files or a live layer become a dry run, and a planner's yes becomes a version."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import anyio

from fibermap.access.model import Scope
from fibermap.ingest.findings import Finding
from fibermap.ingest.pipeline import Request
from fibermap.ingest.report import IngestReport, Watch
from fibermap.ingest.saved_sources import note_decision
from fibermap.kernel.errors import Code, FibermapError, NeedsYes, NotFound
from fibermap.plan import Plan
from fibermap_api.ingest_record import EXPIRED, IngestRecord, IngestRecords, State, new_id, told_error
from fibermap_api.logs import get_logger
from fibermap_api.plan_desk import PlanDesk
from fibermap_api.settings import ApiSettings
from fibermap_api.spool import Upload

_log = get_logger()


@dataclass(slots=True)
class _InHand:
    """What of an ingest lives in memory only: its files, its dry run, and how far the work is."""

    report_id: str | None = None
    upload: Upload | None = None
    doing: str = ""
    done: int = 0
    of: int = 0

    def watch(self, doing: str, done: int, of: int) -> None:
        """Note how far the work is; called from its thread."""
        self.doing, self.done, self.of = doing, done, of


class Ingests:
    """The ingests of one server, one dry run at a time; publishing waits its turn among the changes of the plan.

    Parameters
    ----------
    folder
        Where the records are kept, so that what was under way when a server stopped says so afterwards.
    """

    def __init__(self, plan: Plan, desk: PlanDesk, folder: Path, settings: ApiSettings) -> None:
        self._plan = plan
        self._desk = desk
        self._clock = plan.store.clock
        self._one = anyio.CapacityLimiter(1)
        self._in_hand: dict[str, _InHand] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.records = IngestRecords(folder, settings.ingests_kept)

    def load(self) -> None:
        """Take up the records of the servers before this one."""
        self.records.load(self._clock.now())

    # -- one after the other: receive, read, answer, publish or discard ---------------------------------------------

    def begin(self, owner: str, author: str, inputs: tuple[str, ...], **more: Any) -> IngestRecord:
        """Remember that something is being brought in; ``receiving`` until `read` or `fail` says more."""
        record = IngestRecord(new_id(), owner, author, inputs, 0, self._clock.now(), **more)
        self._in_hand[record.ingest_id] = _InHand(doing="Receiving files")
        return self.records.keep(record)

    def fail(self, record: IngestRecord, error: Exception, upload: Upload | None = None) -> None:
        """Say why nothing came of it, and let its files go."""
        hand = self._in_hand.setdefault(record.ingest_id, _InHand())
        hand.upload = upload or hand.upload
        told = told_error(error, None if hand.upload is None else hand.upload.folder)
        self._end(record, "failed", error=told)

    def read(self, record: IngestRecord, request: Request, upload: Upload | None) -> None:
        """Begin the dry run."""
        hand = self._in_hand[record.ingest_id]
        hand.upload, hand.doing = upload, "Waiting for its turn"
        self._start(record, lambda watch: self._plan.bringing.preview(request, watch), if_refused="failed")

    def answer(self, record: IngestRecord, decisions: Mapping[str, Any]) -> IngestRecord:
        """Begin the dry run that follows from decisions; where they are refused, the one before stays."""
        report = self.report(record)
        return self._start(record, lambda _: report.answer(**decisions), if_refused="waiting")

    def promote(self, record: IngestRecord, yes: Collection[int], author: str) -> IngestRecord:
        """Begin to publish.

        Raises
        ------
        NeedsYes
            ``needs_yes``: a finding that needs a yes is not among ``yes``, the numbers of findings agreed to.
        """
        report = self.report(record)
        check_agreed(report.findings, yes)
        running = self._running(record)
        self._spawn(self._publish(running, report, author))
        return running

    def discard(self, record: IngestRecord) -> IngestRecord:
        """Let it go: nothing was written, and nothing will be."""
        return self._end(record, "discarded")

    def take_waiting(self, record: IngestRecord, report: IngestReport) -> IngestRecord:
        """Have a planner decide about a dry run that was made elsewhere, by a saved source's pull."""
        self._desk.reports.check_room(record.owner)
        self._in_hand[record.ingest_id].report_id = self._desk.reports.keep(record.owner, report)
        return self.records.keep(replace(record, state="waiting"))

    # -- looking ----------------------------------------------------------------------------------------------------

    def find(self, ingest_id: str) -> IngestRecord:
        """Return a record as it stands; a dry run that is no longer kept has failed by now."""
        return self.look(ingest_id)[0]

    def look(self, ingest_id: str) -> tuple[IngestRecord, IngestReport | None]:
        """Return a record as it stands, as `find` does, and its dry run while that waits for a planner."""
        record = self.records.find(ingest_id)
        if record.state != "waiting":
            return record, None
        try:
            return record, self.report(record)
        except NotFound:
            return self._end(record, "failed", error=dict(EXPIRED)), None

    def waiting(self, ingest_id: str) -> IngestRecord:
        """Return a record that waits for a planner; raises ``Conflict`` (``ingest_not_waiting``)."""
        self.find(ingest_id)
        return self.records.waiting(ingest_id)

    def waiting_pulls(self) -> list[IngestRecord]:
        """Return what saved sources brought and a planner has to decide."""
        pulled = [each for each in self.records.listed() if each.saved_source is not None]
        return [found for each in pulled if (found := self.find(each.ingest_id)).state == "waiting"]

    def report(self, record: IngestRecord) -> IngestReport:
        """Return the dry run; raises ``NotFound`` (``report_not_found``)."""
        hand = self._in_hand.get(record.ingest_id, _InHand())
        return self._desk.reports.find(record.owner, hand.report_id or "")

    def progress(self, record: IngestRecord) -> dict[str, Any] | None:
        """Return how far the work is; None where nothing is being done."""
        hand = self._in_hand.get(record.ingest_id)
        if hand is None or record.state not in ("queued", "running"):
            return None
        return {"doing": hand.doing, "done": hand.done, "total": hand.of or None}

    async def close(self) -> None:
        """Let nothing new begin; what runs in a thread ends with it."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # -- how --------------------------------------------------------------------------------------------------------

    def _start(self, record: IngestRecord, work: Callable[[Watch], IngestReport], *, if_refused: State) -> IngestRecord:
        running = self._running(record) if if_refused == "waiting" else record
        self._spawn(self._look(running, work, if_refused))
        return running

    async def _look(self, record: IngestRecord, work: Callable[[Watch], IngestReport], if_refused: State) -> None:
        """Make a dry run, keep it in place of the one before, and wait for a planner."""
        hand = self._in_hand[record.ingest_id]

        try:
            async with self._one:
                self._running(record)
                self._desk.reports.check_room(record.owner)
                report = await anyio.to_thread.run_sync(work, hand.watch)
        except Exception as error:
            self._refused(record, error, if_refused)
            return
        if hand.report_id is not None:
            self._desk.reports.remove(hand.report_id)
        hand.report_id = self._desk.reports.keep(record.owner, report)
        self.records.keep(replace(record, state="waiting", error=None))

    async def _publish(self, record: IngestRecord, report: IngestReport, author: str) -> None:
        hand = self._in_hand[record.ingest_id]
        hand.watch("Waiting for its turn", 0, 0)
        try:
            done = await self._desk.in_turn(
                Scope.PLAN, lambda: report.promote(yes=True, author=author, watch=hand.watch)
            )
        except Exception as error:
            self._refused(record, error, "waiting")
            return
        changed = done.promoted.changed
        if record.saved_source is not None:
            await anyio.to_thread.run_sync(self._note_published, record.saved_source, done.plan_version, author)
        self._end(record, "done", plan_version=done.plan_version if changed else None, unchanged=not changed)

    def _note_published(self, name: str, plan_version: int | None, author: str) -> None:
        """Keep with a saved source that a planner has published what waited."""
        self._plan.store.run(
            lambda uow: note_decision(uow, name, "published", plan_version, author), cause=f"decide_pull:{name}"
        )

    def _refused(self, record: IngestRecord, error: Exception, then: State) -> None:
        if not isinstance(error, FibermapError):
            _log.error("ingest_failed", ingest_id=record.ingest_id, exc_info=error)
        if then == "failed":
            self.fail(record, error)
            return
        hand = self._in_hand[record.ingest_id]
        told = told_error(error, None if hand.upload is None else hand.upload.folder)
        self.records.keep(replace(record, state=then, error=told))

    def _running(self, record: IngestRecord) -> IngestRecord:
        return self.records.keep(replace(record, state="running", error=None))

    def _end(self, record: IngestRecord, state: State, **more: Any) -> IngestRecord:
        hand = self._in_hand.pop(record.ingest_id, _InHand())
        if hand.upload is not None:
            self._desk.spool.remove(hand.upload.upload_id)
        if hand.report_id is not None:
            self._desk.reports.remove(hand.report_id)
        return self.records.keep(replace(record, state=state, ended_at=self._clock.now(), **more))

    def _spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def check_agreed(findings: list[Finding], yes: Collection[int]) -> None:
    """Refuse a yes that does not reach every finding that needs one; raises ``NeedsYes``."""
    open_ = [number for number, finding in enumerate(findings) if finding.needs_yes and number not in yes]
    if open_:
        raise NeedsYes(
            Code.NEEDS_YES,
            f"{len(open_)} finding(s) need a yes before anything is published: {findings[open_[0]].message}",
            hint="Send their numbers in `yes`.",
            findings=open_,
        )
