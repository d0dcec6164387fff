"""How many things a KML document holds, counted by start tags alone, so that no parser can lose one unseen."""

from __future__ import annotations

import re
from collections.abc import Iterable

from fibermap.formats.kml_names import RESERVED, THINGS

_TAIL_BYTES = 4096  # longer than any token below
_CLOSERS = {b"!--": b"-->", b"![CDATA[": b"]]>", b"?": b">"}
_SCHEMA_PARENT = re.compile(rb"""\sparent\s*=\s*["'](\w+)["']""")
_SCHEMA_NAME = re.compile(rb"""\sname\s*=\s*["']([^"'<>&\s]{1,200})["']""")


def count_things(chunks: Iterable[bytes]) -> int:
    """Count placemarks, overlays, network links and the elements that a ``Schema`` of the document declares as such.

    Tags inside comments and CDATA do not count, unless the comment or CDATA section never ends. The document need
    not be well-formed.

    Parameters
    ----------
    chunks
        The document as UTF-8, cut anywhere.

    Returns
    -------
    int
        The number of start tags.
    """
    counter = _Counter()
    for chunk in chunks:
        counter.feed(chunk)
    return counter.finish()


def declared_thing(schema_tag: bytes) -> str | None:
    """Return the element name that a ``<Schema ...>`` start tag declares to be a kind of placemark, or None."""
    parent, name = _SCHEMA_PARENT.search(schema_tag), _SCHEMA_NAME.search(schema_tag)
    if parent is None or name is None or parent[1].decode() not in THINGS:
        return None
    declared = name[1].decode("utf-8", "replace")
    return None if declared in RESERVED else declared


class _Counter:
    def __init__(self) -> None:
        self._names = {name.encode() for name in THINGS}
        self._compile()
        self._rest = b""
        self._closer = b""
        self._found = self._hidden = 0

    def _compile(self) -> None:
        names = b"|".join(re.escape(name) for name in sorted(self._names))
        self._token = re.compile(
            rb"<(?:(?P<opener>!--|!\[CDATA\[|\?)|(?:[\w.-]+:)?(?:(?P<schema>Schema\s[^<>]*)|(?:"
            + names
            + rb")(?=[\s/>])))"
        )

    def feed(self, chunk: bytes) -> None:
        self._scan(self._rest + chunk, keep=_TAIL_BYTES)

    def finish(self) -> int:
        self._scan(self._rest, keep=0)
        return self._found + self._hidden

    def _scan(self, data: bytes, keep: int) -> None:
        """Count what starts in ``data``, except in its last ``keep`` bytes, which stay for the next call."""
        at, end = 0, max(0, len(data) - keep)
        while at < end:
            at = self._skip(data, at, end) if self._closer else self._next(data, at, end)
        self._rest = data[at:]

    def _next(self, data: bytes, at: int, end: int) -> int:
        """Count one token and return where to go on."""
        match = self._token.search(data, at)
        if match is None or match.start() >= end:
            return end
        if match["opener"]:
            self._closer = _CLOSERS[match["opener"]]
        elif match["schema"]:
            self._declare(match["schema"])
        else:
            self._found += 1
        return match.end()

    def _declare(self, tag: bytes) -> None:
        declared = declared_thing(tag)
        if declared and declared.encode() not in self._names:
            self._names.add(declared.encode())
            self._compile()

    def _skip(self, data: bytes, at: int, end: int) -> int:
        """Go on inside a comment, CDATA section or instruction; its things count only if it never ends."""
        close = data.find(self._closer, at)
        if close >= 0:
            self._hidden = 0
            close += len(self._closer)
            self._closer = b""
            return close
        tags = (m for m in self._token.finditer(data, at) if m.start() < end)
        self._hidden += sum(1 for m in tags if not (m["opener"] or m["schema"]))
        return end
