"""Areas, gaps, routes and terminals on the page, each with the facts of its popup."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from fibermap.kernel.units import format_length
from fibermap.maps.outlines import encode, fit_to_budget
from fibermap.maps.palette import code_of
from fibermap.maps.text import clean, count, number

if TYPE_CHECKING:
    import geopandas as gpd

MOST_FEATURES = 4_000
"""Features that are drawn in each layer; the largest areas and gaps, the first routes and terminals."""

Facts = list[tuple[str, str]]


class Layer(NamedTuple):
    """Features of one kind.

    ``items`` are for the page; ``left_out`` counts what was not drawn; ``tolerance_deg`` says how far outlines moved.
    """

    items: list[dict[str, Any]]
    left_out: int
    tolerance_deg: float


def draw_areas(areas: gpd.GeoDataFrame, addresses: pd.DataFrame) -> Layer:
    """Return coverage and exclusion areas, the largest first so that the small ones lie on top."""
    counted = addresses.groupby("area_id").agg(addresses=("code", "size"), units=("units", "sum"))
    inside = {str(area_id): (int(row["addresses"]), int(row["units"])) for area_id, row in counted.iterrows()}
    shown, shapes, left_out, tolerance_deg = _largest(areas)
    items = []
    for row, shape in zip(_rows(shown), shapes, strict=True):
        key, excluded = clean(row.get("area_id")), row.get("role") == "exclusion"
        item = _item(row, shape, _area_facts(row, inside.get(key)))
        items.append(item | {"k": key, "c": code_of(row.get("class")), "x": int(excluded)})
    return Layer(items, left_out, tolerance_deg)


def draw_gaps(gaps: gpd.GeoDataFrame | None, units: str) -> Layer:
    """Return coverage gaps; without any, an empty layer."""
    if gaps is None or not len(gaps):
        return Layer([], 0, 0.0)
    shown, shapes, left_out, tolerance_deg = _largest(gaps)
    items = []
    for row, shape in zip(_rows(shown), shapes, strict=True):
        size = count(int(number(row.get("addresses")) or 0), "address", "addresses")
        away_m = number(row.get("distance_m"))
        facts = [("Points", clean(row.get("points")))]
        facts += [("To the network", format_length(away_m, units=units))] if away_m is not None else []
        items.append(_item(row | {"name": f"Gap of {size}"}, shape, facts))
    return Layer(items, left_out, tolerance_deg)


def draw_routes(network: gpd.GeoDataFrame, units: str) -> Layer:
    """Return the lines of the network."""
    lines = network[network.geometry.geom_type.isin(["LineString", "MultiLineString"])]
    shown = lines.iloc[:MOST_FEATURES]
    shapes, tolerance_deg = fit_to_budget(list(shown.geometry))
    items = []
    for row, shape in zip(_rows(shown), shapes, strict=True):
        length_m = number(row.get("length_m"))
        facts = [("Length", format_length(length_m, units=units))] if length_m is not None else []
        items.append(_item(row, shape, _network_facts(row) + facts))
    return Layer(items, len(lines) - len(shown), tolerance_deg)


def draw_terminals(network: gpd.GeoDataFrame) -> Layer:
    """Return the points of the network: terminals, cabinets, sites."""
    points = network[network.geometry.geom_type.isin(["Point", "MultiPoint"])]
    shown = points.iloc[:MOST_FEATURES]
    items = []
    for row, shape in zip(_rows(shown), shown.geometry, strict=True):
        free, total = number(row.get("ports_free")), number(row.get("ports_total"))
        ports = [("Ports free", f"{free:,.0f}" + (f" of {total:,.0f}" if total else ""))] if free is not None else []
        places = [[round(x, 6), round(y, 6)] for x, y in shapely.get_coordinates(shape).tolist()]
        items.append({"t": _title(row), "f": _network_facts(row) + ports, "g": places})
    return Layer(items, len(points) - len(shown), 0.0)


def _largest(frame: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[BaseGeometry], int, float]:
    order = pd.Series(shapely.area(frame.geometry.array)).fillna(0).sort_values(ascending=False, kind="stable").index
    shown = frame.iloc[order[:MOST_FEATURES]]
    shapes, tolerance_deg = fit_to_budget(list(shown.geometry))
    return shown, shapes, len(frame) - len(shown), tolerance_deg


def _rows(frame: gpd.GeoDataFrame) -> Iterable[dict[str, Any]]:
    return cast(list[dict[str, Any]], pd.DataFrame(frame.drop(columns=frame.geometry.name)).to_dict("records"))


def _item(row: dict[str, Any], shape: BaseGeometry, facts: Facts) -> dict[str, Any]:
    return {"t": _title(row), "f": facts, "g": encode(shape)}


def _title(row: dict[str, Any]) -> str:
    return clean(row.get("name")) or "without a name"


def _area_facts(row: dict[str, Any], inside: tuple[int, int] | None) -> Facts:
    addresses, units = inside or (0, 0)
    facts = [
        ("Class", "exclusion" if row.get("role") == "exclusion" else clean(row.get("class")) or "unknown"),
        ("Phase", clean(row.get("phase"))),
        ("Technology", clean(row.get("technology")).replace("_", " ")),
        ("Expected live", _expected(row)),
        ("Status word", clean(row.get("status_word"))),
        ("Source", clean(row.get("source"))),
        ("Decides", count(addresses, "address", "addresses")),
        ("Units", f"{units:,}"),
    ]
    return [fact for fact in facts if fact[1]]


def _expected(row: dict[str, Any]) -> str:
    day, precision = clean(row.get("expected_live_on")), clean(row.get("expected_precision"))
    return day if precision in ("", "day") else f"{day}, to the {precision}"


def _network_facts(row: dict[str, Any]) -> Facts:
    facts = [(label, clean(row.get(column))) for label, column in (("Kind", "kind"), ("Class", "class"))]
    facts += [("Phase", clean(row.get("phase"))), ("Source", clean(row.get("source")))]
    return [fact for fact in facts if fact[1]]
