"""From the database to the index: every column that a check, a suggestion or an explanation needs, set by set."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from fibermap.address.match import Gazetteer
from fibermap.coverage.features import planned_technologies
from fibermap.coverage.rule_settings import KEPT, settings_in
from fibermap.coverage.versions import current_version
from fibermap.kernel.settings import Settings
from fibermap.order.catalogue_store import OFFERINGS
from fibermap.serving.grid import grid_arrays
from fibermap.serving.index_file import Contents
from fibermap.store import UnitOfWork

Ids = npt.NDArray[np.int64]

MATCH = "match/"
"""What the names of the gazetteer's arrays begin with."""

_ALL = """
    WITH mine AS NOT MATERIALIZED (SELECT * FROM address WHERE to_version IS NULL),
    linked AS NOT MATERIALIZED (SELECT record_id, address_id FROM record_address WHERE to_version IS NULL),
    recorded AS NOT MATERIALIZED (SELECT * FROM source_record WHERE to_version IS NULL)
"""
# Found by their rows first: of a million addresses only the columns of the wanted ones are read.
_SOME = """
    WITH mine AS MATERIALIZED (
        SELECT * FROM address WHERE rowid IN (
            SELECT rowid FROM address WHERE to_version IS NULL AND address_id IN (SELECT address_id FROM wanted))),
    linked AS MATERIALIZED (
        SELECT record_id, address_id FROM record_address
        WHERE to_version IS NULL AND address_id IN (SELECT address_id FROM wanted)),
    recorded AS MATERIALIZED (
        SELECT * FROM source_record WHERE rowid IN (
            SELECT rowid FROM source_record
            WHERE to_version IS NULL AND record_id IN (SELECT record_id FROM linked)))
"""
_ADDRESSES = """
    SELECT a.* EXCLUDE (content, from_version, to_version), v.units, v.connectivity
    FROM mine a JOIN (SELECT address_id, units, connectivity FROM addresses) v ON v.address_id = a.address_id
    ORDER BY a.address_id
"""
# As the view `addresses` says it, which would judge all of them.
_SOME_ADDRESSES = """
    SELECT a.* EXCLUDE (content, from_version, to_version),
           CASE WHEN NOT a.serviceable THEN 0
                WHEN a.unit IS NOT NULL THEN 1
                WHEN divided.location_id IS NOT NULL THEN 0
                ELSE greatest(coalesce(a.unit_count, 1), 1) END AS units,
           coalesce(c.state, 'none') AS connectivity
    FROM mine a
    LEFT JOIN (SELECT DISTINCT location_id, number_prefix, number, number_suffix, street_key FROM address
               WHERE to_version IS NULL AND unit IS NOT NULL) divided
         ON divided.location_id = a.location_id AND divided.street_key = a.street_key
         AND divided.number_prefix IS NOT DISTINCT FROM a.number_prefix AND divided.number IS NOT DISTINCT FROM a.number
         AND divided.number_suffix IS NOT DISTINCT FROM a.number_suffix
    LEFT JOIN unit_connectivity c ON c.address_id = a.address_id
    ORDER BY a.address_id
"""
_VERDICTS = "SELECT * FROM verdict WHERE {wanted} ORDER BY address_id, technology"
_FLAGS = "SELECT address_id, code, detail FROM address_flag WHERE {wanted} ORDER BY address_id, code"
_HOLDS = """
    SELECT address_id, hold_id, h.scope, h.code, h.reason, h.author, h.document, h.review_on, h.placed_at
    FROM (SELECT address_id, hold_id FROM address_hold WHERE {wanted})
    JOIN (SELECT * EXCLUDE (address_id) FROM hold WHERE to_version IS NULL) h USING (hold_id)
    ORDER BY address_id, hold_id
"""
_RECORDS = """
    SELECT ra.address_id, s.name AS source, r.layer, r.row, r.source_fid, r.delivery_line, r.lon, r.lat, r.type_raw,
           r.placement, r.record_id, t.licence, p.permitted_uses, p.answerable
    FROM linked ra
    JOIN recorded r ON r.record_id = ra.record_id
    JOIN source s ON s.source_id = r.source_id
    LEFT JOIN source_terms t ON t.source_id = r.source_id AND t.to_version IS NULL
    LEFT JOIN source_permission p ON p.source_id = r.source_id
    ORDER BY ra.address_id, 2, 3, 4, r.source_fid
"""
_CORRECTIONS = """
    WITH settled AS (
        SELECT coalesce(l.survivor_id, c.address_id) AS address_id, c.* EXCLUDE (address_id)
        FROM correction c LEFT JOIN survivor l ON l.address_id = c.address_id WHERE c.to_version IS NULL)
    SELECT address_id, correction_id, kind, author, reason, made_at, fields, source_fields FROM settled
    WHERE {wanted} ORDER BY address_id, made_at, correction_id
"""
_CHANGES = """
    SELECT address_id, version, technology, from_class, to_class, from_feature_id, to_feature_id,
           from_expected_live_on, to_expected_live_on
    FROM verdict_change WHERE {wanted} ORDER BY address_id, version, technology
"""
_ALIASES = """
    SELECT DISTINCT ra.address_id, r.number_prefix, r.number, r.number_suffix, r.pre_modifier, r.pre_directional,
           r.pre_type, r.street_name, r.post_type, r.post_directional, r.post_modifier, r.city, r.state, r.zip
    FROM linked ra
    JOIN recorded r ON r.record_id = ra.record_id
    JOIN mine a ON a.address_id = ra.address_id
    WHERE r.number IS NOT DISTINCT FROM a.number
      AND (r.street_key <> a.street_key OR r.zip <> a.zip OR r.city <> a.city)
    ORDER BY ALL
"""
_HANGING = {"verdicts": _VERDICTS, "flags": _FLAGS, "holds": _HOLDS, "corrections": _CORRECTIONS, "changes": _CHANGES}
_BOOK = {
    name: (statement.format(wanted="true"), statement.format(wanted="address_id IN (SELECT address_id FROM wanted)"))
    for name, statement in _HANGING.items()
} | {
    "addresses": (_ALL + _ADDRESSES, _SOME + _SOME_ADDRESSES),
    "records": (_ALL + _RECORDS, _SOME + _RECORDS),
    "aliases": (_ALL + _ALIASES, _SOME + _ALIASES),
}
"""What hangs on addresses, each sorted by ``address_id``: of all, and of the ``wanted`` ones."""

