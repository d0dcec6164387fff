"""Every answer is that of plain GEOS: for random areas, valid or not, and for points chosen to be awkward."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import MultiPolygon, Polygon

from fibermap.spatial import AreaCover
from tests.spatial.geos_oracle import winner_by_geos

AWKWARD = [0.0, -0.0, 1e-320, 5e-324, 1e-16, 0.1, 0.2, 0.30000000000000004, 1 / 3, 180.0, -180.0, 90.0, 1e9, 1e308]

whole = st.integers(-4, 4).map(float)
real = st.floats(-200, 200, width=32).map(float)
awkward = st.sampled_from(AWKWARD) | st.floats(allow_nan=False, allow_infinity=False)
montana = st.integers(0, 2**20).map(lambda step: -111.3 + step * 2**-46)


def polygons(number: st.SearchStrategy[float]) -> st.SearchStrategy[Polygon]:
    """Raw rings: crossing themselves, doubling back, repeating vertices; holes anywhere."""
    ring = st.lists(st.tuples(number, number), min_size=3, max_size=8)
    return st.builds(Polygon, ring, st.lists(ring, max_size=3))


def areas(number: st.SearchStrategy[float]) -> st.SearchStrategy[list[shapely.Geometry | None]]:
    one = polygons(number)
    return st.lists(one | st.lists(one, max_size=3).map(MultiPolygon) | st.none(), min_size=1, max_size=6)


def awkward_points(given_areas, extra) -> tuple[np.ndarray, np.ndarray]:
    """Return vertices, middles and thirds of edges, the floats next to them, and what hypothesis thought of."""
    vertices = shapely.get_coordinates([area for area in given_areas if area is not None])
    following = np.roll(vertices, -1, axis=0)
    with np.errstate(over="ignore", invalid="ignore"):
        middles, thirds = vertices / 2 + following / 2, vertices + (following - vertices) / 3
        beside = np.nextafter(middles, np.inf)
        points = np.concatenate([vertices, middles, thirds, beside, np.array(extra).reshape(-1, 2)])
    return points[:, 0], points[:, 1]


def check_both_engines(given_areas, rank, extra) -> None:
    pytest.importorskip("numba")
    x, y = awkward_points(given_areas, extra)
    expected = winner_by_geos(x, y, given_areas, rank)
    assert AreaCover(given_areas, rank, engine="tree").classify(x, y).tolist() == expected
    assert AreaCover(given_areas, rank, engine="cells").classify(x, y).tolist() == expected


@pytest.mark.parametrize("number", [whole, real, montana], ids=["whole", "real", "montana"])
def test_both_engines_answer_as_geos(number):
    @settings(max_examples=80)
    @given(data=st.data())
    def check(data):
        chosen = data.draw(areas(number))
        rank = data.draw(st.lists(st.integers(0, 2), min_size=len(chosen), max_size=len(chosen)))
        check_both_engines(chosen, rank, data.draw(st.lists(st.tuples(number, number), max_size=20)))

    check()


@settings(max_examples=80)
@given(chosen=areas(awkward), extra=st.lists(st.tuples(awkward, awkward), max_size=10))
def test_floats_of_every_size_are_answered_as_geos(chosen, extra):
    check_both_engines(chosen, [0] * len(chosen), extra)


@pytest.mark.slow
@settings(max_examples=3_000)
@given(chosen=areas(whole), extra=st.lists(st.tuples(whole, whole), max_size=10))
def test_many_more_invalid_areas(chosen, extra):
    check_both_engines(chosen, [0] * len(chosen), extra)


def test_a_crowd_of_ragged_areas_and_points_on_their_edges_is_answered_as_geos():
    pytest.importorskip("numba")
    rng = np.random.default_rng(7)
    crowd = [_ragged(rng) for _ in range(300)]
    rank = rng.integers(0, 3, len(crowd)).tolist()
    scattered = rng.uniform((-111.6, 45.4), (-110.4, 46.6), (30_000, 2))
    x, y = awkward_points(crowd, scattered)
    best = np.array(sorted(range(len(crowd)), key=lambda area: (rank[area], area)))
    place = np.argsort(best)
    point, area = shapely.STRtree(crowd).query(shapely.points(x, y))
    hit = shapely.intersects(np.array(crowd)[area], shapely.points(x[point], y[point]))
    expected = np.full(len(x), len(crowd))
    np.minimum.at(expected, point[hit], place[area[hit]])
    for engine in ("tree", "cells"):
        assert np.array_equal(AreaCover(crowd, rank, engine=engine).classify(x, y), np.append(best, -1)[expected]), (
            engine
        )


def _ragged(rng: np.random.Generator) -> Polygon:
    angle = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(5, 120)))
    reach = np.exp(rng.uniform(-7, -2)) * rng.uniform(0.4, 1.2, len(angle))
    centre = rng.uniform((-111.5, 45.5), (-110.5, 46.5))
    return Polygon(centre + np.column_stack([reach * np.cos(angle), reach * np.sin(angle)]))
