"""Settle: which address every changed record belongs to, and what the address is made of. One pass, set-based.

Records are gathered by key, parted into addresses by :mod:`fibermap.address.resolve`, given the ids that they had or
earn, and written as addresses. A person's corrections lie on top.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from fibermap.address import borrow, corrections, rulings
from fibermap.address.identity import assign_ids, location_id
from fibermap.address.resolve import resolve_duplicates
from fibermap.kernel.events import AddressesMerged
from fibermap.kernel.ids import stable_id
from fibermap.kernel.settings import Settings
from fibermap.spatial.metres import ground_distance_m
from fibermap.store import UnitOfWork, named_sql
from fibermap.store.temporal import replace

Floats = npt.NDArray[np.float64]

FULFIL_M = 15.0
"""A source's address this near to a provisional one without a number, and alone there, is that address."""

FULFIL_BY_TEXT_M = 1_000.0
"""A provisional address is typed without its ZIP: a source's address of the same text this near is that address."""


class Surroundings(Protocol):
    """What the map says about places; longitude and latitude in EPSG:4326, NaN where there is no position."""

    def boundary(self, kind: str, lon: Floats, lat: Floats) -> npt.NDArray[np.object_]: ...

    def class_code(self, lon: Floats, lat: Floats) -> npt.NDArray[np.int8]: ...


@dataclass(frozen=True, slots=True)
class Settled:
    """What settling did: records looked at, addresses written or ended, ids merged into others."""

    records: int = 0
    addresses_written: int = 0
    addresses_ended: int = 0
    merged: int = 0


_DIRTY = """
    SELECT place_key FROM source_record WHERE from_version = $version   -- a condition each: whole blocks are skipped
    UNION SELECT place_key FROM source_record WHERE to_version = $version
    UNION SELECT place_key FROM also
    UNION
    SELECT r.place_key FROM corrected c
    JOIN record_address ra ON ra.address_id = c.address_id AND ra.to_version IS NULL
    JOIN source_record r ON r.record_id = ra.record_id AND r.to_version IS NULL
    UNION
    SELECT r.place_key FROM record_ruling l
    JOIN source_record r ON r.record_id IN (l.record_id, l.other_record_id) AND r.to_version IS NULL
    WHERE l.from_version = $version OR l.to_version = $version
"""
_RECORDS = """
    SELECT r.record_id, s.name AS source_name, r.source_fid, r.place_key, r.identity_basis, r.building_basis,
           r.city, r.zip, r.unit, r.lon, r.lat, r.fcc_location_id, r.parcel_id, r.structure_id,
           ra.address_id AS known_id
    FROM source_record r
    JOIN source s ON s.source_id = r.source_id
    LEFT JOIN record_address ra ON ra.record_id = r.record_id AND ra.to_version IS NULL
    WHERE r.to_version IS NULL AND r.place_key IN (SELECT place_key FROM dirty)
    ORDER BY r.record_id
"""
_ENDED = """
    SELECT record_id FROM source_record WHERE to_version = $version
    EXCEPT SELECT record_id FROM source_record WHERE from_version = $version AND to_version IS NULL
"""
_GONE = """
    SELECT record_id, address_id FROM record_address
    WHERE to_version IS NULL AND record_id IN (SELECT record_id FROM ended)
"""
_CORRECTED = """
    WITH written AS (
        SELECT address_id, kind, fields, to_version IS NULL AS holds FROM correction
        WHERE (from_version = $version OR to_version = $version) AND kind NOT IN ('phase', 'flag')
    ),
    shown AS (   -- what mass.py wrote, and what an undo restored with the addresses, needs no second look
        SELECT w.address_id FROM written w JOIN address a ON a.address_id = w.address_id AND a.to_version IS NULL
        GROUP BY w.address_id
        HAVING bool_and(w.kind = 'retype' AND CASE WHEN w.holds
            THEN coalesce((w.fields->>'kind') = a.kind AND list_contains(string_split(a.corrected, ','), 'kind'),
                          (w.fields->>'kind') IS NULL)
             AND coalesce((w.fields->>'serviceable')::BOOLEAN = a.serviceable
                              AND list_contains(string_split(a.corrected, ','), 'serviceable'),
                          (w.fields->>'serviceable') IS NULL)
            ELSE a.corrected IS NULL OR NOT list_has_any(string_split(a.corrected, ','), ['kind', 'serviceable']) END)
    ),
    made AS (SELECT DISTINCT address_id FROM written EXCEPT SELECT address_id FROM shown)
    SELECT address_id FROM made
    UNION SELECT s.survivor_id FROM made m JOIN survivor s ON s.address_id = m.address_id
    UNION   -- units that a person made from the building of a source that now permits more or less
    SELECT a.address_id FROM correction c
    JOIN permission p ON p.source_id = (c.fields->>'source_id')::BIGINT
    JOIN address a ON a.address_id = c.address_id AND a.to_version IS NULL AND a.record_id IS NULL
    WHERE c.to_version IS NULL AND c.kind = 'add'
      AND (a.listed, a.answerable, a.sellable) <> (p.listed, p.answerable, p.sellable)
"""


