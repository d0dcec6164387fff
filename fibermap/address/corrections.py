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
from fibermap.address.redirects import SURVIVORS
from fibermap.address.units import generate_units
from fibermap.kernel.errors import Code, InputRefused, NotFound
from fibermap.kernel.ids import stable_id
from fibermap.money.card_numbers import refuse_card_numbers
from fibermap.spatial.metres import few_distances_m, metres_per_degree_at
from fibermap.store import UnitOfWork
from fibermap.store.temporal import IN_FORCE

SAME_PLACE_M = 30.0
"""An address with the same number, street and unit this near is the same address."""

PLACE_KEY = "regexp_replace(canonical_key, '\\|[^|]*$', '')"
"""SQL for the canonical key without its last part, the ZIP or city."""

Permits = Mapping[int, Mapping[str, bool]]
"""What each source may be used for: its id, and the columns of :data:`EVERY_USE`."""

EVERY_USE = {"listed": True, "answerable": True, "sellable": True}
NO_USE = dict.fromkeys(EVERY_USE, False)


class CorrectionKind(StrEnum):
    """What a person can say about an address."""

    ADD = "add"
    MOVE = "move"
    RETYPE = "retype"
    RETIRE = "retire"
    CONFIRM = "confirm"
    PHASE = "phase"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class Author:
    """Who decides, and why; both are kept on record."""

    name: str
    reason: str

    def __post_init__(self) -> None:
        if not self.name.strip() or not self.reason.strip():
            raise InputRefused(
                Code.ARGUMENT_INVALID,
                "A decision needs an author and a reason.",
                hint="Say who decides, and why; both are kept on record.",
            )
        refuse_card_numbers(self.reason, field="reason")


def add(uow: UnitOfWork, text: str, lon: float, lat: float, by: Author, version: int) -> int:
    """Add a provisional address such as ``Lot 14, Elk Ridge`` at a place in EPSG:4326, and return its id.

    It keeps that id, and whatever hangs on it, when a source brings the address itself. Raises ``InputRefused``
    (``conflict``) where the same address is known within :data:`SAME_PLACE_M` already.
    """
    if not text.strip():
        raise InputRefused(Code.ARGUMENT_INVALID, "An address needs a text, such as 'Lot 14, Elk Ridge'.")
    place = _check_place(lon, lat)
    parts = parse_address(text).parts
    key = canonical_key(parts) or f"provisional|{text.strip().upper()}"
    if known := _alike(uow, key, lon, lat):
        raise InputRefused(
            Code.CONFLICT,
            f"{text!r} is there already: {known[1]}.",
            hint=f"Move or retype address {known[0]} instead.",
            address_id=known[0],
        )
    address_id = stable_id("address", key)
    if _exists(uow, address_id):
        address_id = stable_id("address", key, *place.values())
    fields = {name: getattr(parts, name) for name in PART_NAMES}
    fields |= place | {"text": text.strip(), "kind": str(Kind.OTHER), "serviceable": True}
    _insert(uow, CorrectionKind.ADD, address_id, fields, None, by, version)
    return address_id


def known_near(uow: UnitOfWork, text: str, lon: float, lat: float) -> str | None:
    """Return the full address under which a text is known within :data:`SAME_PLACE_M` of a place; None for nothing."""
    key = canonical_key(parse_address(text).parts) or f"provisional|{text.strip().upper()}"
    known = _alike(uow, key, lon, lat)
    return known[1] if known else None


def _alike(uow: UnitOfWork, key: str, lon: float, lat: float) -> tuple[int, str] | None:
    """Return the id and full address of what has the same number, street and unit, this near."""
    lon_m, lat_m = metres_per_degree_at(lat)
    reach = {"dx": 2 * SAME_PLACE_M / max(lon_m, 1.0), "dy": 2 * SAME_PLACE_M / lat_m}
    rows = uow.sql.rows(
        "correction.alike",
        f"""
        SELECT address_id, full_address, lon, lat FROM address
        WHERE to_version IS NULL AND abs(lon - $lon) <= $dx AND abs(lat - $lat) <= $dy
          AND {PLACE_KEY} = $place_key ORDER BY address_id
        """,
        {"place_key": key.rpartition("|")[0] if key.count("|") == 3 else key, "lon": lon, "lat": lat, **reach},
    )
    for address_id, known, known_lon, known_lat in rows:
        if few_distances_m(lon, lat, [(known_lon, known_lat)])[0] <= SAME_PLACE_M:
            return int(address_id), str(known)
    return None


def move(uow: UnitOfWork, address_id: int, lon: float, lat: float, by: Author, version: int) -> int:
    """Put an address where it really is, degrees in EPSG:4326; return the id that it has by now."""
    now = current(uow, address_id)
    said = _said(uow, now, ("lon", "lat"))
    _insert(uow, CorrectionKind.MOVE, now["address_id"], _check_place(lon, lat), said, by, version)
    return int(now["address_id"])


