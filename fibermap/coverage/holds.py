"""Holds: what is there may not be sold, for a reason, by somebody, until reviewed. The class stays what it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import shapely
from shapely.geometry.base import BaseGeometry

from fibermap.address.redirects import SURVIVORS
from fibermap.coverage.evidence import Points
from fibermap.coverage.model import HoldCode
from fibermap.kernel.errors import Code, InputRefused, NotFound
from fibermap.kernel.ids import stable_id
from fibermap.spatial.classify import AreaCover
from fibermap.store import UnitOfWork
from fibermap.store.temporal import IN_FORCE


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
    if not order.reason.strip() or not order.author.strip():
        raise InputRefused(Code.ARGUMENT_INVALID, "A hold needs an author, and a reason that others can read.")
    if order.area is not None:
        _check_area(order.area)
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


def insert_on_list(uow: UnitOfWork, order: HoldOrder, ids: pa.Table, version: int) -> int:
    """Write one hold on many addresses (``address_id``), which are all current, and return its id."""
    hold_id = stable_id("hold", version, "list", order.code)
    uow.sql.execute(
        "hold.insert_list",
        """
        INSERT INTO hold BY NAME
        SELECT $hold_id AS hold_id, 'list' AS scope, $code AS code, $reason AS reason, $author AS author,
               $document AS document, $review_on::DATE AS review_on, $at AS placed_at, $version AS from_version
        """,
        {
            "hold_id": hold_id,
            "code": str(order.code),
            "reason": order.reason,
            "author": order.author,
            "document": order.document,
            "review_on": order.review_on,
            "at": uow.at_utc,
            "version": version,
        },
    )
    uow.sql.execute(
        "hold.members", "INSERT INTO hold_member SELECT $hold_id, address_id FROM ids", {"hold_id": hold_id}, ids=ids
    )
    return hold_id


def _check_area(area: BaseGeometry) -> None:
    if area.is_empty or shapely.get_dimensions(area) != 2 or not area.is_valid:
        raise InputRefused(
            Code.ARGUMENT_INVALID,
            "The area of a hold has to be a valid polygon in longitude and latitude.",
            hint="Repair it first, for example with shapely.make_valid.",
        )


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


_DIRECT = f"""
    WITH RECURSIVE {SURVIVORS},
    wanted AS (SELECT * FROM hold WHERE scope <> 'area' AND %s),
    placed AS (
        SELECT hold_id, min(from_version) AS first_version FROM hold
        WHERE hold_id IN (SELECT hold_id FROM wanted) GROUP BY hold_id
    ),
    named AS (
        SELECT hold_id, address_id FROM wanted WHERE scope = 'address'
        UNION
        SELECT h.hold_id, a.address_id FROM wanted h JOIN address a ON a.location_id = h.location_id
        WHERE h.scope = 'building' AND a.from_version <= $version AND (a.to_version IS NULL OR a.to_version > $version)
        UNION SELECT m.hold_id, m.address_id FROM wanted h JOIN hold_member m ON m.hold_id = h.hold_id
        WHERE h.scope = 'list'
        UNION   -- what was the building when the hold was placed stays held, whatever a later source calls it
        SELECT h.hold_id, a.address_id
        FROM wanted h JOIN placed p ON p.hold_id = h.hold_id JOIN address a ON a.location_id = h.location_id
        WHERE h.scope = 'building' AND a.from_version <= p.first_version
          AND (a.to_version IS NULL OR a.to_version > p.first_version)
    )
    SELECT DISTINCT n.hold_id, coalesce(l.survivor_id, n.address_id) AS address_id
    FROM named n LEFT JOIN leads_to l ON l.address_id = n.address_id
"""
_HELD = _DIRECT % IN_FORCE
_CHANGED = _DIRECT % "(from_version = $version OR to_version = $version)"
"""Pairs of hold and address, through every merge of the address, for holds on an address or a building."""


def addresses_touched(uow: UnitOfWork, version: int) -> npt.NDArray[np.int64]:
    """Return the ids of current addresses under a hold that began or ended with ``version``. Shape ``(n,)``."""
    direct = uow.sql.arrow("hold.touched", _CHANGED, {"version": version})
    inside = uow.sql.arrow(
        "hold.touched_areas",
        """
        SELECT DISTINCT a.address_id
        FROM address a JOIN hold h ON a.lon BETWEEN h.west AND h.east AND a.lat BETWEEN h.south AND h.north
        WHERE a.to_version IS NULL AND h.scope = 'area' AND (h.from_version = $version OR h.to_version = $version)
        """,
        {"version": version},
    )
    return np.concatenate([np.asarray(table["address_id"].to_numpy(), np.int64) for table in (direct, inside)])


def replace_on(uow: UnitOfWork, points: Points, version: int) -> None:
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
        SELECT address_id, hold_id FROM direct WHERE address_id IN (SELECT address_id FROM seen)
        UNION SELECT address_id, hold_id FROM inside
        """,
        seen=seen,
        direct=uow.sql.arrow("hold.direct", _HELD, {"version": version}),
        inside=_inside_areas(uow, points),
    )


def on_address(uow: UnitOfWork, address: Mapping[str, Any], version: int) -> list[dict[str, Any]]:
    """Return the holds on one address as they were in a version, by id."""
    rows = uow.sql.records(
        "hold.on_address",
        f"""
        WITH direct AS ({_HELD})
        SELECT hold_id, scope, code, reason, author, document, review_on, placed_at, geometry FROM hold
        WHERE {IN_FORCE} AND (hold_id IN (SELECT hold_id FROM direct WHERE address_id = $address)
              OR (scope = 'area' AND $lon BETWEEN west AND east AND $lat BETWEEN south AND north))
        ORDER BY hold_id
        """,
        {"version": version, "address": address["address_id"], "lon": address["lon"], "lat": address["lat"]},
    )
    return [row for row in rows if _covers(row.pop("geometry"), address)]


def _covers(area: bytes | None, address: Mapping[str, Any]) -> bool:
    return area is None or bool(shapely.from_wkb(area).intersects(shapely.Point(address["lon"], address["lat"])))


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
