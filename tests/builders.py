"""A small county to ingest: a few streets, areas as boxes, terminals and routes, all in metres from one corner."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import geopandas as gpd
import numpy as np
import pyarrow as pa
import shapely
from pyproj import Geod
from shapely.geometry.base import BaseGeometry

from fibermap.ingest.frame import FrameSource
from fibermap.ingest.groups import Role, Selector
from fibermap.ingest.report import IngestReport
from fibermap.ingest.roles import RoleOverride
from fibermap.kernel.clock import SystemClock
from fibermap.plan import Plan
from fibermap.store import Store
from fibermap.store.copying import filled_tables
from fibermap.store.temporal import temporal_tables

GEOD = Geod(ellps="WGS84")
CORNER = (-111.3, 45.85)
ROLES = {
    "county": Role.ADDRESSES,
    "second": Role.ADDRESSES,
    "fabric": Role.ADDRESSES,
    "plan": Role.COVERAGE,
    "other_plan": Role.COVERAGE,
    "holds": Role.EXCLUSION,
    "terminals": Role.NETWORK_POINTS,
    "routes": Role.NETWORK_LINES,
    "rivers": Role.BARRIER,
    "zips": Role.BOUNDARY,
    "cities": Role.BOUNDARY,
    "buildings": Role.BUILDING,
}
"""Source name -> role, so that a test's frames need no guessing."""


_KEPT = ("ledger_account", "migration", "rule_setting", "subscription")
_IDLE: list[Store] = []


@contextmanager
def new_plan() -> Iterator[Plan]:
    """Lend a plan in memory with nothing in it.

    Its store is emptied afterwards and lent again, since making its tables takes longest; what else a plan has (its
    index, its gateway, the settings of its environment) is its own.
    """
    store = _IDLE.pop() if _IDLE else Store.open(":memory:", threads=1)
    yield Plan(store)
    _empty(store)
    _IDLE.append(store)


@contextmanager
def furnished(furnish: Callable[..., object], *told: Hashable) -> Iterator[Plan]:
    """Lend a plan as a function leaves it that is called with it and what it is told.

    What it wrote is kept the first time, and laid in the next: rows are there far sooner than files are read.
    """
    with new_plan() as fm:
        key = (id(fm.store), furnish, told)
        if key in _FURNISHED:
            _FURNISHED[key].lay_in()
        else:
            furnish(fm, *told)
            _FURNISHED[key] = _Copy(fm)
        yield fm


class _Copy:
    """All rows of a plan, in tables of a connection of their own."""

    def __init__(self, fm: Plan) -> None:
        self._cursor = fm.store.database.new_cursor()
        self._tables = [table for table in filled_tables(fm.store.sql) if table != "migration"]
        for table in self._tables:
            self._cursor.execute(f"CREATE OR REPLACE TEMP TABLE copy_of_{table} AS FROM {table}")

    def lay_in(self) -> None:
        """Write them into the plan, which has none; what a new plan has of its own makes room."""
        for table in set(_KEPT) & set(self._tables):
            self._cursor.execute(f"DELETE FROM {table}")
        self._cursor.begin()
        for table in self._tables:
            self._cursor.execute(f"INSERT INTO {table} FROM copy_of_{table}")
        self._cursor.commit()


_FURNISHED: dict[tuple[Hashable, ...], _Copy] = {}


def _empty(store: Store) -> None:
    tables = filled_tables(store.sql)
    store.witness = None  # nobody asks who emptied it
    with store.unit_of_work(cause="test") as uow:
        for table in tables:
            if table not in _KEPT:
                uow.sql.execute("test.empty", f"DELETE FROM {table}")
        uow.sql.execute("test.settings", "DELETE FROM rule_setting WHERE from_version > 0")
        uow.sql.execute("test.settings", "UPDATE rule_setting SET to_version = NULL")
    store.clock = SystemClock()  # a test may have set one by hand


def place(east_m: float, north_m: float = 0.0) -> tuple[float, float]:
    """Return longitude and latitude so many metres on the ground east, then north, of the corner."""
    lon, lat, _ = GEOD.fwd(*CORNER, 90.0, east_m)
    lon, lat, _ = GEOD.fwd(lon, lat, 0.0, north_m)
    return round(lon, 12), round(lat, 12)


def box(west_m: float, south_m: float, east_m: float, north_m: float) -> BaseGeometry:
    """Return a rectangle in metres from the corner, as a polygon in EPSG:4326."""
    return shapely.Polygon([place(x, y) for x, y in _ring(west_m, south_m, east_m, north_m)])


def _ring(west: float, south: float, east: float, north: float) -> list[tuple[float, float]]:
    return [(west, south), (east, south), (east, north), (west, north)]


