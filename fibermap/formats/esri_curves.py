"""Esri's curve segments written as short straight ones.

Source: ArcGIS REST API, Geometry objects, "JSON curve object": circular arc ``c`` (end, point on the arc), arc ``a``
(end, centre, minor, clockwise and, for an ellipse, rotation, semi-major axis, axis ratio), Bezier ``b`` (end, two
control points). A curve starts where the segment before it ends.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

MOST_SEGMENTS = 4_096
"""Straight segments of one curve; coarser than the tolerance only for curves of absurd size."""

Vertices: TypeAlias = NDArray[np.float64]
Vertex: TypeAlias = tuple[float, float]


class CurveBrokenError(ValueError):
    """The curve object is none of the documented ones, or its numbers describe no curve."""


def densify(start: Vertex, curve: Mapping[str, Any], tolerance: float) -> Vertices:
    """Follow one curve with straight segments.

    Parameters
    ----------
    start
        Where the curve starts, x and y.
    curve
        The curve object, with one of the keys ``c``, ``a`` and ``b``.
    tolerance
        Largest distance between curve and segments, in the unit of the coordinates; above 0.

    Returns
    -------
    ndarray of float64
        Shape (n, 2), n >= 1, x and y: the vertices after ``start``, the last one exactly the end of the curve.

    Raises
    ------
    CurveBrokenError
        The object is not understood.
    """
    try:
        (kind, values), *rest = curve.items()
        if rest or kind not in _READERS:
            raise CurveBrokenError(f"a curve of the unknown kind {', '.join(map(str, curve))[:40]}")
        vertices = _READERS[kind](start, values, tolerance)
    except (ValueError, TypeError, IndexError, KeyError, OverflowError, ZeroDivisionError) as failure:
        if isinstance(failure, CurveBrokenError):
            raise
        raise CurveBrokenError("a curve whose numbers are not understood") from failure
    if not np.isfinite(vertices).all():
        raise CurveBrokenError("a curve whose numbers are not finite")
    return vertices


def _through_point(start: Vertex, values: Sequence[Any], tolerance: float) -> Vertices:
    """Circular arc from ``start`` over an interior point to its end."""
    end, interior = _vertex(values[0]), _vertex(values[1])
    if start == end:
        centre = ((start[0] + interior[0]) / 2, (start[1] + interior[1]) / 2)
        return _arc(start, end, centre, -math.tau, tolerance)
    ux, uy = end[0] - start[0], end[1] - start[1]
    vx, vy = interior[0] - start[0], interior[1] - start[1]
    cross = ux * vy - uy * vx
    chord2, inner2 = ux * ux + uy * uy, vx * vx + vy * vy
    if not math.isfinite(chord2 + inner2):
        raise CurveBrokenError("a curve beyond all bounds")
    if abs(cross) <= 1e-12 * max(chord2, inner2):
        return np.array([end])
    centre = (
        start[0] + (vy * chord2 - uy * inner2) / (2 * cross),
        start[1] + (ux * inner2 - vx * chord2) / (2 * cross),
    )
    clockwise = cross > 0  # the interior point lies left of the chord, so the arc bulges left and turns right
    return _arc(start, end, centre, _sweep(start, end, centre, clockwise), tolerance)


def _around_centre(start: Vertex, values: Sequence[Any], tolerance: float) -> Vertices:
    """Arc of a circle (four values) or of an ellipse (seven values) around a centre.

    An ellipse is stretched into a circle first: rotated by its angle, then its minor axis divided by the ratio.
    """
    end, centre = _vertex(values[0]), _vertex(values[1])
    minor, clockwise = bool(values[2]), bool(values[3])
    rotation, ratio = (float(values[4]), float(values[6])) if len(values) >= 7 else (0.0, 1.0)
    if not 1e-9 <= ratio <= 1e9:
        raise CurveBrokenError("an elliptic arc without a width")
    cos, sin = math.cos(rotation), math.sin(rotation)
    to_circle = np.array([[cos, sin], [-sin / ratio, cos / ratio]])
    from_circle = np.array([[cos, -sin * ratio], [sin, cos * ratio]])
    a, b = (to_circle @ (np.array(point) - centre) for point in (start, end))
    origin = (0.0, 0.0)
    if start == end:
        sweep = 0.0 if minor else (-math.tau if clockwise else math.tau)
    else:
        sweep = _sweep((a[0], a[1]), (b[0], b[1]), origin, clockwise)
    vertices = _arc((a[0], a[1]), (b[0], b[1]), origin, sweep, tolerance / max(1.0, ratio)) @ from_circle.T + centre
    vertices[-1] = end
    return np.asarray(vertices, dtype=np.float64)


def _bezier(start: Vertex, values: Sequence[Any], tolerance: float) -> Vertices:
    """Cubic Bezier curve, cut evenly into as many parts as Wang's bound on the deviation asks for."""
    points = np.array([start, _vertex(values[1]), _vertex(values[2]), _vertex(values[0])])
    bend = float(np.hypot(*(points[:-2] - 2 * points[1:-1] + points[2:]).T).max())
    t = np.linspace(0, 1, _bounded(math.sqrt(0.75 * bend / tolerance)) + 1)[1:, None]
    s = 1 - t
    vertices = s**3 * points[0] + 3 * s * s * t * points[1] + 3 * s * t * t * points[2] + t**3 * points[3]
    vertices[-1] = points[3]
    return np.asarray(vertices, dtype=np.float64)


_READERS = {"c": _through_point, "a": _around_centre, "b": _bezier}


def _sweep(start: Vertex, end: Vertex, centre: Vertex, clockwise: bool) -> float:
    """Return the angle turned from start to end, radians, negative when clockwise."""
    turned = math.atan2(end[1] - centre[1], end[0] - centre[0]) - math.atan2(start[1] - centre[1], start[0] - centre[0])
    turned %= math.tau
    return turned - math.tau if clockwise and turned else turned


def _arc(start: Vertex, end: Vertex, centre: Vertex, sweep: float, tolerance: float) -> Vertices:
    """Turn around a centre; the radius glides from start's to end's, so that sloppy files stay connected."""
    first, last = math.dist(start, centre), math.dist(end, centre)
    radius = max(first, last)
    step = 2 * math.acos(max(0.0, 1 - tolerance / radius)) if radius > tolerance else math.pi / 2
    share = np.linspace(0, 1, _bounded(abs(sweep) / step if step > 0 else MOST_SEGMENTS) + 1)[1:]
    angle = math.atan2(start[1] - centre[1], start[0] - centre[0]) + sweep * share
    length = first + (last - first) * share
    vertices = np.column_stack([centre[0] + length * np.cos(angle), centre[1] + length * np.sin(angle)])
    vertices[-1] = end
    return vertices


def _bounded(segments: float) -> int:
    return max(1, min(MOST_SEGMENTS, math.ceil(segments)))


def _vertex(value: Sequence[Any]) -> Vertex:
    return float(value[0]), float(value[1])
