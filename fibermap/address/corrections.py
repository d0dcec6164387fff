"""Corrections: what a person knows better, laid over the sources. No refresh overwrites one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from fibermap.address.keys import building_basis, canonical_key, mailing_lines, street_key
from fibermap.address.model import PART_NAMES, AddressParts, Kind
from fibermap.address.parse import parse_address
from fibermap.address.units import generate_units
from fibermap.kernel.errors import Code, InputRefused, NotFound
from fibermap.kernel.ids import stable_id
from fibermap.store import UnitOfWork


class CorrectionKind(StrEnum):
    """What a person can say about an address."""

    ADD = "add"
    MOVE = "move"
    RETYPE = "retype"
    RETIRE = "retire"


@dataclass(frozen=True, slots=True)
class Author:
    """Who corrects, and why; both are kept with the correction."""

    name: str
    reason: str

    def __post_init__(self) -> None:
        if not self.name.strip() or not self.reason.strip():
            raise InputRefused(Code.ARGUMENT_INVALID, "A correction needs an author and a reason.")


def add(uow: UnitOfWork, text: str, lon: float, lat: float, by: Author, version: int) -> int:
    """Add a provisional address such as ``Lot 14, Elk Ridge`` at a place in EPSG:4326, and return its id.

    It keeps that id, and whatever hangs on it, when a source brings the address itself.
    """
    place = _check_place(lon, lat)
    parts = parse_address(text).parts
    key = canonical_key(parts) or f"provisional|{text.strip().upper()}"
    address_id = stable_id("address", key)
    if _exists(uow, address_id):
        address_id = stable_id("address", key, *place.values())
    if _exists(uow, address_id):
        raise InputRefused(Code.CONFLICT, f"There is already an address {text!r} there.", address_id=address_id)
    fields = {name: getattr(parts, name) for name in PART_NAMES}
    fields |= place | {"text": text.strip(), "kind": str(Kind.OTHER), "serviceable": True}
    _insert(uow, CorrectionKind.ADD, address_id, fields, None, by, version)
    return address_id


def move(uow: UnitOfWork, address_id: int, lon: float, lat: float, by: Author, version: int) -> None:
    """Put an address where it really is, degrees in EPSG:4326."""
    now = _current(uow, address_id)
    said = {"lon": now["lon"], "lat": now["lat"]}
    _insert(uow, CorrectionKind.MOVE, address_id, _check_place(lon, lat), said, by, version)


def retype(uow: UnitOfWork, address_id: int, by: Author, version: int, *, kind: Kind, serviceable: bool) -> None:
    """Say who is at an address and whether it is a thing that one sells to."""
    now = _current(uow, address_id)
    said = {"kind": now["kind"], "serviceable": now["serviceable"]}
    fields = {"kind": str(kind), "serviceable": serviceable}
    _insert(uow, CorrectionKind.RETYPE, address_id, fields, said, by, version)


def split(uow: UnitOfWork, address_id: int, pattern: str, by: Author, version: int) -> list[int]:
    """Give a building the units that a pattern stands for (``1-24``, ``A-D``), each a provisional address."""
    building = _current(uow, address_id)
    if building["unit"] is not None:
        raise InputRefused(Code.ARGUMENT_INVALID, f"{building['full_address']} is a unit, not a building.")
    ids = []
    for unit in generate_units(pattern):
        parts = AddressParts(**{name: building[name] for name in PART_NAMES} | {"unit": unit, "unit_type": "UNIT"})
        unit_id = stable_id("address", canonical_key(parts) or f"unit|{address_id}|{unit}")
        if _exists(uow, unit_id):
            continue
        fields = {name: getattr(parts, name) for name in PART_NAMES}
        fields |= {name: building[name] for name in ("lon", "lat", "kind", "serviceable", "location_id")}
        _insert(uow, CorrectionKind.ADD, unit_id, fields, None, by, version)
        ids.append(unit_id)
    return ids


def retire(uow: UnitOfWork, address_id: int, by: Author, version: int) -> None:
    """Take an address out of the current ones; its history and whatever hangs on it stay."""
    _current(uow, address_id)
    _insert(uow, CorrectionKind.RETIRE, address_id, {}, None, by, version)


def overlay(uow: UnitOfWork, entities: pa.Table, touched: npt.NDArray[np.int64]) -> pa.Table:
    """Return the entities with every correction of the touched addresses applied, the latest last."""
    made = uow.sql.records(
        "correction.load",
        """
        SELECT kind, address_id, fields FROM correction
        WHERE to_version IS NULL AND address_id IN (SELECT address_id FROM touched) ORDER BY made_at, correction_id
        """,
        touched=pa.table({"address_id": touched}),
    )
    if not made:
        return entities
    corrected = pa.array(sorted({row["address_id"] for row in made}), type=pa.int64())
    is_corrected = pc.is_in(entities["address_id"], value_set=corrected)
    rows = {row["address_id"]: row for row in entities.filter(is_corrected).to_pylist()}
    for correction in made:
        _apply(rows, correction["kind"], correction["address_id"], orjson.loads(correction["fields"]))
    changed = pa.Table.from_pylist(list(rows.values()), schema=entities.schema)
    return pa.concat_tables([entities.filter(pc.invert(is_corrected)), changed])


def _apply(rows: dict[int, dict[str, Any]], kind: str, address_id: int, fields: dict[str, Any]) -> None:
    if kind == CorrectionKind.RETIRE:
        rows.pop(address_id, None)
    elif kind == CorrectionKind.ADD:
        rows.setdefault(address_id, provisional(address_id, fields))
    elif address_id in rows:
        row = rows[address_id]
        decided = {*(row["corrected"] or "").split(","), *fields} - {""}
        rows[address_id] = row | fields | {"corrected": ",".join(sorted(decided))}


def provisional(address_id: int, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the address row of something that only a person has seen so far."""
    parts = AddressParts(**{name: fields.get(name) for name in PART_NAMES})
    line, last = mailing_lines(parts)
    text = fields.get("text")
    basis = building_basis(parts)
    key = canonical_key(parts) or f"provisional|{str(text).upper()}"
    return {
        **{name: getattr(parts, name) for name in PART_NAMES},
        "address_id": address_id,
        "location_id": fields.get("location_id") or stable_id("building", basis or key),
        "delivery_line": text or line,
        "full_address": text or ", ".join(part for part in (line, last) if part),
        "street_key": street_key(parts),
        "canonical_key": key,
        "lon": fields["lon"],
        "lat": fields["lat"],
        "placement": "person",
        "kind": fields["kind"],
        "serviceable": fields["serviceable"],
        "provisional": True,
        "records": 0,
        "permitted": True,
    }


