"""Writers: what is written comes back, whole or not at all."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from fibermap.formats.open import open_source
from fibermap.formats.write import SUFFIXES, write_features
from fibermap.formats.write_csv import FORMULA_STARTS, neutralise
from fibermap.kernel.errors import Code, InputRefused
from tests.formats.rows import rows_of, squares

READABLE = (".geojson", ".gpkg", ".fgb", ".parquet", ".csv")
degrees = st.floats(-80, 80, allow_nan=False).map(lambda value: round(value, 6) + 1e-6)


@pytest.mark.parametrize("suffix", READABLE)
@settings(max_examples=8)
@given(
    places=st.lists(st.tuples(degrees, degrees), min_size=1, max_size=6),
    name=st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Z"]), min_size=1, max_size=8),
)
def test_points_and_texts_come_back(
    tmp_path_factory: Any, suffix: str, places: list[tuple[float, float]], name: str
) -> None:
    x, y = [-100 + x / 10 for x, _ in places], [40 + y / 10 for _, y in places]
    frame = gpd.GeoDataFrame(
        {"id": [f"{n:03}" for n in range(len(x))], "name": name}, geometry=gpd.points_from_xy(x, y), crs=4326
    )
    path = tmp_path_factory.mktemp("out") / f"a{suffix}"
    write_features(path, frame)
    rows = sorted(rows_of(open_source(path)), key=lambda row: str(row["source_fid"]))
    assert [row["source_fid"] for row in rows] == list(frame["id"])
    assert {row["name"] for row in rows} == {neutralise(name) if suffix == ".csv" else name}
    for row, expected in zip(rows, frame.geometry, strict=True):
        assert row["geometry"].distance(expected) < 1e-8


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_polygons_of_any_system_come_back_in_degrees(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    write_features(path, squares(3, "EPSG:2256"), layer="areas")
    columns = {"geometry": "wkt"} if suffix == ".csv" else None
    rows = rows_of(open_source(path, columns=columns))
    assert sorted(str(row["name"]) for row in rows) == ["FDA 0", "FDA 1", "FDA 2"]
    assert shapely.union_all([row["geometry"] for row in rows]).symmetric_difference(squares(3).union_all()).area < 1e-9


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_same_features_give_the_same_bytes_and_leave_nothing_beside_them(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    write_features(path, squares())
    first = path.read_bytes()
    write_features(path, squares())
    assert path.read_bytes() == first
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_features_without_geometry_and_odd_cells_are_written(tmp_path: Path, suffix: str) -> None:
    frame = squares(2).assign(
        tags=[["a", "b"], None], fid=["x", "x"], when=pd.to_datetime(["2026-01-01", None]), n=[1.5, float("nan")]
    )
    frame.loc[1, "geometry"] = None
    write_features(tmp_path / f"a{suffix}", frame)
    assert len(rows_of(open_source(tmp_path / f"a{suffix}"))) == 2


def test_no_cell_of_a_csv_is_a_formula(tmp_path: Path) -> None:
    texts = ["=1+1", "+49 30", "-x", "@sum", "\tx", "\rx", "-12.5", "+3e8", "plain", "=cmd|' /C calc'!A0"]
    frame = gpd.GeoDataFrame({"=head": texts}, geometry=gpd.points_from_xy([-111] * 10, [45] * 10), crs=4326)
    write_features(tmp_path / "a.csv", frame)
    with (tmp_path / "a.csv").open(newline="") as file:
        table = list(csv.reader(file))
    assert table[0] == ["'=head", "lat", "lon"]
    assert [row[0] for row in table[1:]] == [
        "'=1+1", "'+49 30", "'-x", "'@sum", "'\tx", "'\rx", "-12.5", "+3e8", "plain", "'=cmd|' /C calc'!A0",
    ]  # fmt: skip


@given(st.text())
def test_neutralised_texts_begin_harmlessly_or_are_numbers(text: str) -> None:
    found = neutralise(text)
    assert found.removeprefix("'") == text.removeprefix("'")
    if found.startswith(FORMULA_STARTS):
        assert float(found) == float(text)


def test_csv_keeps_columns_that_are_there(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"lat": [1.0], "lon": [2.0]}, geometry=gpd.points_from_xy([-111], [45]), crs=4326)
    write_features(tmp_path / "a.csv", frame)
    assert (tmp_path / "a.csv").read_bytes() == b"lat,lon\r\n1,2\r\n"


def test_geojson_is_plain_rfc_7946(tmp_path: Path) -> None:
    write_features(tmp_path / "a.geojson", squares(1), layer="areas")
    document = json.loads((tmp_path / "a.geojson").read_text())
    assert document["name"] == "areas"
    assert "crs" not in document


@pytest.mark.parametrize("name", ["a.xyz", "a", "a.shp"])
def test_an_unknown_suffix_is_refused_with_those_known(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputRefused) as refusal:
        write_features(tmp_path / name, squares())
    assert refusal.value.code is Code.EXPORT_FORMAT_UNKNOWN
    assert all(suffix in refusal.value.hint for suffix in SUFFIXES)


def test_places_that_cannot_be_written_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").mkdir()
    for path in (tmp_path / "a.csv", tmp_path / "none" / "b.csv"):
        with pytest.raises(InputRefused) as refusal:
            write_features(path, squares())
        assert refusal.value.code is Code.EXPORT_TARGET_REFUSED


def test_features_without_a_system_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefused) as refusal:
        write_features(tmp_path / "a.csv", squares().set_crs(None, allow_override=True))
    assert refusal.value.code is Code.CRS_MISSING


@pytest.mark.parametrize("suffix", READABLE)
def test_no_features_make_a_file_that_can_be_read(tmp_path: Path, suffix: str) -> None:
    write_features(tmp_path / f"a{suffix}", squares(1).iloc[:0])
    assert rows_of(open_source(tmp_path / f"a{suffix}")) == []
