"""One layer of a file that GDAL opens, as chunks: in one stream, and row by row around whatever breaks it."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyogrio
from pyproj import CRS

from fibermap.formats import wkb
from fibermap.formats.columns import Chunk, attribute_texts, index_array
from fibermap.formats.domains import Labels, label_of
from fibermap.formats.known_fields import ID_FIELDS, NAME_FIELDS, as_text, pick_field
from fibermap.formats.model import BATCH_ROWS, FieldInfo, LayerInfo, Outcome
from fibermap.formats.place import Placer
from fibermap.formats.shapefile import holds_shape
from fibermap.kernel.crs import crs_name
from fibermap.kernel.errors import Code

CURVE_TOLERANCE_M = 0.01
_DEGREES_PER_M = 1 / 111_320
pyogrio.set_gdal_config_options({"OGR_FLATGEOBUF_STREAM_BASE_IMPL": "YES"})
"""GDAL 3.12's fast way through FlatGeobuf hands out wild offsets where a geometry is null."""

_READ_ERRORS = (pyogrio.errors.DataSourceError, pyogrio.errors.FeatureError, RuntimeError, OSError, ValueError)


@dataclass(slots=True)
class GdalLayer:
    """One layer and how it is read.

    Attributes
    ----------
    path, layer
        What GDAL opens.
    name
        Unique within the source.
    read
        Rows, counted from the file itself; see :mod:`~.gdal_counts`.
    fid_field
        Name of the row id, where the format keeps one (FileGDB, GeoPackage).
    """

    path: Path
    layer: str
    name: str
    read: int
    crs: CRS | None
    has_geometry: bool
    fid_field: str | None
    encoding: str | None = None
    domains: Mapping[str, Labels] = field(default_factory=dict)
    fields: tuple[FieldInfo, ...] = ()

    def info(self) -> LayerInfo:
        """Describe the layer."""
        return LayerInfo(self.name, self.read, crs_name(self.crs) if self.crs else "EPSG:4326", self.fields)

    def chunks(self, placer: Placer) -> Iterator[Chunk]:
        """Yield all rows in order, placed; rows that GDAL cannot read, or passes over, are quarantined."""
        row = 0
        for table in self._tables():
            row += (count := len(table) if isinstance(table, pa.RecordBatch) else table)
            first = row - count + 1
            chunk = self._chunk(table, first) if isinstance(table, pa.RecordBatch) else self._lost(first, count)
            if self.has_geometry:
                placer.place(chunk)
            yield chunk
        while row < self.read:
            count = min(BATCH_ROWS, self.read - row)
            yield self._lost(row + 1, count)
            row += count

    def _tables(self) -> Iterator[pa.RecordBatch | int]:
        """Yield batches, and the number of rows where they cannot be read."""
        row = 0
        try:
            with pyogrio.raw.open_arrow(self.path, batch_size=BATCH_ROWS, use_pyarrow=True, **self._options()) as (
                _,
                reader,
            ):
                for batch in reader:
                    _check(batch)
                    yield batch
                    row += len(batch)
        except _READ_ERRORS:
            yield from self._around_the_break(row, self.read)

    def _around_the_break(self, start: int, stop: int) -> Iterator[pa.RecordBatch | int]:
        """Read what can be read of some rows, by halving until a single row stands alone."""
        pending = [(low, min(low + BATCH_ROWS, stop)) for low in range(start, stop, BATCH_ROWS)][::-1]
        while pending:
            low, high = pending.pop()
            try:
                _, table = pyogrio.raw.read_arrow(
                    self.path, skip_features=low, max_features=high - low, **self._options()
                )
                _check(table)
            except _READ_ERRORS:
                if high - low == 1:
                    yield 1
                else:
                    middle = (low + high) // 2
                    pending += [(middle, high), (low, middle)]
            else:
                yield from table.combine_chunks().to_batches()
                if len(table) < high - low:
                    yield high - low - len(table)

    def _options(self) -> dict[str, Any]:
        return {"layer": self.layer, "encoding": self.encoding, "return_fids": True, "datetime_as_string": True}

    def _chunk(self, batch: pa.RecordBatch, first_row: int) -> Chunk:
        geometry_at = _geometry_column(batch.schema) if self.has_geometry else -1
        columns = [
            (each.name, _values(batch.column(index)))
            for index, each in enumerate(batch.schema)
            if index != geometry_at and not (index == 0 and self.fid_field is None)
        ]
        named = self._labelled(columns)
        names = [name for name, _ in named]
        rows = zip(*(values for _, values in named), strict=True) if named else iter([()] * len(batch))
        chunk = Chunk.of(
            self.name,
            first_row,
            [None] * len(batch),
            attribute_texts(names, rows),
            source_fid=self._source_fids(dict(columns), len(batch)),
            name=_texts(dict(named), NAME_FIELDS, len(batch)),
        )
        if geometry_at >= 0:
            in_degrees = self.crs is not None and self.crs.is_geographic
            tolerance = CURVE_TOLERANCE_M * (_DEGREES_PER_M if in_degrees else 1.0)
            values = batch.column(geometry_at).to_pylist()
            wkb.decode(chunk, values, tolerance)
            self._find_lost_shapes(chunk, values, batch.column(0).to_pylist())
        return chunk

    def _find_lost_shapes(self, chunk: Chunk, values: list[bytes | None], fids: list[int]) -> None:
        """GDAL gives no geometry, and says nothing, for a shape that is there but broken."""
        if self.path.suffix.lower() != ".shp":
            return
        lost = [at for at, value in enumerate(values) if value is None and holds_shape(self.path, fids[at])]
        chunk.mark(index_array(lost), Outcome.QUARANTINED, Code.GEOMETRY_BROKEN, "its shape cannot be read")

    def _labelled(self, columns: list[tuple[str, list[Any]]]) -> list[tuple[str, list[Any]]]:
        """Put labels in place of codes, and the codes beside them."""
        found: list[tuple[str, list[Any]]] = []
        for name, values in columns:
            labels = self.domains.get(name)
            if not labels:
                found.append((name, values))
                continue
            named = [label_of(value, labels) for value in values]
            pairs = zip(values, named, strict=True)
            found.append((name, [value if label is None else label for value, label in pairs]))
            found.append((f"{name}.code", values))
        return found

    def _source_fids(self, columns: Mapping[str, list[Any]], count: int) -> list[str | None]:
        """Choose the best-known id; the bare row number of a GeoPackage comes last, exports number rows anew."""
        return _texts(columns, (*ID_FIELDS, str(self.fid_field).lower()), count)

    def _lost(self, first_row: int, count: int) -> Chunk:
        chunk = Chunk.of(self.name, first_row, [None] * count, ["{}"] * count)
        chunk.mark(np.arange(count), Outcome.QUARANTINED, Code.ROW_UNREADABLE, "GDAL cannot read this row")
        return chunk


def _check(table: pa.RecordBatch | pa.Table) -> None:
    """Raise ``ArrowInvalid`` for memory that is not what it says; codes of domains may lie beyond their labels."""
    for column in table.columns:
        if not pa.types.is_dictionary(column.type):
            column.validate(full=True)


def _geometry_column(schema: pa.Schema) -> int:
    for index, each in enumerate(schema):
        if (each.metadata or {}).get(b"ARROW:extension:name", b"") in (b"geoarrow.wkb", b"ogc.wkb"):
            return index
    return -1


def _values(column: pa.Array) -> list[Any]:
    """Return the cells as JSON values; codes of a domain as codes, binaries as base64."""
    if pa.types.is_dictionary(column.type):
        return list(column.indices.to_pylist())
    values = column.to_pylist()
    if pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type):
        return [None if value is None else base64.b64encode(value).decode() for value in values]
    return list(values)


def _texts(columns: Mapping[str, list[Any]], wanted: tuple[str, ...], count: int) -> list[str | None]:
    name = pick_field(columns, wanted)
    return [None] * count if name is None else [as_text(value) for value in columns[name]]
