"""The operator's KMZ, as a design tool would export it, and the county GIS's Esri JSON of the rest of the plan."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import orjson
import shapely
from shapely.geometry.base import BaseGeometry

from fibermap.demo.area_faults import LINK, NOWHERE, OVERLAY
from fibermap.demo.ground import Spot, lonlat, shape_lonlat, web_mercator
from fibermap.demo.model import TOWNS, WIRELESS_TOWN, Area, Network, Phase, Route, Terminal
from fibermap.demo.network import DESIGN, LIVE, PHASES

DOCUMENT = "Larkspur County fiber plan (synthetic)"

_AREA_FIELDS = ("FDA_ID", "BUILD_STATUS", "PHASE", "READY_DATE", "HHP", "TECHNOLOGY")
_NETWORK_FIELDS = ("TERMINAL_ID", "PORTS_TOTAL", "PORTS_FREE", "CABINET_ID", "CABLE_ID", "STRANDS")
_SCHEMA = "".join(f'<SimpleField name="{name}" type="string"/>' for name in (*_AREA_FIELDS, *_NETWORK_FIELDS))
_STYLE = {LIVE.class_: "live", DESIGN.class_: "planned"}
_HEAD = f"""<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>{DOCUMENT}</name>
<description>Synthetic: this county, its towns and its network exist nowhere.</description>
<Style id="live"><LineStyle><color>ff00aa00</color></LineStyle><PolyStyle><color>7f00aa00</color></PolyStyle></Style>
<Style id="planned"><LineStyle><color>ff00a5ff</color></LineStyle><PolyStyle><color>7f00a5ff</color></PolyStyle></Style>
<Schema name="FDA" id="fda">{_SCHEMA}</Schema>
"""


def write_kmz(path: Path, network: Network) -> None:
    """Write the operator's plan: a folder for each phase, statuses in SchemaData, of the design in HTML tables only."""
    text = "".join(_document(network))
    member = zipfile.ZipInfo("doc.kml", date_time=(2026, 1, 1, 0, 0, 0))
    member.compress_type = zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(member, text)


def _document(network: Network) -> Iterator[str]:
    yield _HEAD
    yield from _folder("LARKSPUR FIBER", _plan(network))
    yield f"<NetworkLink><name>{LINK}</name><Link><href>http://files.example.invalid/asbuilt.kmz</href></Link>"
    yield f"</NetworkLink>\n<GroundOverlay><name>{OVERLAY}</name><Icon><href>plat.png</href></Icon><LatLonBox>"
    yield "<north>47.02</north><south>46.98</south><east>-109.47</east><west>-109.53</west></LatLonBox></GroundOverlay>"
    yield "\n</Document></kml>\n"


def _plan(network: Network) -> Iterator[str]:
    for phase in PHASES:
        if any(area.phase is phase and not area.in_esri for area in network.areas):
            yield from _folder(phase.folder, _phase(network, phase))
    wireless = [area for area in network.areas if area.technology != "Fiber"]
    yield from _folder("Fixed Wireless", [*(_area(area) for area in wireless), _tower(network.tower)])
    excluded = (_placemark(name, {}, "", _polygons(shape)) for name, shape in network.exclusions)
    yield from _folder("Exclusions", excluded)


def _folder(name: str, content: Iterable[str]) -> Iterator[str]:
    yield f"<Folder><name>{escape(name)}</name>\n"
    yield from content
    yield "</Folder>\n"


def _phase(network: Network, phase: Phase) -> Iterator[str]:
    areas = [_area(a) for a in network.areas if a.phase is phase and a.technology == "Fiber" and not a.in_esri]
    if phase is DESIGN:
        fields = {"FDA_ID": NOWHERE, "BUILD_STATUS": phase.status}
        areas.append(_placemark(NOWHERE, fields, phase.class_, "", phase))
    yield from _folder("Service Areas", areas)
    yield from _folder("Terminals", [_terminal(t) for t in network.terminals if t.phase is phase and not t.in_esri])
    yield from _folder("Cabinets", [_cabinet(name, phase, at) for name, of, at in network.cabinets if of is phase])
    yield from _folder("Fiber Routes", [_route(route) for route in network.routes if route.phase is phase])


