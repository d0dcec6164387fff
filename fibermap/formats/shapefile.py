"""Shapefiles that lack a companion, completed in a temporary folder and never beside the user's file.

Source: ESRI Shapefile Technical Description (July 1998).
"""

from __future__ import annotations

import struct
from pathlib import Path

_HEADER_BYTES = 100
MAGIC = b"\x00\x00\x27\x0a"
_COMPANIONS = (".dbf", ".prj", ".cpg")
_SNIFFED_BYTES = 1 << 20


def find_beside(path: Path, suffix: str) -> Path | None:
    """Return the companion of a file with another suffix, in either case."""
    for candidate in (path.with_suffix(suffix), path.with_suffix(suffix.upper())):
        if candidate.is_file():
            return candidate
    return None


def complete(path: Path, folder: Path) -> Path:
    """Return a shapefile that GDAL opens: itself where its index is there, else linked beside an index made for it.

    Parameters
    ----------
    path
        The ``.shp``.
    folder
        An existing temporary folder.
    """
    if find_beside(path, ".shx") is not None:
        return path
    target = folder / "restored" / path.name
    target.parent.mkdir(exist_ok=True)
    target.symlink_to(path.resolve())
    for suffix in _COMPANIONS:
        companion = find_beside(path, suffix)
        if companion is not None:
            target.with_suffix(suffix).symlink_to(companion.resolve())
    target.with_suffix(".shx").write_bytes(_index_of(path))
    return target


def encoding_of(path: Path) -> str | None:
    """Return ``UTF-8`` where the attribute table says nothing about its encoding and its bytes are UTF-8."""
    table = find_beside(path, ".dbf")
    if table is None or find_beside(path, ".cpg") is not None:
        return None
    with table.open("rb") as file:
        start = file.read(_SNIFFED_BYTES)
    if len(start) < 32 or start[29] not in (0, 0x57):  # 0x57: "ANSI", which editors write whatever the text is
        return None
    (header_bytes,) = struct.unpack_from("<H", start, 8)
    try:
        text = start[header_bytes:].decode("utf-8")
    except UnicodeDecodeError as failure:
        if failure.end < len(start) - header_bytes or len(start) < _SNIFFED_BYTES:
            return None
        return "UTF-8"
    return None if text.isascii() else "UTF-8"


def list_records(path: Path) -> list[tuple[int, int]]:
    """Walk a ``.shp`` and return the offset and length of every record, in the 16-bit words of its index."""
    records = []
    with path.open("rb") as file:
        size = file.seek(0, 2)
        at = _HEADER_BYTES
        while at + 8 <= size:
            file.seek(at + 4)
            (words,) = struct.unpack(">i", file.read(4))
            if words < 0:
                break
            records.append((at // 2, words))
            at += 8 + 2 * words
    return records


def holds_shape(path: Path, fid: int) -> bool:
    """Tell whether a record says that it has a shape, by its index entry and its shape type (0 is the null shape)."""
    index = find_beside(path, ".shx")
    if index is None:
        return False
    with index.open("rb") as entries, path.open("rb") as records:
        entries.seek(_HEADER_BYTES + 8 * fid)
        entry = entries.read(8)
        if len(entry) < 8:
            return False
        records.seek(2 * max(0, struct.unpack(">ii", entry)[0]) + 8)
        return records.read(4) not in (b"", b"\x00\x00\x00\x00")


def _index_of(path: Path) -> bytes:
    records = list_records(path)
    with path.open("rb") as file:
        header = bytearray(file.read(_HEADER_BYTES).ljust(_HEADER_BYTES, b"\x00"))
    struct.pack_into(">i", header, 24, (_HEADER_BYTES + 8 * len(records)) // 2)
    return bytes(header) + b"".join(struct.pack(">ii", *record) for record in records)
