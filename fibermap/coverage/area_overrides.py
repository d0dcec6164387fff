"""What a person knows better than a source of one of its areas: a layer over the source that no refresh overwrites.

The row of ``plan_feature`` holds what counts; ``area_override`` holds which fields of it a person decided, what the
source said of them then, and what it says now. Where the source says something new of them, that is a disagreement.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson
import pyarrow as pa
import shapely

from fibermap.address.corrections import Author
from fibermap.coverage.areas import Area
from fibermap.spatial.metres import area_m2
from fibermap.store import UnitOfWork

KEPT = (
    "role", "geometry", "name", "phase", "technology", "priority", "expected_live_on", "expected_precision",
    "network_ready_on", "sales_open_on",
)  # fmt: skip
"""Fields that an override decides. Class and live date have columns of their own, as a change of class sets them."""
_DATES = ("expected_live_on", "network_ready_on", "sales_open_on")
RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Override:
    """What a person decided of an area, what its source said of that then, and what it says now."""

    area_id: int
    fields: dict[str, Any]
    said_then: dict[str, Any]
    says_now: dict[str, Any]


def in_force(uow: UnitOfWork, area_ids: Sequence[int] | None = None) -> dict[int, Override]:
    """Return the overrides in force, by area; of all areas without ``area_ids``."""
    some = "" if area_ids is None else "AND feature_id IN (SELECT unnest($ids::BIGINT[]))"
    rows = uow.sql.rows(
        "override.load",
        f"SELECT feature_id, fields, said_then, says_now FROM area_override WHERE to_version IS NULL {some}",
        {} if area_ids is None else {"ids": list(area_ids)},
    )
    return {row[0]: Override(row[0], *(orjson.loads(text) for text in row[1:])) for row in rows}


def source_words(uow: UnitOfWork) -> dict[int, dict[str, Any]]:
    """Return, for each area that a person edited, what its source says of the edited fields; geometry as WKB.

    An ingest knows its areas again by this, and not by what a person made of them.
    """
    words = {area_id: dict(override.says_now) for area_id, override in in_force(uow).items()}
    for said in words.values():
        if "geometry" in said:
            said["geometry"] = bytes.fromhex(said["geometry"])
    return words


def decide(uow: UnitOfWork, before: Sequence[Area], after: Mapping[int, Area | None], by: Author, version: int) -> None:
    """Keep what a person says otherwise than the sources of these areas; None in ``after`` is retired."""
    known = in_force(uow, [area.area_id for area in before])
    decided = []
    for area in before:
        now = after[area.area_id]
        changed = {"role": RETIRED} if now is None else _changed(area, now)
        if changed:
            said = {"role": "coverage"} if now is None else _words(area)
            decided.append(_added(known.get(area.area_id), area.area_id, changed, said))
    _write(uow, decided, by, version)


_SAID = """
    SELECT feature_id, expected_live_on, expected_precision, network_ready_on, sales_open_on FROM plan_feature
    WHERE to_version IS NULL AND source_id IS NOT NULL AND feature_id IN (SELECT unnest($ids::BIGINT[]))
"""


def decide_dates(
    uow: UnitOfWork, feature_ids: Sequence[int], fields: Mapping[str, Any], by: Author, version: int
) -> None:
    """Keep dates that a person gives to pieces of the network otherwise than their sources, before they are written."""
    known = in_force(uow, feature_ids)
    decided = []
    for row in uow.sql.records("override.dates", _SAID, {"ids": list(feature_ids)}):
        said = {name: _plain(row[name]) for name in fields}
        changed = {name: _plain(value) for name, value in fields.items() if _plain(value) != said[name]}
        if changed:
            decided.append(_added(known.get(row["feature_id"]), row["feature_id"], changed, said))
    _write(uow, decided, by, version)


def _added(known: Override | None, feature_id: int, changed: Mapping[str, Any], said: Mapping[str, Any]) -> Override:
    """Return what was decided before and now; what the source said of the fields that are new among them is new too."""
    override = known or Override(feature_id, {}, {}, {})
    fresh = {name: said[name] for name in changed if name not in override.fields}
    source = {**override.says_now, **fresh}
    return Override(feature_id, {**override.fields, **changed}, source, source)


def _changed(before: Area, after: Area) -> dict[str, Any]:
    then, now = _words(before), _words(after)
    return {name: value for name, value in now.items() if value != then[name]}


def _words(area: Area) -> dict[str, Any]:
    """Return the fields of an area that an override can decide, as JSON values."""
    said = {name: _plain(area.says()[name]) for name in KEPT if name not in ("role", "geometry")}
    return {"geometry": shapely.to_wkb(area.geometry, hex=True), **said}


def _hex(wkb: bytes) -> str:
    return str(shapely.to_wkb(shapely.from_wkb(wkb), hex=True))


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _write(uow: UnitOfWork, overrides: Sequence[Override], by: Author, version: int) -> None:
    if not overrides:
        return
    _close(uow, [override.area_id for override in overrides], version)
    texts = [
        {name: orjson.dumps(getattr(each, name)).decode() for name in ("fields", "said_then", "says_now")}
        for each in overrides
    ]
    decided = pa.Table.from_pylist(
        [{"feature_id": each.area_id, **said} for each, said in zip(overrides, texts, strict=True)]
    )
    uow.sql.execute(
        "override.write",
        """
        INSERT INTO area_override
        SELECT feature_id, fields, said_then, says_now, $author, $reason, $now, $version, NULL FROM decided
        """,
        {"author": by.name, "reason": by.reason, "now": uow.at_utc, "version": version},
        decided=decided,
    )


def _close(uow: UnitOfWork, area_ids: Sequence[int], version: int) -> None:
    uow.sql.execute(
        "override.close",
        """
        UPDATE area_override SET to_version = $version
        WHERE to_version IS NULL AND feature_id IN (SELECT unnest($ids::BIGINT[]))
        """,
        {"version": version, "ids": list(area_ids)},
    )


_OPENED = """
    SELECT f.feature_id, f.role, f.geometry, f.name, f.phase, coalesce(f.technology, 'fiber') AS technology,
           f.priority, f.expected_live_on, f.expected_precision, f.network_ready_on, f.sales_open_on,
           f.west, f.south, f.east, f.north, f.size_m
    FROM plan_feature f JOIN area_override o ON o.feature_id = f.feature_id AND o.to_version IS NULL
    WHERE f.from_version = $version AND f.to_version IS NULL
