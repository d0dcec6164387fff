"""Runs of rings, divided among the cells of a square window: one step from the whole grid to its finest cells."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from fibermap.spatial.cells.compiled import Bytes, Floats, Ints, Records, compiled
from fibermap.spatial.cells.runs import ENDS_PART, ENDS_RING, FROM_EAST, HOLE, ODD, RUN, TO_EAST

# Cells this close to an edge (in cells) count as touched. Grid coordinates are good to 1e-12.
_MARGIN = 1e-7

_LINK = np.dtype([(name, np.int32) for name in ("first", "edges", "flags", "place", "part", "ring", "before")])
"""A run in the list of its cell, which goes from the newest to the one ``before``."""


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


class _Sheet(NamedTuple):
    """What is known of each cell of a window, row by row.

    The best place that covers it wholly, its newest link, the ring that touched it last, and of the part in hand
    ``2 * part`` where it covers the cell as far as is known, ``2 * part + 1`` where that depends on the point. While a
    ring is in hand: the parity of what it adds within the cell, and of its crossings with the middle of the row there.
    """

    best: Ints
    newest: Ints
    ring: Ints
    status: Ints
    within: Bytes
    crossings: Bytes


@compiled
def _blank_sheet(cells: int, best: int) -> _Sheet:
    return _Sheet(
        np.full(cells, best, np.int32),
        np.full(cells, -1, np.int32),
        np.full(cells, -1, np.int32),
        np.full(cells, -1, np.int32),
        np.zeros(cells, np.int8),
        np.zeros(cells, np.int8),
    )


@compiled
def _in_window(frame: Frame, window: Window, xy: Floats, vertex: int) -> tuple[float, float]:
    u = (xy[vertex, 0] - frame.west) * frame.columns_per_degree
    v = (xy[vertex, 1] - frame.south) * frame.rows_per_degree
    return (u - window.u) * window.cells_per_unit, (v - window.v) * window.cells_per_unit


@compiled
def _cell_range(low: float, high: float, size: int) -> tuple[int, int]:
    """Return the first and last cell of a row that an interval touches; none where last < first."""
    return int(max(low - _MARGIN, 0.0)), int(np.floor(min(high + _MARGIN, size - 1.0)))


@compiled
def _columns_in_row(u1: float, v1: float, u2: float, v2: float, row: int, size: int) -> tuple[int, int]:
    """Return the first and last column that an edge touches in a row."""
    if v1 > v2:
        u1, v1, u2, v2 = u2, v2, u1, v1
    low, high = row - _MARGIN, row + 1 + _MARGIN
    slope = (u2 - u1) / (v2 - v1) if v1 < v2 else 0.0
    at_low = u1 + (low - v1) * slope if v1 < low else u1
    at_high = u1 + (high - v1) * slope if v2 > high else u2
    west, east = min(u1, u2), max(u1, u2)
    at_low, at_high = min(max(at_low, west), east), min(max(at_high, west), east)
    return _cell_range(min(at_low, at_high), max(at_low, at_high), size)


@compiled
def _crossing(u1: float, v1: float, u2: float, v2: float, middle: float) -> float:
    """Return where an edge crosses the middle of a row, if it does, else a place west of all cells."""
    return u1 + (middle - v1) * ((u2 - u1) / (v2 - v1)) if (v1 > middle) != (v2 > middle) else -1.0


@compiled
def _with_room(records: Records, needed: int) -> Records:
    if needed <= len(records):
        return records
    larger = np.empty(max(needed, 2 * len(records)), records.dtype)
    larger[: len(records)] = records
    return larger


@compiled
def _new_link(newest: Ints, links: Records, used: int, cell: int, place: int, part: int, ring: int) -> Records:
    links = _with_room(links, used + 1)
    link = links[used]
    link.first, link.edges, link.flags = 0, 0, 0
    link.place, link.part, link.ring, link.before = place, part, ring, newest[cell]
    newest[cell] = used
    return links


@compiled
def _touch(
    frame: Frame,
    window: Window,
    xy: Floats,
    runs: Records,
    r: int,
    part: int,
    ring: int,
    sheet: _Sheet,
    links: Records,
    used: int,
) -> tuple[Records, int, tuple[int, int, int, int]]:
    """Link a run's edges to the cells that they touch, where they matter, and return the box of all cells touched."""
    best, newest, ring_of, status, within, crossings = sheet
    size, place, hole = window.size, runs[r].place, runs[r].flags & HOLE
    left, right, bottom, top = size, -1, size, -1
    u2, v2 = _in_window(frame, window, xy, runs[r].first)
    for edge in range(runs[r].first, runs[r].first + runs[r].edges):
        u1, v1 = u2, v2
        u2, v2 = _in_window(frame, window, xy, edge + 1)
        low, high = _cell_range(min(v1, v2), max(v1, v2), size)
        bottom, top = min(bottom, low), max(top, high)
        for row in range(low, high + 1):
            middle = row + 0.5
            at = _crossing(u1, v1, u2, v2, middle)
            if at >= 0.0:
                crossings[row * size + int(min(at, size - 1.0))] ^= 1
            first, last = _columns_in_row(u1, v1, u2, v2, row, size)
            left, right = min(left, first), max(right, last)
            for column in range(first, last + 1):
                cell = row * size + column
                ring_of[cell] = ring
                if best[cell] <= place or (hole and status[cell] >> 1 != part):
                    continue
                from_east, to_east = u1 > column + 1, u2 > column + 1
                within[cell] ^= (at >= column) ^ (from_east & (v1 > middle)) ^ (to_east & (v2 > middle))
                k = newest[cell]
                if k < 0 or links[k].ring != ring or links[k].first + links[k].edges != edge:
                    links = _new_link(newest, links, used, cell, place, part, ring)
                    k, used = used, used + 1
                    links[k].first, links[k].flags = edge, hole | (FROM_EAST if from_east else 0)
                links[k].edges += 1
                links[k].flags = (links[k].flags & ~TO_EAST) | (TO_EAST if to_east else 0)
    return links, used, (left, right, bottom, top)


