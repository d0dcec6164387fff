"""A two-level grid of cells over all areas: most points are answered by two table reads, the rest by a few edges.

A cell that no edge touches lies on one side of every area, so all its points have one answer. In the others a point is
tried against the areas whose edges are there, best first, by counting its crossings with just those edges (see
:mod:`fibermap.spatial.cells.runs`) with an exact orientation test. What that test cannot prove goes to GEOS, so that
every answer is the one that GEOS gives.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from fibermap.spatial.cells import grid, lookup
from fibermap.spatial.cells.divide import Frame
from fibermap.spatial.cells.runs import ASK_GEOS, ENDS_PART, ENDS_RING, HOLE, RUN
from fibermap.spatial.polygons import Polygons, within
from fibermap.spatial.threads import threads
from fibermap.spatial.tree_match import TreeMatcher

_POINTS_AT_ONCE = 1 << 17

_LARGEST_GRID = 512
_CELLS_PER_PART = 64
_CELLS_PER_EDGE = 4
_SPARE_CELLS = 1_000_000
# Cells stay many times wider than the spacing of floats there, and coordinates far from overflow.
_NARROWEST_GRID = 2.0**-30
_FARTHEST = 1e9


class CellCover:
    """Areas prepared for millions of points. Immutable; one instance may serve many threads.

    Parameters
    ----------
    polygons
        The areas. Parts with coordinates beyond a thousand million, where cells would be useless, go to the R-tree.
    """

    def __init__(self, polygons: Polygons) -> None:
        near = within(polygons.parts, _FARTHEST)
        self._polygons = polygons
        self._far = polygons.select(~near)
        self._has_cells = bool(near.any())
        if self._has_cells:
            self._build(polygons.select(near))

    def _build(self, polygons: Polygons) -> None:
        _, xy, (ring_start, part_ring) = shapely.to_ragged_array(polygons.parts, include_z=False)
        self._xy = _read_only(xy)
        self._frame = _frame_over(xy, ring_start, len(polygons.parts))
        rings = _rings(ring_start, part_ring, polygons.order)
        cells = grid.build_cells(self._frame, self._xy, rings, polygons.nowhere)
        self._cells = grid.Cells(*(_read_only(array) for array in cells))

    @cached_property
    def _matcher(self) -> TreeMatcher:
        return TreeMatcher(self._polygons)

    @cached_property
    def _far_matcher(self) -> TreeMatcher:
        return TreeMatcher(self._far)

    def areas(self, x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> npt.NDArray[np.int32]:
        """Return for each point the index of its best area, or -1."""
        areas = np.empty(len(x), dtype=np.int32)
        x, y = _read_only(x), _read_only(y)

        def answer(chunk: slice) -> None:
            areas[chunk] = self._polygons.area[self._places(x[chunk], y[chunk])]

        with ThreadPoolExecutor(threads()) as pool:
            list(pool.map(answer, _chunks(len(x))))
        return areas

    def _places(self, x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> npt.NDArray[np.int32]:
        places = np.full(len(x), self._polygons.nowhere, dtype=np.int32)
        if self._has_cells:
            lookup.classify(self._frame, self._cells, self._xy, x, y, places)
            hard = np.flatnonzero(places == ASK_GEOS)
            if len(hard):
                places[hard] = self._matcher.places(x[hard], y[hard])
        if len(self._far.parts):
            np.minimum(places, self._far_matcher.places(x, y), out=places)
        return places


def _rings(
    ring_start: npt.NDArray[np.int64], part_ring: npt.NDArray[np.int64], order: npt.NDArray[np.int32]
) -> npt.NDArray[np.void]:
    """Return every ring as one run. Ring ``r`` begins at vertex ``ring_start[r]``, part ``p`` with ``part_ring[p]``."""
    rings = np.zeros(len(ring_start) - 1, RUN)
    rings["first"], rings["edges"] = ring_start[:-1], np.diff(ring_start) - 1
    rings["flags"] = ENDS_RING | HOLE
    rings["flags"][part_ring[:-1]] = ENDS_RING
    rings["flags"][part_ring[1:] - 1] |= ENDS_PART
    rings["place"] = np.repeat(order, np.diff(part_ring))
    return rings


def _frame_over(xy: npt.NDArray[np.float64], ring_start: npt.NDArray[np.int64], parts: int) -> Frame:
    """Lay the grid over all vertices, as fine as parts and edges deserve and their total length allows."""
    (west, south), (east, north) = xy.min(axis=0), xy.max(axis=0)
    narrowest = max(float(np.abs(xy).max()), 1e-9) * _NARROWEST_GRID
    width, height = max(east - west, narrowest), max(north - south, narrowest)
    length_by_axis = np.abs(np.diff(xy, axis=0))
    length_by_axis[ring_start[1:-1] - 1] = 0  # from ring to ring there is no edge
    length = float((length_by_axis.sum(axis=0) / (width, height)).sum())
    wanted = np.sqrt(_CELLS_PER_PART * parts + len(xy) / 4)
    affordable = (_CELLS_PER_EDGE * len(xy) + _SPARE_CELLS) / max(length, 1.0)
    size = int(np.clip(min(wanted, affordable), 1, _LARGEST_GRID))
    # A hair fewer cells per degree, so that the easternmost vertex falls into the last column, not beyond it.
    cells = size * (1 - 1e-12)
    return Frame(float(west), float(south), float(cells / width), float(cells / height), size)


def _chunks(points: int) -> list[slice]:
    """Cut points into pieces that are many, so that no thread is idle for long, and small beside the caches."""
    return [slice(start, start + _POINTS_AT_ONCE) for start in range(0, points, _POINTS_AT_ONCE)]


def _read_only(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return a contiguous view that cannot be written to: the one kind of array that the machine code is made for."""
    view = np.ascontiguousarray(array).view()
    view.flags.writeable = False
    return view
