"""Coordinate systems as files declare them, and what is suggested where they do not."""

from __future__ import annotations

import contextlib
import time

import geopandas
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS, Transformer

from fibermap.kernel.crs import (
    Axes,
    crs_candidates,
    crs_name,
    guess_crs,
    parse_crs,
    swapped_axes,
    to_lonlat,
    xy_to_lonlat,
)
from fibermap.kernel.errors import Code, InputRefused
from tests.reference import reference_data

MANHATTAN_MT = (-111.4, 45.8, -111.3, 45.9)


def bounds_in(code: str, lonlat_bounds: tuple[float, float, float, float] = MANHATTAN_MT):
    return Transformer.from_crs("EPSG:4326", code, always_xy=True).transform_bounds(*lonlat_bounds)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        (2256, "EPSG:2256"),
        (np.int64(2256), "EPSG:2256"),
        ("2256", "EPSG:2256"),
        (" epsg:2256 ", "EPSG:2256"),
        ("EPSG::2256", "EPSG:2256"),
        ("NAD83 / Montana (ft)", "EPSG:2256"),
        ("urn:ogc:def:crs:EPSG::2256", "EPSG:2256"),
        ("OGC:CRS84", "OGC:CRS84"),
        (102700, "ESRI:102700"),
        ("EPSG:102700", "ESRI:102700"),
        ("ESRI:102700", "ESRI:102700"),
        (102100, "EPSG:3857"),
        ("900913", "EPSG:3857"),
        ("EPSG:102113", "EPSG:3857"),
        ("ESRI:102100", "EPSG:3857"),
        ({"wkid": 102100, "latestWkid": 3857}, "EPSG:3857"),
        ({"wkid": 2256, "latestWkid": 999_999}, "EPSG:2256"),
        ("EPSG:4326+5773", "EPSG:4326"),
        (CRS.from_epsg(2256), "EPSG:2256"),
        (CRS.from_epsg(2256).to_wkt("WKT1_ESRI"), "EPSG:2256"),
        ({"wkt": CRS.from_epsg(2256).to_wkt("WKT1_ESRI")}, "EPSG:2256"),
    ],
)
def test_a_system_is_understood_however_it_is_written(written, name):
    assert crs_name(parse_crs(written)) == name


@pytest.mark.parametrize(
    "written",
    ["no such system", 999_999, 10**40, -1, 1.5, True, [1], "EPSG:5773", "EPSG:4978", 'LOCAL_CS["site grid"]', "\0",
     "x" * 1_000_000, "PROJCS[" * 9_000, '{"a":' * 12_000, "+init=/etc/passwd:x", {"wkid": 999_999}],
)  # fmt: skip
def test_what_is_not_understood_is_refused_with_advice(written):
    with pytest.raises(InputRefused) as refused:
        parse_crs(written)
    assert refused.value.code == Code.CRS_UNKNOWN
    assert "--crs" in refused.value.hint
    assert len(str(refused.value)) < 400


@pytest.mark.parametrize("nothing", [None, "", "  ", {}, {"wkid": None}])
def test_nothing_at_all_is_a_missing_system(nothing):
    with pytest.raises(InputRefused) as refused:
        parse_crs(nothing)
    assert refused.value.code == Code.CRS_MISSING


@settings(max_examples=15)
@given(st.text(max_size=60))
def test_any_text_is_a_system_or_a_refusal(text):
    with contextlib.suppress(InputRefused):
        assert crs_name(parse_crs(text))


def test_geometries_become_longitude_and_latitude():
    square = shapely.box(*MANHATTAN_MT)
    projected = geopandas.GeoSeries([square, None, square.exterior], crs=4326).to_crs(2256)

    lonlat = to_lonlat(projected.to_numpy(), parse_crs(2256))

    assert lonlat[1] is None
    assert [shapely.get_type_id(lonlat[0]), shapely.get_type_id(lonlat[2])] == [3, 2]
    assert np.allclose(shapely.get_coordinates(lonlat[0]), shapely.get_coordinates(square), rtol=0, atol=1e-9)


def test_longitude_and_latitude_stay_bit_for_bit_and_lose_only_their_height():
    line = shapely.LineString([(-111.1, 45.1, 1480.0), (-111.2, 45.2, 1490.0)])
    assert to_lonlat(np.array([line]), parse_crs("EPSG:4326"))[0].wkb == shapely.force_2d(line).wkb


def test_empty_arrays_and_empty_geometries_pass():
    crs = parse_crs(3857)
    assert to_lonlat(np.array([], dtype=object), crs).shape == (0,)
    assert to_lonlat(np.array([shapely.Polygon()]), crs)[0].is_empty


