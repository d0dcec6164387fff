"""Small builders of KML and what the tests ask of what was read."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import shapely

from fibermap.formats.kml import KmlSource, read_kml
from fibermap.kernel.settings import Limits

LIMITS = Limits()
POINT = "<Point><coordinates>-111.3,45.8</coordinates></Point>"
SQUARE = "0,0 1,0 1,1 0,1 0,0"


def placemark(name: str = "p", inside: str = POINT) -> str:
    return f"<Placemark><name>{name}</name>{inside}</Placemark>"


def polygon(outer: str = SQUARE, *inner: str) -> str:
    holes = "".join(f"<innerBoundaryIs>{ring(hole)}</innerBoundaryIs>" for hole in inner)
    return f"<Polygon><outerBoundaryIs>{ring(outer)}</outerBoundaryIs>{holes}</Polygon>"


def ring(coordinates: str) -> str:
    return f"<LinearRing><coordinates>{coordinates}</coordinates></LinearRing>"


def folder(name: str, *inside: str) -> str:
    return f"<Folder><name>{name}</name>{''.join(inside)}</Folder>"


def kml(*inside: str, namespace: str = "http://www.opengis.net/kml/2.2") -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="{namespace}"><Document>{"".join(inside)}</Document></kml>'
    )


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def write_kmz(path: Path, **documents: str) -> Path:
    return write_archive(path, {f"{name}.kml": text.encode() for name, text in documents.items()})


def write_archive(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def rows_of(source: KmlSource) -> list[dict[str, Any]]:
    """Return the rows of a source with geometry, attributes and style as values; check the conservation law."""
    rows = [row for batch in source.batches() for row in batch.to_pylist()]
    for row in rows:
        row["geometry"] = None if row["geometry"] is None else shapely.from_wkb(row["geometry"])
        row["attributes"] = json.loads(row["attributes"])
        row["style"] = json.loads(row["style"]) if row["style"] else None
    for layer in source.layers():
        assert [row["row"] for row in rows if row["layer"] == layer.name] == list(range(1, layer.read + 1))
    for row in rows:
        is_whole = row["outcome"] in ("ingested", "repaired")
        assert is_whole == (row["geometry"] is not None)
        assert (row["outcome"] == "ingested") == (row["reason"] is None)
    return rows


def read(path: Path, limits: Limits = LIMITS) -> list[dict[str, Any]]:
    return rows_of(read_kml(path, limits=limits))


def read_text(folder_path: Path, *inside: str, limits: Limits = LIMITS) -> list[dict[str, Any]]:
    """Read what stands inside a Document."""
    return read(write(folder_path / "plan.kml", kml(*inside)), limits)
