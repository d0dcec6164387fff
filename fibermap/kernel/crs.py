"""Coordinate systems: what a file declares, longitude and latitude out of it, what to suggest where it is silent.

Everything inside fibermap is EPSG:4326 with longitude first. Source: EPSG registry, Esri wkids, PROJ 9.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from numbers import Integral
from typing import Any, TypeAlias

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import CRS, Transformer
from pyproj.aoi import AreaOfUse
from pyproj.database import query_crs_info
from pyproj.enums import PJType
from pyproj.exceptions import CRSError, ProjError
from pyproj.network import set_network_enabled  # type: ignore[attr-defined]

from fibermap.kernel.errors import Code, InputRefused

Bounds: TypeAlias = tuple[float, float, float, float]
"""``(smallest x, smallest y, largest x, largest y)``."""

WGS84 = CRS.from_epsg(4326)
LONGEST_DEFINITION = 65_536
LONGEST_QUOTED = 80
MOST_SUGGESTIONS = 5
WEB_MERCATOR_WKIDS = frozenset({3785, 41001, 54004, 900913, 102100, 102113})
FARTHEST_COORDINATE = 1e9  # the Earth is 1.3e8 feet around

_AUTHORITY_CODE = re.compile(r"\s*(?:(epsg|esri)\s*:+\s*)?(\d{1,7})\s*", re.IGNORECASE)


def parse_crs(value: object) -> CRS:
    """Understand a coordinate system however a file or a person writes it.

    Parameters
    ----------
    value
        A wkid (``2256``, ``102100``), a code (``"EPSG:2256"``, ``"ESRI:102700"``), a name, a URN, OGC or Esri WKT,
        PROJJSON text, a PROJ string, an Esri ``spatialReference`` object (``latestWkid``, ``wkid``, ``wkt``) or a
        ``pyproj.CRS``. A bare number is an EPSG code or else an Esri wkid; the old Web Mercator numbers are EPSG:3857.

    Returns
    -------
    pyproj.CRS
        Horizontal: the height part of a compound system is left out.

    Raises
    ------
    InputRefused
        ``crs_missing`` where nothing is given, ``crs_unknown`` where it is not understood or where it has no way to
        longitude and latitude (a local, vertical or geocentric system).
    """
    if isinstance(value, Mapping):
        return _from_esri(value)
    if value is None or (isinstance(value, str) and not value.strip()):
        raise InputRefused(Code.CRS_MISSING, "No coordinate system is given.", hint=_HOW_TO_NAME_ONE)
    try:
        crs = _horizontal(_read(value))
        to_wgs84(crs)
    except (CRSError, ProjError, TypeError, ValueError, OverflowError, RecursionError) as failure:
        raise _unknown(value) from failure
    return crs


def crs_name(crs: CRS) -> str:
    """Return ``"EPSG:2256"`` where an authority knows the system, else its own name."""
    authority = crs.to_authority()
    return ":".join(authority) if authority else crs.name


def to_wgs84(crs: CRS) -> Transformer | None:
    """Return the transformer to longitude and latitude on WGS84, ``None`` where the coordinates are that already."""
    return _cached_transformer(crs.to_wkt())


def to_lonlat(geometries: NDArray[np.object_], crs: CRS) -> NDArray[np.object_]:
    """Turn geometries into EPSG:4326, longitude first.

    Parameters
    ----------
    geometries
        Shape (n,), shapely geometries or None, x (east, longitude) before y whatever the axis order of ``crs``.
    crs
        From :func:`parse_crs`.

    Returns
    -------
    ndarray of object
        Shape (n,), 2-D, None where None. A vertex that has no longitude and latitude (outside the projection) comes
        back with infinite coordinates, so that the caller can say which feature is at fault.
    """
    transformer = to_wgs84(crs)
    if transformer is None:
        return np.asarray(shapely.force_2d(geometries), dtype=object)

    def project(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(_unproject(xy[:, 0], xy[:, 1], transformer))

    return np.asarray(shapely.transform(np.asarray(geometries, dtype=object), project), dtype=object)


def xy_to_lonlat(x: ArrayLike, y: ArrayLike, crs: CRS) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Turn coordinates into longitude and latitude on WGS84, degrees; infinite where there are none, NaN stays NaN."""
    east, north = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    transformer = to_wgs84(crs)
    if transformer is None:
        return east, north
    lon, lat = _unproject(east, north, transformer)
    missing = np.isnan(east) | np.isnan(north)
    return np.where(missing, np.nan, lon), np.where(missing, np.nan, lat)


