"""Find the sites that a question may mean: by exact key, then in blocks of number and ZIP, city or name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from fibermap.address.match.area import Area
from fibermap.address.match.compare import Faults, compare_streets, fault
from fibermap.address.match.gazetteer import Gazetteer
from fibermap.address.match.model import FaultCode, Place
from fibermap.address.match.numbers import compare_numbers
from fibermap.address.match.question import Question
from fibermap.address.match.shape import Shape
from fibermap.address.street import read_street

_NO_NUMBER = -1
_OTHER_NUMBER = frozenset({FaultCode.NUMBER_FRACTION, FaultCode.NUMBER_RANGE, FaultCode.NUMBER_SUFFIX})
_ALIAS = fault("street", FaultCode.STREET_ALIAS, None, None)


@dataclass(frozen=True, slots=True)
class Segment:
    """Some of the addresses.

    Attributes
    ----------
    gazetteer
        The addresses.
    gone
        Shape ``(len(gazetteer),)``: rows that are no longer valid; None: all are.
    """

    gazetteer: Gazetteer
    gone: npt.NDArray[np.bool_] | None = None

    def rows_of(self, site: int) -> tuple[int, ...]:
        """Return the valid rows at a site, those without unit first."""
        rows = self.gazetteer.rows_of(site)
        return tuple(rows if self.gone is None else [row for row in rows if not self.gone[row]])


@dataclass(slots=True)
class Fit:
    """A building that nothing contradicts, and what differs.

    Attributes
    ----------
    building
        Key of the street and house number, as they are there; with ``zip`` and ``city`` what makes it one building.
    places
        The valid addresses in it, never none.
    reading
        Which way to read the typed street fits; 0 is the plain one.
    codes
        What kinds of faults there are.
    """

    building: tuple[str, str]
    zip: str
    city: str
    places: tuple[Place, ...]
    faults: Faults
    reading: int = 0
    score: float = field(init=False)
    codes: frozenset[FaultCode] = field(init=False)

    def __post_init__(self) -> None:
        self.score = round(max(0.0, 1.0 - sum([each.penalty for each in self.faults])), 4)
        self.codes = frozenset([each.code for each in self.faults])

    @property
    def is_other_number(self) -> bool:
        """Whether the house number that is there has a fraction, letter or range that was not typed, or lacks it."""
        return not self.codes.isdisjoint(_OTHER_NUMBER)

    @property
    def place(self) -> tuple[str, str, str]:
        """The street, ZIP and city."""
        return self.building[0], self.zip, self.city

    def is_same_building(self, other: Fit) -> bool:
        """Whether another fit is of the same building, whose units' sources may lack a ZIP or name another city."""
        if self.building != other.building:
            return False
        if self.zip and other.zip:
            return self.zip == other.zip
        return self.city == other.city or not (self.city and other.city)


