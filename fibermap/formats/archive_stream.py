"""One member of a zip archive as a stream that stops at the limits.

``zipfile`` loses up to a whole read before a break or a wrong checksum; a plan should lose as little as it can, so the
bytes are unpacked here, in small steps, and handed out before the break is told.
"""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from fibermap.kernel.errors import Code, InputRefused
from fibermap.kernel.settings import Limits

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

STORED = 0
DEFLATED = 8
LOCAL_HEADER = struct.Struct("<4sHHHHHLLLHH")
LOCAL_SIGNATURE = b"PK\x03\x04"

_PACKED_STEP_BYTES = 1 << 12
_RATIO_FREE_BYTES = 10 << 20


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a member lies in the file; ``None`` where only reading it can tell."""

    offset: int
    method: int
    size_bytes: int | None = None
    packed_bytes: int | None = None
    crc: int | None = None


@dataclass(slots=True)
class Budget:
    """How much of one archive may be unpacked; a member read twice counts once."""

    limits: Limits
    _unpacked: dict[int, int] = field(default_factory=dict)

    def spend(self, name: str, entry: Entry, unpacked_bytes: int, packed_bytes: int) -> None:
        """Record the progress of one member; raise ``ARCHIVE_BOMB`` beyond the sum, the ratio or its own size."""
        self._unpacked[entry.offset] = max(unpacked_bytes, self._unpacked.get(entry.offset, 0))
        excess = ""
        if sum(self._unpacked.values()) > self.limits.archive_bytes:
            excess = f"the archive unpacks to more than {self.limits.archive_bytes:,} bytes"
        elif unpacked_bytes > _RATIO_FREE_BYTES and unpacked_bytes > packed_bytes * self.limits.archive_ratio:
            excess = f"it unpacks to more than {self.limits.archive_ratio:g} times its packed size"
        elif entry.size_bytes is not None and unpacked_bytes > entry.size_bytes:
            excess = f"it unpacks to more than the {entry.size_bytes:,} bytes it declares"
        if excess:
            raise InputRefused(
                Code.ARCHIVE_BOMB,
                f"{name!r} was refused: {excess}",
                hint="Unpack what you need of it, or raise the FIBERMAP_LIMIT_ARCHIVE settings.",
            )

    def clear(self) -> None:
        """Forget what was spent."""
        self._unpacked.clear()


class MemberStream(io.RawIOBase):
    """The unpacked bytes of one member. Raises as :meth:`fibermap.formats.archive.Archive.open` says."""

    def __init__(self, path: Path, name: str, entry: Entry, budget: Budget) -> None:
        super().__init__()
        self._name, self._path, self._entry, self._budget = name, path, entry, budget
        if entry.method not in (STORED, DEFLATED):
            raise InputRefused(
                Code.FILE_UNREADABLE,
                f"{name!r} in {path.name} is packed by method {entry.method}, only deflate is read",
                hint="Zip the files again with the usual settings.",
                file=str(path),
            )
        self._inflate = zlib.decompressobj(-zlib.MAX_WBITS) if entry.method == DEFLATED else None
        self._file = path.open("rb")
        self._skip_header()
        self._pending = b""
        self._unpacked_bytes = self._packed_bytes = self._crc = 0
        self._ended = False

    def _skip_header(self) -> None:
        try:
            self._file.seek(self._entry.offset)
            header = self._file.read(LOCAL_HEADER.size)
        except (OSError, ValueError, OverflowError):  # a damaged directory may point anywhere, also before the file
            header = b""
        if len(header) < LOCAL_HEADER.size or not header.startswith(LOCAL_SIGNATURE):
            self._file.close()
            raise self._broken("has no header where the directory says")
        name_bytes, extra_bytes = LOCAL_HEADER.unpack(header)[-2:]
        self._file.seek(name_bytes + extra_bytes, io.SEEK_CUR)

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self._file.close()
        super().close()

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Fill ``buffer`` with the next unpacked bytes; 0 at the end."""
        view = memoryview(buffer).cast("B")
        if not self._pending and not self._ended:
            self._pending = self._next(len(view))
        count = min(len(view), len(self._pending))
        view[:count] = self._pending[:count]
        self._pending = self._pending[count:]
        return count

    def _next(self, wanted: int) -> bytes:
        while not self._ended:
            data = self._stored(wanted) if self._inflate is None else self._inflated(wanted)
            if data:
                self._crc = zlib.crc32(data, self._crc)
                self._unpacked_bytes += len(data)
                self._budget.spend(self._name, self._entry, self._unpacked_bytes, self._packed_bytes)
                return data
        if self._entry.crc not in (None, self._crc):
            raise self._broken("does not have the checksum the directory says")
        return b""

    def _stored(self, wanted: int) -> bytes:
        data = self._packed(wanted)
        self._ended = not data
        return data

    def _inflated(self, wanted: int) -> bytes:
        assert self._inflate is not None
        packed = self._inflate.unconsumed_tail or self._packed(_PACKED_STEP_BYTES)
        try:
            data = self._inflate.decompress(packed, wanted)
        except zlib.error as error:
            self._ended = True
            raise self._broken("holds bytes that cannot be unpacked") from error
        self._ended = self._inflate.eof
        if not (packed or data or self._ended):
            self._ended = True
            raise self._broken("breaks off")
        return data

    def _packed(self, wanted: int) -> bytes:
        if self._entry.packed_bytes is not None:
            wanted = min(wanted, self._entry.packed_bytes - self._packed_bytes)
        packed = self._file.read(max(0, wanted))
        self._packed_bytes += len(packed)
        return packed

    def _broken(self, what: str) -> InputRefused:
        return InputRefused(
            Code.ARCHIVE_BROKEN,
            f"{self._name!r} in {self._path.name} {what}",
            hint="Download or export the archive again.",
            file=str(self._path),
        )
