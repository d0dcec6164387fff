"""The nearest route (strand, cable, conduit) of many addresses, and the foot of the drop on it.

A route is straight between its vertices in longitude and latitude. It is cut into short pieces whose middles stand in
a k-d tree: the nearest middles give candidates, the candidates are measured exactly, and a candidate is certain once
no piece farther down the list could come closer.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from fibermap.spatial.distance import TIE_M, check_limit, search
from fibermap.spatial.metres import (
    Floats,
    degrees_apart,
    ground_distance_m,
    simple_parts,
    to_ecef,
)

PIECE_M = 30.0
MOST_EXTRA_PIECES = 2_000_000
FIRST_CANDIDATES = 8
CANDIDATES_AT_ONCE = 500_000


class NearestLine(NamedTuple):
    """The nearest line of each address.

    Attributes
    ----------
    line
        Shape (n,), int32: index of the line, -1 where there is none.
    distance_m
        Shape (n,), metres on the ground, NaN where there is none.
    foot_lon, foot_lat
        Shape (n,), degrees: the nearest place on that line, NaN where there is none.
    """

    line: NDArray[np.int32]
    distance_m: Floats
    foot_lon: Floats
    foot_lat: Floats


class _Addresses(NamedTuple):
    lon: Floats
    lat: Floats
    space: Floats


class LineIndex:
    """Lines to search among, built once and searched often; immutable, so threads may share it.

    Parameters
    ----------
    lines
        Shape (m,), LineStrings and MultiLineStrings in EPSG:4326. None, empty and other kinds are never nearest, and
        segments with a missing coordinate are left out. A segment of more than 180 degrees goes the short way round.
    """

    def __init__(self, lines: Any) -> None:
        from scipy.spatial import cKDTree

        self._start, self._step, self._owner = _pieces(_segments(lines))
        end, middle = self._start + self._step, self._start + self._step / 2
        self._start_space, middle_space = to_ecef(*self._start.T), to_ecef(*middle.T)
        self._step_space = to_ecef(*end.T) - self._start_space
        self._length_m = np.sqrt(np.sum(self._step_space**2, axis=-1))
        # A piece is straight on the map, so it bends a little in space: a hundredth more is on the safe side.
        self._half_m = float(self._length_m.max(initial=0.0)) / 2 * 1.01
        self._tree = cKDTree(middle_space)

    def nearest(self, lon: ArrayLike, lat: ArrayLike, limit_m: float = np.inf) -> NearestLine:
        """Find the nearest line of each address; parameters and result as in :func:`nearest_lines`."""
        check_limit(limit_m)
        lon, lat = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
        answer = NearestLine(np.full(lon.shape, -1, dtype=np.int32), *(np.full(lon.shape, np.nan) for _ in range(3)))
        addresses = _Addresses(lon, lat, to_ecef(lon, lat))
        pending = np.flatnonzero(np.isfinite(addresses.space[:, 0])) if self._owner.size else np.arange(0)
        candidates = FIRST_CANDIDATES
        while pending.size:
            candidates = min(candidates, self._owner.size)
            chunks = np.array_split(pending, 1 + pending.size * candidates // CANDIDATES_AT_ONCE)
            settled = [self._settle(rows, addresses, candidates, limit_m, answer) for rows in chunks]
            pending = pending[~np.concatenate(settled)]
            candidates *= 4
        return answer

    def _settle(
        self, rows: NDArray[np.intp], addresses: _Addresses, candidates: int, limit_m: float, answer: NearestLine
    ) -> NDArray[np.bool_]:
        """Write the answers of rows that this many candidates suffice for; return which rows those are."""
        lon, lat, space = (values[rows] for values in addresses)
        chord_m, piece = search(self._tree, space, candidates, limit_m + self._half_m)
        missing = ~np.isfinite(chord_m)
        piece[missing] = 0
        share, distance_m = self._measure(space, piece)
        distance_m[missing] = np.inf
        shortest_m = distance_m.min(axis=1)
        farthest_m = chord_m[:, -1]
        certain = (shortest_m + TIE_M <= farthest_m - self._half_m) | (candidates == self._owner.size)
        tied = distance_m <= shortest_m[:, None] + TIE_M
        column = np.where(tied, self._owner[piece], np.iinfo(np.int32).max).argmin(axis=1)
        row = np.arange(rows.size)
        chosen = piece[row, column]
        foot = self._start[chosen] + share[row, column, None] * self._step[chosen]
        exact_m = ground_distance_m(lon, lat, foot[:, 0], foot[:, 1])
        near = certain & np.isfinite(shortest_m) & (exact_m <= limit_m)
        rows = rows[near]
        answer.line[rows], answer.distance_m[rows] = self._owner[chosen[near]], exact_m[near]
        answer.foot_lon[rows], answer.foot_lat[rows] = degrees_apart(0.0, foot[near, 0]), foot[near, 1]
        return np.asarray(certain)

    def _measure(self, space: Floats, piece: NDArray[np.intp]) -> tuple[Floats, Floats]:
        """Drop perpendiculars to pieces: how far along each the foot is, 0 to 1, and how far away, metres."""
        gap, step, length_m = self._start_space[piece] - space[:, None], self._step_space[piece], self._length_m[piece]
        along_m2 = -np.einsum("rcx,rcx->rc", gap, step)
        share = np.divide(along_m2, length_m**2, out=np.zeros_like(along_m2), where=length_m > 0).clip(0, 1)
        gap += share[..., None] * step
        return share, np.sqrt(np.einsum("rcx,rcx->rc", gap, gap))


def nearest_lines(lon: ArrayLike, lat: ArrayLike, lines: Any, limit_m: float = np.inf) -> NearestLine:
    """Find the nearest line of each address, and where on it the drop would end.

    Parameters
    ----------
    lon, lat
        Shape (n,), degrees, EPSG:4326. NaN, infinite or beyond a pole: no position.
    lines
        Shape (m,), as in :class:`LineIndex`.
    limit_m
        Do not look farther than this; a line exactly at the limit counts.

    Returns
    -------
    NearestLine
        ``(line, distance_m, foot_lon, foot_lat)``, within 1 mm of the geodesic at drop length; among lines equally
        far the lowest index; -1 and NaN without a position or without a line in reach.

    Raises
    ------
    InputRefused
        ``argument_invalid`` where the limit is negative or NaN.
    """
    return LineIndex(lines).nearest(lon, lat, limit_m)


class _Segments(NamedTuple):
    start: Floats  # (s, 2), degrees
    step: Floats  # (s, 2), degrees, the short way round
    owner: NDArray[np.int32]


def _segments(lines: Any) -> _Segments:
    array = np.asarray(lines, dtype=object)
    parts, line = simple_parts(array)
    is_line = np.isin(shapely.get_type_id(parts), (1, 2))
    parts, line = parts[is_line], line[is_line]
    xy, part = shapely.get_coordinates(parts, return_index=True)
    joined = (part[:-1] == part[1:]) & np.isfinite(xy[:-1]).all(axis=1) & np.isfinite(xy[1:]).all(axis=1)
    start, end = xy[:-1][joined], xy[1:][joined]
    step = np.column_stack([degrees_apart(start[:, 0], end[:, 0]), end[:, 1] - start[:, 1]])
    return _Segments(start, step, line[part[:-1][joined]].astype(np.int32))


def _pieces(segments: _Segments) -> tuple[Floats, Floats, NDArray[np.int32]]:
    """Cut segments into pieces of at most 30 m; longer ones where the network is too long for that."""
    start, step, owner = segments
    length_m = ground_distance_m(start[:, 0], start[:, 1], start[:, 0] + step[:, 0], start[:, 1] + step[:, 1])
    length_m = np.where(np.isfinite(length_m), length_m, 0)
    piece_m = max(PIECE_M, float(length_m.sum()) / MOST_EXTRA_PIECES)
    count = np.maximum(np.ceil(length_m / piece_m), 1).astype(np.int64)
    segment = np.repeat(np.arange(len(owner)), count)
    ordinal = np.arange(segment.size) - np.repeat(np.cumsum(count) - count, count)
    piece_step = step[segment] / count[segment, None]
    return start[segment] + ordinal[:, None] * piece_step, piece_step, owner[segment]
