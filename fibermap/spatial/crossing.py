"""Which straight drops cross a river, a railway or a highway."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from fibermap.spatial.distance import drop_line
from fibermap.spatial.metres import simple_parts

SEGMENTS_OF_A_PIECE = 16

_INTERIOR_MEETS_INTERIOR = "T********"
_INTERIOR_MEETS_END = "*T*******"


def crossings(
    lon: ArrayLike, lat: ArrayLike, target_lon: ArrayLike, target_lat: ArrayLike, barriers: Any
) -> NDArray[np.int32]:
    """Find for each drop a barrier that it crosses.

    Parameters
    ----------
    lon, lat, target_lon, target_lat
        Shape (n,), degrees, EPSG:4326: the address and its terminal, pair by pair.
    barriers
        Shape (m,), lines or polygons in EPSG:4326; None, empty and points are no barrier. Polygons must be valid.

    Returns
    -------
    ndarray of int32
        Shape (n,): the lowest index of the barriers crossed, -1 where there is none or an end is missing. A drop
        that only ends on a barrier (a terminal on the bank) does not cross it; one that lies in a polygon does.
    """
    drops = drop_line(lon, lat, target_lon, target_lat)
    parts, barrier = simple_parts(np.atleast_1d(np.asarray(barriers, dtype=object)))
    kind = shapely.get_type_id(parts)
    is_line, is_polygon = np.isin(kind, (1, 2)), kind == 3
    outlines, outlined = shapely.get_rings(parts[is_polygon], return_index=True)
    lines = np.concatenate([parts[is_line], outlines])
    owners = np.concatenate([barrier[is_line], barrier[is_polygon][outlined]])
    first = np.full(drops.size, np.iinfo(np.int32).max, dtype=np.int32)
    _note_lines_crossed(first, drops, lines, owners)
    _note_polygons_around(first, drops, parts[is_polygon], barrier[is_polygon])
    first[first == np.iinfo(np.int32).max] = -1
    return first


def _note_lines_crossed(
    first: NDArray[np.int32], drops: NDArray[np.object_], lines: NDArray[np.object_], owners: NDArray[np.intp]
) -> None:
    pieces, line = _pieces(lines)
    piece, drop = shapely.STRtree(drops).query(pieces, predicate="intersects")
    inside = shapely.relate_pattern(drops[drop], pieces[piece], _INTERIOR_MEETS_INTERIOR)
    inside |= shapely.relate_pattern(drops[drop], pieces[piece], _INTERIOR_MEETS_END)
    np.minimum.at(first, drop[inside], owners[line[piece[inside]]].astype(np.int32))


def _note_polygons_around(
    first: NDArray[np.int32], drops: NDArray[np.object_], polygons: NDArray[np.object_], owners: NDArray[np.intp]
) -> None:
    """A drop whose inner part meets no outline lies wholly in or wholly out, and so does its middle."""
    middles = shapely.line_interpolate_point(drops, 0.5, normalized=True)
    polygon, drop = shapely.STRtree(middles).query(polygons, predicate="contains")
    np.minimum.at(first, drop, owners[polygon].astype(np.int32))


def _pieces(lines: NDArray[np.object_]) -> tuple[NDArray[np.object_], NDArray[np.intp]]:
    """Cut lines into runs of a few segments, so that a long river is compared only where it passes."""
    xy, line = shapely.get_coordinates(lines, return_index=True)
    joined = np.flatnonzero(line[:-1] == line[1:])
    finite = np.isfinite(xy[joined]).all(axis=1) & np.isfinite(xy[joined + 1]).all(axis=1)
    joined = joined[finite]
    follows = np.diff(joined, prepend=-2) == 1
    run_start = np.flatnonzero(~follows)
    ordinal = np.arange(joined.size) - np.repeat(run_start, np.diff(np.append(run_start, joined.size)))
    piece = np.cumsum(ordinal % SEGMENTS_OF_A_PIECE == 0) - 1
    opens = np.flatnonzero(np.diff(piece, prepend=-1))
    closes = np.append(opens[1:], joined.size)
    vertex = np.insert(joined + 1, opens, joined[opens])
    owner = np.repeat(np.arange(opens.size), closes - opens + 1)
    return shapely.linestrings(xy[vertex], indices=owner), line[joined[opens]]
