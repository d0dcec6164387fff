"""Files that open, and hold numbers, shapes and texts that mean harm. Each builder writes one and returns its path."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import shapely

from tests.flow.hostile import POINT, SQUARE, Builder, collection, feature, write
from tests.flow.mutation import sample_kml
from tests.flow.town import document, folder, geojson, placemark, write_csv, write_json

# --- numbers and shapes --------------------------------------------------------------------------------------------


def wild_numbers_csv(path: Path) -> Path:
    values = ["1e308", "-1e308", "NaN", "inf", "1e99999", "1e308" + "1" * 400, "0x1p3", "", "1" * 5_000]
    rows = [{"ID": n, "ADDRESS": f"{n} Main St", "LAT": value, "LON": value} for n, value in enumerate(values)]
    return write_csv(path / "addresses.csv", [*rows, {"ID": "ok", "ADDRESS": "9 Main St", "LAT": 46.6, "LON": -109.96}])


def wild_numbers_geojson(path: Path) -> Path:
    spots = ["1e308,1e308", "NaN,46", "Infinity,-Infinity", "null,null", '"a","b"', "1e999,0", "[1],2", "", "181,91"]
    features = [feature(f'{{"type":"Point","coordinates":[{spot}]}}') for spot in spots]
    return write(path / "wild.geojson", collection(*features, feature(POINT)))


def wild_numbers_kml(path: Path) -> Path:
    rings = ["1e308,1e308 0,0 1,1 1e308,1e308", "NaN,NaN 1,1 2,2 NaN,NaN", "inf,0 0,0 1,1 inf,0", "a,b c,d e,f"]
    shapes = (
        f"<Polygon><outerBoundaryIs><LinearRing><coordinates>{ring}</coordinates></LinearRing></outerBoundaryIs></Polygon>"
        for ring in rings
    )
    inside = "".join(f"<Placemark><name>bad</name>{shape}</Placemark>" for shape in shapes)
    return write(path / "wild fiber.kml", document("fiber", folder("Live", inside, placemark(SQUARE, "good"))))


def wild_numbers_esri(path: Path) -> Path:
    shapes = ['{"x":1e308,"y":1e308}', '{"x":"NaN","y":"NaN"}', '{"x":NaN,"y":1}', '{"rings":[[[1e308,0]]]}', "[]", "7"]
    features = ",".join(f'{{"attributes":{{"OBJECTID":{n}}},"geometry":{shape}}}' for n, shape in enumerate(shapes))
    return write(path / "wild.json", f'{{"spatialReference":{{"wkid":4326}},"features":[{features}]}}')


def knot(vertices: int) -> Builder:
    """Build a polygon whose edges cross one another at random: about a third of all pairs do."""

    def build(path: Path) -> Path:
        spots = np.random.default_rng(4).random((vertices, 2)) * 0.01 + [-109.96, 46.6]
        return geojson(path / "fiber.geojson", [(shapely.Polygon(spots), {"FDA": "1", "STATUS": "Live"})])

    return build


def star(path: Path) -> Path:
    """A star of two thousand points: every edge crosses nearly all the others in the middle."""
    n = 2_001
    turns = np.arange(n) * (n // 2) * 2 * np.pi / n
    spots = np.column_stack([np.cos(turns), np.sin(turns)]) * 0.005 + [-109.96, 46.6]
    return geojson(path / "fiber.geojson", [(shapely.Polygon(spots), {"FDA": "1", "STATUS": "Live"})])


def circle(vertices: int, point: str, between: str) -> Iterator[str]:
    """Yield the text of a ring in pieces, every point as ``point`` says with ``x`` and ``y``."""
    turns = np.append(np.linspace(0, 2 * np.pi, vertices, endpoint=False), 0)
    for some in np.array_split(turns, vertices // 100_000):
        spots = zip((np.cos(some) * 0.005 - 109.96).tolist(), (np.sin(some) * 0.005 + 46.6).tolist(), strict=True)
        yield between if some[0] > 0 else ""
        yield between.join(point.format(x=x, y=y) for x, y in spots)


def around(path: Path, text: str, pieces: Iterable[str]) -> Path:
    """Write a text with pieces in the place of its ``@@``."""
    before, after = text.split("@@")
    with path.open("w", encoding="utf-8") as file:
        file.write(before)
        file.writelines(pieces)
        file.write(after)
    return path


def many_vertices_kml(path: Path, vertices: int = 10_000_000) -> Path:
    ring = (
        "<Polygon><outerBoundaryIs><LinearRing><coordinates>@@</coordinates></LinearRing></outerBoundaryIs></Polygon>"
    )
    huge = f"<Placemark><name>huge</name>{ring}</Placemark>"
    text = document("fiber", folder("Live", placemark(SQUARE, "good"), huge))
    return around(path / "huge.kml", text, circle(vertices, "{x:.9f},{y:.9f}", "\n"))


def many_vertices_geojson(path: Path, vertices: int = 10_000_000) -> Path:
    huge = feature('{"type":"Polygon","coordinates":[[@@]]}')
    text = collection(huge, feature(POINT))
    return around(path / "huge.geojson", text, circle(vertices, "[{x:.9f},{y:.9f}]", ","))


# --- text ----------------------------------------------------------------------------------------------------------

NAMES = (
    "'); DROP TABLE address; --",
    '" OR ""="',
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\u202egnp.exe",
    "\x1b[2J\x1b]0;owned\x07",
    "a\x00b",
    "../../etc/passwd",
    "C:\\Windows\\system32",
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)",
    "+1-1",
    "{{7*7}}",
    "${jndi:ldap://x}",
    "%s%s%s%n",
    "\ufeff\u200b",
    "🏠" * 50,
    "x" * 100_000,
    "\ud800",
    "NULL",
    "\n\r\t",
    " ",
)
"""What people call an area, a street or a folder when they mean harm, or have bad luck."""


def named_areas(path: Path) -> Path:
    rows = [(SQUARE, {"FDA_NAME": name, "STATUS": "Live", "PHASE": name, name: name}) for name in NAMES]
    features = [{"type": "Feature", "geometry": shapely.geometry.mapping(s), "properties": said} for s, said in rows]
    return write_json(path / "fiber.geojson", {"type": "FeatureCollection", "features": features})


def named_addresses(path: Path) -> Path:
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [-109.9598 + n / 1000, 46.6]},
            "properties": {
                "ID": f"{n}{name}"[:200],
                "ADDRNUM": 100 + n,
                "STREET": name,
                "UNIT": name,
                "CITY": name,
                "TYPE": name,
            },
        }
        for n, name in enumerate(NAMES)
    ]
    return write_json(path / "addresses.geojson", {"type": "FeatureCollection", "features": features})


def million_columns(path: Path) -> Path:
    return write(path / "wide.csv", ",".join(f"c{n}" for n in range(1_000_000)) + "\n1\n")


def million_keys(path: Path) -> Path:
    properties = "{" + ",".join(f'"c{n}":1' for n in range(1_000_000)) + "}"
    return write(path / "wide.geojson", collection(feature(POINT, properties), feature(POINT)))


def twins(path: Path) -> Path:
    return write(
        path / "addresses.csv", "ID,ADDRESS,ADDRESS,LAT,LON,LAT,,,\n1,12 Main St,14 Main St,46.6,-109.96,12,a,b,c\n"
    )


def huge_value_csv(path: Path) -> Path:
    return write(
        path / "addresses.csv",
        f"ID,ADDRESS,LAT,LON,NOTE\n1,12 Main St,46.6,-109.96,{'x' * 20_000_000}\n2,14 Main St,46.6,-109.97,\n",
    )


def huge_value_geojson(path: Path) -> Path:
    return write(path / "a.geojson", collection(feature(POINT, json.dumps({"NOTE": "x" * 20_000_000})), feature(POINT)))


def huge_description(path: Path) -> Path:
    return write(
        path / "a.kml",
        document(
            "fiber",
            placemark(SQUARE, "x" * 20_000_000, f"<description>{'y' * 50_000_000}</description>"),
            placemark(SQUARE, "b"),
        ),
    )


def quote_without_end(path: Path) -> Path:
    return write(
        path / "addresses.csv",
        'ID,ADDRESS,LAT,LON\n1,"12 Main St,46.6,-109.96\n' + "2,14 Main St,46.6,-109.97\n" * 10_000,
    )


def in_encoding(encoding: str, declared: str) -> Builder:
    def build(path: Path) -> Path:
        text = sample_kml().replace("FDA 1", "Straße Ñ").replace("UTF-8", declared, 1)
        return write(path / "fiber.kml", text.encode(encoding))

    return build


def table_in(encoding: str) -> Builder:
    def build(path: Path) -> Path:
        return write(path / "addresses.csv", "ID,ADDRESS,LAT,LON\n1,12 Main Straße,46.6,-109.96\n".encode(encoding))

    return build