def disagreements(uow: UnitOfWork) -> list[dict[str, Any]]:
    """Return the corrections whose sources now say something else than when the correction was made."""
    rows = uow.sql.records(
        "correction.disagreements",
        """
        SELECT c.correction_id, c.kind, c.address_id, a.full_address, c.author, c.reason, c.made_at,
               c.fields AS corrected, c.source_fields AS said_then,
               {'lon': r.lon, 'lat': r.lat, 'kind': r.kind, 'serviceable': r.serviceable} AS says_now
        FROM correction c
        JOIN address a ON a.address_id = c.address_id AND a.to_version IS NULL
        JOIN source_record r ON r.record_id = a.record_id AND r.to_version IS NULL
        WHERE c.to_version IS NULL AND c.source_fields IS NOT NULL ORDER BY c.made_at
        """,
    )
    return [row for row in rows if _says_otherwise(row)]


def _says_otherwise(row: dict[str, Any]) -> bool:
    now = row["says_now"]
    return any(now[field] != value for field, value in orjson.loads(row["said_then"]).items())


def _current(uow: UnitOfWork, address_id: int) -> dict[str, Any]:
    rows = uow.sql.records(
        "correction.address", "SELECT * FROM address WHERE address_id = ? AND to_version IS NULL", [address_id]
    )
    if not rows:
        raise NotFound(Code.ADDRESS_NOT_FOUND, f"There is no address {address_id} to correct.")
    return rows[0]


def _exists(uow: UnitOfWork, address_id: int) -> bool:
    return bool(
        uow.sql.value(
            "correction.exists",
            """
            SELECT count(*) FROM (
                SELECT address_id FROM address WHERE to_version IS NULL
                UNION ALL SELECT address_id FROM correction WHERE to_version IS NULL AND kind = 'add')
            WHERE address_id = ?
            """,
            [address_id],
        )
    )


def _check_place(lon: float, lat: float) -> dict[str, float]:
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise InputRefused(
            Code.COORDINATE_OUT_OF_RANGE,
            f"There is no place at longitude {lon}, latitude {lat}.",
            hint="Give degrees, longitude first.",
        )
    return {"lon": float(lon), "lat": float(lat)}


def _insert(
    uow: UnitOfWork,
    kind: CorrectionKind,
    address_id: int,
    fields: Mapping[str, Any],
    said: Mapping[str, Any] | None,
    by: Author,
    version: int,
) -> None:
    row: Sequence[Any] = [
        stable_id("correction", version, kind, address_id),
        str(kind),
        address_id,
        orjson.dumps(fields).decode(),
        None if said is None else orjson.dumps(said).decode(),
        by.name,
        by.reason,
        uow.at_utc,
        version,
    ]
    uow.sql.execute("correction.insert", "INSERT INTO correction VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)", row)


def waiting(uow: UnitOfWork) -> pa.Table:
    """Return the provisional addresses that no source knows yet: ``address_id, lon, lat, canonical_key``."""
    return uow.sql.arrow(
        "correction.waiting",
        """
        SELECT address_id, lon, lat, canonical_key FROM address
        WHERE to_version IS NULL AND provisional AND lon IS NOT NULL ORDER BY address_id
        """,
    )
