"""The one door to all readers."""

from __future__ import annotations

import json
import shutil
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fibermap.formats.open import open_source
from fibermap.formats.write import write_features
from fibermap.kernel.errors import Code, FibermapError, InputRefused
from fibermap.kernel.settings import Limits
from tests.formats.rows import rows_of, squares, write
from tests.reference import reference_data

ESRI = {
    "geometryType": "esriGeometryPoint",
    "spatialReference": {"wkid": 4326},
    "features": [{"attributes": {"OBJECTID": 1}, "geometry": {"x": -111, "y": 45}}],
}
KML = "<kml xmlns='http://www.opengis.net/kml/2.2'><Placemark><Point><coordinates>-111,45</coordinates></Point></Placemark></kml>"


def refusal_of(path: Path | str, **options: object) -> Code:
    with pytest.raises(InputRefused) as refusal:
        rows_of(open_source(path, **options))  # type: ignore[arg-type]
    assert refusal.value.hint
    return refusal.value.code


@pytest.mark.parametrize("suffix", [".geojson", ".gpkg", ".fgb", ".parquet", ".csv", ".kml", ".kmz"])
@pytest.mark.parametrize("alias", ["", ".bin", ".csv"])
def test_content_comes_before_the_name(tmp_path: Path, suffix: str, alias: str) -> None:
    write_features(tmp_path / f"a{suffix}", squares(3))
    path = (tmp_path / f"a{suffix}").rename(tmp_path / f"plan{alias or suffix}")
    assert len(rows_of(open_source(str(path)))) == 3


def test_the_two_kinds_of_json_are_told_apart(tmp_path: Path) -> None:
    esri = open_source(write(tmp_path / "a.json", json.dumps(ESRI)))
    assert rows_of(esri)[0]["source_fid"] == "1"
    late = {**{f"padding{n}": "x" * 1000 for n in range(100)}, **ESRI}
    assert len(rows_of(open_source(write(tmp_path / "b.json", json.dumps(late))))) == 1
    geo = {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"rings": 1}, "geometry": None}]}
    assert open_source(write(tmp_path / "c.json", json.dumps(geo))).format == "geojson"


def test_kml_without_its_suffix_or_root(tmp_path: Path) -> None:
    assert len(rows_of(open_source(write(tmp_path / "a.txt", KML)))) == 1
    assert len(rows_of(open_source(write(tmp_path / "b", f"<?xml version='1.0'?>{KML}".encode("utf-16"))))) == 1


def test_an_archive_of_several_kinds_is_one_source_with_all_their_layers(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    squares(2).to_file(folder / "areas.shp")
    write(folder / "homes.csv", "id,lon,lat\n1,-111,45\n")
    write(folder / "esri.json", json.dumps(ESRI))
    write(folder / "plan.kml", KML)
    write(folder / "readme.txt", "hello, world\n")
    archive = Path(shutil.make_archive(str(tmp_path / "delivery"), "zip", folder))
    source = open_source(archive)
    assert len(rows_of(source)) == 5
    assert {layer.name for layer in source.layers()} >= {"areas", "homes", "esri"}
    assert source.path == str(archive)


def test_an_archive_with_text_only_is_a_table_as_the_national_addresses_come(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "nad.zip", "w") as archive:
        archive.writestr("NAD.txt", "UUID,Longitude,Latitude\nx,-111,45\n")
    assert len(rows_of(open_source(tmp_path / "nad.zip"))) == 1


def test_a_workbook_is_no_archive_of_datasets(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in [["id", "lon", "lat"], ["1", -111, 45]]:
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    assert open_source(tmp_path / "a.xlsx").format == "excel"


@pytest.mark.parametrize(
    "name",
    ["manhattan_mt/plan/manhattan_mt_ftth_plan.kmz", "manhattan_mt/plan/manhattan_mt_ftth_plan.esri.json",
     "esri_samples/geometry_testdata.gdb.zip", "kml_style/MTN-Ghana-FOB-export.kml", "manhattan_mt/addresses.geojson"],
)  # fmt: skip
def test_real_files_open_and_obey_the_conservation_law(name: str) -> None:
    assert rows_of(open_source(reference_data(name)))


def test_only_one_layer(tmp_path: Path) -> None:
    squares(2).to_file(tmp_path / "a.gpkg", layer="built")
    squares(3).to_file(tmp_path / "a.gpkg", layer="planned", mode="a")
    assert len(rows_of(open_source(tmp_path / "a.gpkg", layer="planned"))) == 3
    assert refusal_of(tmp_path / "a.gpkg", layer="none") is Code.ARGUMENT_INVALID


def test_folders(tmp_path: Path) -> None:
    assert refusal_of(tmp_path) is Code.FILE_IS_DIRECTORY
    squares(2).to_file(tmp_path / "a.shp")
    assert len(rows_of(open_source(tmp_path))) == 2


def test_files_that_cannot_be_used_are_refused_with_a_code(tmp_path: Path) -> None:
    assert refusal_of(tmp_path / "none.kml") is Code.FILE_MISSING
    assert refusal_of("a\x00b.kml") is Code.FILE_MISSING
    assert refusal_of(write(tmp_path / "a.kml", b"")) is Code.FILE_EMPTY
    assert refusal_of(write(tmp_path / "b.csv", b"x" * 99), limits=Limits(file_bytes=10)) is Code.FILE_TOO_LARGE
    assert refusal_of(write(tmp_path / "a.dbf", b"\x03" * 99)) is Code.FORMAT_UNKNOWN
    assert refusal_of(write(tmp_path / "a.pdf", b"%PDF-1.7\nhello\n")) is Code.FORMAT_UNKNOWN
    assert refusal_of(write(tmp_path / "a.csv.gz", b"\x1f\x8b\x08" + bytes(range(256)))) is Code.FORMAT_UNKNOWN
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("photo.jpg", b"x")
    assert refusal_of(tmp_path / "a.zip") is Code.FORMAT_UNKNOWN


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@given(noise=st.binary(max_size=400))
@settings(max_examples=10)
def test_no_bytes_get_past_the_door_with_a_foreign_error(tmp_path_factory: Any, noise: bytes) -> None:
    folder = tmp_path_factory.mktemp("noise")
    heads = [b"SQLite format 3\x00", b"fgb\x03fgb\x00", b"\x00\x00\x27\x0a", b"PAR1", b"{", b"[", b"<kml", b"a,b\n"]
    for number, head in enumerate(heads):
        with suppress(FibermapError):
            rows_of(open_source(write(folder / f"{number}.bin", head + noise)))
