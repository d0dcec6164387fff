"""Files that mean harm to whoever opens them. Each builder writes one in a moment and returns its path."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
import struct
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

import geopandas as gpd
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from tests.flow.mutation import sample_kml
from tests.flow.town import document, placemark, street_block

MEGABYTE = 1 << 20
DEEP = 100_000
SQUARE = street_block(0, 0)
POINT = '{"type":"Point","coordinates":[-109.96,46.6]}'
Builder = Callable[[Path], Path]


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content)
    return path


# --- archives ------------------------------------------------------------------------------------------------------


def pack(path: Path, members: Iterable[tuple[str, bytes]]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def zeros(path: Path, name: str, megabytes: int = 300) -> Path:
    """Pack one member of nothing, a thousand to one."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open(name, "w") as member:
        for _ in range(megabytes):
            member.write(bytes(MEGABYTE))
    return path


def bomb_zip(path: Path) -> Path:
    return zeros(path / "bomb.zip", "addresses.csv")


def bomb_kmz(path: Path) -> Path:
    return zeros(path / "bomb.kmz", "doc.kml")


def bomb_workbook(path: Path) -> Path:
    workbook = zeros(path / "bomb.xlsx", "xl/worksheets/sheet1.xml")
    with zipfile.ZipFile(workbook, "a") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return workbook


def bomb_geodatabase(path: Path) -> Path:
    return zeros(path / "bomb.gdb.zip", "bomb.gdb/a00000001.gdbtable")


def bomb_nested(path: Path) -> Path:
    """Archives in archives, ten deep."""
    inner = bomb_zip(path).read_bytes()
    for depth in range(10):
        inner = pack(path / f"level{depth}.zip", [("next.zip", inner), (f"copy{depth}.zip", inner)]).read_bytes()
    return write(path / "nested.zip", inner)


def bomb_of_many(path: Path) -> Path:
    """Twenty thousand empty files."""
    return pack(path / "many.zip", ((f"{n}.csv", b"") for n in range(20_000)))


def liar(path: Path) -> Path:
    """An archive whose directory says that 300 MB are 100 bytes."""
    archive = zeros(path / "liar.kmz", "doc.kml")
    content = bytearray(archive.read_bytes())
    entry = content.rfind(b"PK\x01\x02")
    content[entry + 24 : entry + 28] = struct.pack("<I", 100)
    return write(archive, bytes(content))


def outside(name: str) -> Builder:
    def build(path: Path) -> Path:
        return pack(path / "outside.zip", [(name, b"ID,LAT,LON\n1,46.6,-109.96\n")])

    return build


def link(path: Path) -> Path:
    """A member that is a symbolic link to a file of this machine."""
    info = zipfile.ZipInfo("addresses.csv")
    info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path / "link.zip", "w") as archive:
        archive.writestr(info, "/etc/passwd")
    return path / "link.zip"


# --- entities and nesting ------------------------------------------------------------------------------------------

_LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
LAUGHS = f'<!DOCTYPE kml [<!ENTITY l0 "lol">{_LAUGHS}]>'


def laughs_kml(path: Path) -> Path:
    text = sample_kml().replace("?>", f"?>{LAUGHS}", 1).replace("FDA 1", "&l9;", 1)
    return write(path / "laughs.kml", text)


def passwd_kml(path: Path) -> Path:
    declared = '<!DOCTYPE kml [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    return write(path / "passwd.kml", sample_kml().replace("?>", f"?>{declared}", 1).replace("FDA 1", "&x;", 1))


def laughs_workbook(path: Path) -> Path:
    book = openpyxl.Workbook()
    book.active.append(["ID", "ADDRESS", "LAT", "LON"])
    book.active.append(["1", "12 Main St", 46.6, -109.96])
    book.save(path / "plain.xlsx")
    with zipfile.ZipFile(path / "plain.xlsx") as plain, zipfile.ZipFile(path / "laughs.xlsx", "w") as armed:
        for name in plain.namelist():
            content = plain.read(name)
            if name.startswith("xl/worksheets"):
                content = content.replace(b"<worksheet", f"{LAUGHS}<worksheet".encode(), 1)
                content = content.replace(b"<v>46.6</v>", b"<v>&l9;</v>")
            armed.writestr(name, content)
    return path / "laughs.xlsx"


def laughs_geodatabase(path: Path) -> Path:
    """A geodatabase whose documentation expands to three gigabytes."""
    frame = gpd.GeoDataFrame({"STATUS": ["Live"]}, geometry=[SQUARE], crs=4326)
    xml = f"<?xml version='1.0'?>{LAUGHS}<metadata>&l9;</metadata>"
    frame.to_file(path / "laughs.gdb", layer="fiber", driver="OpenFileGDB", layer_options={"DOCUMENTATION": xml})
    return path / "laughs.gdb"


