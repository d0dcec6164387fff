"""Lengths and areas on the ground, from longitude and latitude, on the WGS84 ellipsoid.

A short distance is the straight chord between two points in space, stretched to the arc above it. That needs no
projection and no zone, holds across the antimeridian, and grows with the geodesic, so the nearest by chord is the
nearest on the ground. Areas are exact for edges that are straight in longitude and latitude, which is how GEOS and
every reader of GeoJSON sees them (RFC 7946, 3.1.1).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

Floats: TypeAlias = NDArray[np.float64]

SEMI_MAJOR_M = 6_378_137.0
FLATTENING = 1 / 298.257223563
ECCENTRICITY_SQUARED = FLATTENING * (2 - FLATTENING)
ECCENTRICITY = ECCENTRICITY_SQUARED**0.5

_POLYGON = 3  # shapely's type ids: simple kinds up to here, multi and collections above


def to_ecef(lon: ArrayLike, lat: ArrayLike) -> Floats:
    """Return earth-centred coordinates of points on the ellipsoid.

    Parameters
    ----------
    lon, lat
        Shape (n,), degrees.

    Returns
    -------
    ndarray of float64
        Shape (n, 3), metres, to a nanometre. NaN where either is NaN or infinite, or the latitude is beyond a pole.
    """
    east, north = np.radians(np.asarray(lon, dtype=np.float64)), np.radians(np.asarray(lat, dtype=np.float64))
    usable = np.isfinite(east) & (np.abs(north) <= np.pi / 2)
    east, north = np.where(usable, east, np.nan), np.where(usable, north, np.nan)
    sine, cosine = np.sin(north), np.cos(north)
    across_m = SEMI_MAJOR_M / np.sqrt(1 - ECCENTRICITY_SQUARED * sine**2)
    return np.stack(
        [
            across_m * cosine * np.cos(east),
            across_m * cosine * np.sin(east),
            across_m * (1 - ECCENTRICITY_SQUARED) * sine,
        ],
        axis=-1,
    )


def metres_per_degree(lat: ArrayLike) -> tuple[Floats, Floats]:
    """Return the metres in one degree of longitude and in one degree of latitude, at a latitude in degrees."""
    north = np.radians(np.asarray(lat, dtype=np.float64))
    along_m, across_m = _radii_of_curvature(north)
    return np.radians(across_m * np.cos(north)), np.radians(along_m)


def metres_per_degree_at(lat: float) -> tuple[float, float]:
    """Return what :func:`metres_per_degree` does at one latitude, without arrays."""
    north = math.radians(lat)
    flat = 1 - ECCENTRICITY_SQUARED * math.sin(north) ** 2
    across_m = SEMI_MAJOR_M / math.sqrt(flat)
    along_m = across_m * (1 - ECCENTRICITY_SQUARED) / flat
    return math.radians(across_m * math.cos(north)), math.radians(along_m)


def degrees_apart(lon: ArrayLike, other_lon: ArrayLike) -> Floats:
    """Return ``other_lon - lon`` the short way round, in ``[-180, 180]`` degrees."""
    apart = np.asarray(other_lon, dtype=np.float64) - np.asarray(lon, dtype=np.float64)
    return np.where(np.abs(apart) <= 180, apart, np.remainder(apart + 180, 360) - 180)


def arc_m(chord_m: Floats, lat: Floats, north_deg: Floats) -> Floats:
    """Stretch straight chords through the Earth to arcs along the ground.

    Parameters
    ----------
    chord_m, lat, north_deg
        Shape (n,): the chord, the latitude where it starts, and how far north it goes, in degrees.

    Returns
    -------
    ndarray of float64
        Shape (n,), metres: within 1e-8 m of the geodesic up to 5 km, 1e-7 m at 50 km, a centimetre at 500 km.
    """
    middle = np.radians(lat + north_deg / 2)
    along_m, across_m = _radii_of_curvature(middle)
    with np.errstate(invalid="ignore", divide="ignore"):
        share_north = np.clip((np.radians(north_deg) * along_m / chord_m) ** 2, 0, 1)
        share_north = np.where(chord_m > 0, share_north, 0)
        radius_m = 1 / (share_north / along_m + (1 - share_north) / across_m)  # Euler: curvature in that direction
        half = np.clip(chord_m / (2 * radius_m), 0, 1)
    return np.asarray(2 * radius_m * np.arcsin(half))


def ground_distance_m(lon: ArrayLike, lat: ArrayLike, other_lon: ArrayLike, other_lat: ArrayLike) -> Floats:
    """Return distances on the ground, pair by pair.

    Parameters
    ----------
    lon, lat, other_lon, other_lat
        Shape (n,) or broadcastable, degrees.

    Returns
    -------
    ndarray of float64
        Metres, accurate as in :func:`arc_m`; NaN where a coordinate is missing.
    """
    chord_m = np.sqrt(np.sum((to_ecef(other_lon, other_lat) - to_ecef(lon, lat)) ** 2, axis=-1))
    start = np.asarray(lat, dtype=np.float64)
    return arc_m(chord_m, start, np.asarray(other_lat, dtype=np.float64) - start)


def few_distances_m(lon: float, lat: float, others: Iterable[tuple[float, float]]) -> list[float]:
    """Return what :func:`ground_distance_m` does, from one place to a few (longitude, latitude), without arrays."""
    x, y, z = _ecef(lon, lat)
    found = []
    for other_lon, other_lat in others:
        east, north, up = _ecef(other_lon, other_lat)
        chord_m = math.sqrt((east - x) ** 2 + (north - y) ** 2 + (up - z) ** 2)
        found.append(_arc_m(chord_m, lat, other_lat - lat) if chord_m > 0 else chord_m)
    return found


class Plane(NamedTuple):
    """The ground around a latitude, flat: what is within a kilometre is as far as on the ellipsoid, to 1e-4 m.

    Not beyond 80 degrees of latitude, nor across the antimeridian. Within 200 m it is 1e-6 m.

    Attributes
    ----------
    east_m, north_m
        Metres in a degree of longitude, and of latitude.
    east_more_m, north_more_m
        How many more there are half-way to a latitude one degree further north.
    """

    east_m: float
    north_m: float
    east_more_m: float
    north_more_m: float

    @classmethod
    def at(cls, lat: float) -> Plane:
        """Return the plane at a latitude, degrees."""
        east_m, north_m = metres_per_degree_at(lat)
        sine, cosine = math.sin(math.radians(lat)), math.cos(math.radians(lat))
        half_m = math.radians(north_m) / 2
        return cls(east_m, north_m, -half_m * sine, 3 * half_m * ECCENTRICITY_SQUARED * sine * cosine)

    def distances_m(self, offsets: Iterable[tuple[float, float]]) -> list[float]:
        """Return the distances of what is so many degrees of longitude and latitude away."""
        east_m, north_m, east_more_m, north_more_m = self
        return [
            math.hypot(east * (east_m + east_more_m * north), north * (north_m + north_more_m * north))
            for east, north in offsets
        ]


def _ecef(lon: float, lat: float) -> tuple[float, float, float]:
    east, north = math.radians(lon), math.radians(lat)
    sine, cosine = math.sin(north), math.cos(north)
    across_m = SEMI_MAJOR_M / math.sqrt(1 - ECCENTRICITY_SQUARED * sine**2)
    return (
        across_m * cosine * math.cos(east),
        across_m * cosine * math.sin(east),
        across_m * (1 - ECCENTRICITY_SQUARED) * sine,
    )


def _arc_m(chord_m: float, lat: float, north_deg: float) -> float:
    flat = 1 - ECCENTRICITY_SQUARED * math.sin(math.radians(lat + north_deg / 2)) ** 2
    along_m, across_m = (
        SEMI_MAJOR_M * (1 - ECCENTRICITY_SQUARED) / (flat * math.sqrt(flat)),
        SEMI_MAJOR_M / math.sqrt(flat),
    )
    share_north = min((math.radians(north_deg) * along_m / chord_m) ** 2, 1.0)
    radius_m = 1 / (share_north / along_m + (1 - share_north) / across_m)
    return 2 * radius_m * math.asin(min(chord_m / (2 * radius_m), 1.0))


def area_m2(geometries: Any) -> Floats:
    """Return the ground area of polygons.

    Parameters
    ----------
    geometries
        One geometry or shape (n,), EPSG:4326. Holes are subtracted; whatever has no polygon in it has area 0.

    Returns
    -------
    ndarray of float64
        Shape (n,) (one geometry: shape (1,)), square metres. A ring that crosses itself counts by winding: what it
        goes round the other way is subtracted.
    """
    array = np.atleast_1d(np.asarray(geometries, dtype=object))
    polygons, owner = _polygons(array)
    rings, polygon_of_ring = shapely.get_rings(polygons, return_index=True)
    if rings.size == 0:
        return np.zeros(array.size)
    is_shell = np.diff(polygon_of_ring, prepend=-1) > 0
    areas = np.abs(_signed_ring_areas_m2(rings))
    signed = np.where(is_shell, areas, -areas)
    return _sum_by(owner[polygon_of_ring], signed, array.size)


def length_m(geometries: Any) -> Floats:
    """Return the ground length of lines, or of the outlines of polygons; shape (n,), metres, EPSG:4326, None: 0."""
    array = np.atleast_1d(np.asarray(geometries, dtype=object))
    parts, owner = simple_parts(array)
    outlines = np.where(shapely.get_type_id(parts) == _POLYGON, shapely.boundary(parts), parts)
    lines, index = simple_parts(outlines)
    xy, line = shapely.get_coordinates(lines, return_index=True)
    steps_m = ground_distance_m(xy[:-1, 0], xy[:-1, 1], xy[1:, 0], xy[1:, 1])
    within = line[:-1] == line[1:]
    return _sum_by(owner[index[line[:-1][within]]], steps_m[within], array.size)


def to_local(geometries: Any, origin: tuple[float, float]) -> Any:
    """Lay geometries out in metres east and north of an origin ``(lon, lat)``.

    One scale serves the whole plane: right at the origin's latitude, off by 0.1 % some 5 km north of it. Good for
    buffers and hulls, not for measuring; measure with the other functions here.
    """
    lon, lat = origin
    east_m, north_m = (float(scale) for scale in metres_per_degree(lat))

    def project(xy: Floats) -> Floats:
        return np.column_stack([degrees_apart(lon, xy[:, 0]) * east_m, (xy[:, 1] - lat) * north_m])

    return shapely.transform(geometries, project)


def from_local(geometries: Any, origin: tuple[float, float]) -> Any:
    """Undo :func:`to_local`. Longitudes may run past 180 degrees where a shape spans the antimeridian."""
    scale = np.array([float(degree_m) for degree_m in metres_per_degree(origin[1])])
    return shapely.transform(geometries, lambda xy: xy / scale + np.array(origin))


def polygon_parts(geometry: BaseGeometry | None) -> list[BaseGeometry]:
    """Return every polygon inside a geometry, however deeply it is nested."""
    polygons, _ = _polygons(np.array([geometry], dtype=object))
    return list(polygons)


def _radii_of_curvature(north_rad: Floats) -> tuple[Floats, Floats]:
    """Return the radii along the meridian and across it, metres."""
    flat = 1 - ECCENTRICITY_SQUARED * np.sin(north_rad) ** 2
    return SEMI_MAJOR_M * (1 - ECCENTRICITY_SQUARED) / flat**1.5, SEMI_MAJOR_M / np.sqrt(flat)


def simple_parts(array: NDArray[np.object_]) -> tuple[NDArray[np.object_], NDArray[np.intp]]:
    """Take geometries apart, however deeply nested, with the index of what each part came out of."""
    parts, owner = shapely.get_parts(array, return_index=True)
    while (shapely.get_type_id(parts) > _POLYGON).any():
        parts, index = shapely.get_parts(parts, return_index=True)
        owner = owner[index]
    return parts, owner


def _polygons(array: NDArray[np.object_]) -> tuple[NDArray[np.object_], NDArray[np.intp]]:
    parts, owner = simple_parts(array)
    is_polygon = shapely.get_type_id(parts) == _POLYGON
    return parts[is_polygon], owner[is_polygon]


def _signed_ring_areas_m2(rings: NDArray[np.object_]) -> Floats:
    """Integrate the ellipsoid's area below each edge (Simpson's rule, exact to 1e-12 for edges under a degree)."""
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    within = ring[:-1] == ring[1:]
    south, north = xy[:-1, 1], xy[1:, 1]
    below = (_authalic(south) + 4 * _authalic((south + north) / 2) + _authalic(north)) / 6
    areas = np.radians(xy[1:, 0] - xy[:-1, 0]) * below
    return _sum_by(ring[:-1][within], areas[within], rings.size)


def _sum_by(group: NDArray[np.intp], values: Floats, groups: int) -> Floats:
    return np.asarray(np.bincount(group, weights=values, minlength=groups), dtype=np.float64)


def _authalic(lat: Floats) -> Floats:
    """Return the area between the equator and a latitude per radian of longitude, m2 (Snyder 1987, eq. 3-12)."""
    sine = np.sin(np.radians(lat))
    scaled = ECCENTRICITY * sine
    share = sine / (1 - scaled**2) + np.arctanh(scaled) / ECCENTRICITY
    return np.asarray(SEMI_MAJOR_M**2 * (1 - ECCENTRICITY_SQUARED) / 2 * share)
