"""The two-level grid: which cells have one answer, and which runs pass through the others."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from fibermap.spatial.cells.compiled import Floats, Ints, Longs, Records, compiled
from fibermap.spatial.cells.divide import Frame, Window, divide, no_runs

BLOCK_BITS = 6
"""The largest block has ``2**BLOCK_BITS`` columns and rows."""

SHIFT_BITS = 3


class Cells(NamedTuple):
    """The grid. Every coarse cell, and one more for all that is outside, is a block of fine cells.

    ``blocks`` -> where the block begins in ``fine``, and in the lowest :data:`SHIFT_BITS` bits by how many powers of
    two it is smaller than the largest, so that one read finds both. ``fine`` (a block's cells row by row) -> a place in
    the order of precedence, or ``~offset`` of the cell's ``runs``. It begins with every place in order: a coarse cell
    with one answer is a block of one cell there.
    """

    blocks: Longs
    fine: Ints
    runs: Records


@compiled
def _choose_block_bits(frame: Frame, xy: Floats, starts: Longs, runs: Records, bits: Longs) -> None:
    """Divide a coarse cell the finer the more edges it has, but only as far as their length keeps the work linear."""
    for block in range(len(bits)):
        edges, length = 0, 0.0
        for k in range(starts[block], starts[block + 1]):
            edges += runs[k].edges
            for edge in range(runs[k].first, runs[k].first + runs[k].edges):
                length += min(abs(xy[edge + 1, 0] - xy[edge, 0]) * frame.columns_per_degree, 1.0)
                length += min(abs(xy[edge + 1, 1] - xy[edge, 1]) * frame.rows_per_degree, 1.0)
        most_cells, most_length = 16 + 4 * edges, 128 + 8 * edges
        bits[block] = 2
        while bits[block] < BLOCK_BITS and 4 ** bits[block] <= most_cells and 2 ** bits[block] * length <= most_length:
            bits[block] += 1


@compiled
def _fill_blocks(
    frame: Frame, xy: Floats, coarse: Longs, starts: Longs, runs: Records, begins: Longs, bits: Longs, cells: Cells
) -> tuple[Records, int]:
    """Divide every coarse cell that has runs; return the runs of the fine cells, and how many they are."""
    fine, out, used = cells.fine, cells.runs, 0
    for block in range(len(coarse)):
        size = 1 << bits[block]
        window = Window(float(coarse[block] % frame.size), float(coarse[block] // frame.size), float(size), size)
        own = runs[starts[block] : starts[block + 1]]
        values = fine[begins[block] : begins[block + 1]]
        out, used = divide(frame, window, xy, own, own[-1].otherwise, values, out, used)
    return out, used


def build_cells(frame: Frame, xy: Floats, rings: Records, nowhere: int) -> Cells:
    """Cover the parts with cells. ``rings`` are runs, one for each ring; ``nowhere`` is the place of "no area"."""
    whole = Window(0.0, 0.0, 1.0, frame.size)
    values = np.empty(frame.size**2, np.int32)
    runs, used = divide(frame, whole, xy, rings, nowhere, values, no_runs(), 0)
    coarse = np.flatnonzero(values < 0)
    starts = np.append(~values[coarse].astype(np.int64), used)
    bits = np.empty(len(coarse), np.int64)
    _choose_block_bits(frame, xy, starts, runs, bits)
    begins = np.cumsum(np.append(nowhere + 1, 4**bits))
    blocks = np.append(values, np.int32(nowhere)).astype(np.int64) << SHIFT_BITS | BLOCK_BITS
    blocks[coarse] = begins[:-1] << SHIFT_BITS | (BLOCK_BITS - bits)
    fine = np.empty(begins[-1], np.int32)
    fine[: nowhere + 1] = np.arange(nowhere + 1)
    fine_runs, used = _fill_blocks(frame, xy, coarse, starts, runs, begins, bits, Cells(blocks, fine, no_runs()))
    return Cells(blocks, fine, fine_runs[:used].copy())