def _area(area: Area) -> str:
    fields = {
        "FDA_ID": area.name,
        "BUILD_STATUS": area.status,
        "PHASE": f"Phase {area.phase.number}",
        "READY_DATE": area.phase.expected,
        "HHP": str(area.households),
        "TECHNOLOGY": area.technology,
    }
    shape = _rings_as_drawn(area.rings) if area.rings else _polygons(area.outline)
    return _placemark(area.name, fields, area.class_, shape, area.phase)


def _terminal(terminal: Terminal) -> str:
    fields = {
        "TERMINAL_ID": terminal.name,
        "BUILD_STATUS": terminal.phase.status,
        "FDA_ID": terminal.area,
        "PORTS_TOTAL": str(terminal.ports_total),
        "PORTS_FREE": "" if terminal.ports_free is None else str(terminal.ports_free),
    }
    return _placemark(
        terminal.name, fields, terminal.phase.class_, _point((terminal.x_m, terminal.y_m)), terminal.phase
    )


def _cabinet(name: str, phase: Phase, at: Spot) -> str:
    return _placemark(name, {"CABINET_ID": name, "BUILD_STATUS": phase.status}, phase.class_, _point(at), phase)


def _route(route: Route) -> str:
    fields = {"CABLE_ID": route.name, "BUILD_STATUS": route.phase.status, "STRANDS": str(route.strands)}
    return _placemark(route.name, fields, route.phase.class_, _line(route.line), route.phase)


def _tower(at: Spot) -> str:
    name = f"{TOWNS[WIRELESS_TOWN].name} Tower"
    return _placemark(name, {"TECHNOLOGY": "Fixed Wireless", "BUILD_STATUS": LIVE.status}, LIVE.class_, _point(at))


def _placemark(name: str, fields: Mapping[str, str], class_: str, shape: str, phase: Phase | None = None) -> str:
    said = (_html_table if phase is DESIGN else _schema_data)(fields) if fields else ""
    style = f"<styleUrl>#{_STYLE[class_]}</styleUrl>" if class_ else ""
    return f"<Placemark><name>{escape(name)}</name>{said}{style}{shape}</Placemark>\n"


def _schema_data(fields: Mapping[str, str]) -> str:
    values = "".join(f'<SimpleData name="{name}">{escape(value)}</SimpleData>' for name, value in fields.items())
    return f'<ExtendedData><SchemaData schemaUrl="#fda">{values}</SchemaData></ExtendedData>'


def _html_table(fields: Mapping[str, str]) -> str:
    rows = "".join(f"<tr><td>{name}</td><td>{escape(value)}</td></tr>" for name, value in fields.items())
    return f'<description><![CDATA[<html><body><table border="1">{rows}</table></body></html>]]></description>'


def _coordinates(spots: Iterable[tuple[float, ...]]) -> str:
    return f"<coordinates>{' '.join(f'{lon:.7f},{lat:.7f},0' for lon, lat in spots)}</coordinates>"


def _point(spot: Spot) -> str:
    return f"<Point>{_coordinates([lonlat(*spot)])}</Point>"


def _line(line: BaseGeometry) -> str:
    return f"<LineString>{_coordinates(shape_lonlat(line).coords)}</LineString>"


def _rings_as_drawn(rings: Iterable[Iterable[Spot]]) -> str:
    outer = "".join(f"<LinearRing>{_coordinates([lonlat(*spot) for spot in ring])}</LinearRing>" for ring in rings)
    return f"<Polygon><outerBoundaryIs>{outer}</outerBoundaryIs></Polygon>"


def _polygons(shape: BaseGeometry) -> str:
    parts = [_polygon(part) for part in shapely.get_parts(shape_lonlat(shape))]
    return parts[0] if len(parts) == 1 else f"<MultiGeometry>{''.join(parts)}</MultiGeometry>"


