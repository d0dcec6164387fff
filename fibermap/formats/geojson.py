"""GeoJSON, feature by feature: a bad feature is quarantined with its row and never takes its layer with it.

Collections, bare lists, single features, newline-delimited texts and text sequences. Source: RFC 7946; the ``crs``
member of the older GeoJSON 2008 is honoured, because county servers still write it.
"""

from __future__ import annotations

import json
import mmap
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
from pyproj import CRS

from fibermap.formats import geojson_geometry
from fibermap.formats.archive import check_file
from fibermap.formats.columns import Chunk, attribute_text
from fibermap.formats.geojson_scan import (
    Layout,
    Spans,
    Text,
    count_features,
    count_lines,
    is_sequence,
    scan_collection,
    scan_lines,
)
from fibermap.formats.known_fields import ID_FIELDS, NAME_FIELDS, as_text, field_text, pick_field
from fibermap.formats.model import BATCH_ROWS, LayerInfo, Notice, Outcome
from fibermap.formats.place import Placer
from fibermap.kernel.crs import WGS84, crs_name, parse_crs
from fibermap.kernel.errors import Code, InputRefused
from fibermap.kernel.settings import Limits

_OWN_MEMBERS = frozenset({"type", "geometry", "properties", "id", "bbox"})
_BYTES_PER_VERTEX = 64
_POSITION = re.compile(rb"\[\s*[-\d]")
_MOST_TRAILING = 4
_TRANSCODED_BYTES = 1 << 30


