"""Values out of other people's files, made fit for a page."""

from __future__ import annotations

from datetime import date

import pandas as pd

MOST_CHARACTERS = 120


def clean(value: object, most: int = MOST_CHARACTERS) -> str:
    """Return a value as one line of bounded text that can be encoded; ``""`` for None, NaN, NaT and NA.

    It is *not* escaped: the script sets it as text, and HTML goes through :func:`html.escape`.
    """
    if value is None or value is pd.NA or value != value:  # noqa: PLR0124  NaN and NaT differ from themselves
        return ""
    if isinstance(value, date):
        return f"{value:%Y-%m-%d}"
    said = " ".join(str(value).encode("utf-8", "replace").decode("utf-8").split())
    return said if len(said) <= most else said[: most - 1] + "…"


def number(value: object) -> float | None:
    """Return a value as a finite number, or None."""
    try:
        found = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    return found if abs(found) < float("inf") else None


def count(quantity: int, singular: str, plural: str) -> str:
    """Write a count with its noun: ``1 address``, ``1,240 addresses``."""
    return f"{quantity:,} {singular if quantity == 1 else plural}"
