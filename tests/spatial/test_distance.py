"""Nearest terminals and routes, against the geodesic of pyproj and against trying every target."""

from __future__ import annotations

import itertools

import geopandas
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from fibermap.kernel.errors import Code, InputRefused
from fibermap.spatial.distance import PointIndex, drop_line, nearest_points, within_drop
from fibermap.spatial.metres import (
    Plane,
    area_m2,
    few_distances_m,
    ground_distance_m,
    length_m,
    metres_per_degree,
    metres_per_degree_at,
)
from fibermap.spatial.routes import LineIndex, nearest_lines
from tests.reference import reference_data

GEOD = Geod(ellps="WGS84")
A_MILLIMETRE = 1e-3
latitudes = st.floats(-85, 85)
longitudes = st.one_of(st.floats(-180, 180), st.floats(179.99, 180), st.floats(-180, -179.99))
azimuths = st.floats(0, 360)


def around(lon, lat, count, reach_m, seed=0):
    """Scatter points within ``reach_m`` of a place, by the geodesic."""
    random = np.random.default_rng(seed)
    places = np.full(count, lon), np.full(count, lat)
    there_lon, there_lat, _ = GEOD.fwd(*places, random.uniform(0, 360, count), random.uniform(0, reach_m, count))
    return there_lon, there_lat


def geodesic_m(lon, lat, other_lon, other_lat):
    return GEOD.inv(lon, lat, other_lon, other_lat)[2]


@given(longitudes, latitudes, azimuths, st.floats(0, 500))
def test_a_drop_is_as_long_as_the_geodesic(lon, lat, azimuth, drop_m):
    there_lon, there_lat, _ = GEOD.fwd(lon, lat, azimuth, drop_m)
    assert abs(ground_distance_m(lon, lat, there_lon, there_lat) - drop_m) < 1e-7


@given(longitudes, latitudes, azimuths, st.floats(500, 50_000))
def test_farther_than_a_drop_it_still_holds_to_a_millimetre(lon, lat, azimuth, far_m):
    there_lon, there_lat, _ = GEOD.fwd(lon, lat, azimuth, far_m)
    assert abs(ground_distance_m(lon, lat, there_lon, there_lat) - far_m) < A_MILLIMETRE


@given(
    st.floats(-179, 179),
    st.floats(-85, 85),
    st.lists(st.tuples(st.floats(-0.05, 0.05), st.floats(-0.05, 0.05))).map(tuple),
)
def test_a_few_distances_are_those_of_arrays(lon, lat, apart):
    others = [(lon + east, lat + north) for east, north in apart]
    lons, lats = np.array([each[0] for each in others]), np.array([each[1] for each in others])
    assert few_distances_m(lon, lat, others) == pytest.approx(ground_distance_m(lon, lat, lons, lats), abs=1e-7)


@given(
    st.floats(-179, 179),
    st.floats(-80, 80),
    st.lists(st.tuples(st.floats(-1, 1), st.floats(-1, 1)), min_size=1).map(tuple),
)
def test_distances_on_a_plane_are_those_on_the_ground_within_a_kilometre(lon, lat, apart_km):
    east_m, north_m = (float(scale) for scale in metres_per_degree(lat))
    offsets = [(east * 700 / east_m, north * 700 / north_m) for east, north in apart_km]
    lons, lats = lon + np.array([each[0] for each in offsets]), lat + np.array([each[1] for each in offsets])
    assert Plane.at(lat).distances_m(offsets) == pytest.approx(ground_distance_m(lon, lat, lons, lats), abs=1e-4)


@settings(max_examples=40)
@given(longitudes, latitudes, st.integers(0, 2**32 - 1), st.sampled_from([50.0, 500.0, 20_000.0]))
def test_the_nearest_terminal_is_the_one_that_trying_all_finds(lon, lat, seed, reach_m):
    lon, lat = around(lon, lat, 60, reach_m, seed)
    terminals = around(lon[0], lat[0], 40, reach_m, seed + 1)

    target, distance_m = nearest_points(lon, lat, *terminals)

    every_m = np.array([geodesic_m(np.full(40, x), np.full(40, y), *terminals) for x, y in zip(lon, lat, strict=True)])
    assert np.abs(distance_m - every_m.min(axis=1)).max() < 1e-6
    assert np.array_equal(target, every_m.argmin(axis=1))


