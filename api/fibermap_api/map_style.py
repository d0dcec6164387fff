"""What a map client needs to know of the tiles: TileJSON, and a style that draws them in the classes' colours."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from starlette.requests import Request

from fibermap.coverage.model import Class
from fibermap.maps.palette import EXCLUSION_LINE, LOOKS, NETWORK_LINE
from fibermap.report.screen import Screen
from fibermap.report.tiles import Layer

FARTHEST_ZOOM, NEAREST_ZOOM = 0, 16
"""Tiles nearer than the last one show nothing more: clients enlarge it."""

_EVERY = {"id": "Number: the address, area or feature; negative for a group", "class": "String", "count": "Number"}
_FIELDS: dict[Layer, dict[str, str]] = {
    Layer.ADDRESSES: {
        **_EVERY, "units": "Number", "orderable": "Boolean", "held": "Boolean", "flagged": "Boolean",
        "expected": "Number: the day on which it is expected to be live, as 20270301", "kind": "String",
        "connectivity": "String",
    },
    Layer.AREAS: {
        **_EVERY, "role": "String", "technology": "String", "name": "String", "label": "String",
        "phase": "String",
        "expected": "Number: the day on which it is expected to be live, as 20270301",
    },
    Layer.NETWORK: {**_EVERY, "kind": "String", "name": "String", "ports_free": "Number"},
    Layer.DEMAND: {**_EVERY, "source": "String: check, unsettled, lead or report"},
}  # fmt: skip


def base_url(request: Request) -> str:
    """Return where this server answers, as whoever asks reaches it, also behind a proxy that ends https."""
    scheme = "https" if request.headers.get("x-forwarded-proto") == "https" else request.url.scheme
    return f"{scheme}://{request.url.netloc}"


def tile_json(screen: Screen, layer: Layer, filters: str, base: str, *, public: bool) -> dict[str, Any]:
    """Return the TileJSON 3.0.0 of a layer; ``filters`` is the query string that its tiles carry."""
    return {
        "tilejson": "3.0.0",
        "name": str(layer),
        "tiles": [f"{base}/v1/tiles/{layer}/{{z}}/{{x}}/{{y}}.mvt{'?' if filters else ''}{filters}"],
        "minzoom": FARTHEST_ZOOM,
        "maxzoom": NEAREST_ZOOM,
        "bounds": _bounds(screen),
        "vector_layers": [{"id": str(layer), "fields": _EVERY if public else _FIELDS[layer]}],
        "attribution": "",
    }


def style(layers: Iterable[Layer], base: str) -> dict[str, Any]:
    """Return a MapLibre style of these layers, areas at the bottom and addresses on top."""
    shown = [layer for layer in _DRAWN if layer in set(layers)]
    return {
        "version": 8,
        "name": "fibermap",
        "sources": {
            str(layer): {"type": "vector", "url": f"{base}/v1/tiles/{layer}.json", "promoteId": "id"} for layer in shown
        },
        "layers": [
            {"id": "ground", "type": "background", "paint": {"background-color": "#f5f3ee"}},
            *(
                {"source": str(layer), "source-layer": str(layer), **drawn}
                for layer in shown
                for drawn in _DRAWN[layer]
            ),
        ],
    }


def _bounds(screen: Screen) -> list[float] | None:
    row = screen.sql.row("tiles.bounds", "SELECT min(lon), min(lat), max(lon), max(lat) FROM addresses")
    return None if row is None or row[0] is None else list(row)


def _by_class(part: str) -> list[Any]:
    """Return the expression of a colour by class; ``part`` of a `Look`."""
    pairs = [each for class_ in LOOKS for each in (str(class_), getattr(LOOKS[class_], part))]
    return ["match", ["get", "class"], *pairs, "exclusion", EXCLUSION_LINE, getattr(LOOKS[Class.UNKNOWN], part)]


_GROUP_RADIUS = ["interpolate", ["linear"], ["log10", ["get", "count"]], 0, 4, 2, 9, 4, 16, 6, 24]
_POINT_RADIUS = ["interpolate", ["linear"], ["zoom"], 12, 3, 16, 6, 20, 12]
_DRAWN: dict[Layer, list[dict[str, Any]]] = {
    Layer.AREAS: [
        {"id": "areas-fill", "type": "fill", "paint": {"fill-color": _by_class("fill"), "fill-opacity": 0.15}},
        {"id": "areas-line", "type": "line", "paint": {"line-color": _by_class("line"), "line-width": 1.5}},
    ],
    Layer.NETWORK: [
        {
            "id": "network-lines", "type": "line", "filter": ["==", ["geometry-type"], "LineString"],
            "paint": {"line-color": NETWORK_LINE, "line-width": 1.2},
        },
        {
            "id": "network-points", "type": "circle", "filter": ["==", ["geometry-type"], "Point"],
            "paint": {"circle-color": NETWORK_LINE, "circle-radius": _GROUP_RADIUS, "circle-opacity": 0.7},
        },
    ],
    Layer.DEMAND: [
        {
            "id": "demand", "type": "circle",
            "paint": {"circle-color": "#8a2f6b", "circle-opacity": 0.35, "circle-radius": _GROUP_RADIUS},
        },
    ],
    Layer.ADDRESSES: [
        {
            "id": "address-groups", "type": "circle", "filter": [">", ["get", "count"], 1],
            "paint": {
                "circle-color": _by_class("ground"), "circle-stroke-color": _by_class("line"),
                "circle-stroke-width": 1, "circle-opacity": 0.85, "circle-radius": _GROUP_RADIUS,
            },
        },
        {
            "id": "addresses", "type": "circle", "filter": ["==", ["get", "count"], 1],
            "paint": {
                "circle-color": _by_class("fill"), "circle-stroke-color": _by_class("line"),
                "circle-stroke-width": 1.2, "circle-radius": _POINT_RADIUS,
            },
        },
    ],
}  # fmt: skip
