"""From the coordinates of a file to longitude and latitude, with everything that can be wrong with them said."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from fibermap.formats.columns import Chunk
from fibermap.formats.model import Notice, Outcome
from fibermap.kernel.crs import FARTHEST_COORDINATE, WGS84, Axes, guess_crs, swapped_axes, to_lonlat, to_wgs84
from fibermap.kernel.errors import Code, InputRefused

_PROJECTED_FROM = 1_000.0
"""Coordinates beyond this are metres or feet; between 180 and this they are mistakes in degrees."""


@dataclass(slots=True)
class Placer:
    """Places the chunks of one layer, in order.

    The first chunk with coordinates decides for the whole layer whether its axes are swapped and whether
    coordinates that should be degrees are degrees.

    Attributes
    ----------
    crs
        Of the coordinates in the file; None where the file does not say and its format has no default.
    where
        ``file`` and ``layer``, for messages.
    is_declared
        False where ``crs`` is only the default of the format.
    vertices
        Most vertices of one feature.
    """

    crs: CRS | None
    where: dict[str, str]
    vertices: int
    is_declared: bool = True
    is_swapped: bool = False
    notices: list[Notice] = field(default_factory=list)
    _is_decided: bool = False

    def place(self, chunk: Chunk) -> None:
        """Turn the geometries of a chunk into EPSG:4326, longitude first, and mark the rows where that fails.

        Raises
        ------
        InputRefused
            ``crs_missing`` where the coordinates need a system that nobody named.
        """
        self._refuse_unusable(chunk)
        if not self._is_decided and (~shapely.is_missing(chunk.geometry)).any():
            self._decide(chunk.geometry)
        if self.is_swapped:
            self._swap(chunk)
        chunk.geometry = to_lonlat(chunk.geometry, self.crs or WGS84)
        chunk.drop_position(
            _rows_with(chunk.geometry, _is_off_globe),
            Code.COORDINATE_OUT_OF_RANGE,
            "a coordinate lies outside longitude -180 to 180 and latitude -90 to 90",
        )

    def _refuse_unusable(self, chunk: Chunk) -> None:
        too_many = shapely.get_num_coordinates(chunk.geometry) > self.vertices
        chunk.mark(too_many, Outcome.QUARANTINED, Code.GEOMETRY_TOO_LARGE, f"more than {self.vertices:,} vertices")
        no_geometry = shapely.is_missing(chunk.geometry) & (chunk.reason == None)  # noqa: E711  elementwise
        chunk.mark(no_geometry, Outcome.INGESTED, Code.GEOMETRY_MISSING, "it has no geometry")
        empty = shapely.is_empty(chunk.geometry)
        chunk.geometry[empty] = None
        chunk.mark(empty, Outcome.INGESTED, Code.GEOMETRY_EMPTY, "its geometry has no coordinates")
        chunk.drop_position(
            _rows_with(chunk.geometry, _is_not_finite), Code.COORDINATE_INVALID, "a coordinate is not a number"
        )
        chunk.drop_position(
            _is_null_island(chunk.geometry), Code.COORDINATE_INVALID, "coordinates 0, 0 stand for no position"
        )

    def _decide(self, geometry: NDArray[np.object_]) -> None:
        x, y = _first_vertices(geometry)
        bounds = (float(x.min()), float(y.min()), float(x.max()), float(y.max())) if x.size else None
        if bounds is None:
            return
        self._is_decided = True
        if self.crs is None:
            raise missing_crs(bounds, self.where)
        if not self.crs.is_geographic:
            return
        if not self.is_declared and np.mean((np.abs(x) > _PROJECTED_FROM) | (np.abs(y) > _PROJECTED_FROM)) > 0.5:
            raise missing_crs(bounds, self.where)
        if swapped_axes(x, y) is Axes.SWAPPED:
            self.is_swapped = True
            self.notices.append(
                Notice(
                    Code.AXES_SWAPPED,
                    "Longitude and latitude stand in each other's place throughout; they were exchanged.",
                    self.where.get("layer"),
                )
            )

    def _swap(self, chunk: Chunk) -> None:
        placed = ~shapely.is_missing(chunk.geometry)
        chunk.geometry = shapely.transform(chunk.geometry, lambda xy: xy[:, ::-1])
        chunk.mark(
            placed, Outcome.REPAIRED, Code.AXES_SWAPPED, "longitude and latitude were exchanged, as in its whole layer"
        )


def missing_crs(bounds: tuple[float, float, float, float], where: dict[str, str]) -> InputRefused:
    """Say that the coordinate system is missing and which one it may be."""
    return InputRefused(
        Code.CRS_MISSING,
        "The coordinates are in no declared coordinate system.",
        hint=guess_crs(bounds, hint=" ".join(where.values())),
        **where,
    )


def is_lonlat(crs: CRS) -> bool:
    """Tell whether coordinates of this system are longitude and latitude on WGS84 already."""
    return to_wgs84(crs) is None


def _rows_with(geometry: NDArray[np.object_], is_fault: object) -> NDArray[np.bool_]:
    xy, index = shapely.get_coordinates(geometry, return_index=True)
    rows = np.zeros(len(geometry), dtype=bool)
    rows[index[is_fault(xy)]] = True  # type: ignore[operator]
    return rows


def _is_not_finite(xy: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.asarray(~np.isfinite(xy).all(axis=1))


def _is_off_globe(xy: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.asarray(~((np.abs(xy[:, 0]) <= 180.0) & (np.abs(xy[:, 1]) <= 90.0)))


def _is_null_island(geometry: NDArray[np.object_]) -> NDArray[np.bool_]:
    is_point = shapely.get_type_id(geometry) == shapely.GeometryType.POINT
    x = np.full(len(geometry), np.nan)
    y = x.copy()
    x[is_point], y[is_point] = shapely.get_x(geometry[is_point]), shapely.get_y(geometry[is_point])
    return np.asarray((x == 0.0) & (y == 0.0))


def _first_vertices(geometry: NDArray[np.object_]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """One vertex of each geometry is evidence enough, and keeps a huge polygon from outvoting its neighbours."""
    xy, index = shapely.get_coordinates(geometry, return_index=True)
    _, first = np.unique(index, return_index=True)
    x, y = xy[first, 0], xy[first, 1]
    plausible = (np.abs(x) <= FARTHEST_COORDINATE) & (np.abs(y) <= FARTHEST_COORDINATE)
    return x[plausible], y[plausible]
