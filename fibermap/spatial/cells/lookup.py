"""Points against the grid.

What takes time is waiting for memory. So points go through in batches, step by step, and no step but the last has to
wait for what it has just read: the processor has many reads under way at once.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from fibermap.spatial.cells.compiled import Floats, Ints, Longs, Records, compiled
from fibermap.spatial.cells.divide import Frame
from fibermap.spatial.cells.grid import BLOCK_BITS, SHIFT_BITS, Cells
from fibermap.spatial.cells.runs import best_place

_POINTS_IN_A_BATCH = 2048


class _Batch(NamedTuple):
    """Of each point: its cell, its column and row in the block. Of the points that have runs to try: which they are."""

    cell: Longs
    column: Ints
    row: Ints
    asked: Ints
    read: Floats


@compiled
def _new_batch(points: int) -> _Batch:
    return _Batch(
        np.empty(points, np.int64),
        np.empty(points, np.int32),
        np.empty(points, np.int32),
        np.empty(points, np.int32),
        np.empty(points, np.float64),
    )


@compiled
def _find_coarse_cells(frame: Frame, xs: Floats, ys: Floats, batch: _Batch) -> None:
    """Find each point's coarse cell, and where it is in that, in units of the finest cell that there can be."""
    cell, column, row, _, _ = batch
    west, south, columns_per_degree, rows_per_degree, size = frame
    finest, outside, within = float(1 << BLOCK_BITS), np.int32(size * size), np.int32((1 << BLOCK_BITS) - 1)
    for i in range(len(xs)):
        u = (xs[i] - west) * columns_per_degree
        v = (ys[i] - south) * rows_per_degree
        is_inside = (u >= 0.0) & (u < size) & (v >= 0.0) & (v < size)  # no for NaN
        fine_u, fine_v = np.int32(u * finest if is_inside else 0.0), np.int32(v * finest if is_inside else 0.0)
        column[i], row[i] = fine_u & within, fine_v & within
        cell[i] = (fine_v >> BLOCK_BITS) * np.int32(size) + (fine_u >> BLOCK_BITS) if is_inside else outside


@compiled
def _find_fine_cells(blocks: Longs, points: int, batch: _Batch) -> None:
    cell, column, row, _, _ = batch
    for i in range(points):
        block = blocks[np.uint64(cell[i])]
        shift = np.int32(block & ((1 << SHIFT_BITS) - 1))
        cell[i] = (block >> SHIFT_BITS) + ((row[i] >> shift) << (BLOCK_BITS - shift)) + (column[i] >> shift)


@compiled
def _read_cells(fine: Ints, batch: _Batch, places: Ints) -> int:
    """Copy what is in the cells; return how many points have runs to try."""
    cell, _, _, asked, _ = batch
    count = np.uint64(0)
    for i in range(len(places)):
        places[i] = fine[np.uint64(cell[i])]
        asked[count] = i
        count += np.uint64(places[i] < 0)
    return int(count)


@compiled
def _read_ahead(runs: Records, xy: Floats, places: Ints, count: int, batch: _Batch) -> None:
    """Read runs and vertices for no other reason than to have them near when they are needed."""
    _, first, last, asked, read = batch
    for k in range(count):
        run = runs[~places[asked[k]]]
        first[k], last[k] = run.first, run.first + run.edges
    for k in range(count):
        read[k] = xy[first[k], 0] + xy[last[k], 0]


@compiled
def classify(frame: Frame, cells: Cells, xy: Floats, xs: Floats, ys: Floats, places: Ints) -> None:
    """Write the place of each point's best area, that of "no area", or that only GEOS knows."""
    blocks, fine, runs = cells
    batch = _new_batch(_POINTS_IN_A_BATCH)
    for start in range(0, len(xs), _POINTS_IN_A_BATCH):
        end = min(start + _POINTS_IN_A_BATCH, len(xs))
        x, y, place = xs[start:end], ys[start:end], places[start:end]
        _find_coarse_cells(frame, x, y, batch)
        _find_fine_cells(blocks, end - start, batch)
        count = _read_cells(fine, batch, place)
        _read_ahead(runs, xy, place, count, batch)
        for i in batch.asked[:count]:
            place[i] = best_place(runs, ~place[i], xy, x[i], y[i])
