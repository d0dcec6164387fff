"""Where an offering is sold: by polygon, phase, technology or attribute. A region is where all that it names holds."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Annotated, Any

import orjson
import shapely
from pydantic import ConfigDict, Field, StringConstraints
from shapely.geometry.base import BaseGeometry

from fibermap.address.model import Kind
from fibermap.coverage.model import PLANNED
from fibermap.order.ground import Ground

MOST_VALUES = 10_000
Word = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Words = Annotated[tuple[Word, ...], Field(max_length=MOST_VALUES)]


@dataclass(frozen=True, slots=True)
class Region:
    """A part of the world. Every condition that is named must hold; one of many values is enough for each.

    Attributes
    ----------
    name
        What a person calls it.
    shape
        GeoJSON of a Polygon or MultiPolygon in EPSG:4326; its boundary counts as inside, as in coverage. An address
        without a usable position lies in none.
    phases
        Of the plan, as it writes them.
    technologies
        Such as ``fiber``: there where it is build or pre-build.
    cities, states, zips
        Of the address, compared without regard to case.
    kinds
        Who is there, such as ``business``.
    location_ids
        Buildings.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    name: Word
    shape: Annotated[str, StringConstraints(max_length=2_000_000)] | None = None
    phases: Words = ()
    technologies: Words = ()
    cities: Words = ()
    states: Words = ()
    zips: Words = ()
    kinds: Annotated[tuple[Kind, ...], Field(max_length=len(Kind))] = ()
    location_ids: Annotated[tuple[int, ...], Field(max_length=MOST_VALUES)] = ()

    @property
    def names_nothing(self) -> bool:
        """Whether it has no condition, and so would be everywhere."""
        return self.shape is None and not any(
            (self.phases, self.technologies, self.cities, self.states, self.zips, self.kinds, self.location_ids)
        )

    def geometry(self) -> BaseGeometry | None:
        """Return its polygon."""
        return None if self.shape is None else shapely.from_geojson(self.shape)

    def as_json(self) -> dict[str, Any]:
        """Return what it names as JSON values, the polygon as a GeoJSON object."""
        said = {name: value for name, value in asdict(self).items() if value not in (None, ())}
        return said if self.shape is None else said | {"shape": orjson.loads(self.shape)}


class Attributes:
    """The conditions of a region that need no geometry, ready to be asked many times."""

    __slots__ = ("_cities", "_kinds", "_locations", "_phases", "_states", "_technologies", "_zips")

    def __init__(self, region: Region) -> None:
        self._phases = frozenset(region.phases)
        self._technologies = region.technologies
        self._cities = frozenset(map(str.casefold, region.cities))
        self._states = frozenset(map(str.casefold, region.states))
        self._zips = frozenset(map(str.casefold, region.zips))
        self._kinds = frozenset(region.kinds)
        self._locations = frozenset(region.location_ids)

    def hold(self, ground: Ground) -> bool:
        """Whether every one of them holds at an address."""
        return (
            _among(self._cities, ground.city)
            and _among(self._zips, ground.zip)
            and _among(self._states, ground.state)
            and (not self._kinds or ground.kind in self._kinds)
            and (not self._phases or ground.phase in self._phases)
            and (not self._locations or ground.location_id in self._locations)
            and (not self._technologies or any(ground.class_of(each) in PLANNED for each in self._technologies))
        )


def _among(wanted: frozenset[str], value: str | None) -> bool:
    return not wanted or (value is not None and value.casefold() in wanted)
