"""Forms with files, straight to disk: bounded in bytes, files and fields, and no name leads out of the folder."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from fibermap.kernel.errors import Code, InputRefused
from fibermap_api.problems import Malformed
from fibermap_api.spool import Upload, place_in

FORM = "multipart/form-data"
LONGEST_FIELD = 4_000
MOST_FIELDS = 40
UNNAMED = "upload"


@dataclass
class Form:
    """What a form held: the files by name, each with its bytes, and the other fields."""

    files: dict[str, int] = field(default_factory=dict)
    fields: dict[str, str] = field(default_factory=dict)

    @property
    def bytes(self) -> int:
        """The sum of the files."""
        return sum(self.files.values())


async def receive_form(content_type: str, chunks: AsyncIterator[bytes], upload: Upload, most_files: int) -> Form:
    """Read a form to its end, its files into the folder of an upload.

    Raises
    ------
    Malformed
        ``request_unreadable``: it is no form, or it ends before its end.
    InputRefused
        ``argument_invalid`` for a name that no file can have, or one that comes twice; ``limit_exceeded`` for too many
        files or fields, or one that is too long; ``file_missing`` where there is no file.
    """
    _, options = parse_options_header(content_type)
    boundary = options.get(b"boundary", b"")
    if not boundary:
        raise _broken()
    reader = _Reader(upload, most_files)
    parser = MultipartParser(boundary, reader.callbacks())  # type: ignore[arg-type]
    try:
        async for chunk in chunks:
            parser.write(chunk)
    except FormParserError as error:
        raise _broken() from error
    finally:
        reader.close()
    if not reader.ended:
        raise _broken()
    if not reader.form.files:
        raise InputRefused(Code.FILE_MISSING, "There is no file in the form.", hint="Send it as the field `file`.")
    return reader.form


def inputs_of(upload: Upload, names: list[str]) -> list[Path]:
    """Return what is to be read of an upload: a geodatabase as its folder, a shapefile without its companions."""
    from fibermap.formats.open import SHAPEFILE_PARTS

    tops = dict.fromkeys(name.split("/")[0] if ".gdb/" in name.lower() else name for name in names)
    shapes = {Path(name).with_suffix("").as_posix() for name in tops if name.lower().endswith(".shp")}
    return [
        upload.folder / name
        for name in tops
        if not (Path(name).suffix.lower() in SHAPEFILE_PARTS and Path(name).with_suffix("").as_posix() in shapes)
    ]


class _Reader:
    """Takes the parts of a form as they come."""

    def __init__(self, upload: Upload, most_files: int) -> None:
        self.form = Form()
        self.ended = False
        self._upload, self._most_files = upload, most_files
        self._header, self._value = b"", b""
        self._disposition = b""
        self._file: BinaryIO | None = None
        self._name = ""
        self._text = b""

    def callbacks(self) -> dict[str, object]:
        """Return what the parser calls."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._take_header,
            "on_header_value": self._take_value,
            "on_header_end": self._end_header,
            "on_headers_finished": self._open,
            "on_part_data": self._take,
            "on_part_end": self._close_part,
            "on_end": self._end,
        }

    def close(self) -> None:
        """Let go of the file that is open."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _begin(self) -> None:
        self._header = self._value = self._disposition = self._text = b""
        if len(self.form.files) + len(self.form.fields) >= self._most_files + MOST_FIELDS:
            raise _too_much(f"more than {self._most_files:,} files")

    def _take_header(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _take_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]
        if len(self._header) + len(self._value) > LONGEST_FIELD * 2:
            raise _too_much("a header that is too long")

    def _end_header(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = self._value
        self._header = self._value = b""

    def _open(self) -> None:
        _, options = parse_options_header(self._disposition)
        self._name = _text(options.get(b"name", b""))
        if self._name != "file":
            return
        if len(self.form.files) >= self._most_files:
            raise _too_much(f"more than {self._most_files:,} files")
        self._name = file_name(_text(options.get(b"filename", b"")) or UNNAMED)
        if self._name in self.form.files:
            raise InputRefused(Code.ARGUMENT_INVALID, "Two files have the same name.", hint="Rename one.", field="file")
        self._file = place_in(self._upload, self._name).open("xb")
        self.form.files[self._name] = 0

    def _take(self, data: bytes, start: int, end: int) -> None:
        if self._file is not None:
            self.form.files[self._name] += self._file.write(data[start:end])
            return
        self._text += data[start:end]
        if len(self._text) > LONGEST_FIELD:
            raise _too_much("a field that is too long")

    def _close_part(self) -> None:
        if self._file is not None:
            self.close()
        else:
            self.form.fields[self._name] = _text(self._text)

    def _end(self) -> None:
        self.ended = True


def file_name(given: str) -> str:
    """Return a file's name as it is kept: of a path as old browsers send it, only the last part.

    Folders of a geodatabase stay; whatever leads out of the folder is refused where the file is placed.
    """
    name = given.replace("\\", "/")
    has_drive = name[1:3] == ":/"
    return name.rsplit("/", 1)[-1] if has_drive else name


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise _broken() from error


def _broken() -> Malformed:
    return Malformed(
        Code.REQUEST_UNREADABLE, "The form broke off, or is none. Nothing was kept.", hint="Send the files again."
    )


def _too_much(what: str) -> InputRefused:
    return InputRefused(Code.LIMIT_EXCEEDED, f"The form has {what}.", hint="Send less at once, or one archive.")
