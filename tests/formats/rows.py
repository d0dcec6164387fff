"""What the tests of the readers share: all rows of a source, and the law that every reader obeys."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely

from fibermap.formats.model import FEATURE_SCHEMA, FeatureSource
from fibermap.kernel.settings import Limits

LIMITS = Limits()


def rows_of(source: FeatureSource) -> list[dict[str, Any]]:
    """Read a source to its end, with geometries as shapely, and check schema and conservation on the way."""
    rows: list[dict[str, Any]] = []
    for batch in source.batches():
        assert batch.schema == FEATURE_SCHEMA
        rows.extend(batch.to_pylist())
    read = {layer.name: layer.read for layer in source.layers() if layer.read}
    assert Counter(row["layer"] for row in rows) == Counter(read)
    for row in rows:
        row["geometry"] = shapely.from_wkb(row["geometry"]) if row["geometry"] is not None else None
        assert row["outcome"] == "ingested" or row["reason"]
        assert row["outcome"] not in ("quarantined", "set_aside") or row["geometry"] is None
    return rows


def outcomes(rows: list[dict[str, Any]]) -> list[tuple[str, str | None]]:
    return [(row["outcome"], row["reason"]) for row in rows]


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def squares(count: int = 3, crs: str = "EPSG:4326") -> gpd.GeoDataFrame:
    """Some squares near Manhattan, Montana."""
    boxes = [shapely.box(-111.3 + 0.01 * n, 45.8, -111.295 + 0.01 * n, 45.805) for n in range(count)]
    frame = gpd.GeoDataFrame({"name": [f"FDA {n}" for n in range(count)]}, geometry=boxes, crs="EPSG:4326")
    return frame.to_crs(crs)
