"""The work that test_kill.py interrupts: a small plan's life, version after version, in a process of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import orjson

from fibermap.kernel.events import AddressesMerged, PlanPromoted, ServiceabilityChanged
from fibermap.plan import Plan
from fibermap.store import StoredEvent, UnitOfWork

EVENTS = (PlanPromoted, ServiceabilityChanged, AddressesMerged)

_CLOCKS = ("TIMESTAMP WITH TIME ZONE", "TIMESTAMP")
_NOT_COMPARED = ("noted", "delivery", "subscription", "migration", "setting")
_COMPARED_AS = {
    "account": "(SELECT * REPLACE ('drawn at random' AS account_number) FROM account)",
    "event": "(SELECT * REPLACE (row_number() OVER (ORDER BY event_id) AS event_id) FROM event)",
    "audit_entry": """(
        SELECT * REPLACE (row_number() OVER (ORDER BY audit_id) AS audit_id)
        FROM audit_entry WHERE plan_version IS NOT NULL
    )""",
}
_HOUSES = 1_500
_WEST, _SOUTH, _LOT_DEG = -111.3, 45.85, 0.0004
_ON_A_STREET = 50


def write_sources(folder: Path) -> None:
    """Write two revisions of a county's addresses and of a plan."""
    (folder / "before").mkdir()
    (folder / "after").mkdir()
    _write_county(folder / "before" / "county.csv", lambda house: True, "ST")
    _write_county(folder / "after" / "county.csv", lambda house: house % 7 != 0, "AVE")
    _write_plan(folder / "before" / "plan.geojson", 12, "Planned")
    _write_plan(folder / "after" / "plan.geojson", 10, "Built")


def _write_county(path: Path, there: Callable[[int], bool], kind: str) -> None:
    """Every hundredth house stands there twice; those of the last street have a street of that kind."""
    lines = ["OBJECTID,ADDRNUM,STNAME,STTYPE,CITY,STATE,ZIP,TYPE,LON,LAT"]
    for house in filter(there, range(_HOUSES)):
        street, lot = divmod(house, _ON_A_STREET)
        type_word = kind if street == _HOUSES // _ON_A_STREET - 1 else "ST"
        lon, lat = _WEST + lot * _LOT_DEG, _SOUTH + street * _LOT_DEG
        said = f"{100 + lot},OAK {street},{type_word},MANHATTAN,MT,59741,DWELLING,{lon:.7f},{lat:.7f}"
        lines.append(f"{house + 1},{said}")
        if house % 100 == 0:
            lines.append(f"{house + 100_001},{said}")
    path.write_text("\n".join(lines))


def _write_plan(path: Path, areas: int, last_status: str) -> None:
    features = []
    for area in range(areas):
        west, south = _WEST + (area % 4) * 0.005, _SOUTH + area // 4 * 0.004
        east, north = west + 0.004, south + 0.003
        ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
        status = last_status if area == areas - 1 else ("Planned", "Built")[area % 2]
        fields = {"OBJECTID": area + 1, "NAME": f"FDA {area}", "STATUS": status, "PHASE": f"Phase {area // 4}"}
        shape = {"type": "Polygon", "coordinates": [ring]}
        features.append({"type": "Feature", "properties": fields, "geometry": shape})
    path.write_bytes(orjson.dumps({"type": "FeatureCollection", "features": features}))


def _ingest(*files: str) -> Callable[[Plan, Path], object]:
    return lambda fm, folder: fm.ingest(*(folder / file for file in files), yes=True, progress=False)


def _undo(fm: Plan, _: Path) -> object:
    return fm.undo()


def _go_live(fm: Plan, _: Path) -> object:
    ids = fm.areas.loc[fm.areas["class"] == "pre-build", "area_id"].sort_values().head(3)
    return fm.set_area_class(ids.tolist(), "build", "tested", "ann")


STEPS: Sequence[Callable[[Plan, Path], object]] = (
    _ingest("before/county.csv", "before/plan.geojson"),
    _ingest("after/county.csv"),
    _undo,
    _go_live,
    _ingest("after/plan.geojson"),
    _undo,
    _ingest("after/county.csv", "after/plan.geojson"),
    _undo,
    _undo,
    _undo,
)
"""What makes each plan version from the one before it; step 0 makes version 1."""


def next_step(fm: Plan, folder: Path) -> bool:
    """Make the next plan version; return False where there is none left to make."""
    version = version_of(fm)
    if version == len(STEPS):
        return False
    STEPS[version](fm, folder)
    return True


def version_of(fm: Plan) -> int:
    """Return the plan version in force, 0 for none."""
    return int(fm.store.sql.value("test.version", "SELECT coalesce(max(version), 0) FROM plan_version"))


def state_of(fm: Plan) -> dict[str, Any]:
    """Return what every table holds but for the times of day at which it was written: rows, and a sum over them.

    Events count by their order: a commit that is torn apart may use up numbers that no event will ever have.
    """
    columns = fm.store.sql.rows(
        "test.columns",
        """
        SELECT table_name, list(column_name ORDER BY column_index) FILTER (NOT list_contains(?, data_type))
        FROM duckdb_columns() WHERE NOT internal
          AND table_name IN (SELECT table_name FROM duckdb_tables() WHERE NOT temporary)
        GROUP BY table_name
        """,
        [list(_CLOCKS)],
    )
    return {
        table: fm.store.sql.row(
            "test.state",
            f"SELECT count(*), sum(hash({', '.join(names)})::HUGEINT) FROM {_COMPARED_AS.get(table, table)}",
        )
        for table, names in sorted(columns)
        if table not in _NOT_COMPARED
    }


def deliver(fm: Plan) -> None:
    """Let a subscriber note every event that it gets, without asking whether it has it already."""
    fm.store.run(
        lambda uow: uow.sql.execute("test.table", "CREATE TABLE IF NOT EXISTS noted (event_id BIGINT)"), cause="test"
    )
    outbox = fm.outbox()
    outbox.subscribe("notes", EVENTS, _note)
    outbox.deliver_all()


def _note(uow: UnitOfWork, events: Sequence[StoredEvent]) -> None:
    for event in events:
        uow.sql.execute("test.note", "INSERT INTO noted VALUES (?)", [event.event_id])


def live_on(database: Path, folder: Path, written: Connection) -> None:
    """Open the database and make every version that is left, telling which ones are written, the one found first."""
    with Plan.open(database) as fm:
        written.send(version_of(fm))
        while next_step(fm, folder):
            written.send(version_of(fm))
            deliver(fm)
