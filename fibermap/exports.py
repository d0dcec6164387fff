"""Exports by name: addresses, source records and areas, in the format that the file's suffix asks for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa

from fibermap.kernel.errors import Code, InputRefused
from fibermap.results import to_geo

EXPORTS = {"addresses": "addresses", "source-records": "source_records", "areas": "areas"}
"""What can be exported, and the view that it is."""


def export(select: Callable[[str], pa.Table], what: str, path: Path) -> int:
    """Write an export and return its number of rows.

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
    write_features(path, to_geo(table), layer=what)
    return int(table.num_rows)
