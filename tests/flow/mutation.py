"""Small sound files of every kind, and seeded damage to their bytes and to what they say."""

from __future__ import annotations

import io
import json
import random
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from tests.flow.town import (
    HOMES,
    document,
    folder,
    geojson,
    html_table,
    placemark,
    street_block,
    write_csv,
    write_homes,
)

Damage = Callable[[bytes, random.Random], bytes]

# --- sound files ---------------------------------------------------------------------------------------------------

_PLAN = ((0, "Live"), (1, "Live"), (2, "Planned"))
"""Street -> status of the area around it."""


def sample_kml() -> str:
    """Return a plan of three areas in two folders, the first called FDA 1, declared as UTF-8."""
    areas = {
        status: "".join(
            placemark(street_block(street, street), f"FDA {street + 1}", html_table(PHASE=f"Phase {street}"))
            for street, said in _PLAN
            if said == status
        )
        for status in ("Live", "Planned")
    }
    return document("fiber", *(folder(status, inside) for status, inside in areas.items()))


def write_kml(path: Path) -> Path:
    path.write_text(sample_kml(), encoding="utf-8")
    return path


def _write_kmz(path: Path) -> Path:
    with zipfile.ZipFile(path / "plan.kmz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("doc.kml", sample_kml())
        archive.writestr("files/icon.png", b"\x89PNG")
    return path / "plan.kmz"


def _write_geojson(path: Path) -> Path:
    areas = [(street_block(street, street), {"FDA": f"FDA {street + 1}", "STATUS": said}) for street, said in _PLAN]
    return geojson(path / "plan.geojson", areas)


def _write_esri(path: Path) -> Path:
    features = [
        {
            "attributes": {"OBJECTID": street + 1, "FDA": f"FDA {street + 1}", "STATUS": said},
            "geometry": {"rings": [[list(spot) for spot in street_block(street, street).exterior.coords]]},
        }
        for street, said in _PLAN
    ]
    about = {"geometryType": "esriGeometryPolygon", "spatialReference": {"wkid": 4326, "latestWkid": 4326}}
    target = path / "plan.json"
    target.write_text(json.dumps({"objectIdFieldName": "OBJECTID", **about, "features": features}))
    return target


def _write_table(path: Path) -> Path:
    rows = [{"ID": home.id, "ADDRESS": home.line, "LAT": home.lat, "LON": home.lon} for home in HOMES[:12]]
    return write_csv(path / "addresses.csv", rows)


def _areas() -> gpd.GeoDataFrame:
    shapes = [street_block(street, street) for street, _ in _PLAN]
    return gpd.GeoDataFrame({"FDA": ["1", "2", "3"], "STATUS": [said for _, said in _PLAN]}, geometry=shapes, crs=4326)


def _write_geopackage(path: Path) -> Path:
    _areas().to_file(path / "plan.gpkg", layer="areas", driver="GPKG")
    return path / "plan.gpkg"


def _write_geoparquet(path: Path) -> Path:
    _areas().to_parquet(path / "plan.parquet")
    return path / "plan.parquet"


def _write_flatgeobuf(path: Path) -> Path:
    _areas().to_file(path / "plan.fgb", driver="FlatGeobuf")
    return path / "plan.fgb"


def _write_workbook(path: Path) -> Path:
    rows = [{"ID": home.id, "ADDRESS": home.line, "LAT": home.lat, "LON": home.lon} for home in HOMES[:12]]
    pd.DataFrame(rows).to_excel(path / "addresses.xlsx", index=False)
    return path / "addresses.xlsx"


# --- damage --------------------------------------------------------------------------------------------------------


def _flip(content: bytes, chance: random.Random) -> bytes:
    """Change some bytes to others."""
    damaged = bytearray(content)
    for _ in range(chance.randint(1, 8)):
        damaged[chance.randrange(len(damaged))] = chance.randrange(256)
    return bytes(damaged)


def _cut_off(content: bytes, chance: random.Random) -> bytes:
    return content[: chance.randrange(1, len(content))]


def _leave_out(content: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(content))
    return content[:start] + content[start + chance.randint(1, 200) :]


def _say_twice(content: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(content))
    piece = content[start : start + chance.randint(1, 400)]
    return content[:start] + piece + content[start:]


def _insert_junk(content: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(content))
    junk = chance.choice([b"\x00", b"\xff\xfe", b"<", b'"', b"&#0;", b"]]>", b"\r", b"1e999", chance.randbytes(16)])
    return content[:start] + junk + content[start:]


BYTES: tuple[Damage, ...] = (_flip, _cut_off, _leave_out, _say_twice, _insert_junk)

_ODD: tuple[Any, ...] = (None, [], {}, "", "x" * 1_000, 1e308, -1, True, [[]], {"type": "Point"}, 2**70)


def _odd_value(content: bytes, chance: random.Random) -> bytes:
    """Replace one value, at any depth of a JSON file, by one of another kind."""
    root = json.loads(content)
    spots: list[tuple[Any, Any]] = []

    def walk(node: Any) -> None:
        keys = node.keys() if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
        for key in keys:
            spots.append((node, key))
            walk(node[key])

    walk(root)
    # Half the time among the first, so that the many coordinates do not take every turn from the words around them.
    home, key = chance.choice(spots[:40] if chance.random() < 0.5 else spots)
    home[key] = chance.choice(_ODD)
    return json.dumps(root).encode()


def _move_tag(content: bytes, chance: random.Random) -> bytes:
    """Take one tag of an XML file out and put it somewhere else between the tags."""
    pieces = content.split(b"<")
    if len(pieces) < 2:
        return _flip(content, chance)
    piece = pieces.pop(chance.randrange(1, len(pieces)))
    pieces.insert(chance.randrange(1, len(pieces)), piece)
    return b"<".join(pieces)


def _move_cell(content: bytes, chance: random.Random) -> bytes:
    """Take one cell of a table out and put it somewhere else."""
    cells = content.split(b",")
    cell = cells.pop(chance.randrange(len(cells)))
    cells.insert(chance.randrange(len(cells)), cell)
    return b",".join(cells)


def _in_member(damage: Damage) -> Damage:
    """Return the damage done to one member of an archive, which is packed again soundly."""

    def damaged(content: bytes, chance: random.Random) -> bytes:
        packed = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(packed, "w") as after:
            victim = chance.choice(before.namelist())
            for name in before.namelist():
                member = before.read(name)
                after.writestr(name, damage(member, chance) if name == victim else member)
        return packed.getvalue()

    return damaged


SAMPLES: dict[str, tuple[Callable[[Path], Path], tuple[Damage, ...]]] = {
    "kml": (lambda path: write_kml(path / "plan.kml"), (*BYTES, _move_tag, _move_tag)),
    "kmz": (_write_kmz, (*BYTES, *map(_in_member, BYTES), _in_member(_move_tag))),
    "geojson": (_write_geojson, (*BYTES, _odd_value, _odd_value)),
    "esri": (_write_esri, (*BYTES, _odd_value, _odd_value)),
    "points": (write_homes, (*BYTES, _odd_value, _odd_value)),
    "csv": (_write_table, (*BYTES, _move_cell, _move_cell)),
    "workbook": (_write_workbook, (*BYTES, *map(_in_member, BYTES), _in_member(_move_tag))),
    "geopackage": (_write_geopackage, BYTES),
    "geoparquet": (_write_geoparquet, BYTES),
    "flatgeobuf": (_write_flatgeobuf, BYTES),
}
"""Kind -> what writes a sound file of it, and what may happen to it."""


def mutant(kind: str, sound: bytes, seed: int) -> bytes:
    """Return a damaged copy of a file: one to three damages, the same ones for the same seed.

    Parameters
    ----------
    kind
        One of `SAMPLES`.
    sound
        What its writer wrote.
    seed
        Chooses the damages; two seeds rarely agree.
    """
    chance = random.Random(f"{kind} {seed}")
    damages = SAMPLES[kind][1]
    content = chance.choice(damages)(sound, chance)
    for _ in range(chance.choice([0, 0, 1, 2])):
        content = chance.choice(BYTES)(content, chance) if content else content
    return content
