"""Which column is which: proposals, profiles, and the text that a mapping takes from features."""

from __future__ import annotations

import time
from typing import Any

import orjson
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fibermap.formats.model import Feature, FieldInfo, LayerInfo
from fibermap.ingest.attributes import NULL_WORDS
from fibermap.ingest.fields import (
    Column,
    Constant,
    FieldSource,
    Folder,
    FolderNamed,
    Joined,
    Mapping,
    Own,
    check_columns,
)
from fibermap.ingest.mapping import MappingProposal, apply_mapping, propose_mapping
from fibermap.ingest.profiles import ALL_USES, BUILT_IN, Profile, Use, profile_named
from fibermap.ingest.roles import Role
from fibermap.ingest.targets import TARGETS
from fibermap.kernel.errors import Code, InputRefused
from tests.ingest.features import AREA, POINT, esri_plan_table, features_like, geojson_table, kml_table, table_of


def propose(role: Role, *rows: dict[str, Any], profiles: tuple[Profile, ...] = BUILT_IN) -> MappingProposal:
    return propose_mapping(table_of(features_like(POINT, *rows)), LayerInfo("layer", len(rows)), role, profiles)


def columns(proposal: MappingProposal) -> dict[str, str]:
    """Return the first column of each target, for reading."""
    return {t: s.names[0] for t, s in proposal.mapping.fields.items() if isinstance(s, Column)}


def refusal(act: Any) -> InputRefused:
    with pytest.raises(InputRefused) as refused:
        act()
    assert refused.value.code is Code.MAPPING_INVALID
    return refused.value


FABRIC = {
    "location_id": 1000000121, "address_primary": "12 MAIN ST", "city": "BELGRADE", "state": "MT", "zip": "59714",
    "zip_suffix": "0123", "unit_count": 4, "bsl_flag": "True", "building_type_code": "R", "land_use_code": 1,
    "address_confidence_code": 1, "county_geoid": "30031", "block_geoid": "300310001001000", "h3_9": "8928308280fffff",
    "latitude": 45.8, "longitude": -111.3, "fcc_rel": "12312025",
}  # fmt: skip
SUPPLEMENTAL = {
    "location_id": 1000000121, "address_id": 7, "parcel_id": "06-1", "address_confidence_code": 1, "address_range": "",
    "pre_direction": "", "street_name": "MAIN", "suffix": "ST", "post_direction": "", "primary_supplemental": "S",
    "address": "14 MAIN ST", "city": "BELGRADE", "state": "MT", "zip": "59714", "zip_suffix": "", "address_source": "x",
}  # fmt: skip
NAD = {
    "UUID": "{a}", "AddNo_Full": "12", "Add_Number": 12, "St_Name": "Main", "St_PosTyp": "Street", "Unit": "B",
    "County": "Gallatin", "Inc_Muni": "Belgrade", "Post_City": "Belgrade", "State": "MT", "Zip_Code": "59714",
    "Placement": "Structure - Rooftop", "NAD_Source": "Montana", "Parcel_ID": "06-1",
}  # fmt: skip
NENA = {
    "Site_NGUID": "SSAP1@x", "ESN": "202", "Add_Number": 12, "AddNum_Suf": "1/2", "St_PreDir": "N", "St_Name": "Main",
    "St_PosTyp": "Street", "Unit": "B", "Inc_Muni": "", "Post_Comm": "Belgrade", "Post_Code": "59714",
    "Place_Type": "Single family", "Placement": "Structure", "State": "MT", "County": "Gallatin",
}  # fmt: skip
OPENADDRESSES = {
    "hash": "a1", "number": "12", "street": "Main St", "unit": "", "city": "Belgrade", "district": "", "region": "MT",
    "postcode": "59714", "id": "9",
}  # fmt: skip
ESRI = {
    "OBJECTID": 1, "SITEADDID": "S1", "FULLADDR": "12 N MAIN ST", "ADDRNUM": "12", "PREDIR": "N", "ROADNAME": "MAIN",
    "POSTTYPE": "ST", "UNITTYPE": "APT", "UNITID": "4", "MUNICIPALITY": "Belgrade", "STATUS": "Current",
}  # fmt: skip
PARTS = {
    "id": 633, "num": 1231, "pre": "E", "name": "UNIVERSITY", "typ": "AVE", "post": "", "unit": "",
    "city": "GAINESVILLE", "zip": "32641", "lat": 29.65, "lon": -82.3,
}  # fmt: skip


