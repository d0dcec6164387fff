"""What is remembered of each thing that was brought in: from whom, how far it is, and how it ended."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, TypeAlias

import orjson

from fibermap.kernel.errors import Code, Conflict, FibermapError, NotFound, StoreFailed
from fibermap_api.problems import internal_problem

State: TypeAlias = Literal["queued", "running", "waiting", "done", "failed", "discarded"]
OVER: tuple[State, ...] = ("done", "failed", "discarded")


@dataclass(frozen=True, slots=True)
class IngestRecord:
    """One thing that was brought in.

    Attributes
    ----------
    owner, author
        Who began it: the id that its dry run is kept under, and the name that a person reads.
    inputs
        Files by name, or the address of a live layer without its query.
    saved_source
        The saved source that it is a pull of.
    state
        ``waiting``: the dry run is there, and a planner decides.
    error
        Why it failed, or why the last thing that was asked of it did.
    plan_version
        What it was published as; None also where nothing had changed.
    """

    ingest_id: str
    owner: str
    author: str
    inputs: tuple[str, ...]
    bytes: int
    began_at: datetime
    state: State = "queued"
    source: str | None = None
    saved_source: str | None = None
    error: Mapping[str, Any] | None = None
    plan_version: int | None = None
    unchanged: bool = False
    ended_at: datetime | None = None


def new_id() -> str:
    """Return an id that nobody guesses."""
    return secrets.token_hex(16)


class IngestRecords:
    """The records of one database, each a file in a folder beside it, the oldest forgotten first."""

    def __init__(self, folder: Path, most: int) -> None:
        self._folder = folder
        self._most = most
        self._records: dict[str, IngestRecord] = {}

    def load(self, now: datetime) -> None:
        """Take up what is in the folder. What was under way when the server stopped has failed, and says so."""
        if not self._folder.is_dir():
            return
        for path in self._folder.glob("*.json"):
            with suppress(OSError, ValueError, TypeError, KeyError):
                record = _read(path)
                self._records[record.ingest_id] = record
        for record in list(self._records.values()):
            if record.state not in OVER:
                self.keep(replace(record, state="failed", error=INTERRUPTED, ended_at=now))

    def keep(self, record: IngestRecord) -> IngestRecord:
        """Remember a record as it stands now, whatever happens to this process."""
        self._records[record.ingest_id] = record
        self._folder.mkdir(mode=0o700, exist_ok=True)
        target = self._path(record)
        partial = target.with_suffix(".part")
        partial.write_bytes(orjson.dumps(asdict(record)))
        partial.replace(target)
        over = sorted((each for each in self._records.values() if each.state in OVER), key=lambda each: each.began_at)
        for each in over[: max(0, len(self._records) - self._most)]:
            del self._records[each.ingest_id]
            self._path(each).unlink(missing_ok=True)
        return record

    def find(self, ingest_id: str) -> IngestRecord:
        """Return a record; raises ``NotFound`` (``ingest_not_found``)."""
        if ingest_id not in self._records:
            raise NotFound(Code.INGEST_NOT_FOUND, "There is no such ingest.", hint="GET /v1/ingests lists them.")
        return self._records[ingest_id]

    def waiting(self, ingest_id: str) -> IngestRecord:
        """Return a record that waits for a planner; raises ``Conflict`` (``ingest_not_waiting``) for any other."""
        record = self.find(ingest_id)
        if record.state != "waiting":
            raise Conflict(
                Code.INGEST_NOT_WAITING,
                f"It is {record.state}, so there is nothing to decide.",
                hint="Look at its state, or bring the files in again.",
            )
        return record

    def listed(self) -> list[IngestRecord]:
        """Return all records, newest first."""
        return sorted(self._records.values(), key=lambda record: record.began_at, reverse=True)

    def _path(self, record: IngestRecord) -> Path:
        return self._folder / f"{record.ingest_id}.json"


INTERRUPTED: Mapping[str, Any] = {
    "code": str(Code.INTERRUPTED),
    "detail": "The server was stopped before it was done. Nothing of it was published.",
    "hint": "Bring the files in again.",
}
EXPIRED: Mapping[str, Any] = {
    "code": str(Code.INGEST_EXPIRED),
    "detail": "Nobody came back for the dry run in time, or newer ones took its place. Nothing of it was published.",
    "hint": "Bring the files in again.",
}


def told_error(error: Exception, folder: Path | None) -> dict[str, Any]:
    """Return an error for a planner: with file, layer and row, and without where on the server's disk it happened."""
    if not isinstance(error, FibermapError) or isinstance(error, StoreFailed):
        code = error.code if isinstance(error, FibermapError) else Code.INTERNAL_ERROR
        return {"code": str(code), "detail": internal_problem().detail, "hint": "Try again; the server's log has more."}
    prefix = "" if folder is None else f"{folder}/"
    where = {name: _without(value, prefix) for name, value in error.where.items() if name in _SHOWN}
    return {"code": str(error.code), "detail": _without(error.message, prefix), "hint": error.hint, **where}


_SHOWN = ("file", "layer", "row", "field", "column", "limit")


def _without(value: Any, prefix: str) -> Any:
    return value.replace(prefix, "") if prefix and isinstance(value, str) else value


def _read(path: Path) -> IngestRecord:
    kept = orjson.loads(path.read_bytes())
    for name in ("began_at", "ended_at"):
        kept[name] = kept[name] and datetime.fromisoformat(kept[name])
    return IngestRecord(**{**kept, "inputs": tuple(kept["inputs"])})
