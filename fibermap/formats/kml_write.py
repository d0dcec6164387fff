"""GeoDataFrames as KML or KMZ that Google Earth, ArcGIS and this reader open alike. Equal frames give equal bytes."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from fastkml import styles
from fastkml.containers import Document, Folder
from fastkml.data import ExtendedData, Schema, SchemaData, SimpleData, SimpleField
from fastkml.enums import DataType
from fastkml.features import Placemark
from fastkml.kml import KML
from shapely.geometry.base import BaseGeometry

from fibermap.kernel.errors import Code, InputRefused

_SCHEMA_ID = "fields"
_FILL_ALPHA = "7f"
_ICON = "http://maps.google.com/mapfiles/kml/shapes/placemark_circle.png"  # viewers know this address and tint it
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip archive can hold
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TYPES = {"i": DataType.int_, "u": DataType.uint, "f": DataType.double, "b": DataType.bool_}


def write_kml(
    path: Path,
    gdf: gpd.GeoDataFrame,
    *,
    name: str,
    name_column: str | None = None,
    folder_column: str | None = None,
    colour_column: str | None = None,
    colours: Mapping[str, str] | None = None,
) -> None:
    """Write features to ``.kmz`` or ``.kml``, chosen by the suffix.

    Parameters
    ----------
    path
        Replaced if it exists.
    gdf
        Features in any known coordinate system. Rows without geometry become placemarks without geometry.
    name
        Title of the document.
    name_column
        Column of placemark names; it is not repeated among the fields.
    folder_column
        Column of folder paths: a list or tuple of names outermost first, or one name. Rows keep their order within
        a folder; folders come in order of first use.
    colour_column, colours
        Column that decides the colour, and value -> ``#rrggbb``. Values without a colour are drawn as viewers please.

    Raises
    ------
    InputRefused
        ``CRS_MISSING`` without a coordinate system, ``EXPORT_FORMAT_UNKNOWN`` for another suffix,
        ``ARGUMENT_INVALID`` for a colour or column that is none, ``EXPORT_TARGET_REFUSED`` if the file cannot be
        written.

    Notes
    -----
    NULL and NaN are left out. Coordinates are written with all digits, so that reading gives the same geometry.
    """
    suffix = path.suffix.lower()
    if suffix not in (".kml", ".kmz"):
        raise InputRefused(
            Code.EXPORT_FORMAT_UNKNOWN, f"{path.name} is neither .kml nor .kmz", hint="Change the suffix."
        )
    _check_columns(gdf, name_column, folder_column, colour_column)
    document = _document(
        _in_degrees(gdf, path),
        name,
        dict(colours or {}),
        name_column=name_column,
        folder_column=folder_column,
        colour_column=colour_column,
    )
    text = KML(features=[document]).to_string(prettyprint=False)
    content = b'<?xml version="1.0" encoding="UTF-8"?>\n' + text.encode() + b"\n"
    try:
        if suffix == ".kml":
            path.write_bytes(content)
        else:
            _write_archive(path, content)
    except OSError as error:
        raise InputRefused(
            Code.EXPORT_TARGET_REFUSED, f"{path} cannot be written: {error.strerror}", hint="Choose another folder."
        ) from error


def _write_archive(path: Path, content: bytes) -> None:
    entry = zipfile.ZipInfo("doc.kml", date_time=_EPOCH)
    entry.external_attr = 0o644 << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(entry, content, zipfile.ZIP_DEFLATED)


def _check_columns(gdf: gpd.GeoDataFrame, *columns: str | None) -> None:
    for column in columns:
        if column is not None and column not in gdf.columns:
            raise InputRefused(
                Code.ARGUMENT_INVALID, f"there is no column {column!r}", hint=f"There are {', '.join(gdf.columns)}."
            )


def _in_degrees(gdf: gpd.GeoDataFrame, path: Path) -> gpd.GeoDataFrame:
    if gdf.crs is None:
        raise InputRefused(
            Code.CRS_MISSING, f"the features for {path.name} have no coordinate system", hint="Set it with set_crs()."
        )
    return gdf.to_crs("EPSG:4326")


def _document(
    gdf: gpd.GeoDataFrame,
    name: str,
    colours: dict[str, str],
    *,
    name_column: str | None,
    folder_column: str | None,
    colour_column: str | None,
) -> Document:
    special = {name_column, folder_column, gdf.geometry.name}
    fields = {str(column): gdf[column] for column in gdf.columns if column not in special}
    urls = {value: f"colour-{index}" for index, value in enumerate(sorted(colours))}
    schema = Schema(id=_SCHEMA_ID, name=_SCHEMA_ID, fields=[_field(key, column) for key, column in fields.items()])
    document = Document(
        name=_text(name), styles=[_style(urls[v], colours[v]) for v in urls], schemata=[schema] if fields else []
    )
    names = gdf[name_column] if name_column else [None] * len(gdf)
    folders = gdf[folder_column] if folder_column else [()] * len(gdf)
    values = gdf[colour_column] if colour_column else [None] * len(gdf)
    rows = zip(*fields.values(), strict=True) if fields else ((),) * len(gdf)
    tree = _Tree(document)
    for geometry, title, folder, value, row in zip(gdf.geometry, names, folders, values, rows, strict=True):
        url = urls.get(str(value)) if not _is_null(value) else None
        tree.container(_path(folder)).append(_placemark(geometry, title, url, dict(zip(fields, row, strict=True))))
    return document


class _Tree:
    """The folders of a document, made on first use."""

    def __init__(self, document: Document) -> None:
        self._containers: dict[tuple[str, ...], Document | Folder] = {(): document}

    def container(self, path: tuple[str, ...]) -> Document | Folder:
        """Return the folder at a path of names, outermost first."""
        if path not in self._containers:
            folder = Folder(name=path[-1])
            self.container(path[:-1]).append(folder)
            self._containers[path] = folder
        return self._containers[path]


def _placemark(geometry: BaseGeometry | None, title: Any, url: str | None, row: dict[str, Any]) -> Placemark:
    data = [SimpleData(name=key, value=_text(value)) for key, value in row.items() if not _is_null(value)]
    schema_data = SchemaData(schema_url=f"#{_SCHEMA_ID}", data=data)
    return Placemark(
        name=None if _is_null(title) else _text(title),
        style_url=styles.StyleUrl(url=f"#{url}") if url else None,
        extended_data=ExtendedData(elements=[schema_data]) if data else None,
        geometry=None if geometry is None or geometry.is_empty else geometry,
    )


def _field(name: str, column: pd.Series[Any]) -> SimpleField:
    return SimpleField(name=_text(name), type_=_TYPES.get(column.dtype.kind, DataType.string))


def _style(key: str, colour: str) -> styles.Style:
    if not re.fullmatch("#[0-9a-fA-F]{6}", colour):
        raise InputRefused(Code.ARGUMENT_INVALID, f"{colour!r} is no colour", hint="Write it like #00aa00.")
    bgr = (colour[5:7] + colour[3:5] + colour[1:3]).lower()
    line, fill = styles.LineStyle(color=f"ff{bgr}", width=2), styles.PolyStyle(color=_FILL_ALPHA + bgr)
    icon = styles.IconStyle(color=f"ff{bgr}", icon_href=_ICON)
    return styles.Style(id=key, styles=[icon, line, fill])


def _path(folder: Any) -> tuple[str, ...]:
    if isinstance(folder, Iterable) and not isinstance(folder, str):
        return tuple(_text(part) for part in folder if not _is_null(part) and str(part).strip())
    return () if _is_null(folder) or not str(folder).strip() else (_text(folder),)


def _is_null(value: Any) -> bool:
    return value is None or (np.ndim(value) == 0 and bool(pd.isna(value)))


def _text(value: Any) -> str:
    """Write a value without what XML cannot hold."""
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    return _ILLEGAL.sub(" ", str(value))
