"""Points against the grid."""

from __future__ import annotations

import numpy as np

from fibermap.spatial.cells.compiled import Floats, Ints, Longs, Records, compiled
from fibermap.spatial.cells.grid import Cells, Frame
from fibermap.spatial.cells.shapes import INSIDE, UNDECIDED, Shapes, locate

ASK_GEOS = -2
"""The answer for a point that only GEOS can decide."""


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
def _classify_by_coarse(
    frame: Frame, coarse: Ints, nowhere: int, xs: Floats, ys: Floats, places: Ints, blocks: Longs
) -> None:
    """Answer the points in plain coarse cells, mark the others ``~block``, and count those at ``blocks[block + 1]``."""
    west, south, columns_per_degree, rows_per_degree, size = frame
    for i in range(len(xs)):
        u = (xs[i] - west) * columns_per_degree
        v = (ys[i] - south) * rows_per_degree
        if 0.0 <= u < size and 0.0 <= v < size:
            places[i] = coarse[int(v) * size + int(u)]
            if places[i] < 0:
                blocks[~places[i] + 1] += 1
        else:  # NaN and infinity too
            places[i] = nowhere


@compiled
def _sort_by_block(places: Ints, cursor: Longs) -> Ints:
    """Return the marked points block by block, so that what one of them reads is still at hand for the next."""
    for block in range(len(cursor) - 1):
        cursor[block + 1] += cursor[block]
    sorted_points = np.empty(cursor[-1], np.int32)
    for i in range(len(places)):
        if places[i] < 0:
            sorted_points[cursor[~places[i]]] = i
            cursor[~places[i]] += 1
    return sorted_points


@compiled
def classify(shapes: Shapes, frame: Frame, cells: Cells, nowhere: int, xs: Floats, ys: Floats, places: Ints) -> None:
    """Write the place of each point's best area, ``nowhere``, or :data:`ASK_GEOS`."""
    parts, run_start, edge_start, ends = shapes
    coarse, block_start, block_size, fine, tries = cells
    west, south, columns_per_degree, rows_per_degree, _ = frame
    blocks = np.zeros(len(block_size) + 1, np.int64)
    _classify_by_coarse(frame, coarse, nowhere, xs, ys, places, blocks)
    for i in _sort_by_block(places, blocks):
        block = ~places[i]
        u = (xs[i] - west) * columns_per_degree
        v = (ys[i] - south) * rows_per_degree
        size = block_size[block]
        value = fine[block_start[block] + int((v - int(v)) * size) * size + int((u - int(u)) * size)]
        if value < 0:
            value = _first_that_covers(parts, run_start, edge_start, ends, tries, ~value, xs[i], ys[i])
        places[i] = value
