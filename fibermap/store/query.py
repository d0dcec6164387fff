"""Questions in SQL from people: read-only, one statement, no files, bounded in rows, bytes and time.

Three locks, each sufficient for its part. The database as a whole reaches no file outside its work folder (see
`Database`). The statement runs in a read-only transaction that is rolled back. And before it runs, its syntax
tree is walked: only table functions known to be harmless may stand in it, because some of DuckDB's read files
through libraries that bypass the first lock, and some take raw memory addresses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import duckdb
import orjson
import pyarrow as pa

from fibermap.kernel.errors import Code, InputRefused
from fibermap.store.deadline import deadline
from fibermap.store.executor import Params
from fibermap.store.store import Store

LONGEST_STATEMENT = 100_000
BATCH_ROWS = 2048
TABLE_FUNCTIONS = frozenset(
    {
        "duckdb_columns",
        "duckdb_constraints",
        "duckdb_indexes",
        "duckdb_tables",
        "duckdb_views",
        "generate_series",
        "histogram",
        "histogram_values",
        "json_each",
        "json_tree",
        "pragma_table_info",
        "range",
        "st_generatepoints",
        "summary",
        "unnest",
    }
)
# Those that change something, wait, or build gigabytes from a few bytes in one step that cannot be interrupted.
REFUSED_FUNCTIONS = frozenset(
    {
        "array_resize",
        "currval",
        "format",
        "list_resize",
        "lpad",
        "nextval",
        "printf",
        "repeat",
        "rpad",
        "setseed",
        "sleep_ms",
        "write_log",
    }
)
PRIVATE_TABLES = frozenset(
    {
        "account",
        "api_key",
        "audit_entry",
        "consent",
        "contact",
        "deposit",
        "household",
        "idempotency_key",
        "ledger_balance",
        "ledger_entry",
        "ledger_transaction",
        "order_payment",
        "payment",
        "payment_page",
        "payment_webhook",
        "refund",
        "refund_worklist",
        "sale_draft",
        "server_secret",
        "sign_in_link",
        "simulated_charge",
        "simulated_message",
        "simulated_page",
        "simulated_refund",
        "user_account",
        "user_session",
    }
)
"""Hashes of secrets, who did what, who customers are and what they paid: not for whoever may look at the plan. They
have commands of their own."""
_TABLE_NAME = re.compile(r"^\w+$")
_HINT = "Write one SELECT over fibermap's tables; bring other data in with `fibermap ingest`."


@dataclass(frozen=True, slots=True)
class QueryResult:
    """An answer.

    Attributes
    ----------
    table
        The rows, in the statement's order.
    truncated
        Whether there were more rows or bytes than allowed.
    """

    table: pa.Table
    truncated: bool


def query(
    store: Store,
    sql: str,
    params: Params = None,
    *,
    limit_rows: int = 100_000,
    limit_bytes: int = 256 << 20,
    timeout_s: float = 30.0,
) -> QueryResult:
    """Answer a question that a person wrote in SQL.

    Parameters
    ----------
    sql
        One ``SELECT``, ``FROM``, ``WITH``, ``VALUES``, ``DESCRIBE``, ``SHOW`` or ``SUMMARIZE`` statement.
    params
        Values for ``?`` or ``$name``.
    limit_rows, limit_bytes
        Where the answer is cut off.
    timeout_s
        When the statement is given up.

    Raises
    ------
    InputRefused
        ``query_refused`` for anything but a question, and for one that DuckDB cannot answer;
        ``limit_exceeded`` where it takes too long or needs too much memory.
    """
    connection = store.database.new_cursor()
    try:
        refuse_unless_question(connection, sql)
        with deadline(connection, timeout_s), _failures(timeout_s):
            connection.execute("BEGIN TRANSACTION READ ONLY")
            reader = connection.execute(sql, params).to_arrow_reader(BATCH_ROWS)
            return _collect(reader, limit_rows, limit_bytes)
    finally:
        with suppress(duckdb.Error):
            connection.execute("ROLLBACK")
        connection.close()


def refuse_unless_question(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    """Raise ``query_refused`` unless ``sql`` is one harmless ``SELECT``."""
    if len(sql) > LONGEST_STATEMENT:
        raise _refused(f"the statement is longer than {LONGEST_STATEMENT:,} characters")
    try:
        sql.encode()  # a lone surrogate, which DuckDB's binding answers with a puzzle
        answer = connection.execute("SELECT json_serialize_sql(?)", [sql]).fetchone()
    except (duckdb.Error, UnicodeError) as error:
        raise _refused(_first_line(error)) from error
    assert answer is not None
    tree: dict[str, Any] = orjson.loads(answer[0])
    if tree["error"]:
        unreadable = tree["error_type"] != "not implemented"
        raise _refused(str(tree["error_message"]) if unreadable else "it is not a SELECT")
    if len(tree["statements"]) != 1:
        raise _refused("it is more than one statement")
    for node in _nodes(tree):
        _refuse_node(node)


def _refuse_node(node: dict[str, Any]) -> None:
    if node.get("type") == "TABLE_FUNCTION" and isinstance(node.get("function"), dict):
        name = str(node["function"].get("function_name", "")).lower()
        if name not in TABLE_FUNCTIONS:
            raise _refused(f"the table function {name}() is not allowed")
    if node.get("type") == "BASE_TABLE" and not _TABLE_NAME.match(str(node.get("table_name"))):
        raise _refused(f"{node.get('table_name')!r} is not a table; files are not read")
    if str(node.get("table_name")).lower() in PRIVATE_TABLES:
        raise _refused(f"{node['table_name']} is not for questions; it has verbs of its own")
    name = str(node.get("function_name", "")).lower()
    if name in REFUSED_FUNCTIONS:
        raise _refused(f"the function {name}() is not allowed")


def _nodes(tree: object) -> Iterator[dict[str, Any]]:
    """Yield every object of a JSON tree; without recursion, because a hostile statement may nest deeply."""
    todo = [tree]
    while todo:
        node = todo.pop()
        if isinstance(node, dict):
            yield node
            todo.extend(node.values())
        elif isinstance(node, list):
            todo.extend(node)


def _collect(reader: pa.RecordBatchReader, limit_rows: int, limit_bytes: int) -> QueryResult:
    batches: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in reader:
        kept = batch.slice(0, limit_rows - rows)
        batches.append(kept)
        rows += kept.num_rows
        size += batch.nbytes
        if kept.num_rows < batch.num_rows or size > limit_bytes:
            return QueryResult(pa.Table.from_batches(batches, reader.schema), truncated=True)
    return QueryResult(pa.Table.from_batches(batches, reader.schema), truncated=False)


@contextmanager
def _failures(timeout_s: float) -> Iterator[None]:
    try:
        yield
    except (duckdb.Error, pa.ArrowException, UnicodeError, OverflowError) as error:
        detail = _first_line(error)
        if isinstance(error, duckdb.InterruptException) or "INTERRUPT" in detail.upper():
            raise InputRefused(
                Code.LIMIT_EXCEEDED,
                f"The statement took longer than {timeout_s:g} seconds.",
                hint="Ask for less at once.",
            ) from error
        if isinstance(error, duckdb.OutOfMemoryException) or "Out of Memory" in detail:
            raise InputRefused(
                Code.LIMIT_EXCEEDED, "The statement needs too much memory.", hint="Ask for less at once."
            ) from error
        raise InputRefused(Code.QUERY_REFUSED, f"DuckDB cannot answer: {detail}") from error


def _refused(reason: str) -> InputRefused:
    return InputRefused(Code.QUERY_REFUSED, f"The statement was not run: {reason}.", hint=_HINT)


def _first_line(error: Exception) -> str:
    return str(error).split("\n", 1)[0][:500]
