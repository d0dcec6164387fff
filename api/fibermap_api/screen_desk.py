"""The desk at which screens are drawn: a bounded number of readings at once, in threads, from tables in memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import anyio

from fibermap.kernel.errors import Code
from fibermap.kernel.settings import Settings
from fibermap.report.screen import Screen, ScreenNotReady
from fibermap.store import Store
from fibermap_api.problems import Unavailable

T = TypeVar("T")
READERS = 6
MOST_WAITING = 200


@dataclass(frozen=True, slots=True)
class Shown:
    """What a reading has to read from: the tables of the screens, and the database behind them."""

    screen: Screen
    store: Store
    settings: Settings


class ScreenDesk:
    """Reads for screens.

    Parameters
    ----------
    shown
        What is read from; whoever made it closes it.
    """

    def __init__(self, shown: Shown) -> None:
        self._shown = shown
        self._waiting = 0
        self._readers = anyio.CapacityLimiter(READERS)

    async def ask(self, work: Callable[[Shown], T]) -> T:
        """Do a reading in a thread, in turn.

        Raises
        ------
        Unavailable
            ``server_overloaded``: too many wait; ``screen_not_ready``: a large plan is still being put together.
        """
        if self._waiting >= MOST_WAITING:
            raise Unavailable(
                Code.SERVER_OVERLOADED, "The map has too much to do.", hint="Try again soon.", retry_after_s=1
            )
        self._waiting += 1
        try:
            return await anyio.to_thread.run_sync(self._read, work, limiter=self._readers)
        except ScreenNotReady as error:
            raise Unavailable(error.code, error.message, hint=error.hint, retry_after_s=2) from error
        finally:
            self._waiting -= 1

    def _read(self, work: Callable[[Shown], T]) -> T:
        with self._shown.screen.one_state():
            return work(self._shown)