def settle(
    uow: UnitOfWork,
    version: int,
    surroundings: Surroundings,
    settings: Settings,
    *,
    also: frozenset[str] = frozenset(),
    permission: pa.Table,
) -> Settled:
    """Bring the addresses in line with the records that changed in ``version``.

    Parameters
    ----------
    also
        Place keys that have to be looked at again although none of their records changed: the map around them did.
    permission
        What each source may be used for: ``source_id, listed, answerable, sellable``.
    """
    keys = pa.table({"place_key": pa.array(sorted(also), type=pa.string())})
    ours = {"version": version}
    corrected = uow.sql.arrow("settle.corrected", _CORRECTED, ours, permission=permission)
    dirty = uow.sql.arrow("settle.dirty", _DIRTY, ours, also=keys, corrected=corrected)
    gone = uow.sql.arrow("settle.gone", _GONE, ended=uow.sql.arrow("settle.ended", _ENDED, ours))
    if dirty.num_rows == gone.num_rows == corrected.num_rows == 0:
        return Settled()
    records = uow.sql.arrow("settle.records", _RECORDS, dirty=rulings.with_partners(uow, dirty))
    clustered, redirects = _cluster(uow, records, surroundings, settings, version)
    touched = np.unique(
        np.concatenate(
            [
                clustered["address_id"].to_numpy(),
                records["known_id"].drop_null().to_numpy(),
                gone["address_id"].to_numpy(),
                corrected["address_id"].to_numpy(),
            ]
        ).astype(np.int64)
    )
    _write_links(uow, clustered, gone, version)
    merged = _redirect(uow, redirects, clustered, version)
    return _write_addresses(uow, clustered, touched, permission, version, Settled(records.num_rows, merged=merged))


def _cluster(
    uow: UnitOfWork, records: pa.Table, surroundings: Surroundings, settings: Settings, version: int
) -> tuple[pa.Table, dict[int, int]]:
    """Return ``clustered`` for ``sql/entities.sql`` and the redirects of merged ids."""
    lon, lat = _floats(records["lon"]), _floats(records["lat"])
    zip_filled = _filled(records, "zip", surroundings, lon, lat)
    city_filled = _filled(records, "city", surroundings, lon, lat)
    key = _canonical_keys(records, zip_filled, lon, lat, settings.duplicate_m)
    labels = _class_labels(key, surroundings, lon, lat)
    resolution = resolve_duplicates(
        records.append_column("canonical_key", key).append_column("class_label", labels), settings.duplicate_m
    )
    resolution = rulings.lay_over(resolution, rulings.rulings_on(uow, records))
    _write_reviews(uow, resolution.reviews, records, version)
    members = records.append_column("cluster_id", resolution.clusters["cluster_id"])
    linked = records.select(["record_id", "known_id"]).filter(pc.is_valid(records["known_id"]))
    existing = dict(zip(linked["record_id"].to_pylist(), linked["known_id"].to_pylist(), strict=True))
    fulfilled = _fulfilled(uow, records, key, existing)
    known = _without_retired(uow, members, existing | fulfilled)
    assigned = assign_ids(members, _elsewhere(uow, members) | known)
    address_id = assigned.addresses["address_id"]
    table = pa.table(
        {
            "record_id": records["record_id"],
            "address_id": address_id,
            "location_id": pa.array(_location_ids(records, address_id.to_pylist()), type=pa.int64()),
            "canonical_key": pc.coalesce(key, records["place_key"].combine_chunks()),
            "zip_filled": zip_filled,
            "city_filled": city_filled,
        }
    )
    return table, assigned.redirects


def _without_retired(uow: UnitOfWork, members: pa.Table, known: dict[int, int]) -> dict[int, int]:
    """Leave out the ids that a person retired where their records are now one address with a living one."""
    retired = corrections.retired(uow)
    if not retired:
        return known
    cluster_of = dict(zip(members["record_id"].to_pylist(), members["cluster_id"].to_pylist(), strict=True))
    living = {cluster_of[record] for record, address in known.items() if address not in retired}
    return {r: address for r, address in known.items() if address not in retired or cluster_of[r] not in living}


