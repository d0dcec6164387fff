"""The nearest terminal, for one address or a million, and the straight drop to it.

Terminals stand in a k-d tree by their place in space, so that there is no projection to choose, no seam at the
antimeridian, and the nearest in the tree is the nearest on the ground. Distances within a micrometre of each other
are equal, and the lowest index wins: the answer does not depend on rounding.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from fibermap.kernel.errors import Code, InputRefused
from fibermap.spatial.metres import Floats, degrees_apart, ground_distance_m, to_ecef

if TYPE_CHECKING:
    from scipy.spatial import cKDTree  # slow to load: a process that measures no drop does without

TIE_M = 1e-6
ENOUGH_FOR_THREADS = 10_000
TIES_AT_ONCE = 10_000


class Nearest(NamedTuple):
    """The nearest target of each address.

    Attributes
    ----------
    target
        Shape (n,), int32: index of the target, -1 where there is none.
    distance_m
        Shape (n,), metres on the ground, NaN where there is none.
    """

    target: NDArray[np.int32]
    distance_m: Floats


class PointIndex:
    """Points to search among, built once and searched often; immutable, so threads may share it.

    Parameters
    ----------
    lon, lat
        Shape (m,), degrees. A point with a missing or impossible coordinate is never nearest.
    """

    def __init__(self, lon: ArrayLike, lat: ArrayLike) -> None:
        from scipy.spatial import cKDTree

        self._lon, self._lat = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
        space = to_ecef(self._lon, self._lat)
        self._kept = _first_of_each_place(space)
        self._tree = cKDTree(space[self._kept])

    def nearest(self, lon: ArrayLike, lat: ArrayLike, limit_m: float = np.inf) -> Nearest:
        """Find the nearest point of each address; parameters and result as in :func:`nearest_points`."""
        check_limit(limit_m)
        lon, lat = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
        answer = Nearest(np.full(lon.shape, -1, dtype=np.int32), np.full(lon.shape, np.nan))
        space = to_ecef(lon, lat)
        rows = np.flatnonzero(np.isfinite(space[:, 0]))
        if rows.size == 0 or self._kept.size == 0:
            return answer
        chord_m, place = search(self._tree, space[rows], 2, limit_m + TIE_M)
        found = np.isfinite(chord_m[:, 0])
        rows, chord_m, place = rows[found], chord_m[found], place[found]
        best = self._kept[place[:, 0]]
        tied = np.flatnonzero(chord_m[:, 1] <= chord_m[:, 0] + TIE_M)
        best[tied] = self._lowest_of_tied(space[rows[tied]], chord_m[tied, 0])
        found_m = ground_distance_m(lon[rows], lat[rows], self._lon[best], self._lat[best])
        near = found_m <= limit_m
        answer.target[rows[near]], answer.distance_m[rows[near]] = best[near], found_m[near]
        return answer

    def _lowest_of_tied(self, space: Floats, chord_m: Floats) -> NDArray[np.intp]:
        lowest = np.empty(chord_m.size, dtype=np.intp)
        for start in range(0, chord_m.size, TIES_AT_ONCE):
            some = slice(start, start + TIES_AT_ONCE)
            places = self._tree.query_ball_point(space[some], chord_m[some] + TIE_M)
            lowest[some] = [self._kept[near].min() for near in places]
        return lowest


def nearest_points(
    lon: ArrayLike, lat: ArrayLike, target_lon: ArrayLike, target_lat: ArrayLike, limit_m: float = np.inf
) -> Nearest:
    """Find the nearest target of each address.

    Parameters
    ----------
    lon, lat
        Shape (n,), degrees, EPSG:4326. NaN, infinite or beyond a pole: no position.
    target_lon, target_lat
        Shape (m,), degrees; any m, also 0.
    limit_m
        Do not look farther than this; a target exactly at the limit counts.

    Returns
    -------
    Nearest
        ``(target, distance_m)``. Within 1e-8 m of the geodesic (Karney 2013) at drop length; among targets equally
        far the lowest index; -1 and NaN without a position or without a target in reach.

    Raises
    ------
    InputRefused
        ``argument_invalid`` where the limit is negative or NaN.
    """
    return PointIndex(target_lon, target_lat).nearest(lon, lat, limit_m)


def within_drop(
    lon: ArrayLike, lat: ArrayLike, target_lon: ArrayLike, target_lat: ArrayLike, limit_m: float
) -> NDArray[np.bool_]:
    """Tell for each address whether any target is within ``limit_m`` metres; False without a position."""
    return nearest_points(lon, lat, target_lon, target_lat, limit_m).target >= 0


def drop_line(lon: ArrayLike, lat: ArrayLike, target_lon: ArrayLike, target_lat: ArrayLike) -> NDArray[np.object_]:
    """Draw the straight drop from each address to its target.

    Parameters
    ----------
    lon, lat, target_lon, target_lat
        Shape (n,), degrees, pair by pair.

    Returns
    -------
    ndarray of object
        Shape (n,), LineStrings from the address to the target, None where an end is missing. A drop across the
        antimeridian goes the short way, so its far end may lie beyond 180 degrees.
    """
    start = np.column_stack([np.ravel(lon), np.ravel(lat)]).astype(np.float64)
    end = np.column_stack([start[:, 0] + degrees_apart(start[:, 0], np.ravel(target_lon)), np.ravel(target_lat)])
    lines = np.full(len(start), None, dtype=object)
    drawn = np.isfinite(start).all(axis=1) & np.isfinite(end).all(axis=1)
    lines[drawn] = shapely.linestrings(np.stack([start[drawn], end[drawn]], axis=1))
    return lines


def check_limit(limit_m: float) -> None:
    """Refuse a distance limit that is no distance."""
    if not limit_m >= 0:
        raise InputRefused(
            Code.ARGUMENT_INVALID,
            f"A distance limit of {limit_m} m is no distance.",
            hint="Give a number of metres, 0 or more.",
        )


def search(tree: cKDTree, space: Floats, neighbours: int, limit_m: float) -> tuple[Floats, NDArray[np.intp]]:
    """Query a tree for chords up to and including the limit, in parallel where there is enough to do."""
    workers = -1 if len(space) >= ENOUGH_FOR_THREADS else 1
    reach_m = np.nextafter(limit_m, np.inf)  # the tree leaves out what is exactly at its bound
    chord_m, place = tree.query(space, k=[*range(1, neighbours + 1)], distance_upper_bound=reach_m, workers=workers)
    return chord_m, place


def _first_of_each_place(space: Floats) -> NDArray[np.intp]:
    """Return the lowest index at each distinct place, so that coinciding targets cost nothing and cannot tie."""
    usable = np.flatnonzero(np.isfinite(space[:, 0]))
    order = usable[np.lexsort(space[usable].T)]
    ordered = space[order]
    is_first = np.ones(order.size, dtype=bool)
    is_first[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    return np.sort(order[is_first])
