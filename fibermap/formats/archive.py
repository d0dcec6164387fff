"""Zip archives opened as if their author meant harm: bounded, nothing outside the target folder, stable codes.

Every member is read through one stream that knows the bounds, so a lie in the directory (a small size, a shared
body, a missing end) cannot make a reader unpack more than :class:`~fibermap.kernel.settings.Limits` allows.
Source of the layout: PKWARE APPNOTE 6.3, sections 4.3 and 4.4.
"""

from __future__ import annotations

import re
import shutil
import stat
import struct
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import BinaryIO, Self

from fibermap.formats.archive_salvage import find_entries
from fibermap.formats.archive_stream import Budget, Entry, MemberStream
from fibermap.formats.model import Notice
from fibermap.kernel.errors import Code, InputRefused
from fibermap.kernel.settings import Limits

_END = b"PK\x05\x06"
_END_TAIL_BYTES = 22 + 0xFFFF
_END64_LOCATOR_BYTES = 20
_END64 = b"PK\x06\x06"
_ENTRY_BYTES = 1024  # a generous directory entry: 46 bytes, a name, extra fields
_ENCRYPTED_FLAG = 0x1
_DRIVE = re.compile(r"^[A-Za-z]:")
_COPY_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Member:
    """One entry of an archive.

    Attributes
    ----------
    name
        As stored, with ``/`` between parts. May be absolute or hold ``..``: safe to show and to read from, never
        to be joined to a folder; see :func:`safe_extract`.
    size_bytes, packed_bytes
        As the directory declares them; ``None`` where a salvaged archive does not say.
    """

    name: str
    entry: Entry
    size_bytes: int | None = None
    packed_bytes: int | None = None
    is_symlink: bool = False
    is_encrypted: bool = False

    @property
    def is_folder(self) -> bool:
        """Whether the entry only names a folder."""
        return self.name.endswith("/")

    @property
    def is_unsafe(self) -> bool:
        """Whether writing the member under its name could leave the target folder."""
        absolute = self.name.startswith("/") or _DRIVE.match(self.name) is not None
        return absolute or ".." in PurePosixPath(self.name).parts or "\x00" in self.name


@dataclass(slots=True)
class Archive:
    """An opened archive. A context manager; streams opened from it have file handles of their own."""

    path: Path
    members: tuple[Member, ...]
    notices: tuple[Notice, ...]
    budget: Budget = field(repr=False)

    @property
    def is_salvaged(self) -> bool:
        """Whether the directory is lost and the members were found by their local headers."""
        return bool(self.notices)

    def open(self, member: Member) -> MemberStream:
        """Open one member for reading.

        Raises
        ------
        InputRefused
            ``FILE_UNREADABLE`` if it is encrypted or packed by another method than deflate. While reading:
            ``ARCHIVE_BOMB`` beyond the bounds, ``ARCHIVE_BROKEN`` where the packed bytes break off or the checksum
            differs; the bytes before the break (all but 4 kB packed) have been handed out by then.
        """
        if member.is_encrypted:
            raise InputRefused(
                Code.FILE_UNREADABLE,
                f"{member.name!r} in {self.path.name} is encrypted",
                hint="Save the archive without a password.",
                file=str(self.path),
            )
        return MemberStream(self.path, member.name, member.entry, self.budget)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.budget.clear()


