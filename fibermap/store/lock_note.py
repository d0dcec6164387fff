"""A note beside the database file that says who has it open and how to reach them.

DuckDB's own lock is the truth; the note only adds what a lock cannot hold. A note left behind by a crash
is harmless, because it is believed only when it names the process that DuckDB says holds the lock.
"""

from __future__ import annotations

import os
import sys
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path

import orjson

LONGEST_NOTE_BYTES = 64 << 10


@dataclass(frozen=True, slots=True)
class LockNote:
    """Who holds a database.

    Attributes
    ----------
    pid, command
        The process and its command line.
    since_utc
        When it opened the file, ISO 8601.
    url
        Where its API answers; ``None`` while it serves none.
    socket
        The local socket through which the CLI reaches it; ``None`` while it serves none.
    """

    pid: int
    command: str
    since_utc: str
    url: str | None = None
    socket: str | None = None


def note_path(database: Path) -> Path:
    """Return where the note about ``database`` lies."""
    return database.with_name(database.name + ".lock")


def note_of_this_process(*, url: str | None = None, socket: str | None = None) -> LockNote:
    """Describe the running process as the holder."""
    since_utc = datetime.now(UTC).isoformat(timespec="seconds")
    return LockNote(os.getpid(), " ".join(sys.argv) or "python", since_utc, url, socket)


def write_note(database: Path, note: LockNote) -> None:
    """Write the note whole or not at all."""
    target = note_path(database)
    partial = target.with_name(f"{target.name}.{os.getpid()}")
    partial.write_bytes(orjson.dumps(asdict(note)))
    partial.replace(target)


def read_note(database: Path) -> LockNote | None:
    """Return the note, or ``None`` where there is none that can be read."""
    try:
        with note_path(database).open("rb") as file:
            found = orjson.loads(file.read(LONGEST_NOTE_BYTES))
        note = LockNote(**{field.name: found.get(field.name) for field in fields(LockNote)})
    except (OSError, ValueError, AttributeError):
        return None
    return note if isinstance(note.pid, int) else None


def remove_note(database: Path) -> None:
    """Remove the note if this process wrote it."""
    note = read_note(database)
    if note is not None and note.pid == os.getpid():
        note_path(database).unlink(missing_ok=True)
