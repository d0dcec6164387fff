"""Coverage gaps: which addresses belong together, and a polygon around them."""

from __future__ import annotations

import time

import geopandas
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod
from scipy.sparse.csgraph import connected_components

from fibermap.kernel.errors import Code, InputRefused
from fibermap.spatial.clusters import cluster, outline
from tests.reference import reference_data

GEOD = Geod(ellps="WGS84")


def by_brute_force(lon, lat, link_m):
    count = len(lon)
    one, other = (index.ravel() for index in np.meshgrid(np.arange(count), np.arange(count)))
    apart_m = GEOD.inv(lon[one], lat[one], lon[other], lat[other])[2].reshape(count, count)
    return connected_components(apart_m <= link_m, directed=False)[1]


def same_grouping(one, other):
    pairs = set(zip(one.tolist(), other.tolist(), strict=True))
    return len(pairs) == len(set(one.tolist())) == len(set(other.tolist()))


@settings(max_examples=40)
@given(
    st.floats(-180, 180), st.floats(-80, 80), st.integers(2, 120), st.sampled_from([20.0, 150.0, 900.0]),
    st.integers(0, 2**32 - 1),
)  # fmt: skip
def test_groups_are_those_of_comparing_every_pair(lon, lat, count, link_m, seed):
    random = np.random.default_rng(seed)
    azimuth, far_m = random.uniform(0, 360, count), random.uniform(0, 1_000, count)
    lon, lat, _ = GEOD.fwd(np.full(count, lon), np.full(count, lat), azimuth, far_m)
    assert same_grouping(cluster(lon, lat, link_m), by_brute_force(lon, lat, link_m))


def test_the_order_of_points_changes_nothing():
    random = np.random.default_rng(5)
    lon, lat = random.uniform(-111.4, -111.3, 2_000), random.uniform(45.8, 45.9, 2_000)
    order = random.permutation(2_000)
    labels = cluster(lon, lat, 150, minimum=3)
    assert labels.max() > 5
    assert np.array_equal(cluster(lon[order], lat[order], 150, minimum=3), labels[order])


def test_the_largest_group_comes_first_and_small_ones_are_none():
    lon = np.array([-111.3, -111.1, -111.1001, -111.1002, -111.2, -111.2001, np.nan])
    assert cluster(lon, np.full(7, 45.0), 50, minimum=2).tolist() == [-1, 0, 0, 0, 1, 1, -1]


def test_a_chain_holds_together_across_the_antimeridian():
    lon = np.array([179.9990, 179.9997, -179.9996, -179.9989])
    assert cluster(lon, np.zeros(4), 100).tolist() == [0, 0, 0, 0]


def test_no_points_no_groups():
    assert cluster([], [], 150).shape == (0,)
    assert cluster([np.nan], [45.0], 150).tolist() == [-1]


@pytest.mark.parametrize("link_m", [0, -5, np.nan, np.inf])
def test_a_link_that_is_no_distance_is_refused(link_m):
    with pytest.raises(InputRefused) as refused:
        cluster([0.0], [0.0], link_m)
    assert refused.value.code == Code.ARGUMENT_INVALID


def test_a_link_too_small_for_the_spread_is_refused_not_wrong():
    with pytest.raises(InputRefused):
        cluster([-170.0, 10.0, 100.0], [-60.0, 60.0, 0.0], 1e-3)


@pytest.mark.parametrize("spread_deg", [0.0, 1e-4, 0.02, 1.0])
def test_dense_and_sparse_addresses_take_seconds_and_bounded_space(spread_deg):
    random = np.random.default_rng(2)
    lon, lat = -111 + spread_deg * random.random(100_000), 45 + spread_deg * random.random(100_000)
    started = time.perf_counter()
    labels = cluster(lon, lat, 150)
    assert time.perf_counter() - started < 60
    assert labels.min() == 0


@settings(max_examples=60)
@given(
    st.floats(-180, 180), st.floats(-80, 80),
    st.lists(st.tuples(st.integers(-50, 50), st.integers(-50, 50)), min_size=1, max_size=40),
)  # fmt: skip
def test_an_outline_holds_all_its_points(lon, lat, steps):
    lon, lat = np.array([(lon + x / 1e4, lat + y / 1e4) for x, y in steps]).T
    polygon = outline(lon, lat, buffer_m=30)
    assert polygon.geom_type == "Polygon"
    assert polygon.is_valid
    assert not polygon.interiors
    assert shapely.contains_xy(polygon, lon, lat).all()


def test_a_city_is_outlined_at_once_and_still_holds_all_its_points():
    random = np.random.default_rng(4)
    lon, lat = -111 + 0.1 * random.random(200_000), 45 + 0.1 * random.random(200_000) ** 2
    started = time.perf_counter()
    polygon = outline(lon, lat, buffer_m=75)
    assert time.perf_counter() - started < 60
    assert shapely.contains_xy(polygon, lon, lat).all()
    assert shapely.box(-111.002, 44.998, -110.898, 45.102).covers(polygon)


def test_an_outline_of_one_address_is_a_disc_of_that_radius():
    polygon = outline([-111.0], [45.0], buffer_m=40)
    vertices = shapely.get_coordinates(polygon)
    far_m = GEOD.inv(np.full(len(vertices), -111.0), np.full(len(vertices), 45.0), *vertices.T)[2]
    assert far_m == pytest.approx(40, rel=1e-3)


@pytest.mark.parametrize(("lon", "buffer_m"), [([], 30), ([np.nan], 30), ([-111.0], 0)])
def test_an_outline_of_nothing_is_refused(lon, buffer_m):
    with pytest.raises(InputRefused) as refused:
        outline(lon, [45.0] * len(lon), buffer_m)
    assert refused.value.code == Code.ARGUMENT_INVALID


def test_real_addresses_group_as_by_brute_force_and_are_outlined():
    points = geopandas.read_file(reference_data("manhattan_mt/addresses.geojson")).geometry
    points = points[points.notna() & ~points.is_empty][::3]
    lon, lat = points.x.to_numpy(), points.y.to_numpy()
    labels = cluster(lon, lat, 150)
    assert same_grouping(labels, by_brute_force(lon, lat, 150))
    for number in range(5):
        inside = labels == number
        assert shapely.contains_xy(outline(lon[inside], lat[inside], 75), lon[inside], lat[inside]).all()
