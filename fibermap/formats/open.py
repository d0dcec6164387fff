"""One door to all readers: what a file is shows in its first bytes, and only then in its name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from fibermap.formats.archive import check_file, is_archive, members
from fibermap.formats.model import FeatureSource, LayerInfo, Notice
from fibermap.kernel.errors import Code, InputRefused
from fibermap.kernel.settings import Limits

if TYPE_CHECKING:
    from collections.abc import Callable

FORMATS = (
    "KML and KMZ", "Esri JSON", "a FeatureServer or MapServer URL", "FileGDB", "GeoPackage", "Shapefile", "GeoJSON",
    "FlatGeobuf", "GeoParquet and Parquet", "CSV and other delimited text", "Excel (.xlsx)", "a zip archive of these",
)  # fmt: skip
"""What :func:`open_source` reads, for messages."""

TABLE_SUFFIXES = frozenset({".csv", ".tsv", ".tab", ".psv"})
_BUNDLED_SUFFIXES = frozenset({".kml", ".kmz", ".json", ".parquet", ".geoparquet", ".xlsx", ".csv", ".tsv", ".psv"})
_URL = re.compile(r"https?://", re.IGNORECASE)
_HEAD_BYTES = 1 << 16
_KML = re.compile(rb"<(?:\w+:)?(?:kml|Placemark|Folder|Document|NetworkLink|GroundOverlay)\b")
_GEOJSON = re.compile(rb'"type"\s*:\s*"(?:Feature|FeatureCollection|Point|LineString|Polygon|Multi\w+|GeometryCo\w+)"')
_ESRI_JSON = re.compile(
    rb'"(?:esriGeometry\w+|esriFieldType\w+|rings|curveRings|paths|curvePaths|attributes|featureSet|spatialReference)"'
)
SHAPEFILE_PARTS = frozenset({".dbf", ".shx", ".prj", ".cpg", ".sbn", ".sbx"})


def open_source(
    path_or_url: str | Path,
    *,
    limits: Limits | None = None,
    crs: str | None = None,
    layer: str | None = None,
    columns: Mapping[str, str] | None = None,
    token: str | None = None,
    resume_folder: Path | None = None,
) -> FeatureSource:
    """Open whatever holds features.

    Parameters
    ----------
    path_or_url
        A file, a FileGDB folder, a folder with shapefiles, a zip archive, or the URL of a live layer.
    limits
        Bounds; the defaults where None.
    crs
        The coordinate system of the coordinates, above whatever the file says.
    layer
        Only this layer.
    columns
        Position columns of a table, see :func:`~.table.read_table`.
    token
        Access token of a live service.
    resume_folder
        Where pages of a live layer are kept until it is whole, so that a second call goes on after a break.

    Returns
    -------
    FeatureSource
        By the reader that fits. An archive of several datasets is one source with all their layers.

    Raises
    ------
    InputRefused
        ``file_missing``, ``file_empty``, ``file_is_directory``, ``file_too_large``, ``format_unknown``,
        ``argument_invalid`` for a layer that is not there, and whatever the reader refuses.
    """
    limits = limits or Limits()
    if isinstance(path_or_url, str) and _URL.match(path_or_url):
        from fibermap.formats.feature_service import read_feature_service

        source: FeatureSource = read_feature_service(
            path_or_url, limits=limits, crs=crs, token=token, resume_folder=resume_folder
        )
    else:
        source = _Opener(limits, crs, columns).open(Path(path_or_url))
    return source if layer is None else OneLayer(source, layer)


class OneLayer:
    """One layer of a source."""

    def __init__(self, source: FeatureSource, layer: str) -> None:
        self.path, self.format = source.path, source.format
        self._source, self._layer = source, layer
        known = [each.name for each in source.layers()]
        if known and layer not in known:
            raise self._unknown(known)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows of the layer."""
        for batch in self._source.batches():
            chosen = batch.filter(pc.equal(batch.column("layer"), self._layer))
            if len(chosen):
                yield chosen
        if not self.layers():
            raise self._unknown([each.name for each in self._source.layers()])

    def layers(self) -> tuple[LayerInfo, ...]:
        """Return the one layer."""
        return tuple(each for each in self._source.layers() if each.name == self._layer)

    def notices(self) -> tuple[Notice, ...]:
        """Return the notices of the layer and of the source as a whole."""
        return tuple(notice for notice in self._source.notices() if notice.layer in (None, self._layer))

    def _unknown(self, known: Sequence[str]) -> InputRefused:
        return InputRefused(
            Code.ARGUMENT_INVALID,
            f"{Path(self.path).name} has no layer {self._layer!r}.",
            hint=f"It has {', '.join(known[:30]) or 'none'}.",
            file=self.path,
        )


