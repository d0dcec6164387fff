"""What a feature says about itself besides its geometry: extended data, old-style fields, HTML tables and the rest."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from fibermap.formats.kml_html import table_attributes
from fibermap.formats.kml_names import STANDARD_CHILDREN, local_name

_INTEGERS = frozenset({"int", "uint", "short", "ushort"})
_FLOATS = frozenset({"float", "double"})
_REPEATS = 100
MAX_SCHEMAS = 10_000
_PLAIN = ("address", "phoneNumber", "visibility")


@dataclass(slots=True)
class Schemas:
    """The schemas of one document, by id and by name.

    Attributes
    ----------
    read_on
        Adds what stands after its first use; does nothing when called again.
    """

    read_on: Callable[[], None]
    _fields: dict[str, dict[str, str]] = field(default_factory=dict)

    def add(self, schema: etree._Element) -> None:
        """Remember field -> type of a ``Schema`` element."""
        fields = schema_fields(schema)
        for key in (schema.get("id"), schema.get("name")):
            if key and len(self._fields) < MAX_SCHEMAS:
                self._fields.setdefault(key, fields)

    def named(self, name: str) -> dict[str, str]:
        """Return the fields of an old schema by the element name it declares; empty where there is none."""
        return self._fields.get(name, {})

    def referred(self, url: str) -> dict[str, str]:
        """Return the fields of the schema a ``schemaUrl`` refers to; empty where it is in another file."""
        key = url.rpartition("#")[2]
        if key and key not in self._fields:
            self.read_on()
        return self._fields.get(key, {})


def schema_fields(schema: etree._Element) -> dict[str, str]:
    """Return field -> type of a ``Schema`` element."""
    fields = (child for child in schema if local_name(child.tag) in ("SimpleField", "SimpleArrayField"))
    return {child.get("name", ""): child.get("type", "string") for child in fields if child.get("name")}


def read_attributes(feature: etree._Element, schemas: Schemas) -> dict[str, Any]:
    """Read all attributes of a feature.

    Where two say the same name, the first of these wins: extended data, fields of an old schema, HTML table,
    the feature's own elements; a second, different value of one name is kept as ``"name (2)"``,
    up to a hundred times.

    Parameters
    ----------
    feature
        A placemark, overlay or network link.
    schemas
        The schemas of its document.

    Returns
    -------
    dict
        JSON values. Typed where a schema says so and the text agrees (``"007"`` stays text); None for ``<Null>``.
        ``description`` holds text that is no table, ``begin``, ``end`` and ``when`` the time as written.
    """
    attributes: dict[str, Any] = {}
    described: dict[str, Any] = {}
    for child in feature:
        name = local_name(child.tag)
        if name in ("ExtendedData", "Metadata"):
            for key, value in _extended(child, schemas):
                _keep(attributes, key, value)
        elif name not in STANDARD_CHILDREN and len(child) == 0:
            _keep(attributes, name, typed(_text(child), schemas.named(local_name(feature.tag)).get(name, "string")))
        else:
            described.update(_described(name, child))
    return {**described, **attributes}


def _extended(element: etree._Element, schemas: Schemas) -> Iterator[tuple[str, Any]]:
    for child in element:
        match local_name(child.tag):
            case "Data":
                value = next((_text(part) for part in child if local_name(part.tag) == "value"), "")
                yield child.get("name") or "", value
            case "SchemaData":
                fields = schemas.referred(child.get("schemaUrl") or "")
                for part in child:
                    name = part.get("name") or ""
                    yield name, typed(_text(part), fields.get(name, "string"))
            case name if len(child) == 0:
                yield name, _text(child)
            case _:
                for part in child.iter(etree.Element):
                    if len(part) == 0:
                        yield local_name(part.tag), _text(part)


def typed(text: str, kind: str) -> Any:
    """Return a text as the type its schema declares, or unchanged where that would lose something."""
    convert = _CONVERTERS.get(kind)
    if convert is None or not text:
        return text
    try:
        value = convert(text)
    except (ValueError, OverflowError):
        return text
    return text if value is None else value


def _integer(text: str) -> int | None:
    value = int(text)
    return value if str(value) == text and abs(value) < 2**63 else None


def _float(text: str) -> float | None:
    value = float(text)
    return value if math.isfinite(value) and not (text[:1] == "0" and text[1:2].isdigit()) and "_" not in text else None


def _boolean(text: str) -> bool | None:
    return {"0": False, "1": True, "false": False, "true": True}.get(text.lower())


_CONVERTERS: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(_INTEGERS, _integer),
    **dict.fromkeys(_FLOATS, _float),
    "bool": _boolean,
}


def _described(name: str, element: etree._Element) -> dict[str, Any]:
    """Return what one of the feature's own elements says."""
    if name == "description":
        return _description(element)
    if name in _PLAIN and _text(element):
        return {name: _text(element)}
    if name in ("Snippet", "snippet") and _text(element):
        return {"snippet": _text(element)}
    if name in ("TimeStamp", "TimeSpan"):
        parts = {local_name(part.tag): _text(part) for part in element}
        return {key: value for key, value in parts.items() if key in ("when", "begin", "end") and value}
    return {}


def _description(element: etree._Element) -> dict[str, Any]:
    text = _text(element)
    if len(element):
        text += "".join(etree.tostring(child, encoding="unicode") for child in element)
    attributes, rest = table_attributes(text)
    title = next((_text(s) for s in element.itersiblings(preceding=True) if local_name(s.tag) == "name"), "")
    if rest.strip() and rest != title:
        attributes.setdefault("description", rest.strip())
    return attributes


def _keep(attributes: dict[str, Any], name: str, value: Any) -> None:
    if name in attributes and attributes[name] != value:
        repeated = (f"{name} ({n})" for n in range(2, _REPEATS))
        name = next((key for key in repeated if key not in attributes), "")
    if name:
        attributes[name] = value


def _text(element: etree._Element) -> str:
    return (element.text or "").strip()