@pytest.mark.parametrize(
    ("row", "profile", "expected"),
    [
        (FABRIC, "fcc_fabric_active", {"full_address": "address_primary", "fcc_location_id": "location_id"}),
        (SUPPLEMENTAL, "fcc_fabric_supplemental", {"full_address": "address", "source_id": "address_id"}),
        (NAD, "nad", {"number": "Add_Number", "zip": "Zip_Code", "source_id": "UUID", "parcel_id": "Parcel_ID"}),
        (NENA, "nena", {"number_suffix": "AddNum_Suf", "zip": "Post_Code", "source_id": "Site_NGUID"}),
        (OPENADDRESSES, "openaddresses", {"number": "number", "street_name": "street", "state": "region"}),
        (PARTS, "street_parts", {"number": "num", "street_name": "name", "post_type": "typ", "source_id": "id"}),
        (ESRI, "esri_local_government", {"number": "ADDRNUM", "unit": "UNITID", "full_address": "FULLADDR"}),
    ],
)
def test_known_shapes_are_recognised(row: dict[str, Any], profile: str, expected: dict[str, str]) -> None:
    proposal = propose(Role.ADDRESSES, row)

    assert proposal.profile == profile
    assert columns(proposal) | expected == columns(proposal)
    assert min(proposal.confidence.values()) > 0.6


@pytest.mark.parametrize("row", [FABRIC, NAD, NENA, OPENADDRESSES, ESRI])
def test_spelling_of_columns_does_not_matter(row: dict[str, Any]) -> None:
    shouted = {name.upper(): value for name, value in row.items()}

    assert propose(Role.ADDRESSES, shouted).profile == propose(Role.ADDRESSES, row).profile


def test_the_fabric_may_be_used_for_filing_and_challenge_only() -> None:
    assert profile_named("fcc_fabric_active").permitted_uses == {Use.FILING, Use.CHALLENGE}
    assert profile_named("fcc_fabric_supplemental").permitted_uses == {Use.FILING, Use.CHALLENGE}
    assert profile_named("nad").permitted_uses == ALL_USES


def test_county_addresses_are_mapped_in_full() -> None:
    proposal = propose_mapping(geojson_table("addresses.geojson"), LayerInfo("addresses", 3713), Role.ADDRESSES)

    assert proposal.profile == "county_road_parts"
    assert columns(proposal) == {
        "number": "ADDRESS", "pre_directional": "DIRPRE", "street_name": "ROADNAME", "post_type": "ROADTYPE",
        "post_directional": "DIRSUF", "unit": "LV_APT", "full_address": "ADDRESS_CONCAT", "city": "CITY",
        "county": "COUNTY", "zip": "ZIPCODE", "type": "TYPE", "structure_id": "STRUCTURE_ID", "source_id": "OBJECTID",
    }  # fmt: skip
    assert proposal.samples["zip"] == ("59714", "59741", "59752")


def test_without_its_profile_the_same_columns_are_found_by_name_and_value() -> None:
    table, layer = geojson_table("addresses.geojson"), LayerInfo("addresses", 3713)

    known = propose_mapping(table, layer, Role.ADDRESSES)
    found = propose_mapping(table, layer, Role.ADDRESSES, profiles=())

    assert found.profile is None
    assert found.mapping == known.mapping


def test_address_is_a_number_or_a_whole_address_by_what_it_holds() -> None:
    numbers = propose(Role.ADDRESSES, {"ADDRESS": "208"}, {"ADDRESS": "9150 1/2"}, {"ADDRESS": "12A"})
    whole = propose(Role.ADDRESSES, {"ADDRESS": "208 Dry Creek Rd"})
    streets = propose(Role.ADDRESSES, {"ADDRESS": "LANDMARK DR"})

    assert [columns(numbers), columns(whole), columns(streets)] == [
        {"number": "ADDRESS"},
        {"full_address": "ADDRESS"},
        {},
    ]


