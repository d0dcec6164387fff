"""Classification by R-tree and GEOS alone: for small inputs, without numba, and for what is too odd for cells.

Neighbouring points are put into small boxes, and the tree of polygons is asked for each box instead of each point; only
then is GEOS asked about the points that lie in a polygon's own box. That makes no geometry of any point.

GEOS has two minds about polygons whose holes overlap one another or leave their shell: a prepared one counts
crossings over all rings, a plain one asks shell and holes in turn. The plain answer is the one that
``shapely.intersects(area, point)`` gives, and therefore ours; for all other polygons both agree, and prepared is
faster.
"""

from __future__ import annotations

from collections.abc import Iterator
from threading import Lock

import numpy as np
import numpy.typing as npt
import shapely

from fibermap.spatial.polygons import Polygons

_POINTS_IN_A_BOX = 16
_PAIRS_AT_ONCE = 4_000_000

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class TreeMatcher:
    """Finds the polygons under points. One instance may serve many threads."""

    def __init__(self, polygons: Polygons) -> None:
        self._polygons = polygons
        self._tree = shapely.STRtree(polygons.parts)
        self._bounds = shapely.bounds(polygons.parts).reshape(-1, 4)
        self._to_prepare = ~_needs_plain_answer(polygons.parts)
        self._lock = Lock()

    def areas(self, x: Floats, y: Floats) -> npt.NDArray[np.int32]:
        """Return for each point the index of its best area, or -1."""
        return self._polygons.area[self.places(x, y)]

    def places(self, x: Floats, y: Floats) -> npt.NDArray[np.int32]:
        """Return for each point the place of its best area, or ``polygons.nowhere``."""
        places = np.full(len(x), self._polygons.nowhere, dtype=np.int32)
        known = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
        if not len(known) or not len(self._polygons.parts):
            return places
        known = known[_along_a_curve(x[known], y[known])]
        x, y = x[known], y[known]
        for point, part in self._near(x, y):
            hit = _intersects(self._prepared(part), x[point], y[point])
            np.minimum.at(places, known[point[hit]], self._polygons.order[part[hit]])
        return places

    def _near(self, x: Floats, y: Floats) -> Iterator[tuple[Ints, Ints]]:
        """Yield (point, part) index arrays of all pairs where the point lies in the polygon's box."""
        first = np.arange(0, len(x), _POINTS_IN_A_BOX)
        low = np.minimum.reduceat(x, first), np.minimum.reduceat(y, first)
        high = np.maximum.reduceat(x, first), np.maximum.reduceat(y, first)
        box, part = self._tree.query(shapely.box(*low, *high))
        boxes_at_once = _PAIRS_AT_ONCE // _POINTS_IN_A_BOX
        for start in range(0, len(box), boxes_at_once):
            some = slice(start, start + boxes_at_once)
            point = first[box[some], None] + np.arange(_POINTS_IN_A_BOX)
            pair_part = np.broadcast_to(part[some, None], point.shape)
            there = point < len(x)
            point, pair_part = point[there], pair_part[there]
            west, south, east, north = self._bounds[pair_part].T
            within = (x[point] >= west) & (x[point] <= east) & (y[point] >= south) & (y[point] <= north)
            yield point[within], pair_part[within]

    def _prepared(self, part: Ints) -> npt.NDArray[np.object_]:
        """Return polygons ready to be asked.

        GEOS completes a prepared polygon when it is first asked, which two threads must not do at once.
        """
        parts = self._polygons.parts
        with self._lock:
            wanted = np.zeros(len(parts), dtype=np.bool_)
            wanted[part] = True
            new = np.flatnonzero(wanted & self._to_prepare)
            shapely.prepare(parts[new])
            corner = shapely.get_coordinates(shapely.get_point(shapely.get_exterior_ring(parts[new]), 0))
            _intersects(parts[new], corner[:, 0], corner[:, 1])
            self._to_prepare[new] = False
        return parts[part]


def _intersects(parts: npt.NDArray[np.object_], x: Floats, y: Floats) -> npt.NDArray[np.bool_]:
    with np.errstate(invalid="ignore"):  # GEOS computes with infinities on its way to the right answer
        return np.asarray(shapely.intersects_xy(parts, x, y), dtype=np.bool_)


def _along_a_curve(x: Floats, y: Floats) -> npt.NDArray[np.intp]:
    """Return an order in which points that follow one another are near one another (Morton's)."""
    return np.argsort(_spread_bits(_in_16_bits(x)) | (_spread_bits(_in_16_bits(y)) << np.uint64(1)), kind="stable")


def _in_16_bits(values: Floats) -> npt.NDArray[np.uint64]:
    """Return where values lie between the least and the largest, in 16 bits."""
    half = values / 2  # so that no difference overflows
    low, high = half.min(), half.max()
    share = (half - low) / max(high - low, np.finfo(np.float64).tiny)
    return np.asarray(share * 65_535, dtype=np.uint64)


def _spread_bits(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Put a zero before each of the lowest 16 bits."""
    for shift, mask in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
        values = (values | (values << np.uint64(shift))) & np.uint64(mask)
    return values


def _needs_plain_answer(parts: npt.NDArray[np.object_]) -> npt.NDArray[np.bool_]:
    plain: npt.NDArray[np.bool_] = shapely.get_num_interior_rings(parts) > 0
    plain[plain] = ~shapely.is_valid(parts[plain])
    return plain
