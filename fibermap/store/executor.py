"""The one place that runs SQL: every statement has a name, is timed, logged and explained when it fails."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache, lru_cache
from importlib.resources import files
from time import perf_counter
from typing import Any, TypeVar

import duckdb
import pyarrow as pa

from fibermap.kernel.errors import Code, Conflict, FibermapError, InputRefused, StoreFailed
from fibermap.store.deadline import deadline
from fibermap.store.log import get_logger

Params = Sequence[Any] | Mapping[str, Any] | None
Row = tuple[Any, ...]
_T = TypeVar("_T")
_WRITES = re.compile(r'\b(?:INSERT\s+(?:OR\s+\w+\s+)?INTO|UPDATE(?!\s+SET\b)|DELETE\s+FROM)\s+"?(\w+)', re.IGNORECASE)
_log = get_logger()


class TransactionConflict(Conflict):
    """Another transaction changed the same rows first; running the whole unit of work again may succeed."""


class Executor:
    """Runs named statements on one connection. Not for use by two threads at a time.

    Parameters
    ----------
    connection
        A DuckDB cursor that belongs to the calling thread.

    Attributes
    ----------
    written
        How many rows were inserted, updated or deleted through it, by table.

    Notes
    -----
    Every method takes the statement's ``name`` (``"address_upsert"``, shown in logs and errors), its SQL, its
    parameters (a sequence for ``?``, a mapping for ``$name``) and Arrow tables, pandas frames or Arrow readers
    as keywords: ``sql.execute("stage", "INSERT INTO t FROM incoming", incoming=table)``. A table is visible
    under its keyword for that one statement. Values of parameters are never logged.

    All raise `StoreFailed` (``statement_failed``), `Conflict` (``constraint_broken``) where a key, foreign key
    or check refuses the row, and `TransactionConflict` (``conflict``) where another transaction was faster.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self.written: Counter[str] = Counter()

    def execute(self, name: str, sql: str, /, params: Params = None, **tables: Any) -> int:
        """Run a statement and return the number of rows it inserted, updated or deleted; 0 for any other."""
        return self._run(name, sql, params, tables, _changed_rows)

    def rows(self, name: str, sql: str, /, params: Params = None, **tables: Any) -> list[Row]:
        """Return all rows as tuples."""
        return self._run(name, sql, params, tables, lambda result: list(result.fetchall()))

    def records(self, name: str, sql: str, /, params: Params = None, **tables: Any) -> list[dict[str, Any]]:
        """Return all rows as dictionaries by column name."""
        return self._run(name, sql, params, tables, _records)

    def row(self, name: str, sql: str, /, params: Params = None, **tables: Any) -> Row | None:
        """Return the first row, or ``None`` where there is none."""
        return self._run(name, sql, params, tables, lambda result: result.fetchone())

    def value(self, name: str, sql: str, /, params: Params = None, **tables: Any) -> Any:
        """Return the first column of the first row; ``None`` both for NULL and for no row."""
        row = self.row(name, sql, params, **tables)
        return None if row is None else row[0]

    def arrow(self, name: str, sql: str, /, params: Params = None, **tables: Any) -> pa.Table:
        """Return the whole result as an Arrow table; geometry columns come as DuckDB exports them."""
        return self._run(name, sql, params, tables, lambda result: result.to_arrow_table())

    @contextmanager
    def within(self, timeout_s: float) -> Iterator[None]:
        """Give up what takes longer than so many seconds; raises ``InputRefused`` (``limit_exceeded``)."""
        with deadline(self._connection, timeout_s):
            yield

    def _run(
        self,
        name: str,
        sql: str,
        params: Params,
        tables: Mapping[str, Any],
        fetch: Callable[[duckdb.DuckDBPyConnection], _T],
    ) -> _T:
        started_s = perf_counter()
        try:
            with self._registered(tables):
                result = fetch(self._connection.execute(sql, params))
        except (duckdb.Error, OverflowError, RuntimeError, UnicodeError) as error:  # the last three: odd parameters
            raise explain_failure(name, error) from error
        elapsed_ms = round((perf_counter() - started_s) * 1000, 3)
        rows = _count(result)
        if rows:
            self.written.update(dict.fromkeys(_written_tables(sql), rows))
        _log.debug("sql", statement=name, ms=elapsed_ms, rows=rows)
        return result

    @contextmanager
    def _registered(self, tables: Mapping[str, Any]) -> Iterator[None]:
        try:
            for name, table in tables.items():
                self._connection.register(name, table)
            yield
        finally:
            for name in tables:
                # A failed statement may have aborted the transaction, and the registration with it.
                with suppress(duckdb.Error):
                    self._connection.unregister(name)


def explain_failure(name: str, error: Exception) -> FibermapError:
    """Translate an error of DuckDB into one of ours that names the statement."""
    detail = str(error).split("\n", 1)[0][:500]
    if isinstance(error, duckdb.TransactionException) and ("onflict" in detail or "Failed to commit" in detail):
        return TransactionConflict(
            Code.CONFLICT,
            f"Another change to the same rows was committed first: {detail}",
            hint="Try again.",
            statement=name,
        )
    if isinstance(error, duckdb.ConstraintException):
        return Conflict(Code.CONSTRAINT_BROKEN, f"The database refused the row: {detail}", statement=name)
    if isinstance(error, duckdb.InterruptException):
        return InputRefused(
            Code.LIMIT_EXCEEDED, "It took too long and was given up.", hint="Ask for less at once.", statement=name
        )
    if _means_damage(error):
        return StoreFailed(
            Code.DATABASE_CORRUPT,
            f"The database is damaged: {detail}",
            hint="Close it, open it again and run `fibermap doctor`; restore the last backup if that fails.",
            statement=name,
        )
    if isinstance(error, duckdb.OutOfMemoryException):
        return StoreFailed(
            Code.LIMIT_EXCEEDED,
            f"The statement needs more memory than it may use: {detail}",
            hint="Raise memory_limit, or ask for less at once.",
            statement=name,
        )
    return StoreFailed(Code.STATEMENT_FAILED, f"The database refused a statement: {detail}", statement=name)


def _means_damage(error: Exception) -> bool:
    if isinstance(error, duckdb.FatalException | duckdb.InternalException | duckdb.SerializationException):
        return True
    signs = ("Corrupt database", "Could not read enough bytes", "Could not read from file")
    return isinstance(error, duckdb.IOException) and any(sign in str(error) for sign in signs)


@cache
def named_sql(package: str, name: str) -> str:
    """Return the text of ``sql/<name>.sql`` in ``package``, for statements too long to stand among Python.

    Examples
    --------
    >>> named_sql("fibermap.store", "event_pending")  # doctest: +SKIP
    """
    return (files(package) / "sql" / f"{name}.sql").read_text(encoding="utf-8")


@lru_cache(maxsize=1024)
def _written_tables(sql: str) -> frozenset[str]:
    """Return the tables that a statement of ours writes to. Ours name them outright, and hold no SQL in texts."""
    return frozenset(name.lower() for name in _WRITES.findall(sql))


def _changed_rows(result: duckdb.DuckDBPyConnection) -> int:
    columns = result.description
    if not columns or [column[0] for column in columns] != ["Count"]:
        return 0
    row = result.fetchone()
    return int(row[0]) if row else 0


def _records(result: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    names = [column[0] for column in result.description or ()]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def _count(result: object) -> int:
    if isinstance(result, int):
        return result
    if isinstance(result, pa.Table):
        return int(result.num_rows)
    return len(result) if isinstance(result, list) else int(result is not None)
