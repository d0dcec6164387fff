"""Parquet tables, plain or with a geometry column.

Source: Apache Parquet format; GeoParquet 1.1 (column metadata, WKB encoding, PROJJSON, default OGC:CRS84).
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
from pyproj import CRS

from fibermap.formats.model import BATCH_ROWS, Notice
from fibermap.formats.table_rows import Rows, column_names
from fibermap.kernel.crs import WGS84, parse_crs
from fibermap.kernel.errors import Code, InputRefused
from fibermap.kernel.settings import Limits

MAGIC = b"PAR1"
_ERRORS = (pa.ArrowException, OSError, ValueError, TypeError, KeyError, OverflowError)


class ParquetSheet:
    """A Parquet file as one sheet. Numbers stay numbers; dates become ISO 8601, binaries base64."""

    def __init__(self, path: Path, file: pq.ParquetFile) -> None:
        self.name, self._path, self._file = path.stem, path, file
        self.notices: list[Notice] = []
        self.columns = column_names(file.schema_arrow.names, path.name)
        self.read = sum(file.metadata.row_group(group).num_rows for group in range(file.metadata.num_row_groups))
        self.geometry: str | None = None
        self.crs: CRS | None = None
        self._read_geo_metadata()

    def rows(self) -> Iterator[Rows]:
        """Yield the rows, at most :data:`~.model.BATCH_ROWS` at a time."""
        geometry_at = self.columns.index(self.geometry) if self.geometry is not None else -1
        try:
            for batch in self._file.iter_batches(batch_size=BATCH_ROWS):
                columns = [_values(column, is_geometry=at == geometry_at) for at, column in enumerate(batch.columns)]
                yield Rows(list(zip(*columns, strict=True)) if columns else [()] * len(batch))
        except _ERRORS as failure:
            raise _refused(self._path, str(failure)) from failure

    def _read_geo_metadata(self) -> None:
        text = (self._file.schema_arrow.metadata or {}).get(b"geo")
        if text is None:
            return
        try:
            geo = orjson.loads(text)
            primary = geo["primary_column"]
            column = geo["columns"][primary]
            encoding, system = column.get("encoding", "WKB"), column.get("crs", "absent")
        except (ValueError, KeyError, TypeError, AttributeError) as failure:
            raise _refused(self._path, f"its GeoParquet metadata is broken ({failure})") from failure
        if encoding != "WKB" or primary not in self.columns:
            raise _refused(self._path, f"its geometry is encoded as {str(encoding)[:40]}, only WKB is read")
        self.geometry = primary
        if system == "absent":
            self.crs = WGS84
        elif system is not None:
            self.crs = parse_crs(orjson.dumps(system).decode())


def open_parquet(path: Path, *, limits: Limits) -> ParquetSheet:
    """Open a Parquet file.

    Raises
    ------
    InputRefused
        ``file_unreadable``; ``archive_bomb`` where its pages unpack to more than ``limits.archive_bytes``;
        ``limit_exceeded`` for too many columns; ``crs_unknown``.
    """
    try:
        file = pq.ParquetFile(path)
        groups = range(file.metadata.num_row_groups)
        unpacked_bytes = sum(file.metadata.row_group(group).total_byte_size for group in groups)
    except _ERRORS as failure:
        raise _refused(path, str(failure)) from failure
    if unpacked_bytes > limits.archive_bytes:
        raise InputRefused(
            Code.ARCHIVE_BOMB,
            f"{path.name} unpacks to {unpacked_bytes:,} bytes, more than the {limits.archive_bytes:,} allowed.",
            hint="Split it, or raise FIBERMAP_LIMIT_ARCHIVE_BYTES.",
            file=str(path),
        )
    return ParquetSheet(path, file)


def _values(column: pa.Array, *, is_geometry: bool) -> list[Any]:
    values: list[Any] = column.to_pylist()
    if is_geometry or not any(isinstance(value, bytes) for value in values[:1_000]):
        return values
    return [base64.b64encode(value).decode() if isinstance(value, bytes) else value for value in values]


def _refused(path: Path, what: str) -> InputRefused:
    return InputRefused(
        Code.FILE_UNREADABLE,
        f"{path.name} cannot be read as Parquet: {what}.",
        hint="Export it again; geometry must be WKB (GeoParquet 1.0).",
        file=str(path),
    )
