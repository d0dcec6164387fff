"""FileGDB, GeoPackage, Shapefile and FlatGeobuf through GDAL, every layer of them, zipped or not.

GDAL is only shown files whose first bytes are what their suffix says, so that no driver which reads elsewhere (VRT,
a service description) is reached from a file that pretends. GeoJSON has its own reader, :mod:`~.geojson`.
"""

from __future__ import annotations

import sqlite3
import struct
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyogrio
from pyproj import CRS

from fibermap.formats import gdal_counts, shapefile
from fibermap.formats.archive import check_file, is_archive
from fibermap.formats.combine import combine
from fibermap.formats.domains import LayerDomains, geodatabase_domains, geopackage_domains
from fibermap.formats.gdal_layers import GdalLayer
from fibermap.formats.geojson import read_geojson
from fibermap.formats.model import FeatureSource, FieldInfo, LayerInfo, Notice
from fibermap.formats.place import Placer, missing_crs
from fibermap.kernel.crs import parse_crs
from fibermap.kernel.errors import Code, FibermapError, InputRefused
from fibermap.kernel.settings import Limits

SQLITE_MAGIC = b"SQLite format 3\x00"
FGB_MAGIC = b"fgb\x03fgb"
_OPEN_ERRORS = (
    pyogrio.errors.DataSourceError,
    pyogrio.errors.DataLayerError,
    pyogrio.errors.CRSError,
    RuntimeError,
    OSError,
    ValueError,
    struct.error,
)