@pytest.mark.parametrize("unit", ["1", "1 ", " ", "a", "1-", "#", ".", "N ", "\u0301"])
@pytest.mark.parametrize("role", [Role.ADDRESSES, Role.COVERAGE])
def test_a_value_of_a_megabyte_is_told_from_an_address_in_no_time(unit: str, role: Role) -> None:
    value = unit * (1_000_000 // len(unit)) + "!"
    began_s = time.perf_counter()
    for spec in TARGETS[role].values():
        spec.fits([value] * 100)

    assert time.perf_counter() - began_s < 60


def test_the_life_of_an_address_is_not_the_status_of_a_network() -> None:
    proposal = propose(Role.ADDRESSES, ESRI, {"STATUS": "Active"})

    assert "status" not in proposal.mapping.fields
    assert "STATUS" in proposal.unused


def test_a_plan_in_esri_json_is_mapped() -> None:
    table = esri_plan_table()
    layer = LayerInfo(table.column("layer")[0].as_py(), 21)

    assert columns(propose_mapping(table, layer, Role.COVERAGE)) == {
        "area_name": "FDA_ID", "status": "STATUS", "phase": "PHASE", "expected_live_on": "READY_DATE",
    }  # fmt: skip


def test_in_a_kmz_the_phase_comes_from_the_folders() -> None:
    table = kml_table("manhattan_mt/plan/manhattan_mt_ftth_plan.kmz").slice(0, 21)
    layer = LayerInfo(table.column("layer")[0].as_py(), 21)

    mapping = propose_mapping(table, layer, Role.COVERAGE).mapping
    phases = apply_mapping(table, mapping).column("phase").to_pylist()

    assert mapping.fields["phase"] == FolderNamed("phase")
    assert (phases[0], phases[-1]) == ("Phase 1 - Manhattan Town", "Phase 4 - Design")


def test_a_status_column_whose_words_are_known_goes_before_one_of_codes() -> None:
    proposal = propose(Role.COVERAGE, {"STATUS": "A", "STAGE": "In Service"}, {"STATUS": "B", "STAGE": "Design"})

    assert proposal.mapping.fields["status"] == Column(("STAGE", "STATUS"))


def test_a_rare_column_is_not_overlooked() -> None:
    rows = [{"ADDRNO": str(row), "STREET": "MAIN"} for row in range(1, 2_000)]
    rows[777]["APT"] = "4"

    assert columns(propose(Role.ADDRESSES, *rows))["unit"] == "APT"


def test_codes_of_domains_are_not_offered_as_columns() -> None:
    assert propose(Role.COVERAGE, {"STATUS": "Build", "STATUS.code": "1"}).unused == ()


def test_names_and_ids_of_features_fill_in() -> None:
    area = Feature(1, "plan", AREA, {}, "FDA-7")
    address = Feature(1, "plan", POINT, {"FULLADDR": "1 A ST"}, source_fid="77")
    layer = LayerInfo("plan", 1)

    assert propose_mapping(table_of([area]), layer, Role.COVERAGE).mapping.fields == {"area_name": Own("name")}
    assert propose_mapping(table_of([address]), layer, Role.ADDRESSES).mapping.fields["source_id"] == Own("source_fid")


def test_columns_that_no_feature_states_can_be_applied_and_are_null() -> None:
    layer = LayerInfo("layer", 1, fields=tuple(map(FieldInfo, NENA)))
    table = table_of(features_like(POINT, {"Add_Number": 12, "St_Name": "Main"}))

    mapping = propose_mapping(table, layer, Role.ADDRESSES).mapping

    assert apply_mapping(table, mapping).column("number").to_pylist() == ["12"]


@pytest.mark.parametrize("null", [*NULL_WORDS, " ", "NULL", "<Null>", "None", "\u00a0", None])
def test_texts_that_say_nothing_become_null(null: str | None) -> None:
    table = table_of(features_like(POINT, {"CITY": null}))

    assert apply_mapping(table, Mapping(Role.ADDRESSES, {"city": Column(("CITY",))})).column("city").to_pylist() == [
        None
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [(101.0, "101"), (101, "101"), (" 12 ", "12"), ("007", "007"), (True, "true"), (0.5, "0.5"), ({"a": 1}, '{"a":1}')],
)
def test_values_become_text(value: Any, text: str) -> None:
    table = table_of(features_like(POINT, {"X": value}))

    assert apply_mapping(table, Mapping(Role.ADDRESSES, {"unit": Column(("X",))})).column("unit").to_pylist() == [text]


def test_zero_is_a_placeholder_in_ids_and_zips_and_a_value_elsewhere() -> None:
    fields: dict[str, FieldSource] = {"structure_id": Column(("S",)), "zip": Column(("Z",)), "unit": Column(("U",))}
    table = table_of(features_like(POINT, {"S": 0, "Z": "00000", "U": 0}))

    row = apply_mapping(table, Mapping(Role.ADDRESSES, fields)).to_pylist()[0]

    assert (row["structure_id"], row["zip"], row["unit"]) == (None, None, "0")


def test_every_kind_of_source() -> None:
    fields: dict[str, FieldSource] = {
        "city": Column(("MUNI", "POST")),
        "street_name": Joined(("PRE", "NAME", "TYPE")),
        "state": Constant("MT"),
        "county": Folder(0),
        "building": Folder(-1),
        "unit": Folder(7),
        "type": FolderNamed("phase"),
        "source_id": Own("source_fid"),
    }
    values = {"MUNI": " ", "POST": "Belgrade", "PRE": "N", "NAME": "MAIN", "TYPE": None}
    feature = Feature(1, "a", POINT, values, None, ("Gallatin", "Phase 1", "B"), "9")

    row = apply_mapping(table_of([feature]), Mapping(Role.ADDRESSES, fields)).to_pylist()[0]

    assert {target: row[target] for target in fields} == {
        "city": "Belgrade", "street_name": "N MAIN", "state": "MT", "county": "Gallatin", "building": "B", "unit": None,
        "type": "Phase 1", "source_id": "9",
    }  # fmt: skip


def test_all_targets_of_the_role_are_there_in_the_order_of_the_rows() -> None:
    mapped = apply_mapping(
        geojson_table("addresses.geojson"), Mapping(Role.ADDRESSES, {"source_id": Column(("OBJECTID",))})
    )

    assert mapped.column_names == ["row", "layer", *TARGETS[Role.ADDRESSES]]
    assert mapped.column("row").to_pylist() == list(range(1, 3714))
    assert mapped.column("source_id").null_count == 0
    assert mapped.column("number").null_count == 3713


def test_a_missing_column_is_refused_with_the_nearest_one() -> None:
    table = table_of(features_like(POINT, {"ROADNAME": "MAIN"}))
    error = refusal(lambda: apply_mapping(table, Mapping(Role.ADDRESSES, {"street_name": Column(("ROAD_NAME",))})))

    assert (error.where["field"], error.where["column"]) == ("street_name", "ROAD_NAME")
    assert error.hint == "Did you mean 'ROADNAME'?"


def test_a_blank_column_is_not_a_missing_one() -> None:
    check_columns(Mapping(Role.ADDRESSES, {"unit": Column(("APT",))}), ["APT"])
    table = table_of(features_like(POINT, {"APT": " "}))

    assert apply_mapping(table, Mapping(Role.ADDRESSES, {"unit": Column(("APT",))})).column("unit").null_count == 1


def test_nothing_can_be_mapped() -> None:
    assert apply_mapping(table_of([]), Mapping(Role.COVERAGE, {"status": Column(("STATUS",))})).num_rows == 0


def test_an_unknown_target_is_refused_with_the_nearest_one() -> None:
    error = refusal(lambda: Mapping.from_json({"role": "coverage", "fields": {"statsu": "STATUS"}}))

    assert error.where["field"] == "statsu"
    assert error.hint == "Did you mean 'status'?"


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {"role": "coverage"},
        {"role": "cover", "fields": {}},
        {"role": "coverage", "fields": {"status": 7}},
        {"role": "coverage", "fields": {"status": {"column": []}}},
        {"role": "coverage", "fields": {"status": {"own": "x"}}},
        {"role": "coverage", "fields": {"status": {"folder": True}}},
        {"role": "coverage", "fields": {"status": {"column": "A", "join": ["B"]}}},
    ],
)
def test_malformed_mappings_are_refused(data: Any) -> None:
    refusal(lambda: Mapping.from_json(data))


