"""Groups of addresses that lie close to one another, and the outline of a group: the coverage gaps.

Space is cut into cells so small that all points of a cell are linked; then only cells are joined to cells. That keeps
memory in proportion to the points, however many neighbours each has.
"""

from __future__ import annotations

import itertools
from typing import TypeAlias

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from fibermap.kernel.errors import Code, InputRefused
from fibermap.spatial.metres import Floats, from_local, to_ecef, to_local

Integers: TypeAlias = NDArray[np.int64]

HULL_RATIO = 0.2
MOST_HULL_POINTS = 20_000
HULL_CELLS = 100
LARGEST_KEY = 2**62
PRODUCTS_AT_ONCE = 2_000_000
TREE_PAYS_FROM = 4_000
# Half of the neighbours two cells away, nearest first: the other half meets them from its own side.
_OFFSETS = sorted(
    (step for step in itertools.product(range(-2, 3), repeat=3) if step > (0, 0, 0)),
    key=lambda step: (sum(axis**2 for axis in step), step),
)


def cluster(lon: ArrayLike, lat: ArrayLike, link_m: float, minimum: int = 1) -> NDArray[np.int32]:
    """Group points into chains of neighbours (single linkage).

    Parameters
    ----------
    lon, lat
        Shape (n,), degrees, EPSG:4326.
    link_m
        Points this close, straight on the ground, belong together; above 0.
    minimum
        Fewest points of a group.

    Returns
    -------
    ndarray of int32
        Shape (n,): the group's number, largest group first, then from the west; -1 in a group that is too small or
        without a position. The grouping and its numbers do not depend on the order of the points.

    Raises
    ------
    InputRefused
        ``argument_invalid`` where ``link_m`` is not above 0, or too small for so large a spread.
    """
    if not (link_m > 0 and np.isfinite(link_m)):
        raise _bad_link(link_m, "is no distance")
    lon, lat = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    labels = np.full(lon.shape, -1, dtype=np.int32)
    space = to_ecef(lon, lat)
    rows = np.flatnonzero(np.isfinite(space[:, 0]))
    if rows.size:
        group = _components(space[rows], link_m)
        labels[rows] = _numbered(group, lon[rows], lat[rows], minimum)
    return labels


def outline(lon: ArrayLike, lat: ArrayLike, buffer_m: float) -> shapely.Polygon:
    """Draw one polygon around points.

    Parameters
    ----------
    lon, lat
        Shape (n,), n at least 1, degrees, EPSG:4326; points without a position are left out.
    buffer_m
        Distance kept around every point, above 0.

    Returns
    -------
    shapely.Polygon
        The concave hull, widened: valid, without holes, all points inside. More than 20,000 points are drawn on a
        grid of a hundredth of their extent, and the outline is wider by up to one cell. Longitudes may run past 180
        degrees where the points span the antimeridian.

    Raises
    ------
    InputRefused
        ``argument_invalid`` without a usable point or without a buffer.
    """
    xy = np.column_stack([np.ravel(lon), np.ravel(lat)]).astype(np.float64)
    xy = np.unique(xy[np.isfinite(xy).all(axis=1)], axis=0)
    if not (buffer_m > 0 and np.isfinite(buffer_m)) or len(xy) == 0:
        raise InputRefused(
            Code.ARGUMENT_INVALID,
            "An outline needs at least one position and a buffer above 0 m.",
            hint="Leave out groups without positions.",
        )
    origin = (float(xy[0, 0]), float(xy[:, 1].mean()))
    places_m, margin_m = _thinned(shapely.get_coordinates(to_local(shapely.multipoints(xy), origin)))
    hull = shapely.concave_hull(shapely.multipoints(places_m), ratio=HULL_RATIO)
    around = shapely.buffer(hull, buffer_m + margin_m, quad_segs=4)
    return from_local(shapely.Polygon(around.exterior), origin)


def _thinned(places_m: Floats) -> tuple[Floats, float]:
    """Return few enough places for a hull, and how far from them any of the given ones may be."""
    if len(places_m) <= MOST_HULL_POINTS:
        return places_m, 0.0
    corner = places_m.min(axis=0)
    side_m = float((places_m.max(axis=0) - corner).max()) / HULL_CELLS
    cells = np.unique(np.floor((places_m - corner) / side_m), axis=0)
    return corner + (cells + 0.5) * side_m, side_m * 0.5**0.5


