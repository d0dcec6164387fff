"""Which points lie so near an area's edge that their own error could put them on either side of it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from fibermap.spatial.areas import AreaIndex
from fibermap.spatial.classify import Engine, best_engine
from fibermap.spatial.metres import metres_per_degree
from fibermap.spatial.polygons import polygons_by_precedence

if TYPE_CHECKING:
    from fibermap.spatial.cells.edges import EdgeGrid

METRES_PER_DEGREE = 111_320.0
"""Of latitude, for windows; distances that decide are measured by :mod:`fibermap.spatial.distance`."""

_LARGEST_GRID = 2048
_MOST_SAMPLES = 20_000_000
_REACHES_PER_CELL = 4
_STEEPEST_LAT = 89.0

Floats = npt.NDArray[np.float64]


class EdgeBands:
    """The strips of ground within ``width_m`` of the edges of areas. Immutable; may serve many threads.

    Many points are measured by machine code against the edges in the cells around them. For few, a coarse picture of
    the strips answers for most, and the rest are measured against the edges that a tree finds around them.

    Parameters
    ----------
    areas
        Shape ``(n,)``, polygons in EPSG:4326, longitude first; holes have edges too. None and empty have none.
    width_m
        Metres on the ground, above 0.
    engine
        ``"tree"`` or ``"cells"``; by default what suits the number of points of each question.
    """

    def __init__(
        self,
        areas: Sequence[BaseGeometry] | npt.NDArray[np.object_],
        width_m: float,
        *,
        engine: Engine | None = None,
    ) -> None:
        self._areas = np.asarray(areas, dtype=object)
        self._width_m = width_m
        self._engine = engine

    def near(self, lon: npt.ArrayLike, lat: npt.ArrayLike) -> npt.NDArray[np.bool_]:
        """Return which points lie within the strips, their margin included.

        Parameters
        ----------
        lon, lat
            Shape ``(n,)``, degrees in EPSG:4326. NaN lies nowhere.

        Returns
        -------
        numpy.ndarray
            Shape ``(n,)``, bool.
        """
        x, y = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
        if not len(self._edges[0]):
            return np.zeros(len(x), dtype=np.bool_)
        if (self._engine or best_engine(len(x))) == "cells":
            return self._by_cells(x, y)
        near = np.zeros(len(x), dtype=np.bool_)
        maybe = np.flatnonzero(self._picture.maybe(x, y))
        distance_m = self._index.edge_distance_m(x[maybe], y[maybe], within_m=self._width_m)
        near[maybe] = np.isfinite(distance_m)
        return near

    def _by_cells(self, x: Floats, y: Floats) -> npt.NDArray[np.bool_]:
        from fibermap.spatial.cells.edges import near_edge

        near = np.zeros(len(x), dtype=np.bool_)
        known = np.flatnonzero(np.isfinite(x) & (np.abs(y) < 90))
        near[known] = near_edge(self._grid, x[known], y[known], *metres_per_degree(y[known]), self._width_m)
        return near

    @cached_property
    def _parts(self) -> npt.NDArray[np.object_]:
        return polygons_by_precedence(list(self._areas), np.zeros(len(self._areas))).parts

    @cached_property
    def _edges(self) -> tuple[Floats, Floats]:
        """Where each edge of each ring begins and ends, shape ``(n, 2)`` each."""
        xy, ring = shapely.get_coordinates(shapely.get_rings(self._parts), return_index=True)
        joined = ring[1:] == ring[:-1]
        return xy[:-1][joined], xy[1:][joined]

    @cached_property
    def _index(self) -> AreaIndex:
        return AreaIndex(list(self._parts), np.zeros(len(self._parts), dtype=np.int64))

    @cached_property
    def _picture(self) -> _Picture:
        return _Picture(*self._edges, self._width_m)

    @cached_property
    def _grid(self) -> EdgeGrid:
        from fibermap.spatial.cells.edges import EdgeFrame, edge_grid

        (west, south), (width, height), (rows, columns) = _raster(*self._edges, self._width_m)
        return edge_grid(EdgeFrame(west, south, width, height, columns, rows), *self._edges)


def _raster(first: Floats, second: Floats, width_m: float) -> tuple[Floats, Floats, tuple[int, int]]:
    """Return the corner, the cell's sides and the rows and columns of a raster around edges.

    A cell is at least four reaches long, so that whatever is within reach of an edge is at most one cell away from a
    step along it.
    """
    low, high = np.minimum(first, second).min(axis=0), np.maximum(first, second).max(axis=0)
    east_m, north_m = metres_per_degree(min(np.abs([low[1], high[1]]).max(), _STEEPEST_LAT))
    # A degree of latitude is longer here than anywhere nearer the equator, by a hundredth at most.
    reach = 1.02 * width_m / np.array([float(east_m), float(north_m)])
    length = np.abs(second - first).sum(axis=0)
    finest = np.maximum((high - low) / _LARGEST_GRID, 4 * length / _MOST_SAMPLES)
    cell = np.maximum(finest, _REACHES_PER_CELL * reach)
    columns, rows = np.ceil((high - low) / cell).astype(np.int64) + 3
    return low - cell, cell, (int(rows), int(columns))


class _Picture:
    """A picture of all edges in so coarse a raster that whatever is within reach of one is at most one cell away."""

    def __init__(self, first: Floats, second: Floats, width_m: float) -> None:
        self._corner, self._cell, shape = _raster(first, second, width_m)
        marked = np.zeros(shape, dtype=np.bool_)
        column, row = self._at(_samples(first, second, self._cell)).T
        marked[row, column] = True
        self._marked = _spread(marked)

    def maybe(self, x: Floats, y: Floats) -> npt.NDArray[np.bool_]:
        """Return False for points that are certainly not within reach of any edge."""
        found = np.zeros(len(x), dtype=np.bool_)
        rows, columns = self._marked.shape
        high = self._corner + self._cell * (columns, rows)
        inside = np.flatnonzero((x >= self._corner[0]) & (x < high[0]) & (y >= self._corner[1]) & (y < high[1]))
        column, row = self._at(np.column_stack([x[inside], y[inside]])).T
        found[inside] = self._marked[np.minimum(row, rows - 1), np.minimum(column, columns - 1)]
        return found

    def _at(self, xy: Floats) -> npt.NDArray[np.int64]:
        return ((xy - self._corner) / self._cell).astype(np.int64)


def _samples(first: Floats, second: Floats, cell: Floats) -> Floats:
    """Return points along every edge, half a cell apart or nearer, its end left to the edge that begins there."""
    steps = np.ceil(2 * (np.abs(second - first) / cell).max(axis=1)).clip(1).astype(np.int64)
    edge = np.repeat(np.arange(len(first)), steps)
    step = np.arange(len(edge)) - np.repeat(np.cumsum(steps) - steps, steps)
    return np.asarray(first[edge] + (second - first)[edge] * (step / steps[edge])[:, None])


def _spread(marked: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Mark the eight neighbours of every marked cell too."""
    across = marked.copy()
    across[:, 1:] |= marked[:, :-1]
    across[:, :-1] |= marked[:, 1:]
    spread = across.copy()
    spread[1:] |= across[:-1]
    spread[:-1] |= across[1:]
    return spread