@compiled
def _parity_in_the_east(
    frame: Frame, window: Window, xy: Floats, runs: Records, begin: int, end: int, middle: float
) -> int:
    """Return the parity of a ring east of the window: that of what is not in the runs, and of their ends."""
    odd = 0
    for r in range(begin, end):
        flags, first, last = runs[r].flags, runs[r].first, runs[r].first + runs[r].edges
        odd ^= flags & ODD
        odd ^= (flags & FROM_EAST) != 0 and _in_window(frame, window, xy, first)[1] > middle
        odd ^= (flags & TO_EAST) != 0 and _in_window(frame, window, xy, last)[1] > middle
    return odd


@compiled
def _settle(
    frame: Frame,
    window: Window,
    xy: Floats,
    runs: Records,
    begin: int,
    end: int,
    part: int,
    ring: int,
    sheet: _Sheet,
    links: Records,
    used: int,
    box: tuple[int, int, int, int],
) -> tuple[Records, int]:
    """Go through the cells of a box from east to west, and note of each how it lies to a ring that has been linked."""
    _, newest, ring_of, status, within, crossings = sheet
    place, hole = runs[begin].place, runs[begin].flags & HOLE
    left, right, bottom, top = box
    for row in range(bottom, top + 1):
        odd = _parity_in_the_east(frame, window, xy, runs, begin, end, row + 0.5)
        for cell in range(row * window.size + right, row * window.size + left - 1, -1):
            odd ^= crossings[cell]
            k = newest[cell]
            if hole and status[cell] >> 1 != part:
                pass  # the shell or another hole keeps the part away
            elif ring_of[cell] == ring:
                status[cell] = 2 * part + 1
                if k >= 0 and links[k].ring == ring:
                    links[k].flags |= odd ^ within[cell]
            elif odd and not hole:
                status[cell] = 2 * part
            elif odd:
                status[cell] = -1
                if k >= 0 and links[k].part == part:
                    links = _new_link(newest, links, used, cell, place, part, ring)
                    links[used].flags = HOLE | ODD
                    used += 1
            crossings[cell], within[cell] = 0, 0
    return links, used


