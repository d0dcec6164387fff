"""Where the features of a GeoJSON text lie, found without parsing it.

A parser stops at the first mistake; this scan only follows quotes and brackets, so that each feature can be parsed on
its own and a bad one is lost alone. Source: RFC 8259 (JSON), RFC 7946 (GeoJSON), RFC 8142 (GeoJSON text sequences).
"""

from __future__ import annotations

import mmap
import re
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Text: TypeAlias = mmap.mmap | bytes
Spans: TypeAlias = NDArray[np.int64]
"""Shape (n, 2): first byte and the byte after the last one."""

_BLOCK_BYTES = 8 << 20
_FEATURES_KEY = re.compile(rb'"features"\s*:\s*\Z')
_FEATURE_START = re.compile(rb'\{\s*"type"\s*:\s*"Feature"\s*[,}]')
_FEATURE_MARK = re.compile(rb'"type"\s*:\s*"Feature"')
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[{}\[\],]|[^\s"{}\[\],]++', re.DOTALL)
_RECORD_SEPARATOR = b"\x1e"
_OPENS = np.zeros(256, dtype=np.int8)
_OPENS[[ord("{"), ord("[")]] = 1
_OPENS[[ord("}"), ord("]")]] = -1


@dataclass(frozen=True, slots=True)
class Layout:
    """The features of a text and what is around them.

    Attributes
    ----------
    spans
        Of the features, in order.
    rest
        The document without its features, to be parsed for its ``name`` and ``crs``.
    is_whole
        False where brackets or quotes do not match, so that the spans were found by the features' own beginnings.
    """

    spans: Spans
    rest: bytes
    is_whole: bool


def scan_collection(text: Text) -> Layout:
    """Find the members of ``features`` (or of a bare list) in one JSON document."""
    brackets = _Brackets(text)
    brackets.follow()
    if not brackets.is_balanced:
        return Layout(_by_beginnings(text), b"", is_whole=False)
    if text[: brackets.first + 1].strip() == b"[":
        return Layout(_with_scalars(text, brackets.pairs(2), brackets.first, len(text)), b"{}", is_whole=True)
    arrays = [span for span in brackets.pairs(2) if _is_features(text, int(span[0]))]
    if not arrays:
        return Layout(np.array([[0, len(text)]]), b"", is_whole=True)
    inner = brackets.pairs(3)
    found = [
        _with_scalars(text, inner[(inner[:, 0] > start) & (inner[:, 1] < end)], int(start), int(end))
        for start, end in arrays
    ]
    rest, at = b"", 0
    for start, end in arrays:
        rest, at = rest + text[at:start] + b"[]", end
    return Layout(np.vstack(found), rest + text[at:], is_whole=True)


def scan_lines(text: Text) -> Spans:
    """Find the records of a newline-delimited text or of a text sequence (each begins with the byte 0x1E)."""
    block = np.frombuffer(text, dtype=np.uint8)
    separator = _RECORD_SEPARATOR if text[:1] == _RECORD_SEPARATOR else b"\n"
    cuts = np.flatnonzero(block == separator[0])
    spans = np.column_stack([np.concatenate([[-1], cuts]) + 1, np.concatenate([cuts, [len(text)]])])
    spans = spans[spans[:, 1] > spans[:, 0]]
    return np.array([span for span in spans if text[span[0] : span[1]].strip()], dtype=np.int64).reshape(-1, 2)


_COLLECTION_MARK = re.compile(rb'"type"\s*:\s*"FeatureCollection"')
_SECOND_LINE = re.compile(rb"\s*\{")


def is_sequence(text: Text) -> bool:
    """Tell whether each line, and not the whole text, is a JSON document."""
    if text[:1] == _RECORD_SEPARATOR:
        return True
    end = text.find(b"\n") + 1
    first = text[:end].strip()
    if not (first.startswith(b"{") and first.endswith(b"}") and _FEATURE_MARK.search(first)):
        return False
    # A whole collection on one line, with a line feed behind it, is one document and not the first of many.
    return _SECOND_LINE.match(text, end) is not None or _COLLECTION_MARK.search(first) is None


def count_features(text: Text, layout: Layout) -> int:
    """Count features without the scan: by their ``"type": "Feature"``, and token by token where that disagrees."""
    marks = sum(1 for _ in _FEATURE_MARK.finditer(text))
    if marks == len(layout.spans):
        return marks
    return _count_by_tokens(text) if layout.is_whole else len(layout.spans)


def count_lines(text: Text) -> int:
    """Count the records of a newline-delimited text or text sequence without the scan."""
    separator = _RECORD_SEPARATOR if text[:1] == _RECORD_SEPARATOR else b"\n"
    count, start = 0, 0
    while start < len(text):
        end = text.find(separator, start)
        end = len(text) if end < 0 else end
        count += bool(text[start:end].strip())
        start = end + 1
    return count


class _Brackets:
    """Follows the nesting of brackets outside strings, and keeps the places where it passes the upper levels."""

    def __init__(self, text: Text) -> None:
        self._text = text
        self._depth = self._lowest = 0
        self._in_string = self._escaped = False
        self._opened: list[list[NDArray[np.int64]]] = [[] for _ in range(4)]
        self._closed: list[list[NDArray[np.int64]]] = [[] for _ in range(4)]
        self.first = -1

    @property
    def is_balanced(self) -> bool:
        return self._depth == 0 and self._lowest >= 0 and not self._in_string and self.first >= 0

    def follow(self) -> None:
        for offset in range(0, len(self._text), _BLOCK_BYTES):
            count = min(_BLOCK_BYTES, len(self._text) - offset)
            self._follow_block(np.frombuffer(self._text, np.uint8, count, offset), offset)

    def pairs(self, depth: int) -> Spans:
        """Return the spans of the values whose opening bracket brings the nesting to ``depth``."""
        nothing = np.empty(0, np.int64)
        opened = np.concatenate([nothing, *self._opened[depth]])
        closed = np.concatenate([nothing, *self._closed[depth - 1]])
        return np.column_stack([opened, closed + 1])

    def _follow_block(self, block: NDArray[np.uint8], offset: int) -> None:
        quotes = self._quotes(block)
        at = np.flatnonzero(_OPENS[block])
        outside = (np.searchsorted(quotes, at) + self._in_string) % 2 == 0
        at = at[outside]
        self._in_string = bool((len(quotes) + self._in_string) % 2)
        if not at.size:
            return
        step = _OPENS[block[at]]
        depth = self._depth + np.cumsum(step, dtype=np.int64)
        self._depth, self._lowest = int(depth[-1]), min(self._lowest, int(depth.min()))
        if self.first < 0:
            self.first = int(at[0]) + offset
        for level in range(4):
            here = depth == level
            self._opened[level].append(at[here & (step > 0)] + offset)
            self._closed[level].append(at[here & (step < 0)] + offset)

    def _quotes(self, block: NDArray[np.uint8]) -> NDArray[np.int64]:
        """Return the places of quotes that no backslash escapes; runs of backslashes escape by their parity."""
        quotes = np.flatnonzero(block == ord('"'))
        slashes = np.flatnonzero(block == ord("\\"))
        carried, self._escaped = self._escaped, False
        if not slashes.size:
            return quotes[1:] if carried and quotes.size and quotes[0] == 0 else quotes
        is_start = np.concatenate([[True], np.diff(slashes) > 1])
        starts = slashes[is_start]
        lengths = np.diff(np.concatenate([np.flatnonzero(is_start), [len(slashes)]]))
        lengths[0] += carried and starts[0] == 0
        after = starts + np.diff(np.concatenate([np.flatnonzero(is_start), [len(slashes)]]))
        escaped = after[lengths % 2 == 1]
        self._escaped = bool(escaped.size and escaped[-1] == len(block))
        if carried and starts[0] != 0:
            escaped = np.concatenate([[0], escaped])
        return np.setdiff1d(quotes, escaped, assume_unique=True)


def _is_features(text: Text, start: int) -> bool:
    return text[start : start + 1] == b"[" and _FEATURES_KEY.search(text[max(0, start - 1_000) : start]) is not None


def _with_scalars(text: Text, spans: Spans, start: int, end: int) -> Spans:
    """Add the members that are no objects (``null``, numbers): they are broken features, but they are counted."""
    edges = np.concatenate([[start + 1], spans.ravel(), [end]]).reshape(-1, 2)
    extra: list[tuple[int, int]] = []
    is_comma = (np.diff(edges, axis=1)[:, 0] == 1) & (np.frombuffer(text, np.uint8)[edges[:, 0]] == ord(","))
    for number in map(int, np.flatnonzero(~is_comma)):
        low, high = map(int, edges[number])
        follows_value = number > 0
        for match in _TOKEN.finditer(text[low:high]):
            if match[0] == b",":
                follows_value = False
            elif match[0] != b"]" and not follows_value:
                extra.append((low + match.start(), low + match.end()))
                follows_value = True
    if not extra:
        return spans
    every = np.vstack([spans, np.array(extra, dtype=np.int64)])
    return every[np.argsort(every[:, 0], kind="stable")]


def _by_beginnings(text: Text) -> Spans:
    starts = [match.start() for match in _FEATURE_START.finditer(text)]
    ends = [*starts[1:], len(text)][: len(starts)]
    return np.array([starts, ends], dtype=np.int64).T.reshape(-1, 2)


def _count_by_tokens(text: Text) -> int:
    """Walk every token; slow, and needed only for files whose features do not all say that they are features."""
    depth, count, level, has_value = 0, 0, -1, False
    before: tuple[bytes, bytes] = (b"", b"")
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token in (b"]", b"}"):
            count += has_value and depth == level
            level = -1 if depth == level else level
            depth -= 1
            has_value = True
        elif token == b"," and depth == level:
            count += has_value
            has_value = False
        elif token in (b"[", b"{"):
            count += has_value and depth == level  # a comma is missing
            has_value = True
            depth += 1
            is_list = depth == 1 or (depth == 2 and before == (b'"features"', b":"))
            if token == b"[" and is_list:
                level, has_value = depth, False
        else:
            has_value = True
        before = (before[1], token)
    return count if _has_list(text) else 1


def _has_list(text: Text) -> bool:
    return re.search(rb'"features"\s*:\s*\[', text) is not None or text[:100].lstrip().startswith(b"[")
