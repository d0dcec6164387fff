"""FileGDB, GeoPackage, Shapefile and FlatGeobuf."""

from __future__ import annotations

import json
import shutil
import sqlite3
import struct
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

from fibermap.formats import domains, gdal_counts
from fibermap.formats.gdal import read_gdal
from fibermap.formats.known_fields import as_text, pick_field
from fibermap.kernel.errors import Code, InputRefused
from tests.formats.rows import LIMITS, outcomes, rows_of, squares, write
from tests.reference import reference_data


def read(path: Path, **options: Any) -> list[dict[str, Any]]:
    return rows_of(read_gdal(path, limits=LIMITS, **options))


def write_wkb(path: Path, *geometries: bytes | None, driver: str = "GPKG") -> Path:
    """Write geometries exactly as given, sound or not."""
    values = np.empty(len(geometries), dtype=object)
    values[:] = geometries
    pyogrio.raw.write(
        path, values, [np.arange(len(values))], ["n"], layer="areas", driver=driver, geometry_type="Unknown",
        crs="EPSG:4326",
    )  # fmt: skip
    return path


def ring_wkb(*positions: tuple[float, float]) -> bytes:
    return struct.pack("<BIII", 1, 3, 1, len(positions)) + b"".join(struct.pack("<2d", *xy) for xy in positions)


def circle_wkb(x: float, y: float, radius: float) -> bytes:
    corners = [(x - radius, y), (x, y + radius), (x + radius, y), (x, y - radius), (x - radius, y)]
    arcs = struct.pack("<BII", 1, 8, 5) + b"".join(struct.pack("<2d", *xy) for xy in corners)
    return struct.pack("<BII", 1, 10, 1) + arcs


SQUARE = shapely.to_wkb(shapely.box(-111, 45, -110, 46))


@pytest.mark.parametrize("driver", ["GPKG", "FlatGeobuf", "ESRI Shapefile", "OpenFileGDB"])
def test_every_format_gives_the_same_places_in_longitude_and_latitude(tmp_path: Path, driver: str) -> None:
    suffix = {"GPKG": ".gpkg", "FlatGeobuf": ".fgb", "ESRI Shapefile": ".shp", "OpenFileGDB": ".gdb"}[driver]
    path = tmp_path / f"areas{suffix}"
    pyogrio.write_dataframe(squares(5, "EPSG:2256"), path, driver=driver, layer="areas")
    rows = sorted(read(path), key=lambda row: str(row["name"]))
    assert [row["name"] for row in rows] == [f"FDA {n}" for n in range(5)]
    for row, expected in zip(rows, squares(5).geometry, strict=True):
        assert shapely.hausdorff_distance(row["geometry"], expected) < 1e-8


def test_a_real_geodatabase_with_curves_as_gdal_reads_it() -> None:
    path = reference_data("esri_samples/geometry_testdata.gdb.zip")
    source = read_gdal(path, limits=LIMITS)
    rows = rows_of(source)
    truth = pyogrio.read_dataframe(path, layer="TEST_PL_FGDB", fid_as_index=True).to_crs("EPSG:4326")
    assert [row["source_fid"] for row in rows] == [str(fid) for fid in truth.index]
    assert [layer.crs for layer in source.layers()] == ["EPSG:31254"] * 5
    assert sum(row["reason"] == "curve_densified" for row in rows) == 3
    for row, expected in zip(rows, truth.geometry, strict=True):
        found = shapely.make_valid(row["geometry"])
        assert found.symmetric_difference(shapely.make_valid(expected)).area < 0.005 * found.area
    assert json.loads(rows[0]["attributes"])["CREATED_DATE"] == "2026-02-17T06:13:20Z"


def test_a_circle_is_followed_within_a_centimetre(tmp_path: Path) -> None:
    rows = read(write_wkb(tmp_path / "a.gpkg", circle_wkb(-111, 45, 0.01), SQUARE))
    assert outcomes(rows) == [("ingested", "curve_densified"), ("ingested", None)]
    assert rows[0]["geometry"].area == pytest.approx(np.pi * 1e-4, rel=1e-4)


