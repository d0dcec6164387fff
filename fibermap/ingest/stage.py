"""Stage: read a whole source into one Arrow table, repair its geometry, and hold the reader to the file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count as counting
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from fibermap.formats.model import (
    FEATURE_SCHEMA,
    Feature,
    FeatureSource,
    LayerInfo,
    Notice,
    Outcome,
    to_batches,
)
from fibermap.kernel.errors import Code
from fibermap.spatial.repair import repair

Progress = Callable[[int], None]
"""Called with the number of rows read so far."""


@dataclass(frozen=True, slots=True)
class Repair:
    """A polygon that had to be repaired; ``change`` is the share of its area that the repair added or took."""

    layer: str
    row: int
    name: str | None
    change: float
    before_m2: float
    after_m2: float


@dataclass(frozen=True, slots=True)
class Staged:
    """A source as read: every thing that it holds is one row of ``features`` (``FEATURE_SCHEMA``).

    ``path`` is what a person sees: the file's name without its directory, or an address without its token.
    """

    path: str
    format: str
    features: pa.Table
    layers: tuple[LayerInfo, ...]
    notices: tuple[Notice, ...]
    repairs: tuple[Repair, ...]


def stage(source: FeatureSource, *, path: str, progress: Progress | None = None) -> Staged:
    """Read ``source`` to its end.

    Raises
    ------
    InputRefused
        Whatever the reader refuses the whole file for.
    """
    batches = list(_counted(source.batches(), progress))
    table = pa.Table.from_batches(batches, schema=FEATURE_SCHEMA)
    table, shortfalls = _account(table, source.layers())
    table, repairs = _repair(table)
    return Staged(path, source.format, table, source.layers(), (*source.notices(), *shortfalls), repairs)


def _counted(batches: Iterator[pa.RecordBatch], progress: Progress | None) -> Iterator[pa.RecordBatch]:
    rows = 0
    for batch in batches:
        rows += batch.num_rows
        if progress:
            progress(rows)
        yield batch


def _account(table: pa.Table, layers: tuple[LayerInfo, ...]) -> tuple[pa.Table, list[Notice]]:
    """Make up for what the independent count saw and the reader did not: it is quarantined, never forgotten."""
    parsed = Counter(dict(zip(*_value_counts(table["layer"]), strict=True)))
    missing: list[Feature] = []
    notices: list[Notice] = []
    for layer in layers:
        short = layer.read - parsed[layer.name]
        if short < 0:
            message = f"{layer.name}: the reader found {-short} more things than the file seems to hold."
            notices.append(Notice(Code.ROW_UNREADABLE, message, layer.name, needs_yes=True))
        missing += [
            Feature(
                row=row,
                layer=layer.name,
                outcome=Outcome.QUARANTINED,
                reason=Code.ROW_UNREADABLE,
                detail="The file holds it, but it could not be read.",
            )
            for row in _free_rows(table, layer.name, short)
        ]
    if not missing:
        return table, notices
    return pa.concat_tables([table, pa.Table.from_batches(to_batches(missing), schema=FEATURE_SCHEMA)]), notices


def _free_rows(table: pa.Table, layer: str, count: int) -> list[int]:
    """Return row numbers of a layer that no feature has: those left out, then those behind the last."""
    if count <= 0:
        return []
    taken = set(table.filter(pc.equal(table["layer"], layer))["row"].to_pylist())
    return list(islice((row for row in counting(1) if row not in taken), count))


def _value_counts(column: pa.ChunkedArray) -> tuple[list[Any], list[int]]:
    counts = pc.value_counts(column)
    return counts.field("values").to_pylist(), counts.field("counts").to_pylist()


def _repair(table: pa.Table) -> tuple[pa.Table, tuple[Repair, ...]]:
    """Make invalid polygons valid and say by how much that changed them."""
    usable = pc.is_in(table["outcome"], value_set=pa.array([str(Outcome.INGESTED), str(Outcome.REPAIRED)]))
    geometry = shapely.from_wkb(table["geometry"].to_numpy(zero_copy_only=False))
    polygonal = shapely.get_dimensions(geometry) == 2
    at = np.flatnonzero(polygonal & usable.to_numpy(zero_copy_only=False))
    at = at[~shapely.is_valid(geometry[at])]
    if not len(at):
        return table, ()
    result = repair(geometry[at])
    wkb = table["geometry"].to_pylist()
    columns = {name: table[name].to_pylist() for name in ("outcome", "reason", "detail")}
    repairs = []
    for i, row in enumerate(at):
        fixed, change = result.geometries[i], float(result.change[i])
        lost = fixed is None or shapely.is_empty(fixed)
        columns["outcome"][row] = str(Outcome.QUARANTINED if lost else Outcome.REPAIRED)
        columns["reason"][row] = str(Code.AREA_SELF_INTERSECTS)
        columns["detail"][row] = _say(change, result.note[i], lost)
        wkb[row] = wkb[row] if lost else shapely.to_wkb(fixed)
        if not lost:
            label = table["name"][int(row)].as_py()
            before, after = float(result.area_before_m2[i]), float(result.area_after_m2[i])
            repairs.append(
                Repair(table["layer"][int(row)].as_py(), table["row"][int(row)].as_py(), label, change, before, after)
            )
    table = _set(table, "geometry", pa.array(wkb, type=pa.binary()))
    for name, values in columns.items():
        table = _set(table, name, pa.array(values, type=pa.string()))
    return table, tuple(repairs)


def _say(change: float, note: str, lost: bool) -> str:
    if lost:
        return f"The polygon cannot be used: {note}."
    return f"The polygon's edge crossed itself ({note}); the repair changed its area by {change:.2%}."


def _set(table: pa.Table, name: str, values: pa.Array) -> pa.Table:
    return table.set_column(table.schema.get_field_index(name), FEATURE_SCHEMA.field(name), values)
