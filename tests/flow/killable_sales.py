"""The work that test_kill_sales.py interrupts: pre-orders that become orders, are held, go on, and get ports."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from fibermap.order.capacity import set_capacity
from fibermap.order.order_commands import cancel_order
from fibermap.plan import Plan
from fibermap.store import UnitOfWork, executor
from tests.builders import home, ingest, rows, source
from tests.order.sales import commit_lead, fall_back, go_live, set_ports, street

HOMES = 8
_NOTE = "INSERT INTO step VALUES (1)"
_INTERESTING = ("conversion.", "port.", "order.", "delivery_mark", "event_insert", "subscription_save")


def _bring(fm: Plan) -> None:
    ingest(fm, source("county", [home(n, 20 * n) for n in range(1, HOMES + 1)]), source("plan", street("Pre-build")))


def _commit(fm: Plan) -> None:
    known = {row["commitment_id"] for row in rows(fm, "SELECT commitment_id FROM commitment")}
    for n in range(1, HOMES + 1):
        if 1_000 + n not in known:
            commit_lead(fm, f"{n} Main St", n, paid=n % 2 == 1)


def _cancel_first(fm: Plan) -> None:
    (first,) = rows(fm, "SELECT order_id FROM customer_order WHERE commitment_id = 1001")
    fm.store.run(lambda uow: cancel_order(uow, first["order_id"], "price", "ann"), cause="cancel_order")


STEPS: Sequence[Callable[[Plan], object]] = (
    _bring,
    lambda fm: set_ports(fm, 3),
    _commit,
    lambda fm: fm.store.run(lambda uow: set_capacity(uow, "fiber", 2), cause="set_capacity"),
    go_live,
    _cancel_first,
    fall_back,
    go_live,
    lambda fm: set_ports(fm, 5),
    lambda fm: fm.undo(),
)


def steps_taken(fm: Plan) -> int:
    """Return how many steps are on record, in a table of the test's own."""
    fm.store.run(lambda uow: uow.sql.execute("test.steps", "CREATE TABLE IF NOT EXISTS step (n INTEGER)"), cause="test")
    return int(fm.store.sql.value("test.steps", "SELECT count(*) FROM step"))


def live_on(fm: Plan) -> None:
    """Take every step that is left: each is written with the note that it was taken, or not at all."""
    fm.deliver()
    for step in STEPS[steps_taken(fm) :]:
        if step is _commit:  # many transactions, taken up where they were left
            step(fm)
            _note(fm)
        else:
            _with_note(fm, lambda step=step: step(fm))  # type: ignore[misc]
        fm.deliver()


def _with_note(fm: Plan, step: Callable[[], object]) -> None:
    """Note a step in the transaction that publishes it, or afterwards where it publishes nothing."""
    commit, noted = fm.store._commit, False

    def noting(work: Callable[[UnitOfWork], Any], cause: str) -> Any:
        def both(uow: UnitOfWork) -> Any:
            nonlocal noted
            result = work(uow)
            if uow.emitted and not noted:
                uow.sql.execute("test.note", _NOTE)
                noted = True
            return result

        return commit(both, cause)

    fm.store._commit = noting  # type: ignore[method-assign]
    try:
        step()
    finally:
        fm.store._commit = commit  # type: ignore[method-assign]
    if not noted:
        _note(fm)


def _note(fm: Plan) -> None:
    fm.store.run(lambda uow: uow.sql.execute("test.note", _NOTE), cause="test")


def live_until_killed(database: Path, at: int, told: Connection) -> None:
    """Live on, and be killed right before the ``at``-th statement of conversions, ports, orders and deliveries."""
    run, seen = executor.Executor._run, 0

    def counting(self: Any, name: str, *rest: Any) -> Any:
        nonlocal seen
        if name.startswith(_INTERESTING):
            seen += 1
            if seen == at:
                os.kill(os.getpid(), signal.SIGKILL)
        return run(self, name, *rest)

    executor.Executor._run = counting  # type: ignore[method-assign]
    with Plan.open(database) as fm:
        live_on(fm)
    told.send(seen)
