"""How values travel: JSON for values, Arrow for tables. Never anything that runs when it is read."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any

import orjson
import pyarrow as pa
from pydantic import TypeAdapter

from fibermap.client.verbs import Shape, Verb
from fibermap.coverage.permissions import LeftOut
from fibermap.ingest.fields import LayerMapping
from fibermap.ingest.fields import Mapping as FieldMapping
from fibermap.ingest.findings import Finding
from fibermap.ingest.layer_view import LayerView, OpenWord
from fibermap.ingest.obstacles import Consequences
from fibermap.ingest.profiles import Profile
from fibermap.ingest.promote import FileCount, Promoted
from fibermap.ingest.report import IngestReport
from fibermap.ingest.roles import RoleProposal
from fibermap.kernel.errors import Code, InputRefused
from fibermap.results import Answer, Result, to_geo

if TYPE_CHECKING:
    import geopandas as gpd

JSON = "application/json"
WRITTEN = "X-Fibermap-Written"
"""The header of an export that says, as JSON, how many rows it has and what it left out."""
ARROW = "application/vnd.apache.arrow.stream"
_META = b"fibermap"
_TABLES = pa.schema([("name", pa.string()), ("stream", pa.large_binary())])


class Told(dict[str, Any]):
    """A JSON object whose members are attributes too, as those of the value that it was: ``explained.address``."""

    def __getattr__(self, name: str) -> Any:
        for key in (name, name.rstrip("_")):
            if key in self:
                return told(self[key])
        raise AttributeError(f"The answer has no {name}.")

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return dict(self)


@dataclass(frozen=True, slots=True)
class ReportData:
    """What of an :class:`fibermap.ingest.report.IngestReport` travels; what it can do is asked of the server."""

    files: list[FileCount]
    findings: list[Finding]
    roles: dict[str, list[RoleProposal]]
    promoted: Promoted
    committed: bool
    layers: list[LayerView] = field(default_factory=list)
    words: list[OpenWord] = field(default_factory=list)
    consequences: Consequences | None = None

    @classmethod
    def of(cls, report: IngestReport) -> ReportData:
        """Take what travels from a report: all but where its findings lie."""
        taken = {each.name: getattr(report, each.name) for each in fields(cls)}
        return cls(**{**taken, "findings": [replace(finding, places=()) for finding in report.findings]})


def dumps(value: Any) -> bytes:
    """Write JSON: dates as ISO 8601, ids as numbers, what is not finite as null, members of objects in their order."""
    options = orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_PASSTHROUGH_DATACLASS
    return orjson.dumps(value, default=_plain, option=options)


def told(value: Any) -> Any:
    """Give the members of JSON objects as attributes too."""
    return Told(value) if isinstance(value, dict) else value


def read_as(kind: Any, document: bytes) -> Any:
    """Read JSON as a value of a type; raises ``pydantic.ValidationError``."""
    return TypeAdapter(kind).validate_json(document)


def encode(verb: Verb, value: Any) -> tuple[bytes, str]:
    """Return what a verb answered, as it travels, and its media type."""
    match verb.shape:
        case Shape.TABLE:
            meta = {"title": value.title, "left_out": value.left_out, "remarks": value.remarks}
            return _stream(value.table, meta), ARROW
        case Shape.FRAME:
            return _stream(_table_of(value), {"left_out": value.attrs.get("left_out")}), ARROW
        case Shape.TABLES:
            rows = {"name": list(value), "stream": [_stream(table, {}) for table in value.values()]}
            return _stream(pa.table(rows, schema=_TABLES), {}), ARROW
        case Shape.ANSWER:
            content = value.as_json() if verb.of is None else value.value
            document: Any = {"value": content, "lines": value.lines()}
        case Shape.PROFILES:
            document = [profile.to_json() for profile in value]
        case Shape.PAGE:
            document = {"html": value.get_root().render()}
        case _:
            document = value
    return dumps(document), JSON


def decode(verb: Verb, body: bytes) -> Any:
    """Return what a verb answered, as the plan itself would have returned it."""
    match verb.shape:
        case Shape.ANSWER:
            document = orjson.loads(body)
            lines, value = document["lines"], document["value"]
            found = Told(value) if verb.of is None else read_as(verb.of, orjson.dumps(value))
            return Answer(found, lambda _: lines)
        case Shape.PROFILES:
            return tuple(Profile.from_json(profile) for profile in orjson.loads(body))
        case Shape.TABLE:
            table, meta = _read_stream(body)
            return Result(meta["title"], table, _left_out(meta["left_out"]), tuple(meta["remarks"]))
        case Shape.FRAME:
            return _frame_of(*_read_stream(body))
        case Shape.TABLES:
            rows = _read_stream(body)[0].to_pylist()
            return {row["name"]: _read_stream(row["stream"])[0] for row in rows}
        case _:
            return None if verb.of is None else read_as(verb.of, body)


def frame_bytes(frame: gpd.GeoDataFrame) -> bytes:
    """Write a GeoDataFrame: its columns, the active geometry as WKB, and its coordinate system.

    Raises
    ------
    InputRefused
        ``argument_invalid``: a column cannot be written as Arrow.
    """
    crs = None if frame.crs is None else frame.crs.to_wkt()
    try:
        return _stream(_table_of(frame), {"crs": crs, "columns": [str(column) for column in frame.columns]})
    except (pa.ArrowException, TypeError) as error:
        raise InputRefused(
            Code.ARGUMENT_INVALID,
            f"The frame cannot be sent: {error}.",
            hint="Give each column values of one type, or write the frame to a file and ingest that.",
        ) from error


def read_frame(body: bytes) -> gpd.GeoDataFrame:
    """Read what `frame_bytes` wrote."""
    table, meta = _read_stream(body)
    frame = to_geo(table)
    active = next(name for name in meta["columns"] if name not in table.column_names or name == "geometry")
    named = frame if active == "geometry" else frame.rename_geometry(active)
    return named[meta["columns"]].set_crs(meta["crs"], allow_override=True)


def _plain(value: Any) -> Any:
    if isinstance(value, LayerMapping | FieldMapping | Profile):
        written = value.to_json()
        return written if isinstance(value, LayerMapping) else {type(value).__name__.lower(): written}
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name.rstrip("_"): getattr(value, field.name) for field in fields(value)}
    if hasattr(value, "model_fields"):
        return dict(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    if isinstance(value, Mapping):
        return dict(value)
    return _plain_scalar(value)


def _plain_scalar(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if hasattr(value, "geom_type"):
        import shapely

        return shapely.to_wkt(value, rounding_precision=-1)
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return value.item() if hasattr(value, "item") else str(value)


def _stream(table: pa.Table, meta: Mapping[str, Any]) -> bytes:
    sink = pa.BufferOutputStream()
    described = table.replace_schema_metadata({_META: dumps(meta)})
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    with pa.ipc.new_stream(sink, described.schema, options=options) as writer:
        writer.write_table(described)
    return bytes(sink.getvalue())


def _read_stream(body: bytes) -> tuple[pa.Table, dict[str, Any]]:
    with pa.ipc.open_stream(body) as reader:
        table = reader.read_all()
    meta = orjson.loads((table.schema.metadata or {}).get(_META, b"{}"))
    return table.replace_schema_metadata(None), meta


def _table_of(frame: gpd.GeoDataFrame) -> pa.Table:
    import shapely

    name = frame.geometry.name
    plain = pa.Table.from_pandas(frame.drop(columns=name), preserve_index=False)
    shapes = pa.array(shapely.to_wkb(frame.geometry.to_numpy()), pa.binary())
    return plain.append_column("geometry", shapes)


def _frame_of(table: pa.Table, meta: Mapping[str, Any]) -> gpd.GeoDataFrame:
    frame = to_geo(table)
    if meta["left_out"] is not None:
        frame.attrs["left_out"] = meta["left_out"]
        if left_out := _left_out(meta["left_out"]):
            warnings.warn(str(left_out), stacklevel=5)
    return frame


def _left_out(meta: Mapping[str, Any] | None) -> LeftOut | None:
    return None if meta is None else LeftOut(meta["addresses"], tuple(meta["sources"]))
