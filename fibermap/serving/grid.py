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

from fibermap.spatial.metres import Plane, ground_distance_m

CELL_DEG = 0.002
"""About 200 metres of latitude."""

_FEW = 60
"""Positions up to which it takes longer to set arrays up than to go through them one by one."""
_NEAR_M, _PLAIN_LAT = 1_000.0, 80.0
"""How far from a place, and how far from the equator, distances may be taken on a plane."""
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
        # In the order of the cells, so that what is looked at together lies together.
        self._lon, self._lat = lon[arrays["cell_row"]], lat[arrays["cell_row"]]
        self._one_lon, self._one_lat = self._lon.data, self._lat.data

    def within(self, lon: float, lat: float, reach_m: float) -> list[tuple[float, int]]:
        """Return distances in metres on the ground and rows of what is within ``reach_m`` metres, nearest first."""
        plane = Plane.at(max(-_STEEPEST_LAT, min(lat, _STEEPEST_LAT)))
        dx, dy = 1.01 * reach_m / plane.east_m, 1.01 * reach_m / plane.north_m
        runs = self._in_cells(lon - dx, lat - dy, lon + dx, lat + dy)
        if reach_m > _NEAR_M or abs(lat) > _PLAIN_LAT or sum(map(len, runs)) > _FEW:
            at = np.array([at for run in runs for at in run], dtype=np.intp)
            at = at[(np.abs(self._lon[at] - lon) <= dx) & (np.abs(self._lat[at] - lat) <= dy)]
            away_m = ground_distance_m(lon, lat, self._lon[at], self._lat[at]).tolist()
            found = at.tolist()
        else:
            x, y = self._one_lon, self._one_lat
            found = [at for run in runs for at in run if abs(x[at] - lon) <= dx and abs(y[at] - lat) <= dy]
            away_m = plane.distances_m([(x[at] - lon, y[at] - lat) for at in found])
        row = self._row
        return sorted([(away, row[at]) for away, at in zip(away_m, found, strict=True) if away <= reach_m])

    def _in_cells(self, west: float, south: float, east: float, north: float) -> list[range]:
        """Return the runs of positions in the cells that a rectangle touches."""
        first_column, last_column = _column(west), _column(east)
        runs = []
        for line in range(_line(south), _line(north) + 1):
            if line in self._lines:
                begin, end = self._lines[line]
                begin = bisect_left(self._code, line * _COLUMNS + first_column, begin, end)
                runs.append(range(begin, bisect_right(self._code, line * _COLUMNS + last_column, begin, end)))
        return runs


def _line(lat: float) -> int:
    return math.floor((lat + 180.0) / CELL_DEG)


def _column(lon: float) -> int:
    return math.floor((lon + 360.0) / CELL_DEG)


def _code(lon: Floats, lat: Floats) -> npt.NDArray[np.int64]:
    column = np.floor((lon + 360.0) / CELL_DEG).astype(np.int64)
    row = np.floor((lat + 180.0) / CELL_DEG).astype(np.int64)
    return np.asarray(row * _COLUMNS + column)
