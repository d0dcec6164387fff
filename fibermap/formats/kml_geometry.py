"""Geometry elements of a feature as one shapely geometry, or the reason why there is none.

Standard: OGC 07-147r2 sections 10 and 11, and Google's ``gx:Track``. A collection becomes the Multi type of its parts,
or a GeometryCollection where they differ. One bad part condemns its feature: a plan with a part missing would be a
wrong plan.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import shapely
from lxml import etree
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from fibermap.formats.kml_coordinates import Coordinates, GeometryFault, parse_coordinates
from fibermap.formats.kml_names import GEOMETRIES, SHAPES, local_name
from fibermap.kernel.errors import Code
from fibermap.kernel.settings import Limits

_MULTI = {"Point": shapely.multipoints, "LineString": shapely.multilinestrings, "Polygon": shapely.multipolygons}


@dataclass(slots=True)
class Shape:
    """What the geometry elements of one feature say.

    Attributes
    ----------
    geometry
        2-D, EPSG:4326, longitude first.
    repairs
        What was mended: code, sentence and 0-based part.
    low_m, high_m
        Lowest and highest altitude in metres, as written; None without altitudes or where all are zero.
    times
        First and last time of a track, as written.
    """

    geometry: BaseGeometry | None = None
    repairs: list[tuple[Code, str, int]] = field(default_factory=list)
    low_m: float | None = None
    high_m: float | None = None
    times: tuple[str, str] | None = None


def geometry_elements(feature: etree._Element) -> list[etree._Element]:
    """Return the geometry elements directly inside a feature, in order; the standard allows one, files hold more."""
    return [child for child in feature if local_name(child.tag) in SHAPES]


def read_geometry(elements: list[etree._Element], *, limits: Limits) -> Shape:
    """Read the geometry elements of one feature.

    Parameters
    ----------
    elements
        At least one, as :func:`geometry_elements` finds them.
    limits
        ``vertices`` bounds the whole feature, ``xml_depth`` the nesting of collections.

    Raises
    ------
    GeometryFault
        With the ``part`` at fault where there are several.
    """
    return _Reader(limits).read(elements)


class _Reader:
    def __init__(self, limits: Limits) -> None:
        self._left = limits.vertices
        self._limits = limits
        self._shape = Shape()
        self._part = 0

    def read(self, elements: list[etree._Element]) -> Shape:
        is_single = len(elements) == 1 and local_name(elements[0].tag) in GEOMETRIES
        parts: list[BaseGeometry] = []
        for part, leaf in enumerate(_leaves(elements, self._limits.xml_depth)):
            self._part = part
            try:
                parts.append(self._leaf(leaf))
            except GeometryFault as fault:
                fault.part = None if is_single else part
                raise
        if not parts:
            raise GeometryFault(Code.GEOMETRY_EMPTY, "Its geometry has no parts.")
        self._shape.geometry = parts[0] if is_single else _collected(parts)
        if self._shape.low_m == self._shape.high_m == 0:
            self._shape.low_m = self._shape.high_m = None
        return self._shape

    def _leaf(self, element: etree._Element) -> BaseGeometry:
        match local_name(element.tag):
            case "Point":
                return self._point(element)
            case "LineString":
                return self._line(self._positions(element))
            case "LinearRing":
                return shapely.linestrings(self._ring(element))
            case "Polygon":
                return self._polygon(element)
            case "Track":
                return self._track(element)
            case _:
                return self._model(element)

    def _point(self, element: etree._Element) -> BaseGeometry:
        lonlat = self._positions(element)
        if len(lonlat) > 1:
            raise GeometryFault(Code.GEOMETRY_BROKEN, f"A point has {len(lonlat):,} positions.")
        return shapely.points(lonlat[0])

    def _line(self, lonlat: NDArray[np.float64]) -> BaseGeometry:
        if len(lonlat) < 2:
            raise GeometryFault(Code.GEOMETRY_BROKEN, "A line has a single position.")
        return shapely.linestrings(lonlat)

    def _polygon(self, element: etree._Element) -> BaseGeometry:
        shells = _rings(element, "outerBoundaryIs")
        if len(shells) != 1:
            raise GeometryFault(Code.GEOMETRY_BROKEN, f"A polygon has {len(shells)} outer rings.")
        shell = self._ring(shells[0])
        holes = [shapely.linearrings(self._ring(ring)) for ring in _rings(element, "innerBoundaryIs")]
        return shapely.polygons(shapely.linearrings(shell), holes or None)

    def _ring(self, element: etree._Element) -> NDArray[np.float64]:
        """Return the positions of a ring, closed; refuse one that encloses nothing."""
        lonlat = self._positions(element)
        if not (lonlat[0] == lonlat[-1]).all():
            lonlat = np.vstack([lonlat, lonlat[:1]])
            self._repair(Code.RING_CLOSED, "A ring was open and was closed.")
        if len(lonlat) < 4:
            raise GeometryFault(Code.RING_TOO_SHORT, f"A ring has {len(lonlat)} positions, it needs 4.")
        return lonlat

    def _positions(self, element: etree._Element) -> NDArray[np.float64]:
        text = "".join(_text(child) + " " for child in element if local_name(child.tag) == "coordinates")
        found = parse_coordinates(text, vertices=self._left)
        if len(found.lonlat) == 0:
            raise GeometryFault(Code.GEOMETRY_EMPTY, f"A {local_name(element.tag)} has no coordinates.")
        if found.was_split:
            self._repair(Code.COORDINATES_SPLIT, "Coordinates ran together and were told apart in threes or twos.")
        return self._counted(found)

    def _counted(self, found: Coordinates) -> NDArray[np.float64]:
        self._left -= len(found.lonlat)
        if found.altitude_m is not None:
            low_m, high_m = found.altitude_m
            shape = self._shape
            shape.low_m = low_m if shape.low_m is None else min(low_m, shape.low_m)
            shape.high_m = high_m if shape.high_m is None else max(high_m, shape.high_m)
        return found.lonlat

    def _track(self, element: etree._Element) -> BaseGeometry:
        rows = [_text(child).split() for child in element if local_name(child.tag) == "coord"]
        tuples = " ".join(",".join(row) for row in rows if row)
        lonlat = self._counted(parse_coordinates(tuples, vertices=self._left))
        if len(lonlat) == 0:
            raise GeometryFault(Code.GEOMETRY_EMPTY, "A track has no positions.")
        when = [_text(child).strip() for child in element if local_name(child.tag) == "when"]
        if when:
            first, last = self._shape.times or (when[0], when[-1])
            self._shape.times = (min(first, when[0]), max(last, when[-1]))
        return self._line(lonlat)

    def _model(self, element: etree._Element) -> BaseGeometry:
        values = {local_name(e.tag): _text(e).strip() for e in element.iter() if isinstance(e.tag, str)}
        if not ("longitude" in values and "latitude" in values):
            raise GeometryFault(Code.GEOMETRY_EMPTY, "A model has no location.")
        text = f"{values['longitude']},{values['latitude']},{values.get('altitude') or 0}"
        return shapely.points(self._counted(parse_coordinates(text, vertices=self._left))[0])

    def _repair(self, code: Code, sentence: str) -> None:
        self._shape.repairs.append((code, sentence, self._part))


def _leaves(elements: list[etree._Element], depth: int) -> Iterator[etree._Element]:
    """Yield the geometries inside nested collections, in document order."""
    if depth < 0:
        raise GeometryFault(Code.XML_TOO_DEEP, "Its collections are nested too deep.")
    for element in elements:
        if local_name(element.tag) in GEOMETRIES:
            yield element
        else:
            yield from _leaves(geometry_elements(element), depth - 1)


def _rings(polygon: etree._Element, boundary: str) -> list[etree._Element]:
    """Return the rings of a polygon; some tools write several into one inner boundary."""
    boundaries = [child for child in polygon if local_name(child.tag) == boundary]
    return [ring for found in boundaries for ring in found if local_name(ring.tag) == "LinearRing"]


def _collected(parts: list[BaseGeometry]) -> BaseGeometry:
    kinds = {part.geom_type for part in parts}
    return _MULTI[kinds.pop()](parts) if len(kinds) == 1 else shapely.geometrycollections(parts)


def _text(element: etree._Element) -> str:
    return element.text or ""
