"""From free text or from the fields of a table to the same `AddressParts`."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import NamedTuple

from fibermap.address.boundary import split_city
from fibermap.address.mail_place import find_mail_place
from fibermap.address.model import AddressParts, Note, ParsedAddress
from fibermap.address.normalise import MAX_TEXT, clean, fold_text, words
from fibermap.address.number import HouseNumber, read_number
from fibermap.address.occupancy import NOWHERE, Occupancy, find_unit, part_glued, read_unit
from fibermap.address.place import Tail, read_state, read_zip, take_tail
from fibermap.address.street import NO_STREET, Street, read_street
from fibermap.address.vocabulary import DIRECTIONS, STREET_TYPES, STRONG_TYPES

_SEPARATORS = re.compile(r"[\n\r;|\t]+")
_SPACED_RANGE = re.compile(r"(^|,)\s*(\d+) - (\d+)\b")
_KILOMETRE = re.compile(
    r"(^|, ?)(?:([^,]+?)(?: |, ?(?=KM[\d .HM]*(?:,|$))))?KM\.? ?(\d{1,3})(?:\.(\d))?(?: ?HM\.? ?(\d))?\b"
)
_CROSSING = re.compile(r" & | @ | / | AT | AND ")
_FRACTION = re.compile(r"[1-9]/[23458]")
_URBANISATIONS = {"URB", "URBANIZACION", "COND", "CONDOMINIO", "BO", "BARRIO", "RES", "RESIDENCIAL", "PARC", "SECTOR"}
_NOT_BEFORE_UNIT = {"HWY", "BYP", "RTE", "LOOP", "RD", "SPUR"}


class _Line(NamedTuple):
    """What one delivery line says."""

    house: HouseNumber | None = None
    street: Street = NO_STREET
    where: Occupancy = NOWHERE
    city: str | None = None
    notes: tuple[Note, ...] = ()


def parse_address(text: str, *, cities: Collection[str] = frozenset()) -> ParsedAddress:
    """Read one address as a person types it, on one line or several.

    Parameters
    ----------
    text
        For example ``755 West Dry Creek Road, Manhattan, MT 59714``; at most 400 characters are read.
    cities
        City names, folded by `fibermap.address.place.fold_city`. Where no comma parts the street from the city, they
        say where the city begins; without them the last type of street says it.

    Returns
    -------
    ParsedAddress
        Never fails: a text without sense has no street, everything in ``unparsed`` and a note.
    """
    folded = _SPACED_RANGE.sub(r"\1\2-\3", fold_text(_SEPARATORS.sub(", ", text[: MAX_TEXT + 1])))
    notes = (Note.TEXT_TRUNCATED,) if len(text) > MAX_TEXT else ()
    if special := _undeliverable(folded):
        return _assemble(*special, notes)
    if "KM" in folded:
        folded = _KILOMETRE.sub(_put_in_front, folded)
    folded = part_glued(folded)
    segments = [list(found) for segment in folded.split(",") if (found := words(segment))]
    tail = take_tail(segments, cities)
    return _read_segments(segments, tail, cities, notes)


def _put_in_front(road: re.Match[str]) -> str:
    """Write the kilometre of a road in front of it, where house numbers stand: Carr 2 Km 12.3."""
    comma, before, whole, tenth, hectometre = road.groups()
    return f"{comma}KM{whole}-{tenth or hectometre or 0} {before or ''}"


def _undeliverable(folded: str) -> tuple[_Line, Tail, list[str]] | None:
    place = find_mail_place(folded)
    if place is None:
        return None
    segments = [list(found) for segment in folded[place.end :].split(",") if (found := words(segment))]
    tail = take_tail(segments)
    city = " ".join(segments.pop()) if segments else None
    left = [word for segment in segments for word in segment]
    street = Street(street_name=place.name, key=place.name)
    where = Occupancy(unit_type="BOX", unit=place.box) if place.box else NOWHERE
    return _Line(None, street, where, city, (Note.NOT_A_SERVICE_ADDRESS,)), tail, left


def _read_segments(
    segments: list[list[str]], tail: Tail, cities: Collection[str], notes: tuple[Note, ...]
) -> ParsedAddress:
    segments = _part_urbanisation(_part_leading_unit(segments))
    at = _street_segment(segments)
    left: list[str] = []
    where = NOWHERE
    for segment in segments[:at]:
        before, found, after = find_unit(segment, 0)
        where = found if where == NOWHERE else where
        left += before + after
    city = None
    for segment in segments[at + 1 :]:
        before, found, after = find_unit(segment, 0)
        where = found if where == NOWHERE else where
        if city is not None:
            left += city.split()
        city = " ".join(before + after) or city
    says_place = city is None and any(tail)
    line = _read_line(segments[at] if segments else [], city is None, says_place, cities)
    if where != NOWHERE:
        line = line._replace(where=where)
    if city is not None:
        line = line._replace(city=city)
    return _assemble(line, tail, left, notes)


def _part_leading_unit(segments: list[list[str]]) -> list[list[str]]:
    """Part a unit that stands before the house number, as in ``#5 123 Main St``, into a segment of its own."""
    before, found, after = find_unit(segments[0], 0) if segments else ([], NOWHERE, [])
    if before or found == NOWHERE or len(after) < 2 or read_number(after[0]) is None:
        return segments
    return [segments[0][: -len(after)], after, *segments[1:]]


