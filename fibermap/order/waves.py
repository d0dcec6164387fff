"""Waves: in which week an order is released, so that no week has more of them than can be installed. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, timedelta

_WEEK = timedelta(days=7)


def week_of(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def plan_waves(earliest: Iterable[date], booked: Mapping[date, int], weekly: int | None) -> list[date]:
    """Return the day on which each of a queue is released.

    Each goes into the first week that has room and does not lie before its own earliest day, in the order of the queue.

    Parameters
    ----------
    earliest
        For each of the queue, first come first served, the first day that is possible at all.
    booked
        How many are released already, by the Monday of the week.
    weekly
        How many are released a week at most; None: any number.

    Returns
    -------
    list of date
        The later of the Monday of the week and its earliest day.
    """
    if weekly is None:
        return list(earliest)
    taken = Counter(dict(booked))
    open_from: dict[date, date] = {}
    released = []
    for day in earliest:
        first = week_of(day)
        week = open_from.get(first, first)
        while taken[week] >= weekly:
            week += _WEEK
        open_from[first] = week
        taken[week] += 1
        released.append(max(week, day))
    return released
