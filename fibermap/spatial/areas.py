"""An R-tree of areas for single questions: what covers this address, how far is the edge, what lies in this box."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from fibermap.spatial.metres import metres_per_degree
from fibermap.spatial.polygons import polygons_by_precedence

_MOST_POINTS_AT_ONCE = 50_000
_RUN = 8
_STEEPEST_LAT = 89.9


class AreaIndex:
    """Areas for lookups of one or a few points. Immutable; one instance may serve many threads.

    Parameters
    ----------
    areas, rank
        As in :func:`fibermap.spatial.classify_points`; all indexes returned are into ``areas``.
    """

    def __init__(self, areas: Sequence[BaseGeometry | None], rank: npt.ArrayLike) -> None:
        self._polygons = polygons_by_precedence(areas, rank)
        self._tree = shapely.STRtree(self._polygons.parts)
        self._runs: dict[float, shapely.STRtree] = {}

    def covering(self, lon: float, lat: float) -> npt.NDArray[np.int32]:
        """Return all areas that cover a point, best precedence first.

        Parameters
        ----------
        lon, lat
            Degrees (EPSG:4326). NaN or infinite: nothing covers it.

        Returns
        -------
        numpy.ndarray
            Shape ``(k,)``, int32. The first is what ``classify_points`` answers; empty where that is -1.
        """
        if not np.isfinite([lon, lat]).all():
            return np.empty(0, dtype=np.int32)
        return self._areas_of(self._tree.query(shapely.Point(lon, lat), predicate="intersects"))

    def in_box(self, west: float, south: float, east: float, north: float) -> npt.NDArray[np.int32]:
        """Return all areas that intersect a box given in degrees, best precedence first; int32, shape ``(k,)``."""
        return self._areas_of(self._tree.query(shapely.box(west, south, east, north), predicate="intersects"))

    def _areas_of(self, part: npt.NDArray[np.intp]) -> npt.NDArray[np.int32]:
        return self._polygons.area[np.unique(self._polygons.order[part])]

    def edge_distance_m(self, lon: npt.ArrayLike, lat: npt.ArrayLike, *, within_m: float) -> npt.NDArray[np.float64]:
        """Measure how far each point is from the nearest edge of any area, inside or outside it.

        Parameters
        ----------
        lon, lat
            Shape ``(n,)``, degrees (EPSG:4326).
        within_m
            How far to look, metres.

        Returns
        -------
        numpy.ndarray
            Shape ``(n,)``, metres on the ground; infinite where no edge is that near, or the point is NaN or infinite.
            Measured on the ellipsoid's tangent plane at the point: good to a thousandth of the distance up to a
            kilometre, away from the poles.
        """
        x, y = np.atleast_1d(np.asarray(lon, np.float64)), np.atleast_1d(np.asarray(lat, np.float64))
        nearest_m = np.full(len(x), np.inf)
        known = np.flatnonzero(np.isfinite(x) & np.isfinite(y) & (np.abs(y) < 90))
        for start in range(0, len(known), _MOST_POINTS_AT_ONCE):
            chunk = known[start : start + _MOST_POINTS_AT_ONCE]
            nearest_m[chunk] = self._nearest_m(x[chunk], y[chunk], within_m)
        return nearest_m

    def _nearest_m(
        self, x: npt.NDArray[np.float64], y: npt.NDArray[np.float64], within_m: float
    ) -> npt.NDArray[np.float64]:
        edges = self._edges
        east_m, north_m = metres_per_degree(y)
        point, run = self._runs_within(within_m).query(shapely.points(x, y))
        nearest_m = np.full(len(x), np.inf)
        if not len(point):
            return nearest_m
        length = edges.length[run]
        first = np.concatenate([[0], np.cumsum(length)[:-1]])  # of each pair's edges, all of them one after the other
        edge = np.arange(length.sum()) + np.repeat(edges.begin[run] - first, length)
        of = np.repeat(point, length)
        scale, here = np.column_stack([east_m[of], north_m[of]]), np.column_stack([x[of], y[of]])
        distance_m = _distance_from_origin((edges.start[edge] - here) * scale, (edges.end[edge] - here) * scale)
        np.minimum.at(nearest_m, point, np.minimum.reduceat(distance_m, first))
        nearest_m[nearest_m > within_m] = np.inf
        return nearest_m

    def _runs_within(self, within_m: float) -> shapely.STRtree:
        """Return a tree in which a point finds at least the runs of edges that are that near."""
        if within_m not in self._runs:
            self._runs[within_m] = self._edges.tree(within_m)
        return self._runs[within_m]

    @cached_property
    def _edges(self) -> _Edges:
        return _Edges.of(self._polygons.parts)


class _Edges(NamedTuple):
    """The edges of polygons, in runs of a few that are looked up together: a tree of every edge takes seconds to grow.

    Attributes
    ----------
    least, most
        Shape ``(runs, 2)``, degrees: the corners of the box around each run.
    begin, length
        The first edge of each run, and how many it has.
    start, end
        Shape ``(edges, 2)``, degrees.
    """

    least: npt.NDArray[np.float64]
    most: npt.NDArray[np.float64]
    begin: npt.NDArray[np.intp]
    length: npt.NDArray[np.intp]
    start: npt.NDArray[np.float64]
    end: npt.NDArray[np.float64]

    @classmethod
    def of(cls, parts: npt.NDArray[np.object_]) -> _Edges:
        vertices, ring = shapely.get_coordinates(shapely.get_rings(parts), return_index=True)
        same_ring = ring[1:] == ring[:-1]
        start, end, ring = vertices[:-1][same_ring], vertices[1:][same_ring], ring[:-1][same_ring]
        in_ring = np.arange(len(ring)) - np.searchsorted(ring, ring)
        begin = np.flatnonzero(in_ring % _RUN == 0)
        if not len(begin):
            return cls(start, end, begin, begin, start, end)
        least = np.minimum.reduceat(np.minimum(start, end), begin)
        most = np.maximum.reduceat(np.maximum(start, end), begin)
        return cls(least, most, begin, np.diff(begin, append=len(ring)), start, end)

    def tree(self, within_m: float) -> shapely.STRtree:
        """Return the boxes around the runs, grown by so many metres and a little more."""
        south, north = self.least[:, 1], self.most[:, 1]
        _, up_m = metres_per_degree(np.zeros(1))  # a degree of latitude is shortest at the equator
        reach_y = 1.01 * within_m / up_m
        poleward = np.minimum(np.maximum(np.abs(south), np.abs(north)) + reach_y, _STEEPEST_LAT)
        reach_x = 1.01 * within_m / metres_per_degree(poleward)[0]
        west, east = self.least[:, 0] - reach_x, self.most[:, 0] + reach_x
        return shapely.STRtree(shapely.box(west, south - reach_y, east, north + reach_y))


def _distance_from_origin(start: npt.NDArray[np.float64], end: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the distance of the origin from segments, shape ``(n, 2)`` each."""
    along = end - start
    length_squared = (along**2).sum(axis=1)
    share = np.divide(-(start * along).sum(axis=1), length_squared, out=np.zeros(len(start)), where=length_squared > 0)
    nearest = start + np.clip(share, 0, 1)[:, None] * along
    distance: npt.NDArray[np.float64] = np.hypot(nearest[:, 0], nearest[:, 1])
    return distance
