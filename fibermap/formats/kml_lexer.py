"""A KML document cut into pieces at the tags that matter, so that every feature is parsed alone.

A parser that reads the document as one tree loses everything after the first mistake. Here only folders and features
are found by their tags; what a feature holds is XML of its own, and a mistake in it ends with it. Memory is bounded by
the longest feature.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from fibermap.formats.kml_count import declared_thing
from fibermap.formats.kml_names import CONTAINERS, ROOT, SHARED, THINGS
from fibermap.kernel.settings import Limits

_MARGIN_BYTES = 4096  # a token that starts this close to the end of the buffer waits for more
_TAG_BYTES = 1 << 16
_TEXT_BYTES = 1 << 20
_UNMEASURED_BYTES = 16 << 20
_CLOSERS = {b"!--": b"-->", b"![CDATA[": b"]]>", b"?": b">"}
_TAG_END = re.compile(rb"""[^"'<>]*(?:(?:"[^"<]*"|'[^'<]*')[^"'<>]*)*>""")


class Kind(Enum):
    """What a piece is."""

    OPEN = "open"
    CLOSE = "close"
    TEXT = "text"
    SHARED = "shared"
    THING = "thing"


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of a document, in document order.

    Attributes
    ----------
    name
        Local name of the element; empty for text between elements.
    content
        UTF-8, with its own tags for things and shared styles and schemas.
    line
        1-based line on which it starts.
    is_whole
        False where the end tag is missing.
    is_cut
        True where the middle of ``content`` was left out because it is longer than the limits allow.
    is_beyond
        True after the end of the document's root.
    """

    kind: Kind
    name: str = ""
    content: bytes = b""
    line: int = 0
    is_whole: bool = True
    is_cut: bool = False
    is_beyond: bool = False


def pieces(chunks: Iterator[bytes], *, limits: Limits) -> Iterator[Piece]:
    """Cut a document into pieces.

    Every start tag that :func:`fibermap.formats.kml_count.count_things` counts yields exactly one ``THING``.

    Parameters
    ----------
    chunks
        The document as UTF-8, cut anywhere.
    limits
        ``vertices`` and ``xml_text_bytes`` bound what is kept of one thing.
    """
    return _Lexer(chunks, limits).run()


