"""Which addresses: one set of filters that the map, the table, bulk changes and exports share."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Self, TypeVar

import shapely
from shapely.geometry.base import BaseGeometry

from fibermap.address.model import Connectivity, Kind
from fibermap.coverage.model import Class, Flag, Technology
from fibermap.kernel.errors import Code, InputRefused
from fibermap.report.drawn import read_polygon, write_polygon

MOST_WORDS = 200
MOST_IDS = 100_000
LONGEST_TEXT = 200
LONGEST_ID = 16
"""Digits, as many as 2 to the power of 53 has."""

Params = dict[str, Any]
_Word = TypeVar("_Word", bound=StrEnum)
_CONTROLS = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Selection:
    """Filters, all of which an address has to pass; of the words of one filter it has to meet any. Empty: everything.

    Attributes
    ----------
    technologies
        The technology that the address takes its class from.
    flags
        Carries any of these flags.
    held
        Whether a hold is in force on it.
    serviceable
        Whether it is a thing one sells to.
    expected_from, expected_to
        Expected to be live on or after, on or before.
    territory
        ZIP codes, cities or counties, for as long as sales territories have no outlines of their own.
    text
        Words that all stand somewhere in the full address.
    area_ids
        The areas, terminals or routes that decide the class.
    polygon
        Stands in it or on its edge; EPSG:4326.
    ids
        Addresses by id.
    """

    classes: tuple[Class, ...] = ()
    phases: tuple[str, ...] = ()
    technologies: tuple[Technology, ...] = ()
    kinds: tuple[Kind, ...] = ()
    connectivity: tuple[Connectivity, ...] = ()
    orderable: bool | None = None
    flags: tuple[Flag, ...] = ()
    held: bool | None = None
    serviceable: bool | None = None
    expected_from: date | None = None
    expected_to: date | None = None
    territory: tuple[str, ...] = ()
    text: str = ""
    area_ids: tuple[int, ...] = ()
    polygon: BaseGeometry | None = None
    ids: tuple[int, ...] = ()

    @classmethod
    def from_query(cls, query: Mapping[str, Any]) -> Self:
        """Read a selection from a query string or from a JSON object of the same names.

        Parameters
        ----------
        query
            Names as in :data:`NAMES`. Several words stand in a list or between commas, where a comma of a word's own
            has a backslash before it; truth is ``true`` or ``false``; dates are ISO 8601; ``polygon`` as in
            `read_polygon`. An empty text or None filters nothing.

        Raises
        ------
        InputRefused
            ``argument_invalid`` for an unknown name or word, ``limit_exceeded`` for too many; ``field`` names it.
            For a polygon see `read_polygon`.
        """
        for name in query:
            if name not in NAMES:
                raise InputRefused(
                    Code.ARGUMENT_INVALID, "There is no such filter.", hint=f"There are: {', '.join(NAMES)}.",
                    field=str(name)[:100],
                )  # fmt: skip
        given = {name: value for name, value in query.items() if value not in (None, "", [])}
        return cls(
            classes=_words("class", given, Class),
            phases=_texts("phase", given),
            technologies=_words("technology", given, Technology),
            kinds=_words("kind", given, Kind),
            connectivity=_words("connectivity", given, Connectivity),
            orderable=_truth("orderable", given),
            flags=_words("flag", given, Flag),
            held=_truth("held", given),
            serviceable=_truth("serviceable", given),
            expected_from=_day("expected_from", given),
            expected_to=_day("expected_to", given),
            territory=tuple(text.upper() for text in _texts("territory", given)),
            text=_text("text", given),
            area_ids=_ids("area", given),
            polygon=read_polygon(given["polygon"]) if "polygon" in given else None,
            ids=_ids("ids", given),
        )

    def as_query(self) -> dict[str, str]:
        """Return the query string's names and values; reading them gives this selection again."""
        said = {
            "class": ",".join(self.classes),
            "phase": _joined(self.phases),
            "technology": ",".join(self.technologies),
            "kind": ",".join(self.kinds),
            "connectivity": ",".join(self.connectivity),
            "orderable": _written(self.orderable),
            "flag": ",".join(self.flags),
            "held": _written(self.held),
            "serviceable": _written(self.serviceable),
            "expected_from": "" if self.expected_from is None else self.expected_from.isoformat(),
            "expected_to": "" if self.expected_to is None else self.expected_to.isoformat(),
            "territory": _joined(self.territory),
            "text": self.text,
            "area": ",".join(map(str, self.area_ids)),
            "polygon": "" if self.polygon is None else write_polygon(self.polygon),
            "ids": ",".join(map(str, self.ids)),
        }
        return {name: value for name, value in said.items() if value}

    def condition(self) -> tuple[str, Params]:
        """Return a condition over the columns of the view ``addresses``, and its parameters by name.

        The parameters' names begin with ``selection_``, so that they can stand beside others. Every value is a bound
        parameter. Where the condition is NULL, the address is not selected.
        """
        parts = [part for part in self._parts() if part is not None]
        sql = " AND ".join(text for text, _ in parts) or "true"
        return sql, {f"selection_{name}": value for _, params in parts for name, value in params.items()}

    def condition_on_features(self) -> tuple[str, Params]:
        """Return a condition over ``class, phase, technology`` and ``expected_live_on`` of areas and the network.

        What only addresses have filters no feature.
        """
        return Selection(
            classes=self.classes,
            phases=self.phases,
            technologies=self.technologies,
            expected_from=self.expected_from,
            expected_to=self.expected_to,
        ).condition()

    def condition_on_places(self) -> tuple[str, Params]:
        """Return a condition over ``class, lon`` and ``lat`` of places that are no addresses; false with other filters.

        Nobody knows whether such a place would pass a filter that only addresses have.
        """
        shared = Selection(classes=self.classes, polygon=self.polygon)
        return shared.condition() if self == shared else ("false", {})

    def _parts(self) -> Iterator[tuple[str, Params] | None]:
        yield _any_of("class", "classes", self.classes)
        yield _any_of("phase", "phases", self.phases)
        yield _any_of("technology", "technologies", self.technologies)
        yield _any_of("kind", "kinds", self.kinds)
        yield _any_of("connectivity", "connectivity", self.connectivity)
        yield _is("orderable", "orderable", self.orderable)
        if self.flags:
            yield "list_has_any(string_split(flags, ','), $selection_flags::VARCHAR[])", {"flags": _strings(self.flags)}
        yield _is("(holds IS NOT NULL)", "held", self.held)
        yield _is("serviceable", "serviceable", self.serviceable)
        if self.expected_from is not None:
            yield "expected_live_on >= $selection_expected_from", {"expected_from": self.expected_from}
        if self.expected_to is not None:
            yield "expected_live_on <= $selection_expected_to", {"expected_to": self.expected_to}
        if self.territory:
            yield _IN_TERRITORY, {"territory": list(self.territory)}
        for number, word in enumerate(self.text.upper().replace(",", " ").split()):
            yield f"contains(upper(full_address), $selection_text_{number})", {f"text_{number}": word}
        yield _any_of("area_id", "area_ids", self.area_ids, "BIGINT")
        yield self._inside()
        yield _any_of("address_id", "ids", self.ids, "BIGINT")

    def _inside(self) -> tuple[str, Params] | None:
        if self.polygon is None:
            return None
        west, south, east, north = self.polygon.bounds
        frame = {"west": west, "south": south, "east": east, "north": north}
        return _INSIDE, {**frame, "polygon": shapely.to_wkb(self.polygon)}


