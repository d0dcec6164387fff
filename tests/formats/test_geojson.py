"""GeoJSON, feature by feature."""

from __future__ import annotations

import json
import tracemalloc
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from fibermap.formats import geojson_scan
from fibermap.formats.geojson import read_geojson
from fibermap.kernel.errors import Code, InputRefused
from fibermap.kernel.settings import Limits
from tests.formats.rows import LIMITS, outcomes, rows_of, write
from tests.reference import reference_data

POINT = {"type": "Point", "coordinates": [-111.3, 45.8]}


def feature(geometry: Any = POINT, **members: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": {}, "geometry": geometry, **members}


def collection(*features: Any, **members: Any) -> str:
    return json.dumps({"type": "FeatureCollection", **members, "features": list(features)})


def read(path: Path, text: str | bytes, **options: Any) -> list[dict[str, Any]]:
    return rows_of(read_geojson(write(path / "plan.geojson", text), limits=LIMITS, **options))


@pytest.mark.parametrize("name", ["addresses", "roads", "buildings", "city_boundary", "subdivisions", "rail_lines",
                                  "annexation_history", "county_zoning", "esz_zones", "hydrants",
                                  "jurisdiction_boundary", "lakes", "manhattan_zoning", "minor_subdivisions",
                                  "planning_jurisdictions", "rivers", "school_buildings", "town_facilities",
                                  "town_parks", "water_sewer_districts", "zipcodes"])  # fmt: skip
def test_every_feature_of_a_real_county_arrives_as_json_and_shapely_read_it(name: str) -> None:
    path = reference_data(f"manhattan_mt/{name}.geojson")
    truth = json.loads(path.read_bytes())["features"]
    rows = rows_of(read_geojson(path, limits=LIMITS))
    assert len(rows) == len(truth)
    for row, expected in zip(rows, truth, strict=True):
        assert json.loads(row["attributes"]) == expected["properties"]
        assert row["source_fid"] == str(expected["id"]) if "id" in expected else True
        assert shapely.equals_identical(row["geometry"], shapely.force_2d(shapely.geometry.shape(expected["geometry"])))


def test_an_unclosed_ring_is_closed_and_its_neighbours_stay(tmp_path: Path) -> None:
    open_ring = {"type": "Polygon", "coordinates": [[[-111, 45], [-110, 45], [-110, 46]]]}
    rows = read(tmp_path, collection(feature(), feature(open_ring), feature()))
    assert outcomes(rows) == [("ingested", None), ("repaired", "ring_closed"), ("ingested", None)]
    assert rows[1]["geometry"].area == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("geometry", "code"),
    [
        ({"type": "Polygon", "coordinates": [[[0, 1], [1, 1], [0, 1]]]}, "ring_too_short"),
        ({"type": "LineString", "coordinates": [[1, 2]]}, "geometry_broken"),
        ({"type": "LineString", "coordinates": [["a", 2], [1, 2]]}, "coordinate_invalid"),
        ({"type": "LineString", "coordinates": [[1e308, 2], [1, 2]]}, "coordinate_out_of_range"),
        ({"type": "Blob", "coordinates": [1, 2]}, "geometry_unsupported"),
        ({"type": "Polygon", "coordinates": 7}, "geometry_broken"),
        ("POINT (1 2)", "geometry_unsupported"),
    ],
)
def test_a_broken_geometry_is_quarantined_alone(tmp_path: Path, geometry: Any, code: str) -> None:
    rows = read(tmp_path, collection(feature(), feature(geometry), feature()))
    assert rows[1]["outcome"] == "quarantined"
    assert rows[1]["reason"] in (code, "geometry_broken")
    assert rows[0]["geometry"] is not None
    assert rows[2]["geometry"] is not None


@pytest.mark.parametrize("position", [["a", "b"], [1e308, 4], [0, 0], [-200, 45]])
def test_a_point_that_is_nowhere_is_a_feature_without_a_position(tmp_path: Path, position: list[Any]) -> None:
    rows = read(tmp_path, collection(feature(), feature({"type": "Point", "coordinates": position})))
    assert rows[1]["outcome"] == "ingested"
    assert rows[1]["reason"] in ("coordinate_invalid", "coordinate_out_of_range")
    assert rows[1]["geometry"] is None


