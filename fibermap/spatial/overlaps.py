"""Where areas get in one another's way: overlaps and slivers. What lies between them: `fibermap.spatial.strips`."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from fibermap.spatial.metres import Floats, area_m2
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
