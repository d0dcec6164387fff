"""The four address tables: the county's and a city's as GeoJSON, the Fabric's two as CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson
from pyproj import Transformer

from fibermap.demo.ground import Spot
from fibermap.demo.records import Record
from fibermap.kernel.crs import parse_crs

STATE_PLANE = "EPSG:2256"
"""Montana State Plane in international feet, in which the city keeps its addresses."""

_WGS84 = "EPSG:4326"


def write_county_table(path: Path, records: Iterable[Record]) -> None:
    """Write the county's table as GeoJSON in longitude and latitude; a row without a position has a null geometry."""
    rows = [(record.fields, record.written) for record in records]
    _write_points(path, rows, {})


def write_city_table(path: Path, records: Iterable[Record]) -> None:
    """Write the city's table as GeoJSON that declares State Plane feet, as old servers do."""
    to_feet = Transformer.from_crs(_WGS84, parse_crs(STATE_PLANE), always_xy=True)
    rows = [(record.fields, _feet(to_feet, record.written)) for record in records]
    member = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:{STATE_PLANE.replace(':', '::')}"}}
    _write_points(path, rows, {"crs": member})


def write_fabric(path: Path, records: Iterable[Record]) -> None:
    """Write one of the Fabric's files: UTF-8 with a byte order mark, every cell text, positions as columns."""
    rows = [record.fields | _position(record.written) for record in records]
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\r\n")
        writer.writeheader()
        writer.writerows(rows)


def _feet(to_feet: Transformer, written: Spot | None) -> Spot | None:
    if written is None:
        return None
    x, y = to_feet.transform(*written)
    return round(x, 3), round(y, 3)


def _position(written: Spot | None) -> dict[str, str]:
    lon, lat = written or ("", "")
    return {"latitude": f"{lat:.7f}" if written else "", "longitude": f"{lon:.7f}" if written else ""}


def _write_points(path: Path, rows: list[tuple[dict[str, Any], Spot | None]], members: dict[str, Any]) -> None:
    features = [
        {
            "type": "Feature",
            "properties": fields,
            "geometry": {"type": "Point", "coordinates": at} if at else None,
        }
        for fields, at in rows
    ]
    name = {"type": "FeatureCollection", "name": path.stem}
    path.write_bytes(orjson.dumps({**name, **members, "features": features}))
