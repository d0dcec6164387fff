"""A consistent copy of an open database, made while others read and write it.

``COPY FROM DATABASE`` alone refuses a database with foreign keys (DuckDB 1.5.5 fills the tables side by side),
so it copies the definitions, and the rows follow table by table, referenced ones first, in one transaction.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from uuid import uuid4

from fibermap.kernel.errors import FibermapError
from fibermap.store.database import Database
from fibermap.store.executor import Executor

_TABLES = """
    SELECT table_name FROM duckdb_tables()
    WHERE NOT internal AND NOT temporary AND database_name = current_database() AND schema_name = 'main'
    ORDER BY table_name
"""
_REFERENCES = """
    SELECT DISTINCT table_name, referenced_table FROM duckdb_constraints()
    WHERE constraint_type = 'FOREIGN KEY' AND database_name = current_database()
"""
# `last_value` of a copied sequence is one too high until it is used; the START of its definition is always the next.
_SEQUENCES = r"""
    SELECT sequence_name, CAST(regexp_extract(sql, 'START (-?\d+)', 1) AS BIGINT) FROM duckdb_sequences()
    WHERE NOT temporary AND database_name = current_database() ORDER BY sequence_name
"""
_CHUNK_BYTES = 4 << 20


@dataclass(frozen=True, slots=True)
class TableContents:
    """What a table holds, independent of the order of its rows; comparable under one version of DuckDB."""

    rows: int
    checksum: str


@dataclass(frozen=True, slots=True)
class Contents:
    """What a database holds: its tables, and the next value of each sequence."""

    tables: dict[str, TableContents]
    sequences: dict[str, int]


def table_names(sql: Executor) -> list[str]:
    """Return the tables of the database, in alphabetical order."""
    return [name for (name,) in sql.rows("tables", _TABLES)]


def filled_tables(sql: Executor) -> list[str]:
    """Return the tables that hold a row, in alphabetical order."""
    looks = (f"(SELECT '{name}' AS name FROM {quoted(name)} LIMIT 1)" for name in table_names(sql))
    return [name for (name,) in sql.rows("filled_tables", f"{' UNION ALL '.join(looks)} ORDER BY name")]


def read_contents(sql: Executor) -> Contents:
    """Read every row of every table."""
    tables = {name: table_contents(sql, name) for name in table_names(sql)}
    return Contents(tables, dict(sql.rows("sequences", _SEQUENCES)))


def table_contents(sql: Executor, table: str) -> TableContents:
    """Count and hash all rows of one table."""
    statement = f"SELECT count(*), coalesce(sum(hash(t)::HUGEINT), 0) FROM {quoted(table)} AS t"
    row = sql.row(f"contents_{table}", statement)
    assert row is not None
    return TableContents(rows=int(row[0]), checksum=f"{int(row[1]):x}")


def copy_into_file(database: Database, file: Path, without: frozenset[str] = frozenset()) -> Contents:
    """Copy the whole database as it is at one moment and return what it held.

    Parameters
    ----------
    database
        The open database; writers are not stopped.
    file
        A new file in the work folder, the only place that SQL can reach.
    without
        Tables that are copied empty.

    Notes
    -----
    A table that refers to itself, or has generated columns, cannot be copied like this; none of ours does.
    """
    connection = database.new_cursor()
    sql = Executor(connection)
    alias = f"copy_{uuid4().hex}"
    try:
        with _attached(sql, file, alias):
            sql.execute("copy_begin", "BEGIN TRANSACTION")
            contents = _copy(sql, alias, without)
            sql.execute("copy_commit", "COMMIT")
    finally:
        connection.close()
    return contents


def _copy(sql: Executor, alias: str, without: frozenset[str]) -> Contents:
    source = sql.value("copy_source", "SELECT current_database()")
    contents = read_contents(sql)
    sql.execute("copy_definitions", f"COPY FROM DATABASE {quoted(source)} TO {alias} (SCHEMA)")
    for table in _referenced_first(sql, list(contents.tables)):
        if table in without:
            continue
        name = quoted(table)
        sql.execute(f"copy_{table}", f"INSERT INTO {alias}.main.{name} SELECT * FROM {quoted(source)}.main.{name}")
    return contents


def _referenced_first(sql: Executor, tables: list[str]) -> list[str]:
    order: TopologicalSorter[str] = TopologicalSorter({table: [] for table in tables})
    for table, referenced in sql.rows("copy_references", _REFERENCES):
        if table != referenced:
            order.add(table, referenced)
    return list(order.static_order())


@contextmanager
def _attached(sql: Executor, file: Path, alias: str) -> Iterator[None]:
    path = str(file).replace("'", "''")
    sql.execute("copy_attach", f"ATTACH '{path}' AS {alias}")
    try:
        yield
    except BaseException:
        for name, statement in (("copy_rollback", "ROLLBACK"), ("copy_detach", f"DETACH {alias}")):
            with suppress(FibermapError):  # the error that led here is the one to tell
                sql.execute(name, statement)
        discard(file)
        raise
    sql.execute("copy_detach", f"DETACH {alias}")


def quoted(name: str) -> str:
    """Quote an identifier for SQL."""
    return '"' + name.replace('"', '""') + '"'


def discard(file: Path) -> None:
    """Remove a database file and its write-ahead log, if there."""
    file.unlink(missing_ok=True)
    file.with_name(file.name + ".wal").unlink(missing_ok=True)


def sha256_of(file: Path) -> str:
    """Hash a file."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def move_durably(source: Path, target: Path) -> None:
    """Move a file under its final name, at once and for good, also from one file system to another."""
    partial = target.with_name(f"{target.name}.partial")
    try:
        source.replace(partial)
    except OSError:
        copy_durably(source, partial)
        source.unlink()
    _sync(partial)
    partial.replace(target)
    _sync(target.parent)


def copy_durably(source: Path, target: Path) -> None:
    """Copy a file and force it to the disk."""
    with source.open("rb") as reading, target.open("wb") as writing:
        while chunk := reading.read(_CHUNK_BYTES):
            writing.write(chunk)
        writing.flush()
        os.fsync(writing.fileno())


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