def test_the_fault_names_the_part(tmp_path: Path) -> None:
    ring = [[[-111, 45], [-110, 45], [-110, 46], [-111, 45]]]
    broken = {"type": "MultiPolygon", "coordinates": [ring, [[[-111, 45], [-110, None], [-110, 46]]]]}
    assert read(tmp_path, collection(feature(broken)))[0]["part"] == 1


def test_null_geometry_foreign_members_and_ids_are_kept(tmp_path: Path) -> None:
    rows = read(tmp_path, collection(feature(None, id=7, note="x", properties={"name": "A"}), feature(id="0042")))
    assert outcomes(rows)[0] == ("ingested", "geometry_missing")
    assert json.loads(rows[0]["attributes"]) == {"name": "A", "note": "x"}
    assert [row["source_fid"] for row in rows] == ["7", "0042"]
    assert rows[0]["name"] == "A"


def test_the_old_crs_member_is_honoured(tmp_path: Path) -> None:
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3857"}}
    mercator = feature({"type": "Point", "coordinates": [-12389859.3, 5750000.0]})
    before, after = collection(mercator, crs=crs), json.dumps({"features": [mercator], "crs": crs})
    for text in (before, after):
        assert read(tmp_path, text)[0]["geometry"].x == pytest.approx(-111.3, abs=1e-4)


def test_metres_without_a_declared_system_are_refused_with_a_suggestion(tmp_path: Path) -> None:
    text = collection(feature({"type": "Point", "coordinates": [1500000.0, 550000.0]}))
    with pytest.raises(InputRefused) as refusal:
        read(tmp_path, text)
    assert refusal.value.code is Code.CRS_MISSING
    assert "--crs" in refusal.value.hint
    assert read(tmp_path, text, crs="EPSG:2256")[0]["geometry"].y == pytest.approx(45.8, abs=0.5)


def test_swapped_axes_are_exchanged_throughout(tmp_path: Path) -> None:
    rows = read(tmp_path, collection(*[feature({"type": "Point", "coordinates": [45.8, -111.3]})] * 5))
    assert set(outcomes(rows)) == {("repaired", "axes_swapped")}
    assert (rows[0]["geometry"].x, rows[0]["geometry"].y) == (-111.3, 45.8)


def test_one_feature_a_line_and_text_sequences(tmp_path: Path) -> None:
    lines = [json.dumps(feature(id=n)) for n in range(4)]
    broken = [*lines[:2], lines[2][:-9], lines[3]]
    assert len(read(tmp_path, "\n".join(lines))) == 4
    assert [row["outcome"] for row in read(tmp_path, "\n".join([*broken, ""]))] == [
        "ingested", "ingested", "quarantined", "ingested",
    ]  # fmt: skip
    assert len(read(tmp_path, "".join(f"\x1e{line}\n" for line in lines))) == 4


@pytest.mark.parametrize(
    ("damage", "lost"),
    [
        (lambda text: text[:-60], 1),  # breaks off
        (lambda text: text.replace('"id": 1}', '"id": 1'), 1),  # a bracket is missing
        (lambda text: text.replace('"id": 1}', '"id": 1}}'), 0),  # a bracket too many
        (lambda text: text.replace('"id": 1}', '"id": NaN}'), 0),
        (lambda text: text.replace('"id": 1}', '"id": oops}'), 1),
    ],
)
def test_a_damaged_file_gives_up_only_the_damaged_feature(tmp_path: Path, damage: Any, lost: int) -> None:
    rows = read(tmp_path, damage(collection(*[feature(id=n) for n in range(5)])))
    assert len(rows) == 5
    assert sum(row["outcome"] == "quarantined" for row in rows) == lost


def test_members_that_are_no_features_are_counted_and_quarantined(tmp_path: Path) -> None:
    rows = read(tmp_path, collection(None, feature(), 5, "x", [], {}, feature()))
    assert [row["outcome"] for row in rows] == ["quarantined", "ingested", *["quarantined"] * 4, "ingested"]


