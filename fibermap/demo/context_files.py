"""The map around the plan: river, railway, highway, city and ZIP boundaries, building footprints."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson
import shapely
from shapely.geometry.base import BaseGeometry

from fibermap.demo.ground import plain_json, shape_lonlat, turned
from fibermap.demo.model import CAPITAL, TOWNS, County, Structure
from fibermap.demo.names import COUNTY, STATE

_HALF_COUNTY_M = 24_000.0
_FOOTPRINTS = 0.5
"""Share of the first town's buildings that anybody has traced."""


def write_context(county: County, river: Path, railway: Path, highway: Path) -> None:
    """Write what drops do not cross."""
    barriers = county.barriers
    _write(river, [({"NAME": "Larkspur River", "HYDROCLASS": "RIVER"}, barriers.river)])
    _write(railway, [({"NAME": "Hob & Western Railroad"}, barriers.railway)])
    _write(highway, [({"NAME": "US Highway 687", "CLASS": "US Highway"}, barriers.highway)])


def write_boundaries(county: County, cities: Path, zips: Path) -> None:
    """Write the towns' limits, and ZIP areas that divide the whole county among them."""
    limits = [({"CITY": town.name.upper(), "STATE": STATE}, _limits(county, index)) for index, town in enumerate(TOWNS)]
    _write(cities, limits)
    frame = shapely.box(-_HALF_COUNTY_M, -_HALF_COUNTY_M, _HALF_COUNTY_M, _HALF_COUNTY_M)
    middles = shapely.MultiPoint([(town.x_m, town.y_m) for town in TOWNS])
    cells = shapely.get_parts(shapely.voronoi_polygons(middles, extend_to=frame))
    zones = []
    for town in TOWNS:
        cell = next(cell for cell in cells if cell.contains(shapely.Point(town.x_m, town.y_m)))
        zones.append(({"ZIPCODE": town.zip, "COUNTY": COUNTY}, cell.intersection(frame).normalize()))
    _write(zips, zones)


def _limits(county: County, index: int) -> BaseGeometry:
    cells = [block.cell for block in county.blocks if block.town == index and block.district]
    return shapely.union_all(cells).convex_hull.buffer(60.0, join_style="mitre").normalize()


def write_footprints(county: County, path: Path) -> None:
    """Write footprints of half of the first town's buildings, traced around their address points."""
    town = [structure for structure in county.structures if structure.town == CAPITAL]
    traced = town[: math.ceil(len(town) * _FOOTPRINTS)]
    _write(path, [({"BUILDING_ID": structure.structure_id}, _footprint(structure)) for structure in traced])


def _footprint(structure: Structure) -> BaseGeometry:
    size = 1.0 + 0.8 * min(len(structure.units), 6) / 6
    corners = [(-6.0, -4.0), (6.0, -4.0), (6.0, 4.5), (-6.0, 4.5)]
    spots = [turned(x * size, y * size, TOWNS[structure.town].turn_deg) for x, y in corners]
    return shapely.Polygon([(structure.x_m + x, structure.y_m + y) for x, y in spots])


def _write(path: Path, rows: Iterable[tuple[dict[str, Any], BaseGeometry]]) -> None:
    features = [
        {
            "type": "Feature",
            "properties": {**fields, "SOURCE": "synthetic"},
            "geometry": plain_json(shape_lonlat(shape)),
        }
        for fields, shape in rows
    ]
    collection = {"type": "FeatureCollection", "name": path.stem, "features": features}
    path.write_bytes(orjson.dumps(collection))