_FEATURES = """
    SELECT f.feature_id, f.role, f.kind, f.name, f.class, f.phase, f.status_word, f.status_from, f.override_class,
           f.folder, f.layer, f.row, f.source_fid, f.ports_free, f.ports_total, f.network_ready_on, f.sales_open_on,
           f.expected_live_on, f.expected_precision, s.name AS source, f.priority, f.terminal_name,
           coalesce(f.override_live_on, f.live_on) AS live_on, coalesce(f.technology, 'fiber') AS technology,
           f.geometry
    FROM plan_feature f LEFT JOIN source s USING (source_id)
    WHERE f.to_version IS NULL AND f.role IN ('coverage', 'network_points', 'network_lines') ORDER BY f.feature_id
"""
_FOOTPRINTS = """
    SELECT feature_id, role, geometry FROM plan_feature
    WHERE to_version IS NULL AND role IN ('building', 'parcel') ORDER BY size_m, feature_id
"""
_RULES = "SELECT rule_id, technology, target, limit_m FROM distance_rule WHERE to_version IS NULL ORDER BY rule_id"
_VERSIONS = "SELECT version, created_at, kind, label, author FROM plan_version ORDER BY version"
_REDIRECTS = "SELECT address_id, survivor_id FROM survivor ORDER BY address_id"


