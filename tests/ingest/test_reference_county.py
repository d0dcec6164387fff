"""The reference county, all 3,713 addresses: right from the KMZ, from the Esri JSON, and with the rest beside them."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from fibermap.ingest.report import IngestReport
from fibermap.kernel.errors import NeedsYes
from fibermap.plan import Plan
from tests.builders import counts_conserved, differences, new_plan, rows, sound, state
from tests.reference import reference_data

KMZ = "plan/manhattan_mt_ftth_plan.kmz"
ESRI = "plan/manhattan_mt_ftth_plan.esri.json"
BESIDE = [
    "roads",
    "rivers",
    "rail_lines",
    "lakes",
    "buildings",
    "zipcodes",
    "city_boundary",
    "subdivisions",
    "minor_subdivisions",
    "county_zoning",
    "manhattan_zoning",
    "esz_zones",
    "hydrants",
    "town_parks",
    "town_facilities",
    "school_buildings",
    "water_sewer_districts",
    "annexation_history",
    "jurisdiction_boundary",
    "planning_jurisdictions",
]


@pytest.fixture
def fm() -> Iterator[Plan]:
    with new_plan() as plan:
        yield plan


def file(name: str) -> Path:
    return reference_data(f"manhattan_mt/{name}")


def bring(fm: Plan, *names: str, source: str | None = None) -> IngestReport:
    return fm.ingest(*(file(name) for name in names), source=source, yes=True, progress=False)


def expected() -> dict[str, str]:
    with file("plan/expected_classification.csv").open() as text:
        return {row["OBJECTID"]: row["CLASS"] for row in csv.DictReader(text)}


def told(fm: Plan) -> dict[str, str]:
    return {
        row["source_id"]: row["class"]
        for row in rows(fm, "SELECT source_id, class FROM source_records WHERE source = 'addresses.geojson'")
    }


@pytest.mark.parametrize("plan", [KMZ, ESRI])
def test_every_row_is_right_after_ingest_refresh_and_undo(fm: Plan, plan: str) -> None:
    report = bring(fm, "addresses.geojson", plan)
    assert all(counts_conserved(report))
    assert told(fm) == expected()
    assert not bring(fm, plan, "addresses.geojson").promoted.changed
    before = state(fm)
    fm.undo()
    assert told(fm) == {}
    bring(fm, plan)
    bring(fm, "addresses.geojson")
    assert told(fm) == expected()
    assert differences(_without_revisions(before), _without_revisions(state(fm))) == {}
    assert fm.replay().proven
    assert fm.doctor() == []


def _without_revisions(now: dict[str, object]) -> dict[str, object]:
    return {table: held for table, held in now.items() if table != "source_revision"}


def test_kmz_and_esri_say_the_same_of_every_address_and_can_stand_for_one_another(fm: Plan) -> None:
    bring(fm, "addresses.geojson")
    bring(fm, KMZ, source="plan")
    by_kmz = rows(fm, "SELECT address_id, class, area_name FROM addresses ORDER BY 1")
    bring(fm, ESRI, source="plan")
    by_esri = rows(fm, "SELECT address_id, class, area_name FROM addresses ORDER BY 1")
    assert [row["class"] for row in by_kmz] == [row["class"] for row in by_esri]
    assert told(fm) == expected()


def test_the_four_areas_of_one_name_are_four_through_a_revision(fm: Plan) -> None:
    bring(fm, KMZ)
    four = rows(fm, "SELECT feature_id, west FROM plan_feature WHERE name LIKE 'GC-Landmark%' ORDER BY west")
    assert len({row["feature_id"] for row in four}) == 4
    assert not bring(fm, KMZ).promoted.changed


def test_explanations_of_a_sample_agree_with_geos(fm: Plan) -> None:
    bring(fm, "addresses.geojson", KMZ)
    areas = fm.areas[fm.areas["role"] == "coverage"]
    ids = [row["address_id"] for row in rows(fm, "SELECT address_id FROM address ORDER BY 1")]
    for address_id in ids[::150]:
        said = fm.explain(address_id)
        assert said.agrees
        point = shapely.Point(said.address["lon"], said.address["lat"])
        over = set(areas.loc[np.asarray(areas.geometry.intersects(point)), "class"])
        assert said.class_ == next((name for name in ("build", "pre-build") if name in over), "out-of-coverage")


def test_the_rest_of_the_countys_layers_change_no_class(fm: Plan) -> None:
    bring(fm, "addresses.geojson", KMZ)
    before = rows(fm, "SELECT address_id, class, area_id FROM addresses ORDER BY 1")
    report = bring(fm, *(f"{name}.geojson" for name in BESIDE))
    assert all(counts_conserved(report))
    assert report.promoted.flips.counts == {}
    after = rows(fm, "SELECT address_id, class, area_id FROM addresses ORDER BY 1")
    assert after == before
    assert told(fm) == expected()
    sound(fm)
    fm.undo()
    assert rows(fm, "SELECT * FROM flag WHERE code = 'drop_crosses'") == []
    assert fm.replay().proven


def test_blank_cities_are_filled_from_the_boundaries(fm: Plan) -> None:
    bring(fm, "addresses.geojson", "zipcodes.geojson", "city_boundary.geojson")
    filled = rows(fm, "SELECT count(*) AS n FROM addresses WHERE filled IS NOT NULL")[0]["n"]
    blank = rows(fm, "SELECT count(*) AS n FROM addresses WHERE zip IS NULL")[0]["n"]
    zips = gpd.read_file(file("zipcodes.geojson")).union_all()
    homes = gpd.read_file(file("addresses.geojson"))
    outside = int((~homes.geometry.intersects(zips)).sum())
    assert filled > 2_500
    assert blank <= outside


# -- a plan without areas

STYLE = "kml_style/MTN-Ghana-FOB-export.kml"


def test_an_operators_plan_of_points_and_lines_covers_what_lies_near_it_on_one_yes(fm: Plan) -> None:
    plan = reference_data(STYLE)
    fm.ingest(plan, source="plan", distance_rules=False, yes=True, progress=False)
    routes = fm.network[fm.network["role"] == "network_lines"]
    assert len(routes) > 0
    homes = _beside(routes.geometry, near_deg=0.0002, far_deg=0.02)
    fm.ingest(homes, source="county", progress=False, yes=True)
    before = state(fm)
    with pytest.raises(NeedsYes, match="no coverage areas"):
        fm.ingest(plan, source="plan", progress=False)
    assert differences(before, state(fm)) == {}
    fm.ingest(plan, source="plan", progress=False, yes=True)
    classes = {row["number"]: row["class"] for row in rows(fm, "SELECT number, class FROM addresses")}
    assert all(classes[number] in ("build", "pre-build") for number in classes if number % 2 == 0)
    assert fm.replay().proven


def _beside(lines: gpd.GeoSeries, *, near_deg: float, far_deg: float) -> gpd.GeoDataFrame:
    """Homes with even numbers a few metres off the first vertices of some lines, odd ones far off."""
    starts = [shapely.get_coordinates(line)[0] for line in lines[:20]]
    where = [shapely.Point(x + by, y) for x, y in starts for by in (near_deg, far_deg)]
    said = {"ADDNUM": [str(n + 2) for n in range(len(where))], "STREET": ["Main St"] * len(where)}
    return gpd.GeoDataFrame(said, geometry=where, crs="EPSG:4326")
