"""The tables of phases: openings, pieces of areas, slipped dates, and what they write of the network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson
import pyarrow as pa
import shapely

from fibermap.address.corrections import Author
from fibermap.coverage import area_overrides
from fibermap.coverage.areas import Area, load_areas
from fibermap.coverage.phase_model import Opening, read_part
from fibermap.coverage.phase_pieces import Family
from fibermap.kernel.errors import Code, NotFound
from fibermap.store import UnitOfWork


@dataclass(frozen=True, slots=True)
class KeptOpening:
    """An opening on record, and the areas and pieces of network that it opens. ``state``: *waiting* or *open*."""

    opening_id: int
    opening: Opening
    state: str
    areas: tuple[int, ...]
    network: tuple[int, ...]
    by: Author
    made_at: datetime
    version: int


def living_areas(uow: UnitOfWork, area_ids: Iterable[int]) -> dict[int, Area]:
    """Return those of some areas that are still in force, by id."""
    rows = uow.sql.rows(
        "phase.living",
        """
        SELECT feature_id FROM plan_feature
        WHERE to_version IS NULL AND role = 'coverage' AND class IS NOT NULL
          AND feature_id IN (SELECT unnest($ids::BIGINT[])) ORDER BY feature_id
        """,
        {"ids": list(area_ids)},
    )
    return load_areas(uow, [row[0] for row in rows])


_PIECES = """
    SELECT area_id, parent_id, whole FROM phase_part
    WHERE to_version IS NULL AND parent_id IN (
        SELECT unnest($ids::BIGINT[])
        UNION SELECT parent_id FROM phase_part WHERE to_version IS NULL AND area_id IN (SELECT unnest($ids::BIGINT[])))
    ORDER BY area_id
"""


def families_of(uow: UnitOfWork, areas: Mapping[int, Area]) -> list[Family]:
    """Return the families of some areas, each once."""
    pieces: dict[int, list[int]] = {}
    wholes: dict[int, bytes] = {}
    root_of: dict[int, int] = {}
    for area_id, parent_id, whole in uow.sql.rows("phase.pieces", _PIECES, {"ids": list(areas)}):
        pieces.setdefault(parent_id, []).append(area_id)
        wholes[parent_id], root_of[area_id] = whole, parent_id
    roots = dict.fromkeys(root_of.get(area_id, area_id) for area_id in areas)
    return [
        Family(root, shapely.from_wkb(wholes[root]), tuple(pieces[root]))
        if root in pieces
        else Family(root, areas[root].geometry)
        for root in roots
    ]


def keep_pieces(uow: UnitOfWork, family_of: Mapping[int, Family], gone: Sequence[int], version: int) -> None:
    """Keep which areas are pieces of which, and forget those that are gone."""
    uow.sql.execute(
        "phase.part.end",
        """
        UPDATE phase_part SET to_version = $version
        WHERE to_version IS NULL AND area_id IN (SELECT unnest($ids::BIGINT[]))
        """,
        {"version": version, "ids": list(gone)},
    )
    if family_of:
        rows = [
            {"area_id": area_id, "parent_id": family.root_id, "whole": shapely.to_wkb(family.whole)}
            for area_id, family in family_of.items()
        ]
        uow.sql.execute(
            "phase.part.keep",
            "INSERT INTO phase_part SELECT area_id, parent_id, whole, $version, NULL FROM cut",
            {"version": version},
            cut=pa.Table.from_pylist(rows),
        )


_NETWORK_COLUMNS = {
    "expected_live_on": "$expected_live_on::DATE", "expected_precision": "$expected_precision::VARCHAR",
    "network_ready_on": "$network_ready_on::DATE", "sales_open_on": "$sales_open_on::DATE",
}  # fmt: skip
_CLASS = {
    "override_class": "nullif($class, source_class)",
    "class": "$class::VARCHAR",
    "override_live_on": "$live_on::DATE",
}


def write_network(
    uow: UnitOfWork, feature_ids: Sequence[int], fields: Mapping[str, Any], by: Author, version: int
) -> None:
    """Write what pieces of network say from now on: dates, and with ``class`` and ``live_on`` that they are open."""
    if not feature_ids:
        return
    days = {name: value for name, value in fields.items() if name in _NETWORK_COLUMNS}
    area_overrides.decide_dates(uow, feature_ids, days, by, version)
    columns = {name: _NETWORK_COLUMNS[name] for name in days} | (_CLASS if "class" in fields else {})
    of = {"version": version, "ids": list(feature_ids)}
    uow.sql.execute(
        "phase.network.reopen",
        f"""
        INSERT INTO plan_feature BY NAME
        SELECT * REPLACE ({", ".join(f"{said} AS {name}" for name, said in columns.items())},
                          $version::INTEGER AS from_version, NULL::INTEGER AS to_version)
        FROM plan_feature
        WHERE to_version IS NULL AND from_version < $version AND class IS NOT NULL
          AND feature_id IN (SELECT unnest($ids::BIGINT[]))
        """,
        {**of, **days, **({name: fields[name] for name in ("class", "live_on")} if "class" in fields else {})},
    )
    uow.sql.execute(
        "phase.network.close",
        """
        UPDATE plan_feature SET to_version = $version
        WHERE to_version IS NULL AND from_version < $version AND class IS NOT NULL
          AND feature_id IN (SELECT unnest($ids::BIGINT[]))
        """,
        of,
    )


def keep_opening(uow: UnitOfWork, kept: KeptOpening) -> None:
    """Write an opening from its version on, in place of what was known of it."""
    uow.sql.execute(
        "phase.opening.end",
        "UPDATE phase_opening SET to_version = ? WHERE to_version IS NULL AND opening_id = ?",
        [kept.version, kept.opening_id],
    )
    opening = kept.opening
    features = {"areas": kept.areas, "network": kept.network}
    row = [
        kept.opening_id, opening.phase, orjson.dumps(opening.part.as_json()).decode(), opening.network_ready_on,
        opening.sales_open_on, kept.state, orjson.dumps(features).decode(), kept.by.name, kept.by.reason, kept.made_at,
        kept.version,
    ]  # fmt: skip
    uow.sql.execute("phase.opening.keep", f"INSERT INTO phase_opening VALUES ({', '.join('?' * len(row))}, NULL)", row)


_OPENINGS = "SELECT * FROM phase_opening o WHERE to_version IS NULL"
_ORDER = "ORDER BY network_ready_on, made_at, opening_id"
_DUE = f"""
    {_OPENINGS} AND state = 'waiting' AND network_ready_on <= $on AND opening_id NOT IN (
        -- whoever takes an opening back does not want it done again by itself
        SELECT p.opening_id FROM phase_opening p JOIN plan_version u ON u.undoes = p.from_version
        WHERE p.state = 'open')
    {_ORDER}
