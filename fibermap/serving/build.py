"""From the database to the index: every column that a check, a suggestion or an explanation needs, set by set."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from fibermap.address.match import Gazetteer
from fibermap.coverage.features import planned_technologies
from fibermap.coverage.rule_settings import KEPT, settings_in
from fibermap.coverage.versions import current_version
from fibermap.kernel.settings import Settings
from fibermap.serving.grid import grid_arrays
from fibermap.serving.index_file import Contents
from fibermap.store import UnitOfWork

MATCH = "match/"
"""What the names of the gazetteer's arrays begin with."""

_WANTED = "IN (SELECT address_id FROM wanted)"

_ADDRESSES = f"""
    SELECT a.* EXCLUDE (content, from_version, to_version), v.units, v.connectivity
    FROM address a JOIN (SELECT address_id, units, connectivity FROM addresses) v ON v.address_id = a.address_id
    WHERE a.to_version IS NULL AND ($all OR a.address_id {_WANTED}) ORDER BY a.address_id
"""
_VERDICTS = f"SELECT * FROM verdict WHERE ($all OR address_id {_WANTED}) ORDER BY address_id, technology"
_FLAGS = f"SELECT address_id, code, detail FROM flag WHERE ($all OR address_id {_WANTED}) ORDER BY address_id, code"
_HOLDS = f"""
    SELECT a.address_id, h.hold_id, h.scope, h.code, h.reason, h.author, h.document, h.review_on, h.placed_at
    FROM address_hold a JOIN hold h ON h.hold_id = a.hold_id AND h.to_version IS NULL
    WHERE ($all OR a.address_id {_WANTED}) ORDER BY a.address_id, h.hold_id
"""
_RECORDS = f"""
    SELECT ra.address_id, s.name AS source, r.layer, r.row, r.source_fid, r.delivery_line, r.lon, r.lat, r.type_raw,
           r.placement, r.record_id, t.licence, p.permitted_uses, p.answerable
    FROM record_address ra
    JOIN source_record r ON r.record_id = ra.record_id AND r.to_version IS NULL
    JOIN source s ON s.source_id = r.source_id
    LEFT JOIN source_terms t ON t.source_id = r.source_id AND t.to_version IS NULL
    LEFT JOIN source_permission p ON p.source_id = r.source_id
    WHERE ra.to_version IS NULL AND ($all OR ra.address_id {_WANTED}) ORDER BY ra.address_id, 2, 3, 4, r.source_fid
"""
_CORRECTIONS = f"""
    SELECT coalesce(l.survivor_id, c.address_id) AS address_id, c.correction_id, c.kind, c.author, c.reason, c.made_at,
           c.fields, c.source_fields
    FROM correction c LEFT JOIN survivor l ON l.address_id = c.address_id
    WHERE c.to_version IS NULL AND ($all OR coalesce(l.survivor_id, c.address_id) {_WANTED})
    ORDER BY 1, c.made_at, c.correction_id
"""
_CHANGES = f"""
    SELECT c.address_id, c.version, c.technology, c.from_class, c.to_class, c.from_feature_id, c.to_feature_id,
           c.from_expected_live_on, c.to_expected_live_on
    FROM verdict_change c WHERE ($all OR c.address_id {_WANTED}) ORDER BY c.address_id, c.version, c.technology
"""
_BOOK = {
    "addresses": _ADDRESSES,
    "verdicts": _VERDICTS,
    "flags": _FLAGS,
    "holds": _HOLDS,
    "records": _RECORDS,
    "corrections": _CORRECTIONS,
    "changes": _CHANGES,
}
"""What hangs on addresses, each sorted by ``address_id``."""

_ALIASES = f"""
    SELECT DISTINCT ra.address_id, r.number_prefix, r.number, r.number_suffix, r.pre_modifier, r.pre_directional,
           r.pre_type, r.street_name, r.post_type, r.post_directional, r.post_modifier, r.city, r.state, r.zip
    FROM record_address ra
    JOIN source_record r ON r.record_id = ra.record_id AND r.to_version IS NULL
    JOIN address a ON a.address_id = ra.address_id AND a.to_version IS NULL
    WHERE ra.to_version IS NULL AND r.number IS NOT DISTINCT FROM a.number AND ($all OR ra.address_id {_WANTED})
      AND (r.street_key <> a.street_key OR r.zip <> a.zip OR r.city <> a.city)
    ORDER BY ALL
"""
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
    match = Gazetteer.build(addresses, aliases=_aliases(uow)).arrays()
    arrays = {MATCH + name: array for name, array in match.items()} | book_arrays(addresses)
    return Contents(about_plan(uow, settings), arrays, book | read_plan(uow))


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
    statements = {
        "features": _FEATURES,
        "footprints": _FOOTPRINTS,
        "rules": _RULES,
        "versions": _VERSIONS,
        "redirects": _REDIRECTS,
    }
    return {name: uow.sql.arrow(f"serving.{name}", statement) for name, statement in statements.items()}


def read_book(uow: UnitOfWork, wanted: npt.NDArray[np.int64] | None = None) -> dict[str, pa.Table]:
    """Return the tables of all addresses, or of the ``wanted`` ones."""
    return {name: _coded(_read(uow, name, statement, wanted)) for name, statement in _BOOK.items()}


def book_arrays(addresses: pa.Table) -> dict[str, npt.NDArray[Any]]:
    """Return what finds addresses by building and by place; rows are positions in ``addresses``."""
    location = addresses["location_id"].to_numpy()
    order = np.argsort(location, kind="stable").astype(np.int32)
    lon, lat = (np.asarray(addresses[name].to_numpy(), dtype=np.float64) for name in ("lon", "lat"))
    return {"location_id": location[order], "location_row": order, "lon": lon, "lat": lat} | grid_arrays(lon, lat)


def _aliases(uow: UnitOfWork, wanted: npt.NDArray[np.int64] | None = None) -> pa.Table:
    return _read(uow, "aliases", _ALIASES, wanted)


def build_gazetteer(uow: UnitOfWork, addresses: pa.Table) -> Gazetteer:
    """Index some addresses for matching, with the other spellings that their records carry."""
    return Gazetteer.build(addresses, aliases=_aliases(uow, addresses["address_id"].to_numpy()))


def _read(uow: UnitOfWork, name: str, statement: str, wanted: npt.NDArray[np.int64] | None) -> pa.Table:
    some = pa.table({"address_id": np.empty(0, dtype=np.int64) if wanted is None else wanted})
    return uow.sql.arrow(f"serving.{name}", statement, {"all": wanted is None}, wanted=some)


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
