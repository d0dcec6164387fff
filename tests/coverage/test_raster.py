"""The raster never loses a place that a rectangle holds."""

from __future__ import annotations

import numpy as np
import pytest

from fibermap.coverage.raster import Raster


@pytest.mark.parametrize("cells", [1, 7, 256])
def test_every_place_in_a_rectangle_may_be_held(cells: int) -> None:
    rng = np.random.default_rng(3)
    corner = rng.uniform(-1, 1, (50, 2))
    boxes = np.hstack([corner, corner + rng.uniform(0, 0.2, (50, 2))])
    x, y = rng.uniform(-1.5, 1.5, (2, 5_000))
    x[:200], y[:200] = np.tile(boxes[:, [0, 2]].ravel(), 2), np.tile(boxes[:, [1, 3]].ravel(), 2)
    held = ((x[:, None] >= boxes[:, 0]) & (x[:, None] <= boxes[:, 2])).T
    held &= ((y[:, None] >= boxes[:, 1]) & (y[:, None] <= boxes[:, 3])).T

    assert Raster.over(boxes, cells).may_hold(x, y)[held.any(axis=0)].all()


def test_a_place_far_from_every_rectangle_is_held_by_none() -> None:
    raster = Raster.over(np.array([[0.0, 0.0, 1.0, 1.0], [9.0, 9.0, 10.0, 10.0]]), 100)

    assert raster.may_hold(np.array([0.5, 5.0, 0.5, np.nan]), np.array([0.5, 5.0, 9.5, 0.5])).tolist() == [
        True,
        False,
        False,
        False,
    ]


def test_one_point_is_a_rectangle_too() -> None:
    raster = Raster.over(np.array([[7.0, 45.0, 7.0, 45.0]]), 256)

    assert raster.may_hold(np.array([7.0, 7.1]), np.array([45.0, 45.0])).tolist() == [True, False]