@compiled
def _claim(window: Window, sheet: _Sheet, box: tuple[int, int, int, int], part: int, place: int) -> None:
    """Give a part the cells that it covers wholly and that no better one has."""
    best, status = sheet.best, sheet.status
    left, right, bottom, top = box
    for row in range(bottom, top + 1):
        for cell in range(row * window.size + left, row * window.size + right + 1):
            if status[cell] == 2 * part:
                best[cell] = min(best[cell], place)


@compiled
def _is_whole(xy: Floats, runs: Records, begin: int, end: int) -> bool:
    """Say whether the runs are one closed ring that does not enclose the window."""
    first, last = runs[begin].first, runs[begin].first + runs[begin].edges
    is_closed: bool = first < last and xy[first, 0] == xy[last, 0] and xy[first, 1] == xy[last, 1]
    return end == begin + 1 and is_closed and not runs[begin].flags & ODD


@compiled
def _link_runs(frame: Frame, window: Window, xy: Floats, runs: Records, sheet: _Sheet) -> Records:
    """Link runs to the cells of a window, ring by ring, and lower ``best`` where parts cover cells."""
    everywhere = (0, window.size - 1, 0, window.size - 1)
    links, used = np.empty(256, _LINK), 0
    begin, part, ring, within = 0, 0, 0, everywhere
    is_new = True
    for end in range(1, len(runs) + 1):
        if not runs[end - 1].flags & ENDS_RING:
            continue
        hole = runs[begin].flags & HOLE
        if hole and is_new:  # the shell encloses the window
            sheet.status[:] = 2 * part
            within = everywhere
        box = everywhere
        for r in range(begin, end):
            links, used, box = _touch(frame, window, xy, runs, r, part, ring, sheet, links, used)
        if not _is_whole(xy, runs, begin, end):
            box = everywhere
        links, used = _settle(frame, window, xy, runs, begin, end, part, ring, sheet, links, used, box)
        within = within if hole else box
        is_new = runs[end - 1].flags & ENDS_PART != 0
        if is_new:
            _claim(window, sheet, within, part, runs[begin].place)
            part += 1
        begin, ring = end, ring + 1
    return links


@compiled
def _write_list(links: Records, newest: int, runs: Records, begin: int) -> tuple[Records, int]:
    """Write a cell's runs from ``begin`` on, the oldest first; return the perhaps larger ``runs`` and their end."""
    end, k = begin, newest
    while k >= 0:
        end, k = end + 1, links[k].before
    runs = _with_room(runs, end)
    k, ring, part = newest, -1, -1
    for to in range(end - 1, begin - 1, -1):
        link, run = links[k], runs[to]
        run.first, run.edges, run.place, run.otherwise = link.first, link.edges, link.place, -1
        run.flags = link.flags | (ENDS_RING if link.ring != ring else 0) | (ENDS_PART if link.part != part else 0)
        k, ring, part = link.before, link.ring, link.part
    return runs, end


@compiled
def divide(
    frame: Frame, window: Window, xy: Floats, runs: Records, otherwise: int, cells: Ints, out: Records, used: int
) -> tuple[Records, int]:
    """Divide runs among the cells of a window.

    Writes to ``cells`` (row by row) a place, or ``~offset`` of the cell's runs in ``out``; ``otherwise`` is the place
    where no part covers. Returns the perhaps larger ``out`` and how much of it is used.
    """
    sheet = _blank_sheet(len(cells), otherwise)
    links = _link_runs(frame, window, xy, runs, sheet)
    best, newest = sheet.best, sheet.newest
    for cell in range(len(cells)):
        cells[cell] = best[cell]
        if newest[cell] >= 0:
            cells[cell] = ~used
            out, used = _write_list(links, newest[cell], out, used)
            out[used - 1].otherwise = best[cell]
    return out, used


def no_runs() -> Records:
    """Return room for runs to be written to by :func:`divide`."""
    return np.empty(1024, RUN)
