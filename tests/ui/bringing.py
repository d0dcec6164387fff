"""Files that a planner brings in on the screens: made from what the county holds, so that they change it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.ui.serving import Served


def addresses_outside(server: Served, most: int) -> list[dict[str, Any]]:
    """Return addresses that are out of coverage in the latest version."""
    latest = server.ask("GET", "/v1/plan-versions").json()["plan_version"]
    found = server.ask("GET", "/v1/plan-versions/compare", params={"first": 0, "last": latest, "change": "changed"})
    rows = [row for row in found.json()["rows"] if row["to_class"] == "out-of-coverage" and row["lon"] is not None]
    return rows[:most]


def zone(folder: Path, address: dict[str, Any], status: str, name: str = "Test zone") -> Path:
    """Write a small area around an address as GeoJSON."""
    lon, lat, half = address["lon"], address["lat"], 0.0006
    ring = [[lon - half, lat - half], [lon + half, lat - half], [lon + half, lat + half], [lon - half, lat + half]]
    feature = {
        "type": "Feature",
        "properties": {"FDA_NAME": name, "BUILD_STATUS": status},
        "geometry": {"type": "Polygon", "coordinates": [[*ring, ring[0]]]},
    }
    path = folder / "test_zone_service_areas.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    return path
