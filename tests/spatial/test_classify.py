"""What classification promises, one example each, on both engines."""

from __future__ import annotations

import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow as pa
import pytest
import shapely
from shapely import LineString, MultiPolygon, Point, Polygon, box

from fibermap.kernel.errors import Code, InputRefused
from fibermap.spatial import AreaCover, classify, classify_points, classify_table
from fibermap.spatial.classify import Engine

EVERYWHERE = box(-1e6, -1e6, 1e6, 1e6)


@pytest.fixture(params=["tree", "cells"])
def engine(request: pytest.FixtureRequest) -> Engine:
    if request.param == "cells":
        pytest.importorskip("numba")
    return request.param


def answers(engine: Engine, points, areas, rank=None) -> list[int]:
    x, y = np.array(points, dtype=float).reshape(-1, 2).T
    return AreaCover(areas, [0] * len(areas) if rank is None else rank, engine=engine).classify(x, y).tolist()


def test_a_point_gets_the_index_of_its_area_and_others_get_minus_one(engine):
    assert answers(engine, [(0.5, 0.5), (5.5, 5.5), (3, 3)], [box(0, 0, 1, 1), box(5, 5, 6, 6)]) == [0, 1, -1]


def test_the_best_rank_wins_and_among_equals_the_lowest_index(engine):
    overlapping = [box(0, 0, 2, 2)] * 4
    assert answers(engine, [(1, 1)], overlapping, [2, 1, 0, 0]) == [2]
    assert answers(engine, [(1, 1)], overlapping, [7, 7, 7, 7]) == [0]
    assert answers(engine, [(1, 1)], overlapping, [0.5, -1.0, 0, 3]) == [1]


@pytest.mark.parametrize("point", [(0, 0), (1, 0.5), (0.25, 0), (0.5, 1), (1, 1)])
def test_boundary_and_vertices_are_inside(engine, point):
    assert answers(engine, [point], [box(0, 0, 1, 1)]) == [0]


def test_a_hole_is_outside_but_its_edge_is_inside(engine):
    ring = Polygon(box(0, 0, 10, 10).exterior, [box(2, 2, 4, 4).exterior])
    assert answers(engine, [(1, 1), (3, 3), (2, 3), (4, 4), (5, 3)], [ring]) == [0, -1, 0, 0, 0]


def test_an_area_in_the_hole_of_a_better_one_shows_through(engine):
    ring = Polygon(box(0, 0, 10, 10).exterior, [box(2, 2, 4, 4).exterior])
    assert answers(engine, [(3, 3), (1, 1)], [EVERYWHERE, ring], [1, 0]) == [0, 1]


def test_overlapping_parts_of_one_area_do_not_cancel_out(engine):
    both = MultiPolygon([box(0, 0, 4, 4), box(2, 2, 6, 6)])
    assert answers(engine, [(3, 3), (1, 1), (5, 5), (5, 1)], [both]) == [0, 0, 0, -1]


def test_the_crossed_lobes_of_a_bow_tie_are_inside_and_its_doubly_wound_middle_is_not(engine):
    star = Polygon([(0, 3), (6, 3), (1, 0), (3, 5), (5, 0)])
    assert answers(engine, [(3, 2), (3, 4), (0.5, 2.9)], [star]) == [-1, 0, 0]


def test_nan_and_infinity_have_no_area(engine):
    points = [(np.nan, 0), (0, np.nan), (np.inf, 0), (0, -np.inf), (1e308, 1e308), (-1e308, 0)]
    assert answers(engine, points, [EVERYWHERE]) == [-1] * 6


def test_none_empty_and_lines_are_no_area(engine):
    areas = [None, Polygon(), LineString([(0, 0), (1, 1)]), Point(0, 0), MultiPolygon(), box(0, 0, 1, 1)]
    assert answers(engine, [(0, 0), (2, 2)], areas) == [5, -1]


def test_a_collection_counts_by_its_polygons_however_deep(engine):
    deep = shapely.GeometryCollection(
        [LineString([(5, 5), (6, 6)]), shapely.GeometryCollection([MultiPolygon([box(0, 0, 1, 1)])])]
    )
    assert answers(engine, [(0.5, 0.5), (5.5, 5.5)], [deep]) == [0, -1]


def test_a_polygon_with_a_broken_vertex_is_no_area(engine):
    broken = Polygon([(0, 0), (np.nan, 1), (1, 1), (1, 0)])
    assert answers(engine, [(0.5, 0.5)], [broken, Polygon([(0, 0), (np.inf, 1), (1, 1)])]) == [-1]


def test_without_points_or_without_areas_there_is_nothing_to_say(engine):
    assert answers(engine, [], [box(0, 0, 1, 1)]) == []
    assert answers(engine, [(0, 0)], []) == [-1]


def test_height_is_ignored(engine):
    assert answers(engine, [(0.5, 0.2)], [Polygon([(0, 0, 5), (1, 0, 6), (1, 1, 7)])]) == [0]


def test_antimeridian_and_poles_are_places_like_any_other(engine):
    areas = [box(179, -90, 180, -89), box(-180, 89, -179, 90)]
    assert answers(engine, [(180, -90), (-180, 90), (-180, -90)], areas) == [0, 1, -1]


