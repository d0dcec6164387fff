"""Text files of any encoding as UTF-8, and the delimiter of a table found in them."""

from __future__ import annotations

import codecs
import csv
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fibermap.formats.model import Notice
from fibermap.kernel.errors import Code, InputRefused

_BLOCK_BYTES = 1 << 20
_SNIFFED_BYTES = 1 << 16
_DELIMITERS = (",", "\t", ";", "|")
_SAMPLE_ROWS = 50
_BINARY_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class Utf8File:
    """A text file in UTF-8.

    Attributes
    ----------
    path
        The file itself, or its copy in UTF-8.
    skip_bytes
        Length of the byte order mark.
    """

    path: Path
    skip_bytes: int
    notices: tuple[Notice, ...] = ()


def as_utf8(path: Path, folder: Path) -> Utf8File:
    """Return the file where it is UTF-8, else a copy of it in UTF-8.

    UTF-16 is known by its byte order mark or by the zero bytes of its ASCII characters. What is neither UTF-8 nor
    UTF-16 is read as Windows-1252, and a notice says so.

    Parameters
    ----------
    path
        The text file.
    folder
        An existing temporary folder.

    Raises
    ------
    InputRefused
        ``encoding_unknown`` where the file is no text at all.
    """
    with path.open("rb") as file:
        start = file.read(_SNIFFED_BYTES)
    encoding = _utf16_of(start)
    if encoding is not None:
        return _copied(path, folder, encoding)
    if _is_binary(start):
        raise InputRefused(
            Code.ENCODING_UNKNOWN,
            f"{path.name} is no text that can be read.",
            hint="Save it as CSV in UTF-8.",
            file=str(path),
        )
    skip_bytes = len(codecs.BOM_UTF8) if start.startswith(codecs.BOM_UTF8) else 0
    if _is_utf8(path):
        return Utf8File(path, skip_bytes)
    message = f"{path.name} is not UTF-8; it was read as Windows-1252. Look at names with accents."
    return _copied(path, folder, "cp1252", Notice(Code.ENCODING_UNKNOWN, message))


def sniff_delimiter(sample: str) -> str:
    """Return the delimiter that cuts the first rows into the most cells, equally many in most rows."""
    return max(_DELIMITERS, key=lambda delimiter: _evenness(sample, delimiter))


def looks_delimited(sample: str) -> bool:
    """Tell whether a text is a table: at least two rows, of which nearly all have the same two or more cells."""
    share, width = max(_evenness(sample, delimiter) for delimiter in _DELIMITERS)
    return share >= 0.9 and width >= 2 and "\n" in sample.strip()


def _evenness(sample: str, delimiter: str) -> tuple[float, int]:
    rows: list[Sequence[str]] = []
    try:
        for row in csv.reader(sample.splitlines(keepends=True), delimiter=delimiter):
            if row:
                rows.append(row)
            if len(rows) == _SAMPLE_ROWS:
                break
    except csv.Error:
        pass
    if not rows or len(rows[0]) < 2:
        return (0.0, 0)
    same = sum(len(row) == len(rows[0]) for row in rows) / len(rows)
    return (round(same, 1), len(rows[0]))


def _utf16_of(start: bytes) -> str | None:
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    even, odd = start[0::2], start[1::2]
    if len(start) < 8:
        return None
    if odd.count(0) > 0.4 * len(odd) and not _is_binary(even):
        return "utf-16-le"
    return "utf-16-be" if even.count(0) > 0.4 * len(even) and not _is_binary(odd) else None


def _is_binary(start: bytes) -> bool:
    controls = sum(start.count(code) for code in range(32) if code not in b"\t\n\r\x0c\x1a")
    return controls > _BINARY_SHARE * len(start) + 8


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        try:
            while block := file.read(_BLOCK_BYTES):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _copied(path: Path, folder: Path, encoding: str, *notices: Notice) -> Utf8File:
    copy = folder / "utf8.txt"
    with (
        path.open("r", encoding=encoding, errors="replace", newline="") as source,
        copy.open("w", encoding="utf-8", errors="replace", newline="") as target,
    ):
        shutil.copyfileobj(source, target, _BLOCK_BYTES)
    return Utf8File(copy, 0, notices)
