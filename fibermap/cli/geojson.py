"""Drawings that a person gives as GeoJSON files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fibermap.kernel.errors import Code, InputRefused

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

LARGEST_BYTES = 16 << 20


def one_shape(features: Sequence[dict[str, Any]]) -> BaseGeometry:
    """Return the shape of a drawing, several as one."""
    import shapely

    shapes = [shapely.from_geojson(json.dumps(feature["geometry"])) for feature in features]
    return shapes[0] if len(shapes) == 1 else shapely.union_all(shapes)


def features_of(file: Path) -> list[dict[str, Any]]:
    """Read the features of a GeoJSON file; a bare geometry is one.

    Raises
    ------
    InputRefused
        ``file_missing``, ``file_too_large``, ``json_broken`` or ``geometry_missing``.
    """
    if not file.is_file():
        raise InputRefused(Code.FILE_MISSING, "There is no such file.", hint="Check the path.", file=str(file))
    with file.open("rb") as opened:
        content = opened.read(LARGEST_BYTES + 1)
    if len(content) > LARGEST_BYTES:
        raise InputRefused(Code.FILE_TOO_LARGE, "The drawing is too large.", hint="Ingest it.", file=str(file))
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise InputRefused(Code.JSON_BROKEN, f"The file is not JSON: {error}.", file=str(file)) from error
    kind = document.get("type") if isinstance(document, dict) else None
    found = document.get("features") if kind == "FeatureCollection" else [document]
    if kind not in ("FeatureCollection", "Feature"):
        found = [{"type": "Feature", "geometry": document, "properties": {}}]
    if not isinstance(found, list) or not found or not all(_has_geometry(feature) for feature in found):
        raise InputRefused(
            Code.GEOMETRY_MISSING, "The file holds no drawing.", hint="Write GeoJSON features.", file=str(file)
        )
    return found


def _has_geometry(feature: Any) -> bool:
    return isinstance(feature, dict) and isinstance(feature.get("geometry"), dict) and "type" in feature["geometry"]