def test_equally_far_terminals_give_the_lowest_index():
    west, east, south = (-111.001, 45.0), (-110.999, 45.0), (-111.0, 44.999)
    lon, lat = zip(east, west, east, west, south, strict=True)
    assert nearest_points([-111.0], [45.0], lon[:4], lat[:4]).target == [0]
    assert nearest_points([-111.0], [45.0], lon[1:4], lat[1:4]).target == [0]
    assert nearest_points([-111.0, -110.999], [45.0, 45.0], lon[::-1], lat[::-1]).target.tolist() == [1, 2]


def test_the_order_of_terminals_changes_the_index_and_nothing_else():
    lon, lat = around(-111.3, 45.85, 300, 2_000, seed=1)
    terminals = np.column_stack(around(-111.3, 45.85, 50, 2_000, seed=2))
    order = np.random.default_rng(3).permutation(50)
    one, other = nearest_points(lon, lat, *terminals.T), nearest_points(lon, lat, *terminals[order].T)
    assert np.array_equal(order[other.target], one.target)
    assert np.array_equal(other.distance_m, one.distance_m)


@pytest.mark.parametrize(("lon", "lat"), [(np.nan, 45), (-111, np.nan), (np.inf, 45), (-111, 90.5), (1e308, 1e308)])
def test_no_usable_position_has_no_nearest(lon, lat):
    target, distance_m = nearest_points([lon, -111.0], [lat, 45.0], [-111.0], [45.0])
    assert target.tolist() == [-1, 0]
    assert np.isnan(distance_m[0])
    assert distance_m[1] == 0


def test_a_terminal_without_a_position_is_never_nearest_and_keeps_its_number():
    target, _ = nearest_points([-111.0], [45.0], [np.nan, -111.1, -111.001], [45.0, 45.0, 45.0])
    assert target == [2]


@pytest.mark.parametrize("terminals", [([], []), ([np.nan], [np.nan])])
def test_without_terminals_nothing_is_nearest(terminals):
    target, distance_m = nearest_points([-111.0], [45.0], *terminals)
    assert target == [-1]
    assert np.isnan(distance_m)


def test_no_addresses_no_answers():
    assert nearest_points([], [], [-111.0], [45.0]).target.shape == (0,)
    assert nearest_lines([], [], [shapely.LineString([(0, 0), (1, 1)])]).line.shape == (0,)


@given(longitudes, latitudes, azimuths, st.floats(1, 500))
def test_no_address_changes_sides_of_the_limit(lon, lat, azimuth, limit_m):
    inside = GEOD.fwd(lon, lat, azimuth, limit_m - A_MILLIMETRE)
    outside = GEOD.fwd(lon, lat, azimuth, limit_m + A_MILLIMETRE)
    assert within_drop([lon], [lat], [inside[0]], [inside[1]], limit_m).all()
    assert not within_drop([lon], [lat], [outside[0]], [outside[1]], limit_m).any()


def test_the_limit_bounds_the_search():
    index = PointIndex([-111.0, -110.0], [45.0, 45.0])
    assert index.nearest([-111.0, -110.5], [45.0, 45.0], limit_m=100).target.tolist() == [0, -1]
    assert index.nearest([-111.0], [45.0], limit_m=0).target.tolist() == [0]


@pytest.mark.parametrize("limit_m", [-1.0, np.nan])
def test_a_limit_that_is_no_distance_is_refused(limit_m):
    with pytest.raises(InputRefused) as refused:
        nearest_points([0.0], [0.0], [0.0], [0.0], limit_m)
    assert refused.value.code == Code.ARGUMENT_INVALID


def test_a_drop_is_drawn_from_the_address_to_its_terminal():
    lines = drop_line([-111.0, np.nan, 179.9], [45.0, 45.0, 0.0], [-111.1, 0.0, -179.9], [45.1, 0.0, 0.0])
    assert lines[0].wkt == "LINESTRING (-111 45, -111.1 45.1)"
    assert lines[1] is None
    assert lines[2].length == pytest.approx(0.2)


