"""Esri FeatureSet JSON files: exports of ArcGIS, saved query answers, feature collections of ArcGIS Online.

Source: ArcGIS REST API, FeatureSet object; ArcGIS web map specification, featureCollection.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import orjson
import pyarrow as pa
import shapely
from pyproj import CRS

from fibermap.formats.archive import check_file
from fibermap.formats.esri_elements import holds_feature, read_elements
from fibermap.formats.esri_features import EsriLayer, FeatureReader
from fibermap.formats.esri_fields import FieldReader
from fibermap.formats.esri_geometry import Precision, read_geometry
from fibermap.formats.esri_scan import FeatureArray, Scan, scan
from fibermap.formats.model import LayerInfo, Notice
from fibermap.kernel.crs import crs_name, guess_crs, parse_crs
from fibermap.kernel.errors import Code, InputRefused
from fibermap.kernel.settings import Limits

_SAMPLE = 200


@dataclass(frozen=True, slots=True)
class _Part:
    """One features array with the objects that describe it, the nearest first."""

    array: FeatureArray
    about: tuple[Mapping[str, Any], ...]


class EsriJsonSource:
    """An opened Esri JSON file; see :func:`read_esri_json`."""

    format = "Esri JSON"

    def __init__(self, path: Path, outline: Scan, layers: list[tuple[FeatureArray, EsriLayer]]) -> None:
        self.path = str(path)
        self._layers = layers
        self._infos: list[LayerInfo] = []
        self._notices: list[Notice] = []
        if outline.fault:
            self._notices.append(Notice(Code.JSON_BROKEN, f"{outline.fault} Whole features were kept.", needs_yes=True))

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the features layer by layer, in the order of the file."""
        with Path(self.path).open("rb") as file:
            for array, layer in self._layers:
                read = int(array.starts.size)
                reader = FeatureReader(layer)
                for batch in reader.batches(read_elements(file, array, layer.limits)):
                    # A feature that swallowed its successors is found while reading: those count from their starts.
                    read = max(read, batch["row"][-1].as_py())
                    yield batch
                self._notices += reader.notices
                self._infos.append(
                    LayerInfo(layer.name, read, crs_name(layer.crs) if layer.crs else "", layer.fields.fields)
                )

    def layers(self) -> tuple[LayerInfo, ...]:
        """Return the layers read so far; ``crs`` is empty for a table."""
        return tuple(self._infos)

    def notices(self) -> tuple[Notice, ...]:
        """Return what a planner should know about the file as a whole."""
        return tuple(self._notices)


def read_esri_json(path: Path, *, limits: Limits, crs: str | None = None) -> EsriJsonSource:
    """Open an Esri FeatureSet, or a feature collection of several.

    Parameters
    ----------
    path
        The file.
    limits
        Bounds.
    crs
        The coordinate system of the coordinates, above whatever the file says.

    Returns
    -------
    EsriJsonSource
        ``source_fid`` is the object id, ``name`` the value of the display field where the file names one. Features
        after a break in the file are quarantined, those before it are kept. A null geometry is ingested without a
        position.

    Raises
    ------
    InputRefused
        ``json_broken`` where nothing can be told apart, ``format_unknown`` where it holds no Esri features,
        ``encoding_unknown``, ``crs_missing``, ``crs_unknown``, ``limit_exceeded``, and as
        :func:`~.archive.check_file`.
    """
    check_file(path, limits=limits)
    given = None if crs is None else parse_crs(crs)
    with path.open("rb") as file:
        if b"\0" in file.read(64):
            raise _refused(path, Code.ENCODING_UNKNOWN, "is not UTF-8 text", "Save it as UTF-8.")
        outline = _sound(file, scan(file, str(path)))
        parts = _parts(path, outline)
        names = _unique([_layer_name(part, path.stem) for part in parts])
        opening = _Opening(file, path, given, limits)
        layers = [(part.array, opening.layer(part, name)) for part, name in zip(parts, names, strict=True)]
    return EsriJsonSource(path, outline, layers)


def _sound(file: BinaryIO, outline: Scan) -> Scan:
    """Bring features that a stray bracket put outside their array back into it."""
    if not outline.arrays or (outline.fault is None and _decoded(outline.envelope) is not None):
        return outline
    if holds_feature(file, outline.tail, outline.size):
        return outline.with_tail()
    return outline if _decoded(outline.envelope) is not None else outline.without_tail()


def _parts(path: Path, outline: Scan) -> list[_Part]:
    """Match the arrays that the scan found with the objects around them."""
    root = _decoded(outline.envelope)
    if root is None and outline.envelope.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        raise _refused(path, Code.JSON_BROKEN, "is not JSON that can be read", "Export it again.")
    if not isinstance(root, dict) or root.get("type") == "FeatureCollection" or not outline.arrays:
        raise _refused(path, Code.FORMAT_UNKNOWN, _what_instead(root), "Give a FeatureSet with a features array.")
    about = dict(_described(root, ()))
    return [_Part(array, about.get(number, (root,))) for number, array in enumerate(outline.arrays)]


