"""A polygon that somebody drew or sent: read, bounded and valid, or refused with the reason."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
import shapely
from shapely.geometry.base import BaseGeometry
from shapely.validation import explain_validity

from fibermap.kernel.errors import Code, InputRefused

MOST_POSITIONS = 10_000
"""Far more than a hand draws; a county's outline fits."""
_HINT = "Draw it again, or send a GeoJSON Polygon in EPSG:4326, longitude first."


def read_polygon(given: str | Mapping[str, Any]) -> BaseGeometry:
    """Read a drawn polygon.

    Parameters
    ----------
    given
        A GeoJSON ``Polygon`` or ``MultiPolygon``, as an object or as its text; or the short form for a URL, the ring's
        positions as ``lon,lat,lon,lat,...``, which closes by itself. EPSG:4326, longitude first.

    Raises
    ------
    InputRefused
        ``geometry_broken``, ``geometry_unsupported``, ``geometry_too_large``, ``coordinate_invalid``,
        ``coordinate_out_of_range``, ``ring_too_short`` or ``area_self_intersects``; ``field`` is ``polygon``.
    """
    parts = _parts(_from_text(given) if isinstance(given, str) else given)
    rings = [ring for part in parts for ring in part]
    if sum(len(ring) for ring in rings) > MOST_POSITIONS:
        raise _refused(Code.GEOMETRY_TOO_LARGE, f"The polygon has more than {MOST_POSITIONS:,} corners.")
    shapes = [shapely.Polygon(outer, holes) for outer, *holes in parts]
    polygon = shapes[0] if len(shapes) == 1 else shapely.MultiPolygon(shapes)
    if not shapely.is_valid(polygon):
        raise _refused(Code.AREA_SELF_INTERSECTS, f"The polygon crosses itself ({explain_validity(polygon)}).")
    return polygon


def write_polygon(polygon: BaseGeometry) -> str:
    """Return a polygon as it stands in a URL: the short form for one ring, GeoJSON for anything else."""
    if polygon.geom_type == "Polygon" and not polygon.interiors:
        positions = shapely.get_coordinates(polygon)[:-1]
        return ",".join(repr(float(number)) for position in positions for number in position)
    return str(shapely.to_geojson(polygon))


def _from_text(text: str) -> Mapping[str, Any]:
    if text.lstrip().startswith("{"):
        try:
            read = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise _refused(Code.GEOMETRY_BROKEN, "The polygon is not GeoJSON.") from error
        return dict(read)
    numbers = text.split(",")
    if len(numbers) % 2:
        raise _refused(Code.GEOMETRY_BROKEN, "The polygon has a longitude without a latitude.")
    return {"type": "Polygon", "coordinates": [list(zip(numbers[::2], numbers[1::2], strict=True))]}


def _parts(read: Mapping[str, Any]) -> list[list[list[tuple[float, float]]]]:
    """Return the rings of each part, closed and checked."""
    if not isinstance(read, Mapping):
        raise _refused(Code.GEOMETRY_UNSUPPORTED, "Only a polygon selects.")
    kind, coordinates = read.get("type"), read.get("coordinates")
    if kind not in ("Polygon", "MultiPolygon"):
        raise _refused(Code.GEOMETRY_UNSUPPORTED, "Only a polygon selects.")
    listed = [coordinates] if kind == "Polygon" else coordinates
    parts = [[_ring(ring) for ring in _listed(part)] for part in _listed(listed)]
    if not parts or not all(parts):
        raise _refused(Code.GEOMETRY_BROKEN, "The polygon has no ring.")
    return parts


def _ring(ring: Any) -> list[tuple[float, float]]:
    listed = _listed(ring)
    if len(listed) > MOST_POSITIONS + 1:
        raise _refused(Code.GEOMETRY_TOO_LARGE, f"The polygon has more than {MOST_POSITIONS:,} corners.")
    positions = [_position(position) for position in listed]
    if positions and positions[0] != positions[-1]:
        positions.append(positions[0])
    if len(set(positions)) < 3:
        raise _refused(Code.RING_TOO_SHORT, "A ring of the polygon has fewer than three corners.")
    return positions


def _position(position: Any) -> tuple[float, float]:
    listed = _listed(position)
    if len(listed) not in (2, 3):
        raise _refused(Code.GEOMETRY_BROKEN, "A corner of the polygon is not a longitude and a latitude.")
    lon, lat = (_number(number) for number in listed[:2])
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise _refused(Code.COORDINATE_OUT_OF_RANGE, "A corner of the polygon is not on the earth.")
    return lon, lat


def _number(number: Any) -> float:
    if isinstance(number, bool) or not isinstance(number, int | float | str):
        raise _refused(Code.COORDINATE_INVALID, "A corner of the polygon is not a number.")
    try:
        value = float(number)
    except (ValueError, OverflowError) as error:
        raise _refused(Code.COORDINATE_INVALID, "A corner of the polygon is not a number.") from error
    if not math.isfinite(value):
        raise _refused(Code.COORDINATE_INVALID, "A corner of the polygon is not a number.")
    return value


def _listed(value: Any) -> Sequence[Any]:
    if not isinstance(value, list | tuple):
        raise _refused(Code.GEOMETRY_BROKEN, "The polygon's coordinates are not nested as GeoJSON nests them.")
    return value


def _refused(code: Code, message: str) -> InputRefused:
    return InputRefused(code, message, hint=_HINT, field="polygon")
