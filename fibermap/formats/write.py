"""Features into files: GeoJSON, GeoPackage, FlatGeobuf, GeoParquet, CSV, KML and KMZ, chosen by the suffix.

A file appears whole or not at all. The same features give the same bytes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
import pandas as pd
import shapely

from fibermap.formats.known_fields import NAME_FIELDS, pick_field
from fibermap.formats.model import json_text
from fibermap.formats.whole_file import refuse_target, whole_file
from fibermap.formats.write_csv import write_csv
from fibermap.kernel.errors import Code, InputRefused

if TYPE_CHECKING:
    import geopandas as gpd

_STABLE_TIME = "2000-01-01T00:00:00.000Z"
_COORDINATE_DIGITS = 9


def write_features(path: Path, gdf: gpd.GeoDataFrame, *, layer: str = "fibermap") -> None:
    """Write features to a file.

    Parameters
    ----------
    path
        Where to; the suffix chooses the format (:data:`SUFFIXES`). Replaced if it exists. Its folder must exist.
    gdf
        The features, in any declared system; written as EPSG:4326, longitude first. Lists and objects in cells
        become JSON text, except in Parquet and KML.
    layer
        Name of the layer, or title of the document.

    Raises
    ------
    InputRefused
        ``export_format_unknown`` for another suffix, ``export_target_refused`` for a directory, a folder that is not
        there or that cannot be written to, ``crs_missing`` for features without a declared system.
    """
    from pyogrio.errors import DataSourceError, FieldError

    write = _WRITERS.get(path.suffix.lower())
    if write is None:
        raise InputRefused(
            Code.EXPORT_FORMAT_UNKNOWN,
            f"{path.name} does not end in a suffix that can be written.",
            hint=f"Use one of {', '.join(SUFFIXES)}.",
            file=str(path),
        )
    refuse_target(path)
    features = _in_degrees(gdf)
    with whole_file(path, DataSourceError, FieldError, RuntimeError) as temporary:
        write(temporary, features, layer)


def _in_degrees(gdf: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    if gdf.crs is None:
        raise InputRefused(
            Code.CRS_MISSING,
            "The features declare no coordinate system.",
            hint="Set it, for example gdf.set_crs('EPSG:4326').",
        )
    return gdf if gdf.crs.equals("EPSG:4326", ignore_axis_order=True) else gdf.to_crs("EPSG:4326")


def _write_geojson(path: Path, gdf: gpd.GeoDataFrame, layer: str) -> None:
    """Write RFC 7946: degrees to a tenth of a millimetre, outer rings counterclockwise, one feature a line."""
    flat = _flat(gdf)
    shapes = shapely.transform(flat.geometry.to_numpy(), lambda degrees: np.round(degrees, _COORDINATE_DIGITS))
    texts = shapely.to_geojson(shapely.force_2d(shapely.orient_polygons(shapes)))
    names = [str(column) for column in flat.columns if column != flat.geometry.name]
    columns = [flat[column].to_list() for column in flat.columns if column != flat.geometry.name]
    cells = zip(*columns, strict=True) if columns else ((),) * len(flat)
    with path.open("wb") as file:
        file.write(b'{"type":"FeatureCollection","name":' + orjson.dumps(layer) + b',"features":[')
        for number, (row, text) in enumerate(zip(cells, texts, strict=True)):
            feature = {
                "type": "Feature",
                "properties": {name: _json_value(cell) for name, cell in zip(names, row, strict=True)},
                "geometry": orjson.Fragment(text or "null"),
            }
            file.write((b",\n" if number else b"\n") + orjson.dumps(feature))
        file.write(b"\n]}\n")


def _write_geopackage(path: Path, gdf: gpd.GeoDataFrame, layer: str) -> None:
    """Write a GeoPackage, and put a fixed time where the driver put the present one.

    How many transactions the driver needs depends on the clock too; their number stands twice in the file's header
    (SQLite file format, sections 1.3.8 and 1.3.16), and any will do as long as both are the same.
    """
    from pyogrio import write_dataframe

    flat = _flat(gdf)
    used = {str(column).lower() for column in flat.columns}
    write_dataframe(
        flat,
        path,
        driver="GPKG",
        layer=layer,
        FID=_unused("fid", used),
        GEOMETRY_NAME=_unused("geom", used - {str(flat.geometry.name).lower()}),
    )
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE gpkg_contents SET last_change = ?", [_STABLE_TIME])
    with path.open("r+b") as file:
        for offset in (24, 92):
            file.seek(offset)
            file.write((1).to_bytes(4, "big"))


def _write_flatgeobuf(path: Path, gdf: gpd.GeoDataFrame, layer: str) -> None:
    """Write FlatGeobuf; its spatial index has no place for features without geometry, so they cost the index."""
    from pyogrio import write_dataframe

    has_index = bool(len(gdf)) and not (gdf.geometry.isna() | gdf.geometry.is_empty).any()
    write_dataframe(_flat(gdf), path, driver="FlatGeobuf", layer=layer, SPATIAL_INDEX="YES" if has_index else "NO")


def _write_parquet(path: Path, gdf: gpd.GeoDataFrame, _layer: str) -> None:
    gdf.to_parquet(path, index=False, compression="zstd")


def _write_csv(path: Path, gdf: gpd.GeoDataFrame, _layer: str) -> None:
    write_csv(path, gdf)


def _write_kml(path: Path, gdf: gpd.GeoDataFrame, layer: str) -> None:
    from fibermap.formats.kml_write import write_kml

    write_kml(path, gdf, name=layer, name_column=pick_field(map(str, gdf.columns), NAME_FIELDS))


_WRITERS: dict[str, Callable[[Path, gpd.GeoDataFrame, str], None]] = {
    ".csv": _write_csv,
    ".fgb": _write_flatgeobuf,
    ".geojson": _write_geojson,
    ".gpkg": _write_geopackage,
    ".kml": _write_kml,
    ".kmz": _write_kml,
    ".parquet": _write_parquet,
}

SUFFIXES = tuple(_WRITERS)
"""What :func:`write_features` writes."""


def _flat(gdf: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the features with cells that every driver takes, numbered anew."""
    flat = gdf.reset_index(drop=True)
    for column in flat.columns:
        if column != flat.geometry.name and flat[column].dtype == object:
            flat[column] = pd.Series([_scalar(cell) for cell in flat[column]], index=flat.index, dtype=object)
    return flat


def _json_value(cell: Any) -> Any:
    if isinstance(cell, int | float):
        return cell if np.isfinite(cell) else None
    return _scalar(cell)


def _scalar(cell: Any) -> Any:
    if cell is None or cell is pd.NA or cell is pd.NaT or (isinstance(cell, float) and np.isnan(cell)):
        return None
    if isinstance(cell, str):
        return cell.encode("utf-8", "replace").decode()
    if isinstance(cell, np.ndarray):
        cell = cell.tolist()
    if isinstance(cell, dict | list | tuple | set):
        return json_text(sorted(cell, key=str) if isinstance(cell, set) else cell)
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    return str(cell)


def _unused(name: str, used: set[str]) -> str:
    while name in used:
        name += "_"
    return name
