"""Single lookups against plain shapely, an R-tree of another make, and geodesics."""

from __future__ import annotations

import numpy as np
import pytest
import rtree
import shapely
from pyproj import Geod
from shapely import MultiPolygon, Polygon, box

from fibermap.spatial import AreaIndex, classify_points

ELLIPSOID = Geod(ellps="WGS84")


def town() -> list[shapely.Geometry | None]:
    rng = np.random.default_rng(3)
    corners = rng.uniform((-111.4, 45.6), (-111.2, 45.9), (40, 2))
    return [None, *(shapely.Point(corner).buffer(rng.uniform(0.005, 0.04)) for corner in corners)]


def test_all_areas_that_cover_a_point_come_in_order_of_precedence():
    index = AreaIndex([box(0, 0, 4, 4), None, box(0, 0, 1, 1), box(9, 9, 10, 10), box(0, 0, 2, 2)], [1, 0, 2, 0, 0])
    assert index.covering(0.5, 1).tolist() == [4, 0, 2]
    assert index.covering(8, 8).tolist() == []
    assert index.covering(np.nan, 1).tolist() == []


def test_an_area_of_overlapping_parts_is_named_once():
    assert AreaIndex([MultiPolygon([box(0, 0, 2, 2), box(1, 1, 3, 3)])], [0]).covering(1.5, 1.5).tolist() == [0]


def test_the_first_covering_area_is_the_winner_of_the_bulk_kernel():
    areas, rng = town(), np.random.default_rng(5)
    rank = rng.integers(0, 3, len(areas))
    x, y = rng.uniform((-111.4, 45.6), (-111.2, 45.9), (300, 2)).T
    index = AreaIndex(areas, rank)
    firsts = [next(iter(index.covering(*point)), -1) for point in zip(x, y, strict=True)]
    assert firsts == classify_points(x, y, areas, rank).tolist()


def test_areas_in_a_box_are_those_another_r_tree_finds_and_shapely_confirms():
    areas = town()
    boxes = rtree.index.Index()
    for key, area in enumerate(areas):
        if area is not None:
            boxes.insert(key, area.bounds)
    window = (-111.33, 45.7, -111.3, 45.75)
    expected = sorted(key for key in boxes.intersection(window) if areas[key].intersects(box(*window)))
    assert expected
    assert AreaIndex(areas, [0] * len(areas)).in_box(*window).tolist() == expected


@pytest.mark.parametrize("lat", [0.0, 45.86, -33.0, 71.0])
def test_distance_to_an_edge_agrees_with_the_geodesic(lat):
    west, _, _ = ELLIPSOID.fwd(-111.0, lat, 300, 250.0)
    index = AreaIndex([box(west - 1, lat - 1, west, lat + 1)], [0])
    _, _, expected_m = ELLIPSOID.inv(-111.0, lat, west, lat)
    assert index.edge_distance_m([-111.0], [lat], within_m=500)[0] == pytest.approx(expected_m, rel=1e-3)


def test_distance_is_measured_from_inside_and_to_the_edge_of_a_hole():
    ring = Polygon(box(0, 0, 1, 1).exterior, [box(0.5, 0.5, 0.6, 0.6).exterior])
    _, _, expected_m = ELLIPSOID.inv(0.499, 0.55, 0.5, 0.55)
    assert AreaIndex([ring], [0]).edge_distance_m([0.499], [0.55], within_m=1000)[0] == pytest.approx(
        expected_m, rel=1e-3
    )


def test_a_point_on_an_edge_is_at_no_distance_and_far_points_are_infinitely_far():
    index = AreaIndex([box(0, 0, 1, 1), None], [0, 0])
    lon, lat = [1.0, 0.5, 7.0, np.nan, np.inf], [0.5, 0.5, 7.0, 0.5, 0.5]
    assert index.edge_distance_m(lon, lat, within_m=100).tolist() == [0, np.inf, np.inf, np.inf, np.inf]


def test_without_areas_nothing_covers_and_nothing_is_near():
    index = AreaIndex([], [])
    assert index.covering(0, 0).tolist() == []
    assert index.in_box(-180, -90, 180, 90).tolist() == []
    assert index.edge_distance_m([0.0], [0.0], within_m=1e6).tolist() == [np.inf]