@pytest.mark.parametrize("text", ['{"a": 1}', "[1, 2", "{" * 100_000, '{"type": "Topology", "objects": {}}'])
def test_what_is_no_geojson_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputRefused) as refusal:
        read(tmp_path, text)
    assert refusal.value.code is Code.JSON_BROKEN


def test_a_hundred_thousand_deep_nesting_costs_one_feature(tmp_path: Path) -> None:
    deep = (
        '{"type":"Feature","properties":{},"geometry":{"type":"Polygon","coordinates":' + "[" * 100_000 + "]" * 100_000
    )
    text = collection(feature(), 1).replace(" 1]", f" {deep}}}}}]")
    assert [row["outcome"] for row in read(tmp_path, text)] == ["ingested", "quarantined"]


def test_encodings(tmp_path: Path) -> None:
    text = collection(feature(properties={"name": "Café"})).replace("\\u00e9", "é")
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp1252"):
        assert read(tmp_path, text.encode(encoding))[0]["name"] == "Café"


json_values = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(alphabet='ab"\\{}[],:é \n'),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(alphabet='f"\\{[', max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(
    features=st.lists(st.builds(lambda value: feature(properties={"v": value}), json_values) | json_values, max_size=6),
    foreign=st.dictionaries(st.text(alphabet='ab"{[', min_size=1), json_values, max_size=2),
    indent=st.sampled_from([None, 0, 2]),
    block=st.integers(3, 40),
)
def test_the_scan_finds_what_json_finds(
    features: list[Any], foreign: dict[str, Any], indent: int | None, block: int
) -> None:
    text = json.dumps({**foreign, "features": features, "zz": [1, {"b": [[]]}]}, indent=indent).encode()
    original, geojson_scan._BLOCK_BYTES = geojson_scan._BLOCK_BYTES, block
    try:
        layout = geojson_scan.scan_collection(text)
    finally:
        geojson_scan._BLOCK_BYTES = original
    assert layout.is_whole
    assert [json.loads(text[start:end]) for start, end in layout.spans] == json.loads(text)["features"]
    assert geojson_scan.count_features(text, layout) == len(features)
    assert json.loads(layout.rest)["features"] == []


@given(st.lists(st.sampled_from(["{", "}", "[", "]", ",", ' "a"', " 1", ":", "{}", "x", "\n", "\\"]), max_size=14))
def test_every_member_is_counted_whatever_stands_between_them(tmp_path_factory: Any, tokens: list[str]) -> None:
    text = '{"features":[' + "".join(tokens) + "]}"
    with suppress(InputRefused):
        read(tmp_path_factory.mktemp("tokens"), text)  # rows_of compares with the independent count


def test_a_collection_on_one_line_with_a_line_feed_behind_it_is_one_document(tmp_path: Path) -> None:
    path = tmp_path / "one.geojson"
    feature = '{"type":"Feature","geometry":{"type":"Point","coordinates":[-111,45]},"properties":{}}'
    path.write_text(f'{{"type":"FeatureCollection","features":[{feature},{feature}]}}\n')
    rows = rows_of(read_geojson(path, limits=LIMITS))
    assert [row["outcome"] for row in rows] == ["ingested", "ingested"]


def test_a_geometry_of_too_many_positions_is_quarantined_before_it_takes_memory(tmp_path: Path) -> None:
    huge = {"type": "LineString", "coordinates": [[0.25, 0.75]] * 200_000}
    path = write(tmp_path / "plan.geojson", collection(feature(huge), feature()))
    rows, most_bytes = _read_within(path, LIMITS)
    assert outcomes(rows) == [("ingested", None)] * 2
    rows, peak_bytes = _read_within(path, Limits(vertices=1_000, attribute_bytes=1_000))
    assert outcomes(rows) == [("quarantined", Code.GEOMETRY_TOO_LARGE), ("ingested", None)]
    assert peak_bytes < most_bytes / 2


def _read_within(path: Path, limits: Limits) -> tuple[list[dict[str, Any]], int]:
    """Return the rows, and the most memory that reading them took."""
    tracemalloc.start()
    try:
        return rows_of(read_geojson(path, limits=limits)), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
