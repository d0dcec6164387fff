"""Areas that share ground, and areas too small to be meant."""

from __future__ import annotations

import geopandas
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from fibermap.spatial.metres import area_m2
from fibermap.spatial.overlaps import overlaps, slivers
from tests.reference import reference_data


def block(west, south, width=0.01, height=0.01):
    return shapely.box(-111 + west, 45 + south, -111 + west + width, 45 + south + height)


def test_shared_ground_is_reported_once_with_its_size():
    found = overlaps([block(0, 0), block(0.005, 0), block(0.5, 0.5)])
    assert [(overlap.first, overlap.second) for overlap in found] == [(0, 1)]
    assert found[0].area_m2 == pytest.approx(area_m2(block(0.005, 0, width=0.005))[0], rel=1e-9)


def test_neighbours_that_only_touch_share_nothing():
    assert overlaps([block(0, 0), block(0.01, 0), block(0.01, 0.01)]) == []


def test_only_areas_of_different_status_are_in_conflict():
    areas = [block(0, 0), block(0.005, 0), block(0.006, 0)]
    found = overlaps(areas, labels=["build", "build", "pre-build"])
    assert [(overlap.first, overlap.second) for overlap in found] == [(0, 2), (1, 2)]


def test_missing_empty_broken_and_other_kinds_are_no_obstacle():
    bow_tie = shapely.Polygon([(-111, 45), (-110.99, 45.01), (-110.99, 45), (-111, 45.01)])
    areas = [None, shapely.Polygon(), shapely.LineString([(-111, 45), (-110, 46)]), bow_tie, block(0, 0)]
    found = overlaps(areas, labels=[None, None, "a", "a", "b"])
    assert [(overlap.first, overlap.second) for overlap in found] == [(3, 4)]
    assert overlaps([]) == []


corners = st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(1, 5), st.integers(1, 5))


@given(st.lists(corners, max_size=12))
def test_overlaps_are_those_of_comparing_every_pair(boxes):
    areas = [block(x / 100, y / 100, width / 100, height / 100) for x, y, width, height in boxes]
    expected = [
        (one, other)
        for one in range(len(areas))
        for other in range(one + 1, len(areas))
        if areas[one].intersection(areas[other]).area > 1e-9
    ]
    assert [(overlap.first, overlap.second) for overlap in overlaps(areas)] == expected


def test_slivers_are_small_but_not_nothing():
    areas = [block(0, 0), block(0, 0, width=1e-5, height=1e-5), None, shapely.Polygon(), shapely.Point(0, 0)]
    assert slivers(areas, sliver_m2=25).tolist() == [1]


def test_real_subdivisions_overlap_as_plain_shapely_says():
    areas = geopandas.read_file(reference_data("manhattan_mt/subdivisions.geojson")).geometry
    valid = areas[areas.is_valid & areas.notna()].reset_index(drop=True)
    found = {(overlap.first, overlap.second) for overlap in overlaps(valid.to_numpy()) if overlap.area_m2 > 1}
    pairs = geopandas.overlay(
        geopandas.GeoDataFrame({"one": valid.index}, geometry=valid),
        geopandas.GeoDataFrame({"other": valid.index}, geometry=valid),
        keep_geom_type=True,
    )
    pairs = pairs[(pairs["one"] < pairs["other"]) & (area_m2(pairs.geometry.to_numpy()) > 1)]
    assert found == set(zip(pairs["one"], pairs["other"], strict=True))
