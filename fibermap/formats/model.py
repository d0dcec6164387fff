"""What a reader yields: Arrow batches of features, with everything the file said about them.

One row of a batch is one thing that the source holds (placemark, overlay, network link, row, object), whether or not
it could be read. That is what makes the conservation law checkable:
``read = ingested + repaired + quarantined + set_aside``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

import orjson
import pyarrow as pa
import shapely
from shapely.geometry.base import BaseGeometry

from fibermap.kernel.errors import Code

BATCH_ROWS = 10_000
BATCH_BYTES = 32 << 20

FEATURE_SCHEMA = pa.schema(
    [
        pa.field("row", pa.int64(), nullable=False),
        pa.field("layer", pa.string(), nullable=False),
        pa.field("folder", pa.list_(pa.string()), nullable=False),
        pa.field("source_fid", pa.string()),
        pa.field("name", pa.string()),
        pa.field("geometry", pa.binary()),
        pa.field("attributes", pa.string(), nullable=False),
        pa.field("style", pa.string()),
        pa.field("outcome", pa.string(), nullable=False),
        pa.field("reason", pa.string()),
        pa.field("detail", pa.string()),
        pa.field("part", pa.int32()),
    ]
)
"""Columns of every batch.

- ``row``: 1-based ordinal in the layer, as counted; ``layer``: document, table or layer name
- ``folder``: path of folders, outermost first
- ``source_fid``: the source's own id (OBJECTID, ESITEID, placemark id) or NULL
- ``geometry``: 2-D WKB in EPSG:4326, longitude first, NULL where the feature has none
- ``attributes``: JSON object, domain labels in place of codes (the code stays under ``"<field>.code"``), dates ISO 8601
- ``style``: JSON object of the resolved style (``line``, ``fill`` as ``#rrggbb``, ``icon``) or NULL
- ``outcome``, ``reason`` (a :class:`Code`), ``detail``: what happened to it and why, in a sentence
- ``part``: 0-based geometry part at fault, or NULL
"""


class Outcome(StrEnum):
    """The four ends of everything that is read."""

    INGESTED = "ingested"
    REPAIRED = "repaired"
    QUARANTINED = "quarantined"
    SET_ASIDE = "set_aside"


@dataclass(frozen=True, slots=True)
class FieldInfo:
    """One attribute field of a layer; ``domain`` maps codes to labels where the file has a coded-value domain."""

    name: str
    type: str = "string"
    alias: str | None = None
    domain: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class LayerInfo:
    """One layer of a source.

    Attributes
    ----------
    name
        Unique within the source.
    read
        Things the layer holds, counted *independently of the parser* (start tags, object ids, lines).
    crs
        Authority code of the coordinates in the file (``"EPSG:2256"``), before they became longitude and latitude.
    """

    name: str
    read: int
    crs: str = "EPSG:4326"
    fields: tuple[FieldInfo, ...] = ()


@dataclass(frozen=True, slots=True)
class Notice:
    """Something about the file as a whole that a planner should see; ``needs_yes`` stops an unattended promote."""

    code: Code
    message: str
    layer: str | None = None
    needs_yes: bool = False


@runtime_checkable
class FeatureSource(Protocol):
    """An opened source.

    ``batches`` may be iterated once. ``layers`` and ``notices`` are complete only after it is exhausted, because
    streaming formats learn of their layers as they go.
    """

    path: str
    format: str

    def batches(self) -> Iterator[pa.RecordBatch]: ...

    def layers(self) -> tuple[LayerInfo, ...]: ...

    def notices(self) -> tuple[Notice, ...]: ...


@dataclass(slots=True)
class Feature:
    """One thing read from a source, before it becomes a row of a batch. Fields as in :data:`FEATURE_SCHEMA`."""

    row: int
    layer: str
    geometry: BaseGeometry | None = None
    attributes: dict[str, Any] = field(default_factory=dict)
    name: str | None = None
    folder: tuple[str, ...] = ()
    source_fid: str | None = None
    style: dict[str, str] | None = None
    outcome: Outcome = Outcome.INGESTED
    reason: Code | None = None
    detail: str | None = None
    part: int | None = None


def json_text(value: Any) -> str:
    """Write a JSON value compactly and deterministically; what JSON lacks becomes its text."""
    try:
        return orjson.dumps(value, default=str, option=_JSON_OPTIONS).decode()
    except TypeError:
        return orjson.dumps(_plain(value), default=str, option=_JSON_OPTIONS).decode()


_JSON_OPTIONS = orjson.OPT_NON_STR_KEYS | orjson.OPT_SORT_KEYS


def _plain(value: Any) -> Any:
    """Write as text what hostile files hold and orjson refuses: integers beyond 64 bits and lone surrogates."""
    if isinstance(value, dict):
        return {_plain(str(key)): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    return str(value) if isinstance(value, int) and abs(value) >= 1 << 63 else value


def to_batches(features: Iterable[Feature], rows: int = BATCH_ROWS) -> Iterator[pa.RecordBatch]:
    """Pack features into Arrow batches of at most ``rows`` rows and about ``BATCH_BYTES``, in order."""
    chunk: list[Feature] = []
    size_bytes = 0
    for feature in features:
        chunk.append(feature)
        size_bytes += _size_bytes(feature)
        if len(chunk) == rows or size_bytes >= BATCH_BYTES:
            yield _batch(chunk)
            chunk, size_bytes = [], 0
    if chunk:
        yield _batch(chunk)


def _size_bytes(feature: Feature) -> int:
    """Return roughly what a feature weighs, so that ten thousand large ones do not make one batch."""
    texts = sum(len(value) for value in feature.attributes.values() if isinstance(value, str))
    return 16 * int(shapely.get_num_coordinates(feature.geometry)) + texts


def _batch(features: list[Feature]) -> pa.RecordBatch:
    geometry = shapely.to_wkb([f.geometry for f in features], output_dimension=2)
    columns = {
        "row": [f.row for f in features],
        "layer": [f.layer for f in features],
        "folder": [list(f.folder) for f in features],
        "source_fid": [f.source_fid for f in features],
        "name": [f.name for f in features],
        "geometry": list(geometry),
        "attributes": [json_text(f.attributes) for f in features],
        "style": [json_text(f.style) if f.style else None for f in features],
        "outcome": [str(f.outcome) for f in features],
        "reason": [str(f.reason) if f.reason else None for f in features],
        "detail": [f.detail for f in features],
        "part": [f.part for f in features],
    }
    return pa.RecordBatch.from_pydict(columns, schema=FEATURE_SCHEMA)
