"""Features as CSV: latitude and longitude as columns, and no cell that a spreadsheet would run.

Source: RFC 4180; OWASP "CSV Injection" for the characters that begin a formula.
"""

from __future__ import annotations

import csv
import re
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import shapely

from fibermap.formats.model import json_text

if TYPE_CHECKING:
    import geopandas as gpd

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""A text that begins so gets an apostrophe before it, unless it is a plain number; readers may take it off again."""

_FORMULA = r"^[=+\-@\t\r]"
_PLAIN_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")


def write_csv(path: Path, gdf: gpd.GeoDataFrame) -> None:
    """Write features as UTF-8 CSV.

    Parameters
    ----------
    path
        The file.
    gdf
        Features in EPSG:4326. Columns come in their order, without the geometry; then ``lat`` and ``lon``, degrees,
        where there are none of these names: of a point itself, of anything else a point inside it, blank without
        geometry. Where not all are points a column ``wkt`` follows with the whole geometry.

    Notes
    -----
    Texts that begin with one of :data:`FORMULA_STARTS` are written with an apostrophe before them.
    """
    names = [str(column) for column in gdf.columns if column != gdf.geometry.name]
    columns = [list(gdf[column]) for column in gdf.columns if column != gdf.geometry.name]
    for name, values in _positions(gdf).items():
        if name not in names:
            names.append(name)
            columns.append(values)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow([neutralise(name) for name in names])
        writer.writerows([_cell(value) for value in row] for row in zip(*columns, strict=True))


def neutralise(text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would take for a formula."""
    if text.startswith(FORMULA_STARTS) and not _PLAIN_NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def csv_rows(table: pa.Table) -> bytes:
    """Return a table of plain values as UTF-8 CSV, without a row of names.

    Texts stand in quotes, NULL is nothing at all, and what a spreadsheet would run is written as in `write_csv`.
    """
    for at, column in enumerate(table.schema):
        if pa.types.is_string(column.type):
            texts = table[column.name]
            if pc.any(pc.match_substring_regex(texts, _FORMULA)).as_py():
                safe = [None if text is None else neutralise(text) for text in texts.to_pylist()]
                table = table.set_column(at, column, pa.array(safe, pa.string()))
    sink = pa.BufferOutputStream()
    pacsv.write_csv(table, sink, pacsv.WriteOptions(include_header=False))
    return bytes(sink.getvalue())


def _positions(gdf: gpd.GeoDataFrame) -> dict[str, list[Any]]:
    geometry = np.asarray(gdf.geometry.values, dtype=object)
    points = shapely.point_on_surface(geometry)
    is_point = shapely.get_type_id(geometry) == shapely.GeometryType.POINT
    points[is_point] = geometry[is_point]
    positions: dict[str, list[Any]] = {"lat": list(shapely.get_y(points)), "lon": list(shapely.get_x(points))}
    if not (is_point | shapely.is_missing(geometry)).all():
        positions["wkt"] = list(shapely.to_wkt(geometry, rounding_precision=9))
    return positions


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return neutralise(value)
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, dict | list | tuple):
        return neutralise(json_text(value))
    if value is None or pd.isna(value):
        return ""
    return _plain_cell(value)


def _plain_cell(value: Any) -> str:
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float | np.floating):
        number = float(value)
        return str(int(number)) if number.is_integer() and abs(number) < 2**53 else repr(number)
    if isinstance(value, datetime | date):
        return value.isoformat()
    return neutralise(str(value))
