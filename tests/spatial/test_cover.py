"""The grid stays small and quick whatever the areas look like."""

from __future__ import annotations

import time

import numpy as np
import pytest
import shapely
from shapely import Polygon

pytest.importorskip("numba")

from fibermap.spatial.cover import CellCover
from fibermap.spatial.polygons import polygons_by_precedence
from fibermap.spatial.tree_match import TreeMatcher


def comb(teeth: int) -> Polygon:
    """Every edge runs from the far south to the far north."""
    x = np.arange(2 * teeth) / (2 * teeth)
    return Polygon(np.column_stack([np.append(x, [1, 0]), np.append(np.arange(2 * teeth) % 2, [-1, -1])]))


def stack(count: int) -> list[Polygon]:
    """Areas that all overlap and differ by a hair."""
    return [shapely.Point(-111, 45).buffer(1 + i * 1e-7) for i in range(count)]


def sunburst(rays: int) -> Polygon:
    """Long needles meeting in one place."""
    angle = np.linspace(0, 2 * np.pi, 2 * rays, endpoint=False)
    reach = np.where(np.arange(2 * rays) % 2, 1e-6, 1.0)
    return Polygon(np.column_stack([reach * np.cos(angle), reach * np.sin(angle)]))


def spiral(turns: int, *, pitch: float = 0.1) -> Polygon:
    """A band wound around itself, so that one ring passes many times through a cell, and by it on the east."""
    angle = np.linspace(0, 2 * np.pi * turns, 40 * turns)
    arm = np.column_stack([angle * np.cos(angle), angle * np.sin(angle)]) * pitch
    return Polygon(np.concatenate([arm, arm[::-1] * 1.03 + 1e-3]))


def pinched() -> Polygon:
    """A square whose ring comes by its first corner again and goes around in a small loop there."""
    return Polygon([(0, 0), (9, 0), (9, 9), (0, 9), (0, 0), (0.2, 0.1), (0.1, 0.2)])


def sieve(holes: int) -> Polygon:
    """Holes everywhere: beside and across one another, across the shell, and beyond it. Not valid."""
    centre = np.random.default_rng(5).uniform(-0.1, 1.1, (holes, 2))
    rings = [shapely.Point(*middle).buffer(0.03, quad_segs=3).exterior for middle in centre]
    return Polygon(shapely.box(0, 0, 1, 1).exterior, rings)


@pytest.mark.parametrize(
    "areas",
    [[spiral(12)], [pinched()], [sieve(300)], [spiral(5), sieve(50), pinched(), sunburst(40)]],
    ids=["spiral", "pinched", "sieve", "all"],
)
def test_rings_that_come_and_go_through_cells_are_counted_right(areas):
    polygons = polygons_by_precedence(areas, np.zeros(len(areas)))
    west, south, east, north = shapely.total_bounds(areas)
    scattered = np.random.default_rng(3).uniform((west, south), (east, north), (30_000, 2))
    vertices = shapely.get_coordinates(areas)
    x, y = np.concatenate([scattered, vertices, (vertices[1:] + vertices[:-1]) / 2, np.nextafter(vertices, 9)]).T
    assert np.array_equal(CellCover(polygons).areas(x, y), TreeMatcher(polygons).areas(x, y))


@pytest.mark.parametrize(
    "areas",
    [[comb(50_000)], stack(2_000), [sunburst(50_000)], [comb(500)] * 100],
    ids=["comb", "stack", "sunburst", "combs"],
)
def test_hostile_areas_take_bounded_time_and_are_answered_right(areas):
    polygons = polygons_by_precedence(areas, np.zeros(len(areas)))
    CellCover(polygons_by_precedence([shapely.box(0, 0, 1, 1)], [0]))  # compiled before the clock starts
    started = time.process_time()
    cover = CellCover(polygons)
    assert time.process_time() - started < 10
    west, south, east, north = shapely.total_bounds(areas)
    x, y = np.random.default_rng(2).uniform((west, south), (east, north), (500, 2)).T
    assert np.array_equal(cover.areas(x, y), TreeMatcher(polygons).areas(x, y))


def test_points_that_only_geos_can_decide_are_asked_of_geos():
    tilted = Polygon([(1e-200, 0.1), (1 / 3, 1e-17), (0.9, 0.7)])
    polygons = polygons_by_precedence([tilted], [0])
    x, y = (shapely.get_coordinates(tilted)[:-1] + shapely.get_coordinates(tilted)[1:]).T / 2
    expected = [0 if shapely.intersects(tilted, shapely.Point(*point)) else -1 for point in zip(x, y, strict=True)]
    assert CellCover(polygons).areas(x, y).tolist() == expected


def test_chunks_meet_without_a_seam(monkeypatch):
    monkeypatch.setattr("fibermap.spatial.cover._chunks", lambda _: [slice(i, i + 7) for i in range(0, 50, 7)])
    x = np.linspace(-1, 2, 50)
    polygons = polygons_by_precedence([shapely.box(0, 0, 1, 1)], [0])
    assert np.array_equal(CellCover(polygons).areas(x, x), np.where((x >= 0) & (x <= 1), 0, -1))
