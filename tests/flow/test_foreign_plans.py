"""Plans in the styles of many tools, over one invented town: roles right, classes as by hand, and never a false yes."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping
from itertools import permutations
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely
from shapely.geometry.base import BaseGeometry

import fibermap
from fibermap.ingest.report import IngestReport
from fibermap.ingest.roles import summarise
from fibermap.kernel.errors import NeedsYes
from fibermap.plan import Plan
from tests.flow.town import (
    BUILD,
    HOMES,
    OUT,
    PRE_BUILD,
    by_areas,
    classes,
    document,
    folder,
    geojson,
    html_table,
    place,
    placemark,
    street_block,
    way,
    write_homes,
    write_json,
)
from tests.formats.kml_files import write_archive

ALDER, CEDAR = street_block(0, 0), street_block(2, 2, homes=(0, 5))
"""What is built and what is planned in most of these plans."""
BIRCH, DOGWOOD = street_block(1, 1), street_block(3, 3)
TRUTH = by_areas([(ALDER, BUILD), (CEDAR, PRE_BUILD)])

Roles = set[tuple[str, str]]


def planned(*files: Path, **decisions: Any) -> tuple[Plan, IngestReport]:
    """Read files into a new database the careful way: a dry run, looked at, then a yes."""
    fm = fibermap.open(":memory:")
    report = fm.ingest(*files, dry_run=True, progress=False, **decisions)
    assert all(count.conserved for count in report.files)
    report.promote(yes=True)
    assert fm.doctor() == []
    assert fm.classify().changed == 0
    return fm, report


def roles(report: IngestReport, source: Path) -> Roles:
    """Return what each layer or outermost folder of a source was taken for."""
    return {
        ((each.selector.folder or (each.selector.layer,))[-1] or "", str(each.role))
        for each in summarise(report.roles[source.name])
    }


def findings(report: IngestReport) -> dict[str, str]:
    return {finding.code: finding.message for finding in report.findings}


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def frame(rows: Iterable[tuple[BaseGeometry, Mapping[str, object]]]) -> gpd.GeoDataFrame:
    known = list(rows)
    return gpd.GeoDataFrame([dict(said) for _, said in known], geometry=[shape for shape, _ in known], crs=4326)


# --- drawn by hand -------------------------------------------------------------------------------------------------


def google_earth(path: Path, name: str, built: str, planned_: str) -> Path:
    """Polygons drawn in Google Earth: two folders, and not one attribute."""
    drawn = folder(built, placemark(ALDER, "Untitled Polygon")), folder(planned_, placemark(CEDAR, "Untitled Polygon"))
    return write(path / f"{name}.kml", document(f"{name}.kml", *drawn))


@pytest.mark.parametrize(
    ("name", "built", "planned_"),
    [
        ("Fiber areas", "Existing", "Proposed"),
        ("Elk Ridge", "Existing service area", "Proposed service area"),
        ("Elk Ridge FTTH", "Phase 1 - Live", "Phase 2 - Under Construction"),
    ],
)
def test_polygons_drawn_in_google_earth_are_what_their_folders_say(
    tmp_path: Path, name: str, built: str, planned_: str
) -> None:
    plan = google_earth(tmp_path, name, built, planned_)
    fm, report = planned(write_homes(tmp_path), plan)
    assert {role for _, role in roles(report, plan)} == {"coverage"}
    assert report.questions == []
    assert classes(fm) == TRUTH


def test_polygons_of_which_nothing_says_that_they_are_a_plan_are_a_question(tmp_path: Path) -> None:
    homes, plan = write_homes(tmp_path), google_earth(tmp_path, "My Places", "Existing", "Proposed")
    with fibermap.open(":memory:") as fm:
        with pytest.raises(NeedsYes, match=r"is it right to take My Places .* as coverage areas"):
            fm.ingest(homes, plan, progress=False)
        assert len(fm.addresses()) == 0
    fm, _ = planned(homes, plan)
    assert classes(fm) == TRUTH


def test_polygons_without_any_hint_are_left_aside_aloud(tmp_path: Path) -> None:
    plan = write(tmp_path / "My Places.kml", document("My Places", placemark(ALDER, "Untitled Polygon")))
    fm, report = planned(write_homes(tmp_path), plan)
    assert set(classes(fm).values()) == {OUT}
    assert "--role 'My Places'=coverage" in findings(report)["role_unknown"]
    assert "no_plan" in findings(report)


def test_an_exclusion_folder_holds_sales_and_changes_no_class(tmp_path: Path) -> None:
    plan = write(
        tmp_path / "Elk Ridge FTTH.kml",
        document(
            "Elk Ridge FTTH",
            folder("Phase 1 - Live", placemark(ALDER, "FDA-1")),
            folder("Phase 2 - Construction", placemark(CEDAR, "FDA-2")),
            folder("Exclusions", placemark(street_block(0, 0, homes=(0, 2)), "Refused easement - Smith")),
        ),
    )
    fm, report = planned(write_homes(tmp_path), plan)
    assert ("Exclusions", "exclusion") in roles(report, plan)
    assert classes(fm) == TRUTH
    alder = fm.addresses("street_name = 'ALDER'").sort_values("number")
    assert alder.orderable.tolist() == [False] * 3 + [True] * 7


# --- ArcGIS --------------------------------------------------------------------------------------------------------


def test_an_arcgis_pro_kmz_states_its_status_in_an_html_table(tmp_path: Path) -> None:
    inside = folder(
        "FDA_Boundaries",
        placemark(ALDER, "FDA-1", html_table(OBJECTID="1", FDA_ID="FDA-1", BUILD_STATUS="Built")),
        placemark(CEDAR, "FDA-2", html_table(OBJECTID="2", FDA_ID="FDA-2", BUILD_STATUS="Under Construction")),
        placemark(DOGWOOD, "FDA-3", html_table(OBJECTID="3", FDA_ID="FDA-3", BUILD_STATUS="On Hold")),
    )
    parcels = folder("Parcels", placemark(street_block(0, 3), "P1", html_table(PARCELID="123")))
    limits = folder("City Limits", placemark(street_block(0, 3), "Elk Ridge"))
    content = document("Layers", inside, parcels, limits)
    plan = write_archive(tmp_path / "FDA_Boundaries.kmz", {"doc.kml": content.encode()})
    fm, report = planned(write_homes(tmp_path), plan)
    assert roles(report, plan) == {("FDA_Boundaries", "coverage"), ("Parcels", "parcel"), ("City Limits", "context")}
    assert "What does the status 'On Hold' mean (1 feature;" in findings(report)["status_unknown"]
    assert classes(fm) == TRUTH


def ring(shape: BaseGeometry) -> list[list[list[float]]]:
    return [[list(spot) for spot in shape.exterior.coords][::-1]]


def test_an_arcgis_online_layer_states_its_status_by_subtype(tmp_path: Path) -> None:
    subtypes = [{"id": 1, "name": "Proposed"}, {"id": 2, "name": "In Service"}, {"id": 3, "name": "Cancelled"}]
    technology = {"type": "codedValue", "name": "t", "codedValues": [{"name": "Fiber", "code": 50}]}
    areas = [(ALDER, 2), (CEDAR, 1), (DOGWOOD, 3), (BIRCH, None)]
    layer = {
        "objectIdFieldName": "OBJECTID",
        "geometryType": "esriGeometryPolygon",
        "spatialReference": {"wkid": 4326},
        "typeIdField": "STAGE",
        "types": [{**each, "domains": {}} for each in subtypes],
        "fields": [
            {"name": "OBJECTID", "type": "esriFieldTypeOID"},
            {"name": "STAGE", "type": "esriFieldTypeInteger"},
            {"name": "TECH", "type": "esriFieldTypeSmallInteger", "domain": technology},
            {"name": "READY", "type": "esriFieldTypeDate"},
        ],
        "features": [
            {
                "attributes": {"OBJECTID": n, "STAGE": stage, "TECH": 50, "READY": 1859276800000},
                "geometry": {"rings": ring(shape)},
            }
            for n, (shape, stage) in enumerate(areas, 1)
        ],
    }
    plan = write_json(tmp_path / "Service_Areas.json", layer)
    fm, report = planned(write_homes(tmp_path), plan)
    assert "no status is stated anywhere for 1 coverage area." in findings(report)["status_missing"]
    assert classes(fm) == TRUTH
    assert {str(on) for on in fm.areas.expected_live_on} == {"2028-12-01"}


def test_a_geodatabase_brings_areas_and_addresses_in_state_plane_feet(tmp_path: Path) -> None:
    geodatabase = tmp_path / "Utility.gdb"
    said = [{"FDA_NAME": "A", "CONST_STATUS": "As-Built"}, {"FDA_NAME": "B", "CONST_STATUS": "Design"}]
    areas = frame(zip((ALDER, CEDAR), said, strict=True))
    homes = frame((home.point, {"SITEID": home.id, "ADDRNUM": home.number, "STREET": home.street}) for home in HOMES)
    areas.to_crs(2256).to_file(geodatabase, layer="FiberServiceArea", driver="OpenFileGDB")
    homes.to_crs(2256).to_file(geodatabase, layer="SiteAddressPoint", driver="OpenFileGDB")
    packed = tmp_path / "Utility.gdb.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for file in geodatabase.iterdir():
            archive.write(file, f"Utility.gdb/{file.name}")
    for source in (geodatabase, packed):
        fm, report = planned(source)
        assert roles(report, source) == {("FiberServiceArea", "coverage"), ("SiteAddressPoint", "addresses")}
        assert classes(fm) == TRUTH


# --- QGIS and design tools -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("crs", [2256, 32612, 3857])
def test_a_geopackage_in_any_system_gives_the_same_classes(tmp_path: Path, crs: int) -> None:
    said = [{"Area Name": "North", "Build Status": "Existing"}, {"Area Name": "South", "Build Status": "Planned"}]
    plan = tmp_path / "planning.gpkg"
    frame(zip((ALDER, CEDAR), said, strict=True)).to_crs(crs).to_file(plan, layer="build_areas", driver="GPKG")
    fm, report = planned(write_homes(tmp_path), plan)
    assert roles(report, plan) == {("build_areas", "coverage")}
    assert classes(fm) == TRUTH


def test_words_that_could_mean_either_are_asked_about_and_serve_nobody_meanwhile(tmp_path: Path) -> None:
    said = [{"FDA": "1", "STATUS": "Constructed"}, {"FDA": "2", "STATUS": "Released"}]
    plan = geojson(tmp_path / "fiber.geojson", zip((ALDER, CEDAR), said, strict=True))
    fm, report = planned(write_homes(tmp_path), plan)
    assert {f.samples[0]["word"] for f in report.questions if f.code == "status_unknown"} == {"Constructed", "Released"}
    assert set(classes(fm).values()) == {OUT}
    fm.ingest(plan, statuses={"Constructed": "build", "Released": "pre-build"}, yes=True, progress=False)
    assert classes(fm) == TRUTH


def comsof(path: Path) -> Path:
    """A high-level design: shapefiles by the name of what they hold, and a number for the phase."""
    layers: dict[str, list[tuple[BaseGeometry, Mapping[str, object]]]] = {
        "OUT_DropClusters": [
            (ALDER, {"ID": 1, "AGG_ID": 10, "PHASE": 1, "NUM_HOMES": 10}),
            (CEDAR, {"ID": 2, "AGG_ID": 11, "PHASE": 2, "NUM_HOMES": 6}),
        ],
        "OUT_DropCables": [
            (way((home.x_m, home.y_m), (home.x_m, home.y_m - 20)), {"ID": n, "PHASE": 1, "CABLEGRAN": 1})
            for n, home in enumerate(HOMES[:10])
        ],
        "OUT_FeederCables": [(way((0, -20), (360, -20)), {"ID": 1, "PHASE": 1, "CABLEGRAN": 144})],
        "OUT_Closures": [(shapely.Point(*place(100, -20)), {"ID": 1, "IDENTIFIER": "CL-1", "PHASE": 1})],
    }
    output = path / "Output"
    output.mkdir()
    for name, rows in layers.items():
        frame(rows).to_crs(32612).to_file(output / f"{name}.shp")
    packed = path / "Elk_Ridge_HLD.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for file in output.iterdir():
            archive.write(file, f"Output/{file.name}")
    return packed


def test_a_comsof_design_asks_what_its_phases_mean(tmp_path: Path) -> None:
    plan = comsof(tmp_path)
    fm, report = planned(write_homes(tmp_path), plan)
    assert roles(report, plan) == {
        ("OUT_DropClusters", "coverage"),
        ("OUT_DropCables", "network_lines"),
        ("OUT_FeederCables", "network_lines"),
        ("OUT_Closures", "network_points"),
    }
    assert {f.samples[0]["word"] for f in report.questions if f.code == "status_unknown"} == {"phase 1", "phase 2"}
    assert set(classes(fm).values()) == {OUT}, "areas that wait for an answer are not replaced by distances"
    fm.ingest(plan, statuses={"phase 1": "build", "phase 2": "pre-build"}, yes=True, progress=False)
    assert classes(fm) == TRUTH


def test_what_phase_one_means_in_one_plan_says_nothing_about_another(tmp_path: Path) -> None:
    first = geojson(tmp_path / "elk_fiber.geojson", [(ALDER, {"FDA": "1", "PHASE": "1"})])
    second = geojson(tmp_path / "bear_fiber.geojson", [(CEDAR, {"FDA": "1", "PHASE": "1"})])
    fm, _ = planned(write_homes(tmp_path), first, statuses={"phase 1": "build"})
    report = fm.ingest(second, dry_run=True, progress=False)
    assert [finding.code for finding in report.questions] == ["status_unknown"]
    report.promote(yes=True)
    assert classes(fm) == by_areas([(ALDER, BUILD)])


def test_an_open_fibre_network_without_areas_proposes_distances(tmp_path: Path) -> None:
    network = {"id": "x", "name": "Elk"}
    point = {"type": ["terminal"], "accessPoint": True, "network": network}
    built, coming, dead = (100, -10), (100, 230), (100, 350)
    nodes = geojson(
        tmp_path / "nodes.geojson",
        [
            (shapely.Point(*place(*built)), {**point, "id": "n1", "name": "MST-1", "status": "operational"}),
            (shapely.Point(*place(*coming)), {**point, "id": "n2", "name": "MST-2", "status": "proposed"}),
            (shapely.Point(*place(*dead)), {**point, "id": "n3", "name": "MST-3", "status": "decommissioned"}),
        ],
    )
    cable = {"start": "n1", "end": "n2", "network": network, "fibreCount": 48}
    spans = geojson(
        tmp_path / "spans.geojson",
        [(way((100, 230), (200, 230)), {**cable, "id": "s1", "status": "underConstruction"})],
    )
    fm, report = planned(write_homes(tmp_path), nodes, spans)
    assert roles(report, nodes) | roles(report, spans) == {("nodes", "network_points"), ("spans", "network_lines")}
    assert "Say yes to cover what lies within 500 ft of a terminal" in findings(report)["distance_rules_proposed"]
    drop, strand = 500 * 0.3048, 300 * 0.3048
    for home in HOMES:
        to_built = ((home.x_m - built[0]) ** 2 + (home.y_m - built[1]) ** 2) ** 0.5
        to_coming = ((home.x_m - coming[0]) ** 2 + (home.y_m - coming[1]) ** 2) ** 0.5
        to_cable = ((home.x_m - min(max(home.x_m, 100), 200)) ** 2 + (home.y_m - 230) ** 2) ** 0.5
        is_coming = to_coming <= drop or to_cable <= strand
        expected = BUILD if to_built <= drop else PRE_BUILD if is_coming else OUT
        assert classes(fm)[home.id] == expected, home


def test_rollout_words_are_read_and_copper_gives_no_fiber(tmp_path: Path) -> None:
    plan = geojson(
        tmp_path / "nbn_rollout.geojson",
        [
            (ALDER, {"Name": "2ELK-01", "Technology": "FTTP", "Status": "Service available"}),
            (CEDAR, {"Name": "2ELK-02", "Technology": "FTTP", "Status": "Build commenced"}),
            (DOGWOOD, {"Name": "2ELK-03", "Technology": "FTTN", "Status": "Service available"}),
            (BIRCH, {"Name": "2ELK-04", "Technology": "FTTB", "Status": "Service available"}),
        ],
    )
    fm, report = planned(write_homes(tmp_path), plan)
    assert classes(fm) == TRUTH
    assert "what technology is 'FTTB' (1 feature)?" in findings(report)["technology_unknown"]
    assert "Copper, cable and satellite stay out." in findings(report)["set_aside_technology_other"]


def test_fixed_wireless_is_a_technology_of_its_own_and_the_best_one_counts(tmp_path: Path) -> None:
    plan = geojson(
        tmp_path / "coverage_areas.geojson",
        [
            (ALDER, {"FDA": "1", "TECH": "Fiber", "STATUS": "Planned"}),
            (street_block(0, 1), {"FDA": "2", "TECH": "Fixed wireless", "STATUS": "Live"}),
        ],
    )
    fm, _ = planned(write_homes(tmp_path), plan)
    assert classes(fm) == by_areas([(street_block(0, 1), BUILD)])
    assert set(fm.addresses("class = 'build'").technology) == {"fixed_wireless"}


# --- overlaps, terminals, several files ----------------------------------------------------------------------------


def test_build_comes_before_pre_build_and_then_the_smaller_priority_number(tmp_path: Path) -> None:
    north, south, pocket = street_block(0, 1), street_block(1, 2), street_block(1, 1, homes=(0, 3))
    plan = geojson(
        tmp_path / "fiber_phases.geojson",
        [
            (north, {"FDA_NAME": "North", "STATUS": "Planned", "PRIORITY": 2}),
            (south, {"FDA_NAME": "South", "STATUS": "Design", "PRIORITY": 1}),
            (pocket, {"FDA_NAME": "Pocket", "STATUS": "Live", "PRIORITY": 9}),
        ],
    )
    fm, report = planned(write_homes(tmp_path), plan)
    assert classes(fm) == by_areas([(north, PRE_BUILD), (south, PRE_BUILD), (pocket, BUILD)])
    birch = fm.addresses("street_name = 'BIRCH'").sort_values("number")
    assert birch.area_name.tolist() == ["Pocket"] * 4 + ["South"] * 6
    assert findings(report)["areas_overlap"].startswith("2 pairs of areas with different status overlap")


def test_the_terminal_that_the_design_assigns_beats_the_nearest_and_full_ports_block_orders(tmp_path: Path) -> None:
    near, far = (100, 60), (300, 60)
    said = {"TYPE": "MST", "PORTS_TOTAL": 8}
    plan = geojson(
        tmp_path / "fiber_terminals.geojson",
        [
            (shapely.Point(*place(*near)), {**said, "TERMINAL_ID": "T-1", "STATUS": "In Service", "PORTS_FREE": 0}),
            (shapely.Point(*place(*far)), {**said, "TERMINAL_ID": "T-2", "STATUS": "Proposed", "PORTS_FREE": 8}),
        ],
    )
    assigned = {home.id: "T-2" if home.number < 105 else "T-1" for home in HOMES[:20]}
    fm, report = planned(write_homes(tmp_path, TERMINAL=assigned), plan)
    assert roles(report, plan) == {("fiber_terminals", "network_points")}
    truth = dict.fromkeys((home.id for home in HOMES), OUT)
    assert classes(fm) == truth | {id_: PRE_BUILD if name == "T-2" else BUILD for id_, name in assigned.items()}
    assert set(fm.addresses("class = 'build'").not_orderable) == {"no_port"}


def test_a_plan_in_three_files_comes_out_the_same_in_every_order(tmp_path: Path) -> None:
    files = [
        google_earth(tmp_path, "Elk Ridge FTTH", "Live", "Design"),
        geojson(tmp_path / "fda_south.geojson", [(DOGWOOD, {"FDA": "9", "STATUS": "Built"})]),
        geojson(tmp_path / "fiber_routes.geojson", [(way((0, 0), (360, 0)), {"CABLE_ID": "F1", "STRANDS": 48})]),
        write_homes(tmp_path),
    ]
    seen = set()
    for order in list(permutations(files))[::5]:
        with fibermap.open(":memory:") as fm:
            for file in order:
                fm.ingest(file, yes=True, progress=False, distance_rules=False)
            found = fm.addresses()[["address_id", "class", "area_id", "drop_m"]].sort_values("address_id")
            seen.add(found.to_csv(index=False))
            assert classes(fm) == by_areas([(ALDER, BUILD), (CEDAR, PRE_BUILD), (DOGWOOD, BUILD)])
    assert len(seen) == 1


# --- revisions -----------------------------------------------------------------------------------------------------


def revision(path: Path, *areas: tuple[BaseGeometry, str, str]) -> Path:
    rows = [(shape, {"FDA_ID": name, "STATUS": status}) for shape, name, status in areas]
    return geojson(path / "fiber_plan.geojson", rows)


def test_a_revision_renames_moves_removes_and_goes_live_and_undo_brings_it_all_back(tmp_path: Path) -> None:
    moved = street_block(3, 3, homes=(5, 9))
    plan = revision(
        tmp_path, (ALDER, "F1", "Live"), (BIRCH, "F2", "Design"), (CEDAR, "F3", "Design"), (moved, "F4", "Live")
    )
    fm, _ = planned(write_homes(tmp_path), plan)
    before = classes(fm)
    assert before == by_areas([(ALDER, BUILD), (BIRCH, PRE_BUILD), (CEDAR, PRE_BUILD), (moved, BUILD)])
    kept = dict(zip(fm.areas.name, fm.areas.area_id, strict=True))
    west = street_block(3, 3, homes=(0, 4))
    report = fm.ingest(
        revision(tmp_path, (ALDER, "F1 Alder", "Live"), (CEDAR, "F3", "Live"), (west, "F4", "Live")),
        dry_run=True,
        progress=False,
    )
    assert report.promoted.flips.counts == {
        "fiber": {"build -> out-of-coverage": 5, "out-of-coverage -> build": 5, "pre-build -> build": 6,
                  "pre-build -> out-of-coverage": 10}
    }  # fmt: skip
    assert "5 addresses leave build" in findings(report)["addresses_leave_build"]
    report.promote(yes=True)
    assert classes(fm) == by_areas([(ALDER, BUILD), (CEDAR, BUILD), (west, BUILD)])
    now = dict(zip(fm.areas.name, fm.areas.area_id, strict=True))
    assert (now["F1 Alder"], now["F3"]) == (kept["F1"], kept["F3"]), "a renamed area is the same area"
    fm.undo()
    assert classes(fm) == before
    assert fm.doctor() == []