NAMES: tuple[str, ...] = (
    "class", "phase", "technology", "kind", "connectivity", "orderable", "flag", "held", "serviceable",
    "expected_from", "expected_to", "territory", "text", "area", "polygon", "ids",
)  # fmt: skip
"""The filters, as they are named in query strings and bodies."""

_IN_TERRITORY = """(zip IN (SELECT unnest($selection_territory::VARCHAR[]))
    OR upper(city) IN (SELECT unnest($selection_territory::VARCHAR[]))
    OR upper(county) IN (SELECT unnest($selection_territory::VARCHAR[])))"""
# The frame first: it is read from the order that the rows lie in, and leaves little for the exact test.
_INSIDE = """(lon BETWEEN $selection_west AND $selection_east AND lat BETWEEN $selection_south AND $selection_north
    AND ST_Intersects(ST_GeomFromWKB($selection_polygon), ST_Point(lon, lat)))"""


def _any_of(column: str, name: str, values: tuple[Any, ...], kind: str = "VARCHAR") -> tuple[str, Params] | None:
    if not values:
        return None
    listed = _strings(values) if kind == "VARCHAR" else list(values)
    return f"{column} IN (SELECT unnest($selection_{name}::{kind}[]))", {name: listed}


def _is(column: str, name: str, value: bool | None) -> tuple[str, Params] | None:
    return None if value is None else (f"{column} = $selection_{name}", {name: value})


