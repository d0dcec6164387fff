"""Exports by name: addresses, source records and areas, in the format that the file's suffix asks for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from fibermap.kernel.errors import Code, InputRefused
from fibermap.kernel.units import METRES_PER_FOOT
from fibermap.results import to_geo

EXPORTS = {"addresses": "listed_addresses", "source-records": "source_records", "areas": "areas"}
"""What can be exported, and the view that it is."""

_LENGTHS = ("drop_m", "length_m")


def export(select: Callable[[str], pa.Table], what: str, path: Path, *, units: str) -> int:
    """Write an export and return its number of rows. For ``units="us"`` lengths are in feet, and their names say so.

    Raises
    ------
    InputRefused
        ``argument_invalid`` for a name that is not in :data:`EXPORTS`, ``export_format_unknown`` for a suffix that
        cannot be written, ``export_target_refused`` for a place that cannot be written to.
    """
    if what not in EXPORTS:
        raise InputRefused(
            Code.ARGUMENT_INVALID, f"There is no export {what!r}.", hint=f"Export one of {', '.join(EXPORTS)}."
        )
    from fibermap.formats.write import write_features

    table = select(EXPORTS[what])
    write_features(path, to_geo(in_feet(table) if units == "us" else table), layer=what)
    return int(table.num_rows)


def in_feet(table: pa.Table) -> pa.Table:
    """Return a table with its lengths in feet to a hundredth, ``drop_m`` as ``drop_ft``."""
    for name in _LENGTHS:
        if name in table.column_names:
            feet = pc.round(pc.divide(table[name], METRES_PER_FOOT), 2)
            table = table.set_column(table.column_names.index(name), name.removesuffix("_m") + "_ft", feet)
    return table
