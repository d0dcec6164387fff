"""What a change can touch: the addresses whose verdicts have to be looked at again, and no others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import shapely

from fibermap.coverage import holds
from fibermap.coverage.features import Window
from fibermap.kernel.settings import Settings
from fibermap.spatial.bands import METRES_PER_DEGREE, edge_bands
from fibermap.spatial.classify import AreaCover
from fibermap.store import UnitOfWork

_AREA_ROLES = ("coverage", "exclusion")


@dataclass(frozen=True, slots=True)
class Scope:
    """Either everything, or what lies in ``areas`` or ``windows``, and the addresses that changed themselves.

    ``areas`` are polygons in EPSG:4326; ``windows`` have the shape ``(n, 4)``: west, south, east, north in degrees.
    """

    everything: bool
    areas: npt.NDArray[np.object_]
    windows: npt.NDArray[np.float64]

    def bounds(self) -> Window | None:
        """Return the rectangle around areas and windows, None where there are neither."""
        boxes = np.vstack([shapely.bounds(self.areas).reshape(-1, 4), self.windows.reshape(-1, 4)])
        boxes = boxes[np.isfinite(boxes).all(axis=1)]
        if not len(boxes):
            return None
        return Window(*boxes[:, :2].min(axis=0).tolist(), *boxes[:, 2:].max(axis=0).tolist())


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
    SELECT role, kind, geometry, west, south, east, north
    FROM touched WHERE feature_id IN (SELECT feature_id FROM different)
"""


def scope_of(uow: UnitOfWork, version: int, settings: Settings) -> Scope:
    """Return what the rows written in ``version`` can touch."""
    features = uow.sql.arrow("scope.features", _CHANGED_FEATURES, {"version": version})
    role = np.array(features["role"].to_pylist(), dtype=object)
    is_area = np.isin(role, _AREA_ROLES)
    geometry = shapely.from_wkb(np.array(features["geometry"].to_pylist(), dtype=object))
    areas = geometry[is_area]
    boxes = np.column_stack([features[side].to_numpy() for side in ("west", "south", "east", "north")])
    distant = np.isin(role, ("network_points", "network_lines", "barrier", "building", "parcel"))
    return Scope(
        everything=_everything_changed(uow, version),
        areas=np.concatenate([areas, edge_bands(areas, settings.position_error_m)]),
        windows=_widen(boxes[distant].reshape(-1, 4), settings.terminal_reach_m),
    )


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
    return bool(rules) or technologies_changed(uow)


def technologies_changed(uow: UnitOfWork) -> bool:
    """Return whether the plan speaks of other technologies than the verdicts do."""
    return bool(
        uow.sql.value(
            "scope.technologies",
            """
            WITH planned AS (
                SELECT 'fiber' AS technology UNION
                SELECT coalesce(technology, 'fiber') FROM plan_feature WHERE to_version IS NULL AND class IS NOT NULL
            ), judged AS (SELECT DISTINCT technology FROM verdict)
            SELECT count(*) FROM planned FULL JOIN judged USING (technology)
            WHERE planned.technology IS NULL OR judged.technology IS NULL
            """,
        )
    )


def _widen(boxes: npt.NDArray[np.float64], by_m: float) -> npt.NDArray[np.float64]:
    dy = by_m / METRES_PER_DEGREE
    middle = np.clip((boxes[:, 1] + boxes[:, 3]) / 2, -89.0, 89.0)
    dx = dy / np.cos(np.radians(middle))
    return np.column_stack([boxes[:, 0] - dx, boxes[:, 1] - dy, boxes[:, 2] + dx, boxes[:, 3] + dy])


_CHANGED_ADDRESSES = """
    SELECT DISTINCT address_id FROM address
    WHERE to_version IS NULL AND from_version = $version
"""

_IN_WINDOW = """
    SELECT address_id, lon, lat FROM address
    WHERE to_version IS NULL AND lon BETWEEN $west AND $east AND lat BETWEEN $south AND $north
"""


def addresses_in(uow: UnitOfWork, scope: Scope, version: int) -> npt.NDArray[np.int64] | None:
    """Return the ids of current addresses that a scope touches, sorted and unique; None for all of them."""
    if scope.everything:
        return None
    changed = np.concatenate(
        [
            _ids(uow.sql.arrow("scope.changed_addresses", _CHANGED_ADDRESSES, {"version": version})),
            holds.addresses_touched(uow, version),
        ]
    )
    window = scope.bounds()
    if window is None:
        return np.unique(changed)
    near = uow.sql.arrow(
        "scope.window",
        _IN_WINDOW,
        {"west": window.west, "south": window.south, "east": window.east, "north": window.north},
    )
    lon, lat = near["lon"].to_numpy(), near["lat"].to_numpy()
    shapes = [*scope.areas, *(shapely.box(*box) for box in scope.windows)]
    inside = AreaCover(shapes, np.zeros(len(shapes), dtype=np.int64)).classify(lon, lat) >= 0
    return np.unique(np.concatenate([changed, _ids(near)[inside]]))


def _ids(table: pa.Table) -> npt.NDArray[np.int64]:
    return np.asarray(table["address_id"].to_numpy(), dtype=np.int64)
