"""The evidence on an item, side by side: what each record says, what crosses what, and where it all is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson
import shapely
from shapely.geometry.base import BaseGeometry

from fibermap.address.keys import mailing_lines
from fibermap.address.model import PART_NAMES
from fibermap.address.parse import parse_address
from fibermap.review.mend import mended
from fibermap.review.model import FITTING, Item, Queue
from fibermap.review.nearby import nearby
from fibermap.review.queues import load_item
from fibermap.spatial.metres import ground_distance_m
from fibermap.store import UnitOfWork

Shown = dict[str, Any]

COMPARED = (
    "full_address", "unit", "city", "zip", "kind", "serviceable", "class", "orderable", "units", "connectivity",
    "fcc_location_id", "holds", "placement", "lon", "lat",
)  # fmt: skip
"""What of two addresses is laid side by side."""


def show_item(uow: UnitOfWork, item_id: int) -> Shown:
    """Return an item with its evidence.

    Returns
    -------
    dict
        ``item``; ``choices`` that fit it; ``features``, a GeoJSON collection in EPSG:4326 whose ``part`` says what each
        is (``address``, ``other``, ``drop``, ``terminal``, ``crossed``, ``footprint``, ``area``, ``thing``,
        ``mended``, ``report``, ``near``); and by queue: ``thing``; ``sides``, ``differs`` and ``distance_m``; ``flag``
        and ``sides``; ``report``, ``parsed`` and ``near``.

    Raises
    ------
    NotFound
        ``review_item_not_found``.
    """
    item = load_item(uow, item_id)
    told, features = _EVIDENCE[item.queue](uow, item)
    return {
        "item": item,
        "choices": [str(choice) for choice in FITTING[item.queue]],
        "features": {"type": "FeatureCollection", "features": features},
        **told,
    }


Told = tuple[Shown, list[Shown]]


def _quarantined(uow: UnitOfWork, item: Item) -> Told:
    thing = mended(uow, item)
    becomes = "area" if thing.area is not None else "address" if thing.text and thing.place[0] is not None else None
    changed = thing.area is not None and thing.area is not thing.geometry
    features = [
        *([] if thing.geometry is None else [_drawn("thing", thing.geometry, name=thing.name)]),
        *([_drawn("mended", thing.area, name=thing.name)] if changed and thing.area is not None else []),
    ]
    told = {"becomes": becomes, "mended": changed, "change": thing.change, "text": thing.text}
    return {"thing": {**thing.said, **told}}, features


def _duplicate(uow: UnitOfWork, item: Item) -> Told:
    sides = _sides(uow, [item.address_id, item.other_id])
    first, second = sides
    places = [side["lon"] for side in sides], [side["lat"] for side in sides]
    apart = None
    if None not in (*places[0], *places[1]):
        apart = float(ground_distance_m(places[0][:1], places[1][:1], places[0][1:], places[1][1:])[0])
    told = {
        "sides": sides,
        "differs": [name for name in COMPARED if first[name] != second[name]],
        "distance_m": apart,
    }
    parts = ("address", "other")
    return told, [_point(part, side) for part, side in zip(parts, sides, strict=True) if side["lon"] is not None]


def _sides(uow: UnitOfWork, address_ids: Sequence[int | None]) -> list[Shown]:
    """Return addresses in the order asked for, with everything that is compared and the records behind them."""
    rows = uow.sql.records(
        "review.sides",
        f"""
        SELECT v.address_id, {", ".join("a.fcc_location_id" if n == "fcc_location_id" else f"v.{n}" for n in COMPARED)}
        FROM addresses v JOIN address a ON a.address_id = v.address_id AND a.to_version IS NULL
        WHERE v.address_id IN (SELECT unnest($ids::BIGINT[]))
        """,
        {"ids": list(address_ids)},
    )
    records = uow.sql.records(
        "review.records",
        """
        SELECT ra.address_id, s.name AS source, r.layer, r.row, r.source_fid, r.delivery_line, r.city, r.zip,
               r.type_raw, r.placement, r.lon, r.lat, r.attributes
        FROM record_address ra
        JOIN source_record r ON r.record_id = ra.record_id AND r.to_version IS NULL
        JOIN source s ON s.source_id = r.source_id
        WHERE ra.to_version IS NULL AND ra.address_id IN (SELECT unnest($ids::BIGINT[]))
        ORDER BY s.name, r.layer, r.row LIMIT 50
        """,
        {"ids": list(address_ids)},
    )
    by_id = {row["address_id"]: row for row in rows}
    return [
        by_id[i] | {"records": [_record(r) for r in records if r["address_id"] == i]} for i in address_ids if i in by_id
    ]


def _record(row: Mapping[str, Any]) -> Shown:
    said = {name: value for name, value in row.items() if name not in ("address_id", "attributes")}
    return said | {"attributes": orjson.loads(row["attributes"])}


def _flag(uow: UnitOfWork, item: Item) -> Told:
    detail = orjson.loads(item.detail)
    (side,) = _sides(uow, [item.address_id])
    row = uow.sql.records(
        "review.verdict",
        "SELECT terminal_id, drop_m, feature_id AS area_id FROM verdict WHERE address_id = ? AND best",
        [item.address_id],
    )[0]
    wanted = {
        "terminal": detail.get("terminal_id") or row["terminal_id"],
        "crossed": detail.get("barrier_id"),
        "footprint": detail.get("footprint_id"),
        "area": row["area_id"],
    }
    shapes = _shapes(uow, [i for i in wanted.values() if i is not None])
    features = [] if side["lon"] is None else [_point("address", side)]
    features += [_drawn(part, *shapes[i]) for part, i in wanted.items() if i in shapes]
    if item.why == "conflicting_areas" and side["lon"] is not None:
        features += [_drawn("area", shape, name) for shape, name in _areas_at(uow, side["lon"], side["lat"])]
    if side["lon"] is not None and wanted["terminal"] in shapes:
        shape, name = shapes[wanted["terminal"]]
        drop = shapely.LineString([(side["lon"], side["lat"]), shapely.centroid(shape)])
        features.append(_drawn("drop", drop, name))
    return {"flag": {"code": item.why, **detail, "drop_m": row["drop_m"]}, "sides": [side]}, features


def _shapes(uow: UnitOfWork, feature_ids: Sequence[int]) -> dict[int, tuple[BaseGeometry, str | None]]:
    rows = uow.sql.rows(
        "review.shapes",
        """
        SELECT feature_id, geometry, coalesce(name, kind) FROM plan_feature
        WHERE to_version IS NULL AND feature_id IN (SELECT unnest($ids::BIGINT[]))
        """,
        {"ids": list(feature_ids)},
    )
    return {feature_id: (shapely.from_wkb(wkb), name) for feature_id, wkb, name in rows}


def _areas_at(uow: UnitOfWork, lon: float, lat: float) -> list[tuple[BaseGeometry, str | None]]:
    """Return the areas that an address lies in, all that contradict one another."""
    rows = uow.sql.rows(
        "review.areas_at",
        """
        SELECT geometry, name FROM plan_feature
        WHERE to_version IS NULL AND role = 'coverage'
          AND west <= $lon AND east >= $lon AND south <= $lat AND north >= $lat
        ORDER BY feature_id LIMIT 50
        """,
        {"lon": lon, "lat": lat},
    )
    here = shapely.Point(lon, lat)
    shapes = [(shapely.from_wkb(wkb), name) for wkb, name in rows]
    return [(shape, name) for shape, name in shapes if shape.intersects(here)]


def _missing(uow: UnitOfWork, item: Item) -> Told:
    report = uow.sql.records(
        "review.report",
        "SELECT report_id, text, note, lon, lat, reporter, reported_at FROM missing_report WHERE report_id = ?",
        [item.subject_id],
    )[0]
    parsed = parse_address(report["text"])
    line, last = mailing_lines(parsed.parts)
    said = {name: getattr(parsed.parts, name) for name in PART_NAMES if getattr(parsed.parts, name) is not None}
    near = nearby(uow, parsed.parts, item.lon, item.lat)
    features = [_point("near", each) for each in near if each["lon"] is not None]
    if item.lon is not None:
        features.append(_point("report", report))
    told = {"report": report, "parsed": {"line": line, "last": last, "parts": said}, "near": near}
    return told, features


def _point(part: str, said: Mapping[str, Any]) -> Shown:
    title = said.get("full_address") or said.get("text")
    return _drawn(part, shapely.Point(said["lon"], said["lat"]), title, id=said.get("address_id"))


def _drawn(part: str, shape: BaseGeometry, name: str | None = None, **more: Any) -> Shown:
    properties = {"part": part, "name": name, **more}
    return {"type": "Feature", "properties": properties, "geometry": orjson.loads(shapely.to_geojson(shape))}


_EVIDENCE: Mapping[Queue, Callable[[UnitOfWork, Item], Told]] = {
    Queue.QUARANTINED: _quarantined,
    Queue.DUPLICATE: _duplicate,
    Queue.FLAG: _flag,
    Queue.MISSING: _missing,
}