class Search:
    """The blocks of all segments."""

    def __init__(self, segments: Sequence[Segment], area: Area) -> None:
        self.segments = tuple(segments)
        self.gazetteers = tuple(segment.gazetteer for segment in segments)
        self.area = area

    def exact(self, asked: Question) -> list[Fit] | None:
        """Return the fits on the street as typed, where no other spelling can be meant; None where one can."""
        fits: list[Fit] = []
        for index, segment in enumerate(self.segments):
            street = segment.gazetteer.street_ids.get(asked.key)
            if street is None:
                if any(segment.gazetteer.has_name(shape.name) for shape in asked.shapes):
                    return None
                continue
            if segment.gazetteer.street_open[street]:
                return None
            sites = segment.gazetteer.sites_on(street, _number(asked))
            fits += self._fits_at(index, asked, sites)
        return _joined(fit for fit in fits if not fit.is_other_number)

    def fits(self, asked: Question) -> list[Fit]:
        """Return every fit, best first, each building once; other numbers of a street only where none is as typed."""
        found = [
            fit
            for index, segment in enumerate(self.segments)
            for fit in self._fits_at(index, asked, self._named(segment.gazetteer, asked))
        ]
        as_typed = {fit.place for fit in found if not fit.is_other_number}
        return _joined(fit for fit in found if not (fit.is_other_number and fit.place in as_typed))

    def _fits_at(self, index: int, asked: Question, sites: Iterable[int]) -> Iterator[Fit]:
        segment = self.segments[index]
        gazetteer = segment.gazetteer
        for site in sites:
            street_id, number = gazetteer.site_street.item(site), gazetteer.number(site)
            street = self._street(asked, gazetteer.shape(street_id))
            in_number = compare_numbers(asked, number) if street else None
            if street is None or in_number is None:
                continue
            zip5, city = gazetteer.zip(site), gazetteer.city(site)
            place = self.area.compare(asked, zip5, city, gazetteer.state(site))
            places = tuple([Place(index, row) for row in segment.rows_of(site)]) if place is not None else ()
            if place is not None and places:
                alias = (_ALIAS,) if gazetteer.site_alias[site] else ()
                faults = (*asked.slips, *in_number, *street[0], *place, *alias)
                yield Fit((gazetteer.street_key(street_id), number), zip5, city, places, faults, street[1])

    def _street(self, asked: Question, there: Shape) -> tuple[Faults, int] | None:
        """Return what differs from a street under the best reading, and which that is: the plain one may misspell."""
        for reading, typed in enumerate(asked.shapes):
            if reading and typed.name != there.name:
                continue
            faults = compare_streets(typed, there, generic=asked.generic_route)
            if faults is not None:
                return self._name_known(asked, faults), reading
        return None

    def _name_known(self, asked: Question, faults: Faults) -> Faults:
        """Doubt a correction of a name that is a street's somewhere: then it was no slip of the finger."""
        if not any(each.code is FaultCode.NAME_SPELLING for each in faults) or not self.has_name(asked.shape.name):
            return faults
        return (*faults, fault("name", FaultCode.NAME_KNOWN, asked.shape.name, None))

    def has_name(self, name: str) -> bool:
        """Whether a street anywhere has this name."""
        return any(segment.gazetteer.has_name(name) for segment in self.segments)

    def _named(self, gazetteer: Gazetteer, asked: Question) -> list[int]:
        """Return the sites worth a look: those of a block whose street's name may be meant."""
        misspelled = "" if asked.shape.numbered else asked.shape.name
        names = [shape.name for shape in asked.shapes]
        return gazetteer.sites_called(self._blocks(gazetteer, asked), names, misspelled)

    def _blocks(self, gazetteer: Gazetteer, asked: Question) -> set[int]:
        """Return the sites with the number in the typed place; on streets that may be meant, where none was typed."""
        number = _number(asked)
        found: set[int] = set()
        if asked.zip and asked.zip in gazetteer.zip_ids:
            found.update(gazetteer.sites_in_zip(number, gazetteer.zip_ids[asked.zip]))
        for city in self.area.cities_like(asked.city):
            if city in gazetteer.city_ids:
                found.update(gazetteer.sites_in_city(number, gazetteer.city_ids[city]))
        if not asked.says_place:
            for street in self.streets(gazetteer, asked):
                found.update(gazetteer.sites_on(street, number))
        return found

    def streets(self, gazetteer: Gazetteer, asked: Question) -> list[int]:
        """Return the streets that may be meant, wherever they are: those of that name first."""
        found = [street for shape in asked.shapes for street in gazetteer.streets_called(shape.name)]
        if not asked.shape.numbered:
            found += gazetteer.streets_called_alike(asked.shape.name)
        return list(dict.fromkeys(found))

    def there(self, gazetteer: Gazetteer, streets: Sequence[int], asked: Question) -> Sequence[int]:
        """Return those of some streets that have an address in the typed ZIP or city; all, where neither was typed."""
        if not asked.says_place:
            return streets
        return gazetteer.streets_in(streets, *self._place_ids(gazetteer, asked))

    def _place_ids(self, gazetteer: Gazetteer, asked: Question) -> tuple[int | None, list[int]]:
        """Return the ids of the typed ZIP and of the cities that may be meant."""
        zip_id = gazetteer.zip_ids.get(asked.zip) if asked.zip else None
        like = self.area.cities_like(asked.city)
        return zip_id, [gazetteer.city_ids[city] for city in like if city in gazetteer.city_ids]

    def is_spelled_there(self, asked: Question) -> bool:
        """Whether a source spells a street in the typed ZIP or city as it was typed."""
        for segment in self.segments:
            gazetteer = segment.gazetteer
            spelling = gazetteer.spelling_ids.get(asked.spelling)
            if spelling is None:
                continue
            if not asked.says_place or gazetteer.is_spelled_in(spelling, *self._place_ids(gazetteer, asked)):
                return True
        return False

    def as_typed(self, asked: Question) -> bool:
        """Whether the street is there in the typed ZIP or city exactly as it was typed."""
        return any(
            asked.key in each.gazetteer.street_ids
            and self.there(each.gazetteer, [each.gazetteer.street_ids[asked.key]], asked)
            for each in self.segments
        )

    def named_there(self, asked: Question) -> bool:
        """Whether a street of the typed name, of any type and direction, is in the typed ZIP or city."""
        return any(
            self.there(each.gazetteer, each.gazetteer.streets_called(asked.shape.name), asked) for each in self.segments
        )

    def has_other_entry(self, asked: Question) -> bool:
        """Whether a numbered road has the house number twice in the typed place: other direction, other word for road.

        Sources that call one road SR 434 and State Rd 434 number it each for itself, and then only a direction tells
        two buildings apart.
        """
        return bool(asked.shape.route) and any(
            rows
            and read_street(segment.gazetteer.spelling(rows[0])).pre_type != asked.parts.pre_type
            and self.agrees(asked, segment.gazetteer, site)
            for segment in self.segments
            for street in segment.gazetteer.streets_called(asked.shape.name)
            if segment.gazetteer.shape(street) != asked.shape
            and segment.gazetteer.shape(street).route == asked.shape.route
            for site in segment.gazetteer.sites_on(street, _number(asked))
            for rows in [segment.rows_of(site)]
        )

    def agrees(self, asked: Question, gazetteer: Gazetteer, site: int) -> bool:
        """Whether a site may lie in the typed place."""
        return self.area.agrees(asked, gazetteer.zip(site), gazetteer.city(site), gazetteer.state(site))

    def runs_in_zip(self, asked: Question) -> bool:
        """Whether the street as typed runs through the typed ZIP."""
        return any(
            asked.key in each.gazetteer.street_ids
            and asked.zip in each.gazetteer.zip_ids
            and each.gazetteer.is_street_in(each.gazetteer.street_ids[asked.key], each.gazetteer.zip_ids[asked.zip])
            for each in self.segments
        )


def _joined(fits: Iterable[Fit]) -> list[Fit]:
    """Return fits best first, each building once with all its addresses, whichever segments they are in."""
    joined: list[Fit] = []
    for fit in sorted(fits, key=lambda fit: (-fit.score, fit.places)):
        same = next((each for each in joined if each.is_same_building(fit)), None)
        if same is None:
            joined.append(fit)
        else:
            same.places = tuple(dict.fromkeys((*same.places, *fit.places)))
    return joined


def _number(asked: Question) -> int:
    return _NO_NUMBER if asked.number is None else asked.number
