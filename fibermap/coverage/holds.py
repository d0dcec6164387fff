"""Holds: what is there may not be sold, for a reason, by somebody, until reviewed. The class stays what it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import shapely
from shapely.geometry.base import BaseGeometry

from fibermap.coverage.evidence import Points
from fibermap.coverage.model import HoldCode
from fibermap.kernel.errors import Code, InputRefused, NotFound
from fibermap.kernel.ids import stable_id
from fibermap.spatial.classify import AreaCover
from fibermap.store import UnitOfWork


@dataclass(frozen=True, slots=True)
class HoldOrder:
    """A hold to be placed on exactly one of an address, a building (``location_id``) or an area in EPSG:4326."""

    code: HoldCode
    reason: str
    author: str
    address_id: int | None = None
    location_id: int | None = None
    area: BaseGeometry | None = None
    document: str | None = None
    review_on: date | None = None

    @property
    def scope(self) -> str:
        """``address``, ``building`` or ``area``."""
        given = {"address": self.address_id, "building": self.location_id, "area": self.area}
        named = [scope for scope, value in given.items() if value is not None]
        if len(named) != 1:
            raise InputRefused(
                Code.ARGUMENT_INVALID,
                "A hold is placed on exactly one thing.",
                hint="Give an address, a building or an area.",
            )
        return named[0]


def insert(uow: UnitOfWork, order: HoldOrder, version: int) -> int:
    """Write a hold that holds from ``version`` and return its id. Raises ``NotFound`` for an unknown address."""
    scope = order.scope
    column = {"address": "address_id", "building": "location_id"}.get(scope)
    target = order.address_id if scope == "address" else order.location_id
    if column and not uow.sql.value(
        "hold.target", f"SELECT count(*) FROM address WHERE {column} = ? AND to_version IS NULL", [target]
    ):
        raise NotFound(Code.ADDRESS_NOT_FOUND, f"There is no {scope} {target} to hold.")
    if not order.reason.strip():
        raise InputRefused(Code.ARGUMENT_INVALID, "A hold needs a reason that others can read.")
    hold_id = stable_id("hold", version, scope, target, order.area.wkb_hex if order.area else None, order.code)
    bounds = order.area.bounds if order.area is not None else (None,) * 4
    uow.sql.execute(
        "hold.insert",
        "INSERT INTO hold VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, ?, ?, NULL)",
        [
            hold_id,
            scope,
            order.address_id,
            order.location_id,
            shapely.to_wkb(order.area) if order.area is not None else None,
            *bounds,
            str(order.code),
            order.reason,
            order.author,
            order.document,
            order.review_on,
            uow.at_utc,
            version,
        ],
    )
    return hold_id


def close(uow: UnitOfWork, hold_id: int, version: int) -> None:
    """End a hold with ``version``. Raises ``NotFound`` where no such hold is in force."""
    closed = uow.sql.execute(
        "hold.close",
        "UPDATE hold SET to_version = ? WHERE hold_id = ? AND to_version IS NULL AND feature_id IS NULL",
        [version, hold_id],
    )
    if not closed:
        raise NotFound(
            Code.HOLD_NOT_FOUND,
            f"There is no hold {hold_id} in force that a person placed.",
            hint="A hold from an exclusion area ends when its source no longer has the area.",
        )


def follow_exclusions(uow: UnitOfWork, version: int) -> None:
    """Make the holds of exclusion areas those of the exclusion areas in force."""
    uow.sql.execute(
        "hold.exclusion.close",
        """
        UPDATE hold SET to_version = $version
        WHERE to_version IS NULL AND feature_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM plan_feature f
            WHERE f.feature_id = hold.feature_id AND f.to_version IS NULL AND f.role = 'exclusion'
              AND f.geometry = hold.geometry AND coalesce(f.name, f.layer) = hold.reason)
        """,
        {"version": version},
    )
    uow.sql.execute(
        "hold.exclusion.open",
        """
        INSERT INTO hold BY NAME
        SELECT f.feature_id AS hold_id, 'area' AS scope, f.geometry, f.west, f.south, f.east, f.north,
               'exclusion' AS code, coalesce(f.name, f.layer) AS reason, 'source' AS author, f.feature_id,
               $now AS placed_at, $version AS from_version
        FROM plan_feature f
        WHERE f.role = 'exclusion' AND f.to_version IS NULL
          AND NOT EXISTS (SELECT 1 FROM hold h WHERE h.feature_id = f.feature_id AND h.to_version IS NULL)
        """,
        {"version": version, "now": uow.at_utc},
    )


def addresses_touched(uow: UnitOfWork, version: int) -> npt.NDArray[np.int64]:
    """Return the ids of current addresses under a hold that began or ended with ``version``. Shape ``(n,)``."""
    direct = uow.sql.arrow(
        "hold.touched",
        """
        WITH changed AS (SELECT * FROM hold WHERE from_version = $version OR to_version = $version)
        SELECT a.address_id FROM address a JOIN changed h ON h.address_id = a.address_id WHERE a.to_version IS NULL
        UNION
        SELECT a.address_id FROM address a JOIN changed h ON h.location_id = a.location_id WHERE a.to_version IS NULL
        UNION
        SELECT a.address_id FROM address a JOIN changed h
          ON a.lon BETWEEN h.west AND h.east AND a.lat BETWEEN h.south AND h.north
        WHERE a.to_version IS NULL AND h.scope = 'area'
        """,
        {"version": version},
    )
    return np.asarray(direct["address_id"].to_numpy(), dtype=np.int64)


def replace_on(uow: UnitOfWork, points: Points) -> None:
    """Write anew which holds are in force on these addresses."""
    seen = pa.table({"address_id": points.address_id})
    uow.sql.execute(
        "hold.clear", "DELETE FROM address_hold WHERE address_id IN (SELECT address_id FROM seen)", seen=seen
    )
    if not uow.sql.value("hold.any", "SELECT count(*) FROM hold WHERE to_version IS NULL"):
        return
    uow.sql.execute(
        "hold.apply",
        """
        INSERT INTO address_hold
        SELECT a.address_id, h.hold_id
        FROM address a JOIN hold h ON h.address_id = a.address_id OR h.location_id = a.location_id
        WHERE a.to_version IS NULL AND h.to_version IS NULL AND h.scope IN ('address', 'building')
          AND a.address_id IN (SELECT address_id FROM seen)
        UNION ALL SELECT address_id, hold_id FROM inside
        """,
        seen=seen,
        inside=_inside_areas(uow, points),
    )


def _inside_areas(uow: UnitOfWork, points: Points) -> pa.Table:
    """Return every pair of address and area hold that covers it; boundary points are inside."""
    held = uow.sql.arrow(
        "hold.areas", "SELECT hold_id, geometry FROM hold WHERE to_version IS NULL AND scope = 'area' ORDER BY hold_id"
    )
    areas = shapely.from_wkb(np.array(held["geometry"].to_pylist(), dtype=object))
    cover = AreaCover(list(areas), np.zeros(len(areas), dtype=np.int64))
    hit = np.flatnonzero(cover.classify(points.lon, points.lat) >= 0)
    where = shapely.points(points.lon[hit], points.lat[hit])
    at, area = shapely.STRtree(areas).query(where, predicate="intersects")
    return pa.table(
        {
            "address_id": pa.array(points.address_id[hit[at]], type=pa.int64()),
            "hold_id": pa.array(held["hold_id"].to_numpy()[area], type=pa.int64()),
        }
    )
