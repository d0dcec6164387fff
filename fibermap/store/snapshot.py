"""Published snapshots: read-only copies for those who cannot wait for the live file."""

from __future__ import annotations

import threading
from pathlib import Path
from uuid import uuid4

from fibermap.kernel.errors import Code, Conflict, InputRefused
from fibermap.store.copying import Contents, copy_into_file, discard, move_durably
from fibermap.store.places import latest_snapshot, snapshot_folder, snapshot_number, snapshot_path, snapshots
from fibermap.store.query import PRIVATE_TABLES
from fibermap.store.store import Store

__all__ = ["latest_snapshot", "publish_snapshot"]

# Tables that hold rows before anybody has put anything into the database.
_BOOKKEEPING = frozenset({"migration", "rule_setting", "subscription"})
_publishing = threading.Lock()


def publish_snapshot(store: Store, folder: Path | None = None, *, keep: int = 3) -> Path:
    """Copy the database as it is now into a new file that never changes.

    Who may use the server and who changed what stay behind: whoever reads a snapshot is no administrator.

    Parameters
    ----------
    store
        The open store; it goes on working meanwhile.
    folder
        Where to publish; by default ``<database>.snapshots`` beside it.
    keep
        How many snapshots stay; older ones are removed. A reader that has one open keeps it.

    Returns
    -------
    Path
        The new snapshot, ``plan.000007.duckdb``. It appears under its name only when it is whole.

    Raises
    ------
    Conflict
        ``nothing_to_copy`` while the database holds nothing.
    InputRefused
        ``argument_invalid`` for a database in memory without a ``folder``, or ``keep`` below 1.
    """
    if keep < 1:
        raise InputRefused(Code.ARGUMENT_INVALID, "At least one snapshot has to stay.", hint="Give keep=1 or more.")
    database = store.path or Path("memory.duckdb")
    if folder is None:
        if store.path is None:
            raise InputRefused(Code.ARGUMENT_INVALID, "A database in memory has no folder.", hint="Give one.")
        folder = snapshot_folder(database)
    folder.mkdir(parents=True, exist_ok=True)
    with _publishing:
        file = store.database.work_folder / f"snapshot-{uuid4().hex}.duckdb"
        contents = copy_into_file(store.database, file, without=PRIVATE_TABLES)
        if not _holds_anything(contents):
            discard(file)
            raise Conflict(
                Code.NOTHING_TO_COPY, "The database holds nothing to publish.", hint="Ingest a source first."
            )
        latest = latest_snapshot(database, folder)
        target = snapshot_path(folder, database, snapshot_number(latest) + 1 if latest else 1)
        move_durably(file, target)
        for old in snapshots(folder, database)[:-keep]:
            old.unlink(missing_ok=True)
    return target


def _holds_anything(contents: Contents) -> bool:
    return any(table.rows for name, table in contents.tables.items() if name not in _BOOKKEEPING | PRIVATE_TABLES)
