"""The arguments of a plan's verbs: JSON in, held against the signature of the method, and nothing else gets through."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from pathlib import PurePath
from types import SimpleNamespace
from typing import Any, get_type_hints

import shapely
from pydantic import PydanticSchemaGenerationError, TypeAdapter, ValidationError
from shapely.geometry.base import BaseGeometry

from fibermap.address.lots import Side
from fibermap.address.model import ConnectivityEvent, Kind
from fibermap.coverage.holds import HoldOrder
from fibermap.coverage.model import Class, HoldCode
from fibermap.ingest.fields import LayerMapping
from fibermap.ingest.fields import Mapping as FieldMapping
from fibermap.ingest.pipeline import Request
from fibermap.ingest.profiles import Profile
from fibermap.ingest.report import IngestReport
from fibermap.ingest.saved_sources import SavedSource
from fibermap.review.model import Choice, Details, Queue
from fibermap_api.problems import Invalid

LONGEST_WKT = 1 << 20
_BY_NAME: Mapping[tuple[str, str], Any] = {
    ("hold", "code"): HoldCode,
    ("retype_address", "kind"): Kind,
    ("set_area_class", "class_"): Class,
    ("add_lots", "side"): Side,
    **{(verb, "kind"): Kind | None for verb in ("bulk_preview", "bulk_change")},
    **{(verb, "hold"): HoldCode | None for verb in ("bulk_preview", "bulk_change")},
    ("preview_lots", "side"): Side,
    ("change_connectivity", "event"): ConnectivityEvent,
    ("check_many", "addresses"): list[str | None],
    ("reviews", "queue"): Queue | None,
    ("review_decisions", "queue"): Queue | None,
    ("decide_review", "choice"): Choice,
}
"""Where the method takes a wider type than it can use."""
_FURTHER: Mapping[str, type[Any]] = {
    "hold": HoldOrder, "ingest": Request, "answer": Request, "add_source": SavedSource, "decide_review": Details,
}  # fmt: skip
"""Whose fields a verb takes beside its own parameters, by ``**``."""
_ELSEWHERE = {
    "gpd": SimpleNamespace(GeoDataFrame=object), "folium": SimpleNamespace(Map=object), "PurePath": PurePath,
    "FeatureSource": object, "IngestReport": IngestReport, "pa": SimpleNamespace(Table=object), "Watch": object,
}  # fmt: skip
"""Names in annotations that are not in reach where they stand."""


@dataclass(frozen=True, slots=True)
class Bound:
    """Arguments that fit."""

    arguments: tuple[Any, ...]
    named: dict[str, Any]


def bind(owner: type, name: str, arguments: Sequence[Any], named: Mapping[str, Any]) -> Bound:
    """Hold arguments against a method, and read each as the type that it declares.

    Raises
    ------
    Invalid
        They do not fit; it says which.
    """
    signature = inspect.signature(getattr(owner, name))
    try:
        bound = signature.bind(None, *arguments, **named)
    except TypeError as error:
        raise _invalid("", "arguments", str(error)) from None
    types = _types(owner, name)
    for parameter, value in list(bound.arguments.items())[1:]:
        kind = signature.parameters[parameter].kind
        if kind is inspect.Parameter.VAR_KEYWORD:
            _refuse_unknown(name, value, signature)
            bound.arguments[parameter] = {key: _read(types, key, given) for key, given in value.items()}
        elif kind is not inspect.Parameter.VAR_POSITIONAL:
            bound.arguments[parameter] = _read(types, parameter, value)
    return Bound(bound.args[1:], bound.kwargs)


def _refuse_unknown(name: str, given: Mapping[str, Any], signature: inspect.Signature) -> None:
    if name not in _FURTHER:
        return  # the method itself says which names it knows
    known = {field.name for field in fields(_FURTHER[name])} - set(signature.parameters)
    if unknown := sorted(set(given) - known):
        raise _invalid(unknown[0], "unexpected", f"There is: {', '.join(sorted(known))}.")


@cache
def _types(owner: type, name: str) -> Mapping[str, Any]:
    hints = get_type_hints(getattr(owner, name), localns=_ELSEWHERE)
    if name in _FURTHER:
        hints = {**get_type_hints(_FURTHER[name], localns=_ELSEWHERE), **hints}
    hints.pop("return", None)
    return {parameter: _BY_NAME.get((name, parameter), kind) for parameter, kind in hints.items()}


def _read(types: Mapping[str, Any], name: str, value: Any) -> Any:
    if name not in types:
        return value  # of a method that takes any names; it refuses those that it does not know
    kind = types[name]
    if kind is BaseGeometry:
        return _geometry(name, value)
    if kind == BaseGeometry | None:
        return None if value is None else _geometry(name, value)
    if kind in (FieldMapping | Profile, FieldMapping | Profile | None):
        return None if value is None else _mapping(name, value)
    if kind == Sequence[LayerMapping]:
        return [LayerMapping.from_json(each) for each in value] if isinstance(value, list) else _mapping(name, value)
    return _as(kind, name, value)


def _as(kind: Any, name: str, value: Any) -> Any:
    try:
        return TypeAdapter(kind).validate_json(json.dumps(value), strict=True)
    except ValidationError as error:
        raise _invalid(name, error.errors()[0]["type"], error.errors()[0]["msg"]) from None
    except PydanticSchemaGenerationError:
        raise _invalid(name, "type", "It cannot be given over HTTP.") from None


def _geometry(name: str, value: Any) -> BaseGeometry:
    shape = (
        shapely.from_wkt(value, on_invalid="ignore") if isinstance(value, str) and len(value) < LONGEST_WKT else None
    )
    if shape is None:
        raise _invalid(name, "wkt", "It is not WKT.")
    return shape


def _mapping(name: str, value: Any) -> FieldMapping | Profile:
    if isinstance(value, dict) and value.keys() == {"profile"}:
        return Profile.from_json(value["profile"])
    if isinstance(value, dict) and value.keys() == {"mapping"}:
        return FieldMapping.from_json(value["mapping"])
    raise _invalid(name, "mapping", "It is neither a mapping nor a profile.")


def _invalid(name: str, code: str, message: str) -> Invalid:
    return Invalid([{"field": name[:100], "code": code, "message": message[:200]}])
