"""Towns with a grid of streets, and the curved subdivisions above them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import shapely
from shapely.geometry.base import BaseGeometry

from fibermap.demo.ground import Spot, turned
from fibermap.demo.lots import BUILDING_OFFSET_M, FIRST_LOTS, MAIN_STREET, RESIDENTIAL, Plat
from fibermap.demo.model import CAPITAL, TOWNS, Street, Town
from fibermap.demo.names import FLOWERS, SUBDIVISION_TYPES, TREES, ordinal, paired_name

BLOCK_M, ROW_M = 120.0, 90.0
RIVER_GAP_M = 100.0
"""Between the first row south of Main Street and the next, in the first town, a river runs."""

DISTRICT_BLOCKS = 4
SUBDIVISION_SHARE = 0.2
STREETS_PER_SUBDIVISION = 4
CURVE_M, CURVE_SPACING_M, CURVE_SWING_M, CURVE_LOT_M = 500.0, 110.0, 18.0, 26.0
_FIRST_HUNDRED = 40
"""Block numbers count from far to the west and south, so that no street needs E and W."""


@dataclass(frozen=True, slots=True)
class Site:
    """One town while it is being built."""

    index: int
    town: Town
    plat: Plat

    def place(self, x_m: float, y_m: float) -> Spot:
        """Return where a spot of the town's own grid lies in the county."""
        x, y = turned(x_m, y_m, self.town.turn_deg)
        return x + self.town.x_m, y + self.town.y_m

    def shape(self, corners: list[Spot]) -> BaseGeometry:
        """Return a polygon of the town's own grid as it lies in the county."""
        return shapely.Polygon([self.place(*corner) for corner in corners])

    @property
    def gap_m(self) -> float:
        """How far the southern rows are moved to leave room for the river."""
        return RIVER_GAP_M if self.index == CAPITAL else 0.0


def build_town(plat: Plat, index: int, addresses: int) -> None:
    """Build a town: its grid from the middle outwards, then its subdivisions north of the grid."""
    site = Site(index, TOWNS[index], plat)
    in_subdivisions = int(addresses * SUBDIVISION_SHARE)
    columns, top_m = _build_grid(site, addresses - in_subdivisions)
    _build_subdivisions(site, in_subdivisions, columns, top_m)


def _spiral() -> Iterator[tuple[int, int]]:
    """Yield blocks ring by ring around the crossing of Main Street and Center Avenue."""
    ring = 1
    while True:
        span = range(-ring, ring)
        yield from ((i, j) for j in span for i in span if max(abs(2 * i + 1), abs(2 * j + 1)) == 2 * ring - 1)
        ring += 1


def _build_grid(site: Site, addresses: int) -> tuple[list[int], float]:
    columns: set[int] = set()
    top_m = 0.0
    for i, j in _spiral():
        if addresses <= 0:
            break
        addresses -= _build_block(site, i, j, addresses)
        columns.add(i)
        top_m = max(top_m, (j + 1) * ROW_M)
    return sorted(columns), top_m


def _build_block(site: Site, i: int, j: int, room: int) -> int:
    """Build one block and return how many addresses it took. Two blocks in three front the streets, one the avenues."""
    left, bottom = i * BLOCK_M, j * ROW_M - (site.gap_m if j <= -2 else 0.0)
    corners = [(left, bottom), (left + BLOCK_M, bottom), (left + BLOCK_M, bottom + ROW_M), (left, bottom + ROW_M)]
    district = f"{site.town.initials}-{i // DISTRICT_BLOCKS:+d}{j // DISTRICT_BLOCKS:+d}"
    terminal = site.place(left + BLOCK_M / 2, bottom + 4.0)
    block_id = site.plat.open_block(site.index, district, site.shape(corners), [terminal])
    lots = _avenue_lots(i, j, left, bottom) if (i + j) % 3 == 0 else _street_lots(i, j, left, bottom)
    taken = 0
    for street, number, x, y in lots:
        if taken >= room:
            break
        kind = _kind(site, street)
        taken += site.plat.build(block_id, site.index, street, number, site.place(x, y), kind, room - taken)
    return taken


