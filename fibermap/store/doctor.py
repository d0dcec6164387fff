"""Is the database sound? A list of checks, each of which reads and reports and repairs nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

from fibermap.kernel.errors import FibermapError
from fibermap.store.copying import filled_tables, quoted, table_contents, table_names
from fibermap.store.executor import named_sql
from fibermap.store.migrations import applied_migrations, check_history, released_migrations
from fibermap.store.store import Store

STUCK_AFTER = timedelta(hours=1)
SAMPLE_SIZE = 5
LOOKUPS = 200
_UNIQUE_KEYS = """
    SELECT table_name, constraint_column_names FROM duckdb_constraints()
    WHERE constraint_type IN ('PRIMARY KEY', 'UNIQUE') AND database_name = current_database()
    ORDER BY ALL
"""
# Of plain indexes only those on one bare column; their expressions are text such as "[name]".
_INDEXED_COLUMNS = """
    SELECT table_name, constraint_column_names[1] AS column_name FROM duckdb_constraints()
    WHERE constraint_type IN ('PRIMARY KEY', 'UNIQUE') AND database_name = current_database()
        AND len(constraint_column_names) = 1
    UNION
    SELECT columns.table_name, columns.column_name
    FROM duckdb_indexes() AS indexes
    JOIN duckdb_columns() AS columns USING (database_name, schema_name, table_name)
    WHERE database_name = current_database()
        AND replace(trim(indexes.expressions, '[]'), '"', '') = columns.column_name
    ORDER BY ALL
"""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong.

    Attributes
    ----------
    check
        The name of the check that found it.
    severity
        ``error``: data is lost, doubled or contradictory. ``warning``: somebody has to look.
    message
        What is wrong, as a sentence.
    count
        How many rows, events or the like.
    sample
        A few of them, as JSON values.
    hint
        What to do next.
    """

    check: str
    severity: Literal["error", "warning"]
    message: str
    count: int = 1
    sample: Sequence[Any] = field(default_factory=tuple)
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """A named question to the database; ``run`` returns what is wrong, nothing where all is well."""

    name: str
    run: Callable[[Store], list[Problem]]


def run_checks(store: Store, checks: Iterable[Check]) -> list[Problem]:
    """Run all checks; one that cannot be run is itself a problem and does not keep the others from running."""
    problems: list[Problem] = []
    for check in checks:
        try:
            problems += check.run(store)
        except FibermapError as error:
            problems.append(Problem(check.name, "error", error.message, hint=error.hint))
    return problems


def store_checks() -> tuple[Check, ...]:
    """Return the checks of the store itself; each slice adds its own and its references."""
    return (
        Check("readable", _unreadable_tables),
        Check("indexes", _indexes_against_tables),
        Check("migrations", _changed_migrations),
        Check("events_stuck", _stuck_events),
        Check("events_parked", _parked_events),
        reference_check("delivery_event", "delivery", "event_id", "event", "event_id"),
        reference_check("delivery_subscription", "delivery", "subscriber", "subscription", "subscriber"),
    )


def reference_check(name: str, child_table: str, column: str, parent_table: str, parent_column: str) -> Check:
    """Return a check that every non-NULL ``child_table.column`` exists in ``parent_table.parent_column``.

    For every reference that is not a foreign key. Both tables may also be views, or subqueries in parentheses
    where only some rows refer.
    """
    child, parent = _relation(child_table), _relation(parent_table)
    statement = f"""
        SELECT child.{quoted(column)} AS value, count(*) AS dangling
        FROM {child} AS child
        WHERE child.{quoted(column)} IS NOT NULL
            AND NOT EXISTS (
                SELECT 1 FROM {parent} AS parent WHERE parent.{quoted(parent_column)} = child.{quoted(column)}
            )
        GROUP BY ALL ORDER BY ALL
    """

    def run(store: Store) -> list[Problem]:
        rows = store.sql.rows(f"doctor_{name}", statement)
        if not rows:
            return []
        return [
            Problem(
                name,
                "error",
                f"{child_table}.{column} refers to rows that {parent_table} does not have.",
                count=sum(count for _, count in rows),
                sample=[value for value, _ in rows[:SAMPLE_SIZE]],
                hint="Restore a backup from before, or report it: no command of fibermap leaves such rows.",
            )
        ]

    return Check(name, run)


def _relation(table: str) -> str:
    return table if table.startswith("(") else quoted(table)


