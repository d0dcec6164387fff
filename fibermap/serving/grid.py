"""The addresses around a place, from two arrays that may lie in a file.

Positions are sorted by cell, row of cells by row of cells, so that what lies between two longitudes in one row of cells
is one run.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
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
        # What is asked of a few positions at a time is read through views: setting up an array costs more than that.
        self._code, self._row = arrays["cell_code"].data, arrays["cell_row"].data
        line, begin = np.unique(arrays["cell_code"] // _COLUMNS, return_index=True)
        end = np.append(begin[1:], len(self._code))[: len(begin)]
        self._lines = dict(zip(line.tolist(), zip(begin.tolist(), end.tolist(), strict=True), strict=True))
        self._lon, self._lat = lon, lat
        self._one_lon, self._one_lat = lon.data, lat.data

    def within(self, lon: float, lat: float, reach_m: float) -> list[tuple[float, int]]:
        """Return distances in metres on the ground and rows of what is within ``reach_m`` metres, nearest first."""
        east_m, north_m = metres_per_degree_at(min(abs(lat), _STEEPEST_LAT))
        dx, dy = 1.01 * reach_m / east_m, 1.01 * reach_m / north_m
        found = self._in_cells(lon - dx, lat - dy, lon + dx, lat + dy)
        if len(found) > _FEW:
            rows = np.array(found, dtype=np.intp)
            rows = rows[(np.abs(self._lon[rows] - lon) <= dx) & (np.abs(self._lat[rows] - lat) <= dy)]
            away_m = ground_distance_m(lon, lat, self._lon[rows], self._lat[rows]).tolist()
            found = rows.tolist()
        else:
            x, y = self._one_lon, self._one_lat
            found = [row for row in found if abs(x[row] - lon) <= dx and abs(y[row] - lat) <= dy]
            away_m = few_distances_m(lon, lat, [(x[row], y[row]) for row in found])
        return sorted([pair for pair in zip(away_m, found, strict=True) if pair[0] <= reach_m])

    def _in_cells(self, west: float, south: float, east: float, north: float) -> list[int]:
        """Return the rows in the cells that a rectangle touches."""
        first_column, last_column = _column(west), _column(east)
        rows: list[int] = []
        for line in range(_line(south), _line(north) + 1):
            if line in self._lines:
                begin, end = self._lines[line]
                begin = bisect_left(self._code, line * _COLUMNS + first_column, begin, end)
                end = bisect_right(self._code, line * _COLUMNS + last_column, begin, end)
                rows += self._row[begin:end]
        return rows


def _line(lat: float) -> int:
    return math.floor((lat + 180.0) / CELL_DEG)


def _column(lon: float) -> int:
    return math.floor((lon + 360.0) / CELL_DEG)


def _code(lon: Floats, lat: Floats) -> npt.NDArray[np.int64]:
    column = np.floor((lon + 360.0) / CELL_DEG).astype(np.int64)
    row = np.floor((lat + 180.0) / CELL_DEG).astype(np.int64)
    return np.asarray(row * _COLUMNS + column)