def _components(space: Floats, link_m: float) -> Integers:
    """Number the connected components of points that are linked by chords of at most ``link_m``."""
    key, strides = _cell_keys(space, link_m)
    order = np.argsort(key, kind="stable")
    cells, first, count = np.unique(key[order], return_index=True, return_counts=True)
    spans = np.column_stack([first, count])
    ordered = space[order]
    group = np.arange(len(cells), dtype=np.int64)
    for step in _OFFSETS:
        pairs = _neighbours(cells, int(np.dot(step, strides)))
        pairs = pairs[group[pairs[:, 0]] != group[pairs[:, 1]]]
        if len(pairs):
            linked = pairs[_any_within(ordered, spans[pairs[:, 0]], spans[pairs[:, 1]], link_m)]
            group = _merged(group, linked)
    component = np.empty(len(space), dtype=np.int64)
    component[order] = np.repeat(group, count)
    return component


def _cell_keys(space: Floats, link_m: float) -> tuple[Integers, Integers]:
    """Return the cell of each point as one integer, and what a step along each axis adds to it."""
    side_m = link_m / np.sqrt(3) * (1 - 1e-9)
    cell = np.floor((space - space.min(axis=0)) / side_m)
    extent = cell.max(axis=0) + 5  # two empty cells on either side, so that a step never wraps round
    if float(np.prod(extent)) > LARGEST_KEY:
        raise _bad_link(link_m, "is too small for points that are spread so far")
    strides = np.array([extent[1] * extent[2], extent[2], 1]).astype(np.int64)
    return (cell.astype(np.int64) + 2) @ strides, strides


def _neighbours(cells: Integers, step: int) -> Integers:
    """Return the pairs of occupied cells that are one step apart, shape (p, 2), as positions in ``cells``."""
    place = np.searchsorted(cells, cells + step)
    place[place == len(cells)] = 0
    here = np.flatnonzero(cells[place] == cells + step)
    return np.column_stack([here, place[here]])


def _any_within(ordered: Floats, one: Integers, other: Integers, link_m: float) -> NDArray[np.bool_]:
    """Tell for each pair of cells, given as (first point, count), whether any two of their points are linked."""
    products = one[:, 1] * other[:, 1]
    from scipy.spatial import cKDTree

    linked = np.zeros(len(products), dtype=bool)
    few = np.flatnonzero(products <= TREE_PAYS_FROM)
    batch = np.cumsum(products[few]) // PRODUCTS_AT_ONCE
    for part in np.split(few, np.flatnonzero(np.diff(batch)) + 1):
        pair = np.repeat(part, products[part])
        ordinal = np.arange(pair.size) - np.repeat(np.cumsum(products[part]) - products[part], products[part])
        apart = ordered[one[pair, 0] + ordinal // other[pair, 1]] - ordered[other[pair, 0] + ordinal % other[pair, 1]]
        close = np.sum(apart**2, axis=1) <= link_m**2
        linked[pair[close]] = True
    reach_m = np.nextafter(link_m, np.inf)  # the tree leaves out what is exactly at its bound
    for many in np.flatnonzero(products > TREE_PAYS_FROM):
        here, there = (ordered[start : start + size] for start, size in (one[many], other[many]))
        nearest_m, _ = cKDTree(here).query(there, distance_upper_bound=reach_m)
        linked[many] = np.isfinite(nearest_m).any()
    return linked


def _merged(group: Integers, linked: Integers) -> Integers:
    """Join groups along linked pairs of cells."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    size = int(group.max()) + 1
    edges = group[linked]
    graph = coo_array((np.ones(len(edges), dtype=np.int8), (edges[:, 0], edges[:, 1])), shape=(size, size))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)[group]


def _numbered(group: Integers, lon: Floats, lat: Floats, minimum: int) -> NDArray[np.int32]:
    """Number groups by size, then from the west, then from the south."""
    _, group, size = np.unique(group, return_inverse=True, return_counts=True)
    west, south = np.full(size.shape, np.inf), np.full(size.shape, np.inf)
    np.minimum.at(west, group, lon)
    np.minimum.at(south, group, lat)
    order = np.lexsort((south, west, -size))
    number = np.empty(size.shape, dtype=np.int32)
    number[order] = np.where(size[order] >= minimum, np.arange(size.size), -1)
    return np.asarray(number[group])


def _bad_link(link_m: float, why: str) -> InputRefused:
    return InputRefused(
        Code.ARGUMENT_INVALID, f"A link of {link_m} m {why}.", hint="Give a link in metres, for example 150."
    )
