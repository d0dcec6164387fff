"""The commands of a planner about addresses that are not one correction: rows of lots, looks before, and races."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from fibermap.address import corrections, disagreements
from fibermap.address.corrections import Author
from fibermap.address.disagreements import AddressChanged
from fibermap.address.lots import Lot
from fibermap.coverage.commands import Done, versioned
from fibermap.coverage.model import CLASS_ORDER
from fibermap.coverage.surroundings import MapSurroundings
from fibermap.coverage.versions import current_version
from fibermap.kernel.errors import Code
from fibermap.kernel.settings import Settings
from fibermap.store import UnitOfWork

MOST_PROVISIONAL = 1_000


def add_lots(uow: UnitOfWork, lots: Sequence[Lot], by: Author, settings: Settings) -> Done:
    """Add a row of lots, each a provisional address, as one plan version.

    Raises
    ------
    InputRefused
        ``conflict`` where one of them is known already, and what :func:`fibermap.address.corrections.add` refuses.
    """

    def work(version: int) -> Sequence[int]:
        return [corrections.add(uow, lot.name, lot.lon, lot.lat, by, version) for lot in lots]

    label = f"add {len(lots)} lots, {lots[0].name} to {lots[-1].name}: {by.reason}"
    return versioned(uow, "correction", label, by.name, settings, work)


def look_at_lots(uow: UnitOfWork, lots: Sequence[Lot], settings: Settings) -> list[dict[str, Any]]:
    """Say of each lot which class its place has, and what is known there under its name already. Writes nothing."""
    lon, lat = (np.array([getattr(lot, axis) for lot in lots], dtype=np.float64) for axis in ("lon", "lat"))
    codes = MapSurroundings(uow, current_version(uow), settings).class_code(lon, lat)
    return [
        {
            "name": lot.name,
            "lon": lot.lon,
            "lat": lot.lat,
            "class": str(CLASS_ORDER[code]),
            "known_as": corrections.known_near(uow, lot.name, lot.lon, lot.lat),
        }
        for lot, code in zip(lots, codes, strict=True)
    ]


def look_at_units(uow: UnitOfWork, address_id: int, pattern: str) -> list[dict[str, Any]]:
    """Say which units a pattern stands for at a building, and which of them are there already. Writes nothing."""
    building = corrections.current(uow, address_id)
    units = corrections.units_of(uow, building, pattern)
    return [
        {
            "unit": unit.parts.unit,
            "full_address": unit.full_address,
            "address_id": unit.address_id,
            "known": unit.exists,
        }
        for unit in units
    ]


def confirm_address(uow: UnitOfWork, address_id: int, by: Author, settings: Settings) -> Done:
    """Say that a provisional address is real, before any source does."""

    def work(version: int) -> Sequence[int]:
        return [corrections.confirm(uow, address_id, by, version)]

    return versioned(uow, "correction", f"confirm {address_id}: {by.reason}", by.name, settings, work)


def keep_correction(
    uow: UnitOfWork, correction_id: int, by: Author, settings: Settings, *, seen: int | None = None
) -> Done:
    """Let a correction stand against what its source says now; it is listed again when that says something else.

    ``seen`` refuses where the source has said something else since somebody looked.
    """

    def work(version: int) -> Sequence[int]:
        return [disagreements.keep(uow, correction_id, seen, version)]

    return versioned(uow, "correction", f"keep correction {correction_id}: {by.reason}", by.name, settings, work)


def withdraw_correction(
    uow: UnitOfWork, correction_id: int, by: Author, settings: Settings, *, seen: int | None = None
) -> Done:
    """Take the source's word in the place of a correction that it disagrees with; ``seen`` as for keeping it."""

    def work(version: int) -> Sequence[int]:
        return [disagreements.withdraw(uow, correction_id, seen, version)]

    return versioned(uow, "correction", f"withdraw correction {correction_id}: {by.reason}", by.name, settings, work)


def require_base(uow: UnitOfWork, address_id: int, base: int) -> None:
    """Refuse, where an address is not in the version that somebody has looked at.

    Raises
    ------
    AddressChanged
        ``address_changed``; ``changes`` says who has changed it since, and in which version.
    NotFound
        ``address_not_found``.
    """
    now = corrections.current(uow, address_id)
    if now["from_version"] == base:
        return
    changes = uow.sql.records(
        "address.changes",
        """
        SELECT DISTINCT p.version, p.author, p.label, p.created_at::VARCHAR AS at
        FROM plan_version p JOIN address a ON a.from_version = p.version OR a.to_version = p.version
        WHERE a.address_id = $id AND p.version > $base ORDER BY p.version DESC LIMIT 20
        """,
        {"id": now["address_id"], "base": base},
    )
    said = f"{changes[0]['author']} changed it in version {changes[0]['version']}" if changes else "it is another one"
    raise AddressChanged(
        Code.ADDRESS_CHANGED,
        f"{now['full_address']} is no longer as you saw it: {said}.",
        hint="Look at it as it is now, and change that.",
        address_id=now["address_id"],
        changes=changes,
    )


def provisional_addresses(uow: UnitOfWork) -> dict[str, Any]:
    """Return the addresses that wait for a source or a person: ``total``, and the newest as ``addresses``."""
    rows = uow.sql.records("address.provisional", _PROVISIONAL, {"most": MOST_PROVISIONAL})
    total = rows[0]["total"] if rows else 0
    return {"total": total, "addresses": [{name: row[name] for name in row if name != "total"} for row in rows]}


_PROVISIONAL = """
    SELECT a.address_id, a.full_address, a.lon, a.lat, v.class, c.author, c.reason, c.made_at,
           a.from_version AS version, count(*) OVER () AS total
    FROM address a
    LEFT JOIN verdict v ON v.address_id = a.address_id AND v.best
    LEFT JOIN correction c ON c.address_id = a.address_id AND c.kind = 'add' AND c.to_version IS NULL
    WHERE a.to_version IS NULL AND a.provisional
    ORDER BY c.made_at DESC NULLS LAST, a.address_id LIMIT $most
"""
