"""Rows of lots: evenly along a road or at points, named by a rule, and refused where the rule cannot be meant."""

from __future__ import annotations

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from fibermap.address.lots import HIGHEST_NUMBER, MOST_LOTS, LotRow, Numbering, Road, Side, places_along
from fibermap.kernel.errors import InputRefused
from fibermap.spatial.metres import ground_distance_m
from tests.builders import place

ROAD = shapely.LineString([place(0), place(300)])
BENT = shapely.LineString([place(0), place(100), place(100, 100)])


def apart_m(one: tuple[float, float], other: tuple[float, float]) -> float:
    return float(ground_distance_m([one[0]], [one[1]], [other[0]], [other[1]])[0])


def test_lots_stand_beside_the_middle_of_equal_pieces_on_the_side_they_are_wanted_on() -> None:
    right = places_along(Road(ROAD, 3, Side.RIGHT, 20.0))
    for found, east in zip(right, (50, 150, 250), strict=True):
        assert apart_m(found, place(east, -20)) < 0.05
    left = places_along(Road(ROAD, 3, Side.LEFT, 20.0))
    assert apart_m(left[0], place(50, 20)) < 0.05


def test_on_both_sides_they_alternate_and_face_one_another() -> None:
    lots = LotRow(ROAD, Numbering("{n} Elk Ridge Rd", 101), 4, Side.BOTH, 10.0).lots()
    assert [lot.name for lot in lots] == [f"{n} Elk Ridge Rd" for n in (101, 102, 103, 104)]
    assert [lot.lat > place(0)[1] for lot in lots] == [True, False, True, False]
    assert apart_m((lots[0].lon, lots[0].lat), (lots[1].lon, lots[1].lat)) == pytest.approx(20, abs=0.05)


def test_a_road_is_followed_round_its_bends() -> None:
    last = places_along(Road(BENT, 2, Side.RIGHT, 10.0))[1]
    assert apart_m(last, place(110, 50)) < 0.05


def test_points_are_numbered_in_the_order_in_which_they_were_drawn() -> None:
    row = LotRow(shapely.MultiPoint([place(5), place(0), place(9)]), Numbering("Lot {n}", 14, -2))
    assert [(lot.name, lot.lon) for lot in row.lots()] == [
        ("Lot 14", place(5)[0]), ("Lot 12", place(0)[0]), ("Lot 10", place(9)[0]),
    ]  # fmt: skip


@given(
    count=st.integers(1, MOST_LOTS), side=st.sampled_from(list(Side)), setback_m=st.floats(1, 500),
    first=st.integers(0, 1_000), step=st.integers(1, 10),
)  # fmt: skip
def test_there_are_as_many_as_asked_for_each_with_a_name_of_its_own_at_its_distance(
    count: int, side: Side, setback_m: float, first: int, step: int
) -> None:
    lots = LotRow(ROAD, Numbering("Lot {n}", first, step), count, side, setback_m).lots()
    assert len({lot.name for lot in lots}) == len(lots) == count
    north_m = [apart_m((lot.lon, lot.lat), (lot.lon, place(0)[1])) for lot in lots]
    assert north_m == pytest.approx([setback_m] * count, abs=0.2)


@pytest.mark.parametrize("name", ["Lot 1", "Lot {n} of {n}", "", "{n}\x00", "{n}" + "x" * 200])
def test_a_name_says_once_where_the_number_stands(name: str) -> None:
    with pytest.raises(InputRefused):
        Numbering(name)


@pytest.mark.parametrize(("first", "step"), [(-1, 1), (HIGHEST_NUMBER + 1, 1), (1, 0), (1, 5_000)])
def test_numbers_are_numbers_of_houses(first: int, step: int) -> None:
    with pytest.raises(InputRefused):
        Numbering("Lot {n}", first, step)


@pytest.mark.parametrize(
    ("shape", "count", "setback_m", "step"),
    [
        (ROAD, 0, 15.0, 1), (ROAD, None, 15.0, 1), (ROAD, MOST_LOTS + 1, 15.0, 1), (ROAD, 3, -1.0, 1),
        (ROAD, 3, 501.0, 1), (shapely.LineString([place(0), place(0)]), 3, 15.0, 1), (ROAD, 3, 15.0, -1),
        (shapely.box(0, 0, 1, 1), 3, 15.0, 1), (shapely.MultiPoint([place(1), place(1)]), None, 15.0, 1),
        (shapely.MultiPoint(), None, 15.0, 1),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(shape: BaseGeometry, count: int | None, setback_m: float, step: int) -> None:
    with pytest.raises(InputRefused):
        LotRow(shape, Numbering("Lot {n}", 1, step), count, Side.RIGHT, setback_m).lots()