def test_a_bare_text_is_a_column() -> None:
    mapping = Mapping.from_json({"role": "coverage", "fields": {"status": "STATUS"}})

    assert mapping.fields == {"status": Column(("STATUS",))}


@pytest.mark.parametrize("profile", BUILT_IN, ids=lambda profile: profile.name)
def test_profiles_survive_json(profile: Profile) -> None:
    assert Profile.from_json(orjson.loads(orjson.dumps(profile.to_json()))) == profile


@pytest.mark.parametrize("profile", BUILT_IN, ids=lambda profile: profile.name)
def test_built_in_profiles_fill_fields_that_their_role_has(profile: Profile) -> None:
    assert set(profile.mapping.fields) <= set(TARGETS[profile.mapping.role])


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"licence": 7}, "licence"),
        ({"permitted_uses": ["resale"]}, "permitted_uses"),
        ({"permitted_uses": "sales"}, "permitted_uses"),
        ({"signature": [1]}, "signature"),
        ({"vocabulary": "french"}, "vocabulary"),
    ],
)
def test_malformed_profiles_are_refused(change: dict[str, Any], field: str) -> None:
    assert refusal(lambda: Profile.from_json(BUILT_IN[0].to_json() | change)).where["field"] == field


def test_a_saved_profile_is_recognised_before_the_built_in_ones() -> None:
    mine = Profile("ours", "Ours", Mapping(Role.COVERAGE, {"area_name": Column(("HUT",))}), frozenset({"hut", "x"}))

    proposal = propose(Role.COVERAGE, {"HUT": "7", "X": "1"}, profiles=(mine, *BUILT_IN))

    assert (proposal.profile, columns(proposal)["area_name"]) == ("ours", "HUT")


