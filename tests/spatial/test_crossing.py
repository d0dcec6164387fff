"""Drops that cross a river, a railway or a highway."""

from __future__ import annotations

import geopandas
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from fibermap.spatial.crossing import crossings
from fibermap.spatial.distance import drop_line
from tests.reference import reference_data

RIVER = shapely.LineString([(0, -1), (0, 0), (0, 1)])
LAKE = shapely.box(2, -1, 4, 1)


def crossed_by(start, end, barriers=(RIVER, LAKE)):
    return crossings([start[0]], [start[1]], [end[0]], [end[1]], barriers)[0]


@pytest.mark.parametrize(
    ("start", "end", "barrier"),
    [
        ((-1, 0.5), (1, 0.5), 0),  # across
        ((-1, 0), (1, 0), 0),  # across at a vertex
        ((-1, 1), (1, 1), 0),  # across where the river ends
        ((0, 0.2), (0, 0.8), 0),  # along it
        ((-1, 0.5), (0, 0.5), -1),  # to the bank and no farther
        ((-1, 2), (1, 2), -1),  # past its end
        ((1, 0), (3, 0), 1),  # into the lake
        ((2.5, 0), (3.5, 0.1), 1),  # a drop within the lake
        ((2, 0), (4, 0), 1),  # from bank to bank
        ((1, 0), (2, 0), -1),  # to its bank
        ((-1, 0), (5, 0), 0),  # both: the lowest index
    ],
)
def test_a_drop_crosses_what_its_inner_part_meets(start, end, barrier):
    assert crossed_by(start, end) == barrier
    assert crossed_by(end, start) == barrier


def test_an_island_in_the_lake_is_dry():
    lake = shapely.Polygon(LAKE.exterior, [shapely.box(2.5, -0.5, 3.5, 0.5).exterior])
    assert crossed_by((2.6, 0), (3.4, 0), [lake]) == -1
    assert crossed_by((2.6, 0), (3.6, 0), [lake]) == 0


def test_a_missing_end_crosses_nothing():
    assert crossings([-1, np.nan], [0, 0], [np.nan, 1], [0, 0], [RIVER]).tolist() == [-1, -1]


@pytest.mark.parametrize("barriers", [[], [None], [shapely.Point(0, 0)], [shapely.LineString()]])
def test_without_barriers_nothing_is_crossed(barriers):
    assert crossed_by((-1, 0), (1, 0), barriers) == -1


def test_no_drops_no_crossings():
    assert crossings([], [], [], [], [RIVER, LAKE]).shape == (0,)


def test_parts_of_a_multi_river_count_as_the_river():
    system = shapely.GeometryCollection([shapely.Point(9, 9), shapely.MultiLineString([RIVER, [(8, -1), (8, 1)]])])
    assert crossed_by((7, 0), (9, 0.1), [LAKE, system]) == 1


def by_plain_shapely(drops, barriers):
    found = []
    for drop in drops:
        meets = [drop.relate_pattern(barrier, "T********") or drop.relate_pattern(barrier, "*T*******")
                 for barrier in barriers]  # fmt: skip
        found.append(meets.index(True) if any(meets) else -1)
    return found


coordinates = st.tuples(st.integers(-6, 6), st.integers(-6, 6))


@given(
    st.lists(st.tuples(coordinates, coordinates).filter(lambda ends: ends[0] != ends[1]), min_size=1, max_size=20),
    st.lists(coordinates, min_size=40, max_size=60),
)
def test_long_barriers_are_cut_into_pieces_without_a_difference(ends, course):
    ends = np.array(ends, dtype=float) + 0.25  # off the vertices, where being the end of a piece would matter
    barriers = [shapely.LineString(course), shapely.box(-1, -1, 3, 2)]
    drops = drop_line(ends[:, 0, 0], ends[:, 0, 1], ends[:, 1, 0], ends[:, 1, 1])
    found = crossings(ends[:, 0, 0], ends[:, 0, 1], ends[:, 1, 0], ends[:, 1, 1], barriers)
    assert found.tolist() == by_plain_shapely(drops, barriers)


def test_real_rivers_and_railways_agree_with_plain_shapely():
    points = geopandas.read_file(reference_data("manhattan_mt/addresses.geojson")).geometry
    hydrants = geopandas.read_file(reference_data("manhattan_mt/hydrants.geojson")).geometry
    barriers = np.concatenate(
        [
            geopandas.read_file(reference_data(f"manhattan_mt/{name}.geojson")).geometry.to_numpy()
            for name in ("rivers", "rail_lines", "lakes")
        ]
    )
    barriers = shapely.force_2d(barriers)
    points = points[points.notna() & ~points.is_empty][::10]
    ends = hydrants.iloc[np.arange(len(points)) % len(hydrants)]

    found = crossings(points.x, points.y, ends.x, ends.y, barriers)

    drops = drop_line(points.x, points.y, ends.x, ends.y)
    tree = shapely.STRtree(barriers)
    expected = [
        min(
            (int(row) for row in tree.query(drop, predicate="intersects") if not drop.touches(barriers[row])),
            default=-1,
        )
        for drop in drops
    ]
    assert found.tolist() == expected
    assert (found >= 0).sum() > 20
