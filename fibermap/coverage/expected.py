"""Expected dates: as precise as they are known, and to the public no finer than the operator wants. Pure."""

from __future__ import annotations

from datetime import date, timedelta

_COARSENESS = ("day", "month", "quarter", "year")


def coarser(precision: str | None, least: str) -> str:
    """Return the coarser of two precisions; None is the day."""
    return max(precision or "day", least, key=_COARSENESS.index)


def last_day(day: date, precision: str) -> date:
    """Return the last day of the month, quarter or year that a day lies in; the day itself to the day."""
    if precision == "day":
        return day
    if precision == "year":
        return date(day.year, 12, 31)
    month = day.month if precision == "month" else (day.month + 2) // 3 * 3
    first_after = date(day.year + month // 12, month % 12 + 1, 1)
    return first_after - timedelta(days=1)


def first_day(day: date, precision: str) -> date:
    """Return the first day of the month, quarter or year that a day lies in; the day itself to the day."""
    if precision == "day":
        return day
    months = {"month": 1, "quarter": 3, "year": 12}[precision]
    return date(day.year, (day.month - 1) // months * months + 1, 1)


def public_date(day: date, precision: str | None, least: str) -> tuple[date, str]:
    """Return what the public is told of an expected date, no finer than ``least``: the last day that it stands for.

    Examples
    --------
    >>> public_date(date(2027, 2, 3), "day", "quarter")
    (datetime.date(2027, 3, 31), 'quarter')
    """
    said = coarser(precision, least)
    return last_day(day, said), said


def public_day(asked: date, today: date, least: str) -> date:
    """Return the last day, up to one asked about, of which the public is told how things stand.

    What is expected counts for the public from the last day of its period on. An answer for a day within the period
    would give the exact day away to whoever asks about one day after another.

    Examples
    --------
    >>> public_day(date(2027, 2, 10), date(2026, 11, 26), "quarter")
    datetime.date(2026, 12, 31)
    """
    if asked <= today or asked == last_day(asked, least):
        return asked
    return max(first_day(asked, least) - timedelta(days=1), today)


def say_date(day: date | None, precision: str | None) -> str | None:
    """Write an expected date as far as it is known.

    Examples
    --------
    >>> say_date(date(2027, 3, 15), "quarter")
    'first quarter of 2027'
    """
    if day is None:
        return None
    match precision:
        case "year":
            return str(day.year)
        case "quarter":
            return f"{('first', 'second', 'third', 'fourth')[(day.month - 1) // 3]} quarter of {day.year}"
        case "month":
            return f"{day:%B %Y}"
        case _:
            return day.isoformat()


def say_public(day: date | None, precision: str | None, least: str) -> str | None:
    """Write an expected date as the public reads it."""
    return None if day is None else say_date(*public_date(day, precision, least))
