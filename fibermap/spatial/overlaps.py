"""Where areas get in one another's way: overlaps, slivers, and strips left between neighbours."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from fibermap.spatial.metres import Floats, area_m2, from_local, polygon_parts, to_local
from fibermap.spatial.repair import repair

PAIRS_AT_ONCE = 1_000
AREAS_AT_ONCE = 500
MOST_PAIRS = 100_000
"""Pairs that are measured: a file with the same area thousands of times over must not cost hours."""
NEGLIGIBLE_M2 = 0.01


class Overlap(NamedTuple):
    """Two areas that share ground: ``first < second`` are their indices, ``area_m2`` what they share."""

    first: int
    second: int
    area_m2: float


class Gap(NamedTuple):
    """Ground between areas: its polygon in EPSG:4326, and the indices of the areas that it touches."""

    polygon: shapely.Polygon
    area_m2: float
    areas: tuple[int, ...]


def overlaps(areas: Any, labels: Any = None) -> list[Overlap]:
    """Find the pairs of areas that share ground.

    Parameters
    ----------
    areas
        Shape (n,), polygons in EPSG:4326; None, empty and other kinds share nothing. Invalid ones are measured as
        :func:`fibermap.spatial.repair.repair` leaves them.
    labels
        Shape (n,), for example the build status: only pairs with different labels are reported. None: all pairs.

    Returns
    -------
    list of Overlap
        By first, then second index, of the first :data:`MOST_PAIRS` pairs that meet; neighbours that only touch (less
        than 0.01 square metres) are left out.
    """
    polygons = repair(areas).geometries
    names = None if labels is None else np.asarray(labels, dtype=object)
    first, second = _meeting(polygons, names)
    shared_m2 = np.zeros(len(first))
    for start in range(0, len(first), PAIRS_AT_ONCE):
        some = slice(start, start + PAIRS_AT_ONCE)
        shared_m2[some] = area_m2(shapely.intersection(polygons[first[some]], polygons[second[some]]))
    return [
        Overlap(int(first[pair]), int(second[pair]), float(shared_m2[pair]))
        for pair in np.flatnonzero(shared_m2 > NEGLIGIBLE_M2)
    ]


def _meeting(
    polygons: NDArray[np.object_], names: NDArray[np.object_] | None
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the pairs that intersect and differ in name, by first, then second index, up to the limit."""
    tree = shapely.STRtree(polygons)
    firsts, seconds, count = [np.empty(0, dtype=np.intp)], [np.empty(0, dtype=np.intp)], 0
    for start in range(0, len(polygons), AREAS_AT_ONCE):
        first, second = tree.query(polygons[start : start + AREAS_AT_ONCE], predicate="intersects")
        first = first + start
        wanted = first < second
        if names is not None:
            wanted &= (names[first] != names[second]).astype(bool)
        first, second = first[wanted], second[wanted]
        order = np.lexsort((second, first))
        firsts.append(first[order])
        seconds.append(second[order])
        count += len(order)
        if count >= MOST_PAIRS:
            break
    return np.concatenate(firsts)[:MOST_PAIRS], np.concatenate(seconds)[:MOST_PAIRS]


def slivers(areas: Any, sliver_m2: float) -> NDArray[np.intp]:
    """Return the indices of polygons that cover some ground, but less than ``sliver_m2`` square metres of it."""
    covered_m2: Floats = area_m2(areas)
    return np.flatnonzero((covered_m2 > 0) & (covered_m2 < sliver_m2))


def gaps(areas: Any, width_m: float) -> list[Gap]:
    """Find strips narrower than ``width_m`` metres that lie between two or more areas.

    Neighbouring areas drawn by hand rarely share an edge exactly; an address in the strip would fall out of coverage.

    Parameters
    ----------
    areas
        As in :func:`overlaps`.
    width_m
        Widest strip, measured across; above 0.

    Returns
    -------
    list of Gap
        From the south, then the west.
    """
    polygons = np.array([_area_or_none(area) for area in repair(areas).geometries], dtype=object)
    present = np.flatnonzero(~shapely.is_missing(polygons))
    if present.size < 2:
        return []
    west, south, east, north = shapely.total_bounds(polygons[present])
    origin = ((west + east) / 2, (south + north) / 2)
    local = to_local(polygons[present], origin)
    whole = shapely.union_all(local)
    half_m = width_m / 2
    closed = whole.buffer(half_m, join_style="mitre").buffer(-half_m, join_style="mitre")
    strips = np.array(polygon_parts(shapely.difference(closed, whole)), dtype=object)
    strips = strips[shapely.area(strips) > NEGLIGIBLE_M2] if strips.size else strips
    strip, area = shapely.STRtree(local).query(strips, predicate="dwithin", distance=1e-3)
    found = [_gap(strips[row], present[np.sort(area[strip == row])], origin) for row in range(len(strips))]
    between = [gap for gap in found if len(gap.areas) > 1]
    return sorted(between, key=lambda gap: (gap.polygon.bounds[1], gap.polygon.bounds[0]))


def _gap(strip: shapely.Polygon, areas: NDArray[np.intp], origin: tuple[float, float]) -> Gap:
    polygon = from_local(strip, origin)
    return Gap(polygon, float(area_m2(polygon)[0]), tuple(int(area) for area in areas))


def _area_or_none(geometry: Any) -> Any:
    parts = polygon_parts(geometry)
    return shapely.union_all(parts) if parts and not shapely.is_empty(geometry) else None
