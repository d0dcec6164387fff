"""A small invented town, and a hand-made truth to hold every plan over it against.

Four streets of ten homes each, 40 m apart along the street and 120 m between the streets, laid out in metres from the
town's south-west corner; everything is turned into longitude and latitude here.
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from fibermap.plan import Plan

WEST, SOUTH = -109.9600, 46.6000
METRES_PER_DEGREE = 111_320.0
STREETS = ("Alder Street", "Birch Avenue", "Cedar Road", "Dogwood Lane")
BUILD, PRE_BUILD, OUT, UNKNOWN = "build", "pre-build", "out-of-coverage", "unknown"

Area = tuple[BaseGeometry, str]
"""A polygon and the class that it gives."""


def place(x_m: float, y_m: float) -> tuple[float, float]:
    """Return longitude and latitude of a spot that many metres east and north of the town's corner."""
    return WEST + x_m / (METRES_PER_DEGREE * math.cos(math.radians(SOUTH))), SOUTH + y_m / METRES_PER_DEGREE


def block(x0_m: float, y0_m: float, x1_m: float, y1_m: float) -> BaseGeometry:
    return shapely.box(*place(x0_m, y0_m), *place(x1_m, y1_m))


def street_block(first: int, last: int, *, homes: tuple[int, int] = (0, 9)) -> BaseGeometry:
    """Return the rectangle around some homes (first and last) of some streets (first and last)."""
    return block(homes[0] * 40 - 15, first * 120 - 30, homes[1] * 40 + 15, last * 120 + 30)


def way(*spots_m: tuple[float, float]) -> BaseGeometry:
    return shapely.LineString([place(*spot) for spot in spots_m])


@dataclass(frozen=True)
class Home:
    """An address: the county's id, number, street, and where it stands in metres."""

    id: str
    number: int
    street: str
    x_m: float
    y_m: float

    @property
    def lon(self) -> float:
        return place(self.x_m, self.y_m)[0]

    @property
    def lat(self) -> float:
        return place(self.x_m, self.y_m)[1]

    @property
    def point(self) -> BaseGeometry:
        return shapely.Point(self.lon, self.lat)

    @property
    def line(self) -> str:
        return f"{self.number} {self.street}"


HOMES: tuple[Home, ...] = tuple(
    Home(f"A{100 * s + n}", 101 + 2 * n, street, 40.0 * n, 120.0 * s)
    for s, street in enumerate(STREETS)
    for n in range(10)
)


def by_areas(areas: Iterable[Area], homes: Iterable[Home] = HOMES) -> dict[str, str]:
    """Say what every home is by plain shapely: the best class of the areas that touch it, boundary included."""
    known = list(areas)
    truth = {}
    for home in homes:
        classes = {class_ for shape, class_ in known if shape.intersects(home.point)}
        truth[home.id] = next((class_ for class_ in (BUILD, PRE_BUILD) if class_ in classes), OUT)
    return truth


def classes(fm: Plan, source: str | None = None) -> dict[str, str]:
    """Return the class of every address record by the source's own id."""
    records = fm.source_records.df
    if source is not None:
        records = records[records.source == source]
    return dict(zip(records.source_id, records["class"], strict=True))


def write_homes(folder: Path, homes: Iterable[Home] = HOMES, **more: Mapping[str, str]) -> Path:
    """Write a county's address points as GeoJSON; ``more`` maps a column to values by home id."""
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [home.lon, home.lat]},
            "properties": {
                "SITEID": home.id,
                "ADDRNUM": home.number,
                "STREET": home.street,
                **{column: values.get(home.id) for column, values in more.items()},
            },
        }
        for home in homes
    ]
    return write_json(folder / "county_addresses.geojson", {"type": "FeatureCollection", "features": features})


def write_json(path: Path, content: Any) -> Path:
    path.write_text(json.dumps(content))
    return path


def write_csv(path: Path, rows: Sequence[Mapping[str, object]], encoding: str = "utf-8") -> Path:
    with path.open("w", newline="", encoding=encoding) as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def geojson(path: Path, features: Iterable[tuple[BaseGeometry, Mapping[str, object]]]) -> Path:
    """Write shapes with their properties."""
    rows = [
        {"type": "Feature", "geometry": shapely.geometry.mapping(shape), "properties": dict(properties)}
        for shape, properties in features
    ]
    return write_json(path, {"type": "FeatureCollection", "features": rows})


# --- KML as people and tools write it ------------------------------------------------------------------------------


def kml_coordinates(shape: BaseGeometry) -> str:
    return " ".join(f"{x!r},{y!r},0" for x, y in shapely.get_coordinates(shape).tolist())


def kml_shape(shape: BaseGeometry) -> str:
    coordinates = f"<coordinates>{kml_coordinates(shape)}</coordinates>"
    if shape.geom_type == "Polygon":
        return f"<Polygon><outerBoundaryIs><LinearRing>{coordinates}</LinearRing></outerBoundaryIs></Polygon>"
    return f"<{shape.geom_type}>{coordinates}</{shape.geom_type}>"


def placemark(shape: BaseGeometry, name: str = "", inside: str = "") -> str:
    return f"<Placemark><name>{name}</name>{inside}{kml_shape(shape)}</Placemark>"


def folder(name: str, *inside: str) -> str:
    return f"<Folder><name>{name}</name>{''.join(inside)}</Folder>"


def document(name: str, *inside: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2">'
        f"<Document><name>{name}</name>{''.join(inside)}</Document></kml>"
    )


def html_table(**fields: str) -> str:
    """Return the description that ArcGIS Pro writes: a table in HTML, escaped or in CDATA."""
    rows = "".join(f'<tr bgcolor="#D4E4F3"><td>{name}</td><td>{value}</td></tr>' for name, value in fields.items())
    table = f"<table><tr><td><table>{rows}</table></td></tr></table>"
    return f"<description><![CDATA[<html><body>{table}</body></html>]]></description>"
