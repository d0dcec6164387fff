"""Files of a made-up county: an address table with duplicates, the areas of a plan, and a plan in many folders."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import shapely

from fibermap.formats.model import json_text

_SEED = 20261123
_WEST, _SOUTH = -111.6, 45.5
_LOT_DEG = 0.0003
_LOTS_PER_STREET = 100
_STREETS_PER_TOWN = 400
_DUPLICATE_SHARE = 0.1
_DUPLICATE_DEG = 0.00004
_UNIT_SHARE = 0.05

_NAMES = [
    "Main",
    "Oak",
    "Elk",
    "Cedar",
    "Pine",
    "Spring",
    "Church",
    "Mill",
    "Aspen",
    "Willow",
    "Saint",
    "Mary",
    "River",
    "Ridge",
    "Meadow",
    "Prairie",
    "Eagle",
    "Bear",
]
_TYPES = (("ST", "Street"), ("AVE", "Avenue"), ("RD", "Road"), ("LN", "Lane"), ("DR", "Drive"), ("CT", "Court"))
_DIRECTIONS = (("N", "North"), ("S", "South"), ("E", "East"), ("W", "West"), ("", ""))
_KINDS = ("SINGLE FAMILY", "SINGLE FAMILY", "SINGLE FAMILY", "MOBILE HOME", "APARTMENT", "COMMERCIAL", "BARN")

FIELDS = (
    "OBJECTID", "ADDRNUM", "PREDIR", "STNAME", "STTYPE", "UNIT", "CITY", "STATE", "ZIP", "TYPE", "PARCELID", "UPDATED",
    "LONGITUDE", "LATITUDE",
)  # fmt: skip


def write_addresses(path: Path, rows: int) -> int:
    """Write a table of ``rows`` addresses, a tenth of them seen before in other words a few metres away.

    Returns
    -------
    int
        How many addresses there really are.
    """
    rng = np.random.default_rng(_SEED)
    distinct = round(rows * (1 - _DUPLICATE_SHARE))
    first = [_address(i, rng) for i in range(distinct)]
    again = [_other_words(first[i], rng) for i in rng.choice(distinct, rows - distinct, replace=False)]
    lines = first + again
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(FIELDS)
        for number, at in enumerate(rng.permutation(len(lines)), start=1):
            writer.writerow([number, *lines[at]])
    return distinct


def _address(i: int, rng: np.random.Generator) -> list[str]:
    street, lot = divmod(i, _LOTS_PER_STREET)
    town, street = divmod(street, _STREETS_PER_TOWN)
    direction = _DIRECTIONS[street % len(_DIRECTIONS)][0]
    kind = _TYPES[street // len(_DIRECTIONS) % len(_TYPES)][0]
    name = _NAMES[street // (len(_DIRECTIONS) * len(_TYPES)) % len(_NAMES)]
    unit = f"APT {lot % 24 + 1}" if rng.random() < _UNIT_SHARE else ""
    lon = _WEST + town * 0.05 + lot * _LOT_DEG
    lat = _SOUTH + street * _LOT_DEG
    fields = [str(100 + 2 * lot), direction, name, kind, unit, f"Town {chr(65 + town)}", "MT", str(59700 + town)]
    return [*fields, _KINDS[lot % len(_KINDS)], f"P{i:07}", "2026-03-01", f"{lon:.7f}", f"{lat:.7f}"]


def _other_words(address: list[str], rng: np.random.Generator) -> list[str]:
    """Return the same address as another clerk types it, at most ten metres away."""
    number, direction, name, kind, unit, city, *rest = address
    lon, lat = float(rest[-2]), float(rest[-1])
    spelled = [number, dict(_DIRECTIONS)[direction], name.upper(), dict(_TYPES)[kind], unit.replace("APT", "Apartment")]
    lon, lat = lon + rng.uniform(-1, 1) * _DUPLICATE_DEG, lat + rng.uniform(-1, 1) * _DUPLICATE_DEG
    return [*spelled, city.upper(), *rest[:2], rest[2].title(), "", rest[4], f"{lon:.7f}", f"{lat:.7f}"]


def write_areas(path: Path, count: int) -> None:
    """Write a plan of ``count`` areas, side by side over the county's towns, as GeoJSON."""
    rng = np.random.default_rng(_SEED)
    columns = int(np.ceil(np.sqrt(count)))
    features = []
    for i in range(count):
        east, north = i % columns, i // columns
        centre = (_WEST + (east + 0.5) * 0.4 / columns, _SOUTH + (north + 0.5) * 0.12 / columns)
        angle = np.linspace(0, 2 * np.pi, 60, endpoint=False)
        reach = 0.9 * (1 + 0.1 * rng.uniform(-1, 1, len(angle)))
        ring = (
            np.column_stack([np.cos(angle) * 0.2 / columns, np.sin(angle) * 0.06 / columns]) * reach[:, None] + centre
        )
        status = ("Built", "Under Construction")[i % 2]
        fields = {"OBJECTID": i + 1, "NAME": f"FDA-{i:03}", "STATUS": status, "PHASE": f"Phase {north}"}
        geometry = shapely.geometry.mapping(shapely.Polygon(ring))
        features.append({"type": "Feature", "properties": fields, "geometry": geometry})
    path.write_text(json_text({"type": "FeatureCollection", "features": features}), encoding="utf-8")


def write_plan_kml(path: Path, placemarks: int, folders: int) -> None:
    """Write a design tool's export: areas, terminals and routes, folder by folder, the phase in the folder's name."""
    rng = np.random.default_rng(_SEED)
    with path.open("w", encoding="utf-8") as file:
        file.write('<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>Plan</name>')
        for folder in range(folders):
            file.write(f"<Folder><name>Phase {folder + 1} - {('Built', 'Planned')[folder % 2]}</name>")
            for i in range(folder, placemarks, folders):
                file.write(_placemark(i, folder, rng))
            file.write("</Folder>\n")
        file.write("</Document></kml>")


def _placemark(i: int, folder: int, rng: np.random.Generator) -> str:
    x, y = _WEST + folder % 14 * 0.03 + rng.uniform(0, 0.02), _SOUTH + folder // 14 * 0.01 + rng.uniform(0, 0.005)
    kind = i // 200 % 5
    if kind == 0:
        angle = np.linspace(0, 2 * np.pi, 120)
        ring = " ".join(
            f"{x + dx:.7f},{y + dy:.7f},0" for dx, dy in zip(np.cos(angle) / 400, np.sin(angle) / 600, strict=True)
        )
        outline = f"<LinearRing><coordinates>{ring}</coordinates></LinearRing>"
        shape = f"<Polygon><outerBoundaryIs>{outline}</outerBoundaryIs></Polygon>"
        name = f"FDA-{i}"
    elif kind == 1:
        shape = f"<LineString><coordinates>{x},{y} {x + 0.001},{y} {x + 0.001},{y + 0.001}</coordinates></LineString>"
        name = f"Fiber route {i}"
    else:
        shape, name = f"<Point><coordinates>{x},{y}</coordinates></Point>", f"MST-{i}"
    status = ("Built", "Planned")[folder % 2]
    data = f'<ExtendedData><Data name="STATUS"><value>{status}</value></Data></ExtendedData>'
    return f"<Placemark><name>{name}</name>{data}{shape}</Placemark>"
