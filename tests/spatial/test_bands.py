"""Points within their own error of an area's edge."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
import shapely
from pyproj import Geod

from benchmarks.service_areas import make_areas, make_points
from fibermap.spatial.areas import AreaIndex
from fibermap.spatial.bands import EdgeBands
from fibermap.spatial.classify import Engine

_SQUARE = shapely.box(-111.0, 45.0, -110.99, 45.01)
_GEOD = Geod(ellps="WGS84")
ENGINES = pytest.mark.parametrize("engine", get_args(Engine))


def _north_of_square(metres: float) -> tuple[float, float]:
    lon, lat, _ = _GEOD.fwd(-110.995, 45.01, 0.0, metres)
    return lon, lat


@ENGINES
@pytest.mark.parametrize(("off_m", "near"), [(-5.001, False), (-4.999, True), (4.999, True), (5.001, False)])
def test_a_point_is_near_an_edge_up_to_the_width_inside_and_outside(off_m: float, near: bool, engine: Engine) -> None:
    lon, lat = _north_of_square(off_m)

    assert EdgeBands([_SQUARE], 5.0, engine=engine).near([lon], [lat]).tolist() == [near]


@ENGINES
def test_a_point_east_of_an_edge_is_measured_in_metres_not_degrees(engine: Engine) -> None:
    lon, lat, _ = _GEOD.fwd([-110.99] * 2, [45.005] * 2, [90.0] * 2, [4.99, 5.01])

    assert EdgeBands([_SQUARE], 5.0, engine=engine).near(lon, lat).tolist() == [True, False]


@ENGINES
def test_the_edge_of_a_hole_counts(engine: Engine) -> None:
    ring = shapely.Polygon(_SQUARE.exterior, [shapely.box(-110.996, 45.004, -110.994, 45.006).exterior])

    assert EdgeBands([ring], 5.0, engine=engine).near([-110.996], [45.005]).tolist() == [True]


@ENGINES
def test_nothing_is_near_no_area_and_a_point_without_position_is_near_nothing(engine: Engine) -> None:
    assert not EdgeBands([], 5.0, engine=engine).near([-111.0], [45.0]).any()
    assert not EdgeBands([None, shapely.Polygon()], 5.0, engine=engine).near([-111.0], [45.0]).any()
    assert not EdgeBands([_SQUARE], 5.0, engine=engine).near([np.nan, np.inf], [45.0, 45.0]).any()


@ENGINES
@pytest.mark.parametrize("width_m", [0.5, 5.0, 400.0])
def test_the_picture_loses_no_point(width_m: float, engine: Engine) -> None:
    rng = np.random.default_rng(5)
    areas = make_areas(60, rng)
    x, y = make_points(20_000, areas, rng)

    measured_m = AreaIndex(list(areas), np.zeros(len(areas))).edge_distance_m(x, y, within_m=width_m)

    np.testing.assert_array_equal(EdgeBands(areas, width_m, engine=engine).near(x, y), np.isfinite(measured_m))


@ENGINES
def test_areas_far_apart_share_one_picture(engine: Engine) -> None:
    places = [_SQUARE, shapely.box(100.0, -45.0, 100.01, -44.99)]

    found = EdgeBands(places, 5.0, engine=engine).near([-111.0, 100.0, 0.0], [45.005, -44.995, 0.0])

    assert found.tolist() == [True, True, False]