def test_an_unclosed_ring_does_not_take_its_layer_with_it(tmp_path: Path) -> None:
    unclosed = ring_wkb((-111, 45), (-110, 45), (-110, 46), (-111, 46))
    flat = ring_wkb((-111, 45), (-110, 45))
    rows = read(write_wkb(tmp_path / "a.gpkg", SQUARE, unclosed, flat, None, SQUARE))
    assert outcomes(rows) == [
        ("ingested", None),
        ("repaired", "ring_closed"),
        ("quarantined", "ring_too_short"),
        ("ingested", "geometry_missing"),
        ("ingested", None),
    ]
    assert rows[1]["geometry"].equals(shapely.box(-111, 45, -110, 46))


def test_nonsense_in_place_of_a_geometry_is_quarantined_alone(tmp_path: Path) -> None:
    path = write_wkb(tmp_path / "a.gpkg", SQUARE, SQUARE, SQUARE)
    damage(path, 2, lambda blob: blob[:40] + b"\xff" * 20)
    rows = read(path)
    assert [row["outcome"] for row in rows] == ["ingested", "quarantined", "ingested"]
    assert rows[1]["reason"] == "geometry_broken"


def damage(path: Path, fid: int, change: Any) -> None:
    with sqlite3.connect(path) as database:
        for (trigger,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f'DROP TRIGGER "{trigger}"')
        (blob,) = database.execute("SELECT geom FROM areas WHERE fid = ?", [fid]).fetchone()
        database.execute("UPDATE areas SET geom = ? WHERE fid = ?", [change(blob), fid])


def test_coordinates_that_are_no_numbers_or_no_place(tmp_path: Path) -> None:
    line = shapely.LineString([(-111, 45), (np.nan, 45)]).wkb
    far = shapely.LineString([(-111, 45), (1e308, 45)]).wkb
    rows = read(write_wkb(tmp_path / "a.gpkg", line, far, shapely.Point(0, 0).wkb, SQUARE))
    assert outcomes(rows) == [
        ("quarantined", "coordinate_invalid"),
        ("quarantined", "coordinate_out_of_range"),
        ("ingested", "coordinate_invalid"),
        ("ingested", None),
    ]


def test_a_file_that_breaks_off_gives_up_only_its_end(tmp_path: Path) -> None:
    pyogrio.write_dataframe(squares(40), tmp_path / "a.fgb", driver="FlatGeobuf", SPATIAL_INDEX="NO")
    content = (tmp_path / "a.fgb").read_bytes()
    rows = read(write(tmp_path / "b.fgb", content[:-500]))
    assert len(rows) == 40
    assert 1 <= sum(row["outcome"] == "quarantined" for row in rows) < 10


def test_heights_and_measures_are_dropped(tmp_path: Path) -> None:
    row = read(write_wkb(tmp_path / "a.gpkg", shapely.Point(-111, 45, 7).wkb))[0]
    assert not row["geometry"].has_z


def test_geopackage_domains_give_labels_and_keep_codes(tmp_path: Path) -> None:
    frame = squares(3).assign(status=pd.array([0, 7, None], dtype="Int32"), kind=["A", "Z", None])
    pyogrio.write_dataframe(frame, tmp_path / "a.gpkg", layer="areas")
    with sqlite3.connect(tmp_path / "a.gpkg") as database:
        database.executescript(
            """
            CREATE TABLE gpkg_data_columns (table_name TEXT, column_name TEXT, name TEXT, title TEXT,
                description TEXT, mime_type TEXT, constraint_name TEXT);
            CREATE TABLE gpkg_data_column_constraints (constraint_name TEXT, constraint_type TEXT, value TEXT,
                min NUMERIC, min_is_inclusive BOOLEAN, max NUMERIC, max_is_inclusive BOOLEAN, description TEXT);
            INSERT INTO gpkg_extensions VALUES ('gpkg_data_columns', NULL, 'gpkg_schema', 'x', 'read-write');
            INSERT INTO gpkg_data_columns (table_name, column_name, constraint_name)
                VALUES ('areas', 'status', 's'), ('areas', 'kind', 'k');
            INSERT INTO gpkg_data_column_constraints (constraint_name, constraint_type, value, description)
                VALUES ('s', 'enum', '0', 'Built'), ('s', 'enum', '1', 'Planned'), ('k', 'enum', 'A', 'Aerial');
            """
        )
    first, second, third = (json.loads(row["attributes"]) for row in read(tmp_path / "a.gpkg"))
    assert (first["status"], first["status.code"], first["kind"], first["kind.code"]) == ("Built", 0, "Aerial", "A")
    assert (second["status"], second["status.code"], second["kind"]) == (7, 7, "Z")
    assert (third["status"], third["status.code"]) == (None, None)


