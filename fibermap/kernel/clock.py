"""Time as a value that is passed in, so that rules can be tested on any day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the present moment as an aware UTC datetime."""

    def now(self) -> datetime: ...


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
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
