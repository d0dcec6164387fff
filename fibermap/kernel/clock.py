"""Time as a value that is passed in, so that rules can be tested on any day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from threading import Lock
from typing import ClassVar, Protocol


class Clock(Protocol):
    """Tells the present moment as an aware UTC datetime."""

    def now(self) -> datetime: ...


STANDS_STILL = timedelta(seconds=5)
"""How far the clock of the machine may be set back and hardly goes on for this process until it is there again."""


class SystemClock:
    """The clock of the machine, which never tells the same moment twice.

    Machines correct their clocks by fractions of a second, backwards too. What one process notes down is ordered by its
    times, so it is told a later moment each time all the same. A clock that was set back by more is believed.
    """

    _latest: ClassVar[datetime] = datetime.min.replace(tzinfo=UTC)
    _lock: ClassVar[Lock] = Lock()

    def now(self) -> datetime:
        with self._lock:
            read = machine_time()
            back = SystemClock._latest - read
            is_corrected = timedelta(0) <= back <= STANDS_STILL
            SystemClock._latest = SystemClock._latest + timedelta.resolution if is_corrected else read
            return SystemClock._latest


def machine_time() -> datetime:
    """Return what the clock of the machine reads."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class FixedClock:
    """A clock that stands still; ``at`` must be aware."""

    at: datetime

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("a clock needs an aware datetime; add a time zone")

    def now(self) -> datetime:
        return self.at.astimezone(UTC)


def today(clock: Clock) -> date:
    """Return the civil date of the clock in UTC."""
    return clock.now().date()
