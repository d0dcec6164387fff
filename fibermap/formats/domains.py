"""Coded-value domains: what the codes in a FileGDB or GeoPackage stand for.

Sources: Esri "XML Schema of the Geodatabase" (``GPCodedValueDomain2``, ``GPFieldInfoEx``, ``Subtype``), kept in the
table ``GDB_Items``; OGC GeoPackage 1.3 annex F.9 (schema extension).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import TypeAlias

import pyogrio
from lxml import etree

from fibermap.formats.gdal_counts import open_sqlite

Labels: TypeAlias = dict[str, str]
"""Code as text to label."""

LayerDomains: TypeAlias = dict[str, dict[str, Labels]]
"""Layer, then field, then code to label."""

_LONGEST_DEFINITION = 16 << 20


def geodatabase_domains(folder: Path) -> LayerDomains:
    """Read the domains of a FileGDB from its system table; nothing where that cannot be read."""
    try:
        items = pyogrio.raw.read(
            folder, layer="GDB_Items", columns=["Definition"], read_geometry=False, max_features=100_000
        )[3][0]
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, pyogrio.errors.FeatureError, IndexError):
        return {}
    return parse_definitions(text for text in items if isinstance(text, str))


def parse_definitions(definitions: Iterable[str]) -> LayerDomains:
    """Read the definitions of domains and tables; both are found whatever their order.

    Parameters
    ----------
    definitions
        XML texts of the ``Definition`` column. What is no XML, or is very long, is passed over.
    """
    roots = [root for root in map(_root, definitions) if root is not None]
    domains = {
        root.findtext("DomainName") or "": _coded_values(root)
        for root in roots
        if etree.QName(root).localname.startswith("GPCodedValueDomain")
    }
    found: LayerDomains = {}
    for root in roots:
        fields = _fields_with_domains(root)
        labels = {field: domains[name] for field, name in fields.items() if domains.get(name)}
        subtypes = _subtypes(root)
        if labels or subtypes:
            found[root.findtext("Name") or ""] = {**labels, **subtypes}
    return found


def geopackage_domains(path: Path) -> LayerDomains:
    """Read the enumerations of a GeoPackage's schema extension; nothing where it has none."""
    statement = """
        SELECT c.table_name, c.column_name, d.value, d.description
        FROM gpkg_data_columns c JOIN gpkg_data_column_constraints d USING (constraint_name)
        WHERE d.constraint_type = 'enum' AND d.value IS NOT NULL AND d.description IS NOT NULL
    """
    found: LayerDomains = {}
    try:
        with closing(open_sqlite(path)) as database:
            for table, column, code, label in database.execute(statement):
                found.setdefault(table, {}).setdefault(column, {})[str(code)] = str(label)
    except sqlite3.Error:
        return {}
    return found


def label_of(value: object, labels: Mapping[str, str]) -> str | None:
    """Return the label of a code, however the file types it; None for a code that the domain does not know."""
    if value is None:
        return None
    code = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    return labels.get(code)


def _root(text: str) -> etree._Element | None:
    if len(text) > _LONGEST_DEFINITION:
        return None
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return etree.fromstring(text.encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def _coded_values(root: etree._Element) -> Labels:
    return {
        _plain(each.findtext("Code") or ""): each.findtext("Name") or ""
        for each in root.iter("{*}CodedValue", "CodedValue")
    }


def _fields_with_domains(root: etree._Element) -> dict[str, str]:
    return {
        field.findtext("Name") or "": field.findtext("DomainName") or ""
        for field in root.iter("GPFieldInfoEx")
        if field.findtext("DomainName")
    }


def _subtypes(root: etree._Element) -> dict[str, Labels]:
    """The subtype field is a coded field whose labels are the names of the subtypes."""
    field = root.findtext("SubtypeFieldName")
    labels = {
        _plain(each.findtext("SubtypeCode") or ""): each.findtext("SubtypeName") or "" for each in root.iter("Subtype")
    }
    return {field: labels} if field and labels else {}


def _plain(code: str) -> str:
    """Write a code as a field holds it: domains of doubles say ``1.0`` where the table has ``1``."""
    whole, point, rest = code.partition(".")
    return whole if point and rest.strip("0") == "" else code
