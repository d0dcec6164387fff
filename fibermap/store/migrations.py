"""Numbered SQL files that bring a database of any earlier release to the present one.

Forward only. Each runs in a transaction of its own and is remembered with its checksum: a file that has been
released is never edited, a correction is a new file. On a table that others reference, DuckDB refuses most
alterations, so a migration adds columns or rebuilds; indexes come in a migration of their own.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import pairwise

from fibermap.kernel.clock import Clock
from fibermap.kernel.errors import Code, StoreFailed
from fibermap.store.database import Database
from fibermap.store.executor import Executor
from fibermap.store.unit_of_work import transaction

_FILE_NAME = re.compile(r"^(\d{4})_([a-z0-9_]+)\.sql$")
# A copy in the making is attached to the same DuckDB, and its tables are listed too.
_HERE = "database_name = current_database()"
_CREATE_LEDGER = """
    CREATE TABLE IF NOT EXISTS migration (
        number INTEGER PRIMARY KEY,
        name VARCHAR NOT NULL,
        sha256 VARCHAR NOT NULL,
        applied_at_utc TIMESTAMPTZ NOT NULL
    )
"""


@dataclass(frozen=True, slots=True)
class Migration:
    """One step; ``sha256`` is over the text with line ends as ``\\n``, so that a checkout cannot change it."""

    number: int
    name: str
    sql: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.sql.replace("\r\n", "\n").encode()).hexdigest()


def released_migrations() -> tuple[Migration, ...]:
    """Return the migrations of this release, by number.

    Raises
    ------
    StoreFailed
        ``migration_changed`` where two files share a number.
    """
    found = []
    for file in files("fibermap.store").joinpath("migrations").iterdir():
        match = _FILE_NAME.match(file.name)
        if match:
            found.append(Migration(int(match.group(1)), match.group(2), file.read_text(encoding="utf-8")))
    found.sort(key=lambda migration: migration.number)
    for first, second in pairwise(found):
        if first.number == second.number:
            raise StoreFailed(
                Code.MIGRATION_CHANGED,
                f"Migrations {first.name} and {second.name} share a number.",
                hint="Number the later one anew.",
            )
    return tuple(found)


def migrate(database: Database, clock: Clock, migrations: Sequence[Migration] | None = None) -> list[Migration]:
    """Apply what is missing and return it.

    Parameters
    ----------
    migrations
        By default those of this release.

    Raises
    ------
    StoreFailed
        ``database_newer`` where the database knows migrations that this release does not;
        ``migration_changed`` where an applied file has been edited since, or one was slipped in below it;
        ``database_older`` where migrations are missing and the database is open for reading only;
        ``database_corrupt`` where the file holds tables but is no fibermap database.
    """
    steps = released_migrations() if migrations is None else tuple(migrations)
    sql = Executor(database.cursor())
    _refuse_foreign(sql, database)
    applied = applied_migrations(sql)
    check_history(applied, steps, where=str(database.path or "memory"))
    pending = [step for step in steps if step.number not in applied]
    if pending and database.read_only:
        raise StoreFailed(
            Code.DATABASE_OLDER,
            f"The database lacks {len(pending)} migrations and is open for reading only.",
            hint="Open it once for writing; that brings it up to date.",
            file=str(database.path),
        )
    for step in pending:
        with transaction(database, cause=f"migrate:{step.number:04d}", clock=clock) as work:
            work.sql.execute("migration_ledger", _CREATE_LEDGER)
            work.sql.execute(f"migration_{step.number:04d}_{step.name}", step.sql)
            row = [step.number, step.name, step.sha256, work.at_utc]
            work.sql.execute("migration_mark", "INSERT INTO migration VALUES (?, ?, ?, ?)", row)
    return pending


def applied_migrations(sql: Executor) -> dict[int, tuple[str, str]]:
    """Return ``{number: (name, sha256)}`` of what a database has applied; empty for a new one."""
    if not _has_table(sql, "migration"):
        return {}
    rows = sql.rows("migration_applied", "SELECT number, name, sha256 FROM migration ORDER BY number")
    return {number: (name, sha256) for number, name, sha256 in rows}


def check_history(applied: dict[int, tuple[str, str]], steps: Sequence[Migration], *, where: str) -> None:
    """Raise `StoreFailed` unless ``applied`` is a true beginning of ``steps``."""
    known = {step.number: step for step in steps}
    newest = max(applied, default=0)
    if newest > max(known, default=0):
        raise StoreFailed(
            Code.DATABASE_NEWER,
            f"The database was written by a newer fibermap (migration {newest}).",
            hint="Install that release, or restore a backup made before.",
            file=where,
        )
    for number, (name, sha256) in applied.items():
        if number not in known or known[number].sha256 != sha256:
            raise _changed(f"Migration {number:04d}_{name} has changed since it was applied.", where)
    for step in steps:
        if step.number < newest and step.number not in applied:
            raise _changed(f"Migration {step.number:04d}_{step.name} came after {newest:04d} was applied.", where)


def _changed(message: str, where: str) -> StoreFailed:
    return StoreFailed(
        Code.MIGRATION_CHANGED,
        message,
        hint="Install the release the database was written with; put corrections into a new migration.",
        file=where,
    )


def _refuse_foreign(sql: Executor, database: Database) -> None:
    if _has_table(sql, "migration"):
        return
    tables = sql.value("database_tables", f"SELECT count(*) FROM duckdb_tables() WHERE NOT internal AND {_HERE}")
    if tables:
        raise StoreFailed(
            Code.DATABASE_CORRUPT,
            f"This is a DuckDB database with {tables} tables, but not one of fibermap's.",
            hint="Choose another file for --db.",
            file=str(database.path or "memory"),
        )


def _has_table(sql: Executor, name: str) -> bool:
    question = f"SELECT count(*) FROM duckdb_tables() WHERE NOT internal AND {_HERE} AND table_name = ?"
    return bool(sql.value("database_has_table", question, [name]))