def _elsewhere(uow: UnitOfWork, members: pa.Table) -> dict[int, int]:
    """Return the other records whose addresses hold an id that a member's own text would earn.

    An address keeps its id when its source renames it, so the id of a text may be in use under another name.
    """
    bases = {basis for basis in members["identity_basis"].to_pylist() if basis}
    earned = pa.table({"address_id": pa.array([stable_id("address", basis) for basis in bases], type=pa.int64())})
    rows = uow.sql.rows(
        "settle.elsewhere",
        """
        SELECT record_id, address_id FROM record_address
        WHERE to_version IS NULL AND address_id IN (SELECT address_id FROM earned)
          AND record_id NOT IN (SELECT record_id FROM members)
          AND record_id IN (SELECT record_id FROM source_record WHERE to_version IS NULL)
        """,
        earned=earned,
        members=members.select(["record_id"]),
    )
    return dict(rows)


def _fulfilled(uow: UnitOfWork, records: pa.Table, key: pa.Array, existing: dict[int, int]) -> dict[int, int]:
    """Return the provisional addresses that new records turn out to be: record id -> the id that is kept.

    A record is the provisional address of its own number, street and unit, where their places agree. A lot without a
    number is also the only one within ``FULFIL_M`` for which it is the only new record that near. Anything less
    certain stays two addresses.
    """
    lots = corrections.waiting(uow)
    new = np.array([record not in existing for record in records["record_id"].to_pylist()], dtype=bool)
    at = np.flatnonzero(new & records["lon"].is_valid().to_numpy(zero_copy_only=False))
    if not lots.num_rows or not len(at):
        return {}
    lon, lat, keys = _floats(records["lon"]), _floats(records["lat"]), key.to_pylist()
    record_ids = records["record_id"].to_pylist()
    found: dict[int, int] = {}
    near: dict[int, list[int]] = {}
    for lot in lots.to_pylist():
        distance_m = ground_distance_m(lon[at], lat[at], np.full(len(at), lot["lon"]), np.full(len(at), lot["lat"]))
        same = [i for i, apart_m in zip(at, distance_m, strict=True) if _is_lot(keys[i], lot["canonical_key"], apart_m)]
        found |= {record_ids[i]: lot["address_id"] for i in same}
        if not same and not lot["numbered"]:
            near[lot["address_id"]] = [record_ids[i] for i in at[distance_m <= FULFIL_M]]
    claims = Counter(record for candidates in near.values() for record in candidates)
    for lot_id, candidates in near.items():
        if len(candidates) == 1 and claims[candidates[0]] == 1:
            found.setdefault(candidates[0], lot_id)
    return found


def _is_lot(key: str | None, lot_key: str, distance_m: float) -> bool:
    """Tell whether a key is that of a provisional address: all of it, or all but a place that one leaves out."""
    if key is None or key == lot_key:
        return key is not None
    (what, _, where), (lot_what, _, lot_where) = key.rpartition("|"), lot_key.rpartition("|")
    return what == lot_what and distance_m <= FULFIL_BY_TEXT_M and not (where and lot_where)


def _floats(column: pa.ChunkedArray) -> Floats:
    return np.asarray(column.to_numpy(zero_copy_only=False), dtype=np.float64)


def _filled(records: pa.Table, kind: str, surroundings: Surroundings, lon: Floats, lat: Floats) -> pa.Array:
    """Return what the boundary polygons say where the record itself says nothing."""
    blank = np.flatnonzero(records[kind].is_null().to_numpy(zero_copy_only=False))
    found = np.full(records.num_rows, None, dtype=object)
    if len(blank):
        found[blank] = surroundings.boundary(kind, lon[blank], lat[blank])
    return pa.array([_upper(text) for text in found], type=pa.string())


def _upper(text: str | None) -> str | None:
    return text.strip().upper() or None if text else None


def _canonical_keys(records: pa.Table, zip_filled: pa.Array, lon: Floats, lat: Floats, near_m: float) -> pa.Array:
    """Return the canonical key with the ZIP that is known by now; NULL where the record has no key of its own."""
    place = records["place_key"].combine_chunks()
    own = pc.if_else(pc.starts_with(place, "?"), pa.scalar(None, pa.string()), place)
    postcode = pc.coalesce(records["zip"].combine_chunks(), zip_filled)
    with_zip = pc.binary_join_element_wise(own, postcode, "|")
    key = pc.coalesce(with_zip, pc.if_else(pc.is_valid(own), records["identity_basis"].combine_chunks(), own))
    has_zip = postcode.is_valid().to_numpy(zero_copy_only=False)
    has_city = records["city"].is_valid().to_numpy(zero_copy_only=False)
    is_blank = pc.fill_null(pc.ends_with(key, "|"), True).to_numpy(zero_copy_only=False)
    detail = np.select([has_zip, has_city, ~is_blank], [borrow.ZIP, borrow.CITY, borrow.STATE], borrow.BLANK)
    return borrow.borrow_keys(own, key, detail, lon, lat, near_m)


