"""Which areas a drawing lies over, and whether so little that it was hardly meant."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from fibermap.spatial.metres import area_m2, length_m
from fibermap.store import UnitOfWork

THIN_M = 2.0
"""An overlap that is narrower than this on average is a sliver, however long it is."""
MOST_TOLD = 100
_NEAR = """
    SELECT feature_id, name, class, geometry FROM plan_feature
    WHERE to_version IS NULL AND role = 'coverage' AND class IS NOT NULL
      AND west <= $east AND east >= $west AND south <= $north AND north >= $south ORDER BY feature_id
"""


def overlaps_of(
    uow: UnitOfWork, shape: BaseGeometry, *, sliver_m2: float, but: int | None = None
) -> list[dict[str, Any]]:
    """Return the areas in force that a valid polygon overlaps, the largest overlap first; ``but`` is left out."""
    bounds = dict(zip(("west", "south", "east", "north"), shape.bounds, strict=True))
    near = [row for row in uow.sql.rows("area.near", _NEAR, bounds) if row[0] != but]
    shapes = shapely.from_wkb(np.array([row[3] for row in near], dtype=object))
    common = shapely.intersection(shapely.make_valid(shapes), shape)
    sizes, edges = area_m2(common), length_m(common)
    found = [
        {
            "area_id": row[0],
            "name": row[1],
            "class": row[2],
            "overlap_m2": float(size),
            "sliver": bool(size < sliver_m2 or size / max(edge / 2, 1e-9) < THIN_M),
        }
        for row, size, edge in zip(near, sizes, edges, strict=True)
        if size > 0
    ]
    return sorted(found, key=lambda each: -each["overlap_m2"])[:MOST_TOLD]
