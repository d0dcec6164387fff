"""Classification the slow and obvious way: ask GEOS about every pair, take the best."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import shapely


def winner_by_geos(
    x: npt.ArrayLike, y: npt.ArrayLike, areas: Sequence[shapely.Geometry | None], rank: Sequence[float]
) -> list[int]:
    """Return for each point the best area that plain, unprepared GEOS says it intersects, or -1."""
    by_precedence = sorted(range(len(areas)), key=lambda index: (rank[index], index))
    return [
        next((area for area in by_precedence if _covers(areas[area], lon, lat)), -1)
        for lon, lat in zip(np.asarray(x, float), np.asarray(y, float), strict=True)
    ]


def _covers(area: shapely.Geometry | None, lon: float, lat: float) -> bool:
    if area is None or not np.isfinite([lon, lat]).all():
        return False
    return bool(shapely.intersects(area, shapely.Point(lon, lat)))