def _class_labels(key: pa.Array, surroundings: Surroundings, lon: Floats, lat: Floats) -> pa.Array:
    """Return the class at each record that shares its key with another; the rest need none."""
    codes = key.dictionary_encode().indices.fill_null(-1).to_numpy(zero_copy_only=False)
    counts = np.bincount(codes + 1)
    shared = (codes >= 0) & (counts[codes + 1] > 1) & np.isfinite(lon) & np.isfinite(lat)
    labels = np.full(len(codes), None, dtype=object)
    if shared.any():
        labels[shared] = surroundings.class_code(lon[shared], lat[shared]).astype(str)
    return pa.array(labels, type=pa.string())


def _location_ids(records: pa.Table, address_id: list[int]) -> list[int]:
    columns = (records[name].to_pylist() for name in ("source_name", "structure_id", "building_basis"))
    return [location_id(*row) for row in zip(*columns, address_id, strict=True)]


def _write_links(uow: UnitOfWork, clustered: pa.Table, gone: pa.Table, version: int) -> None:
    links = clustered.select(["record_id", "address_id", "canonical_key"])
    scope = "record_id IN (SELECT record_id FROM links) OR record_id IN (SELECT record_id FROM gone)"
    replace(
        uow, "record_address", key="record_id", incoming=links, scope=scope, version=version, links=links, gone=gone
    )


def _redirect(uow: UnitOfWork, redirects: dict[int, int], clustered: pa.Table, version: int) -> int:
    """Lead retired ids to their survivors, and end the redirects of ids that are addresses of their own again."""
    table = pa.table(
        {
            "address_id": pa.array(list(redirects), type=pa.int64()),
            "survivor_id": pa.array(list(redirects.values()), type=pa.int64()),
        }
    )
    scope = """address_id IN (SELECT address_id FROM retired)
        OR address_id IN (SELECT address_id FROM record_address WHERE to_version IS NULL
                          AND record_id IN (SELECT record_id FROM clustered))"""
    done = replace(
        uow,
        "redirect",
        key="address_id",
        incoming=table,
        scope=scope,
        version=version,
        retired=table,
        clustered=clustered,
    )
    if done.opened:
        uow.emit(AddressesMerged(uow.cause, plan_version=version, count=done.opened))
    return done.opened


def _write_addresses(
    uow: UnitOfWork,
    clustered: pa.Table,
    touched: npt.NDArray[np.int64],
    permission: pa.Table,
    version: int,
    so_far: Settled,
) -> Settled:
    entities = uow.sql.arrow(
        "settle.entities", named_sql("fibermap.address", "entities"), clustered=clustered, permission=permission
    )
    entities = corrections.overlay(uow, entities, touched, permission)
    scope = "address_id IN (SELECT address_id FROM touched)"
    ids = pa.table({"address_id": touched})
    done = replace(uow, "address", key="address_id", incoming=entities, scope=scope, version=version, touched=ids)
    keep_keys(uow, entities.select(["address_id"]))
    return Settled(so_far.records, done.opened, done.closed, so_far.merged)


def keep_keys(uow: UnitOfWork, ids: pa.Table) -> None:
    """Enter new address ids into the table that everything else refers to."""
    uow.sql.execute(
        "settle.keys",
        """
        INSERT INTO address_key
        SELECT DISTINCT address_id FROM ids i
        WHERE NOT EXISTS (SELECT 1 FROM address_key k WHERE k.address_id = i.address_id)
        """,
        ids=ids,
    )


def _write_reviews(uow: UnitOfWork, reviews: pa.Table, records: pa.Table, version: int) -> None:
    first, second = reviews["record_id"].to_pylist(), reviews["other_record_id"].to_pylist()
    table = pa.table(
        {
            "review_id": pa.array([stable_id("review", a, b) for a, b in zip(first, second, strict=True)], pa.int64()),
            "record_id": reviews["record_id"],
            "other_record_id": reviews["other_record_id"],
            "reason": reviews["reason"],
        }
    )
    seen: Any = records.select(["record_id"])
    scope = """record_id IN (SELECT record_id FROM seen) OR other_record_id IN (SELECT record_id FROM seen)
        OR NOT EXISTS (SELECT 1 FROM source_record r
                       WHERE r.to_version IS NULL AND r.record_id = duplicate_review.record_id)
        OR NOT EXISTS (SELECT 1 FROM source_record r
                       WHERE r.to_version IS NULL AND r.record_id = duplicate_review.other_record_id)"""
    replace(uow, "duplicate_review", key="review_id", incoming=table, scope=scope, version=version, seen=seen)
