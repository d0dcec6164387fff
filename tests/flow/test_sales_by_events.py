"""A lead where nothing is built, a plan that is promoted, an order: by events only, and told to nobody too early."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from fibermap.flows import Rounds, in_background
from fibermap.flows import rounds as rounds_module
from fibermap.flows.deliverer import Deliverer
from fibermap.kernel.errors import Code
from fibermap.plan import Plan
from fibermap.store import Store, TransactionConflict, UnitOfWork
from fibermap.store import store as store_module
from tests.builders import home, ingest, rows, source
from tests.order.sales import commit_lead, count, orders, street


@dataclass
class Hand:
    """A clock that is moved by hand."""

    at: datetime = datetime(2026, 3, 2, 9, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Hand:
    return Hand()


@pytest.fixture
def fm(clock: Hand) -> Iterator[Plan]:
    with Plan(Store.open(":memory:", threads=1, clock=clock)) as plan:
        ingest(plan, source("county", [home(1, 40), home(2, 80)]), source("plan", street("Pre-build")))
        commit_lead(plan, "1 Main St")
        yield plan


def test_a_lead_becomes_an_order_when_a_plan_is_promoted_and_its_notice_leaves_after_the_recall_window(
    fm: Plan, clock: Hand
) -> None:
    ingest(fm, source("plan", street("Build")))
    assert [row["state"] for row in orders(fm)] == ["inProgress"]
    fm.deliver()
    assert count(fm, "notice", "state = 'waiting'") == 1
    clock.at += timedelta(minutes=61)
    fm.deliver()
    assert count(fm, "notice", "state = 'queued'") == 1
    told = [row["type"] for row in rows(fm, "SELECT type FROM event ORDER BY event_id")]
    assert told[-3:] == ["DepositApplied", "LeadsConverted", "OrderReady"]


def test_a_plan_that_is_taken_back_in_time_is_told_to_nobody(fm: Plan, clock: Hand) -> None:
    ingest(fm, source("plan", street("Build")))
    fm.undo()
    clock.at += timedelta(minutes=61)
    fm.deliver()
    assert [(row["state"], row["held_why"]) for row in orders(fm)] == [("held", "not_build")]
    assert count(fm, "notice", "state = 'recalled'") == 1


def test_whoever_sold_something_does_not_fail_because_others_advance_the_same_orders(
    fm: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []

    def lose(_: UnitOfWork) -> None:
        tried.append(1)
        raise TransactionConflict(Code.CONFLICT, "others were faster")

    monkeypatch.setattr(rounds_module, "advance", lose)
    monkeypatch.setattr(store_module, "PATIENCE_S", 0.0)
    monkeypatch.setattr(Rounds, "_any_due", lambda _: not tried)
    ingest(fm, source("plan", street("Build")))
    assert tried
    assert count(fm, "customer_order") == 1


def test_a_server_converts_in_the_background_of_whoever_publishes(fm: Plan) -> None:
    with in_background(fm.store, fm.rounds):
        ingest(fm, source("plan", street("Build")))
        for _ in range(1_200):
            if count(fm, "customer_order", "state = 'inProgress'"):
                break
            threading.Event().wait(0.05)
    assert [row["state"] for row in orders(fm)] == ["inProgress"]


def test_a_round_that_fails_is_followed_by_the_next_and_the_thread_ends_when_it_is_told_to() -> None:
    rounds, done = [], threading.Event()

    def deliver() -> None:
        rounds.append(len(rounds))
        if len(rounds) == 1:
            raise OSError("the disk is full")
        done.set()

    deliverer = Deliverer(deliver, every_s=0.01)
    deliverer.start()
    assert done.wait(60)
    deliverer.stop()
    seen = len(rounds)
    deliverer.wake()
    assert (len(rounds), seen >= 2) == (seen, True)
