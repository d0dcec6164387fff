"""The pyramid of grids holds every address once at every level, within its budget."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fibermap.maps.cells import CELL_PX, MOST_CELLS, Level, make_levels

CLASSES = 4
degrees = st.tuples(st.floats(-179, 179), st.floats(-80, 80), st.integers(0, CLASSES - 1), st.integers(0, 50))


def levels_of(points: list[tuple[float, float, int, int]]) -> list[Level]:
    lon, lat, codes, units = (np.array(column) for column in zip(*points, strict=True))
    return make_levels(lon.astype(float), lat.astype(float), codes, units, CLASSES)


@given(st.lists(degrees, min_size=1, max_size=60))
def test_every_level_holds_every_address_once(points: list[tuple[float, float, int, int]]) -> None:
    by_class = np.bincount([code for _, _, code, _ in points], minlength=CLASSES)
    for level in levels_of(points):
        assert (level.counts.sum(axis=0) == by_class).all()
        assert level.units.sum() == sum(units for *_, units in points)


@given(st.lists(degrees, min_size=2, max_size=60))
def test_a_finer_level_has_no_fewer_cells(points: list[tuple[float, float, int, int]]) -> None:
    sizes = [len(level.lon) for level in levels_of(points)]
    assert sizes == sorted(sizes)


def test_addresses_of_one_place_are_one_cell_at_its_position() -> None:
    (level, *_) = levels_of([(-111.5, 45.5, 0, 1)] * 9 + [(-111.5, 45.5, 2, 3)])
    assert level.counts.tolist() == [[9, 0, 1, 0]]
    assert level.units.tolist() == [12]
    np.testing.assert_allclose([level.lon[0], level.lat[0]], [-111.5, 45.5])


def test_two_addresses_part_once_a_cell_is_smaller_than_their_distance() -> None:
    apart_deg = 0.01
    levels = levels_of([(-111.5, 45.5, 0, 1), (-111.5 + apart_deg, 45.5, 0, 1), (-111.0, 45.5, 0, 1)])
    parted = next(level.zoom for level in levels if len(level.lon) == 3)
    cell_deg = 360 / (2**parted * 256 / CELL_PX)
    assert cell_deg < 2 * apart_deg


def test_a_city_stays_within_the_budget() -> None:
    random = np.random.default_rng(7)
    lon, lat = random.normal(-111.3, 0.1, 200_000), random.normal(45.8, 0.1, 200_000)
    codes, units = random.integers(0, CLASSES, 200_000), np.ones(200_000, int)
    levels = make_levels(lon, lat, codes, units, CLASSES)
    assert len(levels) > 3
    assert sum(len(level.lon) for level in levels) <= MOST_CELLS


def test_positions_travel_as_differences_of_a_metre() -> None:
    level = Level(12, np.array([-111.3, -111.2]), np.array([45.8, 45.9]), np.ones((2, 4), int), np.ones(2, int))
    sent = level.as_json()
    np.testing.assert_allclose(np.cumsum(sent["x"]) / 1e5, level.lon)
    np.testing.assert_allclose(np.cumsum(sent["y"]) / 1e5, level.lat)
