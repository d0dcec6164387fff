"""From records to addresses: what merges, what never does, and ids that outlive every refresh."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from fibermap.kernel.events import AddressesMerged
from fibermap.plan import Plan
from tests.builders import area, box, classes, home, ids, ingest, new_plan, rows, sound, source, view


@pytest.fixture
def fm() -> Iterator[Plan]:
    with new_plan() as opened:
        yield opened


def records_of(fm: Plan) -> dict[str, int]:
    """Own id of each record -> address id."""
    return {row["source_id"]: row["address_id"] for row in rows(fm, "SELECT source_id, address_id FROM source_records")}


def reviews(fm: Plan) -> list[str]:
    return [row["reason"] for row in rows(fm, "SELECT reason FROM duplicate_review WHERE to_version IS NULL")]


# -- merging


def test_records_of_one_key_within_thirty_metres_are_one_address(fm: Plan) -> None:
    ingest(fm, source("county", [home(1, 0)]), source("second", [home(1, 29.9, OBJECTID=100)]))
    assert len(ids(fm)) == 1
    assert len(set(records_of(fm).values())) == 1
    assert view(fm, "1 Main St")["records"] == 2
    assert reviews(fm) == []


def test_records_farther_apart_are_two_addresses_and_go_to_the_review_list(fm: Plan) -> None:
    ingest(fm, source("county", [home(1, 0)]), source("second", [home(1, 30.1, OBJECTID=100)]))
    assert len(set(records_of(fm).values())) == 2
    assert reviews(fm) == ["far_apart"]


def test_one_parcel_joins_records_that_are_far_apart(fm: Plan) -> None:
    county = source("county", [home(1, 0, PARCELID="P9")])
    ingest(fm, county, source("second", [home(1, 90, OBJECTID=100, PARCELID="P9")]))
    assert len(set(records_of(fm).values())) == 1


def test_different_fabric_ids_never_merge(fm: Plan) -> None:
    ingest(
        fm,
        source("county", [home(1, 0, FCC_LOCATION_ID="1000000001")]),
        source("second", [home(1, 5, OBJECTID=100, FCC_LOCATION_ID="1000000002")]),
    )
    assert len(set(records_of(fm).values())) == 2
    assert reviews(fm) == ["fabric_id_differs"]


def test_units_of_a_building_are_addresses_in_one_location_and_the_building_counts_for_none(fm: Plan) -> None:
    units = [home(n, 0, ADDNUM="10", UNIT=unit) for n, unit in ((1, None), (2, "A"), (3, "B"))]
    neighbour = home(4, 3, ADDNUM="12")
    ingest(fm, source("county", [*units, neighbour]))
    found = rows(fm, "SELECT unit, units, location_id, number FROM addresses ORDER BY number, unit NULLS FIRST")
    assert [row["units"] for row in found] == [0, 1, 1, 1]
    assert len({row["location_id"] for row in found[:3]}) == 1
    assert found[3]["location_id"] != found[0]["location_id"], "equal or near coordinates make no building"


def test_the_neighbour_in_one_structure_still_counts_beside_listed_units(fm: Plan) -> None:
    county = [
        home(1, 0, ADDNUM="10", UNIT="A", STRUCTUREID="S1"),
        home(2, 0, ADDNUM="10", UNIT="B", STRUCTUREID="S1"),
        home(3, 4, ADDNUM="12", STRUCTUREID="S1"),
    ]
    ingest(fm, source("county", county))
    assert {row["delivery_line"]: row["units"] for row in rows(fm, "SELECT * FROM addresses")}["12 Main St"] == 1


# -- never across classes


def split_plan(*, between: bool) -> list[dict[str, Any]]:
    return [area("West", "Build", box(-50, -50, 5 if between else 50, 50))]


def test_an_edge_between_two_records_parts_the_address_and_its_end_joins_it_again(fm: Plan) -> None:
    both = source("county", [home(1, 0)]), source("second", [home(1, 20, OBJECTID=100)])
    ingest(fm, *both)
    ((_line, one),) = ids(fm).items()
    ingest(fm, source("plan", split_plan(between=True)))
    apart = records_of(fm)
    assert apart["1"] != apart["100"]
    assert one in apart.values(), "the id lives on in one of the two"
    assert reviews(fm) == ["class_differs"]
    sound(fm)
    ingest(fm, source("plan", split_plan(between=False)))
    assert set(records_of(fm).values()) == {one}
    assert reviews(fm) == []
    (gone,) = set(apart.values()) - {one}
    assert fm.explain(gone).redirected_from == gone
    assert fm.explain(gone).address["address_id"] == one
    sound(fm)


def test_an_id_that_is_an_address_of_its_own_again_leads_nowhere_else(fm: Plan) -> None:
    ingest(fm, source("plan", split_plan(between=True)))
    ingest(fm, source("county", [home(1, 0)]))
    ingest(fm, source("second", [home(1, 20, OBJECTID=100)]))
    first = records_of(fm)
    ingest(fm, source("plan", split_plan(between=False)))
    ingest(fm, source("plan", split_plan(between=True)))
    again = records_of(fm)
    assert again["1"] != again["100"]
    for address_id in again.values():
        assert fm.explain(address_id).address["address_id"] == address_id
    assert again["1"] == first["1"]
    sound(fm)


def test_merging_tells_the_subscribers_once_with_the_number_of_ids(fm: Plan) -> None:
    ingest(fm, source("plan", split_plan(between=True)))
    ingest(fm, source("county", [home(1, 0)]), source("second", [home(1, 20, OBJECTID=100)]))
    ingest(fm, source("plan", split_plan(between=False)))
    told = rows(fm, f"SELECT payload->>'count' AS count FROM event WHERE type = '{AddressesMerged.type}'")
    assert told == [{"count": "1"}]


# -- ids


def test_an_id_depends_on_the_address_alone_not_on_the_order_of_rows_or_the_source(fm: Plan) -> None:
    ingest(fm, source("county", [home(n, 40 * n) for n in (1, 2, 3)]))
    with new_plan() as other:
        ingest(other, source("second", [home(n, 40 * n + 9, OBJECTID=n + 50) for n in (3, 1, 2)]))
        assert ids(other) == ids(fm)


def test_a_renamed_address_keeps_its_id_and_a_newcomer_of_the_old_name_gets_another(fm: Plan) -> None:
    ingest(fm, source("county", [home(1, 0)]))
    old = ids(fm)["1 Main St"]
    ingest(fm, source("county", [home(1, 0, ADDNUM="77")]))
    assert ids(fm) == {"77 Main St": old}
    ingest(fm, source("second", [home(1, 400, OBJECTID=100)]))
    now = ids(fm)
    assert now["77 Main St"] == old
    assert now["1 Main St"] != old
    sound(fm)


def test_a_source_that_gives_its_addresses_new_ids_changes_none_of_ours(fm: Plan) -> None:
    ingest(fm, source("county", [home(n, 40 * n) for n in (1, 2)]))
    before = ids(fm)
    ingest(fm, source("county", [home(n, 40 * n, OBJECTID=900 + n) for n in (1, 2)]))
    assert ids(fm) == before


def test_an_address_that_leaves_and_returns_is_the_same(fm: Plan) -> None:
    ingest(fm, source("county", [home(n, 40 * n) for n in (1, 2)]))
    before = ids(fm)
    ingest(fm, source("county", [home(1, 40)]))
    assert ids(fm) == {"1 Main St": before["1 Main St"]}
    ingest(fm, source("county", [home(n, 40 * n) for n in (1, 2)]))
    assert ids(fm) == before


def test_records_that_cannot_be_told_apart_by_text_are_addresses_of_their_own(fm: Plan) -> None:
    nameless = [home(n, 40 * n, ADDNUM=None, STREET=None) for n in (1, 2)]
    ingest(fm, source("county", nameless), source("second", [dict(row) for row in nameless]))
    assert len({row["address_id"] for row in rows(fm, "SELECT address_id FROM record_address")}) == 4


# -- city and ZIP from boundaries

ZIPS = [area("", None, box(-50, -50, 50, 50), ZIP="59741"), area("", None, box(50, -50, 150, 50), ZIP="59730")]
CITIES = [area("Manhattan", None, box(-50, -50, 150, 50), CITY="Manhattan")]


def test_blank_city_and_zip_are_filled_from_polygons_and_marked_whatever_comes_first(fm: Plan) -> None:
    county = source("county", [home(1, 0, ZIP=None), home(2, 100, ZIP=None, CITY="Churchill"), home(3, 120)])
    maps = source("zips", ZIPS), source("cities", CITIES)
    ingest(fm, county)
    ingest(fm, *maps)
    filled = rows(fm, "SELECT delivery_line, city, zip, filled, address_id FROM addresses ORDER BY 1")
    assert [(row["city"], row["zip"], row["filled"]) for row in filled] == [
        ("MANHATTAN", "59741", "city,zip"),
        ("CHURCHILL", "59730", "zip"),
        ("MANHATTAN", "59741", "city"),
    ]
    with new_plan() as other:
        ingest(other, *maps)
        ingest(other, county)
        assert rows(other, "SELECT delivery_line, city, zip, filled, address_id FROM addresses ORDER BY 1") == filled


def test_records_beside_each_other_that_only_differ_in_saying_the_zip_are_one_address(fm: Plan) -> None:
    ingest(fm, source("county", [home(1, 0, ZIP=None)]), source("second", [home(1, 9, OBJECTID=100)]))
    assert len(set(records_of(fm).values())) == 1
    assert view(fm, "1 Main St")["records"] == 2


def test_a_zip_that_comes_from_the_map_joins_records_of_one_parcel(fm: Plan) -> None:
    county = source("county", [home(1, 0, ZIP=None, PARCELID="P9")])
    ingest(fm, county, source("second", [home(1, 90, OBJECTID=100, PARCELID="P9")]))
    assert len(set(records_of(fm).values())) == 2
    ingest(fm, source("zips", ZIPS))
    assert len(set(records_of(fm).values())) == 1
    fm.undo()
    assert len(set(records_of(fm).values())) == 2
    sound(fm)


def test_without_its_boundary_an_address_is_blank_again(fm: Plan) -> None:
    ingest(fm, source("county", [home(1, 0, ZIP=None)]))
    ingest(fm, source("zips", ZIPS))
    ingest(fm, source("zips", ZIPS[1:]))
    assert view(fm, "1 Main St")["zip"] is None
    assert view(fm, "1 Main St")["filled"] is None


# -- positions


def test_an_address_without_position_is_ingested_and_of_unknown_class(fm: Plan) -> None:
    report = ingest(fm, source("county", [home(1, None), home(2, 0)]), source("plan", split_plan(between=False)))
    assert [(count.layer, count.ingested) for count in report.files] == [("county", 2), ("plan", 1)]
    assert classes(fm) == {"1 Main St": "unknown", "2 Main St": "build"}
    sound(fm)


def test_a_record_without_position_joins_the_address_of_its_key_and_lives_there(fm: Plan) -> None:
    ingest(fm, source("county", [home(1, 0)]), source("second", [home(1, None, OBJECTID=100)]))
    assert len(ids(fm)) == 1
    assert view(fm, "1 Main St")["lon"] is not None


# -- licences


def fabric(*said: dict[str, Any]) -> Any:
    return source("fabric", list(said))


RESTRICTED = frozenset({"filing", "challenge"})


def bring_fabric(fm: Plan, **said: Any) -> None:
    row = home(1, 5, OBJECTID=7, UNITCOUNT="4", FCC_LOCATION_ID="1000000001") | said
    ingest(fm, fabric(row, home(9, 30, OBJECTID=8)), permitted_uses=RESTRICTED)


def test_an_address_that_only_a_restricted_source_knows_may_not_be_sold(fm: Plan) -> None:
    ingest(fm, source("plan", split_plan(between=False)))
    bring_fabric(fm)
    assert {row["not_orderable"] for row in rows(fm, "SELECT * FROM addresses")} == {"source_not_permitted"}


def test_an_address_that_a_permitted_source_knows_too_takes_its_fields_from_that(fm: Plan) -> None:
    ingest(fm, source("plan", split_plan(between=False)))
    bring_fabric(fm, CITY="Fabric City")
    ingest(fm, source("county", [home(1, 0)]))
    known = view(fm, "1 Main St")
    assert known["sellable"]
    assert known["orderable"]
    assert (known["city"], known["unit_count"], known["fcc_location_id"]) == (None, None, None)
    assert known["records"] == 2
    assert not view(fm, "9 Main St")["sellable"]


def test_an_override_on_record_permits_and_its_undo_forbids_again(fm: Plan) -> None:
    ingest(fm, source("plan", split_plan(between=False)))
    bring_fabric(fm)
    fm.override_permission("fabric", ["lists"], "asked", "ann")
    assert not view(fm, "1 Main St")["sellable"], "sales were not named"
    fm.override_permission("fabric", ["public_answers", "sales"], "licence bought", "ann")
    assert view(fm, "1 Main St")["orderable"]
    fm.undo()
    assert not view(fm, "1 Main St")["orderable"]


def test_a_change_of_licence_alone_is_a_revision_and_can_be_undone(fm: Plan) -> None:
    ingest(fm, source("plan", split_plan(between=False)), source("county", [home(1, 0)]))
    assert view(fm, "1 Main St")["sellable"]
    assert ingest(fm, source("county", [home(1, 0)]), permitted_uses=RESTRICTED).promoted.changed
    assert not view(fm, "1 Main St")["sellable"]
    fm.undo()
    assert view(fm, "1 Main St")["sellable"]


def test_a_wider_rule_for_duplicates_merges_what_it_now_holds_for_one_address(fm: Plan) -> None:
    ingest(fm, source("county", [home(1, 0)]), source("second", [home(1, 45, OBJECTID=100)]))
    assert len(set(records_of(fm).values())) == 2
    fm.configure("rural", "ann", duplicate_m=50.0)
    assert len(set(records_of(fm).values())) == 1
    fm.undo()
    assert len(set(records_of(fm).values())) == 2
    sound(fm)