def _decoded(text: bytes) -> Any:
    """Decode JSON, None where it is broken; what is not UTF-8 is taken for Windows-1252."""
    for encoding in ("utf-8", "cp1252"):
        with suppress(ValueError):
            return orjson.loads(text.decode(encoding))
    return None


def _described(node: Any, around: tuple[Mapping[str, Any], ...]) -> Iterator[tuple[int, tuple[Mapping[str, Any], ...]]]:
    """Yield for each features array its number and the objects that describe it, innermost first."""
    if isinstance(node, list):
        for item in node:
            yield from _described(item, around)
    elif isinstance(node, dict):
        definition = node.get("layerDefinition")
        inside = (node, *((definition,) if isinstance(definition, dict) else ()), *around)
        match node.get("features"):
            case [int(number)]:
                yield number, inside
        for key in ("featureSet", "featureCollection", "layers", "operationalLayers", "tables"):
            yield from _described(node.get(key), inside)


def _what_instead(root: Any) -> str:
    if isinstance(root, dict) and isinstance(root.get("error"), dict):
        return f"is the error answer of a server: {str(root['error'].get('message'))[:200]}"
    if isinstance(root, dict) and root.get("type") == "FeatureCollection":
        return "is GeoJSON, not Esri JSON"
    return "holds no features array of Esri JSON"


def _layer_name(part: _Part, stem: str) -> str:
    """Return the name that the file gives the layer, else the file's own."""
    own = [about for about in part.about if not about.keys() & {"layers", "operationalLayers"}]
    names = (about.get(key) for about in own for key in ("name", "title"))
    return next((name.strip() for name in names if isinstance(name, str) and name.strip()), stem)


def _unique(names: list[str]) -> list[str]:
    """Number the names that repeat: ``Areas``, ``Areas (2)``."""
    taken: set[str] = set()
    for index, name in enumerate(names):
        unique, count = name, 1
        while unique in taken:
            count += 1
            unique = f"{name} ({count})"
        taken.add(unique)
        names[index] = unique
    return names


@dataclass(frozen=True, slots=True)
class _Opening:
    """A file that is being opened, and what was asked for."""

    file: BinaryIO
    path: Path
    given: CRS | None
    limits: Limits

    def layer(self, part: _Part, name: str) -> EsriLayer:
        fields = FieldReader.of_layer(*part.about)
        crs = self.given or self._declared_crs(part, name) or self._sampled_crs(part, name)
        return EsriLayer(name, fields, crs, self.limits, is_crs_forced=self.given is not None)

    def _declared_crs(self, part: _Part, name: str) -> CRS | None:
        extents = [about["extent"] for about in part.about if isinstance(about.get("extent"), dict)]
        references = (about.get("spatialReference") for about in (*part.about, *extents))
        return next((self._parsed(reference, name) for reference in references if reference), None)

    def _sampled_crs(self, part: _Part, name: str) -> CRS | None:
        """Ask the first geometries for their system; None where the first rows have no geometry, as in a table.

        Raises
        ------
        InputRefused
            ``crs_missing``, with the systems that the coordinates fit.
        """
        corners: list[Any] = []
        for raw in islice(read_elements(self.file, part.array, self.limits), _SAMPLE):
            geometry = raw.value.get("geometry") if raw.value else None
            if isinstance(geometry, dict) and geometry.get("spatialReference"):
                return self._parsed(geometry["spatialReference"], name)
            reading = read_geometry(geometry, Precision(1.0, 1.0, self.limits.vertices))
            if reading.geometry is not None:
                corners.append(shapely.box(*shapely.bounds(reading.geometry)))
        if not corners:
            return None
        west, south, east, north = (float(value) for value in shapely.total_bounds(corners))
        raise InputRefused(
            Code.CRS_MISSING,
            "The file does not say which coordinate system its coordinates are in.",
            hint=guess_crs((west, south, east, north), hint=f"{self.path.stem} {name}"),
            file=str(self.path),
            layer=name,
        )

    def _parsed(self, reference: Any, name: str) -> CRS:
        try:
            return parse_crs(reference)
        except InputRefused as refused:
            raise InputRefused(
                refused.code, refused.message, hint=refused.hint, file=str(self.path), layer=name
            ) from refused


def _refused(path: Path, code: Code, what: str, hint: str) -> InputRefused:
    return InputRefused(code, f"{path.name} {what}.", hint=hint, file=str(path))
