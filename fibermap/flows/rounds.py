"""Rounds of delivery: all events that can be delivered now, and all orders whose time has come."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from contextlib import suppress
from threading import Lock

from fibermap.order.order_commands import advance
from fibermap.store import Deliveries, Outbox, Store, TransactionConflict, UnitOfWork


class Rounds:
    """One round after another, whoever asks for one.

    Parameters
    ----------
    outbox
        With everybody subscribed.
    """

    def __init__(self, store: Store, outbox: Outbox) -> None:
        self._store = store
        self._outbox = outbox
        self._delivering = Lock()
        self._asked = False

    def hears(self, event_types: AbstractSet[str]) -> bool:
        """Tell whether anybody reacts to events of these types."""
        return self._outbox.hears(event_types)

    def deliver(self) -> Deliveries:
        """Deliver until nothing is left; where somebody is at it already, have them go round once more.

        What fails is on record, see `Outbox`, and is not raised.
        """
        self._asked = True
        total = Deliveries()
        while self._asked and self._delivering.acquire(blocking=False):
            try:
                self._asked = False
                total += self._outbox.deliver_all()
                if self._any_due():
                    with suppress(TransactionConflict):  # others are at the same orders, and ask for the next round
                        self._store.run(advance, cause="advance_orders")
            finally:
                self._delivering.release()
        return total

    def _any_due(self) -> bool:
        return bool(self._store.preview(_due, cause="read"))


def _due(uow: UnitOfWork) -> int:
    return int(
        uow.sql.value(
            "rounds.due",
            """
            SELECT count(*) FROM customer_order
            WHERE state IN ('acknowledged', 'pending') AND coalesce(release_on <= $on, true)
              AND order_id NOT IN (SELECT order_id FROM waiting_list)
            """,
            {"on": uow.at_utc.date()},
        )
    )
