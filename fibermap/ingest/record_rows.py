"""From mapped address rows to rows of ``source_record``: standardised, typed, and each with an id of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fibermap.address.model import PART_NAMES
from fibermap.address.table import RAW_FIELDS
from fibermap.address.types import TypeRule, TypeTable, fabric_rule
from fibermap.address.workers import normalise_large_table
from fibermap.ingest.draft import AddressGroup, place_addresses
from fibermap.ingest.values import read_count
from fibermap.ingest.vocabulary import Status, Vocabulary, read_status

RECORD_ROW = pa.schema(
    [
        ("record_id", pa.int64()),
        ("source_id", pa.int64()),
        ("layer", pa.string()),
        ("row", pa.int64()),
        ("source_fid", pa.string()),
        ("attributes", pa.string()),
        *((name, pa.int32() if name == "number" else pa.string()) for name in PART_NAMES),
        ("delivery_line", pa.string()),
        ("street_key", pa.string()),
        ("place_key", pa.string()),
        ("identity_basis", pa.string()),
        ("building_basis", pa.string()),
        ("lon", pa.float64()),
        ("lat", pa.float64()),
        ("placement", pa.string()),
        ("type_raw", pa.string()),
        ("kind", pa.string()),
        ("serviceable", pa.bool_()),
        ("fcc_location_id", pa.string()),
        ("structure_id", pa.string()),
        ("parcel_id", pa.string()),
        ("unit_count", pa.int32()),
        ("status", pa.string()),
        ("terminal_name", pa.string()),
    ]
)
"""What a source says of an address, standardised. Types as in the table ``source_record``."""

_OUT = "out-of-coverage"
_PLACEMENTS = {"STRUCTURE": "rooftop", "ROOFTOP": "rooftop", "SITE": "rooftop", "BUILDING": "rooftop"}
_PLACEMENTS |= {"PARCEL": "parcel", "GEOCODING": "street", "STREET": "street", "CENTERLINE": "street"}


def record_rows(
    group: AddressGroup, *, source_id: int, source: str, types: TypeTable, vocabulary: Vocabulary
) -> tuple[pa.Table, Counter[str]]:
    """Return the rows in :data:`RECORD_ROW` but for their ids, in the group's order, and the unexplained type words.

    :func:`fibermap.ingest.record_ids.identify_records` fills the ids, once all layers of the source are there.
    """
    lon, lat = place_addresses(group.features)
    parts = _normalised(group.mapped)
    fid = _own_ids(group)
    keys = _keys(parts, source, fid, lon, lat)
    rules, unknown = _types(group, types)
    mapped = group.mapped
    columns: dict[str, Any] = {
        "record_id": pa.nulls(len(fid), pa.int64()),
        "source_id": pa.repeat(pa.scalar(source_id, pa.int64()), len(fid)),
        "layer": group.features["layer"],
        "row": group.features["row"],
        "source_fid": pa.array(fid, type=pa.string()),
        "attributes": group.features["attributes"],
        **{name: parts[name] for name in PART_NAMES},
        "delivery_line": _delivery_lines(parts),
        "street_key": pc.fill_null(parts["street_key"], ""),
        "place_key": keys,
        "identity_basis": pc.coalesce(parts["identity_basis"], keys),
        "building_basis": parts["building_basis"],
        "lon": pa.array(lon, mask=np.isnan(lon)),
        "lat": pa.array(lat, mask=np.isnan(lat)),
        "placement": pa.array([_placement(text) for text in mapped["placement"].to_pylist()], type=pa.string()),
        "type_raw": mapped["type"],
        "kind": pa.array([str(rule.kind) for rule in rules], type=pa.string()),
        "serviceable": pa.array([rule.serviceable for rule in rules]),
        "fcc_location_id": mapped["fcc_location_id"],
        "structure_id": mapped["structure_id"],
        "parcel_id": mapped["parcel_id"],
        "unit_count": pa.array([read_count(text) for text in mapped["unit_count"].to_pylist()], type=pa.int32()),
        "status": pa.array([_status(text, vocabulary) for text in mapped["status"].to_pylist()], type=pa.string()),
        "terminal_name": mapped["terminal_id"],
    }
    return pa.table(columns).cast(RECORD_ROW), unknown


def _normalised(mapped: pa.Table) -> pa.Table:
    wanted = [name for name in RAW_FIELDS if name in mapped.column_names]
    return normalise_large_table(mapped.select(wanted))


def _own_ids(group: AddressGroup) -> list[str | None]:
    """Return the source's own ids; an id that stands on several rows of the layer identifies none of them."""
    said = pc.coalesce(group.mapped["source_id"], group.features["source_fid"]).to_pylist()
    return [None if text is None else str(text) for text in said]


def unique_ids(ids: Sequence[str | None]) -> list[str | None]:
    """Return the ids with None in place of those that occur more than once."""
    counts = Counter(ids)
    return [text if counts[text] == 1 else None for text in ids]


def _keys(parts: pa.Table, source: str, fid: Sequence[str | None], lon: Any, lat: Any) -> pa.Array:
    """Return number, street and unit without the place; what cannot be told apart by them is its own key."""
    stripped = pc.replace_substring_regex(parts["canonical_key"], r"\|[^|]*$", "").to_pylist()
    return pa.array(
        [
            f"?{source}|{fid[i] or f'{lon[i]:.7f} {lat[i]:.7f}'}" if key is None else key
            for i, key in enumerate(stripped)
        ],
        type=pa.string(),
    )


def _delivery_lines(parts: pa.Table) -> pa.Array:
    has_line = pc.or_(parts["street_key"].is_valid(), parts["number"].is_valid())
    first = pc.list_element(pc.split_pattern(pc.fill_null(parts["full_address"], ""), ", "), 0)
    return pc.if_else(has_line, first, "")


def _types(group: AddressGroup, types: TypeTable) -> tuple[list[TypeRule], Counter[str]]:
    words = group.mapped["type"].to_pylist()
    rules = [types.rule(word) for word in words]
    unknown = Counter(str(word) for word, rule in zip(words, rules, strict=True) if not rule.known)
    flags = group.mapped["bsl_flag"].to_pylist()
    if any(flag is not None for flag in flags):
        rules = [fabric_rule(flag, word) for flag, word in zip(flags, words, strict=True)]
    return rules, unknown


@lru_cache(maxsize=1 << 10)
def _placement(text: str | None) -> str | None:
    if text is None:
        return None
    word = text.strip().upper()
    return next((meaning for key, meaning in _PLACEMENTS.items() if word.startswith(key)), word.lower()[:40])


def _status(text: str | None, vocabulary: Vocabulary) -> str | None:
    if text is None:
        return None
    status = read_status(text, vocabulary)
    if status is Status.IGNORED:
        return _OUT
    return str(status) if status else None
