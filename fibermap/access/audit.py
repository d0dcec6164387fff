"""The audit log, read: who changed what, by which way, when, and how it was before and after. The witness writes it.

Rows are added and never changed: no statement of fibermap does, and what a person asks in SQL is read-only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import pyarrow as pa

from fibermap.access.acting import Way
from fibermap.formats.write_csv import csv_rows
from fibermap.store import UnitOfWork

MOST_ON_A_PAGE = 500
MOST_IN_A_FILE = 50_000
_COLUMNS = (
    "audit_id",
    "happened_at",
    "actor_id",
    "actor",
    "way",
    "command",
    "subject",
    "plan_version",
    "before",
    "after",
)
_FIND = f"""
    SELECT {", ".join(_COLUMNS)} FROM audit_entry
    WHERE ($who IS NULL OR lower(actor) = lower($who) OR actor_id = $who)
      AND ($what IS NULL OR command = $what)
      AND ($subject IS NULL OR contains(lower(subject), lower($subject)))
      AND ($way IS NULL OR way = $way)
      AND ($since IS NULL OR happened_at >= $since)
      AND ($until IS NULL OR happened_at < $until)
      AND ($older_than IS NULL OR audit_id < $older_than)
    ORDER BY audit_id DESC LIMIT $limit
"""


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries; None takes all.

    Attributes
    ----------
    who
        A person's or key's name, or ``user:ID``, ``key:ID``, ``local``, ``server``.
    what
        The name of a command.
    subject
        Any part of what it was about.
    since, until
        Moments: from the first on, before the second.
    older_than
        The id of an entry: those before it, for the next page.
    """

    who: str | None = None
    what: str | None = None
    subject: str | None = None
    way: Way | None = None
    since: datetime | None = None
    until: datetime | None = None
    older_than: int | None = None


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One command that changed something.

    ``before`` and ``after`` list rows as ``{"what", "which", "values"}``: all that is told of a row that is new or
    gone, and what differs of one that changed. ``{"more": N}`` is last where they were too many.
    """

    audit_id: int
    happened_at: datetime
    actor_id: str
    actor: str
    way: str
    command: str
    subject: str
    plan_version: int | None
    before: list[dict[str, Any]]
    after: list[dict[str, Any]]


def find_entries(uow: UnitOfWork, wanted: AuditFilter, limit: int = MOST_ON_A_PAGE) -> list[AuditEntry]:
    """Return entries, the newest first."""
    rows = uow.sql.records("audit.find", _FIND, _params(wanted, min(limit, MOST_ON_A_PAGE)))
    return [
        AuditEntry(**{**row, "before": orjson.loads(row["before"]), "after": orjson.loads(row["after"])})
        for row in rows
    ]


def audit_table(uow: UnitOfWork, wanted: AuditFilter, limit: int = MOST_IN_A_FILE) -> pa.Table:
    """Return entries as a table, the newest first; ``before`` and ``after`` are JSON."""
    return uow.sql.arrow("audit.table", _FIND, _params(wanted, min(limit, MOST_IN_A_FILE)))


def as_csv(table: pa.Table) -> bytes:
    """Return what `audit_table` returns as UTF-8 CSV with a row of names; no cell is what a spreadsheet would run."""
    place = table.schema.get_field_index("happened_at")
    moments = pa.array([moment.isoformat() for moment in table["happened_at"].to_pylist()], pa.string())
    names = ",".join(_COLUMNS).encode() + b"\n"
    return names + csv_rows(table.set_column(place, "happened_at", moments))


def commands_on_record(uow: UnitOfWork) -> list[str]:
    """Return the names of all commands that anybody has given, in alphabetical order."""
    return [name for (name,) in uow.sql.rows("audit.commands", "SELECT DISTINCT command FROM audit_entry ORDER BY 1")]


def _params(wanted: AuditFilter, limit: int) -> Mapping[str, Any]:
    return {
        "who": wanted.who,
        "what": wanted.what,
        "subject": wanted.subject,
        "way": None if wanted.way is None else str(wanted.way),
        "since": wanted.since,
        "until": wanted.until,
        "older_than": wanted.older_than,
        "limit": limit,
    }
