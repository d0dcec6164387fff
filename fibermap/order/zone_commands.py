"""The commands about zones: open one, change it, close it. None is a plan version, since no verdict depends on one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from fibermap.kernel.errors import Code, Conflict, InputRefused
from fibermap.kernel.ids import stable_id
from fibermap.order.zone import Zone, ZoneState, changed_zone, checked
from fibermap.order.zone_store import find_zone, save_zone, unknown_areas, zones
from fibermap.store import UnitOfWork


def open_zone(uow: UnitOfWork, zone: Zone) -> Zone:
    """Open a zone and return it with its id; the one that it has now follows from its code.

    Raises
    ------
    Conflict
        ``zone_exists``.
    InputRefused
        ``argument_invalid``: a goal that cannot be, or an area that there is not.
    """
    opened = checked(zone)
    opened = replace(opened, zone_id=stable_id("zone", opened.code.casefold()))
    if any(other.zone_id == opened.zone_id for other in zones(uow)):
        raise Conflict(Code.ZONE_EXISTS, f"There is a zone {opened.code!r} already.", hint="Change that one.")
    _require_areas(uow, opened)
    save_zone(uow, opened)
    return opened


def change_zone(uow: UnitOfWork, zone_id: int, changes: Mapping[str, Any]) -> Zone:
    """Give a zone other values: ``public_name``, ``area_ids``, ``goal_kind``, ``goal_value``, ``priority``,
    ``deadline``, ``with_deposit``, ``technology``, ``customers``.

    Raises
    ------
    InputRefused
        ``argument_invalid``.
    NotFound
        ``zone_not_found``.
    """
    zone = find_zone(uow, zone_id)
    changed = changed_zone(zone, changes)
    if "area_ids" in changes:
        _require_areas(uow, changed, known=set(zone.area_ids))
    save_zone(uow, changed)
    return changed


def close_zone(uow: UnitOfWork, zone_id: int) -> Zone:
    """Stop asking people in a zone; its addresses stay its own, and so does what was counted. Raises ``NotFound``."""
    closed = replace(find_zone(uow, zone_id), state=ZoneState.CLOSED)
    save_zone(uow, closed)
    return closed


def _require_areas(uow: UnitOfWork, zone: Zone, known: set[int] | None = None) -> None:
    unknown = set(unknown_areas(uow, zone.area_ids)) - (known or set())
    if unknown:
        raise InputRefused(
            Code.ARGUMENT_INVALID, f"There is no coverage area {min(unknown)}.", hint="See `GET /v1/areas`.",
            field="area_ids",
        )  # fmt: skip
