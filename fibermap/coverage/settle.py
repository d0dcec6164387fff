"""Settle a plan version: everything that follows from the rows that it opened and closed, in its transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from fibermap.address import settle as address_settle
from fibermap.coverage.reclassify import Flips, reclassify
from fibermap.coverage.rule_settings import settings_in
from fibermap.coverage.scope import Scope, rows_near, scope_of
from fibermap.coverage.surroundings import MapSurroundings
from fibermap.kernel.settings import Settings
from fibermap.store import UnitOfWork


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a version did to addresses and to verdicts."""

    addresses: address_settle.Settled
    flips: Flips


def settle_version(uow: UnitOfWork, version: int, settings: Settings, *, cause: str) -> Outcome:
    """Bring addresses, verdicts, flags and holds in line with ``version``, under the settings that it has."""
    settings = settings_in(uow, version, settings)
    surroundings = MapSurroundings(uow, version, settings)
    settled = address_settle.settle(
        uow,
        version,
        surroundings,
        settings,
        also=_keys_to_reconsider(uow, version, surroundings, settings),
        permission=uow.sql.arrow("settle.permission", _PERMISSION),
    )
    return Outcome(settled, reclassify(uow, version, settings, cause=cause))


_PERMISSION = "SELECT source_id, listed, answerable, sellable FROM source_permission"
_CHANGED = """
    SELECT count(*) FILTER (role = 'boundary') AS boundaries, count(*) FILTER (role <> 'boundary') AS plan
    FROM plan_feature
    WHERE (from_version = $version OR to_version = $version)
      AND role IN ('boundary', 'coverage', 'network_points', 'network_lines')
"""
_BLANK = """
    SELECT DISTINCT place_key FROM source_record
    WHERE to_version IS NULL AND from_version < $version AND lon IS NOT NULL AND (zip IS NULL OR city IS NULL)
"""
_TOUCHED = """
    SELECT near.*, ra.address_id
    FROM record_address ra JOIN near ON near.record_id = ra.record_id WHERE ra.to_version IS NULL
"""
_SHARED = """
    SELECT touched.*, a.records
    FROM touched JOIN address a ON a.address_id = touched.address_id AND a.to_version IS NULL AND a.records > 1
"""
_FARTHER = """
    SELECT r.place_key, ra.address_id, r.lon, r.lat
    FROM record_address ra JOIN source_record r ON r.record_id = ra.record_id AND r.to_version IS NULL
    WHERE ra.to_version IS NULL AND r.lon IS NOT NULL AND ra.address_id IN (SELECT address_id FROM part)
      AND ra.record_id NOT IN (SELECT record_id FROM shared)
"""
_PERMITTED = """
    SELECT DISTINCT place_key FROM source_record
    WHERE to_version IS NULL AND from_version < $version AND source_id IN (
        SELECT source_id FROM permission_override WHERE from_version = $version OR to_version = $version
        UNION SELECT source_id FROM source_terms WHERE from_version = $version OR to_version = $version)
"""
_ALIKE = """
    SELECT place_key FROM source_record WHERE to_version IS NULL AND EXISTS (
        SELECT 1 FROM rule_setting WHERE name = 'duplicate_m' AND (from_version = $version OR to_version = $version))
    GROUP BY place_key HAVING count(*) > 1
"""
_PARTED_BY_CLASS = """
    SELECT DISTINCT r.place_key FROM duplicate_review d JOIN source_record r ON r.record_id = d.record_id
    WHERE d.to_version IS NULL AND r.to_version IS NULL AND d.reason = 'class_differs'
"""


def _keys_to_reconsider(
    uow: UnitOfWork, version: int, surroundings: MapSurroundings, settings: Settings
) -> frozenset[str]:
    """Return the keys whose records may now be one address, or no longer, because the map around them changed."""
    boundaries, plan = uow.sql.rows("settle.changed_map", _CHANGED, {"version": version})[0]
    keys: set[str] = set()
    keys |= {row[0] for row in uow.sql.rows("settle.permitted", _PERMITTED, {"version": version})}
    keys |= {row[0] for row in uow.sql.rows("settle.alike", _ALIKE, {"version": version})}
    if boundaries:
        keys |= {row[0] for row in uow.sql.rows("settle.blank", _BLANK, {"version": version})}
    if plan:
        keys |= {row[0] for row in uow.sql.rows("settle.parted", _PARTED_BY_CLASS)}
        keys |= keys_of_mixed_class(uow, scope_of(uow, version, settings), surroundings.class_code)
    return frozenset(keys)


ClassCode = Callable[[npt.NDArray[np.float64], npt.NDArray[np.float64]], npt.NDArray[np.int8]]


def keys_of_mixed_class(uow: UnitOfWork, scope: Scope, class_code: ClassCode) -> set[str]:
    """Return the keys of addresses whose records would now get different classes: no merge stands across classes.

    Only an address with a record in the scope of the change can have come apart. ``class_code`` tells the class of
    places, longitude and latitude, after the change.
    """
    near = rows_near(uow, scope, "record_id, place_key, lon, lat", "source_record")
    # Most records are all that their address has, and the addresses around say so without a look at the links.
    alone = rows_near(uow, scope, "record_id", "address", "records = 1")
    near = near.filter(pc.invert(pc.is_in(near["record_id"], value_set=alone["record_id"].combine_chunks())))
    if not near.num_rows:
        return set()
    touched = uow.sql.arrow("settle.touched", _TOUCHED, near=near)
    shared = uow.sql.arrow("settle.shared", _SHARED, touched=touched)
    if not shared.num_rows:
        return set()
    shared = _with_farther(uow, shared)
    code = class_code(shared["lon"].to_numpy(), shared["lat"].to_numpy())
    address_id = shared["address_id"].to_numpy()
    _, owner = np.unique(address_id, return_inverse=True)
    lowest = np.full(owner.max() + 1, 127, dtype=np.int64)
    highest = np.full(owner.max() + 1, -1, dtype=np.int64)
    np.minimum.at(lowest, owner, code)
    np.maximum.at(highest, owner, code)
    mixed = lowest[owner] != highest[owner]
    return set(shared["place_key"].filter(mixed).to_pylist())


def _with_farther(uow: UnitOfWork, shared: pa.Table) -> pa.Table:
    """Add the records outside the scope of addresses that have some inside; most often there are none to look for."""
    address_id, first, seen = np.unique(shared["address_id"].to_numpy(), return_index=True, return_counts=True)
    part = address_id[seen < shared["records"].to_numpy()[first]]
    ours = shared.select(["place_key", "address_id", "lon", "lat"])
    if not len(part):
        return ours
    tables = {"part": pa.table({"address_id": part}), "shared": shared.select(["record_id"])}
    return pa.concat_tables([ours, uow.sql.arrow("settle.farther", _FARTHER, **tables)])
