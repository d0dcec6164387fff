"""What to tell somebody whose database is open elsewhere: who has it, and how to get at it all the same."""

from __future__ import annotations

import os
import re
from pathlib import Path

from fibermap.kernel.errors import Code, DatabaseBusy
from fibermap.store.lock_note import LockNote, read_note
from fibermap.store.places import latest_snapshot

_HOLDER_PID = re.compile(r"\(PID (\d+)\)")


def is_lock_error(error: Exception) -> bool:
    """Tell whether DuckDB refused to open a file because somebody else has it."""
    text = str(error)
    return "Could not set lock" in text or "different configuration than existing" in text


def busy_error(file: Path, error: Exception) -> DatabaseBusy:
    """Build the error for ``file`` from DuckDB's message, the lock note and the published snapshots."""
    match = _HOLDER_PID.search(str(error))
    pid = int(match.group(1)) if match else None
    if pid is None and "different configuration" in str(error):
        pid = os.getpid()
    note = read_note(file)
    if note is not None and note.pid != pid:
        note = None
    return DatabaseBusy(
        Code.DATABASE_BUSY,
        f"The database is open in {_holder(pid, note)}.",
        hint=_ways_out(file, pid, note),
        file=str(file),
        pid=pid,
        url=note.url if note else None,
        socket=note.socket if note else None,
        since_utc=note.since_utc if note else None,
    )


def _holder(pid: int | None, note: LockNote | None) -> str:
    if pid == os.getpid():
        return "this process, with other settings"
    if pid is None:
        return "another process"
    return f"process {pid}" + (f", `{note.command}`, since {note.since_utc}" if note else "")


def _ways_out(file: Path, pid: int | None, note: LockNote | None) -> str:
    if pid == os.getpid():
        return "Close it there first, or open it with the same settings."
    ways = []
    if note is not None and note.url:
        ways.append(f'work through it with fibermap.connect("{note.url}")')
    if note is not None and note.socket:
        ways.append(f'on this machine with fibermap.connect("{note.socket}"), as the user who started it')
    snapshot = latest_snapshot(file)
    if snapshot is not None:
        ways.append(f'read the latest published snapshot with fibermap.open("{snapshot}", read_only=True)')
    ways.append("wait until that process has closed it")
    sentence = ", or ".join(ways)
    return sentence[0].upper() + sentence[1:] + "."
