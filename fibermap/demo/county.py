"""The county: towns, country roads, two neighbourhoods with long and crossing drops, and what drops do not cross."""

from __future__ import annotations

import math

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from fibermap.demo.grid import BLOCK_M, ROW_M, build_town
from fibermap.demo.lots import COUNTRY, Plat
from fibermap.demo.model import CAPITAL, TOWNS, Barriers, County, Street
from fibermap.demo.names import RANCHES, paired_name

RIVERSIDE, COUNTY_LINE = "JF-Riverside", "JF-County Line"
"""Districts with a terminal across the river, and with drops over the limit."""

VACANT_M = 200.0
VACANT_LOTS = 6
RIVER_WIDTH_M = 40.0
_RIVER_Y_M = -ROW_M - 50.0
_HALF_COUNTY_M = 20_000.0
_HOUSES_PER_ROAD = 30
_CLEAR_OF_TOWN_M = 60.0


def build_county(*, seed: int, addresses: int) -> County:
    """Build a county of about ``addresses`` addresses; the same seed and number give the same county.

    Raises
    ------
    ValueError
        For fewer than 240 addresses: the planted faults need that much room.
    """
    if addresses < 240:
        raise ValueError("the synthetic county needs at least 240 addresses")
    plat = Plat(seed)
    for index, town in enumerate(TOWNS):
        build_town(plat, index, round(addresses * town.share))
    west, south, east, north = shapely.union_all([b.cell for b in plat.blocks if b.town == CAPITAL]).bounds
    _build_riverside(plat, east)
    _build_county_line(plat, north)
    vacant = shapely.box(west, south - 100 - VACANT_M, west + VACANT_LOTS * 260.0, south - 100.0)
    _build_country(plat, addresses - sum(s.addresses for s in plat.structures), vacant)
    reach = max(-west, east) + 600.0
    return County(seed, tuple(plat.blocks), tuple(plat.structures), _barriers(reach), vacant)


def vacant_lot(county: County, index: int) -> BaseGeometry:
    """Return one of the empty squares south of the first town, where faults are drawn that must decide nothing."""
    west, south, _, _ = county.vacant.bounds
    left = west + 260.0 * index
    return shapely.box(left, south, left + VACANT_M, south + VACANT_M)


def _build_riverside(plat: Plat, east: float) -> None:
    """Build homes on both banks with one terminal on the northern one: drops to the southern bank cross the river."""
    left = east + 150.0
    cell = shapely.box(left, _RIVER_Y_M - 110.0, left + 200.0, _RIVER_Y_M + 110.0)
    block = plat.open_block(CAPITAL, RIVERSIDE, cell, [(left + 100.0, _RIVER_Y_M + 35.0)])
    for name, side in (("Riverbank", 1), ("Far Bank", -1)):
        for k in range(5):
            at = (left + 30.0 + 35.0 * k, _RIVER_Y_M + side * 60.0)
            plat.build(block, CAPITAL, Street(name, "Rd"), 10 + 4 * k, at, "home", 1)


def _build_county_line(plat: Plat, north: float) -> None:
    """Build farms along a road that is served; every other one lies farther than a drop may be from its terminal."""
    bottom, length = north + 600.0, 2400.0
    cell = shapely.box(-300.0, bottom, 300.0, bottom + length)
    terminals = [(3.0, bottom + 150.0 + 300.0 * k) for k in range(8)]
    block = plat.open_block(CAPITAL, COUNTY_LINE, cell, terminals)
    for k in range(16):
        side = 1 if k % 4 < 2 else -1
        setback = (40.0, 210.0)[k % 2]
        at = (side * setback, bottom + 75.0 + 150.0 * k)
        plat.build(block, CAPITAL, Street("County Line", "Rd"), 1000 + 25 * k, at, "farm", 1)


def _build_country(plat: Plat, addresses: int, vacant: BaseGeometry) -> None:
    """Build country roads until the county is full; no house stands in a town, in a district or on vacant land."""
    by_town: dict[int, list[BaseGeometry]] = {}
    for block in plat.blocks:
        by_town.setdefault(block.town, []).append(block.cell)
    hulls = [shapely.union_all(cells).convex_hull for cells in by_town.values()]
    taken_land = shapely.union_all([*hulls, vacant]).buffer(_CLEAR_OF_TOWN_M)
    shapely.prepare(taken_land)
    nth = 0
    while addresses > 0:
        addresses -= _build_road(plat, nth, min(addresses, _HOUSES_PER_ROAD), taken_land)
        nth += 1


def _build_road(plat: Plat, nth: int, room: int, taken_land: BaseGeometry) -> int:
    start = plat.rng.uniform(-_HALF_COUNTY_M, _HALF_COUNTY_M, 2)
    heading = math.radians(90.0 * int(plat.rng.integers(4)) + float(plat.rng.uniform(-8.0, 8.0)))
    along, across = np.array([math.cos(heading), math.sin(heading)]), np.array([-math.sin(heading), math.cos(heading)])
    street = _country_street(nth)
    block = plat.open_block(-1, "", shapely.Point(start), [])
    gone_m, taken = 0.0, 0
    while taken < room and gone_m < 15_000.0:
        gone_m += float(plat.rng.uniform(60.0, 420.0))
        side = 1 if plat.rng.random() < 0.5 else -1
        x, y = start + along * gone_m + across * side * float(plat.rng.uniform(25.0, 140.0))
        if abs(x) > _HALF_COUNTY_M or abs(y) > _HALF_COUNTY_M or shapely.contains_xy(taken_land, x, y):
            continue
        number = 2 * round(100 + gone_m / 10) + (1 if side == 1 else 0)
        town = min(range(len(TOWNS)), key=lambda t: (TOWNS[t].x_m - x) ** 2 + (TOWNS[t].y_m - y) ** 2)
        taken += plat.build(block, town, street, number, (float(x), float(y)), plat.choose(COUNTRY), 1)
    return taken


def _country_street(nth: int) -> Street:
    if nth % 3 == 0:
        return Street(str(401 + nth), pre_type="County Road")
    if nth % 3 == 1:
        lap, at = divmod(nth // 3, len(RANCHES))
        return Street(RANCHES[at], ("Rd", "Trl", "Ln", "Dr")[lap % 4])
    return Street(paired_name(nth + 90), "Rd")


def _barriers(reach_m: float) -> Barriers:
    """Return a river that runs straight through the first town and winds elsewhere, a railway and a highway."""
    xs = np.arange(-22_000.0, 22_001.0, 200.0)
    beyond = np.maximum(np.abs(xs) - reach_m, 0.0)
    ys = _RIVER_Y_M - 900.0 * np.sin(beyond / 2600.0) ** 2 * np.sign(xs)
    rail = [(-22_000.0, -5200.0), (-5000.0, -4400.0), (3000.0, -4600.0), (9000.0, -5600.0), (22_000.0, -4800.0)]
    west = -reach_m - 800.0
    road = [(west - 900.0, -22_000.0), (west, -6000.0), (west, 6000.0), (west - 1500.0, 22_000.0)]
    return Barriers(
        river=shapely.LineString(np.column_stack([xs, ys])).buffer(RIVER_WIDTH_M / 2, cap_style="flat"),
        railway=shapely.LineString(rail),
        highway=shapely.LineString(road),
    )


def block_land(index: int, row: int) -> BaseGeometry:
    """Return a block of the first town by its place in the grid, north of the river."""
    return shapely.box(index * BLOCK_M, row * ROW_M, (index + 1) * BLOCK_M, (row + 1) * ROW_M)
