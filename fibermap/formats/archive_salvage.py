"""Members of a zip archive whose directory is lost, found by their local headers."""

from __future__ import annotations

import mmap
from pathlib import Path

from fibermap.formats.archive_stream import DEFLATED, LOCAL_HEADER, LOCAL_SIGNATURE, STORED, Entry
from fibermap.kernel.settings import Limits

_SIZES_FOLLOW_FLAG = 0x8
_ENCRYPTED_FLAG = 0x1
_UTF8_FLAG = 0x800


def find_entries(path: Path, *, limits: Limits) -> list[tuple[str, Entry]]:
    """Find the members of a broken archive in the order they lie in the file.

    Encrypted members, other methods than deflate, and stored members of unknown length are left out. An archive
    inside the archive may show its members too; that loses nothing.

    Returns
    -------
    list of (name, Entry)
        At most ``limits.archive_members + 1``, so that the caller can see the excess. Empty for a file that is
        no zip archive.
    """
    found: list[tuple[str, Entry]] = []
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if data[:4] != LOCAL_SIGNATURE:
            return found
        offset = 0
        while offset >= 0 and len(found) <= limits.archive_members:
            entry = _entry_at(data, offset)
            if entry is not None:
                found.append(entry)
            offset = data.find(LOCAL_SIGNATURE, _end_of(data, offset, entry))
    return found


def _entry_at(data: mmap.mmap, offset: int) -> tuple[str, Entry] | None:
    header = data[offset : offset + LOCAL_HEADER.size]
    if len(header) < LOCAL_HEADER.size:
        return None
    _, _, flags, method, _, _, crc, packed_bytes, size_bytes, name_bytes, _ = LOCAL_HEADER.unpack(header)
    name = data[offset + LOCAL_HEADER.size : offset + LOCAL_HEADER.size + name_bytes]
    if flags & _ENCRYPTED_FLAG or method not in (STORED, DEFLATED) or not name:
        return None
    text = name.decode("utf-8" if flags & _UTF8_FLAG else "cp437", "replace").replace("\\", "/")
    if not flags & _SIZES_FOLLOW_FLAG:
        return text, Entry(offset, method, size_bytes, packed_bytes, crc)
    return (text, Entry(offset, method)) if method == DEFLATED else None


def _end_of(data: mmap.mmap, offset: int, entry: tuple[str, Entry] | None) -> int:
    """Return where to look for the next header: after the member where its length is known."""
    if entry is None or entry[1].packed_bytes is None:
        return offset + len(LOCAL_SIGNATURE)
    return min(len(data), offset + LOCAL_HEADER.size + entry[1].packed_bytes)
