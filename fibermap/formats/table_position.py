"""The position of each row of a table: from two columns, from one that holds a geometry, or from none."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from shapely.errors import ShapelyError

from fibermap.formats import geojson_geometry, wkb
from fibermap.formats.columns import Chunk, index_array
from fibermap.formats.gdal_layers import CURVE_TOLERANCE_M
from fibermap.formats.model import Outcome
from fibermap.formats.table_profiles import LONLAT_COLUMNS, SHAPE_COLUMNS, XY_COLUMNS, pick_pair
from fibermap.formats.table_rows import Sheet
from fibermap.kernel.errors import Code, InputRefused

_SHAPE_TEXT = re.compile(
    r"\s*(?:SRID=\d+;)?\s*(?:POINT|LINESTRING|POLYGON|MULTI|GEOMETRYCOLLECTION|\{\s*\"|0[01][0-9A-F]{8,}$)",
    re.IGNORECASE,
)
_HEX = re.compile(r"0[01][0-9A-Fa-f]+")
_SRID = re.compile(r"\s*SRID=\d+;", re.IGNORECASE)
LONGEST_NUMBER = 400
"""Characters of a coordinate that are looked at."""
DEEPEST_WKT = 32
"""Most brackets within brackets."""


class Positions:
    """Finds the position in the rows of one sheet.

    Parameters
    ----------
    sheet
        The table.
    given
        Columns named by the user, as ``{"x": ..., "y": ...}`` or ``{"geometry": ...}``.
    crs
        The system the user named, if any: a projected one prefers columns of metres or feet over those of degrees.

    Raises
    ------
    InputRefused
        ``field_missing`` where a column named by the user is not there.
    """

    def __init__(self, sheet: Sheet, given: Mapping[str, str], crs: CRS | None) -> None:
        self._columns = sheet.columns
        self._check(given, sheet.name)
        pairs = (*XY_COLUMNS, *LONLAT_COLUMNS) if crs and crs.is_projected else (*LONLAT_COLUMNS, *XY_COLUMNS)
        self._pair = (given["x"], given["y"]) if "x" in given else pick_pair(sheet.columns, pairs)
        self._binary = sheet.geometry
        self._shape = given.get("geometry")
        self._candidates = [name for name in sheet.columns if name.lower() in SHAPE_COLUMNS] if not given else []

    @property
    def is_known(self) -> bool:
        """Whether the table has a column that holds positions, as far as it has been read."""
        return any((self._binary, self._shape, self._pair))

    def fill(self, chunk: Chunk, rows: Sequence[Sequence[Any]]) -> None:
        """Fill in the geometries of a chunk, in the coordinates of the file; a row without stays a row."""
        self._look_for_shapes(rows)
        if self._binary is not None:
            at = self._columns.index(self._binary)
            values = [row[at] if isinstance(row[at], bytes) else None for row in rows]
            wkb.decode(chunk, values, CURVE_TOLERANCE_M)
        elif self._shape is not None:
            at = self._columns.index(self._shape)
            _from_texts(chunk, ["" if row[at] is None else str(row[at]) for row in rows])
        elif self._pair is not None:
            x_at, y_at = (self._columns.index(name) for name in self._pair)
            _from_numbers(chunk, [row[x_at] for row in rows], [row[y_at] for row in rows])

    def _check(self, given: Mapping[str, str], name: str) -> None:
        if ("x" in given) != ("y" in given) or not given.keys() <= {"x", "y", "geometry"}:
            raise InputRefused(
                Code.ARGUMENT_INVALID,
                f"Columns are given as x and y, or as geometry, not as {', '.join(given)}.",
                hint="For example columns={'x': 'LON', 'y': 'LAT'}.",
            )
        for column in given.values():
            if column not in self._columns:
                raise InputRefused(
                    Code.FIELD_MISSING,
                    f"The table has no column {column!r}.",
                    hint=f"It has {', '.join(self._columns[:30])}.",
                    layer=name,
                )

    def _look_for_shapes(self, rows: Sequence[Sequence[Any]]) -> None:
        """A column called ``shape`` holds geometries only if its first value looks like one."""
        for name in self._candidates:
            at = self._columns.index(name)
            first = next((str(row[at]) for row in rows if row[at] not in (None, "")), None)
            if first is not None and _SHAPE_TEXT.match(first) and self._pair is None and self._shape is None:
                self._shape = name


def _from_numbers(chunk: Chunk, x_cells: Sequence[Any], y_cells: Sequence[Any]) -> None:
    x, y = _numbers(x_cells), _numbers(y_cells)
    usable = np.isfinite(x) & np.isfinite(y)
    chunk.geometry[usable] = shapely.points(x[usable], y[usable])
    unusable = [int(at) for at in np.flatnonzero(~usable)]
    blank = [at for at in unusable if _is_blank(x_cells[at]) or _is_blank(y_cells[at])]
    chunk.mark(index_array(blank), Outcome.INGESTED, Code.GEOMETRY_MISSING, "it has no coordinates")
    wrong = [at for at in unusable if not (_is_blank(x_cells[at]) or _is_blank(y_cells[at]))]
    chunk.mark(index_array(wrong), Outcome.INGESTED, Code.COORDINATE_INVALID, "its coordinates are no numbers")


def _numbers(cells: Sequence[Any]) -> NDArray[np.float64]:
    return np.fromiter(map(_number, cells), dtype=np.float64, count=len(cells))


def _number(cell: Any) -> float:
    """Read a number as people write it, with a decimal comma too; NaN where there is none.

    Not with pandas: an exponent of hundreds of digits crashes its parser, and the process with it.
    """
    if isinstance(cell, str):
        cell = cell.replace(",", ".") if cell.count(",") == 1 else cell
        if len(cell) > LONGEST_NUMBER or "_" in cell:
            return np.nan
    try:
        return np.nan if isinstance(cell, bool) else float(cell)
    except (TypeError, ValueError, OverflowError):
        return np.nan


def _is_blank(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _from_texts(chunk: Chunk, texts: Sequence[str]) -> None:
    """Read WKT, hexadecimal WKB and GeoJSON, each row by what it looks like."""
    binaries: list[bytes | None] = [None] * len(texts)
    documents: list[Any] = [None] * len(texts)
    for index, text in enumerate(texts):
        stripped = text.strip()
        if _HEX.fullmatch(stripped) and len(stripped) % 2 == 0:
            binaries[index] = bytes.fromhex(stripped)
        elif stripped.startswith("{"):
            documents[index] = _json(stripped)
    wkb.decode(chunk, binaries, CURVE_TOLERANCE_M)
    from_binaries = chunk.geometry
    geojson_geometry.decode(chunk, documents)
    chunk.geometry = np.where(shapely.is_missing(chunk.geometry), from_binaries, chunk.geometry)
    for index, text in enumerate(texts):
        if text.strip() and binaries[index] is None and documents[index] is None:
            _read_wkt(chunk, index, _SRID.sub("", text, count=1))


def _json(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


def _read_wkt(chunk: Chunk, index: int, text: str) -> None:
    if _depth(text) > DEEPEST_WKT:  # GEOS would recurse until the stack, and the process, is gone
        chunk.mark([index], Outcome.QUARANTINED, Code.GEOMETRY_BROKEN, "its geometry nests too deep")
        return
    try:
        chunk.geometry[index] = shapely.from_wkt(text)
    except ShapelyError:
        mended = shapely.from_wkt(text, on_invalid="fix")
        if mended is None:
            chunk.mark([index], Outcome.QUARANTINED, Code.GEOMETRY_BROKEN, "its geometry is no WKT that can be read")
        else:
            chunk.geometry[index] = mended
            chunk.mark([index], Outcome.REPAIRED, Code.RING_CLOSED, "a ring that was not closed was closed")


def _depth(text: str) -> int:
    """Return how deep the brackets of a text go; where there are few, without looking further."""
    if text.count("(") <= DEEPEST_WKT:
        return 0
    characters = np.frombuffer(text.encode("utf-32-le", "replace"), dtype=np.uint32)
    steps = (characters == ord("(")).astype(np.int64) - (characters == ord(")"))
    return int(steps.cumsum().max())