def _unreadable_tables(store: Store) -> list[Problem]:
    """Read every row of every table: DuckDB verifies the checksum of each block that it reads."""
    problems = []
    for table in table_names(store.sql):
        try:
            table_contents(store.sql, table)
        except FibermapError as error:
            message = f"Table {table} cannot be read: {error.message}"
            problems.append(Problem("readable", "error", message, hint="Restore the last backup."))
    return problems


def _indexes_against_tables(store: Store) -> list[Problem]:
    """An index that let a key in twice, or does not find what a scan of the table finds."""
    problems = []
    filled = frozenset(filled_tables(store.sql))
    for table, columns in store.sql.rows("doctor_unique_keys", _UNIQUE_KEYS):
        if table in filled:
            problems += _doubled_keys(store, table, columns)
    for table, column in store.sql.rows("doctor_indexed_columns", _INDEXED_COLUMNS):
        if table in filled:
            problems += _lost_rows(store, table, column)
    return problems


def _doubled_keys(store: Store, table: str, columns: Sequence[str]) -> list[Problem]:
    key = ", ".join(quoted(column) for column in columns)
    present = " AND ".join(f"{quoted(column)} IS NOT NULL" for column in columns)
    statement = f"SELECT {key} FROM {quoted(table)} WHERE {present} GROUP BY {key} HAVING count(*) > 1 ORDER BY {key}"
    rows = store.sql.rows(f"doctor_doubled_{table}", statement)
    if not rows:
        return []
    message = f"{table} holds the same ({', '.join(columns)}) more than once."
    return [_index_problem(message, len(rows), [list(row) for row in rows[:SAMPLE_SIZE]])]


def _lost_rows(store: Store, table: str, column: str) -> list[Problem]:
    """Count the rows of some keys by a join, which scans, and by equality, which DuckDB answers from the index."""
    name, relation = quoted(column), quoted(table)
    scanned = store.sql.rows(
        f"doctor_scan_{table}",
        f"""
        WITH picked AS (SELECT DISTINCT {name} FROM {relation} USING SAMPLE {LOOKUPS} ROWS (reservoir, 7))
        SELECT {name}, count(*) FROM {relation} JOIN picked USING ({name}) GROUP BY {name}
        """,
    )
    lookup = f"SELECT count(*) FROM {relation} WHERE {name} = ?"
    lost = [key for key, count in scanned if store.sql.value(f"doctor_lookup_{table}", lookup, [key]) != count]
    if not lost:
        return []
    message = f"{table}.{column}: the index does not find rows that the table holds."
    return [_index_problem(message, len(lost), lost[:SAMPLE_SIZE])]


def _index_problem(message: str, count: int, sample: Sequence[Any]) -> Problem:
    hint = "Make a backup and restore it: that builds the indexes anew. If it fails, restore an earlier backup."
    return Problem("indexes", "error", message, count=count, sample=sample, hint=hint)


def _changed_migrations(store: Store) -> list[Problem]:
    check_history(applied_migrations(store.sql), released_migrations(), where=str(store.path or "memory"))
    return []


def _stuck_events(store: Store) -> list[Problem]:
    before = store.clock.now() - STUCK_AFTER
    rows = store.sql.records("event_overdue", named_sql("fibermap.store", "event_overdue"), {"before": before})
    return [
        Problem(
            "events_stuck",
            "warning",
            f"Subscriber {row['subscriber']} has not received events since {row['oldest_at_utc'].isoformat()}"
            + (f": {row['error']}" if row["error"] else "."),
            count=row["events"],
            sample=[row["oldest_event_id"]],
            hint="Check that `fibermap serve` runs; see its log for the subscriber's failures.",
        )
        for row in rows
    ]


def _parked_events(store: Store) -> list[Problem]:
    rows = store.sql.rows(
        "doctor_parked",
        """
        SELECT subscriber, count(*), list(event_id ORDER BY event_id)[:5], any_value(error)
        FROM delivery WHERE state = 'parked' GROUP BY subscriber ORDER BY subscriber
        """,
    )
    return [
        Problem(
            "events_parked",
            "warning",
            f"Subscriber {subscriber} failed too often and events were parked: {error}",
            count=count,
            sample=event_ids,
            hint="Remove the cause, then replay the parked events.",
        )
        for subscriber, count, event_ids, error in rows
    ]
