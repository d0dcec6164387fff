"""Strips of ground that are left between neighbouring areas drawn by hand.

A strip is what closes when the areas grow by half its width and shrink again. Growing a whole county takes minutes, so
only the narrows are looked at: where edges of two areas come within the width of one another. Whatever lies between two
areas, and is narrower than the width, lies there.

Areas grow and shrink with their corners kept sharp (mitred), so that the corner that two areas make where they touch is
no strip. That is not steady in the width: a bend of less than a hundredth of it counts as straight in GEOS or does not,
as the ring happens to begin. What closes at the width and at a little less is found, however the ring begins.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from fibermap.spatial.metres import Floats, area_m2, from_local, polygon_parts, to_local
from fibermap.spatial.overlaps import MOST_PAIRS, NEGLIGIBLE_M2
from fibermap.spatial.repair import repair
from fibermap.spatial.threads import threads

Shapes = NDArray[np.object_]
Rows = NDArray[np.intp]

NARROWS_AT_ONCE = 500
_GRID_M = 1e-4
"""Edges that the buffer has moved by less lie on one another: else hairs of no width hang on to strips."""


class Gap(NamedTuple):
    """Ground between areas: its polygon in EPSG:4326, and the indices of the areas within the width of it."""

    polygon: shapely.Polygon
    area_m2: float
    areas: tuple[int, ...]


def gaps(areas: Any, width_m: float) -> list[Gap]:
    """Find strips narrower than ``width_m`` metres that lie between two or more areas.

    An address in such a strip would fall out of coverage.

    Parameters
    ----------
    areas
        As in :func:`fibermap.spatial.overlaps.overlaps`.
    width_m
        Widest strip, measured across; above 0.

    Returns
    -------
    list of Gap
        From the south, then the west; as far as the strip lies within the width of two areas, of the first
        :data:`~fibermap.spatial.overlaps.MOST_PAIRS` pairs of shapes. What is narrow within one area is its own
        affair.
    """
    polygons = np.array([_area_or_none(area) for area in repair(areas).geometries], dtype=object)
    present = np.flatnonzero(~shapely.is_missing(polygons))
    if present.size < 2:
        return []
    west, south, east, north = shapely.total_bounds(polygons[present])
    origin = ((west + east) / 2, (south + north) / 2)
    local = to_local(polygons[present], origin)
    tree = shapely.STRtree(local)
    narrows = _narrows(local, width_m)
    some = [narrows[start : start + NARROWS_AT_ONCE] for start in range(0, len(narrows), NARROWS_AT_ONCE)]
    with ThreadPoolExecutor(threads()) as pool:  # GEOS lets the interpreter go
        found = [strip for each in pool.map(lambda few: _strips(local, tree, few, width_m), some) for strip in each]
    return sorted(_gaps(found, present, origin), key=lambda gap: (gap.polygon.bounds[1], gap.polygon.bounds[0]))


def _narrows(local: Shapes, width_m: float) -> Shapes:
    """Return the places, as polygons apart from one another, where edges of two areas come that near.

    Where areas have one shape, all pairs of them come near at the same places: shapes are compared, once each.
    """
    _, first_of, times = np.unique(shapely.to_wkb(local), return_index=True, return_counts=True)
    order = np.argsort(first_of)
    shapes, repeated = local[first_of[order]], times[order] > 1
    first, second = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=width_m)
    neighbours = (first < second) | ((first == second) & repeated[first])
    first, second = first[neighbours][:MOST_PAIRS], second[neighbours][:MOST_PAIRS]
    edges = _Edges(shapes)
    near = [edges.near(one, other, width_m) for one, other in zip(first.tolist(), second.tolist(), strict=True)]
    boxes = np.concatenate([np.empty((0, 4)), *near])
    return np.array(polygon_parts(shapely.union_all(shapely.box(*boxes.T))), dtype=object)


class _Edges:
    """The edges of areas, each as the box around it: west, south, east, north, metres."""

    def __init__(self, local: Shapes) -> None:
        parts, area_of_part = shapely.get_parts(local, return_index=True)
        rings, part_of_ring = shapely.get_rings(parts, return_index=True)
        xy, ring = shapely.get_coordinates(rings, return_index=True)
        joined = ring[1:] == ring[:-1]
        start, end = xy[:-1][joined], xy[1:][joined]
        self._box = np.hstack([np.minimum(start, end), np.maximum(start, end)])
        area = area_of_part[part_of_ring[ring[:-1][joined]]]
        self._begin = np.searchsorted(area, np.arange(len(local) + 1))
        self._bounds = shapely.bounds(local)

    def near(self, one: int, other: int, width_m: float) -> Floats:
        """Return boxes that hold every place within some metres of an edge of each of two areas."""
        shared = _both(self._bounds[one], self._bounds[other], width_m)
        mine, theirs = self._within(one, shared), self._within(other, shared)
        tree = shapely.STRtree(shapely.box(*_grown(theirs, width_m).T))
        first, second = tree.query(shapely.box(*_grown(mine, width_m).T))
        if not len(first):
            return np.empty((0, 4))
        boxes, begin = _both(mine[first], theirs[second], width_m), np.flatnonzero(np.diff(first, prepend=-1))
        # One box around all that is near an edge: a tenth as many to unite.
        return np.hstack([np.minimum.reduceat(boxes[:, :2], begin), np.maximum.reduceat(boxes[:, 2:], begin)])

    def _within(self, area: int, box: Floats) -> Floats:
        edges: Floats = self._box[self._begin[area] : self._begin[area + 1]]
        west, south, east, north = box
        meets = (edges[:, 0] <= east) & (edges[:, 2] >= west) & (edges[:, 1] <= north) & (edges[:, 3] >= south)
        met: Floats = edges[meets]
        return met


def _grown(box: Floats, by_m: float) -> Floats:
    grown: Floats = box + np.array([-by_m, -by_m, by_m, by_m])
    return grown


def _both(one: Floats, other: Floats, width_m: float) -> Floats:
    """Return the boxes in which two boxes overlap that have grown by the width."""
    one, other = _grown(one, width_m), _grown(other, width_m)
    corners = np.maximum(one[..., :2], other[..., :2]), np.minimum(one[..., 2:], other[..., 2:])
    both: Floats = np.concatenate(corners, axis=-1)
    return both


def _strips(local: Shapes, tree: shapely.STRtree, narrows: Shapes, width_m: float) -> list[tuple[Any, Rows]]:
    """Return the strips in some narrows, and the areas within the width of each, where these are two or more."""
    # As far around as the areas' shape bears on what closes there: half the width to grow, and mitres five times that.
    around = shapely.box(*_grown(shapely.bounds(narrows), 4 * width_m).T)
    narrow, area = tree.query(around, predicate="intersects")
    order = np.argsort(narrow, kind="stable")
    narrow, area = narrow[order], area[order]
    pieces = shapely.intersection(local[area], around[narrow])
    whole = _ground(_unions(pieces, narrow, len(narrows)))
    left = shapely.difference(_closed(whole, width_m), whole, grid_size=_GRID_M)
    left = shapely.intersection(_ground(left), narrows, grid_size=_GRID_M)
    strips = np.array(polygon_parts(shapely.geometrycollections(left)), dtype=object)
    strips = strips[shapely.area(strips) > NEGLIGIBLE_M2]
    strip, near = tree.query(strips, predicate="dwithin", distance=width_m)
    each = [(polygon, np.sort(near[strip == row])) for row, polygon in enumerate(strips)]
    return [(polygon, areas) for polygon, areas in each if len(areas) > 1]


def _closed(whole: Shapes, width_m: float) -> Shapes:
    """Grow shapes by half the width and shrink them again; a mitre that has run through an edge is mended."""
    grown = shapely.buffer(whole, width_m / 2, join_style="mitre")
    shrunk = shapely.buffer(grown, -width_m / 2, join_style="mitre")
    return _ground(shapely.make_valid(shrunk, method="structure", keep_collapsed=False))


def _ground(shapes: Shapes) -> Shapes:
    """Return what is polygon of each shape: GEOS leaves lines in what it has mended or clipped, and overlays none."""
    ground = np.array(shapes, dtype=object)
    for row in np.flatnonzero(~np.isin(shapely.get_type_id(ground), [3, 6])):
        ground[row] = shapely.union_all(polygon_parts(ground[row]))
    return ground


def _unions(pieces: Shapes, group: Rows, groups: int) -> Shapes:
    """Return the union of the pieces of each group; sorted by group."""
    place = np.arange(len(group)) - np.searchsorted(group, group)
    table = np.full((groups, int(place.max(initial=0)) + 1), None, dtype=object)
    table[group, place] = pieces
    return np.asarray(shapely.union_all(table, axis=1), dtype=object)


def _gaps(strips: list[tuple[Any, Rows]], present: Rows, origin: tuple[float, float]) -> list[Gap]:
    polygons = from_local(np.array([strip for strip, _ in strips], dtype=object), origin)
    sizes_m2 = area_m2(polygons).tolist()
    areas = [tuple(present[touched].tolist()) for _, touched in strips]
    return [Gap(*gap) for gap in zip(polygons, sizes_m2, areas, strict=True)]


def _area_or_none(geometry: Any) -> Any:
    parts = [part for part in polygon_parts(geometry) if not part.is_empty]
    return shapely.union_all(parts) if len(parts) > 1 else next(iter(parts), None)