def _part_urbanisation(segments: list[list[str]]) -> list[list[str]]:
    """Part the name of a Puerto Rican urbanisation from the house number: Urb Las Gladiolas 150 Calle A."""
    first = segments[0] if segments else []
    if not first or first[0] not in _URBANISATIONS:
        return segments
    numbers = (index for index, word in enumerate(first[2:-1], start=2) if read_number(word) is not None)
    at = next(numbers, None)
    return segments if at is None else [first[:at], first[at:], *segments[1:]]


def _street_segment(segments: list[list[str]]) -> int:
    """Return which segment is the street: the first that begins with a number, else the first that is no unit."""
    for index, segment in enumerate(segments):
        if len(segment) > 1 and read_number(segment[0]) is not None:
            return index
    for index, segment in enumerate(segments):
        if find_unit(segment, 0)[0]:
            return index
    return 0


def _read_line(tokens: list[str], wants_city: bool, says_place: bool, cities: Collection[str]) -> _Line:
    house, rest = _take_number(tokens)
    before, where, after = find_unit(rest, 1)
    notes: list[Note] = [house.note] if house and house.note else []
    city = " ".join(after) or None
    if wants_city and not after and where == NOWHERE:
        before, town = split_city(before, cities, says_place=says_place)
        if town and _could_be_unit(town[0]):
            before, town = [*before, town[0]], town[1:]
            if all(word in DIRECTIONS for word in town):
                before, town = [*before, *town], []
        city = " ".join(town) or None
    if where == NOWHERE and house is not None:
        before, where = _bare_unit(before)
        notes += [Note.UNIT_WITHOUT_DESIGNATOR] if where != NOWHERE else []
    text = " ".join(before)
    if house is None and _is_crossing(text):
        return _Line(None, Street(street_name=text, key=text), where, city, (Note.INTERSECTION,))
    return _Line(house, read_street(text), where, city, tuple(notes))


def _take_number(tokens: list[str]) -> tuple[HouseNumber | None, list[str]]:
    """Take the house number off a line, with a fraction or the second half of a grid number."""
    for count in (2, 1):
        if len(tokens) <= count:
            continue
        is_fraction = count == 2 and _FRACTION.fullmatch(tokens[1])
        is_grid = count == 2 and _is_grid(*tokens[:3])
        if count == 2 and not is_fraction and not is_grid:
            continue
        house = read_number(" ".join(tokens[:count]) if is_fraction else "".join(tokens[:count]))
        if house is not None:
            return house, tokens[count:]
    return None, tokens


def _is_grid(first: str, second: str, following: str) -> bool:
    """Whether two words are one grid number: N57 W24380, or 25W 430 where no Utah street follows (45S 200 E)."""
    if re.fullmatch(r"[NSEW]\d+", first):
        return re.fullmatch(r"[NSEW]\d+", second) is not None
    is_parted = re.fullmatch(r"\d{1,2}[NSEW]", first) and re.fullmatch(r"\d{3,5}", second)
    return bool(is_parted) and following not in DIRECTIONS


