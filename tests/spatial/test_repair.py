"""Invalid areas become valid, the change of ground is recorded, and valid ones are left alone."""

from __future__ import annotations

import time
import tracemalloc

import geopandas
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from fibermap.spatial.metres import area_m2
from fibermap.spatial.repair import crosses_too_often, repair
from tests.reference import reference_data

BOX = shapely.box(-111.4, 45.8, -111.3, 45.9)
BOW_TIE = shapely.Polygon([(0, 0), (0.01, 0.01), (0.01, 0), (0, 0.01)])
SPIKED = shapely.Polygon([(0, 0), (0.01, 0), (0.02, 0), (0.01, 0), (0.01, 0.01), (0, 0.01)])


def test_valid_areas_are_the_very_same_objects():
    given_areas = [BOX, None, shapely.Point(0, 0), shapely.LineString([(0, 0), (1, 1)]), shapely.Polygon()]
    result = repair(given_areas)
    assert all(after is before for after, before in zip(result.geometries, given_areas, strict=True))
    assert not result.repaired.any()
    assert result.note.tolist() == [""] * 5
    assert result.area_before_m2.tolist() == result.area_after_m2.tolist() == [area_m2(BOX)[0], 0, 0, 0, 0]
    assert result.change.tolist() == [0] * 5


def test_a_spike_goes_and_the_ground_stays():
    result = repair([SPIKED])
    assert result.repaired.all()
    assert result.geometries[0].equals(shapely.box(0, 0, 0.01, 0.01))
    assert result.change[0] < 1e-9


def test_a_bow_tie_keeps_both_lobes_and_is_a_large_change():
    result = repair([BOW_TIE])
    assert result.geometries[0].is_valid
    assert result.area_after_m2[0] == pytest.approx(area_m2(shapely.box(0, 0, 0.01, 0.01))[0] / 2, rel=1e-6)
    assert result.change[0] > 0.9
    assert result.note[0] == "self-intersection at 0.005, 0.005"


def test_a_hole_outside_its_shell_becomes_an_area_and_a_large_change():
    stray = shapely.Polygon(BOX.exterior, [shapely.box(-111.2, 45.8, -111.1, 45.9).exterior])
    result = repair([stray])
    assert len(result.geometries[0].geoms) == 2
    assert result.change[0] > 0.9
    assert "hole" in result.note[0]


def test_overlapping_parts_become_one():
    result = repair([shapely.MultiPolygon([BOX, BOX])])
    assert result.geometries[0].equals(BOX)
    assert result.change[0] == pytest.approx(0.5)


def test_a_collection_keeps_only_its_areas():
    result = repair([shapely.GeometryCollection([BOW_TIE, BOX, shapely.Point(0, 0)])])
    assert result.geometries[0].geom_type == "MultiPolygon"
    assert result.geometries[0].is_valid


@pytest.mark.parametrize(
    ("wkt", "says"),
    [
        ("POLYGON ((0 0, 1 0, NaN 1, 0 0))", "missing or infinite"),
        ("POLYGON ((0 0, 1 0, Inf 1, 0 0))", "missing or infinite"),
        ("POLYGON ((0 0, 1 0, 2 0, 0 0))", "no area is left"),
        ("POLYGON ((0 0, 0 0, 0 0, 0 0))", "no area is left"),
    ],
)
def test_what_cannot_be_repaired_is_given_up_with_a_reason(wkt, says):
    with np.errstate(all="ignore"):
        result = repair([shapely.from_wkt(wkt), BOX])
    assert result.geometries[0] is None
    assert result.geometries[1] is not None
    assert says in result.note[0]
    assert not result.repaired.any()


def test_enormous_coordinates_raise_nothing():
    result = repair([shapely.Polygon([(0, 0), (1e308, 0), (1e308, 1e308), (0, 1e308), (-1e308, -1e300)])])
    assert result.geometries.shape == (1,)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=3, max_size=12))
def test_repairing_gives_valid_areas_inside_the_drawn_extent_and_twice_is_once(corners):
    drawn = shapely.Polygon([(x / 1000, y / 1000) for x, y in corners])
    once = repair([drawn])
    area = once.geometries[0]
    if area is None:
        assert "no area is left" in once.note[0]
        return
    assert area.is_valid
    assert area.geom_type in {"Polygon", "MultiPolygon"}
    assert drawn.envelope.buffer(1e-12).covers(area)
    assert 0 <= once.change[0] <= 1
    assert repair([area]).geometries[0] is area
    assert (area is drawn) == drawn.is_valid


def test_a_tangle_is_given_up_before_it_eats_the_machine():
    tangle = shapely.Polygon(np.random.default_rng(1).uniform(0, 1, (30_000, 2)))
    started = time.perf_counter()
    result = repair([tangle])
    assert time.perf_counter() - started < 60
    assert result.geometries[0] is None
    assert "too often" in result.note[0]


def test_a_few_crossings_in_a_large_outline_are_repaired():
    angle = np.linspace(0, 2 * np.pi, 300_000, endpoint=False)
    outline = np.column_stack([np.cos(angle), np.sin(angle)])
    for place in range(0, 300_000, 30_000):
        outline[[place, place + 3]] = outline[[place + 3, place]]
    drawn = shapely.Polygon(outline)

    tracemalloc.start()
    result = repair([drawn])

    assert not crosses_too_often(drawn)
    assert result.repaired.all()
    assert result.change[0] < 1e-6
    assert tracemalloc.get_traced_memory()[1] < 200e6
    tracemalloc.stop()


def test_real_boundaries_are_valid_afterwards_and_hardly_changed():
    for name in ("city_boundary", "annexation_history", "county_zoning", "subdivisions", "jurisdiction_boundary"):
        areas = geopandas.read_file(reference_data(f"manhattan_mt/{name}.geojson")).geometry
        result = repair(areas.to_numpy())
        kept = result.geometries[~shapely.is_missing(result.geometries)]
        assert shapely.is_valid(kept).all()
        assert np.array_equal(result.repaired, (~areas.is_valid & areas.notna()).to_numpy())
        assert (result.change[result.repaired] < 0.05).all()
