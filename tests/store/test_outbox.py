"""Every subscriber receives every event once, and nobody waits for another's failure."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fibermap.kernel.errors import InputRefused
from fibermap.kernel.events import AddressesMerged, Event, PlanPromoted
from fibermap.store import (
    Deliveries,
    Outbox,
    Store,
    StoredEvent,
    TransactionConflict,
    UnitOfWork,
    run_checks,
    store_checks,
)
from fibermap.store.delivery import mark_delivered, pending_events
from fibermap.store.outbox import ATTEMPTS_BEFORE_PARKING, LONGEST_BACKOFF, backoff
from tests.store.build import add_to_counter, counter, open_store, publish


@dataclass
class MovableClock:
    """A clock that the test moves on."""

    at: datetime = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def wait(self, duration: timedelta) -> None:
        self.at += duration


@dataclass
class Counting:
    """A subscriber that counts, in the database, what it receives; versions in ``poison`` make it fail."""

    name: str
    poison: set[int] = field(default_factory=set)
    seen: list[int] = field(default_factory=list)

    def __call__(self, uow: UnitOfWork, events: Sequence[StoredEvent]) -> None:
        versions = [event.payload["plan_version"] for event in events]
        add_to_counter(uow, self.name, len(events))
        for version in versions:
            if version in self.poison:
                raise ValueError(f"cannot stomach version {version}")
        self.seen += versions


def test_a_subscriber_receives_its_events_once_in_order(store: Store) -> None:
    outbox, subscriber = Outbox(store), Counting("reports")
    outbox.subscribe("reports", [PlanPromoted], subscriber)
    publish(store, 1, 2, 3)
    assert outbox.deliver() == Deliveries(delivered=3)
    assert outbox.deliver() == Deliveries()
    assert subscriber.seen == [1, 2, 3]
    assert counter(store, "reports") == 3


def test_events_carry_their_cause_and_facts(store: Store) -> None:
    outbox, received = Outbox(store), list[StoredEvent]()
    outbox.subscribe("timeline", [AddressesMerged], lambda _, events: received.extend(events))
    merged = AddressesMerged(cause="promote:county", plan_version=4, count=17)
    event_id = store.run(lambda uow: uow.emit(merged), cause="promote:county")
    publish(store, 5)
    outbox.deliver()
    (event,) = received
    assert (event.event_id, event.type, event.cause, event.plan_version) == (
        event_id,
        "AddressesMerged",
        "promote:county",
        4,
    )
    assert event.payload == merged.payload()
    assert event.at_utc.utcoffset() == timedelta(0)


def test_a_late_subscriber_receives_what_was_published_before(store: Store) -> None:
    publish(store, 1, 2)
    outbox, everything, the_new = Outbox(store), Counting("everything"), Counting("the new")
    outbox.subscribe("everything", [PlanPromoted], everything)
    last_id = store.sql.value("last", "SELECT max(event_id) FROM event")
    outbox.subscribe("the new", [PlanPromoted], the_new, after_event_id=last_id)
    publish(store, 3)
    outbox.deliver_all(limit=2)
    assert everything.seen == [1, 2, 3]
    assert the_new.seen == [3]


def test_a_restart_continues_where_the_last_run_ended(tmp_path: Path) -> None:
    for versions in ([1, 2], [3]):
        with open_store(tmp_path / "plan.duckdb") as store:
            outbox, subscriber = Outbox(store), Counting("reports")
            outbox.subscribe("reports", [PlanPromoted], subscriber)
            publish(store, *versions)
            outbox.deliver_all()
            assert subscriber.seen == versions


def test_a_failing_subscriber_keeps_nobody_else_waiting(store: Store) -> None:
    outbox, good = Outbox(store), Counting("good")
    outbox.subscribe("bad", [PlanPromoted], Counting("bad", poison={1}))
    outbox.subscribe("good", [PlanPromoted], good)
    publish(store, 1, 2)
    assert outbox.deliver() == Deliveries(delivered=2, failed=1)
    assert good.seen == [1, 2]
    assert counter(store, "bad") is None


def test_what_comes_before_the_failing_event_of_a_batch_is_delivered(store: Store) -> None:
    outbox, subscriber = Outbox(store), Counting("picky", poison={3})
    outbox.subscribe("picky", [PlanPromoted], subscriber)
    publish(store, 1, 2, 3, 4)
    assert outbox.deliver() == Deliveries(delivered=2, failed=1)
    assert subscriber.seen == [1, 2]
    assert outbox.deliver() == Deliveries(), "version 4 must not overtake version 3, which waits"


def test_a_failure_is_tried_again_later_and_later_then_parked_with_its_error() -> None:
    clock = MovableClock()
    with open_store(":memory:", clock=clock) as store:
        outbox, subscriber = Outbox(store), Counting("picky", poison={1})
        outbox.subscribe("picky", [PlanPromoted], subscriber)
        publish(store, 1, 2)
        for attempt in range(1, ATTEMPTS_BEFORE_PARKING):
            assert outbox.deliver() == Deliveries(failed=1)
            clock.wait(backoff(attempt) - timedelta(seconds=1))
            assert outbox.deliver() == Deliveries(), "too early"
            clock.wait(timedelta(seconds=1))
        assert outbox.deliver() == Deliveries(failed=1, parked=1)
        (parked,) = outbox.parked()
        assert (parked.subscriber, parked.attempts) == ("picky", ATTEMPTS_BEFORE_PARKING)
        assert parked.error == "ValueError: cannot stomach version 1"
        assert outbox.deliver() == Deliveries(delivered=1), "what follows is no longer held back"
        (problem,) = run_checks(store, [check for check in store_checks() if check.name == "events_parked"])
        assert (problem.count, list(problem.sample)) == (1, [parked.event_id])

        subscriber.poison.clear()
        assert outbox.replay_parked("picky") == 1
        assert outbox.deliver() == Deliveries(delivered=1)
        assert outbox.parked() == []
        assert subscriber.seen == [2, 1]


def test_backoff_doubles_and_is_bounded() -> None:
    assert [backoff(n).total_seconds() for n in (1, 2, 3, 4)] == [2, 4, 8, 16]
    assert backoff(500) == LONGEST_BACKOFF


def test_a_name_is_subscribed_once(store: Store) -> None:
    outbox = Outbox(store)
    outbox.subscribe("reports", [PlanPromoted], Counting("reports"))
    with pytest.raises(InputRefused):
        outbox.subscribe("reports", [PlanPromoted], Counting("reports"))


def test_a_retired_subscriber_receives_nothing_and_is_not_overdue() -> None:
    clock = MovableClock()
    with open_store(":memory:", clock=clock) as store:
        outbox, subscriber = Outbox(store), Counting("old")
        outbox.subscribe("old", [PlanPromoted], subscriber)
        publish(store, 1)
        clock.wait(timedelta(days=1))
        stuck = [check for check in store_checks() if check.name == "events_stuck"]
        (problem,) = run_checks(store, stuck)
        assert problem.count == 1
        outbox.retire("old")
        assert outbox.deliver() == Deliveries()
        assert run_checks(store, stuck) == []


def test_two_deliverers_at_once_deliver_once(store: Store) -> None:
    outbox = Outbox(store)
    outbox.subscribe("reports", [PlanPromoted], Counting("reports"))
    publish(store, *range(40))
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: outbox.deliver_all(limit=7), range(4)))
    assert sum(deliveries.delivered for deliveries in done) == 40
    assert counter(store, "reports") == 40
    assert sum(deliveries.failed for deliveries in done) == 0


def test_a_mark_that_another_deliverer_has_made_is_tried_again_and_counts_as_no_failure(store: Store) -> None:
    """The other one commits after this one has begun: its mark is not to be seen, and yet refuses this one's."""
    outbox = Outbox(store)
    outbox.subscribe("reports", [PlanPromoted], Counting("reports"))
    publish(store, 1, 2)
    with store.unit_of_work(cause="slow") as slow:
        due = pending_events(slow.sql, "reports", 10)
        assert outbox.deliver() == Deliveries(delivered=2)
        with pytest.raises(TransactionConflict):
            mark_delivered(slow, "reports", due)
        slow.rollback()
    assert outbox.deliver() == Deliveries()
    assert counter(store, "reports") == 2