def guess_crs(bounds: Bounds, hint: str = "", reference_bounds: Bounds | None = None) -> str:
    """Say in a sentence which coordinate system undeclared coordinates may be in. A suggestion, never applied unasked.

    Parameters
    ----------
    bounds
        Of the coordinates as they stand in the file.
    hint
        Any text that may name a US state: a path, a layer name.
    reference_bounds
        Longitude and latitude of what is known already; candidates that do not touch it are left out.
    """
    candidates = crs_candidates(bounds, hint, reference_bounds)
    if not candidates:
        return f"The coordinates fit no system that fibermap can suggest. {_HOW_TO_NAME_ONE}"
    if candidates == ("EPSG:4326",):
        return "The coordinates look like longitude and latitude: if they are, add --crs EPSG:4326."
    named = [f"{code} ({_read(code).name})" for code in candidates[:MOST_SUGGESTIONS]]
    more = len(candidates) - len(named)
    rest = f" or one of {more} others" if more else ""
    return f"The coordinates fit {', '.join(named)}{rest}: add the right one, for example --crs {candidates[0]}."


def crs_candidates(bounds: Bounds, hint: str = "", reference_bounds: Bounds | None = None) -> tuple[str, ...]:
    """Return codes that undeclared coordinates fit, likeliest first: degrees, Web Mercator, State Plane feet, UTM.

    Parameters are those of :func:`guess_crs`.
    """
    if not np.all(np.isfinite(bounds)):
        return ()
    if _within(bounds, (-180.0, -90.0, 180.0, 90.0)):
        return ("EPSG:4326",)
    zones = [(code, area) for code, area in _american_zones() if _lands_inside(bounds, code, area, reference_bounds)]
    named = [code for code, area in zones if any(state in hint.lower() for state in _states_of(area))]
    codes = named or [code for code, _ in zones]
    if _lands_inside(bounds, "EPSG:3857", _WORLD, reference_bounds):
        # State Plane and UTM eastings are positive; the Americas have negative ones in Web Mercator.
        codes.insert(0 if bounds[0] < 0 else len(codes), "EPSG:3857")
    return tuple(codes)


class Axes(StrEnum):
    """The verdict of :func:`swapped_axes`."""

    AS_STATED = "as_stated"
    SWAPPED = "swapped"
    UNCLEAR = "unclear"


def swapped_axes(lon: ArrayLike, lat: ArrayLike, reference_bounds: Bounds | None = None) -> Axes:
    """Tell whether longitude and latitude of a whole layer stand in each other's place.

    Parameters
    ----------
    lon, lat
        Shape (n,), degrees as the file states them; NaN and infinite pairs are no evidence.
    reference_bounds
        Longitude and latitude bounds of what is known already; without it the United States are what is expected.

    Returns
    -------
    Axes
        ``swapped`` where nine points in ten make sense only the other way round, ``as_stated`` where they do as they
        stand, else ``unclear`` (then leave them alone and say so if it matters).
    """
    east, north = np.ravel(np.asarray(lon, dtype=np.float64)), np.ravel(np.asarray(lat, dtype=np.float64))
    usable = np.isfinite(east) & np.isfinite(north)
    east, north = east[usable], north[usable]
    expected = _UNITED_STATES if reference_bounds is None else (_widened(reference_bounds),)
    for boxes in ((_GLOBE,), expected):
        stated, swapped = _share_inside(east, north, boxes), _share_inside(north, east, boxes)
        if swapped >= 0.9 and stated < 0.1:
            return Axes.SWAPPED
    return Axes.AS_STATED if stated >= 0.9 and swapped < 0.1 else Axes.UNCLEAR


_HOW_TO_NAME_ONE = "Name the coordinate system with --crs, for example --crs EPSG:4326 or --crs EPSG:2256."
_GLOBE: Bounds = (-180.0, -90.0, 180.0, 90.0)
_WORLD = AreaOfUse(*_GLOBE)
_UNITED_STATES: tuple[Bounds, ...] = (
    (-125.0, 24.0, -66.5, 49.5),  # contiguous
    (-180.0, 51.0, -129.0, 72.0),  # Alaska
    (-161.0, 18.5, -154.5, 22.5),  # Hawaii
    (-68.0, 17.5, -64.5, 18.6),  # Puerto Rico and the Virgin Islands
)


