"""Esri JSON files: every element of a features array comes out once, with labels, dates and a place."""

from __future__ import annotations

import io
import json
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from pyogrio.raw import read as gdal_read
from pyproj import Transformer

from fibermap.formats import esri_scan
from fibermap.formats.esri_json import EsriJsonSource, read_esri_json
from fibermap.formats.model import FEATURE_SCHEMA
from fibermap.kernel.errors import Code, InputRefused
from fibermap.kernel.settings import Limits
from tests.reference import reference_data

LIMITS = Limits()

Row = dict[str, Any]


def feature(oid: int, x: float = -111.3, y: float = 45.8, **attributes: Any) -> dict[str, Any]:
    return {"attributes": {"OBJECTID": oid, **attributes}, "geometry": {"x": x, "y": y}}


def feature_set(*features: Any, **members: Any) -> dict[str, Any]:
    head = {"objectIdFieldName": "OBJECTID", "geometryType": "esriGeometryPoint", "spatialReference": {"wkid": 4326}}
    return {**head, **members, "features": list(features)}


def written(folder: Path, content: dict[str, Any] | bytes | str, name: str = "areas.json") -> Path:
    path = folder / name
    data = json.dumps(content) if isinstance(content, dict) else content
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def rows_of(source: EsriJsonSource) -> list[Row]:
    batches = list(source.batches())
    assert all(batch.schema == FEATURE_SCHEMA for batch in batches)
    rows = [row for batch in batches for row in batch.to_pylist()]
    for row in rows:
        row["attributes"] = json.loads(row["attributes"])
        row["geometry"] = None if row["geometry"] is None else shapely.from_wkb(row["geometry"])
    read = {layer.name: layer.read for layer in source.layers()}
    assert {name: count for name, count in read.items() if count} == Counter(row["layer"] for row in rows)
    return rows


def read(folder: Path, content: dict[str, Any] | bytes | str, crs: str | None = None) -> list[Row]:
    return rows_of(read_esri_json(written(folder, content), limits=LIMITS, crs=crs))


def refusal(folder: Path, content: dict[str, Any] | bytes | str) -> InputRefused:
    with pytest.raises(InputRefused) as caught:
        read(folder, content)
    return caught.value


# --- what a feature says -----------------------------------------------------------------------------------------


def test_a_coded_value_becomes_its_label_and_keeps_its_code(tmp_path: Path) -> None:
    domain = {"type": "codedValue", "codedValues": [{"code": 1, "name": "Build"}, {"code": 2, "name": "Pre-build"}]}
    fields = [{"name": "STATUS", "type": "esriFieldTypeSmallInteger", "alias": "Status", "domain": domain}]
    source = read_esri_json(
        written(tmp_path, feature_set(*(feature(n, STATUS=n) for n in (1, 2, 9)), fields=fields)), limits=LIMITS
    )
    attributes = [row["attributes"] for row in rows_of(source)]
    assert [(a["STATUS"], a.get("STATUS.code")) for a in attributes] == [("Build", 1), ("Pre-build", 2), (9, None)]
    (status,) = source.layers()[0].fields
    assert (status.alias, status.type, status.domain) == ("Status", "smallinteger", {"1": "Build", "2": "Pre-build"})


def test_codes_match_whatever_their_type(tmp_path: Path) -> None:
    domain = {"type": "codedValue", "codedValues": [{"code": "1", "name": "Build"}]}
    fields = [{"name": "STATUS", "type": "esriFieldTypeDouble", "domain": domain}]
    assert read(tmp_path, feature_set(feature(1, STATUS=1.0), fields=fields))[0]["attributes"]["STATUS"] == "Build"


def test_a_subtype_brings_its_own_domains_and_its_name(tmp_path: Path) -> None:
    def labels(word: str) -> dict[str, Any]:
        return {"type": "codedValue", "codedValues": [{"code": 1, "name": word}]}

    document = feature_set(
        *(feature(kind, KIND=kind, STATE=1) for kind in (10, 20)),
        fields=[{"name": "STATE", "domain": labels("general")}, {"name": "KIND"}],
        typeIdField="KIND",
        types=[
            {"id": 10, "name": "Pole", "domains": {"STATE": labels("standing")}},
            {"id": 20, "name": "Vault", "domains": {"STATE": {"type": "inherited"}}},
        ],
    )
    attributes = [row["attributes"] for row in read(tmp_path, document)]
    assert [(a["KIND"], a["STATE"]) for a in attributes] == [("Pole", "standing"), ("Vault", "general")]