def home(number: int, east_m: float | None, north_m: float = 0.0, **said: Any) -> dict[str, Any]:
    """Return an address row: ``number`` Main St, at a place in metres, or nowhere for None."""
    where = None if east_m is None else shapely.Point(place(east_m, north_m))
    row = {"OBJECTID": number, "ADDNUM": str(number), "STREET": "Main St", "UNIT": None, "CITY": None, "ZIP": "59741"}
    return row | {"TYPE": "Single Family", "geometry": where} | said


def area(name: str, status: str | None, shape: BaseGeometry, **said: Any) -> dict[str, Any]:
    """Return a coverage area row."""
    return {"NAME": name, "STATUS": status, "geometry": shape} | said


def terminal(
    name: str, east_m: float, north_m: float = 0.0, status: str | None = "Build", **said: Any
) -> dict[str, Any]:
    """Return a terminal row."""
    at = shapely.Point(place(east_m, north_m))
    return {"TERMINAL": name, "TYPE": "terminal", "STATUS": status, "geometry": at} | said


def line(*points: tuple[float, float], **said: Any) -> dict[str, Any]:
    """Return a line row through places in metres."""
    return {"geometry": shapely.LineString([place(*point) for point in points])} | said


def source(name: str, rows: Iterable[dict[str, Any]]) -> FrameSource:
    """Return rows as a source of that name."""
    listed = list(rows)
    columns = list(dict.fromkeys(column for row in listed for column in row)) or ["geometry"]
    frame = gpd.GeoDataFrame(
        {c: np.array([row.get(c) for row in listed], dtype=object) for c in columns if c != "geometry"},
        geometry=[row["geometry"] for row in listed],
        crs="EPSG:4326",
    )
    return FrameSource(frame, name)


def ingest(fm: Plan, *sources: FrameSource, yes: bool = True, **decisions: Any) -> IngestReport:
    """Ingest sources under their names in the roles that :data:`ROLES` gives them."""
    roles = [RoleOverride(ROLES[item.path], Selector(item.path)) for item in sources]
    return fm.ingest(*sources, yes=yes, progress=False, roles=roles, **decisions)


def rows(fm: Plan, statement: str) -> list[dict[str, Any]]:
    """Return what a statement selects, as dictionaries."""
    listed: list[dict[str, Any]] = fm.store.sql.arrow("test", statement).to_pylist()
    return listed


def classes(fm: Plan) -> dict[str, str]:
    """Return delivery line -> class of all current addresses."""
    return {row["delivery_line"]: row["class"] for row in rows(fm, "SELECT delivery_line, class FROM addresses")}


def ids(fm: Plan) -> dict[str, int]:
    """Return delivery line -> id of all current addresses."""
    return {
        row["delivery_line"]: row["address_id"] for row in rows(fm, "SELECT * FROM address WHERE to_version IS NULL")
    }


def view(fm: Plan, line: str) -> dict[str, Any]:
    """Return the row of the view ``addresses`` for a delivery line."""
    (found,) = [row for row in rows(fm, "SELECT * FROM addresses") if row["delivery_line"] == line]
    return found


def state(fm: Plan) -> dict[str, list[tuple[Any, ...]]]:
    """Return everything that holds now: current rows of all temporal tables and what follows, without versions."""
    with fm.store.unit_of_work(cause="test") as uow:
        temporal = temporal_tables(uow)
    now: dict[str, list[tuple[Any, ...]]] = {table: [] for table in temporal}
    for table in now.keys() & set(filled_tables(fm.store.sql)):
        now[table] = _sorted(fm, f"SELECT * EXCLUDE (from_version, to_version) FROM {table} WHERE to_version IS NULL")
    now["verdict"] = _sorted(fm, "SELECT * EXCLUDE (version) FROM verdict")
    now["flag"] = _sorted(fm, "SELECT * EXCLUDE (since_version) FROM flag")
    now["address_hold"] = _sorted(fm, "SELECT * FROM address_hold")
    return now


def differences(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Return, for each table that differs, the rows that only one of two states has."""
    return {
        table: {
            "gone": [r for r in before[table] if r not in after[table]],
            "new": [r for r in after[table] if r not in before[table]],
        }
        for table in before
        if before[table] != after[table]
    }


def _sorted(fm: Plan, statement: str) -> list[tuple[Any, ...]]:
    table: pa.Table = fm.store.sql.arrow("test", statement)
    return sorted((tuple(row.values()) for row in table.to_pylist()), key=repr)


def sound(fm: Plan) -> None:
    """Assert what has to hold after anything at all: replay, a clean doctor, and a classify that finds nothing."""
    before = state(fm)
    replayed = fm.replay()
    assert replayed.differences == 0, replayed.samples
    assert fm.doctor() == []
    assert fm.classify().changed == 0
    assert differences(before, state(fm)) == {}


def counts_conserved(report: IngestReport) -> Sequence[bool]:
    """Return for each layer of a report whether everything that was read is accounted for."""
    return [count.conserved for count in report.files]
