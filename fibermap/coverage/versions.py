"""Plan versions: every change of what is true gets a number, and the latest in force can be taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from fibermap.coverage.rule_settings import recall_minutes
from fibermap.kernel.errors import Code, Conflict, InputRefused, NotFound
from fibermap.store import TransactionConflict, UnitOfWork
from fibermap.store.recall import open_window, recall


@dataclass(frozen=True, slots=True)
class Version:
    """One plan version as a person sees it in the list."""

    version: int
    kind: str
    label: str
    author: str
    created_at: datetime
    undoes: int | None
    summary: dict[str, Any]


def current_version(uow: UnitOfWork) -> int:
    """Return the latest version, 0 in an empty database."""
    return int(uow.sql.value("version.current", "SELECT coalesce(max(version), 0) FROM plan_version"))


def open_version(uow: UnitOfWork, *, kind: str, label: str, author: str, undoes: int | None = None) -> int:
    """Append a version and return its number. Everything that follows in the unit of work belongs to it.

    What cannot be taken back waits for its recall window; an undo within the window calls that off.
    """
    version = current_version(uow) + 1
    row = [version, kind, label, author, uow.at_utc, undoes]
    try:
        uow.sql.execute("version.open", "INSERT INTO plan_version VALUES (?, ?, ?, ?, ?, ?, '{}')", row)
    except Conflict as taken:
        raise TransactionConflict(Code.CONFLICT, f"Somebody else opened version {version} first.") from taken
    if undoes is None or not recall(uow, undoes, by=version):
        open_window(uow, version, recall_minutes(uow))
    return version


def summarise(uow: UnitOfWork, version: int, summary: dict[str, Any]) -> None:
    """Keep what the version did beside it."""
    uow.sql.execute(
        "version.summarise",
        "UPDATE plan_version SET summary = ? WHERE version = ?",
        [orjson.dumps(summary, option=orjson.OPT_SORT_KEYS).decode(), version],
    )


def list_versions(uow: UnitOfWork) -> list[Version]:
    """Return every version, newest first."""
    rows = uow.sql.rows(
        "version.list",
        "SELECT version, kind, label, author, created_at, undoes, summary FROM plan_version ORDER BY version DESC",
    )
    return [
        Version(version, kind, label, author, created_at, undoes, orjson.loads(summary))
        for version, kind, label, author, created_at, undoes, summary in rows
    ]


def version_as_of(uow: UnitOfWork, as_of: int | datetime | None) -> int:
    """Return the version that was in force: the current one, a number, or the latest at a moment.

    A moment without a time zone is taken as UTC. Raises ``NotFound`` where nothing was known yet.
    """
    latest = current_version(uow)
    if as_of is None:
        return latest
    if isinstance(as_of, datetime):
        moment = as_of if as_of.tzinfo else as_of.replace(tzinfo=UTC)
        found = uow.sql.value("version.at", "SELECT max(version) FROM plan_version WHERE created_at <= ?", [moment])
        if found is None:
            raise NotFound(Code.VERSION_NOT_FOUND, f"Nothing was known on {moment:%Y-%m-%d %H:%M} UTC.")
        return int(found)
    if not 1 <= as_of <= latest:
        raise NotFound(Code.VERSION_NOT_FOUND, f"There is no plan version {as_of}.", hint=f"The latest is {latest}.")
    return as_of


def in_force(versions: list[Version]) -> list[Version]:
    """Return those that no undo has taken back, in the same order."""
    undone = {version.undoes for version in versions}
    return [version for version in versions if version.kind != "undo" and version.version not in undone]


def version_to_undo(uow: UnitOfWork, wanted: int | None) -> Version:
    """Return the latest version in force that has not been taken back, or refuse ``wanted`` if it is not that one."""
    standing = in_force(list_versions(uow))
    if not standing:
        raise InputRefused(Code.NOTHING_TO_UNDO, "There is no plan version to take back.")
    latest = standing[0]
    if wanted is not None and wanted != latest.version:
        raise Conflict(
            Code.UNDO_NOT_LATEST,
            f"Version {wanted} is not the latest in force, so taking it back would also undo what came after.",
            hint=f"Undo version {latest.version} ({latest.label}) first.",
        )
    return latest
