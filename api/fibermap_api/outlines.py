"""States and counties as the map draws them, made of the census' topology in the vendored file.

Browsers could do so too, but it would take a good part of the time until they show their first map: to take the
topology apart, and three times as long to hand the shapes to the worker that cuts them into tiles. So they ask for the
lines, and it is the worker that reads them.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate
from typing import Any, TypeAlias

import orjson

Place: TypeAlias = tuple[float, float]
Arc: TypeAlias = list[Place]

_DECIMALS = 4
"""Ten metres: the file is coarser."""


def outlines(topology: bytes) -> bytes:
    """Return GeoJSON of the lines between counties, of the outlines of states, and of where counties are named.

    Parameters
    ----------
    topology
        TopoJSON (quantized, EPSG:4326) with the objects ``counties`` and ``states``, as us-atlas has it.

    Returns
    -------
    bytes
        A FeatureCollection. ``kind`` is ``county``, ``state`` or ``name``; a name stands amid the largest part of its
        county.
    """
    read = orjson.loads(topology)
    arcs = [_unpacked(arc, **read["transform"]) for arc in read["arcs"]]
    counties, states = (read["objects"][name]["geometries"] for name in ("counties", "states"))
    between = [arcs[number] for number in sorted(_shared(counties))]
    around = [arcs[number] for number in sorted({number for state in states for number in _numbers(state)})]
    features = [_feature("county", "MultiLineString", between), _feature("state", "MultiLineString", around)]
    named = [_feature("name", "Point", _amid(county, arcs), name=county["properties"]["name"]) for county in counties]
    return orjson.dumps({"type": "FeatureCollection", "features": features + named})


def _unpacked(arc: list[list[int]], scale: Place, translate: Place) -> Arc:
    """Return the places of an arc, of which the first is whole and the others are steps from the one before."""
    across, along = (accumulate(steps) for steps in zip(*arc, strict=True))
    return [
        (round(x * scale[0] + translate[0], _DECIMALS), round(y * scale[1] + translate[1], _DECIMALS))
        for x, y in zip(across, along, strict=True)
    ]


def _shared(shapes: list[dict[str, Any]]) -> set[int]:
    """Return the arcs that two shapes have in common."""
    seen: set[int] = set()
    twice: set[int] = set()
    for shape in shapes:
        mine = set(_numbers(shape))
        twice |= seen & mine
        seen |= mine
    return twice


def _rings(shape: dict[str, Any]) -> Iterator[list[int]]:
    """Yield every ring, as numbers of arcs; one that runs backwards has the complement of its own."""
    for part in [shape["arcs"]] if shape["type"] == "Polygon" else shape["arcs"]:
        for ring in part:
            yield [number if number >= 0 else ~number for number in ring]


def _numbers(shape: dict[str, Any]) -> Iterator[int]:
    for ring in _rings(shape):
        yield from ring


def _amid(shape: dict[str, Any], arcs: list[Arc]) -> Place:
    west, south, east, north = max((_box(ring, arcs) for ring in _rings(shape)), key=_size)
    return round((west + east) / 2, _DECIMALS), round((south + north) / 2, _DECIMALS)


def _box(ring: list[int], arcs: list[Arc]) -> tuple[float, float, float, float]:
    across, along = zip(*(place for number in ring for place in arcs[number]), strict=True)
    return min(across), min(along), max(across), max(along)


def _size(box: tuple[float, float, float, float]) -> float:
    west, south, east, north = box
    return (east - west) * (north - south)


def _feature(kind: str, type_: str, coordinates: Any, **more: str) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {"kind": kind, **more},
        "geometry": {"type": type_, "coordinates": coordinates},
    }