class GdalSource:
    """One dataset that GDAL opened; see :func:`read_gdal`."""

    def __init__(self, path: Path, kind: str, layers: list[GdalLayer], limits: Limits, keep: object = None) -> None:
        self.path, self.format = str(path), kind
        self._layers, self._limits, self._keep = layers, limits, keep
        self._placers = [
            Placer(layer.crs, {"file": path.name, "layer": layer.name}, limits.vertices) for layer in layers
        ]

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows of all layers, one layer after the other."""
        for layer, placer in zip(self._layers, self._placers, strict=True):
            for chunk in layer.chunks(placer):
                chunk.bound_attributes(self._limits.attribute_bytes)
                yield chunk.to_batch()

    def layers(self) -> tuple[LayerInfo, ...]:
        """Return every layer, empty ones too."""
        return tuple(layer.info() for layer in self._layers)

    def notices(self) -> tuple[Notice, ...]:
        """Return what a planner should know about the dataset as a whole."""
        return tuple(notice for placer in self._placers for notice in placer.notices)


def read_gdal(path: Path, *, limits: Limits, crs: str | None = None) -> FeatureSource:
    """Open a FileGDB, GeoPackage, Shapefile, FlatGeobuf or GeoJSON, a folder of them, or a zip archive of them.

    Parameters
    ----------
    path
        The file, ``.gdb`` folder, folder or zip archive.
    limits
        Bounds.
    crs
        The coordinate system of the coordinates, above whatever the file says.

    Returns
    -------
    FeatureSource
        All layers. ``source_fid`` is a field known to be an id, else the row id of a format that has one (FileGDB,
        GeoPackage). Codes of coded-value domains become labels, dates ISO 8601; curves are densified to within
        :data:`~.gdal_layers.CURVE_TOLERANCE_M` (units of the file where these are not metres); binary cells are
        base64.

    Raises
    ------
    InputRefused
        ``crs_missing`` where a layer with rows declares no system; ``file_unreadable``, ``format_unknown``; for
        archives as :func:`~.archive.safe_extract`; for files as :func:`~.archive.check_file`.
    """
    declared = None if crs is None else parse_crs(crs)
    if not path.is_dir():
        check_file(path, limits=limits)
    if is_geodatabase(path) or not (path.is_dir() or is_archive(path)):
        return _read_one(path, limits, declared)

    def find(folder: Path) -> list[Path]:
        return find_datasets(folder) or _refuse_without_datasets(path)

    return combine(path, limits=limits, find=find, open_one=lambda dataset: _read_one(dataset, limits, declared))


def find_datasets(folder: Path) -> list[Path]:
    """Find what :func:`read_gdal` reads in a folder and below it: geodatabase folders first, then files by name."""
    geodatabases = sorted({table.parent for table in folder.rglob("a00000001.gdbtable")})
    files = sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in KINDS
        and path.is_file()
        and not is_clutter(path.relative_to(folder))
        and not any(geodatabase in path.parents for geodatabase in geodatabases)
    )
    return geodatabases + files


def is_clutter(path: Path) -> bool:
    """Tell whether a file inside an archive is what an operating system left there, not what was exported."""
    return any(part == "__MACOSX" or part.startswith(".") for part in path.parts)


def is_geodatabase(folder: Path) -> bool:
    """Tell whether a folder is a FileGDB."""
    return folder.is_dir() and (folder / "a00000001.gdbtable").is_file()


def _refuse_without_datasets(path: Path) -> list[Path]:
    raise InputRefused(
        Code.FORMAT_UNKNOWN,
        f"{path.name} holds no dataset that can be read.",
        hint="It may hold a FileGDB, Shapefile, GeoPackage, FlatGeobuf or GeoJSON.",
        file=str(path),
    )


def _read_one(path: Path, limits: Limits, crs: CRS | None) -> FeatureSource:
    kind = "filegdb"
    if not path.is_dir():
        check_file(path, limits=limits)
        kind = _kind_by_content(path)
    if kind == "geojson":
        return read_geojson(path, limits=limits, crs=None if crs is None else crs.to_wkt())
    scratch = tempfile.TemporaryDirectory(prefix="fibermap-")
    try:
        layers = _open_layers(path, kind, crs, Path(scratch.name))
    except FibermapError:
        raise
    except _OPEN_ERRORS as failure:
        raise _unreadable(path, kind, str(failure)) from failure
    if not layers:  # what GDAL makes of a broken header, without an error
        raise _unreadable(path, kind, "no layer is found in it")
    return GdalSource(path, kind, layers, limits, scratch)


def _unreadable(path: Path, kind: str, why: str) -> InputRefused:
    return InputRefused(
        Code.FILE_UNREADABLE,
        f"{path.name} cannot be read as a {kind}: {why.rstrip('.')}.",
        hint="Export it again, or open and repair it in a GIS.",
        file=str(path),
    )


KINDS = {
    ".shp": "shapefile",
    ".gpkg": "geopackage",
    ".fgb": "flatgeobuf",
    ".geojson": "geojson",
    ".geojsonl": "geojson",
    ".geojsons": "geojson",
    ".ndjson": "geojson",
}


def _kind_by_content(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(16)
    by_magic = {shapefile.MAGIC: "shapefile", SQLITE_MAGIC: "geopackage", FGB_MAGIC: "flatgeobuf"}
    found = next((name for magic, name in by_magic.items() if start.startswith(magic)), None)
    if found is None and KINDS.get(path.suffix.lower()) != "geojson":
        raise InputRefused(
            Code.FORMAT_UNKNOWN,
            f"{path.name} is not what its name says, nor another format that is known.",
            hint="Check that it was downloaded whole.",
            file=str(path),
        )
    return found or "geojson"


def _open_layers(path: Path, kind: str, crs: CRS | None, temporary: Path) -> list[GdalLayer]:
    named = _under_its_own_suffix(path.absolute(), kind, temporary)
    opened = shapefile.complete(named, temporary) if kind == "shapefile" else named
    domains = _domains(opened, kind)
    numbers = _table_numbers(opened) if kind == "filegdb" else {}
    encoding = shapefile.encoding_of(path) if kind == "shapefile" else None
    layers = []
    for layer, geometry_type in pyogrio.list_layers(opened):
        info = pyogrio.read_info(opened, layer=layer, encoding=encoding, force_feature_count=True)
        declared = crs or _declared_crs(info, path, layer)
        labels = domains.get(layer, {})
        count = _count(opened, kind, layer, numbers)
        opened_layer = GdalLayer(
            path=opened,
            layer=layer,
            name=str(layer),
            read=int(info["features"]) if count is None else count,
            crs=declared,
            has_geometry=geometry_type is not None,
            fid_field=str(info["fid_column"]) or None,
            encoding=encoding,
            domains=labels,
            fields=_fields(info, labels),
        )
        if opened_layer.has_geometry and declared is None and opened_layer.read:
            raise _refused_without_crs(opened, path, str(layer), encoding)
        layers.append(opened_layer)
    return layers


def _under_its_own_suffix(path: Path, kind: str, temporary: Path) -> Path:
    """Show GDAL a link with the right suffix where the name says something else: its drivers go by the suffix."""
    suffix = path.suffix.lower()
    if path.is_dir() or (KINDS.get(suffix) == kind and "!" not in str(path)):
        return path
    link = temporary / f"{path.stem.replace('!', '_')}{next(key for key, value in KINDS.items() if value == kind)}"
    link.symlink_to(path)
    return link


def _refused_without_crs(opened: Path, path: Path, layer: str, encoding: str | None) -> InputRefused:
    info = pyogrio.read_info(opened, layer=layer, encoding=encoding, force_total_bounds=True)
    bounds = info["total_bounds"] or (np.nan,) * 4
    return missing_crs(tuple(map(float, bounds)), {"file": path.name, "layer": layer})  # type: ignore[arg-type]


def _declared_crs(info: dict[str, Any], path: Path, layer: str) -> CRS | None:
    if not info["crs"]:
        return None
    try:
        return parse_crs(info["crs"])
    except InputRefused as refusal:
        raise InputRefused(refusal.code, refusal.message, hint=refusal.hint, file=path.name, layer=layer) from refusal


def _domains(path: Path, kind: str) -> LayerDomains:
    if kind == "filegdb":
        return geodatabase_domains(path)
    return geopackage_domains(path) if kind == "geopackage" else {}


def _table_numbers(folder: Path) -> dict[str, int]:
    """Return the number of each table's file, which is its row in the system catalogue."""
    _, fids, _, columns = pyogrio.raw.read(
        folder, layer="GDB_SystemCatalog", columns=["Name"], read_geometry=False, return_fids=True
    )
    return dict(zip(map(str, columns[0]), map(int, fids), strict=True))


def _count(path: Path, kind: str, layer: str, numbers: dict[str, int]) -> int | None:
    if kind == "shapefile":
        return gdal_counts.count_shapefile(path)
    if kind == "flatgeobuf":
        return gdal_counts.count_flatgeobuf(path)
    if kind == "filegdb":
        return gdal_counts.count_geodatabase_table(path, numbers.get(layer, 0))
    try:
        return gdal_counts.count_geopackage(path, layer)
    except sqlite3.Error:
        return None


def _fields(info: dict[str, Any], domains: dict[str, dict[str, str]]) -> tuple[FieldInfo, ...]:
    kinds = (kind.removeprefix("OFT").lower() for kind in info["ogr_types"])
    return tuple(
        FieldInfo(str(name), kind, domain=domains.get(name)) for name, kind in zip(info["fields"], kinds, strict=True)
    )
