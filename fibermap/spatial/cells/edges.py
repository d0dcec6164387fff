"""The edges of areas by the cells of a raster that they pass through: is a point within reach of one of them?"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from fibermap.spatial.cells.compiled import Floats, Ints, compiled


class EdgeFrame(NamedTuple):
    """A raster around all edges, in degrees; its cells are at least four reaches long, its outermost ones empty."""

    west: float
    south: float
    width: float
    height: float
    columns: int
    rows: int


class EdgeGrid(NamedTuple):
    """Where each edge begins and ends, shape ``(n, 2)``, and by ``starts``, cell after cell, which pass through one."""

    frame: EdgeFrame
    first: Floats
    second: Floats
    starts: Ints
    edges: Ints


def edge_grid(frame: EdgeFrame, first: Floats, second: Floats) -> EdgeGrid:
    """Sort edges into the cells of a raster."""
    starts = np.zeros(frame.columns * frame.rows + 1, dtype=np.int32)
    _count(frame, first, second, starts)
    np.cumsum(starts, out=starts)
    edges = np.empty(starts[-1], dtype=np.int32)
    _fill(frame, first, second, starts.copy(), edges)
    return EdgeGrid(frame, first, second, starts, edges)


def near_edge(
    grid: EdgeGrid, x: Floats, y: Floats, east_m: Floats, north_m: Floats, within_m: float
) -> npt.NDArray[np.bool_]:
    """Return which points lie within a distance of an edge, shape ``(n,)``.

    Parameters
    ----------
    east_m, north_m
        Shape ``(n,)``: metres in a degree of longitude and of latitude at each point.
    within_m
        At most the reach that the frame was made for.
    """
    found = np.zeros(len(x), dtype=np.bool_)
    _near(grid, x, y, east_m, north_m, within_m, found)
    return found


@compiled
def _step(frame: EdgeFrame, first: Floats, second: Floats, edge: int) -> tuple[int, float, float]:
    """Return in how many steps of at most half a cell an edge is walked along, and how far each goes."""
    east, north = second[edge, 0] - first[edge, 0], second[edge, 1] - first[edge, 1]
    steps = max(1, math.ceil(2 * max(abs(east) / frame.width, abs(north) / frame.height)))
    return steps, east / steps, north / steps


@compiled
def _cell(frame: EdgeFrame, x: float, y: float) -> int:
    return int((y - frame.south) / frame.height) * frame.columns + int((x - frame.west) / frame.width)


@compiled
def _count(frame: EdgeFrame, first: Floats, second: Floats, starts: Ints) -> None:
    """Count the edges of each cell, one place behind the cell's own."""
    for edge in range(len(first)):
        steps, east, north = _step(frame, first, second, edge)
        last = -1
        for step in range(steps):
            cell = _cell(frame, first[edge, 0] + step * east, first[edge, 1] + step * north)
            if cell != last:
                starts[cell + 1] += 1
            last = cell


@compiled
def _fill(frame: EdgeFrame, first: Floats, second: Floats, free: Ints, edges: Ints) -> None:
    """Write down the edges of each cell, from where ``free`` says that its places begin."""
    for edge in range(len(first)):
        steps, east, north = _step(frame, first, second, edge)
        last = -1
        for step in range(steps):
            cell = _cell(frame, first[edge, 0] + step * east, first[edge, 1] + step * north)
            if cell != last:
                edges[free[cell]] = edge
                free[cell] += 1
            last = cell


@compiled
def _is_near(ax: float, ay: float, bx: float, by: float, within_m: float) -> bool:
    """Return whether a segment comes that near to the origin."""
    east, north = bx - ax, by - ay
    length_squared = east * east + north * north
    share = -(ax * east + ay * north) / length_squared if length_squared > 0 else 0.0
    share = min(max(share, 0.0), 1.0)
    return math.hypot(ax + share * east, ay + share * north) <= within_m


@compiled
def _any_near(
    grid: EdgeGrid, places: range, x: float, y: float, east_m: float, north_m: float, within_m: float
) -> bool:
    """Return whether one of some edges is near a point; most are told at a glance to lie to one side of it."""
    for place in places:
        edge = grid.edges[place]
        ay, by = (grid.first[edge, 1] - y) * north_m, (grid.second[edge, 1] - y) * north_m
        if (ay > within_m and by > within_m) or (ay < -within_m and by < -within_m):
            continue
        ax, bx = (grid.first[edge, 0] - x) * east_m, (grid.second[edge, 0] - x) * east_m
        if (ax > within_m and bx > within_m) or (ax < -within_m and bx < -within_m):
            continue
        if _is_near(ax, ay, bx, by, within_m):
            return True
    return False


@compiled
def _near(
    grid: EdgeGrid, x: Floats, y: Floats, east_m: Floats, north_m: Floats, within_m: float, found: npt.NDArray[np.bool_]
) -> None:
    """Look in the nine cells around each point: an edge within reach has a step in one of them."""
    frame, starts = grid.frame, grid.starts
    for point in range(len(x)):
        across, up = (x[point] - frame.west) / frame.width, (y[point] - frame.south) / frame.height
        if not (across >= 0 and across < frame.columns and up >= 0 and up < frame.rows):
            continue
        low, high = max(int(across) - 1, 0), min(int(across) + 2, frame.columns)
        for row in range(max(int(up) - 1, 0), min(int(up) + 2, frame.rows)):
            begin, end = starts[row * frame.columns + low], starts[row * frame.columns + high]
            if _any_near(grid, range(begin, end), x[point], y[point], east_m[point], north_m[point], within_m):
                found[point] = True
                break