def _bare_unit(tokens: list[str]) -> tuple[list[str], Occupancy]:
    """Take a unit without designator off the end: 123 Main St 5, 123 Main St N B."""
    if len(tokens) < 3:
        return tokens, NOWHERE
    last = tokens[-1]
    body = tokens[:-2] if tokens[-2] in DIRECTIONS and len(tokens) > 3 else tokens[:-1]
    short = STREET_TYPES.get(body[-1])
    if not _could_be_unit(last) or len(body) < 2 or short not in STRONG_TYPES or short in _NOT_BEFORE_UNIT:
        return tokens, NOWHERE
    if read_street(" ".join(tokens)).pre_type is not None:
        return tokens, NOWHERE
    return tokens[:-1], Occupancy(unit=last)


def _could_be_unit(word: str) -> bool:
    return re.fullmatch(r"[A-Z]?\d{1,5}[A-Z]?|[A-Z]", word) is not None and word not in DIRECTIONS


def _is_crossing(text: str) -> bool:
    sides = _CROSSING.split(text, maxsplit=1)
    if len(sides) != 2:
        return False
    if " AND " not in text and " AT " not in text:
        return True
    return all(read_street(side).post_type or read_street(side).pre_type for side in sides)


def _assemble(
    line: _Line,
    tail: Tail,
    left: list[str],
    notes: tuple[Note, ...],
    region: tuple[str | None, str | None] = (None, None),
) -> ParsedAddress:
    house, street, where = line.house, line.street, line.where
    if house and where.unit and house.suffix is None and _FRACTION.fullmatch(where.unit):
        house, where = house._replace(suffix=where.unit), where._replace(unit=None, unit_type=None)
    found = [*notes, *line.notes]
    if not street.street_name:
        found.append(Note.STREET_MISSING)
    elif house is None and not line.notes:
        found.append(Note.NUMBER_MISSING)
    parts = AddressParts(
        house.prefix if house else None,
        house.number if house else None,
        house.suffix if house else None,
        *street[:7],
        *where,
        line.city,
        *tail,
        *region,
    )
    return ParsedAddress(parts, " ".join(left), tuple(found))


_STREET_FIELDS = (
    "pre_modifier",
    "pre_directional",
    "pre_type",
    "street_name",
    "post_type",
    "post_directional",
    "post_modifier",
)


def parts_from_fields(fields: Mapping[str, object]) -> AddressParts:
    """Read an address from named fields; see `read_fields`."""
    return read_fields(fields).parts


def read_fields(fields: Mapping[str, object]) -> ParsedAddress:
    """Read an address from the fields of a table row.

    Parameters
    ----------
    fields
        Raw values under the names of `AddressParts`, each optional, of any scalar type, however spelled: ``number``
        may hold ``123 1/2``, ``12-34`` or ``755.0``; ``street_name`` may hold direction and type; ``unit`` may hold
        ``APT 5``. ``full_address`` is read where the fields give no street, or no number.

    Returns
    -------
    ParsedAddress
        What the fields say goes before what the full address says.
    """
    get = fields.get
    said = {name: clean(get(name)) for name in _STREET_FIELDS}
    said["street_name"], in_street = _without_unit(said["street_name"])
    street = _field_street(*said.values())
    house, number_note = _field_number(clean(get("number_prefix")), clean(get("number")), clean(get("number_suffix")))
    where, unit_note = _field_unit(
        clean(get("building")), clean(get("floor")), clean(get("unit_type")), clean(get("unit"))
    )
    notes = [note for note in (number_note, unit_note) if note]
    line = _Line(house, street, in_street if where == NOWHERE else where, clean(get("city")), tuple(notes))
    tail, place_notes = _field_tail(clean(get("state")), clean(get("zip")), clean(get("zip4")))
    text = clean(get("full_address")) if house is None or not street.street_name else None
    if text is not None:
        line, tail = _fill(line, tail, parse_address(text))
    return _assemble(line, tail, [], place_notes, (clean(get("county")), clean(get("country"))))


