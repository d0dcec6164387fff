"""A village of six houses and two service areas, as files."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

HOUSES = {
    "A1": ("1 Elk Ridge Rd", -111.3000, 45.8500),
    "A2": ("2 Elk Ridge Rd", -111.2990, 45.8500),
    "A3": ("3 Elk Ridge Rd", -111.2980, 45.8500),
    "B1": ("10 Larch Ln", -111.2800, 45.8500),
    "B2": ("12 Larch Ln", -111.2790, 45.8500),
    "C1": ("99 Far Rd", -111.2000, 45.9000),
}
"""The source's own id -> address, longitude and latitude in degrees."""
CLASSES = {
    "A1": "build",
    "A2": "build",
    "A3": "build",
    "B1": "pre-build",
    "B2": "pre-build",
    "C1": "out-of-coverage",
}
"""What the plan of :func:`write_plan` makes of them."""


def write_addresses(path: Path) -> Path:
    """Write the houses as CSV."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["ID", "FULLADDR", "LONGITUDE", "LATITUDE", "ZIPCODE"])
        writer.writerows([fid, address, lon, lat, "59741"] for fid, (address, lon, lat) in HOUSES.items())
    return path


def write_plan(path: Path, *, west: str = "In Service", east: str = "Under Construction") -> Path:
    """Write the two areas as GeoJSON, their status in a column."""
    areas = [
        _area("Elk Ridge", west, -111.301, 45.849, -111.297, 45.851),
        _area("Larch", east, -111.281, 45.849, -111.278, 45.851),
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": areas}), encoding="utf-8")
    return path


def _area(name: str, status: str, west: float, south: float, east: float, north: float) -> dict[str, Any]:
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {
        "type": "Feature",
        "properties": {"FDA_NAME": name, "BUILD_STATUS": status},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
