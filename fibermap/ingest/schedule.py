"""When a saved source is pulled: every so many hours, or daily at a time. Times are UTC."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from fibermap.kernel.errors import Code, InputRefused

_EVERY = re.compile(r"every (?:(\d{1,4}) )?hours?")
_DAILY = re.compile(r"daily at ([01]?\d|2[0-3]):([0-5]\d)")
LONGEST_H = 24 * 60
FIRST_WAIT = timedelta(minutes=5)
LONGEST_WAIT = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Every:
    """Every so many hours from the last pull on."""

    hours: int

    def after(self, moment: datetime) -> datetime:
        """Return when it is due next."""
        return moment + timedelta(hours=self.hours)

    def __str__(self) -> str:
        return "every hour" if self.hours == 1 else f"every {self.hours} hours"


@dataclass(frozen=True, slots=True)
class DailyAt:
    """Every day at a time, UTC."""

    at: time

    def after(self, moment: datetime) -> datetime:
        """Return when it is due next."""
        today = moment.replace(hour=self.at.hour, minute=self.at.minute, second=0, microsecond=0)
        return today if today > moment else today + timedelta(days=1)

    def __str__(self) -> str:
        return f"daily at {self.at:%H:%M}"


def read_schedule(text: str) -> Every | DailyAt:
    """Read ``every 6 hours`` or ``daily at 03:00``; raises ``InputRefused`` (``argument_invalid``)."""
    plain = " ".join(text.lower().split())
    if (found := _EVERY.fullmatch(plain)) and 1 <= (hours := int(found[1] or 1)) <= LONGEST_H:
        return Every(hours)
    if found := _DAILY.fullmatch(plain):
        return DailyAt(time(int(found[1]), int(found[2])))
    raise InputRefused(
        Code.ARGUMENT_INVALID,
        f"The schedule {text[:60]!r} cannot be read.",
        hint="Write `every 6 hours` or `daily at 03:00` (UTC).",
        field="schedule",
    )


def retry_at(schedule: Every | DailyAt, failures: int, moment: datetime) -> datetime:
    """Return when to try again after failures in a row: soon at first, then later and later."""
    wait: timedelta = min(FIRST_WAIT * 2 ** min(failures - 1, 12), LONGEST_WAIT)
    return min(moment + wait, schedule.after(moment)) if failures < 4 else moment + wait
