"""Is what somebody drew an area? Every fault with its code and its places, so that it can be shown. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from fibermap.kernel.errors import Code, InputRefused
from fibermap.spatial.metres import area_m2, polygon_parts

MOST_VERTICES = 20_000
"""Vertices of one drawn area; a county's boundary has some thousands."""
MOST_DEGREES = 10.0
"""Widest and highest that an area may be: what is larger was drawn the wrong way round the world."""
FARTHEST_LATITUDE = 85.0
MOST_PLACES = 20
MOST_PARTS = 1_000
_KINDS = ("Polygon", "MultiPolygon")
_FARTHEST = 1e9
"""No number in a place is as large, not even a height; what is no number or infinite is not smaller either."""
_DEPTHS = {"MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}
"""How deep the places of a GeoJSON geometry lie."""


@dataclass(frozen=True, slots=True)
class ShapeFault:
    """One thing that is wrong with a drawing; ``places`` are up to twenty ``(lon, lat)`` where it is."""

    code: Code
    message: str
    places: tuple[tuple[float, float], ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {"code": str(self.code), "message": self.message, "places": [list(place) for place in self.places]}


def read_shape(geojson: Mapping[str, Any], kinds: tuple[str, ...] = _KINDS) -> BaseGeometry:
    """Read a GeoJSON geometry in EPSG:4326, without the height that some programs add.

    Raises
    ------
    InputRefused
        ``geometry_unsupported`` for another kind, ``geometry_too_large``, ``coordinate_invalid`` for what are no
        numbers, ``ring_too_short``.
    """
    kind = geojson.get("type")
    if kind not in kinds:
        raise InputRefused(Code.GEOMETRY_UNSUPPORTED, f"A {kind} cannot stand here.", hint=f"Draw a {kinds[0]}.")
    coordinates = geojson.get("coordinates")
    if _count(coordinates) > MOST_VERTICES:
        raise InputRefused(
            Code.GEOMETRY_TOO_LARGE,
            f"A drawing may have {MOST_VERTICES:,} vertices.",
            hint="Simplify it, or bring it in as a file.",
        )
    if not _are_places(coordinates, _DEPTHS[kind]):
        raise _unreadable("its coordinates are odd.", Code.COORDINATE_INVALID)
    try:
        return shapely.force_2d(shapely.geometry.shape({"type": kind, "coordinates": coordinates}))
    except (ShapelyError, ValueError, TypeError, IndexError, OverflowError) as error:
        raise _unreadable("a ring has too few corners.", Code.RING_TOO_SHORT) from error


def _unreadable(why: str, code: Code) -> InputRefused:
    return InputRefused(
        code,
        f"The geometry cannot be read: {why}",
        hint="Give rings of [longitude, latitude] pairs, the first again at the end.",
    )


def _are_places(coordinates: Any, depth: int) -> bool:
    """Tell whether lists are nested so deep and hold places: two numbers, or three with a height."""
    if not isinstance(coordinates, list | tuple):
        return False
    if depth > 0:
        return all(_are_places(inner, depth - 1) for inner in coordinates)
    return len(coordinates) in (2, 3) and all(
        isinstance(number, int | float) and not isinstance(number, bool) and -_FARTHEST < number < _FARTHEST
        for number in coordinates
    )


def _count(coordinates: Any) -> int:
    """Count the positions in nested lists, without recursion and no farther than it matters."""
    found, waiting = 0, [(coordinates, 0)]
    while waiting and found <= MOST_VERTICES:
        value, depth = waiting.pop()
        if not isinstance(value, list | tuple) or depth > 4:
            continue
        if value and not isinstance(value[0], list | tuple):
            found += 1
        else:
            waiting += [(inner, depth + 1) for inner in value]
    return found


def faults_of(shape: BaseGeometry, *, sliver_m2: float) -> list[ShapeFault]:
    """Return everything that keeps a polygon in EPSG:4326 from being an area; empty where it is one.

    Parameters
    ----------
    sliver_m2
        Parts smaller than this, on the ground, are slivers.
    """
    xy = shapely.get_coordinates(shape)
    if shape.is_empty or not len(xy):
        return [ShapeFault(Code.GEOMETRY_EMPTY, "There is nothing drawn yet.")]
    if len(xy) > MOST_VERTICES:
        return [ShapeFault(Code.GEOMETRY_TOO_LARGE, f"It has {len(xy):,} vertices; {MOST_VERTICES:,} are allowed.")]
    placed = _misplaced(xy)
    if placed:
        return placed
    parts = polygon_parts(shape)
    if len(parts) > MOST_PARTS:
        return [ShapeFault(Code.GEOMETRY_TOO_LARGE, f"It has {len(parts):,} parts; {MOST_PARTS:,} are allowed.")]
    return _crossings(shape) or _slivers(parts, sliver_m2)


def require_area(shape: BaseGeometry, *, sliver_m2: float) -> BaseGeometry:
    """Return the shape if it is an area.

    Raises
    ------
    InputRefused
        With the code of its first fault, and ``faults`` with all of them and their places.
    """
    faults = faults_of(shape, sliver_m2=sliver_m2)
    if faults:
        raise InputRefused(
            faults[0].code,
            faults[0].message,
            hint="Mend the drawing where it is marked.",
            faults=[fault.as_json() for fault in faults],
        )
    return shape


def _misplaced(xy: npt.NDArray[np.float64]) -> list[ShapeFault]:
    if not np.isfinite(xy).all():
        return [ShapeFault(Code.COORDINATE_INVALID, "A corner has no position.")]
    far = (np.abs(xy[:, 1]) > FARTHEST_LATITUDE) | (np.abs(xy[:, 0]) > 180)
    if far.any():
        message = f"A corner lies beyond {FARTHEST_LATITUDE:.0f} degrees north or south, or off the map."
        return [ShapeFault(Code.COORDINATE_OUT_OF_RANGE, message, _places(xy[far]))]
    width, height = np.ptp(xy, axis=0)
    if width > MOST_DEGREES or height > MOST_DEGREES:
        message = f"It is {max(width, height):.0f} degrees across, which is no service area."
        return [ShapeFault(Code.AREA_TOO_LARGE, message, _places(xy[[xy[:, 0].argmin(), xy[:, 0].argmax()]]))]
    return []


def _crossings(shape: BaseGeometry) -> list[ShapeFault]:
    if shape.is_valid:
        return []
    at = crossing_places(shape)
    if at:
        return [ShapeFault(Code.AREA_SELF_INTERSECTS, "Its outline crosses or touches itself.", at)]
    reason = shapely.is_valid_reason(shape)
    return [ShapeFault(Code.GEOMETRY_BROKEN, f"It is no area: {reason.partition('[')[0].lower()}.", _place_in(reason))]


def crossing_places(shape: BaseGeometry) -> tuple[tuple[float, float], ...]:
    """Return where the outlines of a polygon meet themselves or one another, from the west; up to twenty places."""
    xy, ring = shapely.get_coordinates(shapely.get_rings(np.array(polygon_parts(shape))), return_index=True)
    joined = np.flatnonzero(ring[:-1] == ring[1:])
    joined = joined[(xy[joined] != xy[joined + 1]).any(axis=1)]
    segments = shapely.linestrings(np.stack([xy[joined], xy[joined + 1]], axis=1))
    one, other = shapely.STRtree(segments).query(segments, predicate="intersects")
    pairs = (one < other) & ~_neighbours(xy, ring, joined, one, other)
    met = shapely.intersection(segments[one[pairs]], segments[other[pairs]])
    points = np.unique(shapely.get_coordinates(met), axis=0)
    return _places(points)


def _neighbours(
    xy: npt.NDArray[np.float64],
    ring: npt.NDArray[np.intp],
    start: npt.NDArray[np.intp],
    one: npt.NDArray[np.intp],
    other: npt.NDArray[np.intp],
) -> npt.NDArray[np.bool_]:
    """Tell which pairs of segments follow one another round a ring and share no more than their corner."""
    first, second = start[one], start[other]
    same = ring[first] == ring[second]
    follows = (xy[first + 1] == xy[second]).all(axis=1) | (xy[second + 1] == xy[first]).all(axis=1)
    along, onward = xy[first + 1] - xy[first], xy[second + 1] - xy[second]
    flat = along[:, 0] * onward[:, 1] == along[:, 1] * onward[:, 0]
    back = flat & ((along * onward).sum(axis=1) < 0)
    rank = np.arange(len(start))
    close = (np.abs(rank[one] - rank[other]) == 1) | _closes(ring, start, one, other)
    return np.asarray(same & follows & close & ~back)


def _closes(
    ring: npt.NDArray[np.intp], start: npt.NDArray[np.intp], one: npt.NDArray[np.intp], other: npt.NDArray[np.intp]
) -> npt.NDArray[np.bool_]:
    """Tell which pairs are the first and the last segment of a ring."""
    owner = ring[start]
    opens = np.r_[True, owner[1:] != owner[:-1]]
    ends = np.r_[owner[1:] != owner[:-1], True]
    return np.asarray((opens[one] & ends[other]) | (ends[one] & opens[other]))


def _slivers(parts: list[BaseGeometry], sliver_m2: float) -> list[ShapeFault]:
    small = [part for part, size in zip(parts, area_m2(parts), strict=True) if size < sliver_m2]
    if not small:
        return []
    message = f"A part of it is smaller than {sliver_m2:g} square metres."
    return [ShapeFault(Code.AREA_SLIVER, message, _places(shapely.get_coordinates(shapely.point_on_surface(small))))]


def _places(xy: npt.NDArray[np.float64]) -> tuple[tuple[float, float], ...]:
    return tuple((round(float(x), 9), round(float(y), 9)) for x, y in xy[:MOST_PLACES])


def _place_in(reason: str) -> tuple[tuple[float, float], ...]:
    numbers = reason.partition("[")[2].rstrip("]").split()
    return ((float(numbers[0]), float(numbers[1])),) if len(numbers) == 2 else ()
