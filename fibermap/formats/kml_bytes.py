"""The bytes of a KML document as UTF-8, whatever encoding it has, claims to have, or was damaged into."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import RawIOBase
from typing import BinaryIO

from fibermap.kernel.errors import Code, InputRefused

CHUNK_BYTES = 1 << 20
_HEAD_BYTES = 4096
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})["']""")
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_SPACED = bytes.maketrans(bytes([*range(9), 11, 12, *range(14, 32)]), b" " * 29)
_PRINTABLE = bytes(range(32, 127))
_FALLBACK = "fibermap.windows-1252"


def _as_windows_1252(error: UnicodeError) -> tuple[str, int]:
    """Read the bytes that are no UTF-8 as what they nearly always are."""
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error(_FALLBACK, _as_windows_1252)


@dataclass(slots=True)
class Utf8Text:
    """A document that can be read any number of times.

    Attributes
    ----------
    open
        Opens the raw bytes.
    findings
        What had to be mended while reading: code -> sentence. Complete once :meth:`chunks` was exhausted.
    """

    open: Callable[[], BinaryIO | RawIOBase]
    findings: dict[Code, str] = field(default_factory=dict)

    def chunks(self) -> Iterator[bytes]:
        """Yield the document as UTF-8 without byte-order mark, about 1 MB at a time.

        An archive that breaks off ends the document there and leaves a finding; a bomb raises.
        """
        with self.open() as stream:
            head = _read(stream, _HEAD_BYTES, self.findings)
            encoding, skip = self._encoding(head)
            raw = _raw(stream, head[skip:], self.findings)
            decoded = self._checked(raw) if encoding == "utf-8" else self._decoded(raw, encoding)
            for chunk in decoded:
                yield self._without_control(chunk)

    def _encoding(self, head: bytes) -> tuple[str, int]:
        for mark, name in _BOMS:
            if head.startswith(mark):
                return name, len(mark)
        if head[:4:2] == b"\0\0" and head[1:2] == b"<":
            return "utf-16-be", 0
        if head[1:4:2] == b"\0\0" and head[:1] == b"<":
            return "utf-16-le", 0
        declared = _DECLARED.match(head)
        return self._known(declared[1].decode("ascii") if declared else "utf-8"), 0

    def _known(self, declared: str) -> str:
        """Return the codec of a declared name; where ASCII reads the declaration, only its supersets can be right."""
        try:
            name = codecs.lookup(declared).name
            if _PRINTABLE.decode(name) == _PRINTABLE.decode("ascii"):
                return name
        except (LookupError, ValueError, AttributeError):
            pass
        self.findings[Code.ENCODING_UNKNOWN] = f"The encoding {declared!r} cannot be right; the text was read as UTF-8."
        return "utf-8"

    def _checked(self, raw: Iterator[bytes]) -> Iterator[bytes]:
        """Pass UTF-8 on unchanged; mend what is not."""
        rest = b""
        for chunk in raw:
            data = rest + chunk
            try:
                data.decode()
                rest = b""
            except UnicodeDecodeError as error:
                cut = len(data) - error.start <= 3 and error.reason == "unexpected end of data"
                data, rest = (data[: error.start], data[error.start :]) if cut else self._mended(data)
            yield data
        if rest:
            yield self._mended(rest + b" ")[0]

    def _mended(self, data: bytes) -> tuple[bytes, bytes]:
        self.findings[Code.ENCODING_UNKNOWN] = (
            "The file says it is UTF-8 but holds other bytes; they were read as Windows-1252. Check accents."
        )
        decoder = codecs.getincrementaldecoder("utf-8")(_FALLBACK)
        text = decoder.decode(data)
        return text.encode(), decoder.getstate()[0]

    def _decoded(self, raw: Iterator[bytes], encoding: str) -> Iterator[bytes]:
        decoder = codecs.getincrementaldecoder(encoding)("replace")
        for chunk in raw:
            yield self._encoded(decoder.decode(chunk), encoding)
        yield self._encoded(decoder.decode(b"", final=True), encoding)

    def _encoded(self, text: str, encoding: str) -> bytes:
        if "�" in text:
            self.findings[Code.ENCODING_UNKNOWN] = f"Some bytes are not {encoding}; they became question marks."
        return text.encode("utf-8", "replace")

    def _without_control(self, chunk: bytes) -> bytes:
        if _CONTROL.search(chunk) is None:
            return chunk
        self.findings[Code.XML_BROKEN] = "The file holds control characters, which XML forbids; they became spaces."
        return chunk.translate(_SPACED)


def _raw(stream: BinaryIO | RawIOBase, head: bytes, findings: dict[Code, str]) -> Iterator[bytes]:
    chunk = head
    while chunk:
        yield chunk
        chunk = _read(stream, CHUNK_BYTES, findings)


def _read(stream: BinaryIO | RawIOBase, size_bytes: int, findings: dict[Code, str]) -> bytes:
    try:
        return stream.read(size_bytes) or b""
    except InputRefused as error:
        if error.code != Code.ARCHIVE_BROKEN:
            raise
        findings[error.code] = f"{error.message}; what comes before was read."
        return b""
    except OSError as error:
        raise InputRefused(
            Code.FILE_UNREADABLE, f"the file cannot be read: {error.strerror}", hint="Check the disk and your rights."
        ) from error
