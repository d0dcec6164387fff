"""The ground that the county stands on: metres east and north of its middle, and how they become coordinates."""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from fibermap.spatial.metres import metres_per_degree

Spot: TypeAlias = tuple[float, float]
"""Metres east and north of the middle of the county."""

MIDDLE_LON, MIDDLE_LAT = -109.5, 47.0
DECIMALS = 7  # a centimetre

_METRES_PER_LON, _METRES_PER_LAT = (float(scale) for scale in metres_per_degree(MIDDLE_LAT))
_MERCATOR_RADIUS_M = 6_378_137.0


def lonlat(x_m: float, y_m: float) -> Spot:
    """Return longitude and latitude in EPSG:4326, rounded to ``DECIMALS`` so that every machine writes the same."""
    return (
        round(MIDDLE_LON + x_m / _METRES_PER_LON, DECIMALS),
        round(MIDDLE_LAT + y_m / _METRES_PER_LAT, DECIMALS),
    )


def shape_lonlat(shape: BaseGeometry) -> BaseGeometry:
    """Return a shape in metres as it is written to files: longitude and latitude, rounded."""

    def project(xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        degrees = [MIDDLE_LON, MIDDLE_LAT] + xy / [_METRES_PER_LON, _METRES_PER_LAT]
        return np.round(degrees, DECIMALS)

    return shapely.transform(shape, project)


def web_mercator(lon: float, lat: float) -> Spot:
    """Return EPSG:3857 (Esri's 102100) of longitude and latitude, rounded to a millimetre."""
    x = _MERCATOR_RADIUS_M * math.radians(lon)
    y = _MERCATOR_RADIUS_M * math.log(math.tan(math.pi / 4 + math.radians(lat) / 2))
    return round(x, 3), round(y, 3)


def turned(x_m: float, y_m: float, angle_deg: float) -> Spot:
    """Turn a spot counter-clockwise about the origin."""
    sine, cosine = math.sin(math.radians(angle_deg)), math.cos(math.radians(angle_deg))
    return x_m * cosine - y_m * sine, x_m * sine + y_m * cosine


def plain_json(shape: Any) -> dict[str, Any]:
    """Return the GeoJSON geometry of a shape."""
    return dict(shapely.geometry.mapping(shape))
