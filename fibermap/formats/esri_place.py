"""From the coordinate system of Esri features to longitude and latitude.

A feature set has one coordinate system, yet any geometry may name its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from fibermap.formats.esri_geometry import Precision
from fibermap.formats.model import Feature, Notice, Outcome
from fibermap.kernel.crs import Axes, parse_crs, swapped_axes, to_lonlat
from fibermap.kernel.errors import Code, InputRefused

CURVE_TOLERANCE_M = 0.05
"""Largest distance between a curve and the straight segments that stand for it."""

_EARTH_RADIUS_M = 6_371_008.8
_SLACK_DEG = 1e-6


@dataclass(frozen=True, slots=True)
class System:
    """A coordinate system and how finely curves are followed in its unit."""

    crs: CRS
    precision: Precision


class Systems:
    """The coordinate systems of one layer's geometries, each understood once.

    Parameters
    ----------
    crs
        Of every geometry that does not name its own; None in a table.
    is_forced
        Whether ``crs`` was given by a person and outweighs what geometries say.
    vertices
        Most vertices of one feature.
    """

    def __init__(self, crs: CRS | None, *, is_forced: bool, vertices: int) -> None:
        self._is_forced, self._vertices = is_forced, vertices
        self._known: dict[bytes, System | None] = {}
        self.usual = self._system(crs) if crs else None

    def of(self, geometry: object) -> System | None:
        """Return the system of one geometry object, None where it is unknown."""
        own = geometry.get("spatialReference") if isinstance(geometry, Mapping) else None
        if not own or self._is_forced:
            return self.usual
        key = orjson.dumps(own)
        if key not in self._known:
            try:
                self._known[key] = self._system(parse_crs(own))
            except InputRefused:
                self._known[key] = None
        return self._known[key]

    def _system(self, crs: CRS) -> System:
        factor = crs.axis_info[0].unit_conversion_factor if crs.axis_info else 1.0
        unit_m = (factor or 1.0) * (_EARTH_RADIUS_M if crs.is_geographic else 1.0)
        return System(crs, Precision(CURVE_TOLERANCE_M / unit_m, CURVE_TOLERANCE_M, self._vertices))


class Placer:
    """Places the features of one layer; the first ones decide whether longitude and latitude are exchanged."""

    def __init__(self, layer: str) -> None:
        self._layer = layer
        self._axes: dict[int, Axes] = {}
        self.notices: list[Notice] = []

    def place(self, features: list[Feature], crs: CRS) -> None:
        """Put geometries of one coordinate system into EPSG:4326, longitude first, in place."""
        geometries = np.empty(len(features), dtype=object)
        geometries[:] = [feature.geometry for feature in features]
        is_swapped = self._is_swapped(geometries, crs)
        if is_swapped:
            geometries = shapely.transform(geometries, lambda xy: xy[:, ::-1])
        placed = to_lonlat(geometries, crs)
        is_on_earth = _is_on_earth(shapely.bounds(placed))
        is_null_island = (shapely.get_type_id(geometries) == shapely.GeometryType.POINT) & (
            shapely.bounds(geometries) == 0
        ).all(axis=1)
        for feature, geometry, fits, is_nowhere in zip(features, placed, is_on_earth, is_null_island, strict=True):
            if is_nowhere:
                drop_position(feature, Code.COORDINATE_INVALID, "Coordinates 0, 0 stand for no position.")
            elif not fits:
                drop_position(feature, Code.COORDINATE_OUT_OF_RANGE, "A coordinate lies nowhere on Earth.")
            else:
                feature.geometry = geometry
                if is_swapped:
                    _mark_swapped(feature)

    def _is_swapped(self, geometries: NDArray[np.object_], crs: CRS) -> bool:
        if not crs.is_geographic or not geometries.size:
            return False
        if id(crs) not in self._axes:
            firsts = shapely.bounds(geometries)
            self._axes[id(crs)] = swapped_axes(firsts[:, 0], firsts[:, 1])
            if self._axes[id(crs)] is Axes.SWAPPED:
                message = "Longitude and latitude stand in each other's place throughout; they were exchanged."
                self.notices.append(Notice(Code.AXES_SWAPPED, message, self._layer))
        return self._axes[id(crs)] is Axes.SWAPPED


def drop_position(feature: Feature, reason: Code, detail: str) -> None:
    """Take away a position that cannot be used: a feature with a point stays one, a feature with a shape cannot."""
    is_point = shapely.get_type_id(feature.geometry) == shapely.GeometryType.POINT
    feature.geometry = None
    if not is_point:
        feature.outcome = Outcome.QUARANTINED
    feature.reason = reason
    tell(feature, detail)


def tell(feature: Feature, *sentences: str | None) -> None:
    """Add sentences to what is said about a feature."""
    feature.detail = " ".join(text for text in (feature.detail, *sentences) if text) or None


def _mark_swapped(feature: Feature) -> None:
    tell(feature, "Longitude and latitude were exchanged, as in its whole layer.")
    feature.outcome = Outcome.REPAIRED
    feature.reason = feature.reason or Code.AXES_SWAPPED


def _is_on_earth(bounds: NDArray[np.float64]) -> NDArray[np.bool_]:
    limits = np.array([180.0, 90.0, 180.0, 90.0]) + _SLACK_DEG
    return np.asarray((np.abs(bounds) <= limits).all(axis=1))
