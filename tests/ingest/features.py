"""Small feature tables for the tests of ingest, and the reference files as such tables."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
from lxml import etree, html
from shapely.geometry import LineString, Point, box, shape
from shapely.geometry.base import BaseGeometry

from fibermap.formats.model import FEATURE_SCHEMA, Feature, to_batches
from tests.reference import reference_data

POINT, LINE, AREA = Point(-111.3, 45.8), LineString([(-111.3, 45.8), (-111.2, 45.8)]), box(-111.3, 45.8, -111.2, 45.9)


def table_of(features: Iterable[Feature]) -> pa.Table:
    """Pack features into one table."""
    return pa.Table.from_batches(list(to_batches(features)), schema=FEATURE_SCHEMA)


def features_like(
    geometry: BaseGeometry | None,
    *attributes: dict[str, Any],
    layer: str = "layer",
    folder: tuple[str, ...] = (),
    name: str | None = None,
    style: dict[str, str] | None = None,
) -> list[Feature]:
    """Return one feature for each set of attributes."""
    return [
        Feature(row, layer, geometry, values, name, folder, style=style) for row, values in enumerate(attributes, 1)
    ]


def geojson_table(name: str, layer: str | None = None) -> pa.Table:
    """Return a reference GeoJSON file as features of a layer named for the file."""
    path = reference_data(f"manhattan_mt/{name}")
    features = orjson.loads(path.read_bytes())["features"]
    return table_of(
        Feature(row, layer or path.stem, shape(feature["geometry"]), feature["properties"])
        for row, feature in enumerate(features, 1)
    )


def esri_plan_table() -> pa.Table:
    """Return the Esri plan with its status domain resolved; the shapes do not matter here."""
    path = reference_data("manhattan_mt/plan/manhattan_mt_ftth_plan.esri.json")
    document = orjson.loads(path.read_bytes())
    labels = {1: "Build", 2: "Pre-build"}
    return table_of(
        Feature(row, path.name.removesuffix(".esri.json"), AREA, values | {"STATUS": labels[values["STATUS"]]})
        for row, feature in enumerate(document["features"], 1)
        for values in (feature["attributes"],)
    )


def kml_table(name: str) -> pa.Table:
    """Return a reference KML or KMZ file: folders, names, schema data and HTML tables; shapes by kind only."""
    path = reference_data(name)
    root = etree.parse(io.BytesIO(_kml_bytes(path))).getroot()
    placemarks = list(_placemarks(root, ()))
    return table_of(
        Feature(row, path.stem, _geometry(mark), _attributes(mark), mark.findtext("{*}name"), folder)
        for row, (folder, mark) in enumerate(placemarks, 1)
    )


def _kml_bytes(path: Path) -> bytes:
    if path.suffix != ".kmz":
        return path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        return archive.read(archive.namelist()[0])


def _placemarks(element: Any, folder: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for child in element:
        match etree.QName(child).localname:
            case "Placemark":
                yield folder, child
            case "Folder":
                yield from _placemarks(child, (*folder, child.findtext("{*}name") or ""))
            case "Document":
                yield from _placemarks(child, folder)


def _geometry(mark: Any) -> BaseGeometry | None:
    kinds = {"Polygon": AREA, "LineString": LINE, "Point": POINT}
    return next((geometry for tag, geometry in kinds.items() if next(mark.iter(f"{{*}}{tag}"), None) is not None), None)


def _attributes(mark: Any) -> dict[str, str]:
    data = {item.get("name"): item.text or "" for item in mark.iter("{*}SimpleData")}
    description = mark.findtext("{*}description") or ""
    if "<table" in description:
        cells = [cell.text_content() for cell in html.fromstring(description).iter("td")]
        data |= dict(zip(cells[::2], cells[1::2], strict=True))
    return data
