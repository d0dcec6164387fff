"""Tables with coordinates: CSV and its kin, Parquet, Excel. Every row is a row, with or without a usable position."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
from pyproj import CRS

from fibermap.formats.archive import check_file, is_archive
from fibermap.formats.columns import Chunk, attribute_texts
from fibermap.formats.known_fields import NAME_FIELDS, as_text, pick_field
from fibermap.formats.model import FieldInfo, LayerInfo, Notice
from fibermap.formats.place import Placer
from fibermap.formats.table_encoding import as_utf8
from fibermap.formats.table_excel import open_workbook
from fibermap.formats.table_parquet import MAGIC as PARQUET_MAGIC
from fibermap.formats.table_parquet import open_parquet
from fibermap.formats.table_position import Positions
from fibermap.formats.table_profiles import detect_profile, id_column
from fibermap.formats.table_rows import Rows, Sheet
from fibermap.formats.table_text import TextSheet
from fibermap.kernel.crs import WGS84, crs_name, parse_crs
from fibermap.kernel.errors import Code
from fibermap.kernel.settings import Limits


class TableSource:
    """An opened table; see :func:`read_table`.

    Attributes
    ----------
    profile
        Name of the published table it is (:mod:`~.table_profiles`), or None.
    """

    def __init__(
        self,
        path: Path,
        kind: str,
        sheets: Sequence[Sheet],
        *,
        limits: Limits,
        crs: CRS | None,
        columns: Mapping[str, str],
        keep: object,
    ) -> None:
        self.path, self.format = str(path), kind
        self._sheets, self._limits, self._keep = sheets, limits, keep
        self._positions = [Positions(sheet, columns, crs) for sheet in sheets]
        self._placers = [self._placer(path, sheet, crs) for sheet in sheets]
        self._notices = [notice for sheet in sheets for notice in sheet.notices]
        profile = next((found for sheet in sheets if (found := detect_profile(sheet.columns))), None)
        self.profile = profile.name if profile else None

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows of all sheets, one sheet after the other."""
        for sheet, positions, placer in zip(self._sheets, self._positions, self._placers, strict=True):
            row = 1
            for rows in sheet.rows():
                chunk = _chunk(sheet, rows, row)
                positions.fill(chunk, rows.cells)
                placer.place(chunk)
                chunk.bound_attributes(self._limits.attribute_bytes)
                row += len(chunk)
                yield chunk.to_batch()
            if row > 1 and not positions.is_known:
                message = "No columns with coordinates were found, so that no row has a position."
                self._notices.append(Notice(Code.FIELD_MISSING, message, sheet.name))

    def layers(self) -> tuple[LayerInfo, ...]:
        """Return the sheets; a CSV or Parquet file has one, called like the file."""
        return tuple(
            LayerInfo(
                sheet.name,
                sheet.read,
                crs_name(placer.crs) if placer.crs else "EPSG:4326",
                tuple(FieldInfo(column) for column in sheet.columns),
            )
            for sheet, placer in zip(self._sheets, self._placers, strict=True)
        )

    def notices(self) -> tuple[Notice, ...]:
        """Return what a planner should know about the file as a whole."""
        return (*self._notices, *(notice for placer in self._placers for notice in placer.notices))

    def _placer(self, path: Path, sheet: Sheet, crs: CRS | None) -> Placer:
        where = {"file": path.name, "layer": sheet.name}
        if sheet.geometry is not None:
            return Placer(crs or sheet.crs, where, self._limits.vertices)
        return Placer(crs or WGS84, where, self._limits.vertices, is_declared=crs is not None)


def read_table(
    path: Path, *, limits: Limits, crs: str | None = None, columns: Mapping[str, str] | None = None
) -> TableSource:
    """Open a table.

    Parameters
    ----------
    path
        Delimited text (comma, tab, semicolon or bar; UTF-8, UTF-16 or Windows-1252), Parquet, GeoParquet or an
        Excel workbook; told apart by content.
    limits
        Bounds.
    crs
        The coordinate system of the coordinates. Without it: what GeoParquet declares, else EPSG:4326.
    columns
        ``{"x": ..., "y": ...}`` or ``{"geometry": ...}`` (WKT, hexadecimal WKB or GeoJSON), above the known names.

    Returns
    -------
    TableSource
        Cells of text files are text exactly as written, leading zeros included. A row whose coordinates are blank, no
        numbers, 0, 0 or off the globe is ingested with a NULL geometry, a reason and a detail. Rows with too few
        or too many cells are quarantined.

    Raises
    ------
    InputRefused
        ``file_unreadable``, ``encoding_unknown``, ``limit_exceeded``, ``field_missing``; as
        :func:`~.archive.check_file`; ``crs_missing`` while iterating, where coordinates are no degrees and no
        system is named.
    """
    check_file(path, limits=limits)
    scratch = tempfile.TemporaryDirectory(prefix="fibermap-")
    kind, sheets = _open_sheets(path, limits, Path(scratch.name))
    declared = None if crs is None else parse_crs(crs)
    return TableSource(path, kind, sheets, limits=limits, crs=declared, columns=columns or {}, keep=scratch)


def _open_sheets(path: Path, limits: Limits, scratch: Path) -> tuple[str, Sequence[Sheet]]:
    with path.open("rb") as file:
        start = file.read(4)
    if start == PARQUET_MAGIC:
        return "parquet", [open_parquet(path, limits=limits)]
    if is_archive(path):
        return "excel", open_workbook(path, limits=limits)
    return "csv", [TextSheet(path, as_utf8(path, scratch))]


def _chunk(sheet: Sheet, rows: Rows, first_row: int) -> Chunk:
    names = [name for name in sheet.columns if name != sheet.geometry]
    kept = [index for index, name in enumerate(sheet.columns) if name != sheet.geometry]
    cells = rows.cells if len(kept) == len(sheet.columns) else [[row[index] for index in kept] for row in rows.cells]
    chunk = Chunk.of(
        sheet.name,
        first_row,
        [None] * len(rows.cells),
        attribute_texts(names, cells),
        source_fid=_column(sheet, rows, id_column(sheet.columns)),
        name=_column(sheet, rows, pick_field(sheet.columns, NAME_FIELDS)),
    )
    for fault in rows.faults:
        chunk.mark([fault.index], fault.outcome, fault.reason, fault.detail)
    return chunk


def _column(sheet: Sheet, rows: Rows, name: str | None) -> list[str | None]:
    if name is None:
        return [None] * len(rows.cells)
    at = sheet.columns.index(name)
    return [as_text(row[at]) for row in rows.cells]
