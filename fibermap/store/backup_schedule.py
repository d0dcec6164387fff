"""When the server makes backups by itself, as it was set by an administrator."""

from __future__ import annotations

from typing import cast

import orjson

from fibermap.store.unit_of_work import UnitOfWork

_NAME = "backup_schedule"


def read_backup_schedule(work: UnitOfWork) -> str | None:
    """Return the schedule; None where backups are not made by themselves."""
    value = work.sql.value("server.read", "SELECT any_value(value) FROM server_setting WHERE name = ?", [_NAME])
    return None if value is None else cast("str | None", orjson.loads(value))


def save_backup_schedule(work: UnitOfWork, schedule: str | None, author: str) -> None:
    """Set the schedule, in the words in which it is read."""
    work.sql.execute(
        "server.save",
        "INSERT OR REPLACE INTO server_setting (name, value, changed_by, changed_at) VALUES (?, ?, ?, ?)",
        [_NAME, orjson.dumps(schedule).decode(), author, work.at_utc],
    )
