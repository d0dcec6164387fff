"""Classification by R-tree and GEOS alone: for small inputs, without numba, and for what is too odd for cells.

GEOS has two minds about polygons whose holes overlap one another or leave their shell: a prepared one counts
crossings over all rings, a plain one asks shell and holes in turn. The plain answer is the one that
``shapely.intersects(area, point)`` gives, and therefore ours; for all other polygons both agree, and prepared is
faster.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import shapely

from fibermap.spatial.polygons import Polygons

_POINTS_AT_ONCE = 200_000
_PAIRS_AT_ONCE = 4_000_000


class TreeMatcher:
    """Finds the polygons under points. Immutable; one instance may serve many threads."""

    def __init__(self, polygons: Polygons) -> None:
        self._polygons = polygons
        self._plain = _needs_plain_answer(polygons.parts)

    def places(self, x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> npt.NDArray[np.int32]:
        """Return for each point the place of its best area, or ``polygons.nowhere``."""
        places = np.full(len(x), self._polygons.nowhere, dtype=np.int32)
        for start in range(0, len(x), _POINTS_AT_ONCE):
            chunk = slice(start, start + _POINTS_AT_ONCE)
            for point, part in self.pairs(x[chunk], y[chunk]):
                np.minimum.at(places[chunk], point, self._polygons.order[part])
        return places

    def pairs(
        self, x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]
    ) -> Iterator[tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]]:
        """Yield blocks of (point, part) index arrays, every pair that intersects, parts ascending.

        Points must be few enough for one tree; those with NaN or infinite coordinates match nothing.
        """
        known = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
        if len(known) == 0 or len(self._polygons.parts) == 0:
            return
        points = shapely.points(x[known], y[known])
        tree = shapely.STRtree(points)
        parts_at_once = max(1, _PAIRS_AT_ONCE // len(known))
        for start in range(0, len(self._polygons.parts), parts_at_once):
            part, point = self._block(tree, points, slice(start, start + parts_at_once))
            yield known[point], part + start

    def _block(
        self, tree: shapely.STRtree, points: npt.NDArray[np.object_], block: slice
    ) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        parts, plain = self._polygons.parts[block], self._plain[block]
        if not plain.any():
            part, point = tree.query(parts, predicate="intersects")
            return part, point
        quick, slow = np.flatnonzero(~plain), np.flatnonzero(plain)
        quick_part, quick_point = tree.query(parts[quick], predicate="intersects")
        near_part, near_point = tree.query(parts[slow])
        hit = shapely.intersects(parts[slow][near_part], points[near_point])
        part = np.concatenate([quick[quick_part], slow[near_part[hit]]])
        point = np.concatenate([quick_point, near_point[hit]])
        ascending = np.argsort(part, kind="stable")
        return part[ascending], point[ascending]


def _needs_plain_answer(parts: npt.NDArray[np.object_]) -> npt.NDArray[np.bool_]:
    plain: npt.NDArray[np.bool_] = shapely.get_num_interior_rings(parts) > 0
    plain[plain] = ~shapely.is_valid(parts[plain])
    return plain
