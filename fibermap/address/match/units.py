"""Which unit of a building is meant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from fibermap.address.match.gazetteer import Gazetteer
from fibermap.address.match.model import Place, Status

MOST_UNITS = 500
_UNKNOWN = -1


class UnitFound(NamedTuple):
    """The address that is meant (the building's, or its first unit's, where none is), and the units to choose from."""

    status: Status
    place: Place
    choices: tuple[Place, ...] = ()
    provisional: str | None = None


def find_unit(gazetteers: Sequence[Gazetteer], places: Sequence[Place], unit: str, spelling: str) -> UnitFound:
    """Find a unit among the addresses of one building.

    Parameters
    ----------
    gazetteers
        Those of all segments.
    places
        The addresses of the building, at least one.
    unit
        The key of the typed unit, ``""`` for none.
    spelling
        The street as it was typed: of two addresses that are one by their key, the one spelled so is meant.

    Returns
    -------
    UnitFound
        ``matched``; ``ambiguous`` for two addresses alike; ``needs_unit`` where the building has several and none was
        typed; ``unit_not_found``; ``confirm`` for a unit that the building has by its count only.
    """
    typed = [gazetteer.unit_ids.get(unit, _UNKNOWN) for gazetteer in gazetteers]
    units = [gazetteers[segment].row_unit.item(row) for segment, row in places]
    exact = [place for place, there in zip(places, units, strict=True) if there == typed[place.segment]]
    listed = tuple(place for place, there in zip(places, units, strict=True) if there)
    whole = next((place for place, there in zip(places, units, strict=True) if not there), places[0])
    count = gazetteers[whole.segment].row_units.item(whole.row)
    if len(exact) > 1:
        exact = [place for place in exact if gazetteers[place.segment].spelling(place.row) == spelling] or exact
    if len(exact) > 1:
        return UnitFound(Status.AMBIGUOUS, exact[0], tuple(exact[:MOST_UNITS]))
    if exact and (unit or not (listed or count > 1)):
        return UnitFound(Status.MATCHED, exact[0])
    if not unit:
        return UnitFound(Status.NEEDS_UNIT, whole, listed[:MOST_UNITS])
    if not listed and _within_count(unit, count):
        return UnitFound(Status.CONFIRM, whole, (), unit)
    return UnitFound(Status.UNIT_NOT_FOUND, whole, listed[:MOST_UNITS])


def _within_count(unit: str, count: int) -> bool:
    """Whether a building with so many units may have this one: 1 to the count, or the letters in order."""
    last = unit.rsplit(maxsplit=1)[-1]
    if last.isdigit():
        return 1 <= int(last) <= count
    return len(last) == 1 and last.isalpha() and ord(last) - ord("A") < count
