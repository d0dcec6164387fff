"""What is written reads back the same, here and with fastkml, and twice the same bytes."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from fastkml import KML
from hypothesis import given, settings
from hypothesis import strategies as st

from fibermap.formats.kml_write import write_kml
from fibermap.kernel.errors import Code, InputRefused
from tests.formats.kml_files import read

GEOMETRIES = [
    shapely.Point(0.1 + 0.2, -2 / 3),
    shapely.LineString([(1e-7, 1), (179.99999999999997, 1 / 3)]),
    shapely.box(0, 0, 9, 9).difference(shapely.box(1, 1, 2, 2)),
    shapely.MultiPoint([(1, 2), (3, 4)]),
    shapely.MultiLineString([[(1, 2), (3, 4)]]),
    shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(3, 3, 4, 4)]),
    shapely.GeometryCollection([shapely.Point(1, 2), shapely.LineString([(1, 2), (3, 4)])]),
]


def frame() -> gpd.GeoDataFrame:
    count = len(GEOMETRIES)
    return gpd.GeoDataFrame(
        {
            "title": [f"A & <{i}>" for i in range(count)],
            "place": [("Phase 1", "Areas"), ("Phase 1",), "Phase 2", None, (), ("Phase 1", "Areas"), "Phase 2"],
            "status": ["build", "pre-build", None] + ["build"] * (count - 3),
            "ports": range(count),
            "km": [0.1, None, *([2.5] * (count - 2))],
            "zip": ["07001"] * count,
            "live": [True, False] * 3 + [True],
        },
        geometry=GEOMETRIES,
        crs="EPSG:4326",
    )


def write_frame(path: Path) -> Path:
    write_kml(
        path,
        frame(),
        name="Plan",
        name_column="title",
        folder_column="place",
        colour_column="status",
        colours={"build": "#00aa11"},
    )
    return path


@pytest.mark.parametrize("suffix", ["kml", "kmz"])
def test_a_written_file_reads_back_the_same(tmp_path: Path, suffix: str) -> None:
    rows = {row["name"]: row for row in read(write_frame(tmp_path / f"plan.{suffix}"))}
    assert len(rows) == len(GEOMETRIES)
    for index, expected in enumerate(GEOMETRIES):
        row = rows[f"A & <{index}>"]
        assert row["outcome"] == "ingested"
        assert row["geometry"].equals_exact(expected)
    first, second, third = (rows[f"A & <{i}>"] for i in range(3))
    assert first["attributes"] == {"status": "build", "ports": 0, "km": 0.1, "zip": "07001", "live": True}
    assert second["attributes"] == {"status": "pre-build", "ports": 1, "zip": "07001", "live": False}
    assert [r["folder"] for r in (first, second, third)] == [["Phase 1", "Areas"], ["Phase 1"], ["Phase 2"]]
    assert (first["style"]["line"], first["style"]["fill"], second["style"]) == ("#00aa11", "#00aa11", None)


def test_fastkml_reads_what_is_written(tmp_path: Path) -> None:
    (document,) = KML.parse(write_frame(tmp_path / "plan.kml")).features
    assert document.name == "Plan"
    assert {f.name for f in document.features if hasattr(f, "features")} == {"Phase 1", "Phase 2"}


@pytest.mark.parametrize("suffix", ["kml", "kmz"])
def test_equal_frames_give_equal_bytes(tmp_path: Path, suffix: str) -> None:
    first, second = write_frame(tmp_path / f"a.{suffix}"), write_frame(tmp_path / f"b.{suffix}")
    assert first.read_bytes() == second.read_bytes()


@settings(max_examples=40)
@given(
    texts=st.lists(st.text(max_size=12), min_size=1, max_size=4),
    place=st.tuples(st.floats(-180, 180), st.floats(-90, 90)),
)
def test_any_text_and_place_survives(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], place: tuple[float, float]
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.kmz"
    gdf = gpd.GeoDataFrame({"t": texts}, geometry=[shapely.Point(place)] * len(texts), crs="EPSG:4326")
    write_kml(path, gdf, name="any", name_column="t")
    rows = read(path)
    assert [row["geometry"].coords[0] for row in rows] == [place] * len(texts)
    printable = [text for text in texts if text.isprintable()]
    names = [row["name"] or "" for row in rows]
    assert all(text.strip() in names for text in printable)


def test_other_coordinate_systems_become_degrees(tmp_path: Path) -> None:
    gdf = gpd.GeoDataFrame(geometry=[shapely.Point(-111.3, 45.8)], crs="EPSG:4326").to_crs("EPSG:2256")
    write_kml(tmp_path / "a.kml", gdf, name="a")
    (row,) = read(tmp_path / "a.kml")
    assert np.allclose(row["geometry"].coords[0], (-111.3, 45.8), atol=1e-9)


def test_rows_without_geometry_are_kept(tmp_path: Path) -> None:
    gdf = gpd.GeoDataFrame({"a": [1]}, geometry=[None], crs="EPSG:4326")
    write_kml(tmp_path / "a.kml", gdf, name="a")
    assert [row["reason"] for row in read(tmp_path / "a.kml")] == ["geometry_missing"]


@pytest.mark.parametrize(
    ("name", "changes", "code"),
    [
        ("a.shp", {}, Code.EXPORT_FORMAT_UNKNOWN),
        ("a.kml", {"name_column": "nothing"}, Code.ARGUMENT_INVALID),
        ("a.kml", {"colour_column": "status", "colours": {"build": "green"}}, Code.ARGUMENT_INVALID),
        ("none/a.kml", {}, Code.EXPORT_TARGET_REFUSED),
    ],
)
def test_what_cannot_be_written_is_refused(tmp_path: Path, name: str, changes: dict[str, object], code: Code) -> None:
    with pytest.raises(InputRefused) as caught:
        write_kml(tmp_path / name, frame(), name="a", **changes)  # type: ignore[arg-type]
    assert caught.value.code == code


def test_a_frame_without_coordinate_system_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefused) as caught:
        write_kml(tmp_path / "a.kml", gpd.GeoDataFrame(geometry=[shapely.Point(0, 0)]), name="a")
    assert caught.value.code == Code.CRS_MISSING
