"""The text of a ``coordinates`` element as numbers: fast where it is regular, forgiving where it is clear.

Standard: OGC 07-147r2 section 10.1, ``longitude,latitude[,altitude]`` tuples parted by white space.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import orjson
from numpy.typing import NDArray

from fibermap.kernel.errors import Code

_BLOCK_BYTES = 1 << 20
_NUMERIC = b"0123456789.+-eE"
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?", re.ASCII)


class GeometryFault(Exception):
    """A geometry that cannot be used; becomes the outcome of its feature.

    Attributes
    ----------
    part
        0-based geometry part at fault, filled in by whoever knows it.
    """

    def __init__(self, code: Code, detail: str) -> None:
        super().__init__(detail)
        self.code, self.detail = code, detail
        self.part: int | None = None


@dataclass(frozen=True, slots=True)
class Coordinates:
    """Positions of one ``coordinates`` element.

    Attributes
    ----------
    lonlat
        float64 of shape (n, 2): longitude and latitude in degrees, EPSG:4326, finite and in range.
    altitude_m
        Lowest and highest altitude as written, or None where no tuple has one.
    was_split
        Whether tuples ran together (``a,b,c,d,e,f``) and were told apart.
    """

    lonlat: NDArray[np.float64]
    altitude_m: tuple[float, float] | None = None
    was_split: bool = False


def parse_coordinates(text: str, *, vertices: int) -> Coordinates:
    """Read a ``coordinates`` text.

    Parameters
    ----------
    text
        As in the file.
    vertices
        Most positions allowed.

    Raises
    ------
    GeometryFault
        ``GEOMETRY_TOO_LARGE``, ``COORDINATE_INVALID`` (not a number, NaN, infinite), ``COORDINATE_OUT_OF_RANGE``, or
        ``AXES_SWAPPED`` where every position is in range once latitude and longitude change places.
    """
    packed = " ".join(text.split())
    if not packed:
        return Coordinates(np.empty((0, 2)))
    if packed.count(" ") >= vertices:
        raise too_many(vertices)
    coordinates = _regular(packed) or _irregular(packed)
    if len(coordinates.lonlat) > vertices:
        raise too_many(vertices)
    check_range(coordinates.lonlat)
    return coordinates


def too_many(vertices: int) -> GeometryFault:
    """Return the fault of a feature with more positions than allowed."""
    return GeometryFault(
        Code.GEOMETRY_TOO_LARGE,
        f"It has more than the {vertices:,} vertices allowed. Simplify it, or raise FIBERMAP_LIMIT_VERTICES.",
    )


def check_range(lonlat: NDArray[np.float64]) -> None:
    """Refuse positions that are not on Earth. Raises as :func:`parse_coordinates`."""
    longitude, latitude = np.abs(lonlat).max(axis=0, initial=0).tolist()
    if longitude <= 180 and latitude <= 90:
        return
    if not np.isfinite(lonlat).all():
        raise GeometryFault(Code.COORDINATE_INVALID, "A coordinate is not a finite number.")
    row = int(np.argmax((np.abs(lonlat) > (180, 90)).any(axis=1)))
    place = f"longitude {lonlat[row, 0]:g}, latitude {lonlat[row, 1]:g}"
    if longitude <= 90 and latitude <= 180:
        raise GeometryFault(Code.AXES_SWAPPED, f"Latitude and longitude look swapped: {place}.")
    raise GeometryFault(Code.COORDINATE_OUT_OF_RANGE, f"A coordinate is not on Earth: {place}.")


def _regular(packed: str) -> Coordinates | None:
    """Read tuples that all have two or all have three plain numbers; None for anything else."""
    if not packed.isascii():
        return None
    content = packed.encode("ascii")
    marks = content.translate(None, delete=_NUMERIC) + b" "
    width = 3 if marks.startswith(b",, ") else 2
    pattern = b",, " if width == 3 else b", "
    if marks != pattern * (len(marks) // width):
        return None
    try:
        blocks = [np.array(block, dtype=np.float64) for block in _blocks(content)]
    except orjson.JSONDecodeError:
        return None
    table = (blocks[0] if len(blocks) == 1 else np.concatenate(blocks)).reshape(-1, width)
    return Coordinates(np.ascontiguousarray(table[:, :2]), _range(table[:, 2]) if width == 3 else None)


def _blocks(content: bytes) -> Iterator[list[float]]:
    """Yield the numbers of some whole tuples at a time: a list of a hundred million numbers is never made."""
    start = 0
    while start < len(content):
        end = content.find(b" ", start + _BLOCK_BYTES)
        end = len(content) if end < 0 else end
        yield orjson.loads(b"[" + content[start:end].replace(b" ", b",") + b"]")
        start = end + 1


def _irregular(packed: str) -> Coordinates:
    positions: list[tuple[float, float, float]] = []
    was_split = False
    for token in _tuples(packed):
        found = _token_positions(token)
        was_split = was_split or len(found) > 1
        positions.extend(found)
    table = np.array(positions, dtype=np.float64).reshape(-1, 3)
    altitudes = table[:, 2][np.isfinite(table[:, 2])]
    return Coordinates(np.ascontiguousarray(table[:, :2]), _range(altitudes) if len(altitudes) else None, was_split)


def _range(values: NDArray[np.float64]) -> tuple[float, float]:
    return (float(values.min()), float(values.max())) if values.any() else (0.0, 0.0)


def _tuples(packed: str) -> Iterator[str]:
    """Yield one tuple at a time, joining those written with a space beside the comma: ``1, 2, 3`` or ``1,2 ,3``."""
    pending = ""
    for token in packed.split(" "):
        is_single = "," not in token.strip(",")
        joins = token.startswith(",") or (is_single and pending.endswith(","))
        if pending and not joins:
            yield pending
            pending = ""
        pending += token
    yield pending


def _token_positions(token: str) -> list[tuple[float, float, float]]:
    values = [_number(text, token) for text in token.rstrip(",").split(",")]
    if len(values) == 2:
        return [(values[0], values[1], np.nan)]
    if len(values) == 3:
        return [(values[0], values[1], values[2])]
    if len(values) > 3 and len(values) % 3 == 0:
        return list(zip(values[0::3], values[1::3], values[2::3], strict=True))
    if len(values) > 3 and len(values) % 2 == 0:
        return [(x, y, np.nan) for x, y in zip(values[0::2], values[1::2], strict=True)]
    raise GeometryFault(Code.COORDINATE_INVALID, f"{_short(token)!r} is no longitude,latitude pair.")


def _number(text: str, token: str) -> float:
    if _NUMBER.fullmatch(text) is None:
        raise GeometryFault(Code.COORDINATE_INVALID, f"{_short(token)!r} holds something that is not a number.")
    return float(text)


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."