# Routes


def densified_distance_m(lon, lat, line):
    """Measure to every decimetre of a line by the geodesic."""
    vertices = shapely.get_coordinates(line)
    share = np.linspace(0, 1, 20_001)[:, None]
    stretches = [start + share * (end - start) for start, end in itertools.pairwise(vertices)]
    steps = np.concatenate(stretches)
    return geodesic_m(np.full(len(steps), lon), np.full(len(steps), lat), *steps.T).min()


@settings(max_examples=12)
@given(st.floats(-180, 180), latitudes, st.integers(0, 2**32 - 1), st.sampled_from([60.0, 500.0, 2_000.0]))
def test_the_nearest_route_is_the_one_that_trying_all_finds(lon, lat, seed, reach_m):
    lon = float(np.clip(lon, -178, 178))
    vertices = np.column_stack(around(lon, lat, 12, reach_m, seed))
    lines = [shapely.LineString(vertices[first : first + 3]) for first in range(0, 12, 3)]
    address = around(lon, lat, 3, reach_m, seed + 1)

    line, distance_m, foot_lon, foot_lat = nearest_lines(*address, lines)

    for row, (x, y) in enumerate(zip(*address, strict=True)):
        every_m = [densified_distance_m(x, y, candidate) for candidate in lines]
        assert abs(distance_m[row] - min(every_m)) < 0.01  # the densified oracle is itself coarse, never too short
        assert distance_m[row] < min(every_m) + A_MILLIMETRE
        assert every_m[line[row]] < min(every_m) + 0.01
        assert abs(geodesic_m(x, y, foot_lon[row], foot_lat[row]) - distance_m[row]) < 1e-6
        assert shapely.distance(shapely.Point(foot_lon[row], foot_lat[row]), lines[line[row]]) < 1e-9


@given(longitudes, latitudes, st.floats(1, 500))
def test_the_foot_of_a_meridian_is_due_east_or_west(lon, lat, drop_m):
    """The geodesic that leaves a meridian at a right angle gives the distance to it, in closed form."""
    route = shapely.LineString([(lon, max(lat - 0.05, -89)), (lon, min(lat + 0.05, 89))])
    there_lon, there_lat, _ = GEOD.fwd(lon, lat, 90, drop_m)
    _, distance_m, _, foot_lat = nearest_lines([there_lon], [there_lat], [route])
    assert abs(distance_m[0] - drop_m) < A_MILLIMETRE / 10
    assert abs(foot_lat[0] - lat) < 1e-6 * (1 + abs(np.tan(np.radians(lat))))


def test_routes_that_share_a_vertex_give_the_lowest_index():
    hub, address = (-111.0, 45.0), (-111.001, 45.0)
    spokes = [shapely.LineString([hub, (-110.9, 45.0 + tilt)]) for tilt in (0.03, -0.03, 0.0)]
    for order in ([0, 1, 2], [2, 1, 0], [1, 2, 0]):
        assert nearest_lines([address[0]], [address[1]], [spokes[i] for i in order]).line == [0]


def test_a_route_across_the_antimeridian_goes_the_short_way():
    route = shapely.LineString([(179.99, 10.0), (-179.99, 10.0)])
    line, distance_m, foot_lon, _ = nearest_lines([-179.999, 179.999, 0.0], [10.001] * 3, [route], 1_000)
    assert line.tolist() == [0, 0, -1]
    assert distance_m[:2] == pytest.approx(geodesic_m([0.0], [10.0], [0.0], [10.001])[0], abs=1e-3)
    assert np.all(np.abs(foot_lon[:2]) <= 180)


def test_only_lines_are_routes():
    shapes = [
        None, shapely.LineString(), shapely.Point(-111.0, 45.0), shapely.box(-111.1, 44.9, -110.9, 45.1),
        shapely.linestrings([(np.inf, 45.0), (-111.0, 45.0)]),
        shapely.MultiLineString([[(-112, 45), (-112, 46)], [(-111.001, 44), (-111.001, 46)]]),
    ]  # fmt: skip
    assert nearest_lines([-111.0, np.nan], [45.0, 45.0], shapes).line.tolist() == [5, -1]
    assert nearest_lines([-111.0], [45.0], shapes[:5]).line.tolist() == [-1]