def _strings(values: tuple[Any, ...]) -> list[str]:
    return [str(value) for value in values]


def _written(truth: bool | None) -> str:
    return "" if truth is None else str(truth).lower()


def _split(text: str) -> list[str]:
    return [re.sub(r"\\(.)", r"\1", part) for part in re.findall(r"(?:[^,\\]|\\.)+", text)]


def _joined(words: tuple[str, ...]) -> str:
    return ",".join(re.sub(r"([,\\])", r"\\\1", word) for word in words)


def _items(name: str, given: Mapping[str, Any], most: int = MOST_WORDS) -> list[str]:
    """Return the words of one filter, each once, in their order."""
    value = given.get(name, ())
    listed = _split(value) if isinstance(value, str) else value if isinstance(value, list | tuple) else [value]
    if len(listed) > most:
        raise InputRefused(
            Code.LIMIT_EXCEEDED, f"More than {most:,} values.", hint="Select by a polygon or another filter.",
            field=name, limit=most,
        )  # fmt: skip
    if any(isinstance(item, bool | float) or not isinstance(item, str | int) for item in listed):
        raise _unusable(name, "Write words, or numbers where ids are meant.")
    return list(dict.fromkeys(text for item in listed if (text := str(item).strip())))


def _words(name: str, given: Mapping[str, Any], kind: type[_Word]) -> tuple[_Word, ...]:
    known = {str(word): word for word in kind}
    items = _items(name, given)
    if any(item not in known for item in items):
        raise _unusable(name, f"There are: {', '.join(known)}.")
    return tuple(known[item] for item in items)


def _texts(name: str, given: Mapping[str, Any]) -> tuple[str, ...]:
    items = _items(name, given)
    if any(len(item) > LONGEST_TEXT or _CONTROLS.search(item) for item in items):
        raise _unusable(name, f"Write at most {LONGEST_TEXT} characters each, no controls.")
    return tuple(items)


def _text(name: str, given: Mapping[str, Any]) -> str:
    value = given.get(name, "")
    if not isinstance(value, str) or len(value) > LONGEST_TEXT or _CONTROLS.search(value):
        raise _unusable(name, f"Write at most {LONGEST_TEXT} characters, no controls.")
    return value.strip()


def _ids(name: str, given: Mapping[str, Any]) -> tuple[int, ...]:
    items = _items(name, given, MOST_IDS)
    if any(not (item.isascii() and item.isdigit() and len(item) <= LONGEST_ID) for item in items):
        raise _unusable(name, "Ids are whole numbers.")
    return tuple(int(item) for item in items)


def _truth(name: str, given: Mapping[str, Any]) -> bool | None:
    value = given.get(name)
    for meaning, written in ((None, None), (True, "true"), (False, "false")):
        if value is meaning or value == written:
            return meaning
    raise _unusable(name, "Write true or false.")


def _day(name: str, given: Mapping[str, Any]) -> date | None:
    value = given.get(name)
    if value is None or type(value) is date:
        return value
    unusable = _unusable(name, "A date is written 2027-03-01.")
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise unusable
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise unusable from error


def _unusable(name: str, hint: str) -> InputRefused:
    return InputRefused(Code.ARGUMENT_INVALID, f"The filter {name} cannot be used.", hint=hint, field=name)
