"""What a source does not permit stays out: of lists, of public answers and of what can be sold, use by use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fibermap.plan import Plan
from tests.builders import area, box, home, ids, ingest, new_plan, rows, sound, source, view

USES = {"listed": "lists", "answerable": "public_answers", "sellable": "sales"}
FILING = frozenset({"filing"})
PLAN = source("plan", [area("West", "Build", box(-50, -50, 50, 50))])

uses = st.frozensets(st.sampled_from(sorted(USES.values())))


@pytest.fixture
def fm() -> Iterator[Plan]:
    """A county's two homes, and a fabric that knows one of them, one more inside the plan and one beyond it."""
    with new_plan() as plan:
        ingest(plan, PLAN, source("county", [home(1, 0), home(2, 20)]))
        fabric = [home(1, 5, OBJECTID=7, CITY="Fabric City"), home(9, 40, OBJECTID=8), home(11, 90, OBJECTID=9)]
        ingest(plan, source("fabric", fabric), permitted_uses=FILING)
        yield plan


pytestmark = pytest.mark.filterwarnings("ignore:.*left out.*:UserWarning")


def listed(fm: Plan, where: str = "true") -> set[str]:
    return set(fm.addresses(where).delivery_line)


def test_what_only_a_restricted_source_knows_is_in_no_list_and_nothing_is_silently_missing(fm: Plan) -> None:
    with pytest.warns(UserWarning, match=r"2 addresses are left out.*\(fabric\).*fibermap permit SOURCE lists"):
        shown = fm.addresses()
    assert set(shown.delivery_line) == {"1 Main St", "2 Main St"}
    assert shown.attrs["left_out"]["addresses"] == 2
    assert shown.attrs["left_out"]["reason"] == "source_not_permitted"
    assert shown.attrs["left_out"]["sources"] == ["fabric"]
    assert listed(fm, "number > 5") == set()
    assert fm.left_out("number > 9").addresses == 1


def test_its_fields_fill_no_address_that_another_source_has(fm: Plan) -> None:
    known = view(fm, "1 Main St")
    assert (known["city"], known["records"]) == (None, 2)
    assert known["listed"]
    assert known["orderable"]


def test_an_export_of_addresses_leaves_it_out_and_source_records_keep_every_record_and_say_its_uses(
    fm: Plan, tmp_path: Path
) -> None:
    assert fm.export("addresses", tmp_path / "addresses.csv").rows == 2
    assert "9 Main St" not in (tmp_path / "addresses.csv").read_text()
    assert fm.export("source-records", tmp_path / "records.csv").rows == 5
    records = pd.read_csv(tmp_path / "records.csv")
    assert set(records.query("source == 'fabric'").permitted_uses) == {"filing"}
    assert records["class"].notna().all()


def test_maps_and_gaps_leave_it_out_and_say_so(fm: Plan) -> None:
    page = fm.map().get_root().render()
    assert "9 Main St" not in page
    assert "2 addresses are left out" in page
    assert len(fm.gaps()) == 0
    assert "1 address is left out" in repr(fm.gaps())
    assert "1 address is left out" in fm.gaps()._repr_html_()


def test_the_map_of_a_dry_run_leaves_it_out_and_says_so() -> None:
    with new_plan() as fm:
        report = ingest(fm, source("fabric", [home(9, 40)]), permitted_uses=FILING, dry_run=True)
        page = fm.map_of(report).get_root().render()
        assert "9 Main St" not in page
        assert "1 address is left out" in page


def test_classes_counts_and_replay_stay_complete(fm: Plan) -> None:
    state = fm.status().value
    assert sum(row["addresses"] for row in state["classes"]) == 4
    assert state["not_listed"] == 2
    assert fm.replay().verdicts == 4
    sound(fm)


def test_permitting_adds_exactly_the_uses_that_are_named_and_undo_takes_them_back(fm: Plan) -> None:
    fm.override_permission("fabric", ["sales"], "Agreement of 4 May", "Counsel")
    known = view(fm, "9 Main St")
    assert (known["orderable"], known["listed"], known["answerable"]) == (True, False, False)
    fm.override_permission("fabric", ["lists"], "Agreement of 5 May", "Counsel")
    assert "9 Main St" in listed(fm)
    assert not fm.left_out()
    given = [
        (row["source"], row["uses"], row["reason"], row["author"]) for row in fm.status().value["permitted_on_record"]
    ]
    assert given == [
        ("fabric", "sales", "Agreement of 4 May", "Counsel"),
        ("fabric", "lists", "Agreement of 5 May", "Counsel"),
    ]
    assert "permitted for fabric: lists, by Counsel" in repr(fm.status())
    fm.undo()
    assert "9 Main St" not in listed(fm)
    assert view(fm, "9 Main St")["orderable"]


