"""Many addresses as few circles: a pyramid of grids, one per zoom level."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

CELL_PX = 64
"""Side of a cell on the screen at its own zoom level, pixels."""
MOST_CELLS = 40_000
"""Cells of all levels together; about 30 bytes each in the file."""
DEEPEST_ZOOM = 19
_VIEW_PX = 320
_STEPS_PER_DEGREE = 1e5


@dataclass(frozen=True, slots=True)
class Level:
    """The cells of one zoom level.

    Attributes
    ----------
    zoom
        The Web Mercator zoom level from which it is shown.
    lon, lat
        float64, one per cell: the mean position of its addresses, degrees, EPSG:4326.
    counts
        int64 of shape (cells, classes): addresses by class.
    units
        int64, one per cell: units sold to.
    """

    zoom: int
    lon: Floats
    lat: Floats
    counts: Integers
    units: Integers

    def as_json(self) -> dict[str, Any]:
        """Return it for the page; positions as differences in 1e-5 degrees, about a metre."""
        return {
            "zoom": self.zoom,
            "x": _differences(self.lon),
            "y": _differences(self.lat),
            "n": [column.tolist() for column in self.counts.T],
            "u": self.units.tolist(),
        }


def make_levels(lon: Floats, lat: Floats, codes: Integers, units: Integers, classes: int) -> list[Level]:
    """Group points by ever finer grids until the budget of cells is spent.

    Parameters
    ----------
    lon, lat
        Finite degrees, EPSG:4326, of shape (n,).
    codes
        The class of each point, 0 to ``classes - 1``.
    units
        Units sold to at each point.
    """
    x, y = _mercator(lon, lat)
    span = max(float(np.ptp(x)), float(np.ptp(y)), 1e-9)
    zoom = int(np.clip(np.floor(np.log2(_VIEW_PX / 256 / span)), 0, DEEPEST_ZOOM))
    levels: list[Level] = []
    spent = 0
    while zoom <= DEEPEST_ZOOM:
        level = _level(zoom, (x, y), (lon, lat), codes, units, classes)
        spent += len(level.lon)
        if levels and spent > MOST_CELLS:
            break
        levels.append(level)
        if len(level.lon) == len(lon):
            break
        zoom += 1
    return levels


def _level(
    zoom: int, place: tuple[Floats, Floats], degrees: tuple[Floats, Floats], codes: Integers, units: Integers, wide: int
) -> Level:
    side = 2**zoom * 256 // CELL_PX
    column, row = (np.floor(axis * side).astype(np.int64) for axis in place)
    _, cell = np.unique(row * side + column, return_inverse=True)
    cells = int(cell.max()) + 1
    counts = np.bincount(cell * wide + codes, minlength=cells * wide).reshape(cells, wide)
    total = counts.sum(axis=1)
    lon, lat = (np.bincount(cell, weights=axis) / total for axis in degrees)
    return Level(zoom, lon, lat, counts, np.bincount(cell, weights=units).astype(np.int64))


def _mercator(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Return Web Mercator coordinates between 0 and 1, y downwards; the poles are cut off at its edge."""
    sine = np.sin(np.radians(np.clip(lat, -85.05, 85.05)))
    x = np.clip(lon / 360 + 0.5, 0, 1 - 1e-12)
    y = np.clip(0.5 - np.log((1 + sine) / (1 - sine)) / (4 * np.pi), 0, 1 - 1e-12)
    return x, y


def _differences(degrees: Floats) -> list[int]:
    whole = np.rint(degrees * _STEPS_PER_DEGREE).astype(np.int64)
    return [int(step) for step in np.diff(whole, prepend=0)]
