"""Cutting what part of a phase serves out of its areas: every address lies on the side that it belongs to. Pure.

Each address that a terminal of the phase serves claims the ground that is nearer to it than to any other such address.
A part takes the ground of its own addresses, so that it holds exactly those, in whatever order the parts are opened; an
address that nothing serves goes with its neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from fibermap.spatial.metres import polygon_parts

_SAME_PLACE_DECIMALS = 7
"""Places that are equal so far, about a centimetre, are one: nothing can be drawn between them."""


@dataclass(frozen=True, slots=True)
class Seeds:
    """What claims ground: places in degrees with the terminal that serves each and whether the part has it.

    All arrays have the shape ``(n,)``.
    """

    lon: npt.NDArray[np.float64]
    lat: npt.NDArray[np.float64]
    terminal_id: npt.NDArray[np.int64]
    wanted: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.lon)

    def within(self, area: BaseGeometry) -> Seeds:
        """Return those in an area or on its edge, each place once: of several terminals the one with the least id."""
        shapely.prepare(area)
        at = np.flatnonzero(shapely.intersects_xy(area, self.lon, self.lat))
        at = at[np.argsort(self.terminal_id[at], kind="stable")]
        places = np.round(np.column_stack([self.lon[at], self.lat[at]]), _SAME_PLACE_DECIMALS)
        _, first = np.unique(places, axis=0, return_index=True)
        at = at[np.sort(first)]
        return Seeds(self.lon[at], self.lat[at], self.terminal_id[at], self.wanted[at])


def share_of(area: BaseGeometry, seeds: Seeds) -> BaseGeometry | None:
    """Return the share of an area that the wanted seeds in it claim: all, some, or None for nothing."""
    here = seeds.within(area)
    if not here.wanted.any():
        return None
    if here.wanted.all():
        return area
    claimed = shapely.union_all(_cells(here, area)[here.wanted])
    return _polygonal(shapely.intersection(area, claimed))


def without(area: BaseGeometry, share: BaseGeometry) -> BaseGeometry | None:
    """Return what a share leaves of an area; None for nothing."""
    return _polygonal(shapely.difference(area, share))


def inside(area: BaseGeometry, shape: BaseGeometry) -> BaseGeometry | None:
    """Return the share of an area that lies in a drawn shape: all, some, or None for nothing."""
    return area if shape.covers(area) else _polygonal(shapely.intersection(area, shape))


def rejoined(shapes: list[BaseGeometry], whole: BaseGeometry) -> BaseGeometry:
    """Return parts as one area again: the ``whole`` that they were cut out of, where they still are that."""
    union = shapely.union_all(shapes)
    if shapely.symmetric_difference(union, whole).area <= 1e-9 * whole.area:
        return whole
    return _polygonal(union) or union


def _cells(seeds: Seeds, area: BaseGeometry) -> npt.NDArray[np.object_]:
    """Return the ground of each seed. A degree of longitude is made as long as one of latitude, and then undone."""
    squeeze = np.array([np.cos(np.radians(seeds.lat.mean())), 1.0])
    places = np.column_stack([seeds.lon, seeds.lat]) * squeeze
    frame = shapely.transform(area, lambda xy: xy * squeeze)
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(places), extend_to=frame))
    seed, cell = shapely.STRtree(cells).query(shapely.points(places), predicate="intersects")
    found = np.empty(len(seeds), dtype=object)
    found[seed] = cells[cell]
    return np.asarray(shapely.transform(found, lambda xy: xy / squeeze))


def _polygonal(shape: BaseGeometry) -> BaseGeometry | None:
    polygons = [polygon for polygon in polygon_parts(shape) if polygon.area > 0]
    if len(polygons) > 1:
        return shapely.multipolygons(polygons)
    return polygons[0] if polygons else None
