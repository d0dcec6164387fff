"""On which side of an edge is a point? Exactly, or not at all.

First a floating-point filter (Shewchuk, Adaptive Precision Floating-Point Arithmetic, 1997, section 4.3). What it
leaves open is nearly collinear: if the differences that GEOS forms are exact, as they are for coordinates of like size,
then its double-double arithmetic is exact too, and so are the two products compared here, with Dekker's error terms (A
floating-point technique for extending the available precision, 1971). The rest is for GEOS itself.
"""

from __future__ import annotations

from fibermap.spatial.cells.compiled import compiled

LEFT, COLLINEAR, RIGHT, UNKNOWN = 1, 0, -1, 2

# Shewchuk's bound is 3.3307e-16; the addend covers products that underflow.
RELATIVE_ERROR = 4e-16
ABSOLUTE_ERROR = 1e-290
_SPLITTER = 134217729.0  # 2**27 + 1
_SMALLEST, _LARGEST = 1e-140, 1e140  # products of such differences neither underflow nor overflow


@compiled
def _difference_is_exact(a: float, b: float) -> bool:
    d = a - b
    b_seen = a - d
    a_seen = d + b_seen
    return (b_seen - b) + (a - a_seen) == 0.0 and (d == 0.0 or _SMALLEST < abs(d) < _LARGEST)


@compiled
def _product_tail(a: float, b: float, product: float) -> float:
    a_big = _SPLITTER * a
    a_high = a_big - (a_big - a)
    b_big = _SPLITTER * b
    b_high = b_big - (b_big - b)
    a_low, b_low = a - a_high, b - b_high
    return a_low * b_low - (((product - a_high * b_high) - a_low * b_high) - a_high * b_low)


@compiled
def _exact_side(x1: float, y1: float, x2: float, y2: float, x: float, y: float) -> int:
    """Side of a nearly collinear point, from the differences that GEOS forms; unknown where those are inexact."""
    if not (
        _difference_is_exact(x2, x1)
        and _difference_is_exact(y2, y1)
        and _difference_is_exact(x, x2)
        and _difference_is_exact(y, y2)
    ):
        return UNKNOWN
    dx1, dy1, dx2, dy2 = x2 - x1, y2 - y1, x - x2, y - y2
    left, right = dx1 * dy2, dy1 * dx2
    if left == right:
        left, right = _product_tail(dx1, dy2, left), _product_tail(dy1, dx2, right)
    if left == right:
        return COLLINEAR
    return LEFT if left > right else RIGHT


@compiled
def side(x1: float, y1: float, x2: float, y2: float, x: float, y: float) -> int:
    """Say on which side of the line from 1 to 2 a point is, as GEOS does; unknown where only GEOS can tell."""
    left = (x1 - x) * (y2 - y)
    right = (y1 - y) * (x2 - x)
    determinant = left - right
    error = RELATIVE_ERROR * (abs(left) + abs(right)) + ABSOLUTE_ERROR
    if determinant > error:
        return LEFT
    if -determinant > error:
        return RIGHT
    return _exact_side(x1, y1, x2, y2, x, y)
