"""The elements of a features array, decoded one by one, so that a broken one costs only itself.

Where brackets or quotes are out of balance, the scan takes everything after the fault for one element. Such an element
is searched for the places where features begin, and what is whole among them is kept.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

import orjson

from fibermap.formats.esri_scan import FeatureArray
from fibermap.formats.model import Outcome
from fibermap.kernel.errors import Code
from fibermap.kernel.settings import Limits

MOST_ELEMENT_BYTES = 256 << 20
_WINDOW_BYTES = 8 << 20
_LONGEST_START_BYTES = 160
_FEATURE_START = re.compile(rb'\{\s{0,64}"(?:attributes|geometry)"\s{0,64}:')


@dataclass(frozen=True, slots=True)
class RawFeature:
    """One decoded element; ``value`` is None where it could not be decoded, and ``outcome`` and ``reason`` say why."""

    row: int
    value: Mapping[str, Any] | None
    outcome: Outcome = Outcome.INGESTED
    reason: Code | None = None
    detail: str | None = None


def read_elements(file: BinaryIO, array: FeatureArray, limits: Limits) -> Iterator[RawFeature]:
    """Decode every element of one array, in order; rows count from 1."""
    row = 0
    for text, start, end in _texts(file, array):
        element = _too_large(1, end - start) if text is None else decode_element(text, 1, limits)
        pieces = [] if element.value is not None else list(_salvaged(file, start, end, limits))
        for piece in pieces if len(pieces) > 1 else [element]:
            row += 1
            yield RawFeature(row, piece.value, piece.outcome, piece.reason, piece.detail)


def decode_element(text: bytes, row: int, limits: Limits) -> RawFeature:
    """Decode one feature object.

    Tolerated: bare NaN and Infinity (read as null, as ArcGIS means them) and text that is Windows-1252 instead of
    UTF-8 (``repaired``). All else that is not a JSON object is ``quarantined``.
    """
    if text.count(b"[") > 2 * limits.vertices + 1000:
        return _too_large(row, len(text))
    outcome, reason, detail = Outcome.INGESTED, None, None
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as broken:
        try:
            decoded = text.decode("utf-8")
        except UnicodeDecodeError:
            decoded = text.decode("cp1252", "replace")
            outcome, reason = Outcome.REPAIRED, Code.ENCODING_UNKNOWN
            detail = "The text is not UTF-8 and was read as Windows-1252."
        try:
            value = _lenient(decoded)
        except (ValueError, TypeError, RecursionError):
            return _unreadable(row, f"The feature is not valid JSON: {broken.msg} at character {broken.pos}.")
    if not isinstance(value, dict):
        return _unreadable(row, "The element of the features array is not an object.")
    return RawFeature(row, value, outcome, reason, detail)


def holds_feature(file: BinaryIO, start: int, end: int) -> bool:
    """Tell whether anything in a stretch of the file begins like a feature."""
    return next(_pieces(file, start, end), None) is not None


def _lenient(text: str) -> Any:
    """Decode a JSON value that may hold NaN and be followed by something; the second decoding turns NaN into null."""
    value, _ = json.JSONDecoder().raw_decode(text.lstrip())
    return orjson.loads(orjson.dumps(value))


def _texts(file: BinaryIO, array: FeatureArray) -> Iterator[tuple[bytes | None, int, int]]:
    """Yield each element's text and place, reading the file in windows; None where it is too large to hold."""
    window, window_start = b"", 0
    for start, end in zip(array.starts.tolist(), array.ends.tolist(), strict=True):
        if end - start > MOST_ELEMENT_BYTES:
            yield None, start, end
            continue
        if end > window_start + len(window):
            file.seek(start)
            window, window_start = file.read(max(_WINDOW_BYTES, end - start)), start
        yield window[start - window_start : end - window_start].strip(), start, end


def _salvaged(file: BinaryIO, start: int, end: int, limits: Limits) -> Iterator[RawFeature]:
    """Decode whatever begins like a feature inside an element that is broken as a whole."""
    for piece in _pieces(file, start, end):
        if len(piece) > MOST_ELEMENT_BYTES:
            yield _too_large(0, len(piece))
        else:
            yield decode_element(piece.rstrip(b" \t\r\n,"), 0, limits)


def _pieces(file: BinaryIO, start: int, end: int) -> Iterator[bytes]:
    """Cut a stretch of the file where features begin; what stands before the first one is dropped."""
    held, searched, is_begun = b"", 0, False
    for place in range(start, end, _WINDOW_BYTES):
        file.seek(place)
        held += file.read(min(_WINDOW_BYTES, end - place))
        cuts = [match.start() for match in _FEATURE_START.finditer(held, searched)]
        for cut, following in zip([0, *cuts] if is_begun else cuts, cuts if is_begun else cuts[1:], strict=False):
            yield held[cut:following]
        if cuts:
            is_begun = True
            held = held[cuts[-1] :]
        searched = max(1, len(held) - _LONGEST_START_BYTES)
        if len(held) > MOST_ELEMENT_BYTES:
            held = held[: MOST_ELEMENT_BYTES + 1]  # the rest of it is of no use, its beginning still counts
            searched = len(held)
    if is_begun:
        yield held


def _unreadable(row: int, detail: str) -> RawFeature:
    return RawFeature(row, None, Outcome.QUARANTINED, Code.ROW_UNREADABLE, detail)


def _too_large(row: int, size: int) -> RawFeature:
    detail = f"The feature is too large to read ({size:,} bytes)."
    return RawFeature(row, None, Outcome.QUARANTINED, Code.GEOMETRY_TOO_LARGE, detail)
