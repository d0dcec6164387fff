"""Esri geometry: holes and parts by nesting, curves within tolerance, and faults that stay with their feature."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyogrio.raw import read as gdal_read
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, box

from fibermap.formats import esri_rings
from fibermap.formats.esri_curves import densify
from fibermap.formats.esri_geometry import GeometryReading, Precision, read_geometry
from fibermap.formats.model import Outcome
from fibermap.kernel.errors import Code

PRECISION = Precision(tolerance=0.001, tolerance_m=0.001, vertices=10_000)

Ring = list[list[float]]


def clockwise(west: float, south: float, east: float, north: float) -> Ring:
    return [[west, south], [west, north], [east, north], [east, south], [west, south]]


def counter_clockwise(west: float, south: float, east: float, north: float) -> Ring:
    return clockwise(west, south, east, north)[::-1]


def polygon(*rings: Ring) -> GeometryReading:
    return read_geometry({"rings": list(rings)}, PRECISION)


# --- rings -------------------------------------------------------------------------------------------------------


def test_an_exterior_with_a_hole_and_a_second_part() -> None:
    reading = polygon(clockwise(0, 0, 10, 10), counter_clockwise(2, 2, 4, 4), clockwise(20, 0, 30, 10))
    assert reading.geometry.equals(MultiPolygon([box(0, 0, 10, 10) - box(2, 2, 4, 4), box(20, 0, 30, 10)]))
    assert (reading.outcome, reading.reason) == (Outcome.INGESTED, None)


def test_an_island_in_a_hole_is_a_part() -> None:
    reading = polygon(clockwise(4, 4, 6, 6), counter_clockwise(2, 2, 8, 8), clockwise(0, 0, 10, 10))
    assert reading.geometry.equals(MultiPolygon([box(4, 4, 6, 6), box(0, 0, 10, 10) - box(2, 2, 8, 8)]))
    assert reading.outcome is Outcome.INGESTED


@pytest.mark.parametrize(
    "rings",
    [
        [counter_clockwise(0, 0, 10, 10)],
        [counter_clockwise(0, 0, 10, 10), clockwise(2, 2, 4, 4)],
        [counter_clockwise(0, 0, 10, 10), counter_clockwise(20, 0, 30, 10)],
    ],
    ids=["a single ring", "with a hole", "two parts"],
)
def test_a_polygon_wound_the_other_way_round_throughout_is_read_without_a_word(rings: list[Ring]) -> None:
    reading = polygon(*rings)
    assert reading.outcome is Outcome.INGESTED
    assert reading.geometry.is_valid
    areas = [abs(Polygon(ring).area) for ring in rings]
    assert reading.geometry.area == (
        areas[0] - areas[1] if len(rings[1:]) and rings[1] == clockwise(2, 2, 4, 4) else sum(areas)
    )


def test_a_hole_that_runs_clockwise_stays_a_hole_and_is_reported() -> None:
    reading = polygon(clockwise(0, 0, 10, 10), clockwise(2, 2, 4, 4))
    assert reading.geometry.equals(box(0, 0, 10, 10) - box(2, 2, 4, 4))
    assert (reading.outcome, reading.reason, reading.part) == (Outcome.REPAIRED, Code.RING_TURNED, 1)


def test_a_hole_that_lies_in_no_exterior_is_an_area() -> None:
    reading = polygon(clockwise(0, 0, 10, 10), counter_clockwise(20, 0, 30, 10))
    assert reading.geometry.equals(MultiPolygon([box(0, 0, 10, 10), box(20, 0, 30, 10)]))
    assert (reading.outcome, reading.part) == (Outcome.REPAIRED, 1)


def test_parts_that_overlap_do_not_cut_holes_into_each_other() -> None:
    reading = polygon(clockwise(0, 0, 10, 10), clockwise(1, 1, 10.5, 9))
    assert len(reading.geometry.geoms) == 2
    assert reading.outcome is Outcome.INGESTED


def test_a_hole_that_sticks_out_of_its_exterior_belongs_to_it() -> None:
    reading = polygon(clockwise(0, 0, 10, 10), counter_clockwise(8, 4, 14, 6))
    assert (reading.geometry.geom_type, len(reading.geometry.interiors)) == ("Polygon", 1)


def test_a_ring_given_twice_counts_once() -> None:
    reading = polygon(clockwise(0, 0, 10, 10), clockwise(0, 0, 10, 10), counter_clockwise(2, 2, 4, 4))
    assert reading.geometry.equals(box(0, 0, 10, 10) - box(2, 2, 4, 4))
    assert (reading.outcome, reading.part) == (Outcome.REPAIRED, 1)


def test_an_unclosed_ring_is_closed_and_reported() -> None:
    reading = polygon(clockwise(0, 0, 10, 10)[:-1])
    assert reading.geometry.equals(box(0, 0, 10, 10))
    assert (reading.outcome, reading.reason, reading.part) == (Outcome.REPAIRED, Code.RING_CLOSED, 0)


def test_a_ring_that_encloses_nothing_costs_only_itself() -> None:
    reading = polygon(clockwise(0, 0, 10, 10), [[1, 1], [2, 2], [1, 1]])
    assert reading.geometry.equals(box(0, 0, 10, 10))
    assert (reading.outcome, reading.reason, reading.part) == (Outcome.REPAIRED, Code.RING_TOO_SHORT, 1)


def test_a_polygon_of_which_nothing_is_left_is_quarantined() -> None:
    reading = polygon([[1, 1], [2, 2]])
    assert (reading.geometry, reading.outcome, reading.reason) == (None, Outcome.QUARANTINED, Code.RING_TOO_SHORT)


def test_more_entangled_rings_than_any_map_has_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(esri_rings, "MOST_PAIRS", 1_000)
    reading = polygon(*(clockwise(-size, -size, size, size) for size in range(1, 100)))
    assert (reading.outcome, reading.reason) == (Outcome.QUARANTINED, Code.GEOMETRY_TOO_LARGE)


@st.composite
def nested_rings(draw: st.DrawFn) -> list[Ring]:
    """Boxes on a grid, some with a box inside, some with a box inside that, in any order and direction."""
    rings = []
    for column in range(draw(st.integers(1, 4))):
        for depth in range(draw(st.integers(1, 3))):
            size = 10 - 2 * depth
            ring = clockwise(20 * column + depth, depth, 20 * column + depth + size, depth + size)
            rings.append(ring if draw(st.booleans()) else ring[::-1])
    return draw(st.permutations(rings))


@given(nested_rings())
def test_nested_rings_make_what_gdal_makes_of_them(rings: list[Ring]) -> None:
    assert polygon(*rings).geometry.normalize().equals_exact(gdal({"rings": rings}).normalize())


def gdal(geometry: dict[str, Any]) -> shapely.Geometry:
    features = [{"attributes": {"A": 1}, "geometry": geometry}]
    text = {"geometryType": "esriGeometryPolygon", "spatialReference": {"wkid": 4326}, "features": features}
    text["fields"] = [{"name": "A", "type": "esriFieldTypeInteger"}]
    _, _, wkb, _ = gdal_read(json.dumps(text).encode())
    return shapely.from_wkb(wkb[0])


# --- curves ------------------------------------------------------------------------------------------------------


def test_a_circular_arc_through_a_point() -> None:
    vertices = densify((0, 0), {"c": [[2, 0], [1, 1]]}, 0.001)
    assert np.allclose(np.hypot(vertices[:, 0] - 1, vertices[:, 1]), 1)
    assert vertices[-1].tolist() == [2, 0]
    assert vertices[:, 1].max() > 0.99


def test_an_arc_through_a_point_on_its_chord_is_straight() -> None:
    assert densify((0, 0), {"c": [[2, 2], [1, 1]]}, 0.001).tolist() == [[2, 2]]


@pytest.mark.parametrize(("is_clockwise", "top"), [(1, True), (0, False)])
def test_an_arc_around_a_centre_turns_the_way_it_says(is_clockwise: int, top: bool) -> None:
    vertices = densify((0, 0), {"a": [[2, 0], [1, 0], 0, is_clockwise]}, 0.001)
    assert (vertices[:-1, 1] > 0).all() == top


def test_a_full_ellipse_has_the_area_of_one() -> None:
    ring = [[3, 0], {"a": [[3, 0], [0, 0], 0, 1, 0, 3, 0.5]}]
    assert read_geometry({"curveRings": [ring]}, PRECISION).geometry.area == pytest.approx(math.pi * 3 * 1.5, rel=1e-3)


def test_a_turned_ellipse_lies_on_its_equation() -> None:
    angle, major, ratio = 0.7, 5.0, 0.4
    start = (major * math.cos(angle), major * math.sin(angle))
    end = [-major * ratio * math.sin(angle), major * ratio * math.cos(angle)]
    vertices = densify(start, {"a": [end, [0, 0], 1, 0, angle, major, ratio]}, 0.001)
    u = vertices @ [math.cos(angle), math.sin(angle)]
    v = vertices @ [-math.sin(angle), math.cos(angle)]
    assert np.allclose((u / major) ** 2 + (v / (major * ratio)) ** 2, 1)
    assert (u >= -1e-9).all()
    assert (v >= -1e-9).all()


@given(
    # GEOS cannot measure lengths near the smallest float, which no coordinate has.
    st.tuples(*[st.floats(-100, 100).map(lambda value: round(value, 9))] * 8),
    st.sampled_from([1.0, 0.1, 0.01]),
)
def test_segments_stay_within_tolerance_of_a_bezier(numbers: tuple[float, ...], tolerance: float) -> None:
    points = np.array(numbers).reshape(4, 2)
    vertices = densify(tuple(points[0]), {"b": [points[3].tolist(), points[1].tolist(), points[2].tolist()]}, tolerance)
    t = np.linspace(0, 1, 500)[:, None]
    curve = (
        (1 - t) ** 3 * points[0] + 3 * (1 - t) ** 2 * t * points[1] + 3 * (1 - t) * t**2 * points[2] + t**3 * points[3]
    )
    line = LineString([points[0], *vertices])
    assert shapely.distance(line, shapely.points(curve)).max() <= tolerance + 1e-9


@given(st.floats(0.5, 1e5), st.floats(0.01, 6.2), st.booleans())
def test_segments_stay_within_tolerance_of_an_arc(radius: float, turn: float, is_clockwise: bool) -> None:
    sign = -1 if is_clockwise else 1
    end = [radius * math.cos(turn), sign * radius * math.sin(turn)]
    vertices = densify((radius, 0), {"a": [end, [0, 0], 0, int(is_clockwise)]}, 0.05)
    middles = (np.vstack([[radius, 0], vertices[:-1]]) + vertices) / 2
    assert (radius - np.hypot(*middles.T)).max() <= 0.05 + 1e-6


def test_densifying_is_told_but_is_no_repair() -> None:
    reading = read_geometry({"curvePaths": [[[0, 0], {"b": [[4, 0], [1, 2], [3, 2]]}, [5, 0]]]}, PRECISION)
    assert (reading.outcome, reading.reason) == (Outcome.INGESTED, Code.CURVE_DENSIFIED)
    assert "0.001 m" in str(reading.detail)
    assert reading.geometry.coords[-1] == (5, 0)


@pytest.mark.parametrize(
    "curve",
    [
        {"z": [[1, 1]]},
        {},
        {"c": [[1, 1]]},
        {"c": "text"},
        {"a": [[1, 1], [0, 0], 1, 1, 0, 5, 0]},
        {"b": [[1, 1], [None, 0], [0, 0]]},
        {"c": [[1e308, 1e308], [-1e308, 5]]},
        {"c": [[1, 1], [2, 2]], "a": []},
    ],
)
def test_a_curve_that_is_none_quarantines_its_feature(curve: dict[str, Any]) -> None:
    reading = read_geometry({"curvePaths": [[[0, 0], curve]]}, PRECISION)
    assert (reading.geometry, reading.outcome) == (None, Outcome.QUARANTINED)


# --- the other kinds ---------------------------------------------------------------------------------------------


def test_heights_and_measures_are_dropped() -> None:
    assert read_geometry({"x": 1, "y": 2, "z": 3, "m": 4}, PRECISION).geometry.equals(Point(1, 2))
    line = read_geometry({"hasZ": True, "hasM": True, "paths": [[[0, 0, 5, 9], [1, 1, 5, 9]]]}, PRECISION).geometry
    assert line.equals_exact(LineString([(0, 0), (1, 1)]))
    assert not line.has_z


def test_several_paths_make_a_multilinestring() -> None:
    reading = read_geometry({"paths": [[[0, 0], [1, 1]], [[5, 5], [6, 6]], [[9, 9]]]}, PRECISION)
    assert reading.geometry.geom_type == "MultiLineString"
    assert (reading.outcome, reading.part) == (Outcome.REPAIRED, 2)


def test_multipoints_and_envelopes() -> None:
    assert read_geometry({"points": [[1, 2], [3, 4]]}, PRECISION).geometry.geom_type == "MultiPoint"
    assert read_geometry({"xmin": 0, "ymin": 0, "xmax": 2, "ymax": 1}, PRECISION).geometry.area == 2


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (None, Code.GEOMETRY_MISSING),
        ({}, Code.GEOMETRY_MISSING),
        ({"x": None, "y": None}, Code.GEOMETRY_EMPTY),
        ({"x": "NaN", "y": "NaN"}, Code.GEOMETRY_EMPTY),
        ({"rings": []}, Code.GEOMETRY_EMPTY),
        ({"rings": [[]]}, Code.GEOMETRY_EMPTY),
        ({"paths": []}, Code.GEOMETRY_EMPTY),
        ({"points": []}, Code.GEOMETRY_EMPTY),
        ({"x": "west", "y": 1}, Code.COORDINATE_INVALID),
    ],
)
def test_no_position_is_no_fault(raw: dict[str, Any] | None, reason: Code) -> None:
    reading = read_geometry(raw, PRECISION)
    assert (reading.geometry, reading.outcome, reading.reason) == (None, Outcome.INGESTED, reason)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ({"rings": [[[0, 0], [0, None], [1, 1], [0, 0]]]}, Code.COORDINATE_INVALID),
        ({"rings": [[[0, 0], [0, "NaN"], [1, 1], [0, 0]]]}, Code.COORDINATE_INVALID),
        ({"rings": [5]}, Code.GEOMETRY_BROKEN),
        ({"rings": "text"}, Code.GEOMETRY_BROKEN),
        ({"rings": [[[0], [1], [2], [0]]]}, Code.COORDINATE_INVALID),
        ({"rings": [[[0, 0]] * 20_000]}, Code.GEOMETRY_TOO_LARGE),
        ({"curvePaths": [[[0, 0], *[{"a": [[0, 0], [1e9, 0], 0, 0]}] * 9]]}, Code.GEOMETRY_TOO_LARGE),
        ({"type": "Point", "coordinates": [1, 2]}, Code.GEOMETRY_UNSUPPORTED),
        ([1, 2], Code.GEOMETRY_BROKEN),
    ],
)
def test_a_broken_shape_is_quarantined_with_its_reason(raw: Any, reason: Code) -> None:
    reading = read_geometry(raw, PRECISION)
    assert (reading.geometry, reading.outcome, reading.reason) == (None, Outcome.QUARANTINED, reason)
    assert reading.detail


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers(-5, 5) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["a", "b", "c", "x"]), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(
    st.dictionaries(st.sampled_from(["rings", "curveRings", "paths", "curvePaths", "points", "x", "y"]), json_values)
)
def test_no_geometry_object_makes_the_reader_fail(raw: dict[str, Any]) -> None:
    reading = read_geometry(raw, PRECISION)
    assert (reading.geometry is None) or reading.outcome is not Outcome.QUARANTINED
