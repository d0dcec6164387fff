"""The outbox as a person sees it: subscribers, how far behind they are, what was parked and tried anew."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from fibermap.kernel.events import ConnectivityChanged, PlanPromoted
from fibermap.store import Outbox, Store, StoredEvent, UnitOfWork
from fibermap.store.delivery import unpark
from fibermap.store.events import list_events, list_parked, list_subscribers
from fibermap.store.recall import Timing, open_window, recall


@pytest.fixture
def store() -> Store:
    store = Store.open(":memory:")
    for version in (1, 2):
        store.run(lambda uow, v=version: uow.emit(PlanPromoted("test", plan_version=v)), cause="test")  # type: ignore[misc]
    store.run(lambda uow: uow.emit(ConnectivityChanged("test", address_id=7)), cause="test")
    return store


def fail(_: UnitOfWork, __: Sequence[StoredEvent]) -> None:
    raise ConnectionError("no route to host")


def park(store: Store, *subscribers: str) -> Outbox:
    outbox = Outbox(store)
    for subscriber in subscribers:
        outbox.subscribe(subscriber, [PlanPromoted], fail)
    for _ in range(8):
        outbox.deliver()
        store.run(
            lambda uow: uow.sql.execute("test.due", "UPDATE delivery SET next_attempt_at_utc = NULL"), cause="test"
        )
    return outbox


def test_events_are_listed_newest_first_and_paged(store: Store) -> None:
    newest, *rest = list_events(store.sql)
    assert (newest["type"], newest["address_id"], newest["payload"]["address_id"]) == ("ConnectivityChanged", 7, 7)
    assert [event["plan_version"] for event in rest] == [2, 1]
    assert [event["type"] for event in list_events(store.sql, type_="PlanPromoted")] == ["PlanPromoted"] * 2
    assert list_events(store.sql, older_than=newest["event_id"]) == rest
    assert len(list_events(store.sql, limit=1)) == 1


def test_a_subscriber_says_how_far_behind_it_is(store: Store) -> None:
    received: list[int] = []
    outbox = Outbox(store)
    outbox.subscribe("mailer", [PlanPromoted], lambda _, events: received.extend(one.event_id for one in events))
    (behind,) = list_subscribers(store.sql)
    assert (behind.delivered, behind.behind, behind.parked) == (0, 2, 0)
    assert behind.oldest_waiting_at_utc is not None
    outbox.deliver_all()
    (done,) = list_subscribers(store.sql)
    assert (done.delivered, done.behind, done.oldest_waiting_at_utc, done.error) == (2, 0, None, None)
    outbox.retire("mailer")
    assert list_subscribers(store.sql)[0].retired_at_utc is not None


def test_what_was_recalled_is_not_behind_and_what_may_still_be_is_due_later(store: Store) -> None:
    Outbox(store).subscribe("mailer", [PlanPromoted], fail, timing=Timing.AFTER_RECALL)
    store.run(lambda uow: open_window(uow, 2, 60), cause="test")
    (waiting,) = list_subscribers(store.sql)
    assert (waiting.waits, waiting.behind) == (True, 2)
    store.run(lambda uow: recall(uow, 2, by=3), cause="test")
    assert list_subscribers(store.sql)[0].behind == 1


def test_what_was_parked_says_what_was_tried_and_how_it_failed(store: Store) -> None:
    park(store, "mailer")
    (parked,) = list_parked(store.sql)
    assert (parked["subscriber"], parked["plan_version"], parked["attempts"]) == ("mailer", 1, 8)
    assert parked["error"] == "ConnectionError: no route to host"
    assert list_subscribers(store.sql)[0].parked == 1


def test_parked_deliveries_are_tried_anew_one_by_one_or_all(store: Store) -> None:
    park(store, "mailer", "pager")
    event_id = list_parked(store.sql)[0]["event_id"]

    def retry(subscriber: str | None, event: int | None) -> int:
        return store.run(lambda uow: unpark(uow, subscriber, event), cause="retry_parked")

    assert retry("mailer", event_id + 1000) == 0
    assert retry("mailer", event_id) == 1
    assert [parked["subscriber"] for parked in list_parked(store.sql)] == ["pager"]
    assert retry(None, None) == 1
    assert list_parked(store.sql) == []
