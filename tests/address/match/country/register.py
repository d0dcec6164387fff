"""What there is, and what a typed address means by it: the truth that answers are held against.

It is found by comparing the generator's own words, never by reading an address.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from tests.address.match.country.roads import Road, may_be_said, said


class Town(NamedTuple):
    """A place with its ZIP; ``also``: a city by which mail calls it."""

    city: str
    state: str
    zip: str
    also: str = ""


@dataclass(frozen=True)
class House:
    """One address of the reference.

    Attributes
    ----------
    covers
        House numbers that are inside it: those of a range.
    units
        How many units it has that nobody listed.
    alias
        Another name of the road.
    ahead
        What stands in front of the address: an urbanisation. No table of a county has a field for it, so that two
        houses that differ in nothing else are a question.
    """

    style: str
    number: str
    road: Road
    town: Town
    unit: str = ""
    covers: frozenset[str] = frozenset()
    units: int = 0
    alias: Road | None = None
    ahead: str = ""


class Said(NamedTuple):
    """What somebody means to say, before it is spelled: ``""`` where that part is left out."""

    number: str
    road: Road
    city: str
    state: str
    zip: str
    unit: str = ""
    ahead: str = ""


def whole(house: House) -> Said:
    """Return a house with nothing left out."""
    town = house.town
    return Said(house.number, house.road, town.city, town.state, town.zip, house.unit, house.ahead)


class Register:
    """Every house, and which of them a typed address may mean."""

    def __init__(self, houses: list[House]) -> None:
        self.houses = houses
        self._by_number: dict[str, list[int]] = defaultdict(list)
        for row, house in enumerate(houses):
            for number in {house.number, *house.covers}:
                self._by_number[number].append(row)

    def meant(self, asked: Said) -> frozenset[int]:
        """Return the rows of the houses, or of the units of the buildings, that may be meant."""
        found = [row for row in self._by_number[asked.number] if self._is_there(self.houses[row], asked)]
        exact = [row for row in found if self._is_exactly_there(self.houses[row], asked)]
        named = frozenset(exact or found)
        if not asked.unit:
            bare = frozenset(row for row in named if not self.houses[row].unit)
            return bare or named
        return frozenset(row for row in named if self._has_unit(self.houses[row], asked.unit))

    @staticmethod
    def _has_unit(house: House, unit: str) -> bool:
        """Whether a unit is this one, or one that the building has by its count."""
        identifier = unit.rpartition(" ")[2]
        return house.unit == unit or (identifier.isdigit() and 0 < int(identifier) <= house.units)

    def buildings(self, rows: frozenset[int]) -> int:
        """Return how many buildings some rows are."""
        return len(
            {(house.number, house.road, house.town, house.ahead) for house in map(self.houses.__getitem__, rows)}
        )

    def needs_unit(self, rows: frozenset[int]) -> bool:
        """Whether the only building of these rows has units to choose from."""
        house = self.houses[min(rows)]
        same = (self.houses[row] for row in self._by_number[house.number])
        listed = any(each.unit and (each.road, each.town) == (house.road, house.town) for each in same)
        return listed or house.units > 1

    def taken(self, asked: Said) -> bool:
        """Whether anything at all could be meant, in the typed place."""
        return bool(self.meant(asked._replace(unit="", ahead="")))

    def _is_there(self, house: House, asked: Said) -> bool:
        typed = said(asked.road)
        is_road = typed in may_be_said(house.road) or (house.alias is not None and typed == said(house.alias))
        if not is_road:
            return False
        town = house.town
        if not asked.city and not asked.zip:
            return asked.state in ("", town.state)
        is_city = asked.city in (town.city, town.also) and asked.state in ("", town.state) and bool(asked.city)
        return is_city or asked.zip == town.zip

    @staticmethod
    def _is_exactly_there(house: House, asked: Said) -> bool:
        is_city = not asked.city or asked.city in (house.town.city, house.town.also)
        return is_city and (not asked.zip or asked.zip == house.town.zip)

    def names_in(self, town: Town) -> Iterator[str]:
        """Yield the names of all roads of a town, in full."""
        yield from {house.road.name for house in self.houses if house.town == town}
