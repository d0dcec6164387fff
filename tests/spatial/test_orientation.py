"""The side of an edge, against arithmetic with whole fractions."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("numba")

from fibermap.spatial.cells.orientation import COLLINEAR, LEFT, RIGHT, UNKNOWN, side

longitude = st.integers(0, 2**20).map(lambda step: -111.3 + step * 2**-46)
any_float = st.floats(allow_nan=False, allow_infinity=False)


def exact_side(x1, y1, x2, y2, x, y) -> int:
    x1, y1, x2, y2, x, y = (Fraction(number) for number in (x1, y1, x2, y2, x, y))
    turn = (x1 - x) * (y2 - y) - (y1 - y) * (x2 - x)
    return (turn > 0) - (turn < 0)


def test_left_right_and_on_the_line():
    assert side(0.0, 0.0, 2.0, 2.0, 0.0, 1.0) == LEFT
    assert side(0.0, 0.0, 2.0, 2.0, 1.0, 0.0) == RIGHT
    assert side(0.0, 0.0, 2.0, 2.0, 1.0, 1.0) == COLLINEAR


@given(st.tuples(*[longitude] * 6))
def test_coordinates_of_like_size_are_always_decided_and_right(numbers):
    assert side(*numbers) == exact_side(*numbers)


@given(st.tuples(*[any_float] * 6))
def test_what_is_decided_is_right_for_floats_of_every_size(numbers):
    answer = side(*numbers)
    assert answer in (UNKNOWN, exact_side(*numbers))


@given(any_float, any_float, any_float, any_float)
def test_the_first_end_is_on_the_line_or_undecided(x1, y1, x2, y2):
    assert side(x1, y1, x2, y2, x1, y1) in (COLLINEAR, UNKNOWN)