def test_a_value_outside_its_range_is_remarked(tmp_path: Path) -> None:
    fields = [{"name": "PORTS", "domain": {"type": "range", "range": [0, 32]}}]
    rows = read(tmp_path, feature_set(feature(1, PORTS=8), feature(2, PORTS=99), fields=fields))
    assert [(row["outcome"], row["detail"]) for row in rows] == [
        ("ingested", None),
        ("ingested", "PORTS is 99, outside its domain's 0 to 32."),
    ]


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("Date", 1759276800000, "2025-10-01T00:00:00Z"),
        ("Date", -86400000, "1969-12-31T00:00:00Z"),
        ("Date", 1759276800123, "2025-10-01T00:00:00.123Z"),
        ("Date", None, None),
        ("Date", 1e18, 1e18),
        ("Date", "next spring", "next spring"),
        ("DateOnly", "2025-10-01", "2025-10-01"),
        ("DateOnly", 1759276800000, "2025-10-01"),
        ("TimestampOffset", "2025-10-01T02:30:00-06:00", "2025-10-01T08:30:00Z"),
        ("TimestampOffset", "soon", "soon"),
        ("TimeOnly", "08:30:00", "08:30:00"),
        ("Integer", 1759276800000, 1759276800000),
    ],
)
def test_dates_are_iso_8601(tmp_path: Path, kind: str, value: Any, text: Any) -> None:
    fields = [{"name": "READY", "type": f"esriFieldType{kind}"}]
    assert read(tmp_path, feature_set(feature(1, READY=value), fields=fields))[0]["attributes"]["READY"] == text


@pytest.mark.parametrize(
    ("members", "attributes", "fid"),
    [
        ({"objectIdFieldName": "objectid"}, {"OBJECTID": 7}, "7"),
        ({"objectIdFieldName": "NO"}, {"OBJECTID": 7, "NO": 8}, "8"),
        ({"objectIdFieldName": "", "fields": [{"name": "KEY", "type": "esriFieldTypeOID"}]}, {"KEY": 9}, "9"),
        ({"objectIdFieldName": None}, {"FID": 3}, "3"),
        ({"objectIdFieldName": None}, {"KEY": 3}, None),
    ],
)
def test_the_object_id_is_found(tmp_path: Path, members: Row, attributes: Row, fid: str | None) -> None:
    document = feature_set({"attributes": attributes, "geometry": {"x": 1, "y": 1}}, **members)
    assert read(tmp_path, document)[0]["source_fid"] == fid


def test_the_display_field_names_a_feature(tmp_path: Path) -> None:
    document = feature_set(feature(1, FDA="Elk Ridge"), feature(2, FDA=" "), displayFieldName="FDA")
    assert [row["name"] for row in read(tmp_path, document)] == ["Elk Ridge", None]


# --- where a feature is ------------------------------------------------------------------------------------------


def test_web_mercator_becomes_longitude_and_latitude(tmp_path: Path) -> None:
    document = feature_set(
        feature(1, -12393717.948, 5757504.818), spatialReference={"wkid": 102100, "latestWkid": 3857}
    )
    (row,) = read(tmp_path, document)
    expected = Transformer.from_crs(3857, 4326, always_xy=True).transform(-12393717.948, 5757504.818)
    assert row["geometry"].coords[0] == pytest.approx(expected, abs=1e-12)


def test_state_plane_feet_become_longitude_and_latitude(tmp_path: Path) -> None:
    x, y = Transformer.from_crs(4326, 2256, always_xy=True).transform(-111.3, 45.8)
    (row,) = read(tmp_path, feature_set(feature(1, x, y), spatialReference={"wkid": 102700, "latestWkid": 2256}))
    assert row["geometry"].coords[0] == pytest.approx((-111.3, 45.8), abs=1e-9)


def test_a_file_without_a_coordinate_system_is_refused_with_a_suggestion(tmp_path: Path) -> None:
    refused = refusal(tmp_path, feature_set(feature(1), spatialReference=None))
    assert refused.code is Code.CRS_MISSING
    assert "EPSG:4326" in refused.hint


def test_a_coordinate_system_given_outweighs_the_file(tmp_path: Path) -> None:
    document = feature_set(feature(1), spatialReference={"wkid": 3857})
    assert read(tmp_path, document, crs="EPSG:4326")[0]["geometry"].coords[0] == (-111.3, 45.8)


def test_a_geometry_may_name_its_own_system(tmp_path: Path) -> None:
    own = {"attributes": {}, "geometry": {"x": -12393717.948, "y": 5757504.818, "spatialReference": {"wkid": 102100}}}
    unknown = {"attributes": {}, "geometry": {"x": 1, "y": 1, "spatialReference": {"wkid": 999999}}}
    rows = read(tmp_path, feature_set(feature(1), own, unknown))
    assert rows[1]["geometry"].x == pytest.approx(-111.3346, abs=1e-3)
    assert (rows[2]["outcome"], rows[2]["reason"]) == ("quarantined", "crs_unknown")