def retype(uow: UnitOfWork, address_id: int, by: Author, version: int, *, kind: Kind, serviceable: bool) -> int:
    """Say who is at an address and whether it is a thing that one sells to; return the id that it has by now."""
    now = current(uow, address_id)
    said = _said(uow, now, ("kind", "serviceable"))
    fields = {"kind": str(kind), "serviceable": serviceable}
    _insert(uow, CorrectionKind.RETYPE, now["address_id"], fields, said, by, version)
    return int(now["address_id"])


def _said(uow: UnitOfWork, address: Mapping[str, Any], fields: Sequence[str]) -> dict[str, Any] | None:
    """Return what the address's source says of some fields, None where no source knows the address."""
    rows = uow.sql.records(
        "correction.said",
        f"SELECT {', '.join(fields)} FROM source_record WHERE record_id = ? AND to_version IS NULL",
        [address["record_id"]],
    )
    return rows[0] if rows else None


def split(uow: UnitOfWork, address_id: int, pattern: str, by: Author, version: int) -> list[int]:
    """Give a building the units that a pattern stands for (``1-24``, ``A-D``), each a provisional address."""
    building = current(uow, address_id)
    source_id = uow.sql.value(
        "correction.source",
        "SELECT source_id FROM source_record WHERE record_id = ? AND to_version IS NULL",
        [building["record_id"]],
    )
    ids = []
    for unit in units_of(uow, building, pattern):
        if unit.exists:
            continue
        fields = {name: getattr(unit.parts, name) for name in PART_NAMES}
        fields |= {name: building[name] for name in ("lon", "lat", "kind", "serviceable", "location_id")}
        fields |= {"source_id": source_id}
        _insert(uow, CorrectionKind.ADD, unit.address_id, fields, None, by, version)
        ids.append(unit.address_id)
    return ids


@dataclass(frozen=True, slots=True)
class PlannedUnit:
    """A unit that a pattern stands for, the id that it gets, and whether it is there already."""

    address_id: int
    parts: AddressParts
    exists: bool

    @property
    def full_address(self) -> str:
        """The address as it will be written."""
        return ", ".join(part for part in mailing_lines(self.parts) if part)


def units_of(uow: UnitOfWork, building: Mapping[str, Any], pattern: str) -> list[PlannedUnit]:
    """Return the units that a pattern stands for at a building; raises ``InputRefused`` where that is a unit itself."""
    if building["unit"] is not None or building["unit_type"] is not None:
        raise InputRefused(Code.ARGUMENT_INVALID, f"{building['full_address']} is a unit, not a building.")
    address_id, planned = building["address_id"], []
    for unit in generate_units(pattern):
        parts = AddressParts(**{name: building[name] for name in PART_NAMES} | {"unit": unit, "unit_type": "UNIT"})
        unit_id = stable_id("address", canonical_key(parts) or f"unit|{address_id}|{unit}")
        planned.append(PlannedUnit(unit_id, parts, _exists(uow, unit_id)))
    return planned


def confirm(uow: UnitOfWork, address_id: int, by: Author, version: int) -> int:
    """Say that a provisional address is real, before any source does; return the id that it has by now.

    Raises ``InputRefused`` (``argument_invalid``) for an address that is not provisional.
    """
    now = current(uow, address_id)
    if not now["provisional"]:
        raise InputRefused(
            Code.ARGUMENT_INVALID,
            f"{now['full_address']} is not provisional.",
            hint="Only what a person added and no source has yet waits for a confirmation.",
            address_id=address_id,
        )
    _insert(uow, CorrectionKind.CONFIRM, now["address_id"], {"provisional": False}, None, by, version)
    return int(now["address_id"])


def retire(uow: UnitOfWork, address_id: int, by: Author, version: int) -> int:
    """Take an address out of the current ones and return its id; its history and whatever hangs on it stay."""
    now = current(uow, address_id)
    _insert(uow, CorrectionKind.RETIRE, now["address_id"], {}, None, by, version)
    return int(now["address_id"])


def retired(uow: UnitOfWork) -> set[int]:
    """Return the addresses that a person has retired."""
    rows = uow.sql.rows(
        "correction.retired",
        "SELECT DISTINCT address_id FROM correction WHERE to_version IS NULL AND kind = ?",
        [str(CorrectionKind.RETIRE)],
    )
    return {row[0] for row in rows}


