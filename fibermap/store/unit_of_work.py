"""State, change log and events commit together or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import TypeAlias

import duckdb
import orjson

from fibermap.kernel.clock import Clock
from fibermap.kernel.events import Event
from fibermap.store.database import Database
from fibermap.store.executor import Executor, explain_failure

_INSERT_EVENT = """
    INSERT INTO event (event_id, type, at_utc, cause, plan_version, address_id, payload)
    VALUES (nextval('event_id_sequence'), ?, ?, ?, ?, ?, ?)
    RETURNING event_id
"""


class UnitOfWork:
    """One open transaction.

    Attributes
    ----------
    sql
        The executor of this transaction. `Store.sql` does not see what it has written until it commits.
    cause
        What led to the work, for the timeline.
    command
        What is done, by the name of its command: where nobody says otherwise, what the cause begins with.
    at_utc
        The moment the work began; every row it writes carries the same one.
    emitted
        The types of the events that it published so far.
    watch
        Called by long work with what it does, how much is done and of how much; None where nobody looks on.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, *, cause: str, at_utc: datetime) -> None:
        self.sql = Executor(connection)
        self.cause = cause
        self.command = cause.partition(":")[0]
        self.at_utc = at_utc
        self.emitted: set[str] = set()
        self.watch: Callable[[str, int, int], None] | None = None
        self._rolled_back = False

    def emit(self, event: Event) -> int:
        """Publish an event with this transaction and return its id."""
        self.emitted.add(event.type)
        payload = event.payload()
        row = [
            event.type,
            self.at_utc,
            event.cause,
            payload.get("plan_version"),
            payload.get("address_id"),
            orjson.dumps(payload, option=orjson.OPT_NON_STR_KEYS).decode(),
        ]
        return int(self.sql.value("event_insert", _INSERT_EVENT, row))

    def tell(self, doing: str, done: int = 0, of: int = 0) -> None:
        """Tell whoever looks on how far the work is."""
        if self.watch is not None:
            self.watch(doing, done, of)

    def rollback(self) -> None:
        """Give everything up. What follows in the unit of work is given up too."""
        self._rolled_back = True

    @property
    def rolled_back(self) -> bool:
        """Whether the work has been given up."""
        return self._rolled_back


Witness: TypeAlias = Callable[[UnitOfWork, Database], None]
"""Looks at a unit of work just before it commits, and writes down what it sees in the same transaction."""


@contextmanager
def transaction(
    database: Database, *, cause: str, clock: Clock, witness: Witness | None = None
) -> Iterator[UnitOfWork]:
    """Open a transaction on a cursor of its own; commit at the end, roll back on any error, also of the witness.

    Raises
    ------
    TransactionConflict
        Another transaction changed the same rows; nothing of this one is left.
    """
    connection = database.new_cursor()
    try:
        _control(connection, "BEGIN TRANSACTION")
        work = UnitOfWork(connection, cause=cause, at_utc=clock.now())
        try:
            yield work
            if witness is not None and not work.rolled_back:
                witness(work, database)
        except BaseException:
            _roll_back(connection)
            raise
        if work.rolled_back:
            _roll_back(connection)
        else:
            _control(connection, "COMMIT")
    finally:
        with suppress(duckdb.Error):
            connection.close()


def _control(connection: duckdb.DuckDBPyConnection, statement: str) -> None:
    try:
        connection.execute(statement)
    except duckdb.Error as error:
        _roll_back(connection)
        raise explain_failure(statement.lower(), error) from error


def _roll_back(connection: duckdb.DuckDBPyConnection) -> None:
    # After a failed COMMIT, or an error that already ended the transaction, there is nothing to roll back.
    with suppress(duckdb.Error):
        connection.execute("ROLLBACK")
