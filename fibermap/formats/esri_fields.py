"""Attributes of Esri features: labels in place of codes, dates as text.

A field's coded-value domain, or the domain that a subtype puts in its place, says what a code means. Source: ArcGIS
REST API, Domain objects, Layer (``fields``, ``types``, ``subtypes``) and field types.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from fibermap.formats.model import FieldInfo

CODE_SUFFIX = ".code"
"""The code of a labelled field ``STATUS`` is the attribute ``STATUS.code``."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OID_TYPE = "esriFieldTypeOID"
_USUAL_OID_NAMES = ("OBJECTID", "FID", "OID", "OBJECTID_1")


@dataclass(frozen=True, slots=True)
class Attributes:
    """The attributes of one feature, with what looks wrong about them in sentences (no reason to refuse it)."""

    values: dict[str, Any]
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Range:
    low: float
    high: float


_Domain = Mapping[str, str] | _Range


@dataclass(frozen=True, slots=True)
class FieldReader:
    """Knows the fields of one layer.

    Attributes
    ----------
    fields
        As the layer declares them; attributes that are not declared are kept as they are.
    object_id
        Name of the object id field, or None where the layer tells of none.
    display
        Field whose value names a feature, or None.
    """

    fields: tuple[FieldInfo, ...] = ()
    object_id: str | None = None
    display: str | None = None
    _domains: Mapping[str, _Domain] = field(default_factory=dict)
    _subtype_field: str | None = None
    _subtype_domains: Mapping[str, Mapping[str, _Domain]] = field(default_factory=dict)
    _types: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of_layer(cls, *sources: Mapping[str, Any]) -> FieldReader:
        """Read what one or more objects say about a layer: feature set, layer definition, layer metadata.

        The first object that has a member decides; malformed members count as absent.
        """
        declared = [entry for entry in _first(sources, "fields", list) or [] if _is_named(entry)]
        subtype_field, subtypes = _subtypes(sources)
        domains = {entry["name"]: domain for entry in declared if (domain := _domain(entry.get("domain")))}
        labels = {_code(sub["id"]): str(sub["name"]) for sub in subtypes if sub.get("name") is not None}
        if subtype_field and labels:
            domains.setdefault(subtype_field, labels)
        return cls(
            fields=tuple(_field_info(entry, domains.get(entry["name"])) for entry in declared),
            object_id=_object_id(sources, declared),
            display=_first(sources, "displayField", str) or _first(sources, "displayFieldName", str) or None,
            _domains=domains,
            _subtype_field=subtype_field,
            _subtype_domains={_code(sub["id"]): _domains_of(sub.get("domains")) for sub in subtypes},
            _types={entry["name"]: str(entry.get("type", "")) for entry in declared},
        )

    def read(self, raw: Mapping[str, Any]) -> Attributes:
        """Give one feature's attributes their labels and dates.

        Returns
        -------
        Attributes
            Coded values as labels with the code under ``"<field>.code"``; codes that the domain does not know stay as
            they are; dates ISO 8601 (UTC where the source has a time); null stays None.
        """
        subtype = self._subtype_domains.get(_code(raw.get(self._subtype_field))) if self._subtype_field else None
        domains = {**self._domains, **subtype} if subtype else self._domains
        values: dict[str, Any] = {}
        remarks: list[str] = []
        for name, value in raw.items():
            values[name] = _dated(value, self._types.get(name, ""))
            domain = domains.get(name)
            if domain is None or value is None:
                continue
            if isinstance(domain, _Range):
                remarks += _out_of_range(name, value, domain)
            elif (label := domain.get(_code(value))) is not None:
                values[name] = label
                values[name + CODE_SUFFIX] = value
        return Attributes(values, tuple(remarks))

    def source_fid(self, raw: Mapping[str, Any]) -> str | None:
        """Return the object id of a feature as text, or None."""
        value = _lookup(raw, [self.object_id] if self.object_id else _USUAL_OID_NAMES)
        return None if value is None else _code(value)

    def name(self, attributes: Attributes) -> str | None:
        """Return the value of the display field, or None where there is no such field or it is blank."""
        value = _lookup(attributes.values, [self.display]) if self.display else None
        text = "" if value is None else str(value).strip()
        return text or None


