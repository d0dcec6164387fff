"""The addresses around a place, from two arrays that may lie in a file.

Positions are sorted by cell, row of cells by row of cells, so that what lies between two longitudes in one row of cells
is one run.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from fibermap.spatial.metres import few_distances_m, ground_distance_m, metres_per_degree_at

CELL_DEG = 0.002
"""About 200 metres of latitude."""

_FEW = 60
"""Positions up to which it takes longer to set arrays up than to go through them one by one."""
_STEEPEST_LAT = 89.0
_COLUMNS = 1 << 32

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]


def grid_arrays(lon: Floats, lat: Floats) -> dict[str, npt.NDArray[Any]]:
    """Return ``cell_code`` (int64, sorted) and ``cell_row`` (int32) of the positions in EPSG:4326; NaN is left out."""
    placed = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat))
    code = _code(lon[placed], lat[placed])
    order = np.argsort(code, kind="stable")
    return {"cell_code": code[order], "cell_row": placed[order].astype(np.int32)}


class Grid:
    """Finds positions by place. Immutable.

    Parameters
    ----------
    arrays
        What `grid_arrays` returned.
    lon, lat
        The positions, shape ``(n,)``, degrees in EPSG:4326.
    """

    def __init__(self, arrays: dict[str, npt.NDArray[Any]], lon: Floats, lat: Floats) -> None:
        self._code, self._row = arrays["cell_code"], arrays["cell_row"]
        self._lon, self._lat = lon, lat

    def within(self, lon: float, lat: float, reach_m: float) -> list[tuple[float, int]]:
        """Return distances in metres on the ground and rows of what is within ``reach_m`` metres, nearest first."""
        east_m, north_m = metres_per_degree_at(min(abs(lat), _STEEPEST_LAT))
        dx, dy = 1.01 * reach_m / east_m, 1.01 * reach_m / north_m
        rows = self._in_cells(lon - dx, lat - dy, lon + dx, lat + dy)
        if len(rows) > _FEW:
            rows = rows[(np.abs(self._lon[rows] - lon) <= dx) & (np.abs(self._lat[rows] - lat) <= dy)]
            there = self._lon[rows], self._lat[rows]
            found = zip(ground_distance_m(lon, lat, *there).tolist(), rows.tolist(), strict=True)
        else:
            there = self._lon[rows].tolist(), self._lat[rows].tolist()
            boxed = [
                (x, y, row) for x, y, row in zip(*there, rows.tolist(), strict=True)
                if abs(x - lon) <= dx and abs(y - lat) <= dy
            ]  # fmt: skip
            distance_m = few_distances_m(lon, lat, [(x, y) for x, y, _ in boxed])
            found = zip(distance_m, (row for _, _, row in boxed), strict=True)
        return sorted(pair for pair in found if pair[0] <= reach_m)

    def _in_cells(self, west: float, south: float, east: float, north: float) -> Rows:
        """Return the rows in the cells that a rectangle touches."""
        first, last = _cell(west, south), _cell(east, north)
        width = last % _COLUMNS - first % _COLUMNS
        begins = range(first, last - width + 1, _COLUMNS)
        bounds = self._code.searchsorted([code for begin in begins for code in (begin, begin + width + 1)]).tolist()
        runs = [self._row[start:end] for start, end in zip(bounds[::2], bounds[1::2], strict=True) if end > start]
        return np.concatenate(runs) if runs else np.empty(0, dtype=np.intp)


def _cell(lon: float, lat: float) -> int:
    return math.floor((lat + 180.0) / CELL_DEG) * _COLUMNS + math.floor((lon + 360.0) / CELL_DEG)


def _code(lon: Floats, lat: Floats) -> npt.NDArray[np.int64]:
    column = np.floor((lon + 360.0) / CELL_DEG).astype(np.int64)
    row = np.floor((lat + 180.0) / CELL_DEG).astype(np.int64)
    return np.asarray(row * _COLUMNS + column)
