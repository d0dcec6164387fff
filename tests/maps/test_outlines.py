"""Outlines reach the page as they are, or as simple as the file's budget asks."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from fibermap.maps.outlines import encode, fit_to_budget


def decode(path: list[int]) -> np.ndarray:
    return np.cumsum(np.array(path).reshape(-1, 2), axis=0) / 1e6


def test_a_polygon_keeps_its_hole() -> None:
    outer, hole = shapely.box(-111.3, 45.8, -111.2, 45.9), shapely.box(-111.27, 45.83, -111.24, 45.86)
    ((shell, inner),) = encode(outer - hole)
    sent = shapely.Polygon(decode(shell), [decode(inner)])
    assert sent.symmetric_difference(outer - hole).area < 1e-9


def test_a_multipolygon_is_a_list_of_parts_and_a_line_a_list_of_paths() -> None:
    two = shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(2, 0, 3, 1)])
    line = shapely.MultiLineString([[(0, 0), (1, 1)], [(2, 2), (3, 3), (4, 3)]])
    assert [len(part) for part in encode(two)] == [1, 1]
    assert [len(path) // 2 for path in encode(line)] == [2, 3]


def test_what_fits_is_not_simplified() -> None:
    circle = shapely.Point(0, 0).buffer(1)
    shapes, tolerance_deg = fit_to_budget([circle])
    assert (shapes, tolerance_deg) == ([circle], 0)


def test_what_does_not_fit_is_simplified_no_further_than_said() -> None:
    circles = [shapely.Point(place, 0).buffer(0.4, quad_segs=500) for place in range(10)]
    shapes, tolerance_deg = fit_to_budget(circles, most=1_000)
    assert sum(map(shapely.get_num_coordinates, shapes)) <= 1_000
    assert 0 < max(map(shapely.hausdorff_distance, circles, shapes)) <= tolerance_deg


@pytest.mark.parametrize("nothing", [None, shapely.Polygon(), shapely.Point()])
def test_nothing_is_an_empty_outline(nothing: shapely.Geometry | None) -> None:
    (shape,), _ = fit_to_budget([nothing])
    assert encode(shape) == []
