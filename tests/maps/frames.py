"""Small frames as `Plan` hands them to the map."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import geopandas as gpd
import shapely

WEST, SOUTH = -111.34, 45.85


def address(lon: float, lat: float, class_: str = "build", **values: Any) -> dict[str, Any]:
    return {
        "address_id": 1,
        "full_address": "14 Elk Ridge Rd",
        "class": class_,
        "area_id": 7 if class_ in ("build", "pre-build") else None,
        "area_name": "North" if class_ in ("build", "pre-build") else None,
        "evidence": "area",
        "units": 1,
        "not_orderable": None,
        "drop_m": 30.48,
        "geometry": shapely.Point(lon, lat),
        **values,
    }


def area(name: str = "North", class_: str = "build", size_deg: float = 0.02, **values: Any) -> dict[str, Any]:
    box = shapely.box(WEST, SOUTH, WEST + size_deg, SOUTH + size_deg)
    return {"area_id": 7, "name": name, "class": class_, "role": "coverage", "geometry": box, **values}


def frame(rows: Iterable[dict[str, Any]] = ()) -> gpd.GeoDataFrame:
    rows = list(rows)
    return gpd.GeoDataFrame(rows or {"geometry": []}, geometry="geometry", crs="EPSG:4326")


def one_of_each() -> gpd.GeoDataFrame:
    """Three build addresses of four units, two pre-build, one out of coverage, one whose position is not known."""
    return frame(
        [
            address(WEST + 0.001, SOUTH + 0.001),
            address(WEST + 0.002, SOUTH + 0.001),
            address(WEST + 0.003, SOUTH + 0.001, units=2),
            address(WEST + 0.004, SOUTH + 0.004, "pre-build"),
            address(WEST + 0.005, SOUTH + 0.004, "pre-build"),
            address(WEST + 0.03, SOUTH + 0.03, "out-of-coverage", not_orderable="not_build"),
            address(0, 0, "unknown", geometry=None),
        ]
    )