def test_geodatabase_definitions_give_domains_and_subtypes() -> None:
    domain = """<GPCodedValueDomain2 xmlns:x='http://www.esri.com/schemas/ArcGIS/10.8'><DomainName>Status</DomainName>
        <CodedValues><CodedValue><Name>Built</Name><Code>1</Code></CodedValue>
        <CodedValue><Name>Planned</Name><Code>2.0</Code></CodedValue></CodedValues></GPCodedValueDomain2>"""
    table = """<DEFeatureClassInfo><Name>Areas</Name><SubtypeFieldName>KIND</SubtypeFieldName><GPFieldInfoExs>
        <GPFieldInfoEx><Name>STATUS</Name><DomainName>Status</DomainName></GPFieldInfoEx>
        <GPFieldInfoEx><Name>NOTE</Name></GPFieldInfoEx></GPFieldInfoExs>
        <Subtypes><Subtype><SubtypeName>Hub</SubtypeName><SubtypeCode>3</SubtypeCode></Subtype></Subtypes>
        </DEFeatureClassInfo>"""
    found = domains.parse_definitions([table, domain, "no xml", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"])
    assert found == {"Areas": {"STATUS": {"1": "Built", "2": "Planned"}, "KIND": {"3": "Hub"}}}
    assert domains.label_of(2.0, found["Areas"]["STATUS"]) == "Planned"
    assert domains.label_of(9, found["Areas"]["STATUS"]) is None


def test_a_shapefile_without_a_system_is_refused_with_a_suggestion(tmp_path: Path) -> None:
    squares(2, "EPSG:2256").to_file(tmp_path / "montana.shp")
    (tmp_path / "montana.prj").unlink()
    with pytest.raises(InputRefused) as refusal:
        read(tmp_path / "montana.shp")
    assert refusal.value.code is Code.CRS_MISSING
    assert "EPSG:2256" in refusal.value.hint
    assert read(tmp_path / "montana.shp", crs="EPSG:2256")[0]["geometry"].centroid.x == pytest.approx(
        -111.2975, abs=1e-6
    )


@pytest.mark.parametrize("missing", [".shx", ".dbf"])
def test_a_shapefile_without_a_companion_is_read_and_nothing_is_written_beside_it(tmp_path: Path, missing: str) -> None:
    squares(4).to_file(tmp_path / "a.shp")
    (tmp_path / f"a{missing}").unlink()
    before = sorted(tmp_path.iterdir())
    assert len(read(tmp_path / "a.shp")) == 4
    assert sorted(tmp_path.iterdir()) == before


def test_a_real_shapefile_with_a_broken_polygon_and_no_table() -> None:
    rows = read(reference_data("esri_samples/buggymultipoly.shp"), crs="EPSG:4326")
    assert outcomes(rows) == [("quarantined", "geometry_broken")]


def test_deleted_rows_of_a_shapefile_are_no_rows(tmp_path: Path) -> None:
    squares(3).to_file(tmp_path / "a.shp")
    table = bytearray((tmp_path / "a.dbf").read_bytes())
    header_bytes, record_bytes = struct.unpack_from("<HH", table, 8)
    table[header_bytes + record_bytes] = ord("*")
    (tmp_path / "a.dbf").write_bytes(table)
    assert [row["name"] for row in read(tmp_path / "a.shp")] == ["FDA 0", "FDA 2"]


def test_the_encoding_of_a_shapefile_is_found(tmp_path: Path) -> None:
    squares(1).assign(name="Café").to_file(tmp_path / "a.shp", encoding="UTF-8")
    assert read(tmp_path / "a.shp")[0]["name"] == "Café"
    (tmp_path / "a.cpg").unlink()
    assert read(tmp_path / "a.shp")[0]["name"] == "Café"


def test_a_zip_of_several_shapefiles_is_one_source(tmp_path: Path) -> None:
    folder = tmp_path / "plan"
    for phase in ("phase 1", "phase 2"):
        (folder / phase).mkdir(parents=True)
        squares(2).to_file(folder / phase / "areas.shp")
    archive = Path(shutil.make_archive(str(tmp_path / "plan"), "zip", folder))
    assert {row["layer"] for row in read(archive)} == {"areas", "areas.shp/areas"}
    assert len(read(folder)) == 4


def test_members_outside_the_archive_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("../a.shp", b"x")
    with pytest.raises(InputRefused) as refusal:
        read(tmp_path / "a.zip")
    assert refusal.value.code is Code.ARCHIVE_MEMBER_UNSAFE


@pytest.mark.parametrize(
    "content", [b"<OGRVRTDataSource></OGRVRTDataSource>", b"\x00" * 50, b"SQLite format 3\x00" + b"x" * 99]
)
def test_what_only_pretends_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(InputRefused) as refusal:
        read(write(tmp_path / "a.shp", content))
    assert refusal.value.code in (Code.FORMAT_UNKNOWN, Code.FILE_UNREADABLE)


def test_a_file_whose_layers_are_lost_is_refused_and_not_taken_for_empty(tmp_path: Path) -> None:
    squares(3, "EPSG:4326").to_file(tmp_path / "a.fgb", driver="FlatGeobuf")
    content = bytearray((tmp_path / "a.fgb").read_bytes())
    content[8:12] = b"\xff\xff\xff\x7f"  # the size of its header
    with pytest.raises(InputRefused) as refusal:
        read(write(tmp_path / "b.fgb", bytes(content)))
    assert refusal.value.code == Code.FILE_UNREADABLE


def test_counts_come_from_the_files_themselves(tmp_path: Path) -> None:
    frame = squares(7)
    frame.to_file(tmp_path / "a.shp")
    frame.to_file(tmp_path / "a.gpkg", layer='odd "name"')
    frame.to_file(tmp_path / "a.fgb")
    assert gdal_counts.count_shapefile(tmp_path / "a.shp") == 7
    assert gdal_counts.count_geopackage(tmp_path / "a.gpkg", 'odd "name"') == 7
    assert gdal_counts.count_flatgeobuf(tmp_path / "a.fgb") == 7
    assert len(read(tmp_path / "a.gpkg")) == 7


def test_tables_without_geometry_are_layers_too(tmp_path: Path) -> None:
    pyogrio.write_dataframe(pd.DataFrame({"a": [1, 2]}), tmp_path / "a.gpkg", layer="t")
    assert outcomes(read(tmp_path / "a.gpkg")) == [("ingested", None)] * 2


def test_a_named_id_comes_before_the_row_number(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"ESITEID": ["S-1", "S-2"]}, geometry=gpd.points_from_xy([-111, -111], [45, 46]), crs=4326)
    frame.to_file(tmp_path / "a.gpkg")
    assert [row["source_fid"] for row in read(tmp_path / "a.gpkg")] == ["S-1", "S-2"]


def test_known_fields() -> None:
    assert pick_field(["Name", "ObjectId", "id"], ("objectid", "id")) == "ObjectId"
    assert [as_text(value) for value in (7.0, "007", " ", None, [1], True)] == ["7", "007", None, None, None, None]