def check_file(path: Path, *, limits: Limits) -> None:
    """Refuse what is no readable file of a sensible size.

    Raises
    ------
    InputRefused
        ``FILE_MISSING``, ``FILE_IS_DIRECTORY``, ``FILE_EMPTY``, ``FILE_TOO_LARGE`` or ``FILE_UNREADABLE``.
    """
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        missing = isinstance(error, FileNotFoundError | NotADirectoryError | ValueError)
        code = Code.FILE_MISSING if missing else Code.FILE_UNREADABLE
        raise InputRefused(code, f"{path} cannot be opened", hint="Check the path and your rights.") from error
    if stat.S_ISDIR(status.st_mode):
        raise InputRefused(Code.FILE_IS_DIRECTORY, f"{path} is a directory", hint="Name the file inside it.")
    if not stat.S_ISREG(status.st_mode):
        raise InputRefused(Code.FILE_UNREADABLE, f"{path} is not a regular file", hint="Copy it to a file first.")
    if status.st_size == 0:
        raise InputRefused(Code.FILE_EMPTY, f"{path} holds no bytes", hint="Export or download it again.")
    if status.st_size > limits.file_bytes:
        raise InputRefused(
            Code.FILE_TOO_LARGE,
            f"{path} has {status.st_size:,} bytes, more than the {limits.file_bytes:,} allowed",
            hint="Split it, or raise FIBERMAP_LIMIT_FILE_BYTES.",
        )


def is_archive(path: Path) -> bool:
    """Tell by its first bytes whether a file is a zip archive, whatever it is called."""
    with path.open("rb") as file:
        return file.read(4) in (b"PK\x03\x04", _END)


def open_archive(path: Path, *, limits: Limits) -> Archive:
    """Open a zip archive and check its directory against the limits before anything is unpacked.

    An archive whose directory is lost (a broken download) is salvaged: members are found by their local headers,
    and ``notices`` says so.

    Raises
    ------
    InputRefused
        As :func:`check_file`; ``ARCHIVE_BROKEN`` if nothing can be salvaged, ``ARCHIVE_EMPTY`` without members,
        ``ARCHIVE_BOMB`` beyond a limit.
    """
    check_file(path, limits=limits)
    members, notices = _listed(path, limits)
    if not members:
        raise InputRefused(Code.ARCHIVE_EMPTY, f"{path} is an archive without files", hint="Export it again.")
    _check_totals(path, members, limits)
    return Archive(path, members, notices, Budget(limits))


def members(path: Path, *, limits: Limits) -> tuple[Member, ...]:
    """List the members of an archive. Raises as :func:`open_archive`."""
    with open_archive(path, limits=limits) as archive:
        return archive.members


@contextmanager
def open_member(path: Path, name: str, *, limits: Limits) -> Iterator[BinaryIO]:
    """Open one member by its stored name. Raises as :func:`open_archive` and :meth:`Archive.open`."""
    with open_archive(path, limits=limits) as archive:
        member = next((m for m in archive.members if m.name == name), None)
        if member is None:
            raise InputRefused(Code.FILE_MISSING, f"there is no {name!r} in {path.name}", file=str(path))
        with archive.open(member) as stream:
            yield stream  # type: ignore[misc]  # a RawIOBase that reads is all a caller needs


def safe_extract(path: Path, folder: Path, *, limits: Limits) -> tuple[Path, ...]:
    """Unpack a whole archive into an existing folder, or refuse it before the first byte is written.

    Only the contents are written: no permissions, owners, links or times of the archive. Where a member breaks
    off half-way, files may remain in ``folder``; give a temporary one.

    Parameters
    ----------
    path
        The archive.
    folder
        An existing, empty folder.

    Returns
    -------
    tuple of Path
        The written files, in archive order.

    Raises
    ------
    InputRefused
        ``ARCHIVE_MEMBER_UNSAFE`` for absolute names, ``..``, links and repeated names; otherwise as
        :func:`open_archive` and :meth:`Archive.open`. A salvaged archive is refused: a part of it may be missing.
    """
    with open_archive(path, limits=limits) as archive:
        if archive.is_salvaged:
            raise InputRefused(
                Code.ARCHIVE_BROKEN, f"{path} breaks off before its directory", hint="Download or export it again."
            )
        for member in archive.members:
            _refuse_unsafe(path, member)
        files = [member for member in archive.members if not member.is_folder]
        return tuple(_write(archive, member, folder) for member in files)


def _refuse_unsafe(path: Path, member: Member) -> None:
    if member.is_unsafe or member.is_symlink:
        what = "is a link" if member.is_symlink else "points outside the folder it is unpacked to"
        raise InputRefused(
            Code.ARCHIVE_MEMBER_UNSAFE,
            f"{member.name!r} in {path.name} {what}",
            hint="Unpack it yourself, look at it, and zip the files again.",
            file=str(path),
        )


