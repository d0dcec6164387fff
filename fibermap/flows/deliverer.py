"""Works in the background: events soon after each commit that published some, notices now and then, each in a thread
of its own, so that a slow mail server delays nobody.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from fibermap.access.acting import SERVER, acting_as
from fibermap.flows.rounds import Rounds
from fibermap.store import Store
from fibermap.store.log import get_logger

EVERY_S = 30.0
"""How long nothing is looked at where nothing is published: deliveries that wait for a time, and waves of a new day."""
_STOP_S = 30.0
_log = get_logger()


class Deliverer:
    """A thread that runs rounds of delivery.

    Parameters
    ----------
    deliver
        One round: all that can be delivered now. What fails is on record by then, and is no reason to end.
    every_s
        The longest time between two rounds.
    name
        What the thread is called.
    """

    def __init__(self, deliver: Callable[[], object], every_s: float = EVERY_S, name: str = "deliverer") -> None:
        self._deliver = deliver
        self._every_s = every_s
        self._news = threading.Event()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def wake(self) -> None:
        """Say that something was published; returns at once."""
        self._news.set()

    def start(self) -> None:
        """Begin, with a round for what was left by whoever was here before."""
        self._news.set()
        self._thread.start()

    def stop(self) -> None:
        """End after the round that runs."""
        self._ending.set()
        self._news.set()
        self._thread.join(_STOP_S)

    def _run(self) -> None:
        while not self._ending.is_set():
            self._news.wait(self._every_s)
            self._news.clear()
            if self._ending.is_set():
                return
            try:
                with acting_as(SERVER):
                    self._deliver()
            except Exception:  # whatever it is, the next round tries again
                _log.exception("delivery_round_failed")


@contextmanager
def in_background(store: Store, rounds: Rounds) -> Iterator[None]:
    """Deliver in a thread of its own, for as long as the block lasts, in the place of whoever has just committed."""
    deliverer = Deliverer(rounds.deliver)
    at_once, store.published = store.published, lambda types: deliverer.wake() if rounds.hears(types) else None
    deliverer.start()
    try:
        yield
    finally:
        store.published = at_once
        deliverer.stop()


@contextmanager
def sending_in_background(send: Callable[[], object]) -> Iterator[None]:
    """Send notices in a thread of its own, round after round, for as long as the block lasts."""
    sender = Deliverer(send, name="sender")
    sender.start()
    try:
        yield
    finally:
        sender.stop()
