"""Delimited text, row by row: a bad row is quarantined with its number and never takes the next one with it.

One rule about quotes is shared by the reader here and by :func:`count_records`, which are otherwise independent: cells
in quotes may hold delimiters, line ends and doubled quotes (RFC 4180). Where the quotes of a record are not so, its
first line stands alone.
"""

from __future__ import annotations

import csv
import mmap
import re
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from pyproj import CRS

from fibermap.formats.model import BATCH_ROWS, Notice, Outcome
from fibermap.formats.table_encoding import Utf8File, sniff_delimiter
from fibermap.formats.table_rows import Fault, Rows, column_names
from fibermap.kernel.errors import Code, InputRefused

LONGEST_LINE = 4 << 20
LONGEST_RECORD = 16 << 20
_SAMPLE_CHARACTERS = 1 << 16


class TextSheet:
    """A delimited text file as one sheet; every cell is text, exactly as written."""

    geometry: str | None = None
    crs: CRS | None = None

    def __init__(self, path: Path, text: Utf8File) -> None:
        self.name = path.stem
        self.notices: list[Notice] = list(text.notices)
        self._text = text
        with self._open() as file:
            self._delimiter = sniff_delimiter(file.read(_SAMPLE_CHARACTERS))
        header = next(self._records(), None)
        if header is None or header.fault:
            why = f": {header.fault}" if header else ""
            raise InputRefused(
                Code.FILE_UNREADABLE,
                f"{path.name} has no header row that can be read{why}.",
                hint="Its first line must name the columns.",
                file=str(path),
            )
        self.columns = column_names([cell.replace("\x00", "") for cell in header.cells], path.name)
        self.read = count_records(text.path, self._delimiter, text.skip_bytes) - 1

    def rows(self) -> Iterator[Rows]:
        """Yield the rows after the header, at most :data:`~.model.BATCH_ROWS` at a time."""
        records = self._records()
        next(records)
        rows = Rows()
        for record in records:
            self._add(rows, record)
            if len(rows.cells) == BATCH_ROWS:
                yield rows
                rows = Rows()
        if rows.cells:
            yield rows

    def _add(self, rows: Rows, record: _Record) -> None:
        cells, width, index = record.cells, len(self.columns), len(rows.cells)
        fault = record.fault
        if not fault and len(cells) != width:
            if len(cells) > width and not any(cells[width:]):
                cells = cells[:width]
            else:
                fault = f"it has {len(cells):,} cells where the header has {width:,}"
        if fault:
            rows.faults.append(Fault(index, Outcome.QUARANTINED, Code.ROW_UNREADABLE, fault))
        elif record.remark:
            rows.faults.append(Fault(index, Outcome.REPAIRED, Code.ROW_UNREADABLE, record.remark))
        elif not any(cells):
            rows.faults.append(Fault(index, Outcome.SET_ASIDE, Code.ROW_UNREADABLE, "every cell is blank"))
        rows.cells.append([*cells, *[""] * (width - len(cells))][:width])

    def _open(self) -> TextIO:
        file = self._text.path.open("r", encoding="utf-8", errors="replace", newline="")
        file.read(1 if self._text.skip_bytes else 0)
        return file

    def _records(self) -> Iterator[_Record]:
        with self._open() as file:
            yield from _records(file, self._delimiter)


class _Record:
    """One record: its cells, ``fault`` where it cannot be used, ``remark`` where it was mended."""

    __slots__ = ("cells", "fault", "remark")

    def __init__(self, cells: list[str], fault: str = "", remark: str = "") -> None:
        self.cells, self.fault, self.remark = cells, fault, remark


class _Lines:
    """Lines of a file that can be given back, of bounded length, with those of the current record remembered."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._given_back: deque[str | None] = deque()
        self.taken: list[str] = []
        self.has_nul = False
        self._taken_characters = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._given_back.popleft() if self._given_back else self._read()
        if line is None or self._taken_characters > LONGEST_RECORD:
            if self.taken:
                self._given_back.appendleft(line)
            raise csv.Error(f"a line is longer than {LONGEST_LINE:,} characters")
        self.taken.append(line)
        self.has_nul = self.has_nul or "\x00" in line
        self._taken_characters += len(line)
        return line

    def begin_record(self) -> None:
        self.taken = []
        self.has_nul = False
        self._taken_characters = 0

    def keep_first(self) -> str | None:
        """Give back all lines of the record but the first, and return that one."""
        if not self.taken:
            return None
        self._given_back.extendleft(reversed(self.taken[1:]))
        return self.taken[0]

    def _read(self) -> str | None:
        line = self._file.readline(LONGEST_LINE)
        if not line:
            raise StopIteration
        if len(line) < LONGEST_LINE or line.endswith(("\n", "\r")):
            return line
        while line and not line.endswith(("\n", "\r")):
            line = self._file.readline(LONGEST_LINE)
        return None


def _records(file: TextIO, delimiter: str) -> Iterator[_Record]:
    csv.field_size_limit(max(csv.field_size_limit(), LONGEST_RECORD))
    lines = _Lines(file)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        lines.begin_record()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as failure:
            yield _mended(lines.keep_first(), delimiter, str(failure))
            continue
        if cells:
            yield _without_nul(cells) if lines.has_nul else _Record(cells)


def _mended(line: str | None, delimiter: str, failure: str) -> _Record:
    """Read a line whose quotes are not as they should be on its own, as spreadsheets would."""
    if line is None:
        return _Record([], fault=failure)
    try:
        cells = next(csv.reader([line.rstrip("\r\n")], delimiter=delimiter), [])
    except csv.Error as error:
        return _Record([], fault=str(error))
    return _Record(_without_nul(cells).cells, remark="its quotes are not as they should be")


def _without_nul(cells: list[str]) -> _Record:
    return _Record([cell.replace("\x00", "") for cell in cells], remark="it held NUL characters, which were left out")


def count_records(path: Path, delimiter: str, skip_bytes: int) -> int:
    """Count the records of a UTF-8 file, its header among them, without parsing cells. Blank lines are no records."""
    quoted = rb'"(?:[^"]++|"")*+"'
    plain = rb'(?:[^"%b\r\n][^%b\r\n]*+)?+' % (delimiter.encode(), delimiter.encode())
    cell = rb"(?:%b|%b)" % (quoted, plain)
    record = re.compile(rb"%b(?:%b%b)*+(?=[\r\n]|\Z)|[^\r\n]++" % (cell, re.escape(delimiter.encode()), cell))
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return sum(match.end() > match.start() for match in record.finditer(data, skip_bytes))
