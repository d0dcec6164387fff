"""Addresses and questions in the styles of the whole country, made from a seed, with the truth of each question.

The truth comes from the generator's own words (`register`), never from reading or matching an address.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import pyarrow as pa

from fibermap.address.match import Gazetteer, Matcher, Segment
from fibermap.address.model import AddressParts
from fibermap.address.parse import parts_from_fields
from tests.address.match.country.asking import Asking
from tests.address.match.country.buildings import BUILDINGS
from tests.address.match.country.cities import CITIES
from tests.address.match.country.grids import GRIDS
from tests.address.match.country.islands import ISLANDS
from tests.address.match.country.register import House, Register
from tests.address.match.country.roads import Road
from tests.address.match.country.rural import RURAL
from tests.address.match.country.style import Style
from tests.address.match.gazetteers import table_of
from tests.address.match.query_set import Query

STYLES: tuple[Style, ...] = (*GRIDS, *CITIES, *RURAL, *ISLANDS, *BUILDINGS)


@dataclass(frozen=True)
class Country:
    """The houses of some styles and the questions about them."""

    houses: list[House]
    queries: list[Query]

    def matcher(self) -> Matcher:
        """Return a matcher over the houses, as a county's table says them."""
        counts = {row: house.units for row, house in enumerate(self.houses) if house.units}
        table = table_of([parts_of(house) for house in self.houses], counts)
        return Matcher([Segment(Gazetteer.build(table, self._aliases()))])

    def _aliases(self) -> pa.Table:
        named = [(row, house) for row, house in enumerate(self.houses) if house.alias]
        table = table_of([_parts(house, house.alias) for _, house in named if house.alias])
        return table.set_column(0, "address_id", pa.array([row for row, _ in named], pa.int64()))


def country(seed: int, count: int, styles: tuple[Style, ...] = STYLES) -> Country:
    """Make the houses of some styles and so many questions about each.

    Parameters
    ----------
    seed
        The same for the same seed.
    count
        Questions a style.
    """
    random = Random(seed)
    of_style = [list(dict.fromkeys(style.houses(random))) for style in styles]
    register = Register([house for houses in of_style for house in houses])
    asked = [Asking(register, style, houses, random) for style, houses in zip(styles, of_style, strict=True)]
    return Country(register.houses, [query for asking in asked for query in asking.queries(count)])


def parts_of(house: House) -> AddressParts:
    """Read a house as a source says it: half of the counties part its fields, the others write it on one line."""
    return _parts(house, house.road)


def _parts(house: House, road: Road) -> AddressParts:
    town = house.town
    place = {"city": town.city, "state": town.state, "zip": town.zip, "unit": house.unit}
    if int(town.zip) % 2:
        return parts_from_fields({"full_address": f"{house.number} {road.words}", **place})
    names = ("pre_directional", "pre_type", "street_name", "post_type", "post_directional")
    return parts_from_fields({"number": house.number, **dict(zip(names, road, strict=True)), **place})
