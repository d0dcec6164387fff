"""Rows of lots that nobody has numbered yet: where they lie, and what they are called, by a rule."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from fibermap.kernel.errors import Code, InputRefused
from fibermap.spatial.metres import from_local, to_local

MOST_LOTS = 500
LONGEST_NAME = 120
HIGHEST_NUMBER = 999_999
NUMBER = "{n}"
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")

Places = Sequence[tuple[float, float]]


class Side(StrEnum):
    """On which side of a road, seen in the direction in which it was drawn."""

    LEFT = "left"
    RIGHT = "right"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Numbering:
    """How lots are called: a name with ``{n}`` where the number stands, the first number, and the step to the next."""

    name: str
    first: int = 1
    step: int = 1

    def __post_init__(self) -> None:
        name = self.name.strip()
        if name.count(NUMBER) != 1 or len(name) > LONGEST_NAME or _CONTROLS.search(name):
            raise InputRefused(
                Code.ARGUMENT_INVALID,
                "The name of the lots does not say where their number stands.",
                hint="Write {n} once, such as 'Lot {n}, Elk Ridge' or '{n} Elk Ridge Rd'.",
                field="name",
            )
        if not 0 <= self.first <= HIGHEST_NUMBER or not 1 <= abs(self.step) <= 1_000:
            raise InputRefused(
                Code.ARGUMENT_INVALID,
                "Lots cannot be numbered so.",
                hint=f"Begin between 0 and {HIGHEST_NUMBER:,}, in steps of 1 to 1,000, or -1 to -1,000 to count down.",
                field="first",
            )

    def names(self, count: int) -> list[str]:
        """Return the names of so many lots, in order; raises ``InputRefused`` where the numbers run out."""
        numbers = [self.first + self.step * at for at in range(count)]
        if numbers and not 0 <= min(numbers) <= max(numbers) <= HIGHEST_NUMBER:
            raise InputRefused(
                Code.ARGUMENT_INVALID,
                f"The numbers run out at {numbers[-1]:,}.",
                hint="Begin elsewhere.",
                field="first",
            )
        return [self.name.strip().replace(NUMBER, str(number)) for number in numbers]


@dataclass(frozen=True, slots=True)
class Road:
    """Lots along a road: so many, evenly spaced, beside a line in EPSG:4326, longitude first.

    ``setback_m`` is how far from the line they stand, metres on the ground. On both sides they alternate, the first to
    the left, as odd and even numbers do.
    """

    line: shapely.LineString
    count: int
    side: Side = Side.RIGHT
    setback_m: float = 15.0


@dataclass(frozen=True, slots=True)
class Lot:
    """One lot: what it is called, and where it lies in EPSG:4326."""

    name: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class LotRow:
    """A row of lots as somebody draws it: points, in their order, or a road with so many lots beside it.

    ``shape`` is a line, a point or several in EPSG:4326, longitude first; ``count``, ``side`` and ``setback_m`` are for
    a line alone, see :class:`Road`.
    """

    shape: BaseGeometry
    numbering: Numbering
    count: int | None = None
    side: Side = Side.RIGHT
    setback_m: float = 15.0

    def lots(self) -> list[Lot]:
        """Return the lots in order; raises what :func:`places_along` and :func:`name_lots` refuse."""
        if self.shape.geom_type in ("Point", "MultiPoint"):
            return name_lots([(x, y) for x, y in shapely.get_coordinates(self.shape).tolist()], self.numbering)
        if self.shape.geom_type != "LineString":
            raise InputRefused(
                Code.GEOMETRY_UNSUPPORTED,
                "Lots lie at points or along a line.",
                hint="Draw one of them.",
                field="shape",
            )
        road = Road(self.shape, self.count or 0, self.side, self.setback_m)
        return name_lots(places_along(road), self.numbering)


def name_lots(places: Places, numbering: Numbering) -> list[Lot]:
    """Return the lots at places that somebody pointed at, numbered in that order.

    Raises
    ------
    InputRefused
        ``argument_invalid`` without a place or for two lots at one place, ``limit_exceeded`` beyond :data:`MOST_LOTS`.
    """
    _check_count(len(places))
    if repeated := [place for place, seen in Counter(places).items() if seen > 1]:
        raise InputRefused(
            Code.ARGUMENT_INVALID, f"Two lots lie at {repeated[0]}.", hint="Move one of them.", field="places"
        )
    names = numbering.names(len(places))
    return [Lot(name, float(lon), float(lat)) for name, (lon, lat) in zip(names, places, strict=True)]


def places_along(road: Road) -> Places:
    """Return where the lots of a road lie, in the direction in which it was drawn.

    The road is cut into as many equal pieces as it has lots on one side, and each lot stands beside the middle of its
    piece.

    Raises
    ------
    InputRefused
        ``argument_invalid`` for a road without length or a setback that no lot has, ``limit_exceeded``.
    """
    _check_count(road.count)
    if not 0 <= road.setback_m <= 500:
        raise InputRefused(
            Code.ARGUMENT_INVALID, "No lot stands so far from its road.", hint="Give 0 to 500 m.", field="setback_m"
        )
    origin = (float(road.line.coords[0][0]), float(road.line.coords[0][1]))
    line = to_local(road.line, origin)
    if not np.isfinite(line.length) or not 1 <= line.length <= 50_000:
        raise InputRefused(
            Code.ARGUMENT_INVALID, "The road is not between 1 m and 50 km long.", hint="Draw it again.", field="line"
        )
    at_m, beside_m = _stations(road, float(line.length))
    places = shapely.get_coordinates(from_local(shapely.points(_beside(line, at_m, beside_m)), origin))
    return [(float(lon), float(lat)) for lon, lat in places]


def _stations(road: Road, length_m: float) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return how far along the road each lot is, and how far to the left of it, negative to the right."""
    at = np.arange(road.count)
    if road.side is Side.BOTH:
        pieces = (road.count + 1) // 2
        left = np.where(at % 2 == 0, 1.0, -1.0)
        at = at // 2
    else:
        pieces = road.count
        left = np.full(road.count, 1.0 if road.side is Side.LEFT else -1.0)
    return (at + 0.5) * length_m / pieces, left * road.setback_m


def _beside(
    line: shapely.LineString, at_m: npt.NDArray[np.float64], left_m: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return points beside a line in metres; shape ``(n, 2)``. A corner counts with the piece that leads to it."""
    xy = shapely.get_coordinates(line)
    steps = np.diff(xy, axis=0)
    length_m = np.hypot(steps[:, 0], steps[:, 1])
    xy, steps = xy[:-1][length_m > 0], steps[length_m > 0]
    length_m = length_m[length_m > 0]
    ends_m = np.cumsum(length_m)
    piece = np.minimum(np.searchsorted(ends_m, at_m, side="left"), len(ends_m) - 1)
    along = steps[piece] / length_m[piece, None]
    start = xy[piece] + along * (at_m - (ends_m - length_m)[piece])[:, None]
    return np.asarray(start + np.column_stack([-along[:, 1], along[:, 0]]) * left_m[:, None])


def _check_count(count: int) -> None:
    if count < 1:
        raise InputRefused(Code.ARGUMENT_INVALID, "There is no lot.", hint="Draw a road, or points.", field="places")
    if count > MOST_LOTS:
        raise InputRefused(
            Code.LIMIT_EXCEEDED,
            f"More than {MOST_LOTS} lots at once.",
            hint="Add them road by road.",
            field="count",
            limit=MOST_LOTS,
        )