def _write(archive: Archive, member: Member, folder: Path) -> Path:
    target = folder / member.name
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as file, archive.open(member) as stream:
            shutil.copyfileobj(stream, file, _COPY_BYTES)
    except (FileExistsError, NotADirectoryError) as error:
        raise InputRefused(
            Code.ARCHIVE_MEMBER_UNSAFE,
            f"{member.name!r} occurs twice in {archive.path.name}",
            hint="Zip the files again.",
            file=str(archive.path),
        ) from error
    except OSError as error:
        raise InputRefused(
            Code.FILE_UNREADABLE, f"{member.name!r} of {archive.path.name} cannot be written: {error.strerror}"
        ) from error
    return target


def _listed(path: Path, limits: Limits) -> tuple[tuple[Member, ...], tuple[Notice, ...]]:
    _check_directory_size(path, limits)
    try:
        with zipfile.ZipFile(path) as archive:
            return tuple(_member(info) for info in archive.infolist()), ()
    except (zipfile.BadZipFile, NotImplementedError, UnicodeError, struct.error, ValueError, OSError) as error:
        entries = find_entries(path, limits=limits)
        if not entries:
            raise InputRefused(
                Code.ARCHIVE_BROKEN,
                f"{path} is not a zip archive, or nothing in it can be read: {error}",
                hint="Download or export it again.",
            ) from error
        found = tuple(Member(name, entry) for name, entry in entries)
        return found, (Notice(Code.ARCHIVE_BROKEN, f"{path.name} has lost its directory; its members were salvaged."),)


def _member(info: zipfile.ZipInfo) -> Member:
    mode = info.external_attr >> 16
    entry = Entry(info.header_offset, info.compress_type, info.file_size, info.compress_size, info.CRC)
    return Member(
        name=info.filename.replace("\\", "/"),
        entry=entry,
        size_bytes=info.file_size,
        packed_bytes=info.compress_size,
        is_symlink=stat.S_ISLNK(mode),
        is_encrypted=bool(info.flag_bits & _ENCRYPTED_FLAG),
    )


def _check_totals(path: Path, found: tuple[Member, ...], limits: Limits) -> None:
    unpacked_bytes = sum(member.size_bytes or 0 for member in found)
    if len(found) > limits.archive_members:
        _refuse_bomb(path, f"{len(found):,} members, more than the {limits.archive_members:,} allowed")
    if unpacked_bytes > limits.archive_bytes:
        _refuse_bomb(path, f"{unpacked_bytes:,} bytes unpacked, more than the {limits.archive_bytes:,} allowed")


def _check_directory_size(path: Path, limits: Limits) -> None:
    """Refuse a directory too long to list, before ``zipfile`` makes an object of each entry."""
    directory_bytes = _directory_bytes(path)
    if directory_bytes > limits.archive_members * _ENTRY_BYTES:
        _refuse_bomb(path, f"a directory of {directory_bytes:,} bytes")


def _directory_bytes(path: Path) -> int:
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - _END_TAIL_BYTES - _END64_LOCATOR_BYTES - 56))
        tail = file.read()
    end = tail.rfind(_END)
    if end < 0 or end + 16 > len(tail):
        return 0
    (directory_bytes,) = struct.unpack_from("<L", tail, end + 12)
    end64 = tail.rfind(_END64, 0, end)
    if directory_bytes == 0xFFFFFFFF and 0 <= end64 <= len(tail) - 48:
        (directory_bytes,) = struct.unpack_from("<Q", tail, end64 + 40)
    return int(directory_bytes)


def _refuse_bomb(path: Path, what: str) -> None:
    raise InputRefused(
        Code.ARCHIVE_BOMB,
        f"{path} declares {what}",
        hint="Unpack what you need of it, or raise the FIBERMAP_LIMIT_ARCHIVE settings.",
    )