def test_a_check_does_not_find_it_until_public_answers_are_permitted(fm: Plan) -> None:
    lon, lat = view(fm, "9 Main St")["lon"], view(fm, "9 Main St")["lat"]

    def found() -> tuple[bool, bool]:
        by_text = fm.check("9 Main St")["match"]["status"] == "matched"
        near = fm.check(lon=lon, lat=lat)["candidates"]
        return by_text, "9 Main St" in {row["address"].partition(",")[0] for row in near}

    assert found() == (False, False)
    fm.override_permission("fabric", ["public_answers"], "Agreement of 4 May", "Counsel")
    assert found() == (True, True)


def test_units_that_a_person_makes_from_an_address_may_be_used_for_what_its_source_permits(fm: Plan) -> None:
    fm.split_address(ids(fm)["9 Main St"], "A-B", "flats", "ann")
    units = "SELECT listed, answerable, sellable, orderable FROM addresses WHERE unit IS NOT NULL"
    assert [set(row.values()) for row in rows(fm, units)] == [{False}, {False}]
    fm.override_permission("fabric", list(USES.values()), "bought", "ann")
    assert [set(row.values()) for row in rows(fm, units)] == [{True}, {True}]
    fm.undo()
    assert [set(row.values()) for row in rows(fm, units)] == [{False}, {False}]
    sound(fm)


def test_what_a_person_has_seen_stays_hers_when_a_restricted_source_knows_it_too(fm: Plan) -> None:
    lon, lat = home(15, 30)["geometry"].coords[0]
    fm.add_address("15 Main St", lon, lat, "seen", "ann")
    more = [home(15, 31, OBJECTID=20, CITY="Fabric City")]
    ingest(fm, source("second", more), permitted_uses=FILING)
    known = view(fm, "15 Main St")
    assert (known["listed"], known["orderable"], known["city"]) == (True, True, None)
    assert (known["provisional"], known["records"]) == (True, 1)
    sound(fm)


def test_units_that_may_not_be_listed_take_nothing_from_the_building_that_may(fm: Plan) -> None:
    units = [home(2, 20, OBJECTID=30, UNIT="1"), home(2, 20, OBJECTID=31, UNIT="2")]
    ingest(fm, source("second", units), permitted_uses=FILING)
    building = fm.addresses("number = 2")
    assert (list(building.delivery_line), list(building.units)) == (["2 Main St"], [1])
    assert view(fm, "2 Main St")["units"] == 0
    fm.override_permission("second", ["lists"], "bought", "ann")
    assert dict(zip(*(fm.addresses("number = 2")[name] for name in ("delivery_line", "units")), strict=True)) == {
        "2 Main St": 0,
        "2 Main St #1": 1,
        "2 Main St #2": 1,
    }


SOURCES = ("county", "second", "fabric")


def allowed(permitted: Iterable[frozenset[str]]) -> set[frozenset[str]]:
    """Return the sets of uses that an address may have: one of those that its sources permit, and the largest."""
    known = list(permitted)
    most = max(len(one) for one in known)
    return {one for one in known if len(one) == most}


@given(
    licences=st.fixed_dictionaries(dict.fromkeys(SOURCES, uses)),
    knows=st.fixed_dictionaries({name: st.sets(st.integers(1, 3), min_size=1) for name in SOURCES}),
    overrides=st.lists(st.tuples(st.sampled_from(SOURCES), uses.filter(bool)), max_size=2),
)
@settings(max_examples=8)
def test_for_any_mix_of_permissions_an_address_serves_only_what_all_that_it_is_made_of_permits(
    licences: dict[str, frozenset[str]], knows: dict[str, set[int]], overrides: list[tuple[str, frozenset[str]]]
) -> None:
    with new_plan() as fm:
        ingest(fm, PLAN)
        for at, name in enumerate(SOURCES):
            homes = [home(n, 15 * n, OBJECTID=10 * at + n, CITY=name) for n in sorted(knows[name])]
            ingest(fm, source(name, homes), permitted_uses=licences[name] | FILING)
        permitted = dict(licences)
        for name, more in overrides:
            fm.override_permission(name, sorted(more), "agreed", "ann")
            permitted[name] |= more
        shown = listed(fm)
        for row in rows(fm, "SELECT * FROM addresses"):
            own = frozenset(use for column, use in USES.items() if row[column])
            links = [name for name in SOURCES if row["number"] in knows[name]]
            assert own in allowed(permitted[name] for name in links)
            assert permitted[row["city"].lower()] == own, "its fields come from a source that permits as much"
            assert (row["delivery_line"] in shown) == ("lists" in own)
            assert row["orderable"] == ("sales" in own)
