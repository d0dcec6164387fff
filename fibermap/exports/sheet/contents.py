"""What a sheet shows, read from the plan."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import shapely
from shapely.geometry.base import BaseGeometry

from fibermap.coverage.model import CLASS_ORDER, Class
from fibermap.exports.model import CHOSEN, Material
from fibermap.exports.sheet.drawing import Area, Contents
from fibermap.exports.sheet.frame import Box
from fibermap.maps.contents import Tally
from fibermap.maps.palette import code_of

MOST_LAND = 2_000
"""Rivers, railways, highways and boundaries on one sheet; the longest are drawn."""
_EXTENT = "SELECT min(west) w, min(south) s, max(east) e, max(north) n FROM plan_feature WHERE to_version IS NULL"
_EVERYWHERE: Box = (-180.0, -85.0, 180.0, 85.0)
_WITHIN = "west <= $east AND east >= $west AND south <= $north AND north >= $south"


def read_contents(material: Material, box: Box | None) -> tuple[Contents, tuple[Tally, ...]]:
    """Return the addresses that were asked for, and the areas, network and land around them.

    Parameters
    ----------
    box
        What the sheet is to show; None for all addresses and areas that were asked for.

    Returns
    -------
    contents
        With the addresses that may be listed.
    tallies
        Their numbers by class, of those within the box.
    """
    addresses = material.ask(
        f"SELECT lon, lat, class, units FROM {CHOSEN} WHERE listed AND lon IS NOT NULL ORDER BY address_id"
    )
    within = _within(addresses, box)
    west, south, east, north = _window(material, addresses, box)
    window = {"west": west, "south": south, "east": east, "north": north}
    features = material.ask(
        f"SELECT role, class, name, geometry FROM plan_feature WHERE to_version IS NULL AND {_WITHIN} "
        "AND role IN ('coverage', 'exclusion', 'network_lines', 'network_points') ORDER BY feature_id",
        **window,
    )
    land = material.ask(
        f"SELECT geometry FROM plan_feature WHERE to_version IS NULL AND {_WITHIN} AND role IN ('barrier', 'boundary') "
        f"ORDER BY size_m DESC NULLS LAST, feature_id LIMIT {MOST_LAND}",
        **window,
    )
    roles, shapes = features["role"].to_pylist(), _shapes(features)
    classes, names = features["class"].to_pylist(), features["name"].to_pylist()
    rows = list(zip(roles, shapes, classes, names, strict=True))
    codes = np.array([code_of(class_) for class_ in addresses["class"].to_pylist()], dtype=np.int64)
    contents = Contents(
        areas=[
            Area(shape, Class(class_) if class_ and role == "coverage" else None, name or "")
            for role, shape, class_, name in rows
            if role in ("coverage", "exclusion")
        ],
        land=[shape.boundary if shape.geom_type.endswith("Polygon") else shape for shape in _shapes(land)],
        lines=[(shape, class_ == Class.BUILD) for role, shape, class_, _ in rows if role == "network_lines"],
        points=[(shape, class_ == Class.BUILD) for role, shape, class_, _ in rows if role == "network_points"],
        lon=addresses["lon"].to_numpy(),
        lat=addresses["lat"].to_numpy(),
        codes=codes,
    )
    return contents, _tallies(codes[within], addresses["units"].to_numpy()[within])


def _window(material: Material, addresses: pa.Table, box: Box | None) -> Box:
    if box is not None:
        return box
    lon, lat = addresses["lon"].to_numpy(), addresses["lat"].to_numpy()
    if len(lon):
        return float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max())
    found = material.ask(_EXTENT).to_pylist()[0]
    return (found["w"], found["s"], found["e"], found["n"]) if found["w"] is not None else _EVERYWHERE


def _within(addresses: pa.Table, box: Box | None) -> np.ndarray:
    lon, lat = addresses["lon"].to_numpy(), addresses["lat"].to_numpy()
    if box is None:
        return np.ones(len(lon), dtype=bool)
    west, south, east, north = box
    return np.asarray((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north))


def _tallies(codes: np.ndarray, units: np.ndarray) -> tuple[Tally, ...]:
    addresses = np.bincount(codes, minlength=len(CLASS_ORDER))
    sold_to = np.bincount(codes, weights=units, minlength=len(CLASS_ORDER)).astype(np.int64)
    return tuple(
        Tally(class_, int(many), int(sold))
        for class_, many, sold in zip(CLASS_ORDER, addresses, sold_to, strict=True)
        if many
    )


def _shapes(table: pa.Table) -> list[BaseGeometry]:
    return list(shapely.from_wkb(table["geometry"].to_numpy(zero_copy_only=False)))
