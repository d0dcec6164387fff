"""What is wrong with a KML document as XML, told early by a parser that expands and fetches nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.parsers import expat

from fibermap.formats.kml_names import local_name
from fibermap.kernel.errors import Code, InputRefused
from fibermap.kernel.settings import Limits

_TOKEN_BYTES = 16 << 20


class XmlCheck:
    """Checks a document while it passes by.

    Attributes
    ----------
    root
        Local name of the outermost element; None if the break comes before it.
    fault
        The first mistake, in a sentence with its line; None for well-formed XML.
    """

    def __init__(self, file: str, *, limits: Limits) -> None:
        self.root: str | None = None
        self.fault: str | None = None
        self._file, self._limits = file, limits
        self._depth = self._fed_bytes = 0
        self._parser = expat.ParserCreate("UTF-8")
        self._parser.StartElementHandler = self._open
        self._parser.EndElementHandler = self._close
        self._parser.EntityDeclHandler = self._refuse_entity

    def passing(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the chunks unchanged, checking each.

        Raises
        ------
        InputRefused
            ``XML_ENTITY_REFUSED`` for a document that declares entities, ``XML_TOO_DEEP`` beyond ``xml_depth``.
        """
        for chunk in chunks:
            self._feed(chunk, is_last=False)
            yield chunk
        self._feed(b"", is_last=True)

    def _feed(self, chunk: bytes, *, is_last: bool) -> None:
        if self.fault:
            return
        try:
            self._parser.Parse(chunk, is_last)
        except expat.ExpatError as error:
            reason = expat.errors.messages.get(error.code, "mistake")
            self.fault = f"{reason} in line {error.lineno}, column {error.offset + 1}"
        self._fed_bytes += len(chunk)
        if self._fed_bytes - max(0, self._parser.CurrentByteIndex) > _TOKEN_BYTES:
            self.fault = (
                f"a tag or comment longer than {_TOKEN_BYTES >> 20} MB in line {self._parser.CurrentLineNumber}"
            )

    def _open(self, tag: str, _attributes: dict[str, str]) -> None:
        if self.root is None:
            self.root = local_name(tag)
        self._depth += 1
        if self._depth > self._limits.xml_depth:
            raise too_deep(self._file, self._limits)

    def _close(self, _tag: str) -> None:
        self._depth -= 1

    def _refuse_entity(self, name: str, *_declaration: object) -> None:
        raise InputRefused(
            Code.XML_ENTITY_REFUSED,
            f"{self._file} declares the XML entity {name!r}; entities can expand without bound and are refused",
            hint="Save it again from Google Earth or the design tool.",
            file=self._file,
        )


def too_deep(file: str, limits: Limits) -> InputRefused:
    """Return the refusal of a document nested beyond the limit."""
    return InputRefused(
        Code.XML_TOO_DEEP,
        f"{file} nests elements deeper than {limits.xml_depth}",
        hint="No tool writes that; ask its author, or raise FIBERMAP_LIMIT_XML_DEPTH.",
        file=file,
    )