def test_a_position_nowhere_on_earth_costs_a_point_its_position_and_a_shape_its_place(tmp_path: Path) -> None:
    far = {"attributes": {}, "geometry": {"paths": [[[0, 0], [1e308, 0]]]}}
    rows = read(tmp_path, feature_set(feature(1, 500, 45), feature(2, 0, 0), far))
    assert [(row["geometry"], row["outcome"], row["reason"]) for row in rows] == [
        (None, "ingested", "coordinate_out_of_range"),
        (None, "ingested", "coordinate_invalid"),
        (None, "quarantined", "coordinate_out_of_range"),
    ]


def test_exchanged_longitude_and_latitude_are_exchanged_back(tmp_path: Path) -> None:
    source = read_esri_json(
        written(tmp_path, feature_set(*(feature(n, 45.8, -111.3) for n in range(5)))), limits=LIMITS
    )
    rows = rows_of(source)
    assert {(row["geometry"].x, row["outcome"], row["reason"]) for row in rows} == {
        (-111.3, "repaired", "axes_swapped")
    }
    assert [notice.code for notice in source.notices()] == [Code.AXES_SWAPPED]


def test_a_table_needs_no_coordinate_system(tmp_path: Path) -> None:
    (row,) = read(tmp_path, {"fields": [], "features": [{"attributes": {"OBJECTID": 1, "A": "b"}}]})
    assert (row["geometry"], row["outcome"], row["reason"]) == (None, "ingested", None)


# --- kinds of files ----------------------------------------------------------------------------------------------


def test_a_feature_collection_of_arcgis_online_has_its_layers(tmp_path: Path) -> None:
    def layer(name: str, *features: Row) -> Row:
        definition = {"name": name, "objectIdField": "OBJECTID", "extent": {"spatialReference": {"wkid": 4326}}}
        return {"layerDefinition": definition, "featureSet": {"features": list(features)}}

    content = {"layers": [layer("Areas", feature(1), feature(2)), layer("Route"), layer("Areas", feature(3))]}
    source = read_esri_json(written(tmp_path, content), limits=LIMITS)
    assert [(row["layer"], row["row"]) for row in rows_of(source)] == [("Areas", 1), ("Areas", 2), ("Areas (2)", 1)]
    assert [layer.name for layer in source.layers()] == ["Areas", "Route", "Areas (2)"]


def test_a_layer_without_a_name_is_called_like_its_file(tmp_path: Path) -> None:
    assert read(tmp_path, feature_set(feature(1)))[0]["layer"] == "areas"


def test_pretty_printing_and_a_byte_order_mark_change_nothing(tmp_path: Path) -> None:
    document = feature_set(feature(1, NOTE='a "quoted" } ] text \\'), feature(2))
    pretty = b"\xef\xbb\xbf" + json.dumps(document, indent=4).encode()
    assert read(tmp_path, pretty) == read(tmp_path, document)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<html><body>{}</body></html>", Code.JSON_BROKEN),
        (b"plain text", Code.FORMAT_UNKNOWN),
        (b"[1, 2]", Code.FORMAT_UNKNOWN),
        (b'{"a": 1}', Code.FORMAT_UNKNOWN),
        (b'{"type": "FeatureCollection", "features": []}', Code.FORMAT_UNKNOWN),
        (b'{"error": {"code": 498, "message": "Invalid token"}}', Code.FORMAT_UNKNOWN),
        (b'{"fields": [1, 2}', Code.JSON_BROKEN),
        (b'{"spatialRef', Code.JSON_BROKEN),
        (b'{"a":' * 100_000, Code.JSON_BROKEN),
        ('{"features": []}'.encode("utf-16"), Code.ENCODING_UNKNOWN),
        (b"", Code.FILE_EMPTY),
        (json.dumps(feature_set(feature(1), spatialReference={"wkid": 999999})), Code.CRS_UNKNOWN),
    ],
)
def test_what_is_no_feature_set_is_refused(tmp_path: Path, content: bytes | str, code: Code) -> None:
    assert refusal(tmp_path, content).code is code


# --- broken features ---------------------------------------------------------------------------------------------


def spoiled(document: dict[str, Any], old: str, new: str) -> str:
    text = json.dumps(document)
    assert old in text
    return text.replace(old, new, 1)


