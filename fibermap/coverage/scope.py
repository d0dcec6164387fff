"""What a change can touch: the addresses whose verdicts have to be looked at again, and no others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import shapely

from fibermap.coverage import holds
from fibermap.coverage.court import POINT_COLUMNS, all_points, points_of_ids
from fibermap.coverage.features import planned_technologies
from fibermap.coverage.raster import Raster
from fibermap.kernel.settings import Settings
from fibermap.spatial.bands import METRES_PER_DEGREE, EdgeBands
from fibermap.spatial.classify import AreaCover
from fibermap.store import UnitOfWork

_AREA_ROLES = ("coverage", "exclusion")
_DISTANT_ROLES = ("network_points", "network_lines", "barrier", "building", "parcel")

FOOTPRINT_REACH_M = 30.0
"""How far from a point that is placed on the street its building may stand."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Scope:
    """Either everything, or what lies in ``areas``, on their edges or in ``windows``.

    ``areas`` are polygons in EPSG:4326; ``edge_m`` is how far from an edge a point is on it, metres on the ground;
    ``windows`` have the shape ``(n, 4)``: west, south, east, north in degrees.
    """

    everything: bool
    areas: npt.NDArray[np.object_]
    edge_m: float
    windows: Floats

    def boxes(self) -> Floats:
        """Return rectangles, shape ``(n, 4)`` as ``windows``, outside of which nothing is touched."""
        around = widen(shapely.bounds(self.areas).reshape(-1, 4), self.edge_m)
        boxes = np.vstack([around, self.windows])
        return boxes[np.isfinite(boxes).all(axis=1)]

    def covers(self, lon: Floats, lat: Floats) -> npt.NDArray[np.bool_]:
        """Return which places are touched; shape ``(n,)``, bool. Windows count with what is around them."""
        inside = np.zeros(len(lon), dtype=np.bool_)
        if len(self.windows):
            cells = min(_WINDOW_CELLS, 16 + len(lon) + len(self.windows))  # a fine raster costs more than few places
            inside = Raster.over(self.windows, cells).may_hold(lon, lat)
        at = np.flatnonzero(~inside)
        cover = AreaCover(list(self.areas), np.zeros(len(self.areas), dtype=np.int64), engine="tree")
        inside[at] = cover.classify(lon[at], lat[at]) >= 0
        at = np.flatnonzero(~inside)
        inside[at] = EdgeBands(self.areas, self.edge_m).near(lon[at], lat[at])
        return inside


_WINDOW_CELLS = 2048
_WORLD = (-180.0, -90.0, 180.0, 90.0)
EVERYTHING = Scope(True, np.empty(0, dtype=object), 0.0, np.empty((0, 4)))

_CHANGED_FEATURES = """
    WITH touched AS (
        SELECT * FROM plan_feature WHERE from_version = $version OR to_version = $version
    ),
    different AS (   -- closed and written again unchanged is no change
        SELECT feature_id FROM touched
        GROUP BY feature_id, role, kind, class, technology, priority, terminal_name, geometry, name,
                 expected_live_on, expected_precision, live_on, sales_open_on, network_ready_on, ports_free
        HAVING count(*) = 1
    )
    SELECT DISTINCT role, geometry, west, south, east, north
    FROM touched WHERE feature_id IN (SELECT feature_id FROM different)
"""


def scope_of(uow: UnitOfWork, version: int, settings: Settings) -> Scope:
    """Return what the rows written in ``version`` can touch, the addresses that changed themselves aside."""
    features = uow.sql.arrow("scope.features", _CHANGED_FEATURES, {"version": version})
    role = np.array(features["role"].to_pylist(), dtype=object)
    geometry = shapely.from_wkb(np.array(features["geometry"].to_pylist(), dtype=object))
    boxes = np.column_stack([features[side].to_numpy() for side in ("west", "south", "east", "north")])
    areas = geometry[np.isin(role, _AREA_ROLES)]
    distant = widen(boxes[np.isin(role, _DISTANT_ROLES)].reshape(-1, 4), settings.terminal_reach_m)
    return Scope(
        everything=_everything_changed(uow, version),
        areas=areas,
        edge_m=settings.position_error_m,
        windows=np.vstack([distant, _beside_buildings(uow, areas)]),
    )


_FOOTPRINTS = """
    SELECT feature_id, west, south, east, north FROM plan_feature
    WHERE to_version IS NULL AND role IN ('building', 'parcel')
      AND west <= $east AND east >= $west AND south <= $north AND north >= $south
"""
_FOOTPRINT_SHAPES = """
    SELECT edge.place, geometry FROM plan_feature JOIN edge USING (feature_id) WHERE to_version IS NULL ORDER BY place
"""