def iso_from_epoch(ms: float) -> str | None:
    """Write milliseconds since 1970 as ISO 8601 in UTC (``2025-10-01T00:00:00Z``), None beyond the years 1 to 9999."""
    try:
        return _iso(_EPOCH + timedelta(milliseconds=ms))
    except (OverflowError, ValueError):
        return None


def _iso(moment: datetime) -> str:
    precision = "milliseconds" if moment.microsecond else "seconds"
    return moment.astimezone(UTC).isoformat(timespec=precision).replace("+00:00", "Z")


def _dated(value: Any, field_type: str) -> Any:
    """Write dates as ISO 8601 text; what cannot be one stays as it is."""
    if value is None or isinstance(value, bool):
        return value
    is_number = isinstance(value, int | float)
    if field_type == "esriFieldTypeDate" and is_number:
        return iso_from_epoch(value) or value
    if field_type == "esriFieldTypeDateOnly" and is_number:
        day = iso_from_epoch(value)
        return day[:10] if day else value
    if field_type == "esriFieldTypeTimestampOffset" and isinstance(value, str):
        return _utc_from_offset(value)
    return value


def _utc_from_offset(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
        return _iso(moment) if moment.tzinfo else text
    except (ValueError, OverflowError):
        return text


def _out_of_range(name: str, value: Any, bounds: _Range) -> list[str]:
    if isinstance(value, int | float) and not bounds.low <= value <= bounds.high:
        return [f"{name} is {value}, outside its domain's {bounds.low:g} to {bounds.high:g}."]
    return []


def _code(value: Any) -> str:
    """Write a code so that 1, 1.0 and "1" are one: domains and data rarely agree on the type."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _lookup(values: Mapping[str, Any], names: Iterable[str | None]) -> Any:
    """Find a value by its field's name, letter case aside: exports disagree with their own metadata there."""
    wanted = [name.lower() for name in names if name]
    folded = {key.lower(): value for key, value in values.items() if key.lower() in wanted}
    return next((folded[name] for name in wanted if folded.get(name) is not None), None)


def _first(sources: Iterable[Mapping[str, Any]], member: str, kind: type) -> Any:
    return next((source[member] for source in sources if isinstance(source.get(member), kind) and source[member]), None)


def _is_named(entry: object) -> bool:
    return isinstance(entry, Mapping) and isinstance(entry.get("name"), str)


def _field_info(entry: Mapping[str, Any], domain: _Domain | None) -> FieldInfo:
    alias = entry.get("alias")
    return FieldInfo(
        name=entry["name"],
        type=str(entry.get("type", "esriFieldTypeString")).removeprefix("esriFieldType").lower(),
        alias=alias if isinstance(alias, str) and alias and alias != entry["name"] else None,
        domain=domain if isinstance(domain, Mapping) else None,
    )


def _object_id(sources: tuple[Mapping[str, Any], ...], declared: list[Mapping[str, Any]]) -> str | None:
    named = _first(sources, "objectIdFieldName", str) or _first(sources, "objectIdField", str)
    return named or next((entry["name"] for entry in declared if entry.get("type") == _OID_TYPE), None)


def _domain(raw: object) -> _Domain | None:
    """Read a domain; None for "inherited", for anything unknown and for none."""
    if not isinstance(raw, Mapping):
        return None
    if isinstance(raw.get("codedValues"), list):
        pairs = [pair for pair in raw["codedValues"] if isinstance(pair, Mapping)]
        return {_code(pair["code"]): str(pair["name"]) for pair in pairs if {"code", "name"} <= pair.keys()}
    limits = raw.get("range")
    if isinstance(limits, list) and len(limits) == 2 and all(isinstance(limit, int | float) for limit in limits):
        return _Range(limits[0], limits[1])
    return None


def _domains_of(raw: object) -> dict[str, _Domain]:
    entries = raw.items() if isinstance(raw, Mapping) else ()
    return {name: domain for name, entry in entries if (domain := _domain(entry))}


def _subtypes(sources: tuple[Mapping[str, Any], ...]) -> tuple[str | None, list[dict[str, Any]]]:
    """Return the subtype field and the subtypes, with ``id`` whatever the release calls it."""
    name = _first(sources, "typeIdField", str) or _first(sources, "subtypeField", str)
    entries = _first(sources, "types", list) or _first(sources, "subtypes", list) or []
    named = [entry for entry in entries if isinstance(entry, Mapping) and ("id" in entry or "code" in entry)]
    return name, [{**entry, "id": entry.get("id", entry.get("code"))} for entry in named]