def test_a_vertex_outside_the_projection_becomes_infinite_not_an_exception():
    far = shapely.Polygon([(0, 0), (1e308, 0), (1e308, 1e308)])
    lonlat = to_lonlat(np.array([far]), parse_crs(2256))[0]
    assert np.isinf(shapely.get_coordinates(lonlat)).any()


def test_coordinates_agree_with_pyproj_and_nan_stays_nan():
    x, y = [1.5e6, np.nan, 1e308], [5.8e5, 5.8e5, 0.0]
    lon, lat = xy_to_lonlat(x, y, parse_crs(2256))
    expected = Transformer.from_crs(2256, 4326, always_xy=True).transform(1.5e6, 5.8e5)
    assert (lon[0], lat[0]) == pytest.approx(expected, abs=1e-12)
    assert np.isnan([lon[1], lat[1]]).all()
    assert np.isinf([lon[2], lat[2]]).all()


def test_web_mercator_of_the_county_export_is_the_county():
    towns = geopandas.read_file(reference_data("manhattan_mt/city_boundary.geojson"))
    back = to_lonlat(towns.to_crs(3857).geometry.to_numpy(), parse_crs(102100))
    assert np.allclose(
        shapely.get_coordinates(back), shapely.get_coordinates(shapely.force_2d(towns.geometry.to_numpy())),
        rtol=0, atol=1e-9,
    )  # fmt: skip


def test_degrees_are_suggested_for_degrees():
    assert crs_candidates(MANHATTAN_MT) == ("EPSG:4326",)
    assert "--crs EPSG:4326" in guess_crs(MANHATTAN_MT)


def test_web_mercator_is_suggested_for_negative_metres():
    assert crs_candidates(bounds_in("EPSG:3857"))[0] == "EPSG:3857"


def test_state_plane_feet_are_found_and_narrowed_by_a_state_in_the_path():
    feet = bounds_in("EPSG:2256")
    assert "EPSG:2256" in crs_candidates(feet)
    assert crs_candidates(feet, hint="S:/gis/Montana/plan.shp")[0] == "EPSG:2256"
    assert "NAD83 / Montana (ft)" in guess_crs(feet, hint="S:/gis/Montana/plan.shp")


def test_what_is_known_already_narrows_the_suggestions():
    assert crs_candidates(bounds_in("EPSG:2256"), reference_bounds=MANHATTAN_MT) == ("EPSG:2256",)
    assert crs_candidates(bounds_in("EPSG:26912"), reference_bounds=MANHATTAN_MT) == ("EPSG:26912",)


@pytest.mark.parametrize("bounds", [(np.nan,) * 4, (0.0, 0.0, 1e308, 1e308), (-np.inf, 0.0, np.inf, 1.0)])
def test_senseless_coordinates_still_get_advice(bounds):
    assert crs_candidates(bounds) == ()
    assert "--crs" in guess_crs(bounds)


def test_a_suggestion_takes_no_more_than_a_moment():
    started = time.perf_counter()
    guess_crs(bounds_in("EPSG:2256"))
    assert time.perf_counter() - started < 60


@pytest.mark.parametrize(
    ("lon", "lat"),
    [([-111.4, -111.3], [45.8, 45.9]), ([-75.2, -74.9], [39.9, 40.1]), ([-157.8], [21.3]), ([-149.9], [61.2])],
)
def test_american_coordinates_are_recognised_both_ways_round(lon, lat):
    assert swapped_axes(lon, lat) is Axes.AS_STATED
    assert swapped_axes(lat, lon) is Axes.SWAPPED


def test_what_is_known_already_decides_elsewhere():
    berlin = (13.1, 52.3, 13.8, 52.7)
    assert swapped_axes([13.4], [52.5], berlin) is Axes.AS_STATED
    assert swapped_axes([52.5], [13.4], berlin) is Axes.SWAPPED
    assert swapped_axes([52.5], [13.4]) is Axes.UNCLEAR


def test_no_evidence_and_mixed_evidence_are_unclear():
    assert swapped_axes([], []) is Axes.UNCLEAR
    assert swapped_axes([np.nan, np.inf], [0.0, 0.0]) is Axes.UNCLEAR
    assert swapped_axes([-111.4, 45.8], [45.8, -111.4]) is Axes.UNCLEAR


def test_one_bad_row_in_ten_does_not_hide_the_swap():
    lon, lat = [45.8] * 10 + [0.0], [-111.4] * 10 + [0.0]
    assert swapped_axes(lon, lat) is Axes.SWAPPED
