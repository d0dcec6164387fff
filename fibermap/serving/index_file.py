"""One file of named arrays, tables and texts, mapped into memory instead of read.

A header says what the file is and how long it has to be, a directory at its end where everything lies, with a checksum
of each part and one of itself. Every part begins on a boundary of 64 bytes, so that an array in the file is an array in
memory. A file is written under a temporary name and renamed, so that there is never half of one under its name.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Any, BinaryIO

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa

from fibermap.kernel.errors import Code, InputRefused, NotFound

MAGIC = b"FMINDEX\n"
FORMAT = 4
"""Grows with every change that an earlier release could not read."""

_HEADER = struct.Struct("<8sIIQQ")  # magic, format, checksum of the directory, where it begins, length of the file
_ALIGN = 64
_PIECE = 1 << 20

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Contents:
    """What an index file holds.

    Attributes
    ----------
    about
        JSON values: what the index was made from.
    arrays
        Arrays of numbers of any shape; read back, they are views into the file and cannot be written to.
    tables
        Arrow tables; read back, they are views too.
    texts
        Small things in the form of their owners.
    """

    about: Mapping[str, Any]
    arrays: Mapping[str, Array] = field(default_factory=dict)
    tables: Mapping[str, pa.Table] = field(default_factory=dict)
    texts: Mapping[str, bytes] = field(default_factory=dict)


def write_index_file(path: Path, contents: Contents) -> None:
    """Write a file under a temporary name beside ``path``, and put it in its place whole."""
    with new_index_file(path, contents) as fresh:
        fresh.replace(path)


@contextmanager
def new_index_file(path: Path, contents: Contents) -> Iterator[Path]:
    """Write a file under a temporary name beside ``path``, to be put in its place; gone afterwards where it was not."""
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        fresh = Path(file.name)
        try:
            _write(file, contents)
            file.flush()
            os.fsync(file.fileno())
            yield fresh
        finally:
            fresh.unlink(missing_ok=True)


def read_index_file(path: Path) -> Contents:
    """Map a file into memory.

    Raises
    ------
    NotFound
        ``file_missing``.
    InputRefused
        ``index_foreign``: it is something else. ``index_newer``: a later release wrote it. ``index_broken``: it is cut
        off or damaged, wherever.
    """
    with _opened(path) as file:
        directory, mapped = _open(path, file)
        parts = {entry["name"]: entry for entry in directory["parts"]}
        found: dict[str, dict[str, Any]] = {"array": {}, "table": {}, "text": {}}
        for name, entry in parts.items():
            if _checksum(file, entry["at"], entry["bytes"]) != entry["crc32"]:
                raise _broken(path)
            found[entry["kind"]][name] = _read_part(entry, mapped.data[entry["at"] : entry["at"] + entry["bytes"]])
        return Contents(directory["about"], found["array"], found["table"], found["text"])


def read_about(path: Path) -> dict[str, Any]:
    """Return only what the index was made from; raises as `read_index_file`."""
    with _opened(path) as file:
        about: dict[str, Any] = _open(path, file)[0]["about"]
        return about


def _write(file: IO[bytes], contents: Contents) -> None:
    file.write(bytes(_HEADER.size))
    parts = []
    for name, array in contents.arrays.items():
        plain = np.ascontiguousarray(array)
        if plain.dtype.hasobject:
            raise TypeError(f"array {name} holds objects")
        entry = {"name": name, "kind": "array", "dtype": plain.dtype.str, "shape": list(plain.shape)}
        parts.append(_put(file, entry, plain.reshape(-1).view(np.uint8)))
    for name, table in contents.tables.items():
        parts.append(_put(file, {"name": name, "kind": "table"}, _as_stream(table)))
    for name, text in contents.texts.items():
        parts.append(_put(file, {"name": name, "kind": "text"}, text))
    directory = orjson.dumps({"about": dict(contents.about), "parts": parts})
    at = file.tell()
    file.write(directory)
    header = _HEADER.pack(MAGIC, FORMAT, zlib.crc32(directory), at, at + len(directory))
    file.seek(0)
    file.write(header)


def _put(file: IO[bytes], entry: dict[str, Any], content: Any) -> dict[str, Any]:
    file.write(bytes(-file.tell() % _ALIGN))
    at, plain = file.tell(), memoryview(content)
    file.write(plain)
    return entry | {"at": at, "bytes": file.tell() - at, "crc32": zlib.crc32(plain)}


def _as_stream(table: pa.Table) -> pa.Buffer:
    sink = pa.BufferOutputStream()
    whole = table.combine_chunks()
    with pa.ipc.new_stream(sink, whole.schema) as writer:
        writer.write_table(whole)
    return sink.getvalue()


def _read_part(entry: Mapping[str, Any], content: memoryview) -> Any:
    if entry["kind"] == "array":
        return np.frombuffer(content, dtype=np.dtype(entry["dtype"])).reshape(entry["shape"])
    if entry["kind"] == "table":
        return pa.ipc.open_stream(pa.py_buffer(content)).read_all()
    return bytes(content)


def _checksum(file: BinaryIO, at: int, length: int) -> int:
    """Return the checksum of a part as it is on the disk: read, not mapped, so that memory does not grow by it."""
    file.seek(at)
    found, piece = 0, memoryview(bytearray(_PIECE))
    while length > 0 and (count := file.readinto(piece[: min(length, _PIECE)])):  # type: ignore[attr-defined]
        found = zlib.crc32(piece[:count], found)
        length -= count
    return found


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        file = path.open("rb", buffering=0)
    except FileNotFoundError:
        raise NotFound(Code.FILE_MISSING, "There is no such index.", file=str(path)) from None
    except OSError as error:
        raise _foreign(path, f"It cannot be read as an index: {error}") from error
    with file:
        yield file


def _open(path: Path, file: BinaryIO) -> tuple[dict[str, Any], Array]:
    try:
        mapped = np.memmap(file, dtype=np.uint8, mode="r")
    except (OSError, ValueError) as error:  # ValueError: an empty file cannot be mapped
        raise _foreign(path, f"It cannot be read as an index: {error}") from error
    head = bytes(mapped[: _HEADER.size])
    if len(head) < _HEADER.size or not head.startswith(MAGIC):
        raise _foreign(path, "This is no index of fibermap.")
    _, form, checksum, at, length = _HEADER.unpack(head)
    if form > FORMAT:
        raise InputRefused(
            Code.INDEX_NEWER, "A later release of fibermap wrote this index.", hint=_AGAIN, file=str(path)
        )
    directory = bytes(mapped[at:length])
    if length != len(mapped) or form < FORMAT or zlib.crc32(directory) != checksum:
        raise _broken(path)
    return orjson.loads(directory), mapped


def _foreign(path: Path, message: str) -> InputRefused:
    return InputRefused(Code.INDEX_FOREIGN, message, file=str(path))


def _broken(path: Path) -> InputRefused:
    return InputRefused(Code.INDEX_BROKEN, "The index is cut off or damaged.", hint=_AGAIN, file=str(path))


_AGAIN = "Write it again with this release, from the database."
