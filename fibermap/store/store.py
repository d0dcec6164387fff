"""The public face of the store: an open, migrated database and the ways to read and change it."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager
from pathlib import Path
from threading import RLock
from typing import Self, TypeVar

from tenacity import (
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    stop_after_delay,
    stop_all,
    wait_random_exponential,
)

from fibermap.kernel.clock import Clock, SystemClock
from fibermap.store.database import Database
from fibermap.store.executor import Executor, TransactionConflict
from fibermap.store.migrations import migrate
from fibermap.store.unit_of_work import UnitOfWork, Witness, transaction

T = TypeVar("T")
ATTEMPTS, PATIENCE_S = 12, 10.0
"""Whoever loses against others gives up after so many attempts, but not before so long: a machine may be busy."""


class Store:
    """An open database, brought up to date.

    Attributes
    ----------
    witness
        Sees every change before it commits, whichever way it came; None where nobody looks.
    published
        Told, once a transaction has committed, which types of events it published; None where nobody delivers here.

    Examples
    --------
    >>> with Store.open(":memory:") as store:
    ...     store.sql.value("count_events", "SELECT count(*) FROM event")
    0
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database = database
        self.clock = clock
        self.witness: Witness | None = None
        self.published: Callable[[AbstractSet[str]], object] | None = None
        self._alone = RLock()

    @classmethod
    def open(
        cls,
        path: str | Path,
        *,
        create: bool = True,
        read_only: bool = False,
        threads: int | None = None,
        memory_limit: str | None = None,
        clock: Clock | None = None,
    ) -> Self:
        """Open a database and apply the migrations it lacks; for parameters and errors see `Database.open`.

        Raises
        ------
        StoreFailed
            Also ``migration_changed`` and ``database_older``, see `migrate`.
        """
        clock = clock or SystemClock()
        database = Database.open(path, create=create, read_only=read_only, threads=threads, memory_limit=memory_limit)
        try:
            migrate(database, clock)
        except BaseException:
            database.close()
            raise
        return cls(database, clock)

    @property
    def path(self) -> Path | None:
        """The file; ``None`` for a database in memory."""
        return self.database.path

    @property
    def sql(self) -> Executor:
        """The calling thread's executor for reading; each statement is a transaction of its own."""
        return Executor(self.database.cursor())

    def unit_of_work(self, *, cause: str) -> AbstractContextManager[UnitOfWork]:
        """Open a transaction for a ``with`` block. A conflict is raised, not retried; prefer `run`."""
        return transaction(self.database, cause=cause, clock=self.clock, witness=self.witness)

    def run(self, work: Callable[[UnitOfWork], T], *, cause: str) -> T:
        """Run ``work`` in a transaction and commit; on a conflict run it again, a bounded number of times.

        Parameters
        ----------
        work
            Reads, decides, writes and emits through the unit of work it is given. It may run several times,
            so it must have no effect outside the database.
        cause
            What led to it, for the timeline: ``"promote:county"``.

        Raises
        ------
        TransactionConflict
            Others were faster every time.
        """
        return self._tell(*self._commit(work, cause))

    def run_alone(self, work: Callable[[UnitOfWork], T], *, cause: str) -> T:
        """Run ``work`` as `run` does, one at a time in this process.

        For work that replaces what others read, such as a plan version: whoever loses a race would do all of it
        again, and two that judge the same addresses at once must not each write half of the answer.
        """
        with self._alone:
            done = self._commit(work, cause)
        return self._tell(*done)

    def _commit(self, work: Callable[[UnitOfWork], T], cause: str) -> tuple[T, AbstractSet[str]]:
        retrying = Retrying(
            retry=retry_if_exception_type(TransactionConflict),
            stop=stop_all(stop_after_attempt(ATTEMPTS), stop_after_delay(PATIENCE_S)),
            wait=wait_random_exponential(multiplier=0.004, max=0.5),
            reraise=True,
        )
        for attempt in retrying:
            with attempt, self.unit_of_work(cause=cause) as uow:
                result = work(uow)
        return result, frozenset() if uow.rolled_back else uow.emitted

    def _tell(self, result: T, emitted: AbstractSet[str]) -> T:
        """Say what was published, once it is committed and nothing is locked, and return the result."""
        if emitted and self.published is not None:
            self.published(emitted)
        return result

    def preview(self, work: Callable[[UnitOfWork], T], *, cause: str) -> T:
        """Run ``work`` in a transaction, always roll back, and return what it returned."""
        with self.unit_of_work(cause=cause) as uow:
            result = work(uow)
            uow.rollback()
        return result

    def close(self) -> None:
        """Release the file."""
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
