"""Events reach every subscriber once, whatever crashes.

A subscriber takes a batch in a transaction of its own that writes its effects *and* its marks, so that either
both exist or neither does. What fails is tried again later and later, then parked where a person sees it. A
subscriber receives in the order of publication: its failing event holds back its own later ones, bounded by
parking, and never those of another subscriber.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import timedelta
from itertools import takewhile

from fibermap.kernel.errors import Code, InputRefused
from fibermap.kernel.events import Event
from fibermap.store.delivery import (
    ParkedEvent,
    StoredEvent,
    is_subscribed,
    mark_delivered,
    mark_failed,
    parked_events,
    pending_events,
    retire_subscription,
    save_subscription,
    unpark,
    waited_for,
)
from fibermap.store.executor import TransactionConflict
from fibermap.store.log import get_logger
from fibermap.store.recall import Timing
from fibermap.store.store import Store
from fibermap.store.unit_of_work import UnitOfWork

Handler = Callable[[UnitOfWork, Sequence[StoredEvent]], None]

FIRST_BACKOFF = timedelta(seconds=2)
LONGEST_BACKOFF = timedelta(hours=1)
ATTEMPTS_BEFORE_PARKING = 8
LONGEST_ERROR = 4000
_log = get_logger()


@dataclass(frozen=True, slots=True)
class Deliveries:
    """What one round of delivery did, in events."""

    delivered: int = 0
    failed: int = 0
    parked: int = 0

    def __add__(self, other: Deliveries) -> Deliveries:
        return Deliveries(self.delivered + other.delivered, self.failed + other.failed, self.parked + other.parked)


class Outbox:
    """Delivers the events of one store to the handlers of this process.

    Parameters
    ----------
    store
        The open store, for writing.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._handlers: dict[str, Handler] = {}
        self._heard: set[str] = set()

    def subscribe(
        self,
        subscriber: str,
        event_types: Iterable[type[Event]],
        handler: Handler,
        *,
        after_event_id: int = 0,
        timing: Timing = Timing.AT_ONCE,
    ) -> None:
        """Let ``handler`` receive events, from now on and at every later start that subscribes it again.

        Parameters
        ----------
        subscriber
            A name that never changes; its marks are kept under it.
        event_types
            The events it wants.
        handler
            Writes the effects of a batch through the unit of work it is given, set-based. Any exception fails
            the batch. It may run several times before it succeeds, so it has no effect outside the database.
        after_event_id
            Where a *new* subscriber begins; by default it receives everything ever published.
        timing
            `Timing.AFTER_RECALL` for a handler that prepares what cannot be taken back, such as notices and charges: it
            receives the events of a plan version after the recall window, and none of what was taken back within it.
            What it receives stays in order, so that an event that waits holds back the ones after it.

        Raises
        ------
        InputRefused
            ``argument_invalid`` where the name is taken in this process.
        """
        if subscriber in self._handlers:
            raise InputRefused(Code.ARGUMENT_INVALID, f"The subscriber {subscriber!r} is subscribed already.")
        names = sorted({event_type.type for event_type in event_types})
        if not is_subscribed(self._store.sql, subscriber, names, timing):
            self._store.run(
                lambda work: save_subscription(work, subscriber, names, after_event_id, timing),
                cause=f"subscribe:{subscriber}",
            )
        self._handlers[subscriber] = handler
        self._heard.update(names)

    def retire(self, subscriber: str) -> None:
        """Stop delivering to a subscriber that is gone for good; what it received stays on record."""
        self._store.run(lambda work: retire_subscription(work, subscriber), cause=f"retire:{subscriber}")
        self._handlers.pop(subscriber, None)

    def deliver(self, limit: int = 1000) -> Deliveries:
        """Give each subscriber its next batch of at most ``limit`` events, one subscriber after another.

        A failure of one is recorded and logged, and does not keep the others from theirs. What a handler publishes
        is for the next call.
        """
        waiting = waited_for(self._store.sql, self._store.clock.now())
        return sum((self._deliver_to(name, limit) for name in tuple(self._handlers) if name in waiting), Deliveries())

    def deliver_all(self, limit: int = 1000) -> Deliveries:
        """Deliver until nothing more can be delivered now; events that wait for another attempt stay."""
        total = Deliveries()
        while True:
            done = self.deliver(limit)
            total += done
            if not done.delivered and not done.parked:
                return total

    def hears(self, event_types: AbstractSet[str]) -> bool:
        """Tell whether any subscriber of this process receives events of these types."""
        return not self._heard.isdisjoint(event_types)

    def parked(self) -> list[ParkedEvent]:
        """Return the deliveries that were given up, with the last failure of each."""
        return parked_events(self._store.sql)

    def replay_parked(self, subscriber: str, event_id: int | None = None) -> int:
        """Let what was parked be tried anew, one event or all of a subscriber; return how many."""
        return self._store.run(lambda work: unpark(work, subscriber, event_id), cause=f"retry_parked:{subscriber}")

    def _deliver_to(self, subscriber: str, limit: int) -> Deliveries:
        try:
            return Deliveries(delivered=self._deliver_batch(subscriber, limit))
        except _BatchFailed as failure:
            if failure.size == 1:
                return self._record_failure(subscriber, failure)
        # The batch is rolled back; which event is at fault shows one event at a time.
        return self._deliver_singly(subscriber, limit)

    def _deliver_singly(self, subscriber: str, limit: int) -> Deliveries:
        delivered = 0
        while delivered < limit:
            try:
                if not self._deliver_batch(subscriber, 1):
                    break
            except _BatchFailed as failure:
                return Deliveries(delivered=delivered) + self._record_failure(subscriber, failure)
            delivered += 1
        return Deliveries(delivered=delivered)

    def _deliver_batch(self, subscriber: str, limit: int) -> int:
        handler = self._handlers[subscriber]
        tried: list[StoredEvent] = []

        def work(uow: UnitOfWork) -> int:
            tried[:] = _due_events(uow, subscriber, limit)
            if tried:
                mark_delivered(uow, subscriber, tried)
                handler(uow, tuple(tried))
            return len(tried)

        try:
            return self._store.run(work, cause=f"deliver:{subscriber}")
        except TransactionConflict:  # others are at the same rows, every time: the events are due again next round
            return 0
        except Exception as error:
            if not tried:  # the outbox itself cannot be read: nothing to do with the subscriber
                raise
            raise _BatchFailed(tried[0], len(tried), error) from error

    def _record_failure(self, subscriber: str, failure: _BatchFailed) -> Deliveries:
        error = "".join(traceback.format_exception_only(failure.error)).strip()[:LONGEST_ERROR]
        event_id = failure.event.event_id
        _log.error("delivery_failed", subscriber=subscriber, event_id=event_id, exc_info=failure.error)

        def work(uow: UnitOfWork) -> Deliveries:
            due = _due_events(uow, subscriber, 1)
            if not due or due[0] != failure.event:  # somebody else has dealt with it in the meantime
                return Deliveries()
            attempts = due[0].attempts + 1
            parking = attempts >= ATTEMPTS_BEFORE_PARKING
            again_at = None if parking else uow.at_utc + backoff(attempts)
            mark_failed(uow, subscriber, due[0], error=error, next_attempt_at=again_at)
            return Deliveries(failed=1, parked=int(parking))

        return self._store.run(work, cause=f"deliver:{subscriber}")


class _BatchFailed(Exception):
    def __init__(self, event: StoredEvent, size: int, error: Exception) -> None:
        super().__init__(str(error))
        self.event = event
        self.size = size
        self.error = error


def _due_events(uow: UnitOfWork, subscriber: str, limit: int) -> list[StoredEvent]:
    """Return what may be tried now: nothing from the first event on that waits for a later attempt."""
    pending = pending_events(uow.sql, subscriber, limit)
    return list(takewhile(lambda event: event.is_due(uow.at_utc), pending))


def backoff(attempts: int) -> timedelta:
    """Return how long to wait after a number of failures: doubling, bounded."""
    doublings = min(max(attempts - 1, 0), 30)
    return min(FIRST_BACKOFF * (1 << doublings), LONGEST_BACKOFF)
