"""The two-level grid: which cells each part touches, which lie inside it, and what is left to try in the others."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from fibermap.spatial.cells.compiled import Floats, Ints, Longs, compiled
from fibermap.spatial.cells.shapes import INSIDE, Shapes, locate, starts_of

# Cells this close to an edge (in cells) count as touched. Grid coordinates are good to 1e-12.
_MARGIN = 1e-7
_LARGEST_BLOCK = 64
SIZES = 128
"""More than the size of any block."""


class Frame(NamedTuple):
    """The grid's origin, cells per degree and number of columns, which is also that of rows."""

    west: float
    south: float
    columns_per_degree: float
    rows_per_degree: float
    size: int


class Window(NamedTuple):
    """A square part of the grid divided into ``size * size`` cells: the whole grid, or one coarse cell."""

    u: float
    v: float
    cells_per_unit: float
    size: int


class Cells(NamedTuple):
    """The grid. Every coarse cell is a block of ``size * size`` fine cells; one without edges is a single fine cell.

    ``blocks`` -> where the block begins in ``fine``, times :data:`SIZES`, plus its size, so that one read finds both.
    ``fine`` (a block's cells row by row) -> a place in the order of precedence, or ``~offset`` into ``tries``, which
    holds parts to try and ends with ``~place``, the answer if none of them covers the point.
    """

    blocks: Longs
    fine: Ints
    tries: Ints


@compiled
def _cell_range(low: float, high: float, size: int) -> tuple[int, int]:
    """Return the first and last cell of a row that an interval touches; none where last < first."""
    return int(max(low - _MARGIN, 0.0)), int(np.floor(min(high + _MARGIN, size - 1.0)))


@compiled
def _columns_in_row(u1: float, v1: float, u2: float, v2: float, row: int, size: int) -> tuple[int, int]:
    """Return the first and last column that an edge with ``v1 <= v2`` touches in a row."""
    low, high = row - _MARGIN, row + 1 + _MARGIN
    at_low, at_high = u1, u2
    if v1 < low:
        at_low = u1 + (low - v1) * ((u2 - u1) / (v2 - v1))
    if v2 > high:
        at_high = u1 + (high - v1) * ((u2 - u1) / (v2 - v1))
    west, east = min(u1, u2), max(u1, u2)
    at_low, at_high = min(max(at_low, west), east), min(max(at_high, west), east)
    return _cell_range(min(at_low, at_high), max(at_low, at_high), size)


@compiled
def _edge_in_window(frame: Frame, window: Window, xy: Floats, edge: int) -> tuple[float, float, float, float]:
    """Return an edge in cells of the window, its lower end first."""
    u1 = ((xy[edge, 0] - frame.west) * frame.columns_per_degree - window.u) * window.cells_per_unit
    v1 = ((xy[edge, 1] - frame.south) * frame.rows_per_degree - window.v) * window.cells_per_unit
    u2 = ((xy[edge + 1, 0] - frame.west) * frame.columns_per_degree - window.u) * window.cells_per_unit
    v2 = ((xy[edge + 1, 1] - frame.south) * frame.rows_per_degree - window.v) * window.cells_per_unit
    return (u1, v1, u2, v2) if v1 <= v2 else (u2, v2, u1, v1)


@compiled
def _touch(
    frame: Frame, window: Window, xy: Floats, edges: Longs, part: int, seen: Ints, best: Ints, counts: Longs
) -> tuple[int, int, int, int]:
    """Mark the cells that a part's edges touch, count edges where no better part answers, and return the cells' box."""
    left, right, bottom, top = window.size, -1, window.size, -1
    for edge in edges:
        u1, v1, u2, v2 = _edge_in_window(frame, window, xy, edge)
        low, high = _cell_range(v1, v2, window.size)
        bottom, top = min(bottom, low), max(top, high)
        for row in range(low, high + 1):
            first, last = _columns_in_row(u1, v1, u2, v2, row, window.size)
            left, right = min(left, first), max(right, last)
            for cell in range(row * window.size + first, row * window.size + last + 1):
                seen[cell] = 2 * part
                if best[cell] > part:
                    counts[cell] += 1
    return left, right, bottom, top


