"""An R-tree of areas for single questions: what covers this address, how far is the edge, what lies in this box."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from fibermap.spatial.metres import metres_per_degree
from fibermap.spatial.polygons import polygons_by_precedence

_MOST_POINTS_AT_ONCE = 50_000


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
        tree, first, second = self._edges
        east_m, north_m = metres_per_degree(y)
        reach_x, reach_y = within_m / east_m, within_m / north_m
        point, edge = tree.query(shapely.box(x - reach_x, y - reach_y, x + reach_x, y + reach_y))
        scale = np.column_stack([east_m[point], north_m[point]])
        here = np.column_stack([x[point], y[point]])
        distance_m = _distance_from_origin((first[edge] - here) * scale, (second[edge] - here) * scale)
        nearest_m = np.full(len(x), np.inf)
        np.minimum.at(nearest_m, point, distance_m)
        nearest_m[nearest_m > within_m] = np.inf
        return nearest_m

    @cached_property
    def _edges(self) -> tuple[shapely.STRtree, npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        vertices, ring = shapely.get_coordinates(shapely.get_rings(self._polygons.parts), return_index=True)
        same_ring = ring[1:] == ring[:-1]
        first, second = vertices[:-1][same_ring], vertices[1:][same_ring]
        return shapely.STRtree(shapely.linestrings(np.stack([first, second], axis=1))), first, second


def _distance_from_origin(start: npt.NDArray[np.float64], end: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the distance of the origin from segments, shape ``(n, 2)`` each."""
    along = end - start
    length_squared = (along**2).sum(axis=1)
    share = np.divide(-(start * along).sum(axis=1), length_squared, out=np.zeros(len(start)), where=length_squared > 0)
    nearest = start + np.clip(share, 0, 1)[:, None] * along
    distance: npt.NDArray[np.float64] = np.hypot(nearest[:, 0], nearest[:, 1])
    return distance
