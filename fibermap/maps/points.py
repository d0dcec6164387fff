"""Addresses on the page: one by one while they are few, else grouped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from fibermap.coverage.model import CLASS_ORDER, Evidence
from fibermap.kernel.units import format_length
from fibermap.maps.cells import make_levels
from fibermap.maps.palette import code_of
from fibermap.maps.text import clean, number

if TYPE_CHECKING:
    import geopandas as gpd

MOST_MARKERS = 5_000
"""Addresses that are drawn one by one."""

COLUMNS = (
    "address_id",
    "full_address",
    "class",
    "area_id",
    "area_name",
    "evidence",
    "units",
    "not_orderable",
    "drop_m",
)

_REASONS = {
    Evidence.AREA: "it lies in the area",
    Evidence.DESIGN_TERMINAL: "the design gives it a terminal",
    Evidence.TERMINAL: "a terminal is within reach",
    Evidence.ROUTE: "a route is within reach",
    Evidence.SOURCE_STATUS: "its source says so",
    Evidence.NONE: "no area, terminal or route reaches it",
    Evidence.NO_POSITION: "its position is not known",
}


def prepare(addresses: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the columns of :data:`COLUMNS` with ``code``, ``lon`` and ``lat``.

    ``area_id`` is text, ``""`` where no area decides; ``lon`` and ``lat`` are NaN where there is no position.
    """
    frame = pd.DataFrame(addresses).reindex(columns=list(COLUMNS)).reset_index(drop=True)
    shapes = np.asarray(addresses.geometry.array, dtype=object)
    frame["lon"], frame["lat"] = shapely.get_x(shapes), shapely.get_y(shapes)
    ids = pd.to_numeric(frame["area_id"], errors="coerce").astype("Int64")
    frame["area_id"] = ids.astype("string").fillna("").astype(object)
    codes = {value: code_of(value) for value in frame["class"].dropna().unique()}
    frame["code"] = frame["class"].map(codes).fillna(len(CLASS_ORDER) - 1).astype(int)
    frame["units"] = pd.to_numeric(frame["units"], errors="coerce").fillna(0).astype(int)
    return frame


def placed(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that can be drawn."""
    return frame[frame["lon"].between(-180, 180) & frame["lat"].between(-90, 90)]


def encode_points(frame: pd.DataFrame, units: str) -> dict[str, Any]:
    """Return placed addresses for the page: ``{"points": ...}`` or, above :data:`MOST_MARKERS`, ``{"levels": ...}``."""
    if len(frame) > MOST_MARKERS:
        lon, lat = frame["lon"].to_numpy(float), frame["lat"].to_numpy(float)
        levels = make_levels(lon, lat, frame["code"].to_numpy(), frame["units"].to_numpy(), len(CLASS_ORDER))
        return {"levels": [level.as_json() for level in levels]}
    return {"points": _markers(frame, units)}


def _markers(frame: pd.DataFrame, units: str) -> dict[str, Any]:
    facts = {
        "Area": [clean(name) for name in frame["area_name"]],
        "Because": [_because(evidence) for evidence in frame["evidence"]],
        "For sale": [_for_sale(reasons) for reasons in frame["not_orderable"]],
        "Drop": [_drop(length_m, units) for length_m in frame["drop_m"]],
        "Units": [f"{homes:,}" for homes in frame["units"]],
    }
    words = sorted({word for column in facts.values() for word in column})
    index = {word: place for place, word in enumerate(words)}
    return {
        "x": frame["lon"].round(6).tolist(),
        "y": frame["lat"].round(6).tolist(),
        "c": frame["code"].tolist(),
        "t": [clean(address) or "no address" for address in frame["full_address"]],
        "labels": list(facts),
        "facts": [[index[word] for word in column] for column in facts.values()],
        "words": words,
    }


def _because(evidence: object) -> str:
    return next((reason for known, reason in _REASONS.items() if known == evidence), clean(evidence))


def _for_sale(reasons: object) -> str:
    said = clean(reasons).replace("_", " ").replace(",", ", ")
    return f"no: {said}" if said else "yes"


def _drop(length_m: object, units: str) -> str:
    metres = number(length_m)
    return "" if metres is None else format_length(metres, units=units)