class _Lexer:
    def __init__(self, chunks: Iterator[bytes], limits: Limits) -> None:
        self._chunks = chunks
        self._limits = limits
        self._data = bytearray()
        self._start = self._at = 0  # of the piece, and of the search
        self._line = 1
        self._is_beyond = self._is_ended = self._is_cut = False
        self._cap = _TEXT_BYTES
        self._commas = self._words = 0
        self._hidden = 0
        self._things = set(THINGS)
        self._compile()

    def _compile(self) -> None:
        names = b"|".join(re.escape(n.encode()) for n in sorted(self._things | CONTAINERS | SHARED | {ROOT}))
        self._token = re.compile(
            rb"<(?:(?P<opener>!--|!\[CDATA\[|\?)|(?P<end>/)?(?:[\w.-]+:)?(?P<name>" + names + rb")(?=[\s/>]))"
        )

    def run(self) -> Iterator[Piece]:
        while (token := self._next()) is not None:
            name, is_end = token["name"].decode(), bool(token["end"])
            if is_end and name not in CONTAINERS and name != ROOT:
                self._at = self._tag_end(token)
                continue
            yield from self._text(token.start())
            if name in CONTAINERS or name == ROOT:
                yield from self._container(token, name, is_end)
            else:
                yield self._element(token, name)
        yield from self._text(len(self._data))
        for _ in range(self._hidden):
            yield Piece(Kind.THING, "Placemark", line=self._line, is_whole=False)

    def _container(self, token: re.Match[bytes], name: str, is_end: bool) -> Iterator[Piece]:
        end = self._tag_end(token)
        is_empty = self._data[end - 2 : end] == b"/>"
        piece = self._take(end, Kind.CLOSE if is_end else Kind.OPEN, name)
        if name == ROOT:
            self._is_beyond = self._is_beyond or is_end
            return
        yield piece
        if is_empty and not is_end:
            yield Piece(Kind.CLOSE, name, line=self._line)

    def _element(self, token: re.Match[bytes], name: str) -> Piece:
        """Take a thing or shared element up to its end tag, or to whatever cannot be inside it."""
        kind = Kind.SHARED if name in SHARED else Kind.THING
        self._cap = self._limits.xml_text_bytes
        self._at = end = self._tag_end(token)
        if name == "Schema":
            self._declare(bytes(self._data[self._start : end]))
        is_whole = self._data[end - 2 : end] == b"/>"
        while not is_whole:
            token_in = self._next()
            if token_in is None:
                end = len(self._data)
                break
            inner = token_in["name"].decode()
            is_whole = inner == name and bool(token_in["end"])
            end = self._tag_end(token_in) if is_whole else token_in.start()
            if is_whole or inner in CONTAINERS or inner == ROOT or (inner in self._things and not token_in["end"]):
                break
            self._at = token_in.end()
        return self._take(end, kind, name, is_whole=is_whole)

    def _declare(self, tag: bytes) -> None:
        declared = declared_thing(tag)
        if declared and declared not in self._things:
            self._things.add(declared)
            self._compile()

    def _text(self, end: int) -> Iterator[Piece]:
        if self._data[self._start : end].strip():
            yield self._take(end, Kind.TEXT, "")
        else:
            self._consume(end)

    def _take(self, end: int, kind: Kind, name: str, *, is_whole: bool = True) -> Piece:
        content, line = bytes(self._data[self._start : end]), self._line
        piece = Piece(kind, name, content, line, is_whole, self._is_cut, self._is_beyond)
        self._consume(end)
        return piece

    def _consume(self, end: int) -> None:
        self._line += self._data.count(b"\n", self._start, end)
        self._start = self._at = end
        self._cap, self._is_cut = _TEXT_BYTES, False
        self._commas = self._words = 0

    def _next(self) -> re.Match[bytes] | None:
        """Return the next tag that matters, not yet passed; None at the end of the document."""
        while True:
            token = self._token.search(self._data, self._at)
            safe = len(self._data) - (0 if self._is_ended else _MARGIN_BYTES)
            if token is None or token.start() >= safe:
                self._at = max(self._at, safe if token is None else token.start())
                self._bound()
                if not self._fill():
                    return None
            elif token["opener"]:
                self._at = token.end()
                self._skip(_CLOSERS[token["opener"]])
            else:
                return token

    def _skip(self, closer: bytes) -> None:
        """Pass a comment, CDATA section or instruction; remember its things in case it never ends."""
        hidden = 0
        while (close := self._data.find(closer, self._at)) < 0:
            safe = max(self._at, len(self._data) - (0 if self._is_ended else _MARGIN_BYTES))
            hidden += self._things_between(self._at, safe)
            self._at = safe
            self._bound()
            if not self._fill():
                self._hidden = hidden
                return
        self._at = close + len(closer)

    def _things_between(self, start: int, end: int) -> int:
        tags = (m for m in self._token.finditer(self._data, start) if m.start() < end)
        return sum(1 for m in tags if m["name"] and not m["end"] and m["name"].decode() in self._things)

    def _tag_end(self, token: re.Match[bytes]) -> int:
        """Return where a tag ends; a tag that never does ends after its name."""
        start, name_end = token.start() - self._start, token.end() - self._start
        while True:
            end = _TAG_END.match(self._data, self._start + name_end, self._start + start + _TAG_BYTES)
            if end is not None:
                return end.end()
            if len(self._data) - self._start - start > _TAG_BYTES or not self._fill():
                return self._start + name_end

    def _fill(self) -> bool:
        """Append the next chunk, after forgetting what was taken; False at the end of the document."""
        if self._start:
            del self._data[: self._start]
            self._at -= self._start
            self._start = 0
        chunk = next(self._chunks, None)
        if chunk is None:
            was_ended, self._is_ended = self._is_ended, True
            return not was_ended
        self._data += chunk
        self._measure(chunk)
        return True

    def _measure(self, chunk: bytes) -> None:
        if len(self._data) > _UNMEASURED_BYTES:
            self._commas += chunk.count(b",")
            self._words += len(chunk.split())

    def _bound(self) -> None:
        """Leave out the middle of a piece that is longer than allowed; its head still tells name and place."""
        if self._start:
            return
        too_many = min(self._commas, self._words) > self._limits.vertices
        if self._at > _TEXT_BYTES and (too_many or self._at > self._cap):
            self._line += self._data.count(b"\n", _TEXT_BYTES, self._at)
            del self._data[_TEXT_BYTES : self._at]
            self._at = _TEXT_BYTES
            self._is_cut = True
