"""GeoJSON geometry objects into shapely: many at once where they are sound, one by one with a reason where not.

Source: RFC 7946 section 3.1. Heights are dropped.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from fibermap.formats.columns import Chunk
from fibermap.formats.model import Outcome
from fibermap.kernel.errors import Code

_DEEPEST = 64


class _FaultError(Exception):
    def __init__(self, code: Code, detail: str) -> None:
        super().__init__(detail)
        self.code, self.detail = code, detail


def decode(chunk: Chunk, geometries: Sequence[Any]) -> None:
    """Fill in the geometries of a chunk from decoded ``geometry`` members.

    Unclosed rings are closed (``repaired``). What cannot be read is quarantined, except points, which only lose
    their position. Anything that is null stays None without a mark.
    """
    chunk.geometry = _read_points(geometries)
    given = np.array([geometry is not None for geometry in geometries], dtype=bool)
    rest = np.flatnonzero(given & shapely.is_missing(chunk.geometry))
    if not rest.size:
        return
    texts = [_text(geometries[int(index)]) for index in rest]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # overflow to infinity is found when the feature is placed
        shapes = np.asarray(shapely.force_2d(shapely.from_geojson(texts, on_invalid="ignore")), dtype=object)
    is_flat = np.isin(shapely.get_type_id(shapes), _WITH_AREA) & (shapely.area(shapes) == 0.0)
    chunk.geometry[rest] = shapes
    for index in rest[shapely.is_missing(shapes) | (is_flat & ~shapely.is_empty(shapes))]:
        _read_with_care(chunk, int(index), geometries[int(index)])


_WITH_AREA = [shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON]


def _read_points(geometries: Sequence[Any]) -> NDArray[np.object_]:
    """Points are most of what a county holds and need no parser."""
    x, y = np.full(len(geometries), np.nan), np.full(len(geometries), np.nan)
    for index, geometry in enumerate(geometries):
        if type(geometry) is dict and geometry.get("type") == "Point":
            position = geometry.get("coordinates")
            if type(position) is list and len(position) > 1:
                east, north = position[0], position[1]
                if type(east) in _NUMBERS and type(north) in _NUMBERS:
                    x[index], y[index] = _float(east), _float(north)
    points = np.full(len(geometries), None, dtype=object)
    usable = ~(np.isnan(x) | np.isnan(y))
    points[usable] = shapely.points(x[usable], y[usable])
    return points


_NUMBERS = (int, float)


def _float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _text(geometry: Any) -> bytes | None:
    try:
        return orjson.dumps(geometry) if isinstance(geometry, dict) and geometry.get("type") in _READERS else None
    except (TypeError, RecursionError):
        return None


def _read_with_care(chunk: Chunk, index: int, geometry: Any) -> None:
    chunk.geometry[index] = None
    reader = _Reader()
    try:
        shape = reader.read(geometry)
    except _FaultError as fault:
        is_point = isinstance(geometry, dict) and geometry.get("type") == "Point"
        outcome = Outcome.INGESTED if is_point else Outcome.QUARANTINED
        chunk.mark([index], outcome, fault.code, fault.detail)
        chunk.part[index] = reader.part
        return
    except (ShapelyError, ValueError, TypeError, OverflowError) as failure:
        chunk.mark([index], Outcome.QUARANTINED, Code.GEOMETRY_BROKEN, f"its geometry cannot be read: {failure}")
        return
    chunk.geometry[index] = shape
    if reader.closed_part is not None:
        chunk.mark([index], Outcome.REPAIRED, Code.RING_CLOSED, "a ring that was not closed was closed")
        chunk.part[index] = reader.closed_part


class _Reader:
    """Reads one geometry and remembers which of its parts is at fault."""

    def __init__(self) -> None:
        self.part: int | None = None
        self.closed_part: int | None = None

    def read(self, geometry: Any, depth: int = 0) -> BaseGeometry:
        if not isinstance(geometry, dict):
            raise _FaultError(Code.GEOMETRY_BROKEN, "its geometry is no JSON object")
        kind = geometry.get("type")
        if kind not in _READERS:
            raise _FaultError(Code.GEOMETRY_UNSUPPORTED, f"its geometry has the unknown type {str(kind)[:40]!r}")
        if kind == "GeometryCollection":
            if depth > _DEEPEST:
                raise _FaultError(Code.GEOMETRY_UNSUPPORTED, f"its geometry nests more than {_DEEPEST} deep")
            members = self._members(geometry.get("geometries"))
            return shapely.GeometryCollection([self.read(member, depth + 1) for member in members])
        return _READERS[kind](self, geometry.get("coordinates"))

    def point(self, value: Any) -> BaseGeometry:
        return shapely.Point(self._positions([value])[0]) if value != [] else shapely.Point()

    def line(self, value: Any) -> BaseGeometry:
        positions = self._positions(value)
        if len(positions) == 1:
            raise _FaultError(Code.GEOMETRY_BROKEN, "a line has a single position")
        return shapely.LineString(positions)

    def polygon(self, value: Any) -> BaseGeometry:
        rings = [self._ring(ring) for ring in self._members(value)]
        return shapely.Polygon(rings[0], rings[1:]) if rings else shapely.Polygon()

    def multi_point(self, value: Any) -> BaseGeometry:
        return shapely.MultiPoint(self._positions(value))

    def multi_line(self, value: Any) -> BaseGeometry:
        return shapely.MultiLineString(self._parts(value, self.line))

    def multi_polygon(self, value: Any) -> BaseGeometry:
        return shapely.MultiPolygon(self._parts(value, self.polygon))

    def _parts(self, value: Any, read: Callable[[Any], BaseGeometry]) -> list[BaseGeometry]:
        parts = []
        for index, part in enumerate(self._members(value)):
            self.part = index
            parts.append(read(part))
        self.part = None
        return parts

    def _members(self, value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise _FaultError(Code.GEOMETRY_BROKEN, "its coordinates are no list where a list belongs")
        return value

    def _ring(self, value: Any) -> NDArray[np.float64]:
        positions = self._positions(value)
        if len(positions) and tuple(positions[0]) != tuple(positions[-1]):
            positions = np.vstack([positions, positions[:1]])
            self.closed_part = self.part or 0
        if len(np.unique(positions, axis=0)) < 3:
            raise _FaultError(Code.RING_TOO_SHORT, "a ring has fewer than three corners")
        return positions

    def _positions(self, value: Any) -> NDArray[np.float64]:
        positions = [self._position(position) for position in self._members(value)]
        return np.array(positions, dtype=np.float64).reshape(-1, 2)

    def _position(self, value: Any) -> tuple[float, float]:
        if not isinstance(value, list) or len(value) < 2 or any(type(number) not in _NUMBERS for number in value[:2]):
            raise _FaultError(Code.COORDINATE_INVALID, f"the position {str(value)[:60]} is no pair of numbers")
        east, north = _float(value[0]), _float(value[1])
        if not (math.isfinite(east) and math.isfinite(north)):
            raise _FaultError(Code.COORDINATE_INVALID, f"the position {str(value)[:60]} is not finite")
        return east, north


_READERS: dict[str, Callable[[_Reader, Any], BaseGeometry]] = {
    "Point": _Reader.point,
    "LineString": _Reader.line,
    "Polygon": _Reader.polygon,
    "MultiPoint": _Reader.multi_point,
    "MultiLineString": _Reader.multi_line,
    "MultiPolygon": _Reader.multi_polygon,
    "GeometryCollection": _Reader.read,  # not called: its members are read in place
}
