"""A two-level grid of cells over all areas: most points are answered by one or two table reads, the rest by few edges.

A cell that no edge touches lies on one side of every area, so all its points have one answer. In the others a point is
tried against the areas whose edges are there, best first, by counting crossings with an exact orientation test. What
that test cannot prove goes to GEOS, so that every answer is the one that GEOS gives.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt
import shapely

from fibermap.spatial.cells import grid, lookup, shapes
from fibermap.spatial.polygons import Polygons, within
from fibermap.spatial.tree_match import TreeMatcher

_FEWEST_POINTS_AT_ONCE, _MOST_POINTS_AT_ONCE = 1 << 16, 1 << 23
_MOST_THREADS = 16

_STRIPS_PER_EDGE = 1.0
_LOWEST_STRIPS = 1e-140  # degrees; below, one strip will do

_LARGEST_GRID = 512
_CELLS_PER_PART = 64
_CELLS_PER_EDGE = 4
_SPARE_CELLS = 1_000_000
# Cells stay many times wider than the spacing of floats there, and coordinates far from overflow.
_NARROWEST_GRID = 2.0**-30
_FARTHEST = 1e9


class _Rings(NamedTuple):
    """Vertices: ring ``r`` is ``xy[ring_start[r]:ring_start[r + 1]]``, part ``p`` has rings from ``part_ring[p]``."""

    xy: npt.NDArray[np.float64]
    ring_start: npt.NDArray[np.int64]
    part_ring: npt.NDArray[np.int64]

    @classmethod
    def of(cls, parts: npt.NDArray[np.object_]) -> Self:
        _, xy, (ring_start, part_ring) = shapely.to_ragged_array(parts, include_z=False)
        return cls(np.ascontiguousarray(xy), ring_start.astype(np.int64), part_ring.astype(np.int64))

    def edges(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return the index of every edge's first vertex, and where each part's edges begin among them."""
        has_edge = np.ones(len(self.xy), dtype=np.bool_)
        has_edge[self.ring_start[1:] - 1] = False
        edges = np.flatnonzero(has_edge)
        return edges, np.searchsorted(edges, self.ring_start[self.part_ring])


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
        rings = _Rings.of(polygons.parts)
        edges, part_edge = rings.edges()
        parts = _part_table(polygons, rings.xy, edges, part_edge)
        built = shapes.build_shapes(rings.xy, rings.ring_start, rings.part_ring, parts)
        self._frame = _frame_over(rings.xy, edges, len(polygons.parts))
        place = np.append(polygons.order, np.int32(polygons.nowhere))
        cells = grid.build_cells(built, self._frame, rings.xy, edges, part_edge, place)
        self._shapes = shapes.Shapes(*(_read_only(array) for array in built))
        self._cells = grid.Cells(*(_read_only(array) for array in cells))

    @cached_property
    def _matcher(self) -> TreeMatcher:
        return TreeMatcher(self._polygons)

    @cached_property
    def _far_matcher(self) -> TreeMatcher:
        return TreeMatcher(self._far)

    def places(self, x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> npt.NDArray[np.int32]:
        """Return for each point the place of its best area, or ``polygons.nowhere``."""
        places = np.empty(len(x), dtype=np.int32)
        chunks = _chunks(len(x))
        with ThreadPoolExecutor(_threads()) as pool:
            list(pool.map(lambda chunk: self._places_of_chunk(x[chunk], y[chunk], places[chunk]), chunks))
        return places

    def _places_of_chunk(
        self, x: npt.NDArray[np.float64], y: npt.NDArray[np.float64], places: npt.NDArray[np.int32]
    ) -> None:
        x, y = _read_only(x), _read_only(y)
        if not self._has_cells:
            places[:] = self._polygons.nowhere
        else:
            lookup.classify(self._shapes, self._frame, self._cells, self._polygons.nowhere, x, y, places)
            hard = np.flatnonzero(places == lookup.ASK_GEOS)
            if len(hard):
                places[hard] = self._matcher.places(x[hard], y[hard])
        if len(self._far.parts):
            np.minimum(places, self._far_matcher.places(x, y), out=places)


def _part_table(
    polygons: Polygons, xy: npt.NDArray[np.float64], edges: npt.NDArray[np.int64], part_edge: npt.NDArray[np.int64]
) -> npt.NDArray[np.void]:
    """Describe every part, with so many strips that the edges in all of them stay linear in the vertices."""
    bounds = shapely.bounds(polygons.parts)
    height = bounds[:, 3] - bounds[:, 1]
    climb = np.add.reduceat(np.abs(xy[edges + 1, 1] - xy[edges, 1]), part_edge[:-1])
    is_flat = height <= _LOWEST_STRIPS
    edges_on_a_level = np.divide(climb, height, out=np.ones_like(height), where=~is_flat)
    count = np.diff(part_edge)
    parts = np.zeros(len(height), shapes.PART)
    parts["south"], parts["north"] = bounds[:, 1], bounds[:, 3]
    parts["strips"] = np.where(is_flat, 1, np.clip(_STRIPS_PER_EDGE * count / edges_on_a_level, 1, count))
    parts["first_strip"] = np.cumsum(parts["strips"]) - parts["strips"]
    parts["strips_per_degree"] = np.divide(parts["strips"], height, out=np.zeros_like(height), where=~is_flat)
    parts["place"] = polygons.order
    return parts


def _frame_over(xy: npt.NDArray[np.float64], edges: npt.NDArray[np.int64], parts: int) -> grid.Frame:
    """Lay the grid over all vertices, as fine as parts and edges deserve and their total length allows."""
    (west, south), (east, north) = xy.min(axis=0), xy.max(axis=0)
    narrowest = max(float(np.abs(xy).max()), 1e-9) * _NARROWEST_GRID
    width, height = max(east - west, narrowest), max(north - south, narrowest)
    length = float((np.abs(xy[edges + 1] - xy[edges]) / (width, height)).sum())
    wanted = np.sqrt(_CELLS_PER_PART * parts + len(edges) / 4)
    affordable = (_CELLS_PER_EDGE * len(edges) + _SPARE_CELLS) / max(length, 1.0)
    size = int(np.clip(min(wanted, affordable), 1, _LARGEST_GRID))
    # A hair fewer cells per degree, so that the easternmost vertex falls into the last column, not beyond it.
    cells = size * (1 - 1e-12)
    return grid.Frame(float(west), float(south), float(cells / width), float(cells / height), size)


def _chunks(points: int) -> list[slice]:
    """Share points between the threads, in pieces that bound memory and are large enough to be worth sorting."""
    size = int(np.clip(points // _threads() + 1, _FEWEST_POINTS_AT_ONCE, _MOST_POINTS_AT_ONCE))
    return [slice(start, start + size) for start in range(0, points, size)]


def _threads() -> int:
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(processors, _MOST_THREADS)


def _read_only(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return a contiguous view that cannot be written to: the one kind of array that the machine code is made for."""
    view = np.ascontiguousarray(array).view()
    view.flags.writeable = False
    return view