@lru_cache(maxsize=1 << 17)
def _without_unit(name: str | None) -> tuple[str | None, Occupancy]:
    """Split off a unit that somebody typed behind the street's name: ``MAIN ST APT 4``."""
    before, found, after = find_unit(list(words(name)), 1) if name else ([], NOWHERE, [])
    return (" ".join(before), found) if found != NOWHERE and not after else (name, NOWHERE)


@lru_cache(maxsize=1 << 17)
def _field_street(*parts: str | None) -> Street:
    """Read the street of a row, whose name may repeat the direction and the type of their own fields."""
    pre_modifier, pre_directional, pre_type, name, post_type, post_directional, post_modifier = parts
    inner = list(words(name)) if name else []
    if pre_directional and len(inner) > 1 and inner[0] in DIRECTIONS and inner[1] not in STREET_TYPES:
        repeats = DIRECTIONS[inner[0]] == DIRECTIONS.get(pre_directional.strip("."))
        inner = inner[1:] if repeats else inner
    if post_type and len(inner) > 1 and STREET_TYPES.get(inner[-1]) == STREET_TYPES.get(post_type.strip("."), "?"):
        inner = inner[:-1]
    text = " ".join(
        part
        for part in (pre_modifier, pre_directional, pre_type, *inner, post_type, post_directional, post_modifier)
        if part
    )
    return read_street(text) if text else NO_STREET


def _field_number(prefix: str | None, number: str | None, suffix: str | None) -> tuple[HouseNumber | None, Note | None]:
    if number is None:
        return None, None
    text = f"{prefix or ''}{number}"
    house = read_number(f"{text} {suffix}" if suffix else text) or read_number(number)
    is_zero = not number.strip("0.")
    return house, house.note if house else (None if is_zero else Note.NUMBER_UNREADABLE)


@lru_cache(maxsize=1 << 16)
def _field_unit(
    building: str | None, floor: str | None, unit_type: str | None, unit: str | None
) -> tuple[Occupancy, Note | None]:
    if building is None and floor is None and unit_type is None and unit is None:
        return NOWHERE, None
    designated = f"{unit_type} {unit}" if unit_type and unit else unit or unit_type or ""
    found = read_unit(designated) if designated not in {"0", "00"} else NOWHERE
    if building is not None:
        found = found._replace(building=read_unit(building).building or building)
    if floor is not None and floor != "0":
        found = found._replace(floor=read_unit(floor).floor or floor)
    return found, Note.UNIT_UNREADABLE if found == NOWHERE and designated not in {"", "0", "00"} else None


def _field_tail(state: str | None, zip_text: str | None, zip4_text: str | None) -> tuple[Tail, tuple[Note, ...]]:
    code = read_state(state) if state else None
    zip5, zip4 = read_zip(zip_text) if zip_text else (None, None)
    if zip4_text and zip5 and re.fullmatch(r"\d{1,4}", zip4_text) and zip4_text.strip("0"):
        zip4 = zip4_text.zfill(4)
    notes = []
    if state and code is None:
        notes.append(Note.STATE_UNREADABLE)
    if zip_text and zip5 is None and zip_text.strip("0"):
        notes.append(Note.ZIP_UNREADABLE)
    return Tail(code, zip5, zip4), tuple(notes)


def _fill(line: _Line, tail: Tail, text: ParsedAddress) -> tuple[_Line, Tail]:
    """Fill what the fields leave open from the full address of the same row."""
    parts = text.parts
    named = Street(*(getattr(parts, name) for name in _STREET_FIELDS))
    street = line.street if line.street.street_name else named
    house = line.house
    if house is None and parts.number is not None:
        house = HouseNumber(parts.number_prefix, parts.number, parts.number_suffix)
    where = line.where
    if where == NOWHERE:
        where = Occupancy(parts.building, parts.floor, parts.unit_type, parts.unit)
    notes = tuple(note for note in text.notes if note not in {Note.NUMBER_MISSING, Note.STREET_MISSING})
    filled = _Line(house, street, where, line.city or parts.city, line.notes + notes)
    return filled, Tail(tail.state or parts.state, tail.zip or parts.zip, tail.zip4 or parts.zip4)
