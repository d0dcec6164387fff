"""Which unit of a building is meant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from fibermap.address.match.gazetteer import Gazetteer
from fibermap.address.match.model import Status

MOST_UNITS = 500
_UNKNOWN = -1


class UnitFound(NamedTuple):
    """The row that is meant (the building's, or its first unit's, where none is), and the units to choose from."""

    status: Status
    row: int
    choices: tuple[int, ...] = ()
    provisional: str | None = None


def find_unit(gazetteer: Gazetteer, rows: Sequence[int], unit: str, spelling: str) -> UnitFound:
    """Find a unit among the rows of one building.

    Parameters
    ----------
    rows
        At least one; those without unit first.
    unit
        The key of the typed unit, ``""`` for none.
    spelling
        The street as it was typed: of two rows that are one address by their key, the one spelled so is meant.

    Returns
    -------
    UnitFound
        ``matched``; ``ambiguous`` for two addresses alike; ``needs_unit`` where the building has several and none was
        typed; ``unit_not_found``; ``confirm`` for a unit that the building has by its count only.
    """
    typed = gazetteer.unit_ids.get(unit, _UNKNOWN)
    units = gazetteer.units_of(rows)
    exact = [row for row, there in zip(rows, units, strict=True) if there == typed]
    listed = tuple(row for row, there in zip(rows, units, strict=True) if there)
    choices = listed[:MOST_UNITS]
    if len(exact) > 1:
        spelled = [row for row in exact if gazetteer.spelling(row) == spelling]
        exact = spelled or exact
    if len(exact) > 1:
        return UnitFound(Status.AMBIGUOUS, exact[0], tuple(exact[:MOST_UNITS]))
    count = int(gazetteer.row_units[rows[0]])
    if exact and (unit or not (listed or count > 1)):
        return UnitFound(Status.MATCHED, exact[0])
    if not unit:
        return UnitFound(Status.NEEDS_UNIT, rows[0], choices)
    if not listed and _within_count(unit, count):
        return UnitFound(Status.CONFIRM, rows[0], (), unit)
    return UnitFound(Status.UNIT_NOT_FOUND, rows[0], choices)


def _within_count(unit: str, count: int) -> bool:
    """Whether a building with so many units may have this one: 1 to the count, or the letters in order."""
    last = unit.rsplit(maxsplit=1)[-1]
    if last.isdigit():
        return 1 <= int(last) <= count
    return len(last) == 1 and last.isalpha() and ord(last) - ord("A") < count
