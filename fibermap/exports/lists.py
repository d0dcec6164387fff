"""Plain lists: a view of the database in the format that the file's suffix asks for."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from fibermap.exports.model import CHOSEN, Material, Which, Written
from fibermap.kernel.units import METRES_PER_FOOT
from fibermap.results import to_geo

_LENGTHS = ("drop_m", "length_m")


def write_addresses(material: Material, path: Path) -> Written:
    """Write the addresses that may be listed."""
    rows = _write(material, path, f"SELECT * FROM {CHOSEN} WHERE listed", "addresses")
    hidden = material.ask(f"SELECT count(*) AS n FROM {CHOSEN} WHERE NOT listed")["n"][0].as_py()
    return Written(rows, {"source_not_permitted": hidden} if hidden else {})


def write_source_records(material: Material, path: Path) -> Written:
    """Write every address record that was read, of all addresses or of those that were asked for."""
    return Written(_write(material, path, _only(material, "source_records", "address_id"), "source-records"))


def write_areas(material: Material, path: Path) -> Written:
    """Write the areas in force, all or those that decide for an address that was asked for."""
    return Written(_write(material, path, _only(material, "areas", "area_id"), "areas"))


def _only(material: Material, view: str, key: str) -> str:
    everything = f"SELECT * FROM {view}"
    return everything if material.which == Which() else f"{everything} WHERE {key} IN (SELECT {key} FROM {CHOSEN})"


def _write(material: Material, path: Path, statement: str, layer: str) -> int:
    from fibermap.formats.write import write_features

    table = material.ask(statement)
    write_features(path, to_geo(in_feet(table) if material.units == "us" else table), layer=layer)
    return int(table.num_rows)


def in_feet(table: pa.Table) -> pa.Table:
    """Return a table with its lengths in feet to a hundredth, ``drop_m`` as ``drop_ft``."""
    for name in _LENGTHS:
        if name in table.column_names:
            feet = pc.round(pc.divide(table[name], METRES_PER_FOOT), 2)
            table = table.set_column(table.column_names.index(name), name.removesuffix("_m") + "_ft", feet)
    return table