def _polygon(part: BaseGeometry) -> str:
    outer = f"<outerBoundaryIs><LinearRing>{_coordinates(part.exterior.coords)}</LinearRing></outerBoundaryIs>"
    inner = [f"<LinearRing>{_coordinates(ring.coords)}</LinearRing>" for ring in part.interiors]
    return f"<Polygon>{outer}{''.join(f'<innerBoundaryIs>{r}</innerBoundaryIs>' for r in inner)}</Polygon>"


_STATUS_CODES = {phase.status: phase.number for phase in PHASES}
_STATUS_DOMAIN = {
    "type": "codedValue",
    "name": "dBuildStatus",
    "codedValues": [{"name": status, "code": code} for status, code in _STATUS_CODES.items()],
}


def write_esri_areas(path: Path, network: Network) -> None:
    """Write the proposed areas as an Esri FeatureSet: Web Mercator, coded statuses, dates in epoch milliseconds."""
    areas = [area for area in network.areas if area.in_esri]
    fields = {"FDA_ID": "String", "BUILD_STATUS": "SmallInteger", "PHASE": "String", "READY_DATE": "Date"}
    rows = [
        {
            "FDA_ID": area.name,
            "BUILD_STATUS": _STATUS_CODES[area.status],
            "PHASE": area.phase.folder,
            "READY_DATE": _epoch_ms(area.phase.expected_on),
        }
        for area in areas
    ]
    shapes = [{"rings": list(_esri_rings(area.outline))} for area in areas]
    _write_feature_set(path, "esriGeometryPolygon", fields, rows, shapes)


def write_esri_terminals(path: Path, network: Network) -> None:
    """Write the terminals of the town whose network the county's GIS keeps."""
    terminals = [terminal for terminal in network.terminals if terminal.in_esri]
    fields = {"TERMINAL_ID": "String", "BUILD_STATUS": "SmallInteger", "FDA_ID": "String"}
    fields |= {"PORTS_TOTAL": "Integer", "PORTS_FREE": "Integer"}
    rows = [
        {
            "TERMINAL_ID": terminal.name,
            "BUILD_STATUS": _STATUS_CODES[terminal.phase.status],
            "FDA_ID": terminal.area,
            "PORTS_TOTAL": terminal.ports_total,
            "PORTS_FREE": terminal.ports_free,
        }
        for terminal in terminals
    ]
    spots = [web_mercator(*lonlat(terminal.x_m, terminal.y_m)) for terminal in terminals]
    _write_feature_set(path, "esriGeometryPoint", fields, rows, [{"x": x, "y": y} for x, y in spots])


def _write_feature_set(
    path: Path, kind: str, fields: Mapping[str, str], rows: list[dict[str, Any]], shapes: list[dict[str, Any]]
) -> None:
    described = [{"name": "OBJECTID", "type": "esriFieldTypeOID", "alias": "OBJECTID"}]
    described += [{"name": name, "type": f"esriFieldType{type_}", "alias": name} for name, type_ in fields.items()]
    features = [
        {"attributes": {"OBJECTID": nth, **row}, "geometry": shape}
        for nth, (row, shape) in enumerate(zip(rows, shapes, strict=True), start=1)
    ]
    document = {
        "objectIdFieldName": "OBJECTID",
        "geometryType": kind,
        "spatialReference": {"wkid": 102100, "latestWkid": 3857},
        "fields": [f | ({"domain": _STATUS_DOMAIN} if f["name"] == "BUILD_STATUS" else {}) for f in described],
        "features": features,
    }
    path.write_bytes(orjson.dumps(document) + b"\n")


def _esri_rings(outline: BaseGeometry) -> Iterator[list[Spot]]:
    """Yield rings in Esri's winding: shells clockwise, holes counter-clockwise."""
    for part in shapely.get_parts(shapely.orient_polygons(shape_lonlat(outline), exterior_cw=True)):
        for ring in (part.exterior, *part.interiors):
            yield [web_mercator(lon, lat) for lon, lat in ring.coords]


def _epoch_ms(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)