def test_tiny_areas_beside_huge_ones_are_found(engine):
    tiny = box(-111, 45, -111 + 1e-9, 45 + 1e-9)
    points = [(-111, 45), (-111 + 5e-10, 45 + 5e-10), (-111.1, 45), (-111 + 2e-9, 45)]
    assert answers(engine, points, [EVERYWHERE, tiny], [1, 0]) == [1, 1, 0, 0]


def test_coordinates_near_the_limits_of_floats_are_answered(engine):
    vast = box(-1e300, -1e300, 1e300, 1e300)
    assert answers(engine, [(1e299, 5), (1e301, 5), (0.5, 0.5)], [vast, box(0, 0, 1, 1)], [1, 0]) == [0, -1, 1]


def test_inputs_are_left_as_they_were(engine):
    area, x, y = box(0, 0, 1, 1), np.array([0.5]), np.array([0.5])
    x.flags.writeable = False
    AreaCover([area], [0], engine=engine).classify(x, y)
    assert not shapely.is_prepared(area)


def test_strided_and_integer_coordinates_are_taken(engine):
    xy = np.array([[0, 0], [9, 9]])
    assert AreaCover([box(0, 0, 1, 1)], [0], engine=engine).classify(xy[:, 0], xy[:, 1]).tolist() == [0, -1]


def test_the_answer_is_int32():
    assert classify_points([0.5], [0.5], [box(0, 0, 1, 1)], [0]).dtype == np.int32


def test_one_cover_serves_many_threads(engine):
    rng = np.random.default_rng(1)
    x, y = rng.uniform(0, 10, (2, 20_000))
    cover = AreaCover([box(i, i, i + 2, i + 2) for i in range(9)], range(9), engine=engine)
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: cover.classify(x, y), range(16)))
    assert all(np.array_equal(result, results[0]) for result in results)


def test_a_cover_travels_to_other_processes(engine):
    cover = AreaCover([None, box(0, 0, 1, 1)], [0, 1], engine=engine)
    assert pickle.loads(pickle.dumps(cover)).classify([0.5, 3], [0.5, 3]).tolist() == [1, -1]


@pytest.mark.parametrize(
    ("x", "y", "areas", "rank"),
    [
        ([0.0, 1.0], [0.0], [EVERYWHERE], [0]),
        ([[0.0]], [[0.0]], [EVERYWHERE], [0]),
        ([0.0], [0.0], [EVERYWHERE], []),
        ([0.0], [0.0], [EVERYWHERE], [np.nan]),
        ([0.0], [0.0], ["POLYGON"], [0]),
        (["west"], [0.0], [EVERYWHERE], [0]),
        ([0.0], [0.0], [EVERYWHERE], ["best"]),
    ],
)
def test_arguments_that_do_not_fit_are_refused(x, y, areas, rank):
    with pytest.raises(InputRefused) as refused:
        classify_points(x, y, areas, rank)
    assert refused.value.code is Code.ARGUMENT_INVALID


class TestTable:
    def test_arrow_in_arrow_out(self):
        table = pa.table({"id": ["a", "b", "c"], "lon": [0.5, None, 9.0], "lat": [0.5, 0.5, 9.0], "other": [1, 2, 3]})
        result = classify_table(table, AreaCover([box(0, 0, 1, 1)], [0]))
        assert result.schema.field("area").type == pa.int32()
        assert result.to_pydict() == {"id": ["a", "b", "c"], "area": [0, -1, -1]}

    def test_chunks_are_one_table(self):
        chunk = pa.table({"id": [1], "lon": [0.5], "lat": [0.5]})
        table = pa.concat_tables([chunk, chunk])
        assert classify_table(table, AreaCover([box(0, 0, 1, 1)], [0]))["area"].to_pylist() == [0, 0]

    def test_a_missing_column_is_named(self):
        with pytest.raises(InputRefused, match="lon") as refused:
            classify_table(pa.table({"id": [1], "lat": [0.5]}), AreaCover([], []))
        assert refused.value.code is Code.FIELD_MISSING


class TestChoiceOfEngine:
    def test_small_inputs_stay_with_the_tree(self):
        assert classify.best_engine(classify.CELLS_FROM_POINTS - 1) == "tree"

    def test_large_inputs_get_cells(self, monkeypatch):
        monkeypatch.delenv("FIBERMAP_PURE", raising=False)
        monkeypatch.setattr(classify, "_has_numba", lambda: True)
        assert classify.best_engine(classify.CELLS_FROM_POINTS) == "cells"
        assert classify.best_engine(classify.CELLS_FROM_POINTS, corners=1_000_000) == "tree"
        assert classify.best_engine(1_500_000, corners=1_000_000) == "cells"

    def test_the_environment_can_keep_to_the_tree(self, monkeypatch):
        monkeypatch.setenv("FIBERMAP_PURE", "1")
        assert classify.best_engine(10**9) == "tree"

    def test_without_numba_it_is_the_tree(self, monkeypatch):
        monkeypatch.setattr(classify, "_has_numba", lambda: False)
        assert classify.best_engine(10**9) == "tree"
        with pytest.raises(InputRefused, match="numba"):
            AreaCover([], [], engine="cells")

    def test_importing_does_not_load_numba(self):
        code = "import sys, fibermap.spatial; sys.exit('numba' in sys.modules)"
        assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