def _beside_buildings(uow: UnitOfWork, areas: npt.NDArray[np.object_]) -> Floats:
    """Return the windows around buildings that stand in ``areas`` and whose addresses may not.

    Whether an address agrees with its building depends on the class of both.
    """
    if not len(areas):
        return np.empty((0, 4))
    bounds = shapely.total_bounds(areas)
    near = uow.sql.arrow(
        "scope.footprints", _FOOTPRINTS, dict(zip(("west", "south", "east", "north"), bounds.tolist(), strict=True))
    )
    boxes = np.column_stack([near[side].to_numpy() for side in ("west", "south", "east", "north")])
    windows = widen(boxes.reshape(-1, 4), FOOTPRINT_REACH_M)
    tree = shapely.STRtree(areas)
    wholly = tree.query(shapely.box(*windows.T), predicate="covered_by")[0]
    at_edge = np.setdiff1d(np.arange(len(windows)), wholly)
    edge = pa.table({"feature_id": near["feature_id"].take(pa.array(at_edge)), "place": at_edge})
    found = uow.sql.arrow("scope.footprint_shapes", _FOOTPRINT_SHAPES, edge=edge)
    shapes = shapely.from_wkb(np.array(found["geometry"].to_pylist(), dtype=object))
    standing = tree.query(shapely.point_on_surface(shapes), predicate="intersects")[0]
    return np.asarray(windows[at_edge[np.unique(standing)]])


def _everything_changed(uow: UnitOfWork, version: int) -> bool:
    """Rules and settings reach everywhere, and so does a technology that enters or leaves the plan."""
    rules = uow.sql.value(
        "scope.rules",
        """
        SELECT (SELECT count(*) FROM distance_rule WHERE from_version = $version OR to_version = $version)
             + (SELECT count(*) FROM rule_setting WHERE from_version = $version OR to_version = $version)
        """,
        {"version": version},
    )
    return bool(rules) or planned_technologies(uow, version) != planned_technologies(uow, version - 1)


def widen(boxes: Floats, by_m: float) -> Floats:
    """Move the sides of boxes out by some metres, a little more rather than less."""
    dy = 1.01 * by_m / METRES_PER_DEGREE
    farthest = np.clip(np.abs(boxes[:, [1, 3]]).max(axis=1, initial=0.0) + dy, 0.0, 89.0)
    dx = dy / np.cos(np.radians(farthest))
    return np.column_stack([boxes[:, 0] - dx, boxes[:, 1] - dy, boxes[:, 2] + dx, boxes[:, 3] + dy])


_CHANGED_ADDRESSES = f"SELECT {POINT_COLUMNS} FROM address WHERE to_version IS NULL AND from_version = $version"


def points_in(uow: UnitOfWork, scope: Scope, version: int) -> pa.Table:
    """Return ``POINT_COLUMNS`` of the current addresses that a scope touches or ``version`` changed, each once."""
    if scope.everything:
        return all_points(uow)
    changed = uow.sql.arrow("scope.changed_addresses", _CHANGED_ADDRESSES, {"version": version})
    near = rows_near(uow, scope, POINT_COLUMNS, "address", f"from_version <> {version:d}")
    inside = scope.covers(near["lon"].to_numpy(), near["lat"].to_numpy())
    tables = [changed, near.filter(pa.array(inside))]
    known = np.concatenate([table["address_id"].to_numpy() for table in tables])
    held = np.setdiff1d(holds.addresses_touched(uow, version), known)
    if len(held):
        tables.append(points_of_ids(uow, held))
    return pa.concat_tables(tables)


_COARSE_CELLS, _DATABASE_CELLS = 16, 256


def rows_near(uow: UnitOfWork, scope: Scope, columns: str, table: str, where: str = "true") -> pa.Table:
    """Return ``columns`` of the current rows of a table with ``lon`` and ``lat`` that may lie in a scope.

    The database picks them by coarse cells, so that areas far apart do not bring in everything between them.
    """
    boxes = np.array([_WORLD]) if scope.everything else scope.boxes()
    if not len(boxes):
        return uow.sql.arrow(f"scope.none.{table}", f"SELECT {columns} FROM {table} LIMIT 0")
    raster = Raster.over(boxes, _COARSE_CELLS)
    if raster.marked.mean() < 0.5:  # where most of it is marked, finer cells leave out no more
        raster = Raster.over(boxes, _DATABASE_CELLS)
    cells = pa.table({"cell": pa.array(np.flatnonzero(raster.marked), type=pa.int32())})
    east, north = boxes[:, 2:].max(axis=0).tolist()
    bounds = {"west": raster.west, "south": raster.south, "east": east, "north": north}
    return uow.sql.arrow(
        f"scope.near.{table}",
        f"""
        SELECT {columns} FROM {table}
        WHERE to_version IS NULL AND {where} AND lon BETWEEN $west AND $east AND lat BETWEEN $south AND $north
          AND ((lat - $south) / $dy)::INTEGER * {raster.marked.shape[1]} + ((lon - $west) / $dx)::INTEGER
              IN (SELECT cell FROM cells)
        """,
        bounds | {"dx": raster.dx, "dy": raster.dy},
        cells=cells,
    )