def _unproject(
    x: NDArray[np.float64], y: NDArray[np.float64], transformer: Transformer
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Transform, with infinity for coordinates beyond the Earth, for which PROJ can return a believable place."""
    beyond = (np.abs(x) > FARTHEST_COORDINATE) | (np.abs(y) > FARTHEST_COORDINATE)
    lon, lat = transformer.transform(x, y)
    return np.where(beyond, np.inf, lon), np.where(beyond, np.inf, lat)


def _from_esri(reference: Mapping[Any, Any]) -> CRS:
    """Read an Esri ``spatialReference``: the newest wkid that is understood, else the WKT."""
    given = [reference[key] for key in ("latestWkid", "wkid", "wkt", "wkt2") if reference.get(key)]
    if not given:
        raise InputRefused(Code.CRS_MISSING, "The spatial reference is empty.", hint=_HOW_TO_NAME_ONE)
    for value in given[:-1]:
        try:
            return parse_crs(value)
        except InputRefused:
            continue
    return parse_crs(given[-1])


def _read(value: object) -> CRS:
    if isinstance(value, CRS):
        return value
    if isinstance(value, bool) or not isinstance(value, Integral | str):
        raise TypeError("a coordinate system is a number or a text")
    text = str(value)
    if len(text) > LONGEST_DEFINITION:
        raise ValueError("longer than any definition")
    code = _AUTHORITY_CODE.fullmatch(text)
    if code is None:
        return CRS.from_user_input(text.strip())
    wkid = int(code[2])
    if wkid in WEB_MERCATOR_WKIDS:
        return CRS.from_epsg(3857)
    try:
        return CRS.from_authority((code[1] or "EPSG").upper(), wkid)
    except CRSError:
        return CRS.from_authority("ESRI", wkid)


def _horizontal(crs: CRS) -> CRS:
    for part in crs.sub_crs_list if crs.is_compound else [crs]:
        if part.is_projected or (part.is_geographic and not part.is_geocentric):
            return part
    raise ValueError("no horizontal system")


def _unknown(value: object) -> InputRefused:
    text = " ".join(str(value)[:LONGEST_DEFINITION].split())
    quoted = text if len(text) <= LONGEST_QUOTED else f"{text[:LONGEST_QUOTED]}..."
    return InputRefused(
        Code.CRS_UNKNOWN,
        f"The coordinate system {quoted!r} has no known way to longitude and latitude.",
        hint=_HOW_TO_NAME_ONE,
    )


@lru_cache(maxsize=256)
def _cached_transformer(wkt: str) -> Transformer | None:
    crs = CRS.from_wkt(wkt)
    if crs.equals(WGS84, ignore_axis_order=True):
        return None
    set_network_enabled(active=False)  # grids are never fetched: only hosts that the user names are
    return Transformer.from_crs(crs, WGS84, always_xy=True)


@lru_cache(maxsize=1)
def _american_zones() -> tuple[tuple[str, AreaOfUse], ...]:
    """List State Plane zones in feet, then UTM zones, of NAD83 in the United States."""
    found = {info.name: info for info in query_crs_info("EPSG", PJType.PROJECTED_CRS) if info.area_of_use is not None}
    feet = re.compile(r"NAD83 / (?!BLM|NCRS|.*Offshore|.*LCC|.*Lambert|.*Single).*\((ft|ftUS)\)")
    utm = re.compile(r"NAD83 / UTM zone (1?\d)N")
    names = [*filter(feet.fullmatch, sorted(found)), *filter(utm.fullmatch, sorted(found))]
    return tuple((f"EPSG:{found[name].code}", found[name].area_of_use) for name in names)  # type: ignore[misc]


def _lands_inside(bounds: Bounds, code: str, area: AreaOfUse, reference_bounds: Bounds | None) -> bool:
    """Tell whether the bounds, read in that system, lie where it is used (and touch what is known already)."""
    lon, lat = xy_to_lonlat([bounds[0], bounds[2]], [bounds[1], bounds[3]], _read(code))
    landed = (float(lon[0]), float(lat[0]), float(lon[1]), float(lat[1]))
    if not np.all(np.isfinite(landed)) or not _within(landed, _widened(area.bounds)):
        return False
    return reference_bounds is None or _touches(landed, _widened(reference_bounds))


def _states_of(area: AreaOfUse) -> list[str]:
    """Read the states out of an area's name: ``"United States (USA) - Montana - counties of ..."``."""
    parts = (area.name or "").split(" - ")
    return [state.strip().lower() for state in re.split(r"[;,]", parts[1].split(":")[0])] if len(parts) > 1 else []


def _within(inner: Bounds, outer: Bounds) -> bool:
    return outer[0] <= inner[0] and outer[1] <= inner[1] and inner[2] <= outer[2] and inner[3] <= outer[3]


def _touches(one: Bounds, other: Bounds) -> bool:
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]


def _widened(bounds: Bounds, margin_deg: float = 1.0) -> Bounds:
    return (bounds[0] - margin_deg, bounds[1] - margin_deg, bounds[2] + margin_deg, bounds[3] + margin_deg)


def _share_inside(lon: NDArray[np.float64], lat: NDArray[np.float64], boxes: tuple[Bounds, ...]) -> float:
    if lon.size == 0:
        return 0.0
    inside = np.zeros(lon.shape, dtype=bool)
    for west, south, east, north in boxes:
        inside |= (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    return float(inside.mean())
