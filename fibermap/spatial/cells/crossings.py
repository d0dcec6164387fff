"""Point against the edges of a ring, counting crossings of the ray going east, as GEOS does."""

from __future__ import annotations

import numpy as np

from fibermap.spatial.cells.compiled import Floats, compiled
from fibermap.spatial.cells.orientation import ABSOLUTE_ERROR, COLLINEAR, LEFT, RELATIVE_ERROR, UNKNOWN, side

_CROSSES_NOT, _CROSSES, ON_EDGE, HARD_EDGE = 0, 1, 2, 3
_IN_DOUBT = -1


@compiled
def _crossing(x1: float, y1: float, x2: float, y2: float, x: float, y: float) -> int:  # noqa: PLR0911 (GEOS's cases)
    """Return 1 where the edge crosses the ray going east from the point, else 0, or what else the point is."""
    if x1 < x and x2 < x:
        return _CROSSES_NOT
    if x == x2 and y == y2:
        return ON_EDGE
    if y1 == y and y2 == y:
        return ON_EDGE if min(x1, x2) <= x <= max(x1, x2) else _CROSSES_NOT
    if (y1 > y) == (y2 > y):
        return _CROSSES_NOT
    turn = side(x1, y1, x2, y2, x, y)
    if turn == UNKNOWN:
        return HARD_EDGE
    if turn == COLLINEAR:
        return ON_EDGE
    return _CROSSES if (turn == LEFT) == (y2 > y1) else _CROSSES_NOT


@compiled
def _parity_or_doubt(xy: Floats, first: int, last: int, x: float, y: float) -> int:
    """Say whether crossings are odd, or that some edge is so near that it takes :func:`_parity_exactly`."""
    crossings, doubts = np.int64(0), np.int64(0)
    x1, y1 = xy[first, 0] - x, xy[first, 1] - y
    for vertex in range(first + 1, last + 1):
        x2, y2 = xy[vertex, 0] - x, xy[vertex, 1] - y
        left, right = x1 * y2, y1 * x2
        turn = left - right
        error = RELATIVE_ERROR * (abs(left) + abs(right)) + ABSOLUTE_ERROR
        low, high = min(y1, y2), max(y1, y2)
        doubts += np.int64((low <= 0.0) & (high >= 0.0) & (abs(turn) <= error))
        crossings += np.int64((low <= 0.0) & (high > 0.0) & ((turn > 0.0) == (y2 > 0.0)))
        x1, y1 = x2, y2
    return _IN_DOUBT if doubts else int(crossings & 1)


@compiled
def _parity_exactly(xy: Floats, first: int, last: int, x: float, y: float) -> int:
    crossings = 0
    for k in range(first, last):
        crossing = _crossing(xy[k, 0], xy[k, 1], xy[k + 1, 0], xy[k + 1, 1], x, y)
        if crossing >= ON_EDGE:
            return crossing
        crossings += crossing
    return crossings & 1


@compiled
def parity_of_crossings(xy: Floats, first: int, last: int, x: float, y: float) -> int:
    """Return 0 or 1 for the edges between two vertices, or at least :data:`ON_EDGE`."""
    parity = _parity_or_doubt(xy, first, last, x, y)
    return _parity_exactly(xy, first, last, x, y) if parity == _IN_DOUBT else parity