class GeoJsonSource:
    """An opened GeoJSON file; see :func:`read_geojson`."""

    format = "geojson"

    def __init__(self, path: Path, text: Text, *, limits: Limits, crs: CRS | None) -> None:
        self.path = str(path)
        self._path, self._text, self._limits = path, text, limits
        self._notices: list[Notice] = []
        document = self._scan()
        self._name = as_text(document.get("name")) or path.stem
        declared = crs or self._declared(document)
        self._placer = Placer(
            declared or WGS84,
            {"file": path.name, "layer": self._name},
            limits.vertices,
            is_declared=declared is not None,
        )

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the features in the order of the file."""
        for first in range(0, len(self._spans), BATCH_ROWS):
            chunk = self._read(self._spans[first : first + BATCH_ROWS], first + 1)
            self._placer.place(chunk)
            chunk.bound_attributes(self._limits.attribute_bytes)
            yield chunk.to_batch()

    def layers(self) -> tuple[LayerInfo, ...]:
        """Return the one layer."""
        return (LayerInfo(self._name, self._read_count, crs_name(self._placer.crs or WGS84)),)

    def notices(self) -> tuple[Notice, ...]:
        """Return what a planner should know about the file as a whole."""
        return (*self._notices, *self._placer.notices)

    def _scan(self) -> dict[str, Any]:
        if is_sequence(self._text):
            self._spans, self._read_count = scan_lines(self._text), count_lines(self._text)
            return {}
        layout = scan_collection(self._text)
        self._spans, self._read_count = layout.spans, count_features(self._text, layout)
        return self._document(layout)

    def _document(self, layout: Layout) -> dict[str, Any]:
        """Parse what stands around the features, and refuse what is no GeoJSON."""
        if not layout.is_whole:
            if not len(layout.spans):
                raise self._broken("its brackets do not match and no feature can be told apart")
            self._notices.append(
                Notice(Code.JSON_BROKEN, "The file is damaged or breaks off; its features were read one by one.")
            )
            return {}
        try:
            document = orjson.loads(layout.rest or self._text[:])
        except orjson.JSONDecodeError as failure:
            document = _lenient(layout.rest or self._text[:])
            if document is None:
                raise self._broken(str(failure)) from failure
        if not isinstance(document, dict) or not (document == {} or _is_geojson(document)):
            raise self._broken("it holds no features")
        return document

    def _declared(self, document: dict[str, Any]) -> CRS | None:
        member = document.get("crs")
        if not isinstance(member, dict):
            return None
        properties = member.get("properties")
        name = properties.get("name", properties.get("code")) if isinstance(properties, dict) else None
        return parse_crs(name)

    def _read(self, spans: Spans, first_row: int) -> Chunk:
        decoded = [self._decode(int(start), int(end)) for start, end in spans]
        features = [feature if isinstance(feature, dict) else {} for feature in decoded]
        properties = [_attributes(feature) for feature in features]
        chunk = Chunk.of(
            self._name,
            first_row,
            [None] * len(spans),
            [attribute_text(each) for each in properties],
            source_fid=[_source_fid(feature, each) for feature, each in zip(features, properties, strict=True)],
            name=[field_text(each, pick_field(each, NAME_FIELDS)) for each in properties],
        )
        faults = [feature if isinstance(feature, _Unreadable) else None for feature in decoded]
        for index, fault in enumerate(faults):
            if fault is not None:
                chunk.mark([index], Outcome.QUARANTINED, fault.code, fault.detail)
        geojson_geometry.decode(chunk, [_geometry(feature) for feature in features])
        return chunk

    def _decode(self, start: int, end: int) -> dict[str, Any] | _Unreadable:
        most = self._limits.vertices * _BYTES_PER_VERTEX + self._limits.attribute_bytes
        if end - start > most:
            return _Unreadable(Code.GEOMETRY_TOO_LARGE, f"it takes {end - start:,} bytes")
        piece = self._text[start:end]
        if self._has_too_many_positions(piece):
            return _Unreadable(Code.GEOMETRY_TOO_LARGE, f"it has more than {self._limits.vertices:,} vertices")
        try:
            value = orjson.loads(piece)
        except orjson.JSONDecodeError as failure:
            value = _lenient(piece)
            if value is None:
                return _Unreadable(Code.JSON_BROKEN, f"it is no JSON: {failure}")
        if isinstance(value, dict) and _is_feature(value):
            return value
        return _Unreadable(Code.JSON_BROKEN, "it is no feature")

    def _has_too_many_positions(self, piece: bytes) -> bool:
        # Parsed, a position takes twenty times its text, so that it is told before. Attributes may hold arrays too.
        most = self._limits.vertices + self._limits.attribute_bytes
        return piece.count(b"[") > most and sum(1 for _ in _POSITION.finditer(piece)) > most

    def _broken(self, what: str) -> InputRefused:
        return InputRefused(
            Code.JSON_BROKEN,
            f"{self._path.name} is not GeoJSON that can be read: {what}.",
            hint="Export it again as GeoJSON (RFC 7946).",
            file=self.path,
        )


class _Unreadable:
    def __init__(self, code: Code, detail: str) -> None:
        self.code, self.detail = code, detail


def read_geojson(path: Path, *, limits: Limits, crs: str | None = None) -> GeoJsonSource:
    """Open a GeoJSON file.

    Parameters
    ----------
    path
        The file: a FeatureCollection, a bare list of features, one feature, or one feature a line.
    limits
        Bounds.
    crs
        The coordinate system of the coordinates, above whatever the file says. Without either: EPSG:4326.

    Returns
    -------
    GeoJsonSource
        ``source_fid`` is the feature's ``id``, else a property known to be one. Members of a feature beyond the
        standard's join its attributes. A null geometry is ingested without a position.

    Raises
    ------
    InputRefused
        ``json_broken`` where nothing can be told apart, ``crs_unknown``, and as :func:`~.archive.check_file`;
        ``crs_missing`` while iterating, where most coordinates cannot be degrees and no system is declared.
    """
    check_file(path, limits=limits)
    return GeoJsonSource(path, _open_text(path), limits=limits, crs=None if crs is None else parse_crs(crs))


def _open_text(path: Path) -> Text:
    with path.open("rb") as file:
        start = file.read(4)
        if start.startswith(b"\xef\xbb\xbf"):
            return _mapped(path)[3:] if path.stat().st_size < _TRANSCODED_BYTES else _mapped(path)
        if start.startswith((b"\xff\xfe", b"\xfe\xff")) and path.stat().st_size < _TRANSCODED_BYTES:
            return path.read_bytes().decode("utf-16", "replace").encode("utf-8", "replace")
        return _mapped(path)


def _mapped(path: Path) -> mmap.mmap:
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _lenient(piece: bytes) -> Any:
    """Parse what strict JSON refuses: NaN, another encoding, trailing commas and brackets of a damaged file."""
    piece = piece.strip(b" \t\r\n,\x1e\x00")
    for _ in range(_MOST_TRAILING):
        for encoding in ("utf-8", "cp1252"):
            try:
                return json.loads(piece.decode(encoding, "strict" if encoding == "utf-8" else "replace"))
            except (ValueError, RecursionError):
                continue
        if piece[-1:] not in (b"]", b"}"):
            return None
        piece = piece[:-1].rstrip(b" \t\r\n,")
    return None


def _is_geojson(document: dict[str, Any]) -> bool:
    return isinstance(document.get("features"), list) or _is_feature(document)


def _is_feature(value: dict[str, Any]) -> bool:
    return "geometry" in value or "properties" in value or _is_bare_geometry(value)


def _is_bare_geometry(value: dict[str, Any]) -> bool:
    return "coordinates" in value or "geometries" in value


def _geometry(feature: dict[str, Any]) -> Any:
    return feature.get("geometry", feature if _is_bare_geometry(feature) else None)


def _attributes(feature: dict[str, Any]) -> dict[str, Any]:
    properties = feature.get("properties")
    if isinstance(properties, dict) and feature.keys() <= _OWN_MEMBERS:
        return properties
    named = properties if isinstance(properties, dict) else {"properties": properties} if properties else {}
    if _is_bare_geometry(feature):
        return dict(named)
    return {**{key: value for key, value in feature.items() if key not in _OWN_MEMBERS}, **named}


def _source_fid(feature: dict[str, Any], properties: dict[str, Any]) -> str | None:
    own = as_text(feature.get("id"))
    return own if own is not None else field_text(properties, pick_field(properties, ID_FIELDS))
