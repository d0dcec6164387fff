"""Address rows as the county, a city and the FCC would publish them, each with the place where it truly is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from fibermap.demo.ground import Spot, lonlat
from fibermap.demo.model import STATE_PLANE_TOWN, TOWNS, County, Street, Structure
from fibermap.demo.names import COUNTY, COUNTY_GEOID, STATE

COUNTY_TABLE, CITY_TABLE, FABRIC, FABRIC_MORE = "county", "city", "fabric_active", "fabric_supplemental"

_BLANKS = (None, "", " ")
_SCATTER_M = 3.0
"""Farthest that the Fabric places a location from where it is."""


@dataclass(slots=True)
class Record:
    """One row of an address table.

    Attributes
    ----------
    table
        ``county``, ``city``, ``fabric_active`` or ``fabric_supplemental``.
    source_id
        The table's own id.
    spot
        Where it is, metres; None where nobody could tell from the row.
    written
        Longitude and latitude as the row states them; None where it states none.
    fields
        The row, without its coordinates.
    serviceable
        Whether one sells to it.
    fault
        The code of the fault planted in it, ``""`` for none.
    """

    table: str
    source_id: str
    spot: Spot | None
    written: Spot | None
    fields: dict[str, Any]
    serviceable: bool
    fault: str = ""


def write_records(county: County) -> list[Record]:
    """Return the rows of all four tables, in the order in which they are written."""
    dice = np.random.default_rng([county.seed, 2])
    records: list[Record] = []
    for structure in county.structures:
        fate = dice.random()
        if fate >= 0.01:  # the rest the county has not heard of yet
            records += _local_rows(structure, dice)
        if fate < 0.92:  # and the Fabric misses some
            records += _fabric_rows(structure, dice)
    return records


def local_record(source_id: str, town: int, street: Street, number: int, spot: Spot, **changes: Any) -> Record:
    """Return a row of the county's table, or of the city's in its town, for an address without a unit."""
    if town == STATE_PLANE_TOWN:
        fields = _city_fields(source_id, street, number, "RESIDENTIAL") | changes
        return Record(CITY_TABLE, source_id, spot, lonlat(*spot), fields, serviceable=True)
    fields = _county_fields(source_id, town, street, number, "RESIDENTIAL") | changes
    return Record(COUNTY_TABLE, source_id, spot, lonlat(*spot), fields, serviceable=True)


def fabric_record(location_id: str, town: int, address: str, spot: Spot, **changes: Any) -> Record:
    """Return a row of the Fabric's Active file. Ids are texts with leading zeros."""
    fields = {
        "location_id": location_id,
        "address_primary": address,
        "city": TOWNS[town].name,
        "state": STATE,
        "zip": TOWNS[town].zip,
        "zip_suffix": "",
        "unit_count": "1",
        "bsl_flag": "True",
        "building_type_code": "R",
        "land_use_code": "1",
        "address_confidence_code": "1",
        "county_geoid": COUNTY_GEOID,
        "block_geoid": f"{COUNTY_GEOID}0001001000",
        "fcc_rel": "SYNTHETIC",
    }
    return Record(FABRIC, location_id, spot, lonlat(*spot), fields | changes, serviceable=True)


def _local_rows(structure: Structure, dice: np.random.Generator) -> Iterator[Record]:
    spot = (structure.x_m, structure.y_m)
    for nth, unit in enumerate(structure.units or ("",)):
        source_id = f"LARK{structure.structure_id:06d}{nth:03d}"
        record = local_record(source_id, structure.town, structure.street, structure.number, spot)
        record.serviceable = structure.use.is_served
        city = _sometimes(dice, TOWNS[structure.town].name)
        if record.table == CITY_TABLE:
            record.fields |= {"UNITTYPE": structure.unit_type if unit else "", "UNITID": unit}
            record.fields |= {"POINTTYPE": structure.use.word, "MUNICIPALITY": city}
        else:
            record.fields |= {"Unit": f"{structure.unit_type.title()} {unit}" if unit else None}
            record.fields |= {"Place_Type": structure.use.word, "Inc_Muni": city}
            if dice.random() < 0.05:
                record.fields["Post_Code"] = _BLANKS[int(dice.integers(3))]
        if structure.unit_count and not structure.units:
            record.fields["Unit_Count"] = structure.unit_count
        yield record


def _sometimes(dice: np.random.Generator, text: str) -> str | None:
    return text if dice.random() < 0.6 else _BLANKS[int(dice.integers(3))]


def _county_fields(source_id: str, town: int, street: Street, number: int, word: str) -> dict[str, Any]:
    return {
        "Site_NGUID": source_id,
        "Add_Number": number,
        "AddNum_Suf": None,
        "St_PreDir": street.pre_directional or None,
        "St_PreTyp": street.pre_type or None,
        "St_Name": street.name,
        "St_PosTyp": street.post_type or None,
        "Unit": None,
        "Inc_Muni": None,
        "State": STATE,
        "County": COUNTY,
        "Post_Code": TOWNS[town].zip,
        "Place_Type": word,
        "Placement": "Structure",
        "Notes": None,
    }


def _city_fields(source_id: str, street: Street, number: int, word: str) -> dict[str, Any]:
    parts = (street.pre_directional, street.name, street.post_type)
    return {
        "SITEADDID": source_id,
        "ADDRNUM": str(number),
        "FULLADDR": " ".join([str(number), *filter(None, parts)]).upper(),
        "PREDIR": street.pre_directional,
        "ROADNAME": street.name.upper(),
        "POSTTYPE": street.post_type.upper(),
        "UNITTYPE": "",
        "UNITID": "",
        "MUNICIPALITY": "",
        "ZIPCODE": TOWNS[STATE_PLANE_TOWN].zip,
        "POINTTYPE": word,
    }


def _fabric_rows(structure: Structure, dice: np.random.Generator) -> Iterator[Record]:
    dx, dy = (float(shift) for shift in dice.uniform(-_SCATTER_M / 1.5, _SCATTER_M / 1.5, 2))
    spot = (structure.x_m + dx, structure.y_m + dy)
    location_id = f"{structure.structure_id:010d}"
    address = f"{structure.number} {structure.street}"
    record = fabric_record(location_id, structure.town, address, spot)
    record.serviceable = structure.use.is_served
    record.fields |= {
        "unit_count": str(structure.unit_count or 1),
        "bsl_flag": str(structure.use.is_served),
        "building_type_code": structure.use.fabric_code,
    }
    yield record
    for nth, unit in enumerate(structure.units):
        yield _supplemental(structure, location_id, nth, unit, spot)


def _supplemental(structure: Structure, location_id: str, nth: int, unit: str, spot: Spot) -> Record:
    town, street = TOWNS[structure.town], structure.street
    address_id = f"{structure.structure_id:07d}{nth:03d}"
    fields = {
        "location_id": location_id,
        "address_id": address_id,
        "address_source": "SYNTHETIC",
        "address_confidence_code": "1",
        "address": f"{structure.number} {street} {structure.unit_type} {unit}".upper(),
        "pre_direction": street.pre_directional,
        "street_name": street.name.upper(),
        "suffix": street.post_type.upper(),
        "post_direction": "",
        "city": town.name,
        "state": STATE,
        "zip": town.zip,
        "zip_suffix": "",
        "parcel_id": "",
        "fcc_rel": "SYNTHETIC",
    }
    return Record(FABRIC_MORE, address_id, spot, lonlat(*spot), fields, structure.use.is_served)
