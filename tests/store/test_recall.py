"""What cannot be taken back waits for the recall window, and an undo within it calls everything off."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from fibermap.kernel.clock import Clock
from fibermap.kernel.events import ConnectivityChanged, PlanPromoted
from fibermap.store import Outbox, Store, StoredEvent, Timing, UnitOfWork
from fibermap.store.recall import find_window, open_window, recall
from tests.store.build import open_store

NOON = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)


class Hands(Clock):
    """A clock whose hands a test moves."""

    def __init__(self) -> None:
        self.at = NOON

    def now(self) -> datetime:
        return self.at

    def move(self, minutes: float) -> None:
        self.at += timedelta(minutes=minutes)


class World:
    """A store with a subscriber that waits, one that does not, and what each has received."""

    def __init__(self, store: Store, clock: Hands) -> None:
        self.store, self.clock = store, clock
        self.outbox = Outbox(store)
        self.heard: dict[str, list[int | None]] = {"notices": [], "screens": []}
        self.outbox.subscribe("notices", EVENTS, self._hear("notices"), timing=Timing.AFTER_RECALL)
        self.outbox.subscribe("screens", EVENTS, self._hear("screens"))

    def _hear(self, name: str) -> Callable[[UnitOfWork, Sequence[StoredEvent]], None]:
        def handler(_: UnitOfWork, events: Sequence[StoredEvent]) -> None:
            self.heard[name] += [event.plan_version for event in events]

        return handler

    def publish(self, version: int, minutes: int = 60) -> None:
        def work(uow: UnitOfWork) -> None:
            open_window(uow, version, minutes)
            uow.emit(PlanPromoted("test", plan_version=version))

        self.store.run(work, cause="test")

    def undo(self, version: int, by: int) -> bool:
        def work(uow: UnitOfWork) -> bool:
            recalled = recall(uow, version, by)
            uow.emit(PlanPromoted("undo", plan_version=by, kind="undo"))
            return recalled

        return self.store.run(work, cause="test")

    def notices(self) -> list[int | None]:
        self.outbox.deliver_all()
        return self.heard["notices"]


EVENTS = [PlanPromoted, ConnectivityChanged]


@pytest.fixture
def world() -> Iterator[World]:
    clock = Hands()
    with open_store(":memory:", clock=clock) as store:
        yield World(store, clock)


def test_after_the_window_events_are_delivered_once(world: World) -> None:
    world.publish(1)
    assert world.notices() == []
    assert world.heard["screens"] == [1], "what can be taken back does not wait"
    world.clock.move(59.9)
    assert world.notices() == []
    world.clock.move(0.1)
    assert world.notices() == [1]
    assert world.notices() == [1], "once"


def test_an_undo_within_the_window_calls_everything_off_for_good(world: World) -> None:
    world.publish(1)
    world.clock.move(59)
    assert world.undo(1, by=2)
    world.clock.move(600)
    assert world.notices() == [], "neither the version nor its undo"
    assert world.heard["screens"] == [1, 2]


def test_after_the_window_an_undo_is_a_change_like_any_other(world: World) -> None:
    world.publish(1)
    world.clock.move(60)
    assert not world.undo(1, by=2)
    assert world.notices() == [1, 2]


def test_what_has_left_is_not_recalled_even_if_a_clock_goes_back(world: World) -> None:
    world.publish(1)
    world.clock.move(60)
    world.notices()
    world.clock.move(-30)
    assert not world.undo(1, by=2)


def test_only_the_version_that_was_taken_back_is_called_off(world: World) -> None:
    world.publish(1)
    world.publish(2)
    world.undo(2, by=3)
    world.clock.move(61)
    assert world.notices() == [1]


def test_order_is_kept_so_that_what_follows_waits_too(world: World) -> None:
    world.publish(1)
    world.store.run(lambda uow: uow.emit(ConnectivityChanged("visit", address_id=7)), cause="test")
    assert world.notices() == []
    world.clock.move(60)
    assert world.notices() == [1, None]


def test_without_minutes_there_is_no_window(world: World) -> None:
    world.publish(1, minutes=0)
    assert world.notices() == [1]
    assert not world.undo(1, by=2)


def test_delivery_and_recall_write_the_same_row(world: World) -> None:
    world.publish(1)
    with world.store.unit_of_work(cause="race") as recalling:
        assert recall(recalling, 1, by=2)
        world.clock.move(61)
        world.outbox.deliver_all()
        assert world.heard["notices"] == [], "it lost the race"
    window = find_window(world.store.sql, 1)
    assert window is not None
    assert (window.outcome, window.recalled_by) == ("recalled", 2)
    world.clock.move(600)
    assert world.notices() == []
