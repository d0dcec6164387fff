"""The backups of one server: made and proved one after the other, now or when they are due."""

from __future__ import annotations

import asyncio
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Any, Literal

import anyio

from fibermap.access.witness import note
from fibermap.administration import make_kept, prove_kept
from fibermap.ingest.schedule import read_schedule
from fibermap.kernel.errors import Code, Conflict, InputRefused
from fibermap.store import Store
from fibermap.store.backup_schedule import read_backup_schedule, save_backup_schedule
from fibermap.store.kept_backups import KeptBackup, KeptBackups
from fibermap_api.logs import get_logger
from fibermap_api.problems import problem_of

_log = get_logger()
_CHUNK_BYTES = 1 << 20
TRY_AGAIN_AFTER = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Doing:
    """What is being done, or how the last of it failed."""

    what: Literal["make", "verify"]
    name: str | None
    began_at: datetime
    state: Literal["running", "failed"] = "running"
    error: dict[str, Any] | None = None

    def is_over(self, now: datetime) -> bool:
        """Tell whether the server may try again by itself: it is not running, nor has it just failed."""
        return self.state == "failed" and now - self.began_at >= TRY_AGAIN_AFTER


class Backups:
    """Makes, proves and hands out the backups of one store, one thing at a time."""

    def __init__(self, store: Store, kept: KeptBackups) -> None:
        self._store = store
        self.kept = kept
        self.doing: Doing | None = None
        self._beginning = Lock()  # people begin in the loop, and the server by itself in a thread
        self._tasks: set[asyncio.Task[None]] = set()

    def begin_make(self) -> Doing:
        """Begin to make one; raises ``Conflict`` (``backup_running``) while anything is being done."""
        return self._begin("make", None, self.make)

    def begin_verify(self, name: str) -> Doing:
        """Begin to restore one on trial; raises ``NotFound`` and as `begin_make`."""
        self.kept.find(name)
        return self._begin("verify", name, lambda: self.verify(name))

    def make(self) -> KeptBackup:
        """Make one, in this thread."""
        return make_kept(self._store, self.kept)

    def verify(self, name: str) -> KeptBackup:
        """Restore one on trial, in this thread."""
        return prove_kept(self._store, self.kept, name)

    def remove(self, name: str) -> None:
        """Remove one; raises as `KeptBackups.remove`."""
        removed = self.kept.remove(name)
        self._note("remove_backup", name, {"bytes": removed.bytes})

    def open(self, name: str) -> Iterator[bytes]:
        """Return a backup as a tar file, piece by piece, and put on record that somebody has it."""
        found, folder = self.kept.find(name), self.kept.place(name)
        self._note("download_backup", name, {"bytes": found.bytes})
        return tar_of(folder)

    def schedule(self) -> str | None:
        """Return when backups are made by themselves; None: not."""
        return self._store.preview(read_backup_schedule, cause="read")

    def set_schedule(self, text: str | None, author: str) -> str | None:
        """Have backups made by themselves, ``daily at 03:00`` or ``every 6 hours``, UTC; None: not any more."""
        schedule = None if text is None else str(read_schedule(text))
        self._store.run(lambda uow: save_backup_schedule(uow, schedule, author), cause="schedule_backups")
        return schedule

    def make_due(self) -> None:
        """Make one if it is due; called again and again, in a thread. One that failed is shown, and tried later."""
        said, now = self.schedule(), self._store.clock.now()
        with self._beginning:
            waits = self.doing is not None and not self.doing.is_over(now)
            if said is None or waits or not self._is_due(said, now):
                return
            doing = self.doing = Doing("make", None, now)
        try:
            _log.info("backup_made", name=self.make().name)
            self.doing = None
        except Exception as error:
            self._failed(doing, error)

    async def close(self) -> None:
        """Let nothing new begin; what runs in a thread ends with it."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _is_due(self, schedule: str, now: datetime) -> bool:
        newest = next(iter(self.kept.listed()), None)
        return newest is None or read_schedule(schedule).after(newest.made_at_utc) <= now

    def _begin(self, what: Literal["make", "verify"], name: str | None, work: Callable[[], object]) -> Doing:
        with self._beginning:
            if self.doing is not None and self.doing.state == "running":
                raise Conflict(
                    Code.BACKUP_RUNNING, "A backup is being made or verified.", hint="Wait until it is done."
                )
            doing = self.doing = Doing(what, name, self._store.clock.now())
        task = asyncio.get_running_loop().create_task(self._do(doing, work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return doing

    async def _do(self, doing: Doing, work: Callable[[], object]) -> None:
        try:
            await anyio.to_thread.run_sync(work)
            self.doing = None
        except Exception as error:
            self._failed(doing, error)

    def _failed(self, doing: Doing, error: Exception) -> None:
        _log.error("backup_failed", exc_info=error)
        problem = problem_of(error)
        told = {"code": str(problem.code), "detail": problem.detail, "hint": problem.hint}
        self.doing = Doing(doing.what, doing.name, doing.began_at, "failed", told)

    def _note(self, command: str, name: str, after: dict[str, Any]) -> None:
        self._store.run(lambda uow: note(uow, "backup", name, after), cause=command)


def tar_of(folder: Path) -> Iterator[bytes]:
    """Yield the files of a folder as a tar file, never more than a piece in memory."""
    for file in sorted(folder.iterdir()):
        info = tarfile.TarInfo(f"{folder.name}/{file.name}")
        info.size, info.mtime = file.stat().st_size, int(file.stat().st_mtime)
        yield info.tobuf(tarfile.PAX_FORMAT)
        with file.open("rb") as content:
            sent = 0
            while piece := content.read(min(_CHUNK_BYTES, info.size - sent)):
                sent += len(piece)
                yield piece
        if sent != info.size:
            raise InputRefused(Code.BACKUP_INVALID, "The backup changed while it was read.")
        yield bytes(-info.size % tarfile.BLOCKSIZE)
    yield bytes(2 * tarfile.BLOCKSIZE)
