"""Temporal tables: rows that hold from one plan version to another, replaced set by set and never deleted.

A table is temporal if it has the columns ``from_version`` and ``to_version``. A row holds from ``from_version`` up to,
but not including, ``to_version``; NULL means that it still holds. Going back to an earlier version therefore needs no
copy of the database: rows that began later are closed, and rows that ended later are written again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from fibermap.store.unit_of_work import UnitOfWork

IN_FORCE = "from_version <= $version AND (to_version IS NULL OR to_version > $version)"
"""Condition on a temporal table: the row holds in ``$version``."""

_BLOB = pa.types.is_binary, pa.types.is_large_binary


@dataclass(frozen=True, slots=True)
class Replaced:
    """How a replacement went, in rows: ``opened`` are new or changed, ``closed`` are changed or gone."""

    opened: int
    closed: int

    @property
    def nothing(self) -> bool:
        """Whether what came in is what was there."""
        return self.opened == 0 and self.closed == 0


def content_of(columns: pa.Schema, ignore: Sequence[str] = ()) -> str:
    """Return a SQL expression that is equal for rows of equal content, whatever the release of the database."""
    names = sorted(name for name in columns.names if name not in ignore)
    parts = [_text(columns.field(name)) for name in names]
    return f"md5_number(concat_ws(chr(31), {', '.join(parts)}))"


def _text(column: pa.Field) -> str:
    if any(check(column.type) for check in _BLOB):
        return f"coalesce(md5({column.name}), chr(30))"
    return f"coalesce({column.name}::VARCHAR, chr(30))"


def replace(
    uow: UnitOfWork,
    table: str,
    *,
    key: str,
    incoming: pa.Table,
    scope: str,
    version: int,
    ignore: Sequence[str] = (),
    **tables: pa.Table,
) -> Replaced:
    """Make the rows of ``table`` that ``scope`` selects hold ``incoming`` from ``version`` on; equal rows stay.

    Parameters
    ----------
    table, key
        A temporal table with a column ``content``, and the column that identifies a thing in it.
    incoming
        All columns of the table but ``content``, ``from_version`` and ``to_version``; absent columns become NULL.
        One row per key.
    scope
        SQL condition on the current rows that ``incoming`` stands for; what it selects and ``incoming`` lacks is
        closed.
    ignore
        Columns in which a difference is no change, such as the position of a row in its file.
    **tables
        Arrow tables that ``scope`` names.
    """
    content = content_of(incoming.schema, ignore)
    closed = uow.sql.execute(
        f"temporal.close.{table}",
        f"""
        UPDATE {table} SET to_version = $version
        WHERE to_version IS NULL AND ({scope}) AND NOT EXISTS (
            SELECT 1 FROM (SELECT {key}, {content} AS content FROM incoming) i
            WHERE i.{key} = {table}.{key} AND i.content = {table}.content)
        """,
        {"version": version},
        incoming=incoming,
        **tables,
    )
    opened = uow.sql.execute(
        f"temporal.open.{table}",
        f"""
        INSERT INTO {table} BY NAME
        SELECT i.*, {content} AS content, $version::INTEGER AS from_version FROM incoming i
        WHERE NOT EXISTS (SELECT 1 FROM {table} t WHERE t.{key} = i.{key} AND t.to_version IS NULL)
        """,
        {"version": version},
        incoming=incoming,
        **tables,
    )
    return Replaced(opened, closed)


def temporal_tables(uow: UnitOfWork) -> list[str]:
    """Return the names of all temporal tables, sorted."""
    rows = uow.sql.rows(
        "temporal.tables",
        """
        SELECT table_name FROM duckdb_columns()
        WHERE column_name IN ('from_version', 'to_version') AND NOT internal AND database_name = current_database()
          AND table_name IN (SELECT table_name FROM duckdb_tables() WHERE NOT temporary)
        GROUP BY table_name HAVING count(DISTINCT column_name) = 2 ORDER BY table_name
        """,
    )
    return [row[0] for row in rows]


def restore(uow: UnitOfWork, *, before: int, version: int) -> None:
    """Make every temporal table hold, from ``version`` on, what it held just before version ``before``."""
    for table in temporal_tables(uow):
        uow.sql.execute(
            f"temporal.reopen.{table}",
            f"""
            INSERT INTO {table} BY NAME
            SELECT * REPLACE ($version::INTEGER AS from_version, NULL::INTEGER AS to_version) FROM {table}
            WHERE from_version < $before AND to_version >= $before AND to_version < $version
            """,
            {"before": before, "version": version},
        )
        uow.sql.execute(
            f"temporal.close_later.{table}",
            f"""
            UPDATE {table} SET to_version = $version
            WHERE to_version IS NULL AND from_version >= $before AND from_version < $version
            """,
            {"before": before, "version": version},
        )
