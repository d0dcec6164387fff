"""Points against the grid."""

from __future__ import annotations

import numpy as np

from fibermap.spatial.cells.compiled import Floats, Ints, Longs, Records, compiled
from fibermap.spatial.cells.grid import SIZES, Cells, Frame
from fibermap.spatial.cells.shapes import INSIDE, UNDECIDED, Shapes, locate

ASK_GEOS = -2
"""The answer for a point that only GEOS can decide."""

_TRIES_BITS = 6  # points whose tries are within so many entries of one another, as powers of two, are neighbours


@compiled
def _first_that_covers(
    parts: Records, run_start: Longs, edge_start: Longs, ends: Floats, tries: Ints, k: int, x: float, y: float
) -> int:
    while tries[k] >= 0:
        found = locate(parts, run_start, edge_start, ends, tries[k], x, y)
        if found == INSIDE:
            place: int = parts[tries[k]].place
            return place
        if found == UNDECIDED:
            return ASK_GEOS
        k += 1
    return int(~tries[k])


@compiled
def _classify_by_cells(frame: Frame, cells: Cells, nowhere: int, xs: Floats, ys: Floats, places: Ints) -> None:
    """Answer the points in cells without edges, and mark the others ``~offset`` of what to try.

    Every step is the same for every point, and unsigned, so that the processor can have many reads under way at once.
    """
    blocks, fine, _ = cells
    west, south, columns_per_degree, rows_per_degree, grid_size = frame
    for i in range(len(xs)):
        u = (xs[i] - west) * columns_per_degree
        v = (ys[i] - south) * rows_per_degree
        if not (0.0 <= u < grid_size and 0.0 <= v < grid_size):  # NaN and infinity too
            places[i] = nowhere
            continue
        column, row = np.uint64(u), np.uint64(v)
        block = blocks[row * np.uint64(grid_size) + column]
        size = block % SIZES
        cell = block // SIZES + int((v - np.float64(row)) * size) * size + int((u - np.float64(column)) * size)
        places[i] = fine[np.uint64(cell)]


@compiled
def _count_by_tries(places: Ints, counts: Longs) -> None:
    for i in range(len(places)):
        if places[i] < 0:
            counts[(~places[i] >> _TRIES_BITS) + 1] += 1


@compiled
def _sort_by_tries(xs: Floats, ys: Floats, places: Ints, cursor: Longs) -> tuple[Ints, Floats]:
    """Return the marked points and where they are, cell by cell: what one of them reads is at hand for the next."""
    for bucket in range(len(cursor) - 1):
        cursor[bucket + 1] += cursor[bucket]
    points, at = np.empty(cursor[-1], np.int32), np.empty((cursor[-1], 2), np.float64)
    for i in range(len(places)):
        if places[i] < 0:
            bucket = ~places[i] >> _TRIES_BITS
            to = cursor[bucket]
            points[to], at[to, 0], at[to, 1] = i, xs[i], ys[i]
            cursor[bucket] += 1
    return points, at


@compiled
def classify(shapes: Shapes, frame: Frame, cells: Cells, nowhere: int, xs: Floats, ys: Floats, places: Ints) -> None:
    """Write the place of each point's best area, ``nowhere``, or :data:`ASK_GEOS`."""
    parts, run_start, edge_start, ends = shapes
    tries = cells.tries
    cursor = np.zeros((len(tries) >> _TRIES_BITS) + 2, np.int64)
    _classify_by_cells(frame, cells, nowhere, xs, ys, places)
    _count_by_tries(places, cursor)
    points, at = _sort_by_tries(xs, ys, places, cursor)
    for k in range(len(points)):
        i = points[k]
        places[i] = _first_that_covers(parts, run_start, edge_start, ends, tries, ~places[i], at[k, 0], at[k, 1])