"""


def openings(uow: UnitOfWork, phase: str | None = None) -> list[KeptOpening]:
    """Return the openings on record, of one phase or of all, in order of their day."""
    rows = uow.sql.records(
        "phase.openings", f"{_OPENINGS} AND phase = coalesce($phase, phase) {_ORDER}", {"phase": phase}
    )
    return [_opening(row) for row in rows]


def due_openings(uow: UnitOfWork, on: date) -> list[KeptOpening]:
    """Return the openings that wait for a day which has come, but for those that were taken back."""
    return [_opening(row) for row in uow.sql.records("phase.due", _DUE, {"on": on})]


def find_waiting(uow: UnitOfWork, phase: str, opening_id: int) -> KeptOpening:
    """Return an opening of a phase that waits for its day; raises ``NotFound`` (``phase_not_found``)."""
    for kept in openings(uow, phase):
        if kept.opening_id == opening_id and kept.state == "waiting":
            return kept
    raise NotFound(Code.PHASE_NOT_FOUND, f"No opening {opening_id} of {phase!r} waits for its day.")


def _opening(row: Mapping[str, Any]) -> KeptOpening:
    features = orjson.loads(row["features"])
    part = read_part(orjson.loads(row["part"]))
    return KeptOpening(
        row["opening_id"],
        Opening(row["phase"], row["network_ready_on"], row["sales_open_on"], part),
        row["state"],
        tuple(features["areas"]),
        tuple(features["network"]),
        Author(row["author"], row["reason"]),
        row["made_at"],
        row["from_version"],
    )


@dataclass(frozen=True, slots=True)
class Moved:
    """The expected date that a feature had."""

    feature_id: int
    was_on: date | None
    was_precision: str | None


def keep_slips(
    uow: UnitOfWork, slip_id: int, phase: str, moved: Sequence[Moved], to: tuple[date, str], by: Author, version: int
) -> None:
    """Keep which dates moved."""
    schema = pa.schema([("feature_id", pa.int64()), ("was_on", pa.date32()), ("was_precision", pa.string())])
    rows = [{name: getattr(each, name) for name in schema.names} for each in moved]
    uow.sql.execute(
        "phase.slip.keep",
        """
        INSERT INTO date_slip
        SELECT $slip, $phase, feature_id, was_on, was_precision, $now_on, $precision, $author, $reason, $made_at,
               $version, NULL
        FROM moved
        """,
        {
            "slip": slip_id, "phase": phase, "now_on": to[0], "precision": to[1], "author": by.name,
            "reason": by.reason, "made_at": uow.at_utc, "version": version,
        },
        moved=pa.Table.from_pylist(rows, schema=schema),
    )  # fmt: skip