@settings(max_examples=8)
@given(
    rounds=st.lists(st.tuples(st.integers(0, 4), st.sets(st.integers(0, 12), max_size=3)), max_size=5),
    limit=st.integers(1, 5),
)
def test_whatever_fails_when_each_event_has_one_effect(
    memory: tuple[Store, MovableClock], rounds: list[tuple[int, set[int]]], limit: int
) -> None:
    """Conservation: delivered effects + parked + still waiting = published."""
    store, clock = memory
    first = store.sql.value("last", "SELECT coalesce(max(event_id), 0) FROM event")
    name = f"after {first} {clock.at.isoformat()}"
    outbox, subscriber = Outbox(store), Counting(name)
    outbox.subscribe(name, [PlanPromoted], subscriber, after_event_id=first)
    published = 0
    for count, poison in rounds:
        subscriber.poison = poison
        publish(store, *range(published, published + count))
        published += count
        outbox.deliver(limit)
        clock.wait(timedelta(hours=2))
    subscriber.poison = set()
    outbox.deliver_all(limit)
    assert subscriber.seen == list(range(published))
    assert (counter(store, name) or 0) == published
    outbox.retire(name)


@pytest.fixture(scope="module")
def memory():  # type: ignore[no-untyped-def]
    clock = MovableClock()
    with open_store(":memory:", clock=clock) as store:
        yield store, clock


def test_events_without_a_plan_version_are_stored_too(store: Store) -> None:
    store.run(lambda uow: uow.emit(Event(cause="test")), cause="test")
    assert store.sql.row("event", "SELECT plan_version, address_id FROM event") == (None, None)