def test_an_unknown_profile_is_refused_with_a_list() -> None:
    assert "nena" in refusal(lambda: profile_named("nina")).hint


sources = st.one_of(
    st.builds(Column, st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=3).map(tuple)),
    st.builds(Joined, st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=3).map(tuple)),
    st.builds(Constant, st.text(max_size=8)),
    st.builds(Folder, st.integers(-9, 9)),
    st.builds(FolderNamed, st.text(min_size=1, max_size=8)),
    st.builds(Own, st.sampled_from(["name", "layer", "source_fid"])),
)


@given(st.dictionaries(st.sampled_from(sorted(TARGETS[Role.COVERAGE])), sources))
def test_mappings_survive_json(fields: dict[str, FieldSource]) -> None:
    mapping = Mapping(Role.COVERAGE, fields)

    assert Mapping.from_json(mapping.to_json()) == mapping


anything = st.one_of(
    st.none(), st.text(max_size=6), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False, allow_infinity=False)
)


@given(st.lists(anything, max_size=20))
def test_mapped_text_is_never_blank_and_never_padded(values: list[Any]) -> None:
    table = table_of(features_like(POINT, *({"X": value} for value in values)))

    texts = apply_mapping(table, Mapping(Role.ADDRESSES, {"unit": Column(("X",))})).column("unit").to_pylist()

    stated = [text for text in texts if text is not None]
    assert len(texts) == len(values)
    assert all(text and text == text.strip(" \t\n") and text.lower() not in NULL_WORDS for text in stated)


@pytest.mark.slow
def test_300_000_addresses_are_mapped_in_under_five_seconds() -> None:
    table = geojson_table("addresses.geojson")
    mapping = propose_mapping(table, LayerInfo("addresses", 3713), Role.ADDRESSES).mapping
    county = pa.concat_tables([table] * 81)

    started = time.process_time()
    mapped = apply_mapping(county, mapping)

    assert mapped.num_rows == 300_753
    assert time.process_time() - started < 5
