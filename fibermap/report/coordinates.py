"""A place as somebody writes it: decimal degrees, degrees and minutes, with or without letters."""

from __future__ import annotations

import re

_NUMBER = r"[+-]?\d{1,3}(?:\.\d+)?"
_DECIMAL = re.compile(
    rf"(?:geo:|@)?\s*([NSEW])?\s*({_NUMBER})\s*°?\s*([NSEW])?\s*[,;\s]\s*([NSEW])?\s*({_NUMBER})\s*°?\s*([NSEW])?"
    r"(?:[,;?].{0,40})?",
    re.IGNORECASE,
)
_ANGLE = r"(\d{1,3})\s*[°d\s]\s*(\d{1,2}(?:\.\d+)?)\s*['′’m\s]?\s*(?:(\d{1,2}(?:\.\d+)?)\s*[\"″”s]?)?"
_SEXAGESIMAL = re.compile(
    rf"(?:([NSEW])\s*{_ANGLE}|{_ANGLE}\s*([NSEW]))\s*[,;\s]\s*(?:([NSEW])\s*{_ANGLE}|{_ANGLE}\s*([NSEW]))",
    re.IGNORECASE,
)


def read_coordinates(text: str) -> tuple[float, float] | None:
    """Return longitude and latitude (EPSG:4326), or None where the text is no place.

    Latitude stands first, unless letters say otherwise or the first number cannot be one. Two plain whole numbers are
    no place: they may be a house number and a street.

    Examples
    --------
    >>> read_coordinates("45.85, -111.3")
    (-111.3, 45.85)
    >>> read_coordinates("45°51'00\\"N 111°18'00\\"W")
    (-111.3, 45.85)
    """
    text = text.strip()
    pair = _decimal(text) or _sexagesimal(text)
    if pair is None:
        return None
    (first, first_letter), (second, second_letter) = pair
    turned = first_letter in ("E", "W") or second_letter in ("N", "S") or (not first_letter and abs(first) > 90)
    lon, lat = (first, second) if turned else (second, first)
    crossed = (first_letter in ("E", "W")) == (second_letter in ("E", "W")) and bool(first_letter and second_letter)
    return None if crossed or abs(lat) > 90 or abs(lon) > 180 else (lon, lat)


_Angle = tuple[float, str]


def _decimal(text: str) -> tuple[_Angle, _Angle] | None:
    found = _DECIMAL.fullmatch(text)
    if found is None:
        return None
    before, first, after, second_before, second, second_after = found.groups()
    letters = ((before or after or "").upper(), (second_before or second_after or "").upper())
    if not any(letters) and "." not in first + second and "," not in text:
        return None
    if (before and after) or (second_before and second_after):
        return None
    return _signed(float(first), letters[0]), _signed(float(second), letters[1])


def _sexagesimal(text: str) -> tuple[_Angle, _Angle] | None:
    found = _SEXAGESIMAL.fullmatch(text)
    if found is None:
        return None
    parts = found.groups()
    return _angle(parts[:8]), _angle(parts[8:])


def _angle(parts: tuple[str | None, ...]) -> _Angle:
    letter = (parts[0] or parts[7] or "").upper()
    degrees, minutes, seconds = (float(part or 0) for part in (parts[1:4] if parts[0] else parts[4:7]))
    return _signed(round(degrees + minutes / 60 + seconds / 3600, 9), letter)


def _signed(value: float, letter: str) -> _Angle:
    return (-value if letter in ("S", "W") else value), letter
