"""Everything that a map says, drawn and written."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from fibermap.coverage.model import CLASS_ORDER, Class
from fibermap.maps import features
from fibermap.maps.palette import EXCLUSION_LINE, GAP_LINE, LOOKS, NETWORK_LINE
from fibermap.maps.points import MOST_MARKERS, encode_points, placed, prepare
from fibermap.maps.text import clean, count

if TYPE_CHECKING:
    import geopandas as gpd

Bounds = tuple[float, float, float, float]
MOST_FROM_AFAR = 200
"""Terminals that the script draws at every zoom level."""
_METRES_PER_DEGREE = 111_320


@dataclass(frozen=True, slots=True)
class Tally:
    """How many addresses, and units sold to, are in a class."""

    class_: Class
    addresses: int
    units: int


@dataclass(frozen=True, slots=True)
class AreaTally:
    """How many addresses, and units sold to, one area decides; ``area_id`` is ``""`` for those that no area does."""

    area_id: str
    name: str
    class_: Class
    addresses: int
    units: int


@dataclass(frozen=True, slots=True)
class MapContents:
    """What the page is made from.

    Attributes
    ----------
    drawing
        JSON values for the script.
    bounds
        West, south, east, north in degrees; None where there is nothing to draw.
    tallies, areas
        The legend, and the table that says what the map shows.
    notes
        Sentences on what is not drawn as it is.
    """

    drawing: dict[str, Any]
    bounds: Bounds | None
    tallies: list[Tally]
    areas: list[AreaTally]
    notes: list[str]


def gather(
    addresses: gpd.GeoDataFrame,
    areas: gpd.GeoDataFrame,
    network: gpd.GeoDataFrame,
    gaps: gpd.GeoDataFrame | None,
    units: str,
) -> MapContents:
    """Work out what to draw and to write; see :func:`fibermap.maps.draw.draw_map` for the frames."""
    frame = prepare(addresses)
    drawn = placed(frame)
    layers = {
        "areas": features.draw_areas(areas, frame),
        "gaps": features.draw_gaps(gaps, units),
        "routes": features.draw_routes(network, units),
        "terminals": features.draw_terminals(network),
    }
    drawing = {name: layer.items for name, layer in layers.items()}
    return MapContents(
        drawing={**drawing, **encode_points(drawn, units), "looks": _looks()},
        bounds=_bounds(drawn, areas, network, gaps),
        tallies=_tallies(frame),
        areas=_area_tallies(frame),
        notes=_notes(len(frame) - len(drawn), len(drawn), layers),
    )


def _looks() -> dict[str, Any]:
    classes = [{"name": str(class_), **asdict(LOOKS[class_])} for class_ in CLASS_ORDER]
    return {"classes": classes, "exclusion": EXCLUSION_LINE, "gap": GAP_LINE, "network": NETWORK_LINE}


def _bounds(drawn: pd.DataFrame, *frames: gpd.GeoDataFrame | None) -> Bounds | None:
    boxes = [shapely.total_bounds(frame.geometry.array) for frame in frames if frame is not None and len(frame)]
    if len(drawn):
        lon, lat = drawn["lon"], drawn["lat"]
        boxes.append(np.array([lon.min(), lat.min(), lon.max(), lat.max()]))
    boxes = [box for box in boxes if np.isfinite(box).all()]
    if not boxes:
        return None
    west, south, east, north = np.array(boxes).T
    return float(west.min()), float(south.min()), float(east.max()), float(north.max())


def _tallies(frame: pd.DataFrame) -> list[Tally]:
    by_code = frame.groupby("code").agg(addresses=("code", "size"), units=("units", "sum"))
    by_code = by_code.reindex(range(len(CLASS_ORDER)), fill_value=0)
    return [
        Tally(class_, int(by_code["addresses"][code]), int(by_code["units"][code]))
        for code, class_ in enumerate(CLASS_ORDER)
    ]


def _area_tallies(frame: pd.DataFrame) -> list[AreaTally]:
    groups = frame.groupby(["area_id", "code"], dropna=False, sort=False)
    counted = groups.agg(addresses=("code", "size"), units=("units", "sum"), name=("area_name", "first")).reset_index()
    rows = [
        AreaTally(clean(row["area_id"]), clean(row["name"]), CLASS_ORDER[row["code"]], row["addresses"], row["units"])
        for row in counted.to_dict("records")
    ]
    return sorted(rows, key=lambda row: (CLASS_ORDER.index(row.class_), -row.addresses, row.name, row.area_id))


def _notes(unplaced: int, drawn: int, layers: dict[str, features.Layer]) -> list[str]:
    notes = []
    if drawn > MOST_MARKERS:
        notes.append("Addresses are grouped; zoom in to split a group. Its colour is its most frequent class.")
    if unplaced:
        notes.append(f"Without a position, so not drawn: {count(unplaced, 'address', 'addresses')}.")
    if any(item["x"] for item in layers["areas"].items):
        notes.append("Dotted red outlines are exclusions: nothing inside them is for sale.")
    if len(layers["terminals"].items) > MOST_FROM_AFAR:
        notes.append("Terminals show at street level.")
    left_out = [f"{layer.left_out:,} {name}" for name, layer in layers.items() if layer.left_out]
    if left_out:
        notes.append(f"Left out to keep the map light: {', '.join(left_out)}.")
    moved_m = max(layer.tolerance_deg for layer in layers.values()) * _METRES_PER_DEGREE
    if moved_m:
        notes.append(f"Outlines are simplified by up to {moved_m:,.0f} m on this map; verdicts use the exact ones.")
    return notes
