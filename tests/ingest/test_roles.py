"""A role for every group, and no false yes: what is not evidently a plan is never taken for coverage."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fibermap.formats.model import Feature, FieldInfo, LayerInfo
from fibermap.ingest.roles import (
    ASK_BELOW,
    GeometryKind,
    Mark,
    Role,
    RoleOverride,
    RoleProposal,
    Selector,
    apply_role,
    point_kind,
    propose_roles,
    rows_by_role,
    summarise,
)
from tests.ingest.features import AREA, LINE, POINT, esri_plan_table, features_like, geojson_table, kml_table, table_of


def only(proposals: list[RoleProposal]) -> RoleProposal:
    assert len(proposals) == 1
    return proposals[0]


def role_of(*features: Feature, source_name: str = "") -> RoleProposal:
    return only(propose_roles(table_of(features), source_name=source_name))


REFERENCE = {
    "addresses": Role.ADDRESSES,
    "buildings": Role.BUILDING,
    "city_boundary": Role.BOUNDARY,
    "zipcodes": Role.BOUNDARY,
    "rivers": Role.BARRIER,
    "rail_lines": Role.BARRIER,
    "subdivisions": Role.CONTEXT,
    "minor_subdivisions": Role.CONTEXT,
    "county_zoning": Role.CONTEXT,
    "manhattan_zoning": Role.CONTEXT,
    "esz_zones": Role.CONTEXT,
    "hydrants": Role.CONTEXT,
    "lakes": Role.CONTEXT,
    "school_buildings": Role.CONTEXT,
    "town_facilities": Role.CONTEXT,
    "town_parks": Role.CONTEXT,
    "water_sewer_districts": Role.CONTEXT,
    "annexation_history": Role.CONTEXT,
    "jurisdiction_boundary": Role.CONTEXT,
    "planning_jurisdictions": Role.CONTEXT,
}


@pytest.mark.parametrize(("name", "role"), REFERENCE.items())
def test_every_county_layer_gets_its_role(name: str, role: Role) -> None:
    proposal = only(propose_roles(geojson_table(f"{name}.geojson")))

    assert proposal.role is role
    assert proposal.confidence >= ASK_BELOW or role is Role.CONTEXT
    assert proposal.reasons


@pytest.mark.parametrize(("name", "layer"), [("city_boundary", "cities"), ("buildings", "Montana"), ("rivers", "x")])
def test_a_layer_with_a_vague_name_is_known_by_its_fields_or_its_file(name: str, layer: str) -> None:
    table = geojson_table(f"{name}.geojson", layer)

    assert only(propose_roles(table, source_name=f"/county/{name}.geojson")).role is REFERENCE[name]


def test_of_the_roads_only_the_interstates_are_barriers() -> None:
    proposals = propose_roles(geojson_table("roads.geojson"))

    assert {(p.role, p.selector.mark, p.count) for p in proposals} == {
        (Role.CONTEXT, Mark.NONE, 1707 - 38),
        (Role.BARRIER, Mark.HIGHWAY, 38),
    }


def test_the_plan_in_a_kmz_is_coverage_a_route_and_an_olt() -> None:
    proposals = propose_roles(kml_table("manhattan_mt/plan/manhattan_mt_ftth_plan.kmz"))

    assert [(p.role, p.point_kind, p.count) for p in summarise(proposals)] == [
        (Role.COVERAGE, None, 21),
        (Role.NETWORK_LINES, None, 1),
        (Role.NETWORK_POINTS, "olt", 1),
    ]
    assert min(p.confidence for p in proposals) >= ASK_BELOW


def test_the_plan_in_esri_json_is_coverage() -> None:
    proposal = only(propose_roles(esri_plan_table()))

    assert (proposal.role, proposal.count) == (Role.COVERAGE, 21)
    assert proposal.confidence > 0.9


def test_a_plan_without_polygons_is_lines_and_points_of_the_network() -> None:
    proposals = propose_roles(kml_table("kml_style/MTN-Ghana-FOB-export.kml"))

    assert {p.role for p in proposals if p.selector.geometry is GeometryKind.LINE} == {Role.NETWORK_LINES}
    assert {p.role for p in proposals if p.selector.geometry is GeometryKind.POINT} == {Role.NETWORK_POINTS}
    assert sum(p.count for p in proposals) == 143


SUBDIVISION = {"SUB_NAME": "PRESCOTT RANCH SUBDIVISION PHASE 1C", "STATUS": "Active"}


def test_a_status_field_does_not_make_subdivisions_coverage() -> None:
    assert role_of(*features_like(AREA, SUBDIVISION, layer="Subdivisions")).role is Role.CONTEXT


def test_county_layers_beside_a_plan_stay_context() -> None:
    plan = features_like(AREA, {"FDA_ID": "1", "STATUS": "BUILD"}, layer="FTTH_FDA")
    county = [
        *features_like(AREA, SUBDIVISION, layer="Subdivisions"),
        *features_like(AREA, {"ZONED": "R-1", "STATUS": "Proposed"}, layer="Zoning"),
        *features_like(AREA, {"NAME": "Taylor"}, layer="Basemap", folder=("Parks", "Phase 2")),
    ]

    proposals = propose_roles(table_of([*plan, *county]))

    assert [p.role for p in proposals] == [Role.COVERAGE, Role.CONTEXT, Role.CONTEXT, Role.CONTEXT]


@pytest.mark.parametrize("leaf", ["Wetlands", "Parcels", "Permits", "Buildings"])
def test_what_lies_in_a_phase_beside_its_areas_is_not_coverage(leaf: str) -> None:
    areas = features_like(AREA, {}, folder=("ACME FTTH", "Phase 1 - Live", leaf))

    assert role_of(*areas).role is not Role.COVERAGE


def test_subdivisions_as_a_folder_inside_a_plan_with_the_plans_fields_are_coverage() -> None:
    folder = ("ACME FTTH", "Phase 2 - Platted Subdivisions")
    areas = features_like(AREA, {"FDA_ID": "A", "STATUS": "BUILD"}, folder=folder)

    assert role_of(*areas).role is Role.COVERAGE


@pytest.mark.parametrize(
    "layer", ["Water Service Area", "School Attendance Service Area", "Fire Districts", "Development Projects"]
)
def test_what_others_plan_is_never_coverage_without_a_question(layer: str) -> None:
    proposal = role_of(*features_like(AREA, {"NAME": "A", "STATUS": "Proposed"}, layer=layer))

    assert proposal.role is not Role.COVERAGE or proposal.confidence < ASK_BELOW


@pytest.mark.parametrize("folder", ["Existing", "Proposed"])
def test_a_folder_that_only_states_a_status_is_suspected_of_being_a_plan(folder: str) -> None:
    proposal = role_of(*features_like(AREA, {}, layer="My Places", folder=(folder,), name="Untitled Polygon"))

    assert (proposal.role, proposal.confidence < ASK_BELOW) == (Role.COVERAGE, True)


@pytest.mark.parametrize("folder", ["Existing Parks", "Proposed Zoning", "Existing Sewer", "Planned Trails"])
def test_existing_and_proposed_things_of_others_are_no_plan(folder: str) -> None:
    assert role_of(*features_like(AREA, {}, layer="My Places", folder=(folder,))).role is Role.CONTEXT


def test_a_fiber_technology_beside_a_status_makes_areas_a_plan() -> None:
    proposal = role_of(*features_like(AREA, {"Technology": "FTTP", "Status": "Planned"}, layer="areas"))

    assert (proposal.role, proposal.confidence >= ASK_BELOW) == (Role.COVERAGE, True)


def test_city_limits_that_name_no_city_are_surely_context() -> None:
    proposal = role_of(*features_like(AREA, {"ID": "1"}, layer="City Limits"))

    assert (proposal.role, proposal.confidence >= ASK_BELOW) == (Role.CONTEXT, True)


def test_unnamed_polygons_are_context_and_a_question() -> None:
    proposal = role_of(*features_like(AREA, {"id": "1"}))

    assert (proposal.role, proposal.confidence < ASK_BELOW) == (Role.CONTEXT, True)


def test_words_that_only_operators_use_make_a_status_column_evidence() -> None:
    proposal = role_of(*features_like(AREA, {"NAME": "A", "STATUS": "PRE-BUILD"}, layer="areas"))

    assert proposal.role is Role.COVERAGE
    assert proposal.confidence >= ASK_BELOW


@pytest.mark.parametrize("folder", ["Exclusions", "Do Not Serve", "Refused easement"])
def test_an_exclusion_folder_outranks_the_plan_around_it(folder: str) -> None:
    areas = features_like(AREA, {"FDA_ID": "7", "STATUS": "BUILD"}, folder=("ACME FTTH", folder))

    assert role_of(*areas).role is Role.EXCLUSION


def test_columns_that_an_export_gives_to_every_layer_prove_nothing() -> None:
    layer = LayerInfo("plan", 2, fields=(FieldInfo("FDA_ID"), FieldInfo("OLT"), FieldInfo("STATUS")))
    served = Feature(1, "plan", AREA, {"FDA_ID": "1", "OLT": "A", "STATUS": "BUILD"}, None, ("Service Areas",))
    park = Feature(2, "plan", AREA, {"FDA_ID": None, "OLT": "", "STATUS": None}, "Taylor Park", ("Green",))

    roles = [p.role for p in propose_roles(table_of([served, park]), (layer,))]

    assert roles == [Role.COVERAGE, Role.CONTEXT]


def test_an_exclusion_among_coverage_areas_is_told_apart_by_its_name() -> None:
    folder = ("ACME FTTH", "Service Areas")
    served = Feature(1, "plan", AREA, {"FDA_ID": "1"}, "FDA-1", folder)
    refused = Feature(2, "plan", AREA, {}, "Exclusion - Smith Ranch", folder)

    assert [p.role for p in propose_roles(table_of([served, refused]))] == [Role.COVERAGE, Role.EXCLUSION]


def test_a_name_that_mentions_a_refusal_is_not_an_exclusion() -> None:
    name = "RURAL-CORRIDOR-1 (hole = refused easement)"
    area = Feature(1, "plan", AREA, {"FDA_ID": "1", "STATUS": "PRE-BUILD"}, name, ("FTTH", "Phase 4 - Design"))

    assert role_of(area).role is Role.COVERAGE


def test_addresses_without_a_position_are_addresses_still() -> None:
    rows = features_like(None, {"location_id": 1, "address_primary": "12 MAIN ST", "city": "BELGRADE"}, layer="active")

    assert role_of(*rows).role is Role.ADDRESSES


def test_a_street_name_alone_is_no_address() -> None:
    rows = features_like(POINT, {"ADDRESS": "LANDMARK DR", "GPM": 0}, layer="points")

    assert role_of(*rows).role is Role.CONTEXT


@pytest.mark.parametrize(
    ("layer", "values", "role"),
    [
        ("Bus Routes", {"ROUTE": "5"}, Role.CONTEXT),
        ("Feeder", {}, Role.NETWORK_LINES),
        ("Strand", {}, Role.NETWORK_LINES),
        ("lines", {"FIBER_COUNT": 144}, Role.NETWORK_LINES),
        ("Railroads", {}, Role.BARRIER),
        ("Highways", {}, Role.BARRIER),
        ("Contours", {}, Role.CONTEXT),
        ("linear_ring", {}, Role.CONTEXT),
    ],
)
def test_lines(layer: str, values: dict[str, object], role: Role) -> None:
    assert role_of(*features_like(LINE, values, layer=layer)).role is role


@pytest.mark.parametrize(
    ("layer", "name", "kind"),
    [
        ("MST", "MST-014", "terminal"),
        ("terminals", "T-1", "terminal"),
        ("points", "NAP 7", "terminal"),
        ("points", "FDH-2", "cabinet"),
        ("Handholes", "12", "structure"),
        ("Sites", "OLT-01 Manhattan", "olt"),
        ("Sites", "Kintampo", "site"),
    ],
)
def test_kinds_of_network_points(layer: str, name: str, kind: str) -> None:
    proposal = role_of(*features_like(POINT, {}, layer=layer, name=name), source_name="ftth.kmz")

    assert (proposal.role, proposal.point_kind) == (Role.NETWORK_POINTS, kind)


def test_the_kind_is_told_by_the_first_text_that_tells_it() -> None:
    assert point_kind(None, "MST014", "Handholes") == "terminal"
    assert point_kind("Lisa's", "17") is None


def test_parcels() -> None:
    assert role_of(*features_like(AREA, {"PARCELID": "06-1"}, layer="Tax Parcels")).role is Role.PARCEL


def test_fields_of_a_layer_count_where_features_leave_them_out() -> None:
    layer = LayerInfo("release", 1, fields=(FieldInfo("release"), FieldInfo("capture_dates_range")))

    assert only(propose_roles(table_of(features_like(AREA, {}, layer="release")), (layer,))).role is Role.BUILDING


def test_a_decision_outranks_every_guess() -> None:
    proposals = propose_roles(geojson_table("subdivisions.geojson"))

    decided = only(apply_role(proposals, Role.COVERAGE))

    assert (decided.role, decided.confidence, decided.count) == (Role.COVERAGE, 1.0, 120)


def test_a_decision_can_be_for_one_folder() -> None:
    proposals = propose_roles(kml_table("manhattan_mt/plan/manhattan_mt_ftth_plan.kmz"))
    layer = proposals[0].selector.layer
    phase_4 = Selector(layer, ("MANHATTAN FTTH", "Phase 4 - Design"))

    decided = apply_role(proposals, RoleOverride(Role.EXCLUSION, phase_4))

    assert {p.selector.folder[1] for p in decided if p.role is Role.EXCLUSION} == {"Phase 4 - Design"}
    assert len([p for p in decided if p.role is Role.COVERAGE]) == 3


def test_of_two_decisions_the_later_counts() -> None:
    proposals = propose_roles(table_of(features_like(AREA, {})))

    decided = apply_role(proposals, [RoleOverride(Role.PARCEL), RoleOverride(Role.BUILDING)])

    assert only(decided).role is Role.BUILDING


def test_hostile_folders_do_not_make_a_million_proposals() -> None:
    marks = [Feature(row, "plan", POINT, {}, None, ("top", f"folder {row}")) for row in range(5_000)]

    proposals = propose_roles(table_of(marks))

    assert [(p.selector.folder, p.count) for p in proposals] == [(("top",), 5_000)]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["roads", "FTTH", "x"]),
            st.lists(st.sampled_from(["Phase 1", "Exclusion", "Site", ""]), max_size=3),
            st.sampled_from([POINT, LINE, AREA, None]),
            st.sampled_from([None, "Exclusion 1", "FDA-1"]),
        ),
        min_size=1,
        max_size=30,
    )
)
def test_every_feature_has_exactly_one_proposal(things: list[tuple]) -> None:
    table = table_of(
        Feature(row, layer, geometry, {}, name, tuple(folder))
        for row, (layer, folder, geometry, name) in enumerate(things)
    )

    proposals = propose_roles(table)
    rows = np.concatenate(list(rows_by_role(table, proposals).values()))

    assert sum(p.count for p in proposals) == len(things)
    assert len({p.selector for p in proposals}) == len(proposals)
    assert sorted(rows.tolist()) == list(range(len(things)))


def test_nothing_is_proposed_for_nothing() -> None:
    empty: pa.Table = table_of([])

    assert propose_roles(empty) == []
    assert rows_by_role(empty, []) == {}