def test_a_broken_feature_costs_only_itself(tmp_path: Path) -> None:
    text = spoiled(feature_set(feature(1), feature(2, A="x"), feature(3)), '"A": "x"', '"A": x')
    rows = read(tmp_path, text)
    assert [(row["row"], row["source_fid"], row["outcome"]) for row in rows] == [
        (1, "1", "ingested"),
        (2, None, "quarantined"),
        (3, "3", "ingested"),
    ]
    assert rows[1]["reason"] == "row_unreadable"


def test_elements_that_are_no_objects_are_counted_and_quarantined(tmp_path: Path) -> None:
    rows = read(tmp_path, feature_set(None, 5, [1, 2], feature(1), {"attributes": [1]}))
    assert [row["outcome"] for row in rows] == ["quarantined"] * 3 + ["ingested", "quarantined"]


def test_a_file_that_ends_early_keeps_its_whole_features(tmp_path: Path) -> None:
    text = json.dumps(feature_set(feature(1), feature(2), feature(3)))
    source = read_esri_json(written(tmp_path, text[: text.index('"OBJECTID": 3') + 5]), limits=LIMITS)
    assert [row["outcome"] for row in rows_of(source)] == ["ingested", "ingested", "quarantined"]
    assert [(notice.code, notice.needs_yes) for notice in source.notices()] == [(Code.JSON_BROKEN, True)]


@pytest.mark.parametrize(
    ("old", "new"),
    [('"A": "x"', '"A": "x'), ('"A": "x"}', '"A": "x"'), ('"A": "x"}', '"A": ["x"}')],
    ids=["a quote is missing", "a brace is missing", "a bracket too many"],
)
def test_features_after_an_unbalanced_one_are_salvaged(tmp_path: Path, old: str, new: str) -> None:
    rows = read(tmp_path, spoiled(feature_set(feature(1), feature(2, A="x"), feature(3), feature(4)), old, new))
    assert [(row["source_fid"], row["outcome"]) for row in rows] == [
        ("1", "ingested"),
        (None, "quarantined"),
        ("3", "ingested"),
        ("4", "ingested"),
    ]


def test_text_in_another_encoding_is_repaired(tmp_path: Path) -> None:
    text = json.dumps(feature_set(feature(1, A="Peña"), feature(2)), ensure_ascii=False).encode("cp1252")
    rows = read(tmp_path, text)
    assert rows[0]["attributes"]["A"] == "Peña"
    assert [(row["outcome"], row["reason"]) for row in rows] == [("repaired", "encoding_unknown"), ("ingested", None)]


def test_bare_nan_is_no_position(tmp_path: Path) -> None:
    (row,) = read(tmp_path, json.dumps(feature_set(feature(1, float("nan"), float("nan"), A=float("nan")))))
    assert (row["geometry"], row["outcome"], row["reason"]) == (None, "ingested", "geometry_empty")
    assert row["attributes"]["A"] is None


def test_attributes_beyond_the_limit_are_quarantined(tmp_path: Path) -> None:
    path = written(tmp_path, feature_set(feature(1, A="x" * 5_000), feature(2)))
    rows = rows_of(read_esri_json(path, limits=Limits(attribute_bytes=1_000)))
    assert [(row["outcome"], row["reason"]) for row in rows] == [("quarantined", "limit_exceeded"), ("ingested", None)]


def test_a_polygon_beyond_the_limit_is_not_even_decoded(tmp_path: Path) -> None:
    ring = {"attributes": {}, "geometry": {"rings": [[[0, n] for n in range(3_000)]]}}
    path = written(tmp_path, feature_set(ring, feature(2)))
    rows = rows_of(read_esri_json(path, limits=Limits(vertices=500)))
    assert [(row["outcome"], row["reason"]) for row in rows] == [
        ("quarantined", "geometry_too_large"),
        ("ingested", None),
    ]


def test_absurd_nesting_inside_a_feature_costs_only_that_feature(tmp_path: Path) -> None:
    text = json.dumps(feature_set("HERE", feature(2))).replace('"HERE"', "[" * 100_000 + "]" * 100_000)
    assert [row["outcome"] for row in read(tmp_path, text)] == ["quarantined", "ingested"]


# --- laws --------------------------------------------------------------------------------------------------------

texts = st.text(st.sampled_from('ab"\\{}[],: \né'), max_size=8)
values = st.recursive(
    st.none() | st.integers(-9, 9) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
)


