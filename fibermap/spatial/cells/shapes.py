"""Polygons as edges sorted into strips, and point in polygon over one strip, ring by ring as GEOS does it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from fibermap.spatial.cells.compiled import Floats, Longs, Records, compiled
from fibermap.spatial.cells.orientation import ABSOLUTE_ERROR, COLLINEAR, LEFT, RELATIVE_ERROR, UNKNOWN, side

OUTSIDE, INSIDE, UNDECIDED = 0, 1, 2

_CROSSES_NOT, _CROSSES, _ON_EDGE, _HARD_EDGE = 0, 1, 2, 3
_IN_DOUBT = -1

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

    Strip ``s`` holds the runs ``run_start[s]`` to ``run_start[s + 1]``, one for each ring that reaches into it, the
    shell first. Run ``r`` holds ``edge_start[r + 1] - edge_start[r]`` edges, in ``ends`` from ``4 * edge_start[r]`` on:
    x1 of all, then y1 of all, x2 and y2, so that they are near in memory and the processor takes several at once.
    """

    parts: Records
    run_start: Longs
    edge_start: Longs
    ends: Floats


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
def _odd_crossings_or_doubt(ends: Floats, begin: int, end: int, x: float, y: float) -> int:
    """Say whether crossings are odd, or that some edge is so near that it takes :func:`_crossings_exactly`.

    No branches and an index that is never negative, so that the compiler takes several edges at a time.
    """
    crossings, doubts = np.int64(0), np.int64(0)
    edges = np.uint64(end - begin)
    for k in range(np.uint64(4 * begin), np.uint64(4 * begin) + edges):
        x1, y1, x2, y2 = ends[k] - x, ends[k + edges] - y, ends[k + 2 * edges] - x, ends[k + 3 * edges] - y
        left, right = x1 * y2, y1 * x2
        turn = left - right
        error = RELATIVE_ERROR * (abs(left) + abs(right)) + ABSOLUTE_ERROR
        low, high = min(y1, y2), max(y1, y2)
        doubts += np.int64((low <= 0.0) & (high >= 0.0) & (abs(turn) <= error))
        crossings += np.int64((low <= 0.0) & (high > 0.0) & ((turn > 0.0) == (y2 > 0.0)))
    return _IN_DOUBT if doubts else int(crossings & 1)


@compiled
def _crossings_exactly(ends: Floats, begin: int, end: int, x: float, y: float) -> int:
    crossings, edges = 0, end - begin
    for k in range(4 * begin, 4 * begin + edges):
        crossing = _crossing(ends[k], ends[k + edges], ends[k + 2 * edges], ends[k + 3 * edges], x, y)
        if crossing >= _ON_EDGE:
            return crossing
        crossings += crossing
    return crossings & 1


@compiled
def _strip_of(parts: Records, part: int, y: float) -> int:
    strip = int((y - parts[part].south) * parts[part].strips_per_degree)
    return int(parts[part].first_strip + min(max(strip, 0), parts[part].strips - 1))


@compiled
def locate(parts: Records, run_start: Longs, edge_start: Longs, ends: Floats, part: int, x: float, y: float) -> int:
    """Say where a point is, asking the shell and then the holes in turn, as GEOS does.

    The arrays come one by one, because taking them out of a tuple in the innermost loop costs more than the geometry.
    """
    if not parts[part].south <= y <= parts[part].north:
        return OUTSIDE
    strip = _strip_of(parts, part, y)
    shell = run_start[strip]
    for run in range(shell, run_start[strip + 1]):
        crossings = _odd_crossings_or_doubt(ends, edge_start[run], edge_start[run + 1], x, y)
        if crossings == _IN_DOUBT:
            crossings = _crossings_exactly(ends, edge_start[run], edge_start[run + 1], x, y)
            if crossings >= _ON_EDGE:
                return INSIDE if crossings == _ON_EDGE else UNDECIDED
        if (crossings == 1) != (run == shell):
            return OUTSIDE
    return INSIDE


@compiled
def _strips_of_edge(parts: Records, xy: Floats, part: int, edge: int) -> tuple[int, int]:
    y1, y2 = xy[edge, 1], xy[edge + 1, 1]
    return _strip_of(parts, part, min(y1, y2)), _strip_of(parts, part, max(y1, y2))


@compiled
def _count_runs(parts: Records, xy: Floats, ring_start: Longs, part_ring: Longs, counts: Longs) -> None:
    latest = np.full(len(counts), -1, np.int64)
    for part in range(len(parts)):
        for ring in range(part_ring[part], part_ring[part + 1]):
            for edge in range(ring_start[ring], ring_start[ring + 1] - 1):
                first, last = _strips_of_edge(parts, xy, part, edge)
                for strip in range(first, last + 1):
                    counts[strip] += latest[strip] != ring
                    latest[strip] = ring


@compiled
def _count_edges(
    parts: Records, xy: Floats, ring_start: Longs, part_ring: Longs, run_start: Longs, counts: Longs
) -> None:
    latest, run = np.full(len(run_start) - 1, -1, np.int64), run_start[:-1] - 1
    for part in range(len(parts)):
        for ring in range(part_ring[part], part_ring[part + 1]):
            for edge in range(ring_start[ring], ring_start[ring + 1] - 1):
                first, last = _strips_of_edge(parts, xy, part, edge)
                for strip in range(first, last + 1):
                    run[strip] += latest[strip] != ring
                    latest[strip] = ring
                    counts[run[strip]] += 1


@compiled
def _write_edges(
    parts: Records, xy: Floats, ring_start: Longs, part_ring: Longs, run_start: Longs, edge_start: Longs, ends: Floats
) -> None:
    latest, run, written = np.full(len(run_start) - 1, -1, np.int64), run_start[:-1] - 1, np.zeros_like(edge_start)
    for part in range(len(parts)):
        for ring in range(part_ring[part], part_ring[part + 1]):
            for edge in range(ring_start[ring], ring_start[ring + 1] - 1):
                first, last = _strips_of_edge(parts, xy, part, edge)
                for strip in range(first, last + 1):
                    run[strip] += latest[strip] != ring
                    latest[strip] = ring
                    r = run[strip]
                    k, edges = 4 * edge_start[r] + written[r], edge_start[r + 1] - edge_start[r]
                    ends[k], ends[k + edges] = xy[edge, 0], xy[edge, 1]
                    ends[k + 2 * edges], ends[k + 3 * edges] = xy[edge + 1, 0], xy[edge + 1, 1]
                    written[r] += 1


def build_shapes(xy: Floats, ring_start: Longs, part_ring: Longs, parts: Records) -> Shapes:
    """Sort the edges of every part into its strips."""
    runs = np.zeros(int(parts["strips"].sum()), np.int64)
    _count_runs(parts, xy, ring_start, part_ring, runs)
    run_start = starts_of(runs)
    counts = np.zeros(run_start[-1], np.int64)
    _count_edges(parts, xy, ring_start, part_ring, run_start, counts)
    edge_start = starts_of(counts)
    ends = np.empty(4 * edge_start[-1])
    _write_edges(parts, xy, ring_start, part_ring, run_start, edge_start, ends)
    return Shapes(parts, run_start, edge_start, ends)


def starts_of(counts: Longs) -> Longs:
    """Return where each of adjoining runs begins, and where the last one ends."""
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(counts, dtype=np.int64)])
