"""The rows of the outbox: what a subscriber has still to receive, and the marks of what it has received."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import pyarrow as pa

from fibermap.kernel.errors import Code, Conflict
from fibermap.store.executor import Executor, TransactionConflict, named_sql
from fibermap.store.recall import Timing, release
from fibermap.store.unit_of_work import UnitOfWork

_SUBSCRIBE = """
    INSERT INTO subscription (subscriber, event_types, after_event_id, created_at_utc, waits)
    VALUES ($subscriber, $event_types, $after_event_id, $now, $waits)
    ON CONFLICT (subscriber) DO UPDATE
    SET event_types = excluded.event_types, waits = excluded.waits, retired_at_utc = NULL
"""
_SUBSCRIBED = """
    SELECT 1 FROM subscription
    WHERE subscriber = $subscriber AND event_types = $event_types::VARCHAR[] AND coalesce(waits, false) = $waits
        AND retired_at_utc IS NULL
"""
# Whether an earlier event keeps them waiting says `event_pending`; to ask it for each subscriber after every commit
# would take longest, the more so as some wait for the end of a recall window all the time.
_WAITED_FOR = """
    SELECT DISTINCT subscriber FROM wanted_event
    WHERE retired_at_utc IS NULL AND state = 'waiting'
        AND coalesce(greatest(next_attempt_at_utc, recall_ends_at_utc) <= $now, true)
"""
_MARK_DELIVERED = """
    INSERT INTO delivery (subscriber, event_id, state, attempts, marked_at_utc)
    SELECT $subscriber, event_id, 'delivered', attempts + 1, $now FROM batch
    ON CONFLICT (subscriber, event_id) DO UPDATE SET
        state = excluded.state, attempts = excluded.attempts, marked_at_utc = excluded.marked_at_utc,
        next_attempt_at_utc = NULL
"""
_MARK_FAILED = """
    INSERT INTO delivery (subscriber, event_id, state, attempts, marked_at_utc, next_attempt_at_utc, error)
    VALUES ($subscriber, $event_id, $state, $attempts, $now, $next_attempt_at, $error)
    ON CONFLICT (subscriber, event_id) DO UPDATE SET
        state = excluded.state, attempts = excluded.attempts, marked_at_utc = excluded.marked_at_utc,
        next_attempt_at_utc = excluded.next_attempt_at_utc, error = excluded.error
"""
_PARKED = """
    SELECT delivery.subscriber, event.event_id, event.type, event.at_utc, event.cause,
           delivery.attempts, delivery.marked_at_utc, delivery.error
    FROM delivery JOIN event USING (event_id)
    WHERE delivery.state = 'parked'
    ORDER BY delivery.subscriber, event.event_id
"""
_REPLAY = """
    UPDATE delivery SET state = 'waiting', attempts = 0, next_attempt_at_utc = $now, marked_at_utc = $now
    WHERE state = 'parked' AND ($subscriber IS NULL OR subscriber = $subscriber)
        AND ($event_id IS NULL OR event_id = $event_id)
"""


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event as a subscriber receives it.

    Attributes
    ----------
    event_id
        Ascending in the order of publication; gaps mean nothing.
    at_utc, cause
        When it happened and what led to it.
    plan_version, address_id
        What it is about; ``None`` where it is about neither.
    payload
        The facts, as `Event.payload` gave them.
    attempts
        How often its delivery to this subscriber has failed.
    next_attempt_at_utc
        When it may be tried, or tried again: after a failure, or for a subscriber that waits after the recall window;
        ``None`` where it may be now.
    """

    event_id: int
    type: str
    at_utc: datetime
    cause: str
    plan_version: int | None
    address_id: int | None
    payload: dict[str, Any]
    attempts: int
    next_attempt_at_utc: datetime | None

    def is_due(self, now: datetime) -> bool:
        """Tell whether its delivery may be tried at ``now``."""
        return self.next_attempt_at_utc is None or self.next_attempt_at_utc <= now


@dataclass(frozen=True, slots=True)
class ParkedEvent:
    """A delivery that was given up and waits for a person; ``error`` is the last failure."""

    subscriber: str
    event_id: int
    type: str
    at_utc: datetime
    cause: str
    attempts: int
    parked_at_utc: datetime
    error: str