@compiled
def _claim_inside(
    shapes: Shapes,
    frame: Frame,
    window: Window,
    part: int,
    seen: Ints,
    best: Ints,
    left: int,
    right: int,
    bottom: int,
    top: int,
) -> None:
    """Give a part the untouched cells inside it that no better part has.

    Two untouched neighbours are on the same side, so that few cells need to look. A centre is so far from every edge
    that the filter decides; GEOS is never needed.
    """
    parts, run_start, edge_start, ends = shapes
    touched, inside = 2 * part, 2 * part + 1
    for row in range(bottom, top + 1):
        for column in range(left, right + 1):
            cell = row * window.size + column
            if seen[cell] == touched:
                continue
            if column > left and seen[cell - 1] != touched:
                is_inside = seen[cell - 1] == inside
            elif row > bottom and seen[cell - window.size] != touched:
                is_inside = seen[cell - window.size] == inside
            else:
                x = frame.west + (window.u + (column + 0.5) / window.cells_per_unit) / frame.columns_per_degree
                y = frame.south + (window.v + (row + 0.5) / window.cells_per_unit) / frame.rows_per_degree
                is_inside = locate(parts, run_start, edge_start, ends, part, x, y) == INSIDE
            if is_inside:
                seen[cell] = inside
                best[cell] = min(best[cell], part)


@compiled
def _cover_coarse(
    shapes: Shapes,
    frame: Frame,
    window: Window,
    xy: Floats,
    edges: Longs,
    part_edge: Longs,
    best: Ints,
    seen: Ints,
    counts: Longs,
) -> None:
    """Find each coarse cell's best covering part, and count the edges of better parts in it."""
    for part in range(len(part_edge) - 1):
        own = edges[part_edge[part] : part_edge[part + 1]]
        box = _touch(frame, window, xy, own, part, seen, best, counts)
        _claim_inside(shapes, frame, window, part, seen, best, *box)


@compiled
def _write_coarse(
    frame: Frame, window: Window, xy: Floats, edges: Longs, part_edge: Longs, best: Ints, cursor: Longs, found: Longs
) -> None:
    """Write the counted edges and their parts, better parts first, to the rows of ``found`` at each cell's cursor."""
    for part in range(len(part_edge) - 1):
        for edge in edges[part_edge[part] : part_edge[part + 1]]:
            u1, v1, u2, v2 = _edge_in_window(frame, window, xy, edge)
            low, high = _cell_range(v1, v2, window.size)
            for row in range(low, high + 1):
                first, last = _columns_in_row(u1, v1, u2, v2, row, window.size)
                for cell in range(row * window.size + first, row * window.size + last + 1):
                    if best[cell] > part:
                        found[cursor[cell], 0], found[cursor[cell], 1] = edge, part
                        cursor[cell] += 1


@compiled
def _choose_block_sizes(frame: Frame, xy: Floats, starts: Longs, found: Longs, with_edges: Longs, sizes: Longs) -> None:
    """Divide a coarse cell the finer the more edges it has, but only as far as their length keeps the work linear."""
    for block in range(len(with_edges)):
        begin, end = starts[with_edges[block]], starts[with_edges[block] + 1]
        length = 0.0
        for k in range(begin, end):
            edge = found[k, 0]
            length += min(abs(xy[edge + 1, 0] - xy[edge, 0]) * frame.columns_per_degree, 1.0)
            length += min(abs(xy[edge + 1, 1] - xy[edge, 1]) * frame.rows_per_degree, 1.0)
        most_cells, most_length = 16 + 4 * (end - begin), 128 + 8 * (end - begin)
        size = 4
        while size < _LARGEST_BLOCK and size * size <= most_cells and size * length <= most_length:
            size *= 2
        sizes[block] = size


@compiled
def _with_room(values: Ints, needed: int) -> Ints:
    if needed <= len(values):
        return values
    larger = np.empty(max(needed, 2 * len(values)), np.int32)
    for i in range(len(values)):
        larger[i] = values[i]
    return larger


