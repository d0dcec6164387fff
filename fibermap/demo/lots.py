"""What stands on a lot. One place holds the dice, so that a seed always builds the same county."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from shapely.geometry.base import BaseGeometry

from fibermap.demo.ground import Spot
from fibermap.demo.model import Block, Street, Structure, Use

USES = {
    "home": Use("RESIDENTIAL", "R"),
    "trailer": Use("TRAILER", "R"),
    "farm": Use("FARMSTEAD", "R"),
    "cabin": Use("SEASONAL CABIN", "R"),
    "duplex": Use("MULTI-FAMILY DUPLEX", "R"),
    "apartments": Use("MULTI-FAMILY", "R"),
    "counted": Use("MULTI-FAMILY", "R"),
    "shop": Use("COMMERCIAL", "B"),
    "church": Use("CHURCH", "C"),
    "school": Use("SCHOOL", "C"),
    "office": Use("GOVERNMENT", "C"),
    "garage": Use("GARAGE", "O", is_served=False),
    "barn": Use("BARN/SHOP", "O", is_served=False),
    "landfill": Use("LANDFILL", "O", is_served=False),
    "water": Use("WATER/WASTEWATER", "O", is_served=False),
}
"""Kind of lot -> what the county and the Fabric call it. ``counted`` are apartments that nobody has listed."""

MAIN_STREET = {"shop": 0.62, "home": 0.24, "office": 0.03, "church": 0.01, "garage": 0.02, "vacant": 0.08}
RESIDENTIAL = {
    "home": 0.857,
    "duplex": 0.04,
    "trailer": 0.035,
    "apartments": 0.0018,
    "counted": 0.0008,
    "shop": 0.025,
    "church": 0.004,
    "school": 0.002,
    "office": 0.0014,
    "garage": 0.013,
    "vacant": 0.02,
}
COUNTRY = {"farm": 0.58, "home": 0.26, "cabin": 0.05, "barn": 0.06, "garage": 0.03, "landfill": 0.008, "water": 0.012}
"""Zones: kind of lot -> its share."""

FIRST_LOTS = {4: "apartments", 9: "counted", 14: "church", 19: "school", 24: "landfill", 29: "garage"}
"""Lots of the first town that are always so, so that the smallest county has one of each."""

BUILDING_OFFSET_M = 14.0
"""How far behind its street a town building stands."""


class Plat:
    """The county while it is being built: blocks and structures, and the dice.

    Parameters
    ----------
    seed
        The same seed gives the same county.
    """

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.blocks: list[Block] = []
        self.structures: list[Structure] = []

    def open_block(self, town: int, district: str, cell: BaseGeometry, terminals: Sequence[Spot]) -> int:
        """Add a block and return its id."""
        self.blocks.append(Block(len(self.blocks), town, district, cell, tuple(terminals)))
        return len(self.blocks) - 1

    def choose(self, zone: dict[str, float]) -> str:
        """Throw the dice for a lot."""
        shares = np.cumsum(list(zone.values()))
        return list(zone)[int(np.searchsorted(shares, self.rng.random() * shares[-1], side="right"))]

    def build(self, block_id: int, town: int, street: Street, number: int, at: Spot, kind: str, room: int) -> int:
        """Put a building on a lot and return its number of addresses, at most ``room``; none on a vacant lot."""
        if kind == "vacant":
            return 0
        unit_type, units, unit_count = self._units(kind, room)
        structure = Structure(
            structure_id=len(self.structures) + 1,
            block_id=block_id,
            town=town,
            street=street,
            number=number,
            x_m=at[0] + float(self.rng.uniform(-1.5, 1.5)),
            y_m=at[1] + float(self.rng.uniform(-1.5, 1.5)),
            use=USES[kind],
            unit_type=unit_type,
            units=units,
            unit_count=unit_count,
        )
        self.structures.append(structure)
        return structure.addresses

    def _units(self, kind: str, room: int) -> tuple[str, tuple[str, ...], int | None]:
        if kind == "duplex":
            return "UNIT", ("A", "B")[:room], 2
        if kind == "apartments":
            floors, per_floor = int(self.rng.integers(2, 5)), int(self.rng.integers(4, 9))
            listed = [f"{floor}{door:02d}" for floor in range(1, floors + 1) for door in range(1, per_floor + 1)]
            return "APT", tuple(listed[:room]), len(listed)
        if kind == "counted":
            return "", (), int(self.rng.integers(8, 41))
        return "", (), None