"""


def lay_over(uow: UnitOfWork, version: int) -> int:
    """Put what persons decided over the areas that an ingest has just written in ``version``; return how many.

    What the source says now is kept beside it. An area that the source did not change needs nothing: its row stands,
    with what was decided in it.
    """
    opened = {row["feature_id"]: row for row in uow.sql.records("override.opened", _OPENED, {"version": version})}
    if not opened:
        return 0
    for area_id, override in in_force(uow, list(opened)).items():
        _hear(uow, override, opened[area_id], version)
    rows = [_decided(opened[area_id], override) for area_id, override in in_force(uow, list(opened)).items()]
    uow.sql.execute("override.lay_over", _LAY_OVER, {"version": version}, decided=_table(rows))
    return len(rows)


def _hear(uow: UnitOfWork, override: Override, row: Mapping[str, Any], version: int) -> None:
    """Keep what the source says now of the fields that a person decided, where it is something new."""
    now = {name: _hex(row[name]) if name == "geometry" else _plain(row[name]) for name in override.fields}
    if now == override.says_now:
        return
    _close(uow, [override.area_id], version)
    uow.sql.execute(
        "override.hear",
        """
        INSERT INTO area_override BY NAME
        SELECT * REPLACE ($now AS says_now, $version::INTEGER AS from_version, NULL::INTEGER AS to_version)
        FROM area_override WHERE feature_id = $id AND to_version = $version
        """,
        {"now": orjson.dumps(now).decode(), "version": version, "id": override.area_id},
    )


def _decided(row: dict[str, Any], override: Override) -> dict[str, Any]:
    said = {name: _read(name, value) for name, value in override.fields.items()}
    if "geometry" not in said:
        return {**row, **said}
    shape = shapely.from_wkb(said["geometry"])
    west, south, east, north = shape.bounds
    box = {"west": west, "south": south, "east": east, "north": north, "size_m": float(area_m2(shape)[0])}
    return {**row, **said, **box}


def _read(name: str, value: Any) -> Any:
    if name == "geometry":
        return bytes.fromhex(value)
    return date.fromisoformat(value) if name in _DATES and value is not None else value


_ROW = pa.schema(
    [
        ("feature_id", pa.int64()), ("role", pa.string()), ("geometry", pa.binary()), ("name", pa.string()),
        ("phase", pa.string()), ("technology", pa.string()), ("priority", pa.int32()),
        ("expected_live_on", pa.date32()), ("expected_precision", pa.string()), ("network_ready_on", pa.date32()),
        ("sales_open_on", pa.date32()),
        *((side, pa.float64()) for side in ("west", "south", "east", "north", "size_m")),
    ]
)  # fmt: skip


def _table(rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=_ROW)


_LAY_OVER = f"""
    UPDATE plan_feature SET {", ".join(f"{name} = d.{name}" for name in _ROW.names[1:])},
           class = CASE WHEN d.role = '{RETIRED}' THEN NULL ELSE plan_feature.class END
    FROM decided d
    WHERE plan_feature.feature_id = d.feature_id AND plan_feature.from_version = $version
      AND plan_feature.to_version IS NULL
"""


_GONE = """
    SELECT o.feature_id AS area_id, f.name, s.name AS source, o.author, o.reason, o.made_at,
           o.fields, o.said_then, o.says_now, f.feature_id IS NULL AS gone
    FROM area_override o
    LEFT JOIN plan_feature f ON f.feature_id = o.feature_id AND f.to_version IS NULL
    LEFT JOIN source s ON s.source_id = f.source_id
    WHERE o.to_version IS NULL ORDER BY o.made_at, o.feature_id
"""


def disagreements(uow: UnitOfWork) -> list[dict[str, Any]]:
    """Return the edits of areas whose sources have said something new since: neither what they said then nor the edit.

    ``decided``, ``said_then`` and ``says_now`` are the fields in question, geometry as WKB in hex; ``says_now`` is None
    where the source no longer has the area. A class that a person gave is not among them: a source has two words,
    so that a new one is the person's, which ends the matter.
    """
    found = []
    for row in uow.sql.records("override.disagreements", _GONE):
        decided, then, now = (orjson.loads(row.pop(name)) for name in ("fields", "said_then", "says_now"))
        gone = row.pop("gone")
        new = [name for name in decided if gone or now[name] not in (decided[name], then[name])]
        if not new or (gone and decided.get("role") == RETIRED):
            continue
        told = {"decided": decided, "said_then": then, "says_now": now}
        told = {key: {name: said[name] for name in new} for key, said in told.items()}
        found.append({**row, **told, **({"says_now": None} if gone else {})})
    return found
