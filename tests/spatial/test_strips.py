"""Strips left between neighbours, against closing the whole plane at once."""

from __future__ import annotations

import geopandas
import numpy as np
import pytest
import shapely
from hypothesis import example, given
from hypothesis import strategies as st

from fibermap.spatial.metres import area_m2, from_local, polygon_parts, to_local
from fibermap.spatial.strips import gaps
from tests.reference import reference_data
from tests.spatial.test_overlaps import block


def test_a_strip_between_neighbours_is_a_gap():
    areas = [block(0, 0), block(0.01 + 2e-5, 0), block(0.2, 0.2)]  # about 1.6 m apart
    (gap,) = gaps(areas, width_m=5)
    assert gap.areas == (0, 1)
    assert gap.polygon.covers(shapely.Point(-111 + 0.01 + 1e-5, 45.005))
    assert gap.area_m2 == pytest.approx(area_m2(block(0.01, 0, width=2e-5))[0], rel=0.01)


def test_a_street_between_areas_is_no_gap_when_it_is_wider():
    assert gaps([block(0, 0), block(0.01 + 2e-5, 0)], width_m=1) == []


def test_a_notch_in_one_area_is_its_own_affair():
    notched = block(0, 0).difference(block(0.005, 0.005, width=2e-5))
    assert gaps([notched, block(0.3, 0.3)], width_m=5) == []


def test_a_notch_in_two_areas_of_one_shape_lies_between_them():
    notched = block(0, 0).difference(block(0.005, 0.005, width=2e-5))
    (gap,) = gaps([notched, block(0.3, 0.3), notched], width_m=5)
    assert gap.areas == (0, 2)


@pytest.mark.parametrize("areas", [[], [None], [block(0, 0)], [block(0, 0), None]])
def test_fewer_than_two_areas_leave_no_gap(areas):
    assert gaps(areas, width_m=5) == []


WORTH_M2 = 0.1
"""Strips taper off to less than coordinates can tell apart: what is smaller than this is not compared."""


LITTLE_LESS = 0.95
"""Closing with sharp corners is not steady in the width: what closes at it and at this share of it must be found."""


def by_closing_everything(areas, width_m):
    """Return what closes when all areas grow and shrink, by the width and by a little less, as far as two are near."""
    west, south, east, north = shapely.total_bounds(areas)
    origin = ((west + east) / 2, (south + north) / 2)
    local = to_local(np.array(areas, dtype=object), origin)
    whole = shapely.union_all(local)
    near = [area.buffer(width_m, quad_segs=32) for area in local]
    between = shapely.union_all([a & b for n, a in enumerate(near) for b in near[:n]])
    for closing_m in (width_m, LITTLE_LESS * width_m):
        closed = whole.buffer(closing_m / 2, join_style="mitre").buffer(-closing_m / 2, join_style="mitre")
        strips = ground(shapely.make_valid(closed)).difference(whole, grid_size=1e-4)
        between = ground(shapely.intersection(ground(strips), between, grid_size=1e-4))
    return [from_local(part, origin) for part in polygon_parts(between) if part.area > WORTH_M2]


def ground(shape):
    return shapely.union_all(polygon_parts(shape))


def heart(polygon):
    """Return the place in a polygon that is farthest from its edge."""
    return shapely.maximum_inscribed_circle(polygon).coords[0]


def assert_found(areas, width_m):
    found = shapely.STRtree([gap.polygon for gap in gaps(areas, width_m)])
    hearts = [shapely.Point(heart(part)) for part in by_closing_everything(areas, width_m)]
    missed = [point for point in hearts if not len(found.query(point, predicate="intersects"))]
    assert missed == []
    return len(hearts)


def star(x, y, spokes):
    angles = np.linspace(0, 6, len(spokes))
    return shapely.Polygon(
        [
            (-111 + (x + r * np.cos(a)) * 1e-5, 45 + (y + r * np.sin(a)) * 1e-5)
            for a, r in zip(angles, spokes, strict=True)
        ]
    )


stars = st.builds(
    star, st.integers(0, 150), st.integers(0, 150), st.lists(st.integers(20, 60), min_size=3, max_size=12)
)


@given(st.lists(stars, min_size=2, max_size=6))
@example([star(6, 63, [31, 56, 52, 53, 39, 45, 45, 31, 43, 58]), star(97, 40, [48, 27, 38, 38, 52, 20])])
def test_all_that_closes_between_two_areas_is_found(areas):
    """In the example, mitres run through an edge as the areas shrink."""
    assert_found(areas, width_m=4)


@given(
    st.lists(st.integers(40, 60), min_size=4, max_size=12),
    st.floats(0, np.pi),
    st.floats(0.5, 3.6),
    st.integers(-15, 15),
)
def test_a_cut_through_an_area_is_found_along_all_of_it(spokes, angle, cut_m, offset_m):
    whole = to_local(np.array([star(0, 0, spokes)], dtype=object), (-111, 45))[0]
    along, across = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    line = shapely.LineString([offset_m * across - 200 * along, offset_m * across + 200 * along])
    halves = polygon_parts(whole - line.buffer(cut_m / 2, cap_style="flat"))
    places = [line.interpolate(at_m) for at_m in np.arange(0, 400, 5)]
    inside = [place for place in places if place.within(whole.buffer(-8))]
    found = shapely.STRtree([gap.polygon for gap in gaps([from_local(half, (-111, 45)) for half in halves], 4)])
    assert all(len(found.query(from_local(place, (-111, 45)), predicate="intersects")) for place in inside)


@given(st.lists(stars, min_size=2, max_size=6))
def test_a_strip_is_covered_by_no_area_and_touches_two(areas):
    for gap in gaps(areas, width_m=4):
        assert len(gap.areas) > 1
        if gap.area_m2 > WORTH_M2:
            assert not shapely.intersects(shapely.Point(heart(gap.polygon)), np.array(areas)).any()


def test_real_subdivisions_have_the_strips_that_closing_everything_finds():
    areas = geopandas.read_file(reference_data("manhattan_mt/subdivisions.geojson")).geometry
    assert assert_found(areas[areas.is_valid & areas.notna()].to_numpy(), width_m=3) > 0
