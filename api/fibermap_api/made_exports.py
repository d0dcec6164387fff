"""Exports that people ask for on a screen: made one after the other, kept for an hour, for whoever asked."""

from __future__ import annotations

import asyncio
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import anyio

from fibermap.access.refusals import RateExceeded
from fibermap.exports.model import Which, Written
from fibermap.kernel.errors import Code, Conflict, FibermapError, NotFound
from fibermap.plan import Plan
from fibermap_api.logs import get_logger
from fibermap_api.problems import problem_of
from fibermap_api.settings import ApiSettings

AT_ONCE = 2
_log = get_logger()


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be exported: its name in the catalogue, the file's suffix with its dot, addresses and options."""

    what: str
    suffix: str
    which: Which = field(default_factory=Which)
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MadeExport:
    """One export and how far it is.

    Attributes
    ----------
    error
        A problem as JSON values, where it failed.
    """

    export_id: str
    owner: str
    wish: Wish
    asked_at: datetime
    expires_at: datetime
    state: Literal["queued", "running", "done", "failed"] = "queued"
    written: Written | None = None
    bytes: int = 0
    error: Mapping[str, Any] | None = None

    @property
    def file_name(self) -> str:
        """The name under which it is saved."""
        return f"{self.wish.what}-{self.asked_at:%Y-%m-%d}{self.wish.suffix}"


class MadeExports:
    """The exports of one server.

    Parameters
    ----------
    folder
        Where their files are kept; the exports' own. A server that starts anew forgets those of the one before it.
    """

    def __init__(self, plan: Plan, folder: Path, settings: ApiSettings) -> None:
        self._plan = plan
        self._folder = folder
        self._settings = settings
        self._clock = plan.store.clock
        self._made: dict[str, MadeExport] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._turns = anyio.CapacityLimiter(AT_ONCE)

    def clear(self) -> None:
        """Forget what a server before this one left behind."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def begin(self, owner: str, wish: Wish) -> MadeExport:
        """Begin to make an export; raises ``RateExceeded`` where this owner, or everybody, has too many."""
        self.forget_expired()
        own = [made for made in self._made.values() if made.owner == owner]
        if len(own) >= self._settings.exports_per_caller:
            over = [made for made in own if made.state in ("done", "failed")]
            if not over:
                raise RateExceeded(30.0)
            self.remove(min(over, key=lambda made: made.asked_at))
        if len(self._made) >= self._settings.exports:
            raise RateExceeded(60.0)
        now = self._clock.now()
        made = MadeExport(
            secrets.token_hex(16), owner, wish, now, now + timedelta(minutes=self._settings.export_kept_min)
        )
        self._made[made.export_id] = made
        task = asyncio.get_running_loop().create_task(self._make(made))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return made

    def of(self, owner: str) -> list[MadeExport]:
        """Return an owner's exports, newest first."""
        self.forget_expired()
        return sorted((m for m in self._made.values() if m.owner == owner), key=lambda m: m.asked_at, reverse=True)

    def find(self, owner: str, export_id: str) -> MadeExport:
        """Return an export; raises ``NotFound`` (``export_not_found``) where there is none of this owner."""
        self.forget_expired()
        made = self._made.get(export_id)
        if made is None or made.owner != owner:
            raise NotFound(
                Code.EXPORT_NOT_FOUND,
                "There is no such export.",
                hint="It is kept for an hour, and not over a restart of the server: make it again.",
            )
        return made

    def file(self, made: MadeExport) -> Path:
        """Return the file of an export; raises ``Conflict`` (``export_not_done``) before it is whole."""
        if made.state != "done":
            raise Conflict(Code.EXPORT_NOT_DONE, f"The export is {made.state}.", hint="Ask for its state, then again.")
        return self._path(made)

    def remove(self, made: MadeExport) -> None:
        """Forget an export and its file; one that is being made is forgotten as soon as it is."""
        self._made.pop(made.export_id, None)
        shutil.rmtree(self._path(made).parent, ignore_errors=True)

    def forget_expired(self) -> None:
        """Forget what was kept long enough."""
        now = self._clock.now()
        for made in [made for made in self._made.values() if made.expires_at <= now]:
            self.remove(made)

    async def close(self) -> None:
        """Let nothing new begin; what is being made in a thread ends with it."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _make(self, made: MadeExport) -> None:
        try:
            async with self._turns:
                self._keep(replace(made, state="running"))
                written = await anyio.to_thread.run_sync(self._write, made)
            self._keep(replace(made, state="done", written=written, bytes=self._path(made).stat().st_size))
        except Exception as error:
            if not isinstance(error, FibermapError):
                _log.error("export_failed", export=made.wish.what, exc_info=error)
            problem = problem_of(error)
            told = {"code": str(problem.code), "detail": problem.detail, "hint": problem.hint}
            self._keep(replace(made, state="failed", error=told))

    def _write(self, made: MadeExport) -> Written:
        path = self._path(made)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self._plan.export(made.wish.what, path, where=made.wish.which, **made.wish.options)

    def _keep(self, made: MadeExport) -> None:
        if made.export_id in self._made:
            self._made[made.export_id] = made
        else:  # removed meanwhile
            shutil.rmtree(self._path(made).parent, ignore_errors=True)

    def _path(self, made: MadeExport) -> Path:
        return self._folder / made.export_id / f"export{made.wish.suffix}"
