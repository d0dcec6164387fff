"""Small builders for the tests of the store."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

from fibermap.kernel.clock import Clock, SystemClock
from fibermap.kernel.events import PlanPromoted
from fibermap.store import Database, Store, UnitOfWork
from fibermap.store.migrations import Migration, migrate, released_migrations

ROOT = Path(__file__).resolve().parents[2]
COUNTER = Migration(9000, "counter", "CREATE TABLE counter (name VARCHAR PRIMARY KEY, n BIGINT NOT NULL);")


def store_migrations() -> tuple[Migration, ...]:
    """The store's own migrations and a table to count in."""
    return (*(step for step in released_migrations() if step.name in ("store", "recall", "wanted_event")), COUNTER)


def open_store(path: str | Path, *, clock: Clock | None = None, read_only: bool = False) -> Store:
    """Open a database that has only the store's tables and ``counter``."""
    clock = clock or SystemClock()
    database = Database.open(path, read_only=read_only)
    migrate(database, clock, store_migrations())
    return Store(database, clock)


def set_counter(store: Store, name: str, n: int) -> None:
    """Put a counter into the table."""
    statement = "INSERT OR REPLACE INTO counter VALUES (?, ?)"
    store.run(lambda uow: uow.sql.execute("counter_set", statement, [name, n]), cause="test")


def counter(store: Store, name: str) -> int | None:
    """Read a counter, ``None`` where it is missing."""
    value: int | None = store.sql.value("counter_get", "SELECT n FROM counter WHERE name = ?", [name])
    return value


def add_to_counter(uow: UnitOfWork, name: str, n: int) -> None:
    """Add within a unit of work, creating the counter where it is missing."""
    statement = "INSERT INTO counter VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET n = n + excluded.n"
    uow.sql.execute("counter_add", statement, [name, n])


def publish(store: Store, *versions: int) -> None:
    """Publish one event per plan version, each in a transaction of its own."""
    for version in versions:
        store.run(lambda uow, v=version: uow.emit(PlanPromoted(cause="test", plan_version=v)), cause="test")


def start_python(code: str, *arguments: object) -> subprocess.Popen[str]:
    """Start another process that runs ``code``, with these ``sys.argv[1:]`` and a pipe for what it prints.

    The code stands in a file: without one DuckDB takes the process for a person and draws progress on its output.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".py", delete=False) as script:
        script.write(textwrap.dedent(code))
    return subprocess.Popen(
        [sys.executable, "-u", script.name, *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