def _kind(site: Site, street: Street) -> str:
    always = FIRST_LOTS.get(len(site.plat.structures)) if site.index == CAPITAL else None
    return always or site.plat.choose(MAIN_STREET if street.name == "Main" else RESIDENTIAL)


_Lot = tuple[Street, int, float, float]


def _street_lots(i: int, j: int, left: float, bottom: float) -> Iterator[_Lot]:
    """Yield five lots on the street below the block, even numbers, and five on the one above, odd."""
    for row, y, parity in ((j, bottom + BUILDING_OFFSET_M, 0), (j + 1, bottom + ROW_M - BUILDING_OFFSET_M, 1)):
        for k in range(5):
            number = (i + _FIRST_HUNDRED) * 100 + 4 + 18 * k + parity
            yield _street(row), number, left + 12.0 + 24.0 * k, y


def _avenue_lots(i: int, j: int, left: float, bottom: float) -> Iterator[_Lot]:
    """Yield four lots on the avenue west of the block, odd numbers, and four on the one east of it, even."""
    for column, x, parity in ((i, left + BUILDING_OFFSET_M, 1), (i + 1, left + BLOCK_M - BUILDING_OFFSET_M, 0)):
        for k in range(4):
            number = (j + _FIRST_HUNDRED) * 100 + 6 + 20 * k + parity
            yield _avenue(column), number, x, bottom + 12.0 + 22.0 * k


def _street(row: int) -> Street:
    return Street("Main", "St") if row == 0 else Street(ordinal(abs(row)), "St", "N" if row > 0 else "S")


def _avenue(column: int) -> Street:
    names = TREES if column > 0 else FLOWERS
    if column == 0:
        return Street("Center", "Ave")
    lap, at = divmod(abs(column) - 1, len(names))
    return Street(names[at], ("Ave", "Blvd", "Pkwy", "Ter")[lap % 4])


def _build_subdivisions(site: Site, addresses: int, columns: list[int], top_m: float) -> None:
    """Stack subdivisions of four curved streets above the grid, row by row."""
    across = max(1, int((columns[-1] - columns[0] + 1) * BLOCK_M // (CURVE_M + 100.0)))
    nth = 0
    while addresses > 0:
        subdivision, street = divmod(nth, STREETS_PER_SUBDIVISION)
        row, column = divmod(subdivision, across)
        left = columns[0] * BLOCK_M + column * (CURVE_M + 100.0)
        middle = top_m + 150.0 + row * (STREETS_PER_SUBDIVISION * CURVE_SPACING_M + 60.0) + street * CURVE_SPACING_M
        district = f"{site.town.initials}-{paired_name(site.index * 40 + subdivision * 5)} {subdivision + 1}"
        addresses -= _build_curve(site, nth, district, left, middle, addresses)
        nth += 1


def _build_curve(site: Site, nth: int, district: str, left: float, middle: float, room: int) -> int:
    """Build one curved street with houses on both sides and return how many addresses it took."""

    def curve(x: float) -> float:
        return middle + CURVE_SWING_M * math.sin(2 * math.pi * (x - left) / 260.0)

    xs = [left + 20.0 * k for k in range(int(CURVE_M // 20.0) + 1)]
    half = CURVE_SPACING_M / 2
    corners = [(x, curve(x) - half) for x in xs] + [(x, curve(x) + half) for x in reversed(xs)]
    stands = [left + 80.0 + 170.0 * k for k in range(3)]
    terminals = [site.place(x, curve(x) + 4.0) for x in stands]
    block_id = site.plat.open_block(site.index, district, site.shape(corners), terminals)
    street = Street(paired_name(site.index * 47 + nth), SUBDIVISION_TYPES[nth % len(SUBDIVISION_TYPES)])
    taken = 0
    for k in range(int((CURVE_M - 40.0) // CURVE_LOT_M)):
        for side in (1, -1):
            if taken >= room:
                return taken
            x = left + 26.0 + CURVE_LOT_M * k
            at = site.place(x, curve(x) + side * 24.0)
            kind = site.plat.choose(RESIDENTIAL)
            number = 100 + 4 * k + (1 if side == 1 else 0)
            taken += site.plat.build(block_id, site.index, street, number, at, kind, room - taken)
    return taken
