"""Esri JSON geometry into shapely: points, multipoints, paths, rings, envelopes, and the curved forms of the last two.

Heights and measures are dropped. Coordinates stay in the coordinate system of the file; the caller transforms them.
Source: ArcGIS REST API, Geometry objects.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from fibermap.formats.esri_curves import CurveBrokenError, Vertices, densify
from fibermap.formats.esri_rings import RingsTooEntangledError, assemble, signed_area
from fibermap.formats.model import Outcome
from fibermap.kernel.errors import Code


@dataclass(frozen=True, slots=True)
class GeometryReading:
    """A geometry with what happened to it; ``geometry`` is None where there is none or none could be read.

    A geometry that is absent, empty or a point without usable coordinates is no fault (``ingested`` with a reason):
    the feature may be a row of a table, or an address without a position. ``part`` is the 0-based ring, path or point
    at fault.
    """

    geometry: BaseGeometry | None
    outcome: Outcome = Outcome.INGESTED
    reason: Code | None = None
    detail: str | None = None
    part: int | None = None


@dataclass(frozen=True, slots=True)
class Precision:
    """How curves become straight segments, and how many vertices one feature may have.

    Attributes
    ----------
    tolerance
        Largest distance between a curve and its segments, in the unit of the coordinates.
    tolerance_m
        The same in metres, for messages.
    vertices
        Most vertices of one feature.
    """

    tolerance: float
    tolerance_m: float
    vertices: int


class _BrokenError(Exception):
    """One part of a geometry that cannot be read."""

    def __init__(self, code: Code, detail: str, part: int | None = None) -> None:
        super().__init__(detail)
        self.code, self.detail, self.part = code, detail, part


class _Remarks:
    """What was found while reading one geometry: the first few in words, all of them counted."""

    MOST_IN_WORDS = 5

    def __init__(self) -> None:
        self._words: list[str] = []
        self._count = 0
        self._fault: tuple[Code, int] | None = None
        self._is_densified = False

    def add(self, code: Code, detail: str, part: int) -> None:
        """Record a fault. A part that is left out weighs more than a ring that was merely closed."""
        self._count += 1
        if len(self._words) < self.MOST_IN_WORDS:
            self._words.append(detail)
        if self._fault is None or (self._fault[0] is Code.RING_CLOSED and code is not Code.RING_CLOSED):
            self._fault = (code, part)

    def add_densified(self, tolerance_m: float) -> None:
        """Record that curves were followed, which is a normal part of reading and no fault."""
        if not self._is_densified:
            self._is_densified = True
            self._words.insert(0, f"Curves became straight segments at most {tolerance_m:g} m away from them.")

    def reading(self, geometry: BaseGeometry | None) -> GeometryReading:
        """Attach the remarks to what was read; None where every part was left out."""
        more = self._count - self.MOST_IN_WORDS
        detail = " ".join([*self._words, *([f"And {more} more."] if more > 0 else [])]) or None
        if self._fault is None:
            if geometry is None:
                return _empty()
            return GeometryReading(geometry, reason=Code.CURVE_DENSIFIED if self._is_densified else None, detail=detail)
        outcome = Outcome.QUARANTINED if geometry is None else Outcome.REPAIRED
        return GeometryReading(geometry, outcome, self._fault[0], detail, self._fault[1])


def read_geometry(raw: object, precision: Precision) -> GeometryReading:
    """Read one Esri geometry object.

    Parameters
    ----------
    raw
        The decoded ``geometry`` member: an object, or None.
    precision
        Tolerance of curves and bound on vertices.

    Returns
    -------
    GeometryReading
        ``repaired`` where rings were closed, left out or given another role; ``quarantined`` where nothing is left
        to trust. Never raises for bad input.
    """
    if raw is None or raw == {}:
        return GeometryReading(None, reason=Code.GEOMETRY_MISSING, detail="The feature has no geometry.")
    try:
        if not isinstance(raw, Mapping):
            raise _BrokenError(Code.GEOMETRY_BROKEN, "The geometry is not a JSON object.")
        member = next((key for key in _READERS if raw.get(key) is not None or key in _POINT_KEYS & raw.keys()), None)
        if member is None:
            raise _BrokenError(Code.GEOMETRY_UNSUPPORTED, f"No known geometry member among: {_names(raw)}.")
        return _READERS[member](raw, precision)
    except _BrokenError as broken:
        return GeometryReading(None, Outcome.QUARANTINED, broken.code, broken.detail, broken.part)
    except RingsTooEntangledError as broken:
        return GeometryReading(None, Outcome.QUARANTINED, Code.GEOMETRY_TOO_LARGE, f"Not read: {broken}.")
    except (ShapelyError, ValueError, TypeError) as broken:
        return GeometryReading(None, Outcome.QUARANTINED, Code.GEOMETRY_BROKEN, f"The geometry is broken: {broken}.")


def _names(raw: Mapping[str, Any]) -> str:
    return ", ".join(str(key)[:40] for key in list(raw)[:6])


def _point(raw: Mapping[str, Any], precision: Precision) -> GeometryReading:
    x, y = raw.get("x"), raw.get("y")
    if _is_nothing(x) or _is_nothing(y):
        return GeometryReading(None, reason=Code.GEOMETRY_EMPTY, detail="The point is empty.")
    try:
        return GeometryReading(shapely.points(_vertices([[x, y]], 0)[0]))
    except _BrokenError as broken:  # an address without a usable position is still an address
        return GeometryReading(None, reason=broken.code, detail=broken.detail)


def _is_nothing(ordinate: object) -> bool:
    """Esri writes an empty point as null or as the text NaN."""
    return ordinate is None or (isinstance(ordinate, str) and ordinate.strip().lower() in ("", "nan"))


def _multipoint(raw: Mapping[str, Any], precision: Precision) -> GeometryReading:
    points = _parts(raw["points"], precision)
    if not points:
        return _empty()
    return GeometryReading(shapely.multipoints(_vertices(points, None)))


def _polyline(raw: Mapping[str, Any], precision: Precision) -> GeometryReading:
    paths, remarks = _lines(raw, ("curvePaths", "paths"), precision)
    lines = []
    for part, path in paths.items():
        if len(path) >= 2:
            lines.append(shapely.linestrings(path))
        elif len(path):
            remarks.add(Code.GEOMETRY_BROKEN, f"Path {part} has a single vertex and is left out.", part)
    if len(lines) <= 1:
        return remarks.reading(lines[0] if lines else None)
    return remarks.reading(shapely.multilinestrings(lines))


def _polygon(raw: Mapping[str, Any], precision: Precision) -> GeometryReading:
    rings, remarks = _lines(raw, ("curveRings", "rings"), precision)
    kept: dict[int, Vertices] = {}
    for part, ring in rings.items():
        if len(ring):
            closed = _closed(ring, part, remarks)
            if len(closed) >= 4 and signed_area(closed) != 0:
                kept[part] = closed
            else:
                remarks.add(Code.RING_TOO_SHORT, f"Ring {part} encloses nothing and is left out.", part)
    if not kept:
        return remarks.reading(None)
    assembly = assemble(list(kept.values()))
    numbers = list(kept)
    for part in (numbers[index] for index in assembly.turned):
        remarks.add(
            Code.RING_TURNED, f"Ring {part} runs the wrong way round; its place says whether it is a hole.", part
        )
    for part in (numbers[index] for index in assembly.repeated):
        remarks.add(Code.RING_TURNED, f"Ring {part} repeats the one around it and is left out.", part)
    return remarks.reading(assembly.geometry)


def _closed(ring: Vertices, part: int, remarks: _Remarks) -> Vertices:
    if np.array_equal(ring[0], ring[-1]):
        return ring
    remarks.add(Code.RING_CLOSED, f"Ring {part} was not closed.", part)
    return np.vstack([ring, ring[:1]])


def _envelope(raw: Mapping[str, Any], precision: Precision) -> GeometryReading:
    corners = [raw.get(key) for key in ("xmin", "ymin", "xmax", "ymax")]
    if any(_is_nothing(corner) for corner in corners):
        return _empty()
    (west, south), (east, north) = _vertices([corners[:2], corners[2:]], None)
    return GeometryReading(shapely.box(west, south, east, north))


_READERS: dict[str, Callable[[Mapping[str, Any], Precision], GeometryReading]] = {
    "curveRings": _polygon,
    "rings": _polygon,
    "curvePaths": _polyline,
    "paths": _polyline,
    "points": _multipoint,
    "x": _point,
    "xmin": _envelope,
}
_POINT_KEYS = frozenset({"x", "xmin"})


def _lines(
    raw: Mapping[str, Any], members: tuple[str, str], precision: Precision
) -> tuple[dict[int, Vertices], _Remarks]:
    """Read rings or paths by their number, the curved form first; an empty one stays, without vertices."""
    member = next(key for key in members if raw.get(key) is not None)
    parts = _parts(raw[member], precision)
    if sum(len(part) for part in parts if isinstance(part, Sequence)) > precision.vertices:
        raise _too_large(precision)
    lines, remarks, total = {}, _Remarks(), 0
    for number, part in enumerate(parts):
        if not isinstance(part, Sequence) or isinstance(part, str):
            raise _BrokenError(Code.GEOMETRY_BROKEN, f"Part {number} is not a list of vertices.", number)
        if any(isinstance(vertex, Mapping) for vertex in part):
            lines[number] = _with_curves(part, number, precision)
            remarks.add_densified(precision.tolerance_m)
        else:
            lines[number] = _vertices(part, number)
        total += len(lines[number])
        if total > precision.vertices:
            raise _too_large(precision)
    return lines, remarks


def _with_curves(part: Sequence[Any], number: int, precision: Precision) -> Vertices:
    pieces: list[Vertices] = []
    total = 0
    for segment in part:
        if not isinstance(segment, Mapping):
            piece = _vertices([segment], number)
        elif not pieces:
            raise _BrokenError(Code.GEOMETRY_BROKEN, f"Part {number} begins with a curve that starts nowhere.", number)
        else:
            piece = _curve(pieces[-1][-1], segment, number, precision)
        pieces.append(piece)
        total += len(piece)
        if total > precision.vertices:
            raise _too_large(precision)
    return np.vstack(pieces)


def _curve(start: Vertices, curve: Mapping[str, Any], number: int, precision: Precision) -> Vertices:
    try:
        return densify((float(start[0]), float(start[1])), curve, precision.tolerance)
    except CurveBrokenError as broken:
        raise _BrokenError(Code.GEOMETRY_UNSUPPORTED, f"Part {number} has {broken}.", number) from broken


def _parts(parts: object, precision: Precision) -> Sequence[Any]:
    if not isinstance(parts, Sequence) or isinstance(parts, str):
        raise _BrokenError(Code.GEOMETRY_BROKEN, "The geometry's parts are not a list.")
    if len(parts) > precision.vertices:
        raise _too_large(precision)
    return parts


def _too_large(precision: Precision) -> _BrokenError:
    return _BrokenError(Code.GEOMETRY_TOO_LARGE, f"The geometry has more than {precision.vertices:,} vertices.")


def _vertices(values: Sequence[Any], number: int | None) -> Vertices:
    """Return x and y of every vertex, shape (n, 2); heights and measures go, whatever their number."""
    if not len(values):
        return np.empty((0, 2))
    try:
        xy = np.array([(vertex[0], vertex[1]) for vertex in values], dtype=np.float64)
    except (ValueError, TypeError, IndexError, KeyError, OverflowError) as broken:
        raise _BrokenError(Code.COORDINATE_INVALID, "A vertex is not a pair of numbers.", number) from broken
    if not np.isfinite(xy).all():
        raise _BrokenError(Code.COORDINATE_INVALID, "A coordinate is not a finite number.", number)
    return xy


def _empty() -> GeometryReading:
    return GeometryReading(None, reason=Code.GEOMETRY_EMPTY, detail="The geometry is empty.")
