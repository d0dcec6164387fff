"""Well-known binary as files really hold it: with curves, unclosed rings and nonsense.

Source: OGC 06-103r4 section 8.2 and ISO 13249-3 (type codes of curves; Z and M as offsets of 1000 or high bits).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from fibermap.formats.columns import Chunk, object_array
from fibermap.formats.esri_curves import densify
from fibermap.formats.model import Outcome
from fibermap.kernel.errors import Code

_POINT, _LINE, _POLYGON, _MULTI_POINT, _MULTI_LINE, _MULTI_POLYGON, _COLLECTION = range(1, 8)
_CIRCULAR, _COMPOUND, _CURVE_POLYGON, _MULTI_CURVE, _MULTI_SURFACE = range(8, 13)
_CURVED = frozenset({_COLLECTION, _CIRCULAR, _COMPOUND, _CURVE_POLYGON, _MULTI_CURVE, _MULTI_SURFACE})
_DEEPEST = 32
_Z_FLAG, _M_FLAG, _SRID_FLAG = 0x80000000, 0x40000000, 0x20000000


class WkbBrokenError(ValueError):
    """The bytes are no geometry."""


def decode(chunk: Chunk, values: Sequence[bytes | None], tolerance: float) -> None:
    """Fill in the geometries of a chunk from well-known binary, feature by feature where one is bad.

    Parameters
    ----------
    chunk
        Receives geometries, 2-D, in the coordinates of the file, and the marks: unclosed rings are closed
        (``repaired``), curves densified, what cannot be read is quarantined.
    values
        n binaries or None.
    tolerance
        Largest distance between a curve and its straight segments, in the unit of the coordinates.
    """
    binaries = object_array(values)
    is_straight = np.array([value is not None and not _may_curve(value) for value in values], dtype=bool)
    straight = binaries.copy()
    straight[~is_straight] = None
    with np.errstate(invalid="ignore"):  # coordinates that are no numbers are found when the feature is placed
        chunk.geometry = np.asarray(shapely.force_2d(shapely.from_wkb(straight, on_invalid="ignore")), dtype=object)
    given = np.array([value is not None for value in values], dtype=bool)
    for index in np.flatnonzero(given & shapely.is_missing(chunk.geometry)):
        read = _follow_curves if not is_straight[index] else _close_rings
        try:
            read(chunk, int(index), binaries[index], tolerance)
        except (WkbBrokenError, struct.error, shapely.errors.ShapelyError, ValueError) as failure:
            detail = f"its geometry cannot be read: {failure}"
            chunk.mark([index], Outcome.QUARANTINED, Code.GEOMETRY_BROKEN, detail)


def _follow_curves(chunk: Chunk, index: int, value: bytes, tolerance: float) -> None:
    curves = _Curves(value, tolerance)
    chunk.geometry[index] = curves.read()
    if curves.has_arcs:
        chunk.mark([index], Outcome.INGESTED, Code.CURVE_DENSIFIED, "its curves became short straight segments")


def _close_rings(chunk: Chunk, index: int, value: bytes, _tolerance: float) -> None:
    closed = shapely.force_2d(shapely.from_wkb(value, on_invalid="fix"))
    if closed is None:
        chunk.mark([index], Outcome.QUARANTINED, Code.GEOMETRY_BROKEN, "its geometry cannot be read")
    elif "Polygon" in closed.geom_type and closed.area == 0.0:
        chunk.mark([index], Outcome.QUARANTINED, Code.RING_TOO_SHORT, "a ring has fewer than three corners")
    else:
        chunk.geometry[index] = closed
        chunk.mark([index], Outcome.REPAIRED, Code.RING_CLOSED, "a ring that was not closed was closed")


def _may_curve(value: bytes) -> bool:
    try:
        return wkb_type(value) in _CURVED
    except WkbBrokenError:
        return False


def wkb_type(value: bytes) -> int:
    """Return the type code without its Z, M and SRID marks; raise :class:`WkbBrokenError` where there is none."""
    if len(value) < 5 or value[0] > 1:
        raise WkbBrokenError("it does not begin like a geometry")
    (code,) = struct.unpack_from("<I" if value[0] else ">I", value, 1)
    return int(code & 0x0FFFFFFF) % 1000


class _Curves:
    """Reads one geometry with circular arcs, which GEOS does not, into straight ones."""

    def __init__(self, value: bytes, tolerance: float) -> None:
        self._value, self._tolerance, self._at = value, tolerance, 0
        self.has_arcs = False

    def read(self, depth: int = 0) -> BaseGeometry:
        if depth > _DEEPEST:
            raise WkbBrokenError("it nests too deep")
        kind, order, dimensions = self._header()
        if kind == _CIRCULAR:
            return shapely.LineString(self._arcs(self._points(order, dimensions)))
        if kind == _LINE:
            return shapely.LineString(self._points(order, dimensions))
        if kind == _POINT:
            return shapely.Point(self._numbers(order, dimensions)[0, :2])
        count = self._count(order)
        if kind == _POLYGON:
            return _polygon([self._points(order, dimensions) for _ in range(count)])
        parts = [self.read(depth + 1) for _ in range(count)]
        return _assembled(kind, parts)

    def _header(self) -> tuple[int, str, int]:
        kind = wkb_type(self._value[self._at : self._at + 5])
        order = "<" if self._value[self._at] else ">"
        (code,) = struct.unpack_from(f"{order}I", self._value, self._at + 1)
        self._at += 9 if code & _SRID_FLAG else 5
        thousands = (code & 0x0FFFFFFF) // 1000
        has_z, has_m = bool(code & _Z_FLAG) or thousands in (1, 3), bool(code & _M_FLAG) or thousands in (2, 3)
        return kind, order, 2 + has_z + has_m

    def _count(self, order: str) -> int:
        (count,) = struct.unpack_from(f"{order}I", self._value, self._at)
        self._at += 4
        if count > len(self._value) - self._at:
            raise WkbBrokenError("it is shorter than it says")
        return int(count)

    def _points(self, order: str, dimensions: int) -> NDArray[np.float64]:
        return self._numbers(order, dimensions, self._count(order))[:, :2]

    def _numbers(self, order: str, dimensions: int, count: int = 1) -> NDArray[np.float64]:
        end = self._at + 8 * dimensions * count
        if end > len(self._value):
            raise WkbBrokenError("it is shorter than it says")
        numbers = np.frombuffer(self._value, f"{order}f8", dimensions * count, self._at)
        self._at = end
        return numbers.reshape(count, dimensions).astype(np.float64)

    def _arcs(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Each arc goes from one odd point over the next to the third, where the next arc starts."""
        if len(points) % 2 == 0 and len(points) > 0:
            raise WkbBrokenError("a circular arc lacks its end")
        self.has_arcs = True
        pieces = [points[:1]]
        for start, middle, end in zip(points[:-2:2], points[1:-1:2], points[2::2], strict=True):
            pieces.append(densify((start[0], start[1]), {"c": [end.tolist(), middle.tolist()]}, self._tolerance))
        return np.vstack(pieces)


def _assembled(kind: int, parts: list[BaseGeometry]) -> BaseGeometry:
    if kind == _COMPOUND:
        lines = [shapely.get_coordinates(part) for part in parts]
        return shapely.LineString(np.vstack([lines[0], *(line[1:] for line in lines[1:])]) if lines else None)
    if kind == _CURVE_POLYGON:
        return _polygon([shapely.get_coordinates(part) for part in parts])
    if kind in (_MULTI_SURFACE, _MULTI_POLYGON):
        return shapely.MultiPolygon(parts)
    if kind in (_MULTI_CURVE, _MULTI_LINE):
        return shapely.MultiLineString(parts)
    if kind == _MULTI_POINT:
        return shapely.MultiPoint(parts)
    if kind == _COLLECTION:
        return shapely.GeometryCollection(parts)
    raise WkbBrokenError(f"it has the unknown type {kind}")


def _polygon(rings: list[NDArray[np.float64]]) -> BaseGeometry:
    return shapely.Polygon(rings[0], rings[1:]) if rings else shapely.Polygon()
