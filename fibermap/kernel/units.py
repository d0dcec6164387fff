"""Lengths. Inside, every length is metres on the ground; feet are for people in US projects."""

from __future__ import annotations

import re

METRES_PER_FOOT = 0.3048
METRES_PER_US_SURVEY_FOOT = 1200 / 3937
METRES_PER_MILE = 1609.344


def metres_from_feet(length_ft: float) -> float:
    """Convert international feet to metres."""
    return length_ft * METRES_PER_FOOT


def feet_from_metres(length_m: float) -> float:
    """Convert metres to international feet."""
    return length_m / METRES_PER_FOOT


def format_length(length_m: float, *, units: str) -> str:
    """Write a length for a screen: whole feet or miles (``units="us"``), else metres or kilometres."""
    if units == "us":
        length_ft = feet_from_metres(length_m)
        return f"{length_ft:,.0f} ft" if length_ft < 5280 else f"{length_m / METRES_PER_MILE:,.2f} mi"
    return f"{length_m:,.0f} m" if length_m < 1000 else f"{length_m / 1000:,.2f} km"


_LENGTH = re.compile(r"(\d+(?:\.\d+)?)\s*(ft|m)", re.ASCII | re.IGNORECASE)


def read_length(text: str) -> float | None:
    """Read a length as a person writes it, ``600ft`` or ``182.9 m``, in metres; None where it has no unit.

    Examples
    --------
    >>> read_length("100ft")
    30.48
    """
    found = _LENGTH.fullmatch(text.strip().replace(",", ""))
    if found is None:
        return None
    return metres_from_feet(float(found[1])) if found[2].lower() == "ft" else float(found[1])