@given(
    st.lists(values, max_size=6),
    st.sampled_from([None, 2]),
    st.integers(1, 40),
    st.dictionaries(texts, values, max_size=2),
)
def test_the_scan_counts_what_the_json_module_decodes(
    elements: list[Any], indent: int | None, block_bytes: int, others: dict[str, Any]
) -> None:
    others.pop("features", None)
    text = json.dumps({**others, "features": elements}, indent=indent, ensure_ascii=False).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(esri_scan, "BLOCK_BYTES", block_bytes)
        outline = esri_scan.scan(io.BytesIO(text), "x")
    (array,) = outline.arrays
    assert [json.loads(text[a:b]) for a, b in zip(array.starts, array.ends, strict=True)] == elements
    assert json.loads(outline.envelope) == {**others, "features": [0]}
    assert (array.is_whole, outline.fault) == (True, None)


@given(st.data())
def test_whatever_happens_to_a_file_every_feature_is_accounted_for(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    text = json.dumps(feature_set(*(feature(n, A='}{"') for n in range(4)))).encode()
    place = data.draw(st.integers(text.index(b'"features"') + 13, len(text) - 1))
    damage = data.draw(st.sampled_from([b"", b'"', b"{", b"}", b"]", b"[", b"\\", b",", b"\xff", b"\x00"]))
    removed = data.draw(st.integers(0, 40))
    spoilt = text[:place] + damage + text[place + removed :]
    rows = read(tmp_path_factory.mktemp("spoilt"), spoilt)  # asserts that rows and counts agree
    whole = [row for row in rows if row["outcome"] == "ingested" and row["source_fid"]]
    assert len(whole) >= spoilt[:place].count(b'"geometry"') - 1


# --- real files --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "crs"),
    [
        ("esripolygon", "EPSG:4326"),
        ("esripolygonempty", "EPSG:4326"),
        ("esrizpoint", None),
        ("esriinvalidhaszmultipoint", None),
    ],
)
def test_gdal_samples_read_as_gdal_reads_them(name: str, crs: str | None) -> None:
    path = reference_data(f"esri_samples/{name}.json")
    (row,) = rows_of(read_esri_json(path, limits=LIMITS, crs=crs))
    _, _, (wkb,), _ = gdal_read(path, force_2d=True)
    expected = shapely.from_wkb(wkb) if wkb is not None else None
    if expected is None or expected.is_empty:
        assert row["geometry"] is None
    else:
        assert row["geometry"].equals(expected)


def test_the_samples_without_a_coordinate_system_are_refused_unless_one_is_given() -> None:
    with pytest.raises(InputRefused) as caught:
        read_esri_json(reference_data("esri_samples/esripolygon.json"), limits=LIMITS)
    assert caught.value.code is Code.CRS_MISSING


def areas_of_kmz(path: Path) -> list[shapely.Geometry]:
    """Read the plan's polygons straight from the KML's text, for comparison only."""
    root = etree.fromstring(zipfile.ZipFile(path).read("doc.kml"))
    kml = {"k": "http://www.opengis.net/kml/2.2"}

    def ring(node: Any) -> list[tuple[float, ...]]:
        return [tuple(map(float, pair.split(",")[:2])) for pair in node.findtext(".//k:coordinates", "", kml).split()]

    areas = []
    for placemark in root.iterfind(".//k:Placemark", kml):
        polygons = [
            shapely.Polygon(
                ring(polygon.find("k:outerBoundaryIs", kml)),
                [ring(n) for n in polygon.iterfind("k:innerBoundaryIs", kml)],
            )
            for polygon in placemark.iterfind(".//k:Polygon", kml)
        ]
        if polygons:
            areas.append(shapely.MultiPolygon(polygons))
    return areas


def test_the_plan_of_manhattan_covers_what_its_kmz_covers() -> None:
    rows = rows_of(read_esri_json(reference_data("manhattan_mt/plan/manhattan_mt_ftth_plan.esri.json"), limits=LIMITS))
    areas = areas_of_kmz(reference_data("manhattan_mt/plan/manhattan_mt_ftth_plan.kmz"))
    assert (len(rows), len(areas)) == (21, 21)
    for row, area in zip(rows, areas, strict=True):
        assert shapely.hausdorff_distance(row["geometry"].boundary, area.boundary) < 1e-6
        assert row["geometry"].area == pytest.approx(area.area, rel=1e-4)
        assert len(shapely.get_parts(row["geometry"])) == len(area.geoms)
    assert [row["attributes"]["STATUS"] for row in rows] == ["Build"] * 10 + ["Pre-build"] * 11
    assert {row["attributes"]["READY_DATE"][:7] for row in rows} == {"2025-10", "2026-03", "2026-12", "2027-09"}
    assert np.sum([sum(len(part.interiors) for part in shapely.get_parts(row["geometry"])) for row in rows]) == 1