@compiled
def _fill_block(
    shapes: Shapes, frame: Frame, window: Window, xy: Floats, found: Longs, best: Ints
) -> tuple[Ints, Ints, Ints]:
    """Sort one coarse cell's edges into its fine cells.

    Lowers ``best`` where a part covers a fine cell, and returns the parts to try before that as linked lists:
    the newest link of each cell, and each link's part and predecessor.
    """
    cells = len(best)
    seen, counts, newest = np.full(cells, -1, np.int32), np.zeros(cells, np.int64), np.full(cells, -1, np.int32)
    link_part, link_before, links = np.empty(cells, np.int32), np.empty(cells, np.int32), 0
    begin = 0
    while begin < len(found):
        part, end = found[begin, 1], begin + 1
        while end < len(found) and found[end, 1] == part:
            end += 1
        _touch(frame, window, xy, found[begin:end, 0], part, seen, best, counts)
        _claim_inside(shapes, frame, window, part, seen, best, 0, window.size - 1, 0, window.size - 1)
        link_part, link_before = _with_room(link_part, links + cells), _with_room(link_before, links + cells)
        for cell in range(cells):
            if seen[cell] == 2 * part and best[cell] > part:
                link_part[links], link_before[links] = part, newest[cell]
                newest[cell] = links
                links += 1
        begin = end
    return newest, link_part, link_before


@compiled
def _write_block(
    place: Ints, best: Ints, links: tuple[Ints, Ints, Ints], fine: Ints, tries: Ints, used: int
) -> tuple[Ints, int]:
    """Write a block's values and lists of tries; return the perhaps larger ``tries`` and how much of it is used."""
    newest, link_part, link_before = links
    for cell in range(len(best)):
        if newest[cell] < 0:
            fine[cell] = place[best[cell]]
            continue
        length, link = 0, newest[cell]
        while link >= 0:
            length, link = length + 1, link_before[link]
        tries = _with_room(tries, used + length + 1)
        fine[cell], link = ~used, newest[cell]
        for back in range(length):
            tries[used + length - 1 - back] = link_part[link]
            link = link_before[link]
        tries[used + length] = ~place[best[cell]]
        used += length + 1
    return tries, used


@compiled
def _fill_blocks(
    shapes: Shapes,
    frame: Frame,
    xy: Floats,
    starts: Longs,
    found: Longs,
    with_edges: Longs,
    best: Ints,
    place: Ints,
    block_start: Longs,
    sizes: Longs,
    fine: Ints,
) -> tuple[Ints, int]:
    """Fill all blocks; return the tries and how much of their array is used."""
    tries, used = np.empty(1024, np.int32), 0
    for block in range(len(with_edges)):
        cell, size = with_edges[block], sizes[block]
        window = Window(float(cell % frame.size), float(cell // frame.size), float(size), size)
        fine_best = np.full(size * size, best[cell], np.int32)
        links = _fill_block(shapes, frame, window, xy, found[starts[cell] : starts[cell + 1]], fine_best)
        values = fine[block_start[block] : block_start[block + 1]]
        tries, used = _write_block(place, fine_best, links, values, tries, used)
    return tries, used


def build_cells(shapes: Shapes, frame: Frame, xy: Floats, edges: Longs, part_edge: Longs, place: Ints) -> Cells:
    """Cover the parts with cells. ``place`` is each part's place in the order of precedence, then that of "no area"."""
    window = Window(0.0, 0.0, 1.0, frame.size)
    best = np.full(frame.size**2, len(part_edge) - 1, np.int32)
    seen, counts = np.full(len(best), -1, np.int32), np.zeros(len(best), np.int64)
    _cover_coarse(shapes, frame, window, xy, edges, part_edge, best, seen, counts)
    starts = starts_of(counts)
    found = np.empty((starts[-1], 2), np.int64)
    _write_coarse(frame, window, xy, edges, part_edge, best, starts[:-1].copy(), found)
    with_edges = np.flatnonzero(counts)
    sizes = np.empty(len(with_edges), np.int64)
    _choose_block_sizes(frame, xy, starts, found, with_edges, sizes)
    block_start = starts_of(sizes**2)
    fine = np.empty(block_start[-1], np.int32)
    tries, used = _fill_blocks(shapes, frame, xy, starts, found, with_edges, best, place, block_start, sizes, fine)
    blocks = np.empty(len(best), np.int64)
    blocks[with_edges] = block_start[:-1] * SIZES + sizes
    without = np.flatnonzero(counts == 0)
    blocks[without] = (len(fine) + np.arange(len(without))) * SIZES + 1
    return Cells(blocks, np.concatenate([fine, place[best[without]]]), tries[:used].copy())
