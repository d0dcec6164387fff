"""Stage: read a whole source into one Arrow table, repair its geometry, and hold the reader to the file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

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
from fibermap.kernel.crs import crs_name, parse_crs, to_lonlat
from fibermap.kernel.errors import Code, InputRefused
from fibermap.spatial.repair import repair

if TYPE_CHECKING:
    import geopandas as gpd

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
                row=parsed[layer.name] + 1 + i,
                layer=layer.name,
                outcome=Outcome.QUARANTINED,
                reason=Code.ROW_UNREADABLE,
                detail="The file holds it, but it could not be read.",
            )
            for i in range(short)
        ]
    if not missing:
        return table, notices
    return pa.concat_tables([table, pa.Table.from_batches(to_batches(missing), schema=FEATURE_SCHEMA)]), notices


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
        columns["reason"][row] = str(Code.GEOMETRY_EMPTY if lost else Code.AREA_SELF_INTERSECTS)
        columns["detail"][row] = _say(change, lost)
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


def _say(change: float, lost: bool) -> str:
    if lost:
        return "The polygon's edge crosses itself and encloses nothing."
    return f"The polygon's edge crossed itself; the repair changed its area by {change:.2%}."


def _set(table: pa.Table, name: str, values: pa.Array) -> pa.Table:
    return table.set_column(table.schema.get_field_index(name), FEATURE_SCHEMA.field(name), values)


class FrameSource:
    """A GeoDataFrame as a source; its index is not read, its columns become attributes.

    Raises
    ------
    InputRefused
        ``crs_missing`` where the frame declares no coordinate system and none is given.
    """

    format = "frame"

    def __init__(self, frame: gpd.GeoDataFrame, name: str, crs: object | None = None) -> None:
        declared = crs if crs is not None else frame.crs
        if declared is None:
            raise InputRefused(
                Code.CRS_MISSING,
                "The GeoDataFrame does not say in which coordinate system it is.",
                hint="Set it with gdf.set_crs(...), or pass crs=.",
            )
        self.path = name
        self._crs = parse_crs(declared)
        self._frame = frame

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows in order."""
        geometry = to_lonlat(np.asarray(self._frame.geometry.array, dtype=object), self._crs)
        attributes = self._frame.drop(columns=self._frame.geometry.name).to_dict("records")
        yield from to_batches(
            self._feature(row, shape, dict(said))
            for row, (shape, said) in enumerate(zip(geometry, attributes, strict=True), start=1)
        )

    def _feature(self, row: int, shape: Any, said: dict[str, Any]) -> Feature:
        clean = {str(key): _json_value(value) for key, value in said.items()}
        name = clean.get("name") or clean.get("NAME")
        missing = shape is None or shapely.is_empty(shape)
        return Feature(
            row=row,
            layer=self.path,
            geometry=None if missing else shape,
            attributes=clean,
            name=None if name is None else str(name),
        )

    def layers(self) -> tuple[LayerInfo, ...]:
        """Return the one layer."""
        return (LayerInfo(self.path, len(self._frame), crs_name(self._crs)),)

    def notices(self) -> tuple[Notice, ...]:
        """Return nothing: a frame has already been read by somebody else."""
        return ()


def _json_value(value: Any) -> Any:
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return None
    return value.item() if isinstance(value, np.generic) else value