def data_version(uow: UnitOfWork) -> str:
    """Return what names the state of the database: the plan version and the latest event, such as ``7.31``."""
    last = uow.sql.value("serving.last_event", "SELECT coalesce(max(event_id), 0) FROM event")
    return f"{current_version(uow)}.{last}"


def build_index(uow: UnitOfWork, settings: Settings) -> Contents:
    """Collect the index of everything that holds now; ``settings`` gives what the database does not keep."""
    book = read_book(uow)
    addresses = book["addresses"]
    match = Gazetteer.build(addresses, aliases=_read(uow, "aliases")).arrays()
    arrays = {MATCH + name: array for name, array in match.items()} | book_arrays(addresses)
    return Contents(about_plan(uow, settings) | {"index_id": uuid4().hex}, arrays, book | read_plan(uow))


def about_plan(uow: UnitOfWork, settings: Settings) -> dict[str, Any]:
    """Return the versions, the rules of judging and the settings in force, as JSON values."""
    version = current_version(uow)
    kept = settings_in(uow, version, settings)
    return {
        "data_version": data_version(uow),
        "plan_version": version,
        "technologies": planned_technologies(uow, version),
        "settings": {name: getattr(kept, name) for name in KEPT},
    }


def read_plan(uow: UnitOfWork) -> dict[str, pa.Table]:
    """Return the tables that hang on no address."""
    statements = {"features": _FEATURES, "footprints": _FOOTPRINTS, "rules": _RULES}
    return {name: uow.sql.arrow(f"serving.{name}", statements[name]) for name in statements} | read_versions(uow)


def read_versions(uow: UnitOfWork) -> dict[str, pa.Table]:
    """Return of these tables those that grow with every change."""
    statements = {"versions": _VERSIONS, "redirects": _REDIRECTS, "offerings": OFFERINGS}
    return {name: uow.sql.arrow(f"serving.{name}", statements[name]) for name in statements}


def read_book(uow: UnitOfWork, wanted: Ids | None = None) -> dict[str, pa.Table]:
    """Return the tables of all addresses, or of the ``wanted`` ones."""
    return {name: _coded(_read(uow, name, wanted)) for name in _BOOK if name != "aliases"}


def book_arrays(addresses: pa.Table) -> dict[str, npt.NDArray[Any]]:
    """Return what finds addresses by building and by place; rows are positions in ``addresses``."""
    location = addresses["location_id"].to_numpy()
    order = np.argsort(location, kind="stable").astype(np.int32)
    lon, lat = (np.asarray(addresses[name].to_numpy(), dtype=np.float64) for name in ("lon", "lat"))
    return {"location_id": location[order], "location_row": order, "lon": lon, "lat": lat} | grid_arrays(lon, lat)


def build_gazetteer(uow: UnitOfWork, addresses: pa.Table) -> Gazetteer:
    """Index some addresses for matching, with the other spellings that their records carry."""
    return Gazetteer.build(addresses, aliases=_read(uow, "aliases", addresses["address_id"].to_numpy()))


def _read(uow: UnitOfWork, name: str, wanted: Ids | None = None) -> pa.Table:
    of_all, of_some = _BOOK[name]
    if wanted is None:
        return uow.sql.arrow(f"serving.{name}", of_all)
    return uow.sql.arrow(f"serving.some_{name}", of_some, wanted=pa.table({"address_id": wanted}))


def _coded(table: pa.Table) -> pa.Table:
    """Write each text that many rows share once."""
    for at, column in enumerate(table.schema):
        if pa.types.is_string(column.type) and table.num_rows:
            coded = pc.dictionary_encode(table[column.name]).combine_chunks()
            if len(coded.dictionary) <= _MOST_SHARED:
                table = table.set_column(at, column.name, coded)
    return table


_MOST_SHARED = 5_000
"""Different texts in a column that is written with each of them once; more would be slow to take up again."""
