"""Differences for a screen: as rows page by page, and as GeoJSON that stays small however much has changed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from fibermap.coverage.difference import CHANGES, count_changes

MOST_POINTS = 5_000
MOST_AREAS = 2_000
CELLS_ACROSS = 64
BY_AREA = 200
_SIMPLER_DEG = 1e-5

Tables = Mapping[str, pa.Table]
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which part of a difference: kind of change, area (of either side), and box (west, south, east, north)."""

    change: str | None = None
    area_id: int | None = None
    bbox: Box | None = None


def summary(tables: Tables) -> dict[str, Any]:
    """Return the counts: in all, from class to class, and by area, the most affected first."""
    by_area = tables["by_area"]
    return {
        **{name: count_changes(tables[name]) for name in ("addresses", "areas")},
        "flips": tables["flips"].to_pylist(),
        "by_area": by_area.slice(0, BY_AREA).to_pylist(),
        "areas_affected": by_area.num_rows,
        "bounds": _bounds(tables),
    }


def rows(tables: Tables, what: str, asked: Asked, offset: int, limit: int) -> dict[str, Any]:
    """Return a page of addresses or areas."""
    table = _picked(tables[what], asked, on_map=False)
    page = table.slice(offset, limit)
    plain = [name for name in page.column_names if name != "geometry"]
    return {"total": table.num_rows, "offset": offset, "rows": page.select(plain).to_pylist()}


def features(tables: Tables, what: str, asked: Asked) -> dict[str, Any]:
    """Return a GeoJSON collection: areas, or addresses; where those are too many, cells with their counts."""
    table = _picked(tables[what], asked, on_map=True)
    if what == "areas":
        return _collection(_area_features(table.slice(0, MOST_AREAS)), "areas", table.num_rows)
    if table.num_rows > MOST_POINTS:
        return _collection(_cells(table), "cells", table.num_rows)
    return _collection(_points(table), "addresses", table.num_rows)


class Remembered:
    """The last few differences that were asked for, since a page and a map ask for the same one many times."""

    def __init__(self, most: int = 4) -> None:
        self._most = most
        self._kept: OrderedDict[Any, Tables] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Any, make: Callable[[], Tables]) -> Tables:
        """Return what is kept under a key, made now if it is not there."""
        with self._lock:
            if key not in self._kept:
                self._kept[key] = make()
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
            return self._kept[key]


def _picked(table: pa.Table, asked: Asked, *, on_map: bool) -> pa.Table:
    keep = pa.array(np.ones(table.num_rows, dtype=np.bool_))
    if asked.change is not None:
        keep = pc.and_(keep, pc.equal(table["change"], asked.change))
    if asked.area_id is not None:
        sides = [name for name in ("area_id", "from_area_id", "to_area_id") if name in table.column_names]
        hits = [pc.fill_null(pc.equal(table[name], asked.area_id), False) for name in sides]
        keep = pc.and_(keep, hits[0] if len(hits) == 1 else pc.or_(*hits))
    table = table.filter(keep)
    if "lon" not in table.column_names:
        return _areas_in(table, asked.bbox)
    if on_map:
        table = table.filter(pc.is_valid(table["lon"]))
    if asked.bbox is None:
        return table
    west, south, east, north = asked.bbox
    lon, lat = table["lon"], table["lat"]
    across = pc.and_(pc.greater_equal(lon, west), pc.less_equal(lon, east))
    return table.filter(pc.and_(across, pc.and_(pc.greater_equal(lat, south), pc.less_equal(lat, north))))


def _areas_in(table: pa.Table, bbox: Box | None) -> pa.Table:
    if bbox is None or not table.num_rows:
        return table
    west, south, east, north = shapely.bounds(_shapes(table)).T
    hit = (west <= bbox[2]) & (east >= bbox[0]) & (south <= bbox[3]) & (north >= bbox[1])
    return table.filter(pa.array(hit))


def _points(table: pa.Table) -> list[dict[str, Any]]:
    wanted = ("change", "address_id", "full_address", "technology", "from_class", "to_class", "from_area", "to_area")
    return [
        _feature({"type": "Point", "coordinates": [row["lon"], row["lat"]]}, {name: row[name] for name in wanted})
        for row in reversed(table.select([*wanted, "lon", "lat"]).to_pylist())  # what is lost lies on top
    ]


def _cells(table: pa.Table) -> list[dict[str, Any]]:
    """Gather points into cells, at their mean place, each with how many of every kind it holds."""
    lon, lat = table["lon"].to_numpy(), table["lat"].to_numpy()
    size = max(np.ptp(lon), np.ptp(lat), 1e-9) / CELLS_ACROSS
    column = ((lon - lon.min()) / size).astype(np.int64)
    cell = column * (CELLS_ACROSS * 4) + ((lat - lat.min()) / size).astype(np.int64)
    kind = np.array([CHANGES.index(change) for change in table["change"].to_pylist()])
    found, at = np.unique(cell, return_inverse=True)
    total = np.bincount(at)
    x, y = np.bincount(at, lon) / total, np.bincount(at, lat) / total
    by_kind = np.bincount(at * len(CHANGES) + kind, minlength=len(found) * len(CHANGES)).reshape(-1, len(CHANGES))
    return [
        _feature(
            {"type": "Point", "coordinates": [float(x[i]), float(y[i])]},
            {
                "change": CHANGES[int(by_kind[i].argmax())],
                "count": int(total[i]),
                **{name: int(by_kind[i, k]) for k, name in enumerate(CHANGES)},
            },
        )
        for i in range(len(found))
    ]


def _area_features(table: pa.Table) -> list[dict[str, Any]]:
    shapes = shapely.simplify(_shapes(table), _SIMPLER_DEG)
    plain = table.select([name for name in table.column_names if name != "geometry"]).to_pylist()
    return [_feature(geometry_json(shape), row) for shape, row in zip(shapes, plain, strict=True)]


def geometry_json(shape: Any) -> dict[str, Any] | None:
    """Return a geometry as GeoJSON; None for none."""
    return None if shape is None else orjson.loads(shapely.to_geojson(shape))


def _shapes(table: pa.Table) -> Any:
    return shapely.from_wkb(table["geometry"].to_numpy(zero_copy_only=False))


def _bounds(tables: Tables) -> Box | None:
    """Return the box around all that is different; None where nothing lies anywhere."""
    lon, lat = (tables["addresses"][name].to_numpy(zero_copy_only=False).astype(float) for name in ("lon", "lat"))
    boxes = [shapely.bounds(_shapes(tables["areas"])).reshape(-1, 4)] if tables["areas"].num_rows else []
    placed = ~np.isnan(lon)
    if placed.any():
        boxes.append(np.array([[lon[placed].min(), lat[placed].min(), lon[placed].max(), lat[placed].max()]]))
    if not boxes:
        return None
    every = np.concatenate(boxes)
    west, south = every[:, :2].min(axis=0)
    east, north = every[:, 2:].max(axis=0)
    return float(west), float(south), float(east), float(north)


def _feature(geometry: dict[str, Any] | None, properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def _collection(found: list[dict[str, Any]], of: str, total: int) -> dict[str, Any]:
    """Return a collection that says what its features are, and how many things they stand for."""
    return {"type": "FeatureCollection", "of": of, "total": total, "features": found}
