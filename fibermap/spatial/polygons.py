"""Areas taken apart into single polygons, in order of precedence: what both ways of classifying start from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from fibermap.kernel.errors import Code, InputRefused

NO_AREA = -1

_LARGEST_FLOAT = float(np.finfo(np.float64).max)
_POLYGON = 3
_CONTAINERS = (6, 7)  # MultiPolygon, GeometryCollection


class Polygons(NamedTuple):
    """The polygons of all areas, best precedence first.

    Attributes
    ----------
    parts
        Object array ``(P,)`` of finite, non-empty polygons. They are copies: nobody else may prepare them, because
        GEOS answers differently for a prepared invalid polygon.
    order
        ``(P,)`` int32, ascending: the place of the part's area in the order of precedence, 0 first.
    area
        ``(N + 1,)`` int32: the area's index in the caller's sequence by place; the last entry, :data:`NO_AREA`,
        answers for the place ``N`` that stands for "no area".
    """

    parts: npt.NDArray[np.object_]
    order: npt.NDArray[np.int32]
    area: npt.NDArray[np.int32]

    @property
    def nowhere(self) -> int:
        """The place that stands for "no area"."""
        return len(self.area) - 1

    def select(self, keep: npt.NDArray[np.bool_]) -> Polygons:
        """Return the same areas with only some of their parts."""
        return Polygons(self.parts[keep], self.order[keep], self.area)


def polygons_by_precedence(areas: Sequence[BaseGeometry | None], rank: npt.ArrayLike) -> Polygons:
    """Take areas apart.

    Parameters
    ----------
    areas
        Geometries in EPSG:4326, longitude first. MultiPolygons and collections count by their polygons, whatever
        else is in them. ``None``, empty and non-polygon geometries have no parts; neither do polygons with a NaN
        or infinite coordinate.
    rank
        Precedence of each area: 0 wins over 1; among equals the lower index wins.

    Returns
    -------
    Polygons

    Raises
    ------
    InputRefused
        ``argument_invalid``: not geometries, or ``rank`` has another length or holds NaN.
    """
    geometries = _as_geometries(areas)
    ranks = as_numbers(rank, "Ranks")
    if ranks.shape != geometries.shape or np.isnan(ranks).any():
        raise InputRefused(
            Code.ARGUMENT_INVALID,
            f"{len(geometries)} areas need as many ranks, but there are {ranks.size}, or some are NaN.",
            hint="Pass one number for each area, 0 for the best.",
        )
    by_precedence = np.argsort(ranks, kind="stable").astype(np.int32)
    parts, order = _take_apart(geometries[by_precedence])
    return Polygons(parts, order, np.append(by_precedence, np.int32(NO_AREA)))


def as_numbers(values: npt.ArrayLike, name: str) -> npt.NDArray[np.float64]:
    """Return values as float64, or refuse what are not numbers."""
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputRefused(
            Code.ARGUMENT_INVALID, f"{name} are not all numbers: {error}.", hint="Pass an array of numbers."
        ) from error


def _as_geometries(areas: Sequence[BaseGeometry | None]) -> npt.NDArray[np.object_]:
    geometries = np.empty(len(areas), dtype=object)
    geometries[:] = list(areas)
    if not np.all(shapely.is_geometry(geometries) | shapely.is_missing(geometries)):
        raise InputRefused(
            Code.ARGUMENT_INVALID, "An area is not a geometry.", hint="Pass shapely geometries or None, one per area."
        )
    return geometries


def _take_apart(geometries: npt.NDArray[np.object_]) -> tuple[npt.NDArray[Any], npt.NDArray[np.int32]]:
    parts, order = shapely.get_parts(geometries, return_index=True)
    while np.isin(shapely.get_type_id(parts), _CONTAINERS).any():
        parts, nested = shapely.get_parts(parts, return_index=True)
        order = order[nested]
    usable = (shapely.get_type_id(parts) == _POLYGON) & ~shapely.is_empty(parts)
    parts, order = parts[usable], order[usable]
    finite = within(parts, _LARGEST_FLOAT)
    return parts[finite], order[finite].astype(np.int32)


def within(parts: npt.NDArray[np.object_], limit: float) -> npt.NDArray[np.bool_]:
    """Say of each polygon whether all its coordinates, those of holes too, are numbers from ``-limit`` to ``limit``."""
    coordinates, part = shapely.get_coordinates(parts, return_index=True)
    result = np.ones(len(parts), dtype=np.bool_)
    result[part[~(np.abs(coordinates) <= limit).all(axis=1)]] = False
    return result
