"""Excel workbooks: every sheet a table, cells as text, formulas by the values saved with them and never evaluated.

Source: ECMA-376 part 1, section 18.3 (worksheets).
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException
from pyproj import CRS

from fibermap.formats.archive import Archive, open_archive
from fibermap.formats.model import BATCH_ROWS, Notice
from fibermap.formats.table_rows import Rows, column_names
from fibermap.kernel.errors import Code, FibermapError, InputRefused
from fibermap.kernel.settings import Limits

MOST_ROWS = 1_048_576
"""Of one sheet, as Excel itself has it; a file that claims more is lying."""

LARGEST_MEMBER_BYTES = 1 << 30
_DOCTYPE = b"<!DOCTYPE"
_ERRORS = (
    BadZipFile, InvalidFileException, KeyError, ValueError, TypeError, IndexError, AttributeError, OSError,
    ParseError, SyntaxError, OverflowError, EOFError,
)  # fmt: skip
_ROW = re.compile(rb"<(?:\w+:)?row\b[^>]*>(.*?)</(?:\w+:)?row\s*>", re.DOTALL)
_VALUE = re.compile(rb"<(?:\w+:)?(?:v|t)(?:\s[^>]*)?>[^<]")
_SHEET = re.compile(r"(^|/)xl/worksheets/[^/]+\.xml$", re.IGNORECASE)


class ExcelSheet:
    """One sheet of a workbook; its first row with values names the columns."""

    geometry: str | None = None
    crs: CRS | None = None

    def __init__(self, path: Path, sheet: Any, read: int) -> None:
        self.name, self.read = str(sheet.title), read
        self.notices: list[Notice] = []
        self._path, self._sheet = path, sheet
        header = next(self._filled_rows(), ())
        self.columns = column_names(_trimmed(header), f"{path.name}, sheet {self.name}")

    def rows(self) -> Iterator[Rows]:
        """Yield the rows after the header that have a value, at most :data:`~.model.BATCH_ROWS` at a time."""
        width = len(self.columns)
        rows = Rows()
        filled = self._filled_rows()
        next(filled, None)
        for cells in filled:
            texts = [_text(cell) for cell in cells[:width]]
            rows.cells.append([*texts, *[""] * (width - len(texts))])
            if len(rows.cells) == BATCH_ROWS:
                yield rows
                rows = Rows()
        if rows.cells:
            yield rows

    def _filled_rows(self) -> Iterator[Sequence[Any]]:
        try:
            for number, cells in enumerate(self._sheet.iter_rows(values_only=True), start=1):
                if number > MOST_ROWS:
                    raise _refused(self._path, f"sheet {self.name} has more than {MOST_ROWS:,} rows")
                if any(cell is not None for cell in cells):
                    yield cells
        except _ERRORS as failure:
            raise _refused(self._path, f"sheet {self.name} is broken: {failure}") from failure


def open_workbook(path: Path, *, limits: Limits) -> list[ExcelSheet]:
    """Open every sheet of a workbook that holds a table.

    Raises
    ------
    InputRefused
        ``file_unreadable`` for a broken workbook, ``limit_exceeded`` for absurd sizes, ``xml_entity_refused`` for a
        part that could declare entities, and for its archive as :func:`~.archive.open_archive`.
    """
    try:
        with open_archive(path, limits=limits) as archive:
            _check_members(path, archive)
            counts = _count_rows(archive)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and validations that are of no interest here
            book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
        sheets = [sheet for sheet in book.worksheets if hasattr(sheet, "iter_rows")]
        for sheet in sheets:
            sheet.reset_dimensions()
        opened = [(sheet, counts.get(sheet._worksheet_path.lstrip("/"), 0)) for sheet in sheets]
        return [ExcelSheet(path, sheet, max(0, count - 1)) for sheet, count in opened if count]
    except FibermapError:
        raise
    except _ERRORS as failure:
        raise _refused(path, f"it is no workbook that can be read: {failure}") from failure


def _check_members(path: Path, archive: Archive) -> None:
    """Read every part to its end once: the archive's bounds hold for what it really unpacks to."""
    for member in archive.members:
        if member.name.endswith((".xml", ".rels")):
            with archive.open(member) as stream:
                size, tail = 0, b""
                while block := stream.read(1 << 20):
                    size += len(block)
                    if size > LARGEST_MEMBER_BYTES:
                        raise InputRefused(Code.ARCHIVE_BOMB, f"{member.name} in {path.name} is too large to be read")
                    text = tail + block.replace(b"\0", b"")  # in UTF-16 every other byte is a zero
                    if _DOCTYPE in text:
                        raise _entities_refused(path, member.name)
                    tail = text[1 - len(_DOCTYPE) :]


def _count_rows(archive: Archive) -> dict[str, int]:
    """Count the rows with a value in each sheet's XML, without openpyxl."""
    counts = {}
    for member in archive.members:
        if _SHEET.search(f"/{member.name}"):
            with archive.open(member) as stream:
                text = stream.readall() or b""
            counts[member.name] = sum(_VALUE.search(match[1]) is not None for match in _ROW.finditer(text))
    return counts


def _trimmed(cells: Sequence[Any]) -> Sequence[Any]:
    width = max((number for number, cell in enumerate(cells, start=1) if cell is not None), default=0)
    return [_text(cell) for cell in cells[:width]]


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return str(int(cell))
    if isinstance(cell, datetime | date | time):
        return cell.isoformat().removesuffix("T00:00:00")
    return str(cell)


def _entities_refused(path: Path, member: str) -> InputRefused:
    # Workbooks have no document type (ECMA-376 part 2, section 8.1.4); what expands lies behind one.
    return InputRefused(
        Code.XML_ENTITY_REFUSED,
        f"{member} in {path.name} declares a document type; its entities can expand without bound and are refused",
        hint="Open it in a spreadsheet and save it as .xlsx or CSV.",
        file=str(path),
    )


def _refused(path: Path, what: str) -> InputRefused:
    return InputRefused(
        Code.FILE_UNREADABLE,
        f"{path.name} cannot be read: {what}.",
        hint="Open it in a spreadsheet and save it as .xlsx or CSV.",
        file=str(path),
    )