class _Opener:
    """Opens files with the same bounds, coordinate system and columns."""

    def __init__(self, limits: Limits, crs: str | None, columns: Mapping[str, str] | None) -> None:
        self._limits, self._crs, self._columns = limits, crs, columns

    def open(self, path: Path) -> FeatureSource:
        if path.is_dir():
            return self._open_folder(path)
        check_file(path, limits=self._limits)
        if is_archive(path):
            return self._open_archive(path)
        return self._reader(path)(path)

    def _open_folder(self, path: Path) -> FeatureSource:
        from fibermap.formats.gdal import is_geodatabase

        if is_geodatabase(path) or any(each.suffix.lower() in (".shp", ".gdb") for each in path.iterdir()):
            return self._gdal(path)
        raise InputRefused(
            Code.FILE_IS_DIRECTORY,
            f"{path} is a directory, and neither a FileGDB nor a folder with shapefiles.",
            hint="Name the file inside it.",
            file=str(path),
        )

    def _open_archive(self, path: Path) -> FeatureSource:
        names = [member.name.lower() for member in members(path, limits=self._limits)]
        if any(name.endswith("xl/workbook.xml") for name in names):
            return self._table(path)
        suffixes = {Path(name).suffix for name in names if "__macosx" not in name}
        if path.suffix.lower() == ".kmz" or (".kml" in suffixes and not _is_mixed(names)):
            return self._kml(path)
        from fibermap.formats.combine import combine

        return combine(path, limits=self._limits, find=lambda folder: _bundled(folder, path), open_one=self.open)

    def _reader(self, path: Path) -> Callable[[Path], FeatureSource]:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
        suffix = path.suffix.lower()
        if head.startswith((b"SQLite format 3\x00", b"fgb\x03fgb", b"\x00\x00\x27\x0a")) and suffix != ".shx":
            return self._gdal
        if head.startswith(b"PAR1"):
            return self._table
        text = _as_utf8(head).lstrip()
        if suffix in (".kml", ".kmz") or (text.startswith(b"<") and _KML.search(text)):
            return self._kml
        if text.startswith((b"{", b"[", b"\x1e")):
            return self._json(path, text)
        if suffix in TABLE_SUFFIXES or _is_delimited(text):
            return self._table
        if suffix == ".shp" or suffix in (".geojson", ".json"):
            return self._gdal
        raise _unknown_format(path)

    def _json(self, path: Path, text: bytes) -> Callable[[Path], FeatureSource]:
        if not _GEOJSON.search(text):
            with path.open("rb") as file:
                file.seek(-min(path.stat().st_size, _HEAD_BYTES), 2)
                tail = file.read()
            if _ESRI_JSON.search(text) or (_ESRI_JSON.search(tail) and not _GEOJSON.search(tail)):
                return self._esri_json
        return self._geojson

    def _kml(self, path: Path) -> FeatureSource:
        from fibermap.formats.kml import read_kml

        return read_kml(path, limits=self._limits, crs=self._crs)

    def _esri_json(self, path: Path) -> FeatureSource:
        from fibermap.formats.esri_json import read_esri_json

        return read_esri_json(path, limits=self._limits, crs=self._crs)

    def _geojson(self, path: Path) -> FeatureSource:
        from fibermap.formats.geojson import read_geojson

        return read_geojson(path, limits=self._limits, crs=self._crs)

    def _gdal(self, path: Path) -> FeatureSource:
        from fibermap.formats.gdal import read_gdal

        return read_gdal(path, limits=self._limits, crs=self._crs)

    def _table(self, path: Path) -> FeatureSource:
        from fibermap.formats.table import read_table

        return read_table(path, limits=self._limits, crs=self._crs, columns=self._columns)


def _is_mixed(names: Sequence[str]) -> bool:
    """Tell whether an archive with KML holds datasets of other kinds too."""
    others = (".shp", ".gdbtable", ".gpkg", ".fgb", ".geojson", ".csv", ".parquet", ".xlsx")
    return any(name.endswith(others) for name in names)


def _bundled(folder: Path, archive: Path) -> list[Path]:
    """List what can be read in an unpacked archive; ``.txt`` only where it is all there is (NAD comes so)."""
    from fibermap.formats.gdal import find_datasets, is_clutter

    datasets = find_datasets(folder)
    geodatabases = [dataset for dataset in datasets if dataset.is_dir()]
    files = sorted(
        path
        for path in folder.rglob("*")
        if path.is_file()
        and not is_clutter(path.relative_to(folder))
        and not any(geodatabase in path.parents for geodatabase in geodatabases)
    )
    found = datasets + [path for path in files if path.suffix.lower() in _BUNDLED_SUFFIXES]
    found = found or [path for path in files if path.suffix.lower() == ".txt"]
    if not found:
        raise _unknown_format(archive)
    return found


def _as_utf8(head: bytes) -> bytes:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.decode("utf-16", "replace").encode("utf-8", "replace")
    return head.removeprefix(b"\xef\xbb\xbf")


def _is_delimited(text: bytes) -> bool:
    from fibermap.formats.table_encoding import looks_delimited

    return b"\x00" not in text and not text.startswith(b"<") and looks_delimited(text.decode("utf-8", "replace"))


def _unknown_format(path: Path) -> InputRefused:
    is_part = path.suffix.lower() in SHAPEFILE_PARTS
    hint = "It is a part of a shapefile: name the .shp." if is_part else f"Readable are {', '.join(FORMATS)}."
    return InputRefused(Code.FORMAT_UNKNOWN, f"{path.name} is in no format that is known.", hint=hint, file=str(path))