def test_a_route_around_the_world_is_searched_in_bounded_space():
    world = [shapely.LineString([(-180 + i, lat) for i in range(0, 361, 90)]) for lat in np.linspace(-60, 60, 40)]
    index = LineIndex(world)
    line, distance_m, *_ = index.nearest([10.0], [0.1])
    assert line == [world.index(min(world, key=lambda route: abs(route.coords[0][1] - 0.1)))]
    assert distance_m[0] > 0


def test_real_hydrants_and_roads_agree_with_the_geodesic():
    addresses = geopandas.read_file(reference_data("manhattan_mt/addresses.geojson")).geometry
    hydrants = geopandas.read_file(reference_data("manhattan_mt/hydrants.geojson")).geometry
    roads = geopandas.read_file(reference_data("manhattan_mt/roads.geojson")).geometry
    addresses = addresses[~addresses.is_empty & addresses.notna()][::25]

    target, distance_m = nearest_points(addresses.x, addresses.y, hydrants.x, hydrants.y)
    route_m = nearest_lines(addresses.x, addresses.y, roads.to_numpy()).distance_m

    every_m = np.array(
        [
            geodesic_m(np.full(len(hydrants), p.x), np.full(len(hydrants), p.y), hydrants.x, hydrants.y)
            for p in addresses
        ]
    )
    assert np.abs(distance_m - every_m.min(axis=1)).max() < 1e-6
    assert np.abs(every_m[np.arange(len(target)), target] - every_m.min(axis=1)).max() < 2e-6
    projected = roads.to_crs(6514)
    expected_m = [projected.distance(point).min() for point in addresses.to_crs(6514)]
    assert np.allclose(route_m, expected_m, rtol=1e-3, atol=1e-3)  # the grid's scale here is within 0.1 %


# Areas and lengths


@given(st.floats(-179, 178), st.floats(-84, 84), st.floats(1e-6, 0.1), st.floats(1e-6, 0.1))
def test_an_area_is_that_of_the_finely_drawn_geodesic_polygon(lon, lat, width, height):
    square = shapely.box(lon, lat, lon + width, lat + height)
    expected_m2 = abs(GEOD.geometry_area_perimeter(shapely.segmentize(square, max(width, height) / 64))[0])
    assert area_m2(square)[0] == pytest.approx(expected_m2, rel=1e-6, abs=1e-3)


def test_holes_are_subtracted_and_other_kinds_have_no_area():
    whole, hole = shapely.box(0, 45, 1, 46), shapely.box(0.2, 45.2, 0.4, 45.4)
    holed = shapely.Polygon(whole.exterior, [hole.exterior])
    mixed = shapely.GeometryCollection([holed, shapely.Point(0, 0), shapely.MultiPolygon([whole])])
    areas = area_m2([whole, hole, holed, mixed, None, shapely.Point(0, 0), shapely.Polygon()])
    assert areas[2] == pytest.approx(areas[0] - areas[1], rel=1e-12)
    assert areas[3] == pytest.approx(areas[2] + areas[0], rel=1e-12)
    assert areas[4:].tolist() == [0, 0, 0]


def test_lengths_add_up_along_lines_and_outlines():
    line = shapely.LineString([(-111, 45), (-111.01, 45), (-111.01, 45.01)])
    square = shapely.box(-111, 45, -110.99, 45.01)
    lengths = length_m([line, square, shapely.MultiLineString([line, line]), None, shapely.Point(0, 0)])
    assert lengths[0] == pytest.approx(GEOD.geometry_length(line), abs=1e-6)
    assert lengths[1] == pytest.approx(GEOD.geometry_length(square.exterior), abs=1e-6)
    assert lengths[2:].tolist() == [pytest.approx(2 * lengths[0]), 0, 0]


@pytest.mark.parametrize("lat", [-89.0, -45.5, 0.0, 12.25, 60.0, 89.0])
def test_a_degree_is_as_long_at_one_latitude_as_at_many(lat: float) -> None:
    assert metres_per_degree_at(lat) == pytest.approx([float(each) for each in metres_per_degree(lat)], rel=1e-12)