def save_subscription(
    work: UnitOfWork, subscriber: str, event_types: Sequence[str], after_event_id: int, timing: Timing
) -> None:
    """Remember who receives what; a known subscriber keeps its marks and its beginning."""
    row = {
        "subscriber": subscriber,
        "event_types": list(event_types),
        "after_event_id": after_event_id,
        "now": work.at_utc,
        "waits": timing is Timing.AFTER_RECALL,
    }
    work.sql.execute("subscription_save", _SUBSCRIBE, row)


def is_subscribed(sql: Executor, subscriber: str, event_types: Sequence[str], timing: Timing) -> bool:
    """Tell whether a subscriber is on record with exactly these events and this timing."""
    row = {"subscriber": subscriber, "event_types": list(event_types), "waits": timing is Timing.AFTER_RECALL}
    return sql.value("subscription_known", _SUBSCRIBED, row) is not None


def retire_subscription(work: UnitOfWork, subscriber: str) -> None:
    """Stop deliveries to a subscriber that exists no longer; its marks stay."""
    statement = "UPDATE subscription SET retired_at_utc = ? WHERE subscriber = ?"
    work.sql.execute("subscription_retire", statement, [work.at_utc, subscriber])


def waited_for(sql: Executor, now: datetime) -> frozenset[str]:
    """Return the subscribers for whom there is an event that they have not received, and that is due by itself."""
    return frozenset(name for (name,) in sql.rows("subscribers_waited_for", _WAITED_FOR, {"now": now}))


def pending_events(sql: Executor, subscriber: str, limit: int) -> list[StoredEvent]:
    """Return the next events of a subscriber, oldest first, those that wait for another attempt included."""
    statement = named_sql("fibermap.store", "event_pending")
    rows = sql.records("event_pending", statement, {"subscriber": subscriber, "limit": limit})
    return [StoredEvent(**{**row, "payload": orjson.loads(row["payload"])}) for row in rows]


def mark_delivered(work: UnitOfWork, subscriber: str, events: Sequence[StoredEvent]) -> None:
    """Mark a batch, in the transaction that holds its effects."""
    batch = pa.table(
        {
            "event_id": pa.array([event.event_id for event in events], pa.int64()),
            "attempts": pa.array([event.attempts for event in events], pa.int32()),
        }
    )
    marks = {"subscriber": subscriber, "now": work.at_utc}
    with _another_was_faster():
        work.sql.execute("delivery_mark", _MARK_DELIVERED, marks, batch=batch)
    if work.sql.value("delivery_waits", "SELECT waits FROM subscription WHERE subscriber = ?", [subscriber]):
        release(work, (event.plan_version for event in events))


def mark_failed(
    work: UnitOfWork, subscriber: str, event: StoredEvent, *, error: str, next_attempt_at: datetime | None
) -> None:
    """Keep the failure of one event; without a next attempt it is parked."""
    row = {
        "subscriber": subscriber,
        "event_id": event.event_id,
        "state": "parked" if next_attempt_at is None else "waiting",
        "attempts": event.attempts + 1,
        "now": work.at_utc,
        "next_attempt_at": next_attempt_at,
        "error": error,
    }
    with _another_was_faster():
        work.sql.execute("delivery_fail", _MARK_FAILED, row)


@contextmanager
def _another_was_faster() -> Iterator[None]:
    """Read the refusal of a key that this transaction cannot see yet as what it is: a mark of another deliverer."""
    try:
        yield
    except Conflict as refused:
        if refused.code is not Code.CONSTRAINT_BROKEN:
            raise
        raise TransactionConflict(
            Code.CONFLICT, "The same events were marked by another deliverer first.", hint="Try again."
        ) from refused


def parked_events(sql: Executor) -> list[ParkedEvent]:
    """Return what has been given up."""
    return [ParkedEvent(*row) for row in sql.rows("delivery_parked", _PARKED)]


def unpark(work: UnitOfWork, subscriber: str | None, event_id: int | None) -> int:
    """Let parked deliveries be tried anew: of one subscriber or all, of one event or all; return how many."""
    row = {"subscriber": subscriber, "event_id": event_id, "now": work.at_utc}
    return work.sql.execute("delivery_unpark", _REPLAY, row)
