"""The tables of zones, and the one count of how far each is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import orjson

from fibermap.kernel.errors import Code, NotFound
from fibermap.order.zone import GoalKind, Progress, Zone, ZoneState, goal_of, read_counts
from fibermap.store import UnitOfWork

COUNTED_STATES = ("committed", "waiting", "converted")
"""A pre-order that became an order goes on counting, unless that came to nothing."""
_ZONES = """
    SELECT z.zone_id, z.code, z.public_name, list(a.area_id ORDER BY a.area_id) AS area_ids, z.goal_kind, z.goal_value,
           z.priority, z.counts, z.deadline, z.state
    FROM zone z JOIN zone_area a USING (zone_id) GROUP BY ALL ORDER BY z.priority, z.zone_id
"""
_UNITS = """
    SELECT coalesce(sum(u.units), 0)::BIGINT
    FROM zone_address z JOIN counted_units u USING (address_id) WHERE z.zone_id = ?
"""
_PROGRESS = """
    SELECT sum(least(signed, units))::BIGINT FROM (
        SELECT u.address_id, u.units, count(*) AS signed
        FROM preorder p JOIN counted_units u ON u.address_id = p.now_id
        LEFT JOIN customer_order o ON o.order_id = p.order_id
        LEFT JOIN deposit d ON d.deposit_id = p.deposit_id AND d.state IN ('held', 'applied')
        WHERE p.zone_id = $zone_id AND p.state IN (SELECT unnest($states::VARCHAR[]))
          AND coalesce(o.state NOT IN ('cancelled', 'failed', 'rejected'), true)
          AND (NOT $with_deposit OR d.deposit_id IS NOT NULL)
          AND ($technology::VARCHAR IS NULL OR p.technology = $technology)
          AND ($customers = 'all' OR u.kind = $customers)
        GROUP BY ALL)
"""


def zones(uow: UnitOfWork) -> list[Zone]:
    """Return every zone, best priority first."""
    return [_zone(row) for row in uow.sql.records("zone.list", _ZONES)]


def find_zone(uow: UnitOfWork, zone_id: int) -> Zone:
    """Return a zone; raises ``NotFound`` (``zone_not_found``)."""
    for zone in zones(uow):
        if zone.zone_id == zone_id:
            return zone
    raise NotFound(Code.ZONE_NOT_FOUND, f"There is no zone {zone_id}.")


def progress_of(uow: UnitOfWork, zone: Zone) -> Progress:
    """Return how far a zone is.

    Its units are those that `homes passed` counts, of whatever class. A household counts once, and a building without a
    list of units for no more than it has.
    """
    units = int(uow.sql.value("zone.units", _UNITS, [zone.zone_id]))
    counts = asdict(zone.counts) | {"customers": str(zone.counts.customers)}
    counted = uow.sql.value(
        "zone.progress", _PROGRESS, {"zone_id": zone.zone_id, "states": list(COUNTED_STATES), **counts}
    )
    return Progress(units, int(counted or 0), goal_of(zone, units))


def save_zone(uow: UnitOfWork, zone: Zone) -> None:
    """Write a zone as it is now, with its areas."""
    counts = orjson.dumps(asdict(zone.counts)).decode()
    row = [
        zone.zone_id, zone.code, zone.public_name, zone.priority, str(zone.goal_kind), zone.goal_value, counts,
        zone.deadline, str(zone.state), uow.at_utc,
    ]  # fmt: skip
    uow.sql.execute(
        "zone.save",
        """
        INSERT INTO zone VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (zone_id) DO UPDATE
        SET public_name = excluded.public_name, priority = excluded.priority, goal_kind = excluded.goal_kind,
            goal_value = excluded.goal_value, counts = excluded.counts, deadline = excluded.deadline,
            state = excluded.state, changed_at = excluded.changed_at
        """,
        row,
    )
    areas = {"zone_id": zone.zone_id, "ids": list(zone.area_ids)}
    uow.sql.execute(
        "zone.areas.leave",
        "DELETE FROM zone_area WHERE zone_id = $zone_id AND area_id NOT IN (SELECT unnest($ids::BIGINT[]))",
        areas,
    )
    uow.sql.execute(
        "zone.areas",
        """
        INSERT INTO zone_area SELECT $zone_id, area_id FROM (SELECT unnest($ids::BIGINT[]) AS area_id)
        WHERE area_id NOT IN (SELECT area_id FROM zone_area WHERE zone_id = $zone_id)
        """,
        areas,
    )


def unknown_areas(uow: UnitOfWork, area_ids: Sequence[int]) -> list[int]:
    """Return those of some ids that no coverage area has now."""
    rows = uow.sql.rows(
        "zone.unknown",
        """
        SELECT id FROM (SELECT unnest($ids::BIGINT[]) AS id) WHERE id NOT IN (
            SELECT feature_id FROM plan_feature WHERE to_version IS NULL AND role = 'coverage') ORDER BY id
        """,
        {"ids": list(area_ids)},
    )
    return [row[0] for row in rows]


def _zone(row: dict[str, Any]) -> Zone:
    return Zone(
        **{name: row[name] for name in ("zone_id", "code", "public_name", "goal_value", "priority", "deadline")},
        area_ids=tuple(row["area_ids"]),
        goal_kind=GoalKind(row["goal_kind"]),
        counts=read_counts(orjson.loads(row["counts"])),
        state=ZoneState(row["state"]),
    )