def overlay(uow: UnitOfWork, entities: pa.Table, touched: npt.NDArray[np.int64], permission: pa.Table) -> pa.Table:
    """Return the entities with every correction of the touched addresses applied, the latest last.

    What was said of an address that has been merged holds for its survivor; only a retirement does not: the double
    that somebody took out must not take the address with it. ``permission`` says what each source may be used for.
    """
    permits = {row.pop("source_id"): row for row in permission.to_pylist()}
    made = uow.sql.records(
        "correction.load",
        """
        SELECT c.kind, c.fields,
               CASE c.kind WHEN 'retire' THEN c.address_id ELSE coalesce(s.survivor_id, c.address_id) END AS address_id
        FROM correction c LEFT JOIN survivor s ON s.address_id = c.address_id
        WHERE c.to_version IS NULL AND c.kind NOT IN ('phase', 'flag')
          AND (c.address_id IN (SELECT address_id FROM touched) OR s.survivor_id IN (SELECT address_id FROM touched))
        ORDER BY c.made_at, c.from_version, c.correction_id
        """,
        touched=pa.table({"address_id": touched}),
    )
    if not made:
        return entities
    corrected = pa.array(sorted({row["address_id"] for row in made}), type=pa.int64())
    is_corrected = pc.is_in(entities["address_id"], value_set=corrected)
    rows = {row["address_id"]: row for row in entities.filter(is_corrected).to_pylist()}
    for correction in made:
        fields = orjson.loads(correction["fields"])
        _apply(rows, correction["kind"], correction["address_id"], fields, permits)
    changed = pa.Table.from_pylist(list(rows.values()), schema=entities.schema)
    return pa.concat_tables([entities.filter(pc.invert(is_corrected)), changed])


def _apply(
    rows: dict[int, dict[str, Any]], kind: str, address_id: int, fields: dict[str, Any], permits: Permits
) -> None:
    if kind == CorrectionKind.RETIRE:
        rows.pop(address_id, None)
    elif kind == CorrectionKind.ADD:
        added = provisional(address_id, fields, permits)
        known = rows.get(address_id)
        if known is None:
            rows[address_id] = added
        elif _uses(known) < _uses(added):  # what a person has seen is not less hers for a restricted source's record
            rows[address_id] = added | {"records": known["records"]}
    elif address_id in rows:
        row = rows[address_id]
        decided = {*(row["corrected"] or "").split(","), *fields} - {""}
        rows[address_id] = row | fields | {"corrected": ",".join(sorted(decided))}


def _uses(row: Mapping[str, Any]) -> set[str]:
    return {use for use in EVERY_USE if row[use]}


def provisional(address_id: int, fields: Mapping[str, Any], permits: Permits) -> dict[str, Any]:
    """Return the address row of something that only a person has seen so far.

    Units that were made from a source's building may be used for what that source permits.
    """
    source_id = fields.get("source_id")
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
        "corrected": None,
        "records": 0,
        **(EVERY_USE if source_id is None else permits.get(source_id, NO_USE)),
    }


def current(uow: UnitOfWork, address_id: int) -> dict[str, Any]:
    """Return the row of the address that an id is or has been merged into; raises ``NotFound``."""
    rows = uow.sql.records(
        "correction.address",
        """
        SELECT * FROM address WHERE to_version IS NULL AND address_id = coalesce(
            (SELECT survivor_id FROM survivor WHERE address_id = $id), $id)
        """,
        {"id": address_id},
    )
    if not rows:
        raise NotFound(
            Code.ADDRESS_NOT_FOUND,
            f"There is no address {address_id} to correct.",
            hint="Look it up with `fibermap check` or in an export.",
        )
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
    """Write a correction; an earlier one of the same kind on the same address gives way to it."""
    uow.sql.execute(
        "correction.supersede",
        "UPDATE correction SET to_version = ? WHERE to_version IS NULL AND kind = ? AND address_id = ?",
        [version, str(kind), address_id],
    )
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


def on_address(uow: UnitOfWork, address_id: int, version: int) -> list[dict[str, Any]]:
    """Return the corrections of an address, and of whatever has been merged into it, as they were in a version."""
    rows = uow.sql.records(
        "correction.on_address",
        f"""
        WITH RECURSIVE {SURVIVORS}
        SELECT correction_id, kind, author, reason, made_at, fields, source_fields
        FROM correction c LEFT JOIN leads_to l ON l.address_id = c.address_id
        WHERE {IN_FORCE} AND coalesce(l.survivor_id, c.address_id) = $id ORDER BY made_at, correction_id
        """,
        {"id": address_id, "version": version},
    )
    return [row | {name: orjson.loads(row[name] or "null") for name in ("fields", "source_fields")} for row in rows]


def waiting(uow: UnitOfWork) -> pa.Table:
    """Return what a person added and no source knows yet: ``address_id, lon, lat, canonical_key, numbered``."""
    return uow.sql.arrow(
        "correction.waiting",
        """
        SELECT address_id, lon, lat, canonical_key, number IS NOT NULL AS numbered FROM address
        WHERE to_version IS NULL AND record_id IS NULL AND lon IS NOT NULL ORDER BY address_id
        """,
    )
