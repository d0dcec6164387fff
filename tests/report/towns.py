"""A town for the screens: houses of every class, a building, areas, a network, a hold, and what may not be listed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import mapbox_vector_tile

from fibermap.plan import Plan
from fibermap.report.screen import Screen
from fibermap.report.world import EXTENT, Tile
from tests.builders import area, box, furnished, home, ingest, line, source, terminal

HOMES = [home(n, 40 * n, TYPE="Business" if n % 3 == 0 else "Single Family") for n in range(1, 12)]
BUILDING = [home(20, 320, UNIT=unit, OBJECTID=200 + at) for at, unit in enumerate("AB")]
NOWHERE = home(12, None, ZIP="59715")
SECRET = [home(40 + n, 40 * n, 60) for n in range(3)]
AREAS = [
    area("North", "Build", box(20, -30, 170, 30), PHASE="Phase 1, west"),
    area("South", "Pre-build", box(170, -30, 290, 30), PHASE="Phase 2", EXPECTED_LIVE="2027-03-01"),
]
TERMINALS = [terminal("T1", 60, 20), terminal("T2", 200, 20, "Pre-build")]
ROUTES = [line((20, 25), (290, 25), STATUS="Build")]


@contextmanager
def town() -> Iterator[Plan]:
    """Lend a plan with the town in it; the addresses of one of its sources may not be listed."""
    with furnished(_furnish_town) as fm:
        yield fm


def _furnish_town(fm: Plan) -> None:
    ingest(
        fm, source("county", [*HOMES, *BUILDING, NOWHERE]), source("plan", AREAS), source("terminals", TERMINALS),
        source("routes", ROUTES),
    )  # fmt: skip
    ingest(fm, source("second", SECRET), permitted_uses=frozenset({"sales", "filing"}))
    fm.hold(code="unsafe", reason="dog", author="pat", address_id=first_id(fm))


def first_id(fm: Plan) -> int:
    """Return the smallest id of an address that may be listed."""
    return int(fm.store.sql.value("test", "SELECT min(address_id) FROM addresses WHERE listed"))


@contextmanager
def shown(fm: Plan) -> Iterator[Screen]:
    """Lend the screen of a plan, as it is now."""
    screen = Screen(fm.store)
    try:
        screen.refresh()
        yield screen
    finally:
        screen.close()


def decoded(tile: bytes, layer: str) -> list[dict[str, Any]]:
    """Return the features of a tile's layer as an independent reader finds them; y runs down."""
    if not tile:
        return []
    read = mapbox_vector_tile.decode(tile, default_options={"y_coord_down": True})
    assert set(read) == {layer}
    assert read[layer]["extent"] == EXTENT
    features: list[dict[str, Any]] = read[layer]["features"]
    return features


def tiles_with(screen: Screen, zoom: int, table: str = "addresses") -> list[Tile]:
    """Return the tiles of a zoom that have anything of a table in them."""
    shift = 32 - zoom
    found = screen.sql.rows(
        "test", f"SELECT DISTINCT x >> {shift}, y >> {shift} FROM {table} WHERE x IS NOT NULL ORDER BY 1, 2"
    )
    return [Tile(zoom, x, y) for x, y in found]
