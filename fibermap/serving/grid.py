"""The addresses around a place, from two arrays that may lie in a file.

Positions are sorted by cell, row of cells by row of cells, so that what lies between two longitudes in one row of cells
is one run.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from fibermap.spatial.metres import ground_distance_m, metres_per_degree

CELL_DEG = 0.002
"""About 200 metres of latitude."""

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

    def within(self, lon: float, lat: float, reach_m: float) -> tuple[Rows, Floats]:
        """Return the rows within ``reach_m`` metres on the ground, nearest first, and their distances in metres."""
        east_m, north_m = metres_per_degree(min(abs(lat), _STEEPEST_LAT))
        dx, dy = 1.01 * reach_m / float(east_m), 1.01 * reach_m / float(north_m)
        rows = self.between(lon - dx, lat - dy, lon + dx, lat + dy)
        if not len(rows):
            return rows, np.empty(0)
        distance_m = ground_distance_m(
            np.full(len(rows), lon), np.full(len(rows), lat), self._lon[rows], self._lat[rows]
        )
        near = np.flatnonzero(distance_m <= reach_m)
        near = near[np.lexsort((rows[near], distance_m[near]))]
        return rows[near], distance_m[near]

    def between(self, west: float, south: float, east: float, north: float) -> Rows:
        """Return the rows in a rectangle, edges included."""
        first = _code(np.array([west]), np.array([south]))[0]
        last = _code(np.array([east]), np.array([north]))[0]
        width = last % _COLUMNS - first % _COLUMNS
        begins = np.arange(first, last - width + 1, _COLUMNS)
        bounds = np.searchsorted(self._code, np.concatenate([begins, begins + width + 1]))
        half = len(begins)
        runs = [self._row[bounds[i] : bounds[half + i]] for i in range(half)]
        rows = np.concatenate(runs).astype(np.intp) if runs else np.empty(0, dtype=np.intp)
        lon, lat = self._lon[rows], self._lat[rows]
        return rows[(lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)]


def _code(lon: Floats, lat: Floats) -> npt.NDArray[np.int64]:
    column = np.floor((lon + 360.0) / CELL_DEG).astype(np.int64)
    row = np.floor((lat + 180.0) / CELL_DEG).astype(np.int64)
    return np.asarray(row * _COLUMNS + column)