def deep_kml(path: Path) -> Path:
    return write(path / "deep.kml", document("d", "<Folder>" * DEEP + placemark(SQUARE) + "</Folder>" * DEEP))


def deep_multigeometry(path: Path) -> Path:
    inside = "<MultiGeometry>" * DEEP + "<Point><coordinates>1,2</coordinates></Point>" + "</MultiGeometry>" * DEEP
    return write(path / "deep.kml", document("d", f"<Placemark>{inside}</Placemark>"))


def deep_html(path: Path) -> Path:
    table = "<table><tr><td>" * DEEP
    return write(
        path / "deep.kml", document("d", placemark(SQUARE, "a", f"<description><![CDATA[{table}]]></description>"))
    )


def deep_json(path: Path) -> Path:
    return write(path / "deep.json", "[" * DEEP + "]" * DEEP)


def feature(geometry: str, properties: str = "{}") -> str:
    return f'{{"type":"Feature","properties":{properties},"geometry":{geometry}}}'


def collection(*features: str) -> str:
    return f'{{"type":"FeatureCollection","features":[{",".join(features)}]}}'


def deep_geojson_properties(path: Path) -> Path:
    deep = '{"a":' * DEEP + "1" + "}" * DEEP
    return write(path / "deep.geojson", collection(feature(POINT, deep), feature(POINT)))


def deep_geojson_geometry(path: Path) -> Path:
    deep = '{"type":"GeometryCollection","geometries":[' * DEEP + POINT + "]}" * DEEP
    return write(path / "deep.geojson", collection(feature(deep), feature(POINT)))


def deep_esri_json(path: Path) -> Path:
    deep = '{"a":' * DEEP + "1" + "}" * DEEP
    good = '{"attributes":{"OBJECTID":1},"geometry":{"x":-109.96,"y":46.6}}'
    bad = f'{{"attributes":{{"OBJECTID":2,"X":{deep}}},"geometry":{{"x":-109.96,"y":46.6}}}}'
    head = '{"geometryType":"esriGeometryPoint","spatialReference":{"wkid":4326},"features":['
    return write(path / "deep.json", f"{head}{good},{bad}]}}")


def deep_wkt(path: Path) -> Path:
    deep = "GEOMETRYCOLLECTION(" * DEEP + "POINT(1 2)" + ")" * DEEP
    return write(path / "deep.csv", f'ID,WKT\n1,POINT(1 2)\n2,"{deep}"\n')


def deep_wkb() -> bytes:
    return struct.pack("<BII", 1, 7, 1) * DEEP + struct.pack("<BIdd", 1, 1, 1.0, 2.0)


def deep_geoparquet(path: Path) -> Path:
    column = {"encoding": "WKB", "geometry_types": []}
    about = json.dumps({"version": "1.0.0", "primary_column": "geometry", "columns": {"geometry": column}})
    table = pa.table({"id": [1, 2], "geometry": [deep_wkb(), shapely.to_wkb(SQUARE)]})
    pq.write_table(table.replace_schema_metadata({"geo": about}), path / "deep.parquet")
    return path / "deep.parquet"


def deep_geopackage(path: Path) -> Path:
    target = path / "deep.gpkg"
    gpd.GeoDataFrame({"a": [1, 2]}, geometry=[shapely.Point(1, 2)] * 2, crs=4326).to_file(
        target, layer="x", driver="GPKG"
    )
    with sqlite3.connect(target) as database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f'DROP TRIGGER "{name}"')
        blob = b"GP\x00\x01" + struct.pack("<i", 4326) + deep_wkb()
        database.execute("UPDATE x SET geom = ? WHERE fid = 1", [blob])
    return target


def deep_crs(path: Path) -> Path:
    """A shapefile whose coordinate system is a hundred thousand brackets."""
    frame = gpd.GeoDataFrame({"a": [1]}, geometry=[SQUARE], crs=4326)
    frame.to_file(path / "deep.shp")
    write(path / "deep.prj", 'GEOGCS["x",' * DEEP + "]" * DEEP)
    return path / "deep.shp"


# --- no files ------------------------------------------------------------------------------------------------------


def empty(name: str) -> Builder:
    return lambda path: write(path / name, b"")


def spaces(path: Path) -> Path:
    return write(path / "plan.kml", " " * 5_000_000)


def directory(path: Path) -> Path:
    (path / "plan.kml").mkdir()
    return path / "plan.kml"


def pipe(path: Path) -> Path:
    """A named pipe that nobody will ever write to."""
    os.mkfifo(path / "plan.kml")
    return path / "plan.kml"


def circular_link(path: Path) -> Path:
    (path / "plan.kml").symlink_to(path / "plan.kml")
    return path / "plan.kml"


def folder_of_itself(path: Path) -> Path:
    """A geodatabase that holds itself."""
    home = path / "plan.gdb"
    home.mkdir()
    (home / "a00000001.gdbtable").symlink_to(home)
    (home / "again.gdb").symlink_to(home)
    return home
