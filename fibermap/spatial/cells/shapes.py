"""Polygons as edges sorted into strips, and point in polygon over one strip, ring by ring as GEOS does it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from fibermap.spatial.cells.compiled import Floats, Ints, Longs, Records, compiled
from fibermap.spatial.cells.orientation import COLLINEAR, LEFT, UNKNOWN, side

OUTSIDE, INSIDE, UNDECIDED = 0, 1, 2

_CROSSES_NOT, _CROSSES, _ON_EDGE, _HARD_EDGE = 0, 1, 2, 3

PART = np.dtype(
    [
        ("south", np.float64),
        ("north", np.float64),
        ("strips_per_degree", np.float64),
        ("first_strip", np.int64),
        ("strips", np.int64),
        ("place", np.int64),
    ]
)
"""A part: its shell's extent, its strips, and its place in the order of precedence."""


class Shapes(NamedTuple):
    """All parts and their edges.

    Edge ``e`` runs from vertex ``e`` to ``e + 1``. Strip ``s`` holds ``edge[edge_start[s]:edge_start[s + 1]]``, ring by
    ring, the shell first; where a hole begins, its edge is written as ``~e``.
    """

    parts: Records
    edge_start: Longs
    edge: Ints
    xy: Floats


@compiled
def _crossing(x1: float, y1: float, x2: float, y2: float, x: float, y: float) -> int:  # noqa: PLR0911 (GEOS's cases)
    """Return 1 where the edge crosses the ray going east from the point, else 0, or what else the point is."""
    if x1 < x and x2 < x:
        return _CROSSES_NOT
    if x == x2 and y == y2:
        return _ON_EDGE
    if y1 == y and y2 == y:
        return _ON_EDGE if min(x1, x2) <= x <= max(x1, x2) else _CROSSES_NOT
    if (y1 > y) == (y2 > y):
        return _CROSSES_NOT
    turn = side(x1, y1, x2, y2, x, y)
    if turn == UNKNOWN:
        return _HARD_EDGE
    if turn == COLLINEAR:
        return _ON_EDGE
    return _CROSSES if (turn == LEFT) == (y2 > y1) else _CROSSES_NOT


@compiled
def _strip_of(parts: Records, part: int, y: float) -> int:
    strip = int((y - parts[part].south) * parts[part].strips_per_degree)
    return int(parts[part].first_strip + min(max(strip, 0), parts[part].strips - 1))


@compiled
def locate(parts: Records, edge_start: Longs, edges: Ints, xy: Floats, part: int, x: float, y: float) -> int:
    """Say where a point is, asking the shell and then the holes in turn, as GEOS does.

    The arrays come one by one, because taking them out of a tuple in the innermost loop costs more than the geometry.
    """
    if not parts[part].south <= y <= parts[part].north:
        return OUTSIDE
    strip = _strip_of(parts, part, y)
    crossings, in_hole = 0, False
    for k in range(edge_start[strip], edge_start[strip + 1]):
        edge = edges[k]
        if edge < 0:
            if (crossings & 1 == 1) == in_hole:
                return OUTSIDE
            edge, crossings, in_hole = ~edge, 0, True
        crossing = _crossing(xy[edge, 0], xy[edge, 1], xy[edge + 1, 0], xy[edge + 1, 1], x, y)
        if crossing == _ON_EDGE:
            return INSIDE
        if crossing == _HARD_EDGE:
            return UNDECIDED
        crossings += crossing
    return OUTSIDE if (crossings & 1 == 1) == in_hole else INSIDE


@compiled
def _strips_of_edge(parts: Records, xy: Floats, part: int, edge: int) -> tuple[int, int]:
    y1, y2 = xy[edge, 1], xy[edge + 1, 1]
    return _strip_of(parts, part, min(y1, y2)), _strip_of(parts, part, max(y1, y2))


@compiled
def _count_edges(parts: Records, xy: Floats, ring_start: Longs, part_ring: Longs, counts: Longs) -> None:
    for part in range(len(parts)):
        for ring in range(part_ring[part], part_ring[part + 1]):
            for edge in range(ring_start[ring], ring_start[ring + 1] - 1):
                first, last = _strips_of_edge(parts, xy, part, edge)
                for strip in range(first, last + 1):
                    counts[strip] += 1


@compiled
def _write_edges(parts: Records, xy: Floats, ring_start: Longs, part_ring: Longs, cursor: Longs, edges: Ints) -> None:
    latest_ring = np.full(len(cursor), -1, np.int64)
    for part in range(len(parts)):
        shell = part_ring[part]
        for ring in range(shell, part_ring[part + 1]):
            for edge in range(ring_start[ring], ring_start[ring + 1] - 1):
                first, last = _strips_of_edge(parts, xy, part, edge)
                for strip in range(first, last + 1):
                    opens_hole = ring > shell and latest_ring[strip] != ring
                    edges[cursor[strip]] = ~edge if opens_hole else edge
                    latest_ring[strip] = ring
                    cursor[strip] += 1


def build_shapes(xy: Floats, ring_start: Longs, part_ring: Longs, parts: Records) -> Shapes:
    """Sort the edges of every part into its strips."""
    counts = np.zeros(int(parts["strips"].sum()), np.int64)
    _count_edges(parts, xy, ring_start, part_ring, counts)
    edge_start = starts_of(counts)
    edges = np.zeros(edge_start[-1], np.int32)
    _write_edges(parts, xy, ring_start, part_ring, edge_start[:-1].copy(), edges)
    return Shapes(parts, edge_start, edges, xy)


def starts_of(counts: Longs) -> Longs:
    """Return where each of adjoining runs begins, and where the last one ends."""
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(counts, dtype=np.int64)])
