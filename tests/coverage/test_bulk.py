"""Changes of many addresses: as one by one, exactly the selected ones, exactly as confirmed, and undone exactly."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fibermap.kernel.errors import Code, FibermapError
from fibermap.plan import Plan
from tests.builders import area, box, home, ids, ingest, new_plan, place, rows, sound, source, state, view

WHO = ("seen on site", "ann")
HOUSES = 8


def village(fm: Plan) -> None:
    ingest(
        fm,
        source("county", [home(n, 40 * n) for n in range(1, HOUSES + 1)]),
        source("plan", [
            area("North", "Build", box(20, -50, 180, 50), PHASE="1"),
            area("South", "Pre-build", box(180, -50, 260, 50), PHASE="2"),
        ]),
    )  # fmt: skip


@pytest.fixture
def fm() -> Iterator[Plan]:
    with new_plan() as opened:
        village(opened)
        yield opened


def told(fm: Plan) -> dict[int, dict[str, Any]]:
    """Everything that the view says of every address."""
    return {row["address_id"]: row for row in rows(fm, "SELECT * EXCLUDE (version) FROM addresses")}


CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "kind": st.sampled_from(["residential", "business", "other"]),
        "serviceable": st.booleans(),
        "phase": st.sampled_from(["", "1", "9"]),
        "flag": st.booleans(),
        "hold": st.sampled_from(["unsafe", "owner_refusal"]),
    },
).filter(bool)


@settings(max_examples=5, deadline=None)
@given(chosen=st.sets(st.integers(0, HOUSES - 1), min_size=1), first=CHANGES, second=CHANGES)
def test_the_laws_of_a_bulk_change(chosen: set[int], first: dict[str, Any], second: dict[str, Any]) -> None:
    with new_plan() as fm:
        village(fm)
        known = sorted(told(fm))
        picked = {known[at] for at in chosen}
        selection = {"ids": sorted(picked)}
        _change(fm, {"ids": known[:3]}, first)
        before, as_it_was = told(fm), state(fm)
        would = fm.bulk_preview(selection, **second)
        assert state(fm) == as_it_was, "a look writes nothing"
        if would["changed"]:
            done = fm.bulk_change(selection, *WHO, **second, seen=would["seen"])
            assert {name: done[name] for name in ("selected", "changed", "changes")} == {
                name: would[name] for name in ("selected", "changed", "changes")
            }
        after = told(fm)
        differ = {address_id for address_id in known if after[address_id] != before[address_id]}
        assert differ <= picked, "nothing outside the selection changes"
        assert len(differ) <= would["changed"] == 0 or len(differ) == would["changed"] or "hold" in second
        sound(fm)
        if would["changed"]:
            fm.undo()
            assert state(fm) == as_it_was, "an undo restores exactly"
            for address_id in sorted(picked):
                _change(fm, {"ids": [address_id]}, second)
        assert told(fm) == after, "one by one comes to the same"
        sound(fm)


def _change(fm: Plan, selection: dict[str, Any], change: dict[str, Any]) -> None:
    if fm.bulk_preview(selection, **change)["changed"]:
        fm.bulk_change(selection, *WHO, **change)


def test_a_preview_counts_what_changes_by_field_class_hold_and_customer(fm: Plan) -> None:
    fm.hold("unsafe", "a dog", "ann", address_id=ids(fm)["1 Main St"])
    for event in ("network_passed", "drop_built"):
        fm.change_connectivity(ids(fm)["2 Main St"], event, "work-order:1")
    fm.retype_address(ids(fm)["3 Main St"], "business", *WHO, serviceable=True)
    would = fm.bulk_preview({"class": "build"}, kind="business", phase="9", flag=True, hold="owner_refusal")
    assert (would["selected"], would["changed"], would["classes"]) == (4, 4, {"build": 4})
    assert (would["held"], would["customers"]) == (1, 1)
    assert would["changes"] == {
        "kind": {"residential -> business": 3},
        "phase": {"1 -> 9": 4},
        "flag": {"not marked -> marked": 4},
        "hold": {"none -> owner_refusal": 3, "unsafe -> owner_refusal": 1},
    }


def test_one_hold_is_on_all_of_them_and_ends_as_one(fm: Plan) -> None:
    hold_id = fm.bulk_change({"class": "build,pre-build"}, *WHO, hold="no_mdu_agreement", document="DMS 7")["hold_id"]
    held = [row for row in told(fm).values() if row["holds"] == "no_mdu_agreement"]
    assert len(held) == 6
    assert {row["class"] for row in held} == {"build", "pre-build"}, "the class stays"
    assert not any(row["orderable"] for row in held)
    ingest(fm, source("county", [home(n, 40 * n + 2) for n in range(1, HOUSES + 1)]))
    assert sum(row["holds"] is not None for row in told(fm).values()) == 6, "no refresh lifts it"
    fm.release_hold(hold_id, *WHO)
    assert all(row["holds"] is None for row in told(fm).values())
    sound(fm)


def test_what_is_typed_in_bulk_is_a_correction_like_any_other(fm: Plan) -> None:
    one = ids(fm)["1 Main St"]
    fm.bulk_change({"ids": [one]}, *WHO, serviceable=False)
    fm.bulk_change({"ids": [one]}, *WHO, kind="business")
    assert (view(fm, "1 Main St")["kind"], view(fm, "1 Main St")["serviceable"]) == ("business", False)
    row = rows(fm, f"SELECT content, corrected FROM address WHERE to_version IS NULL AND address_id = {one}")
    fm.retype_address(one, "business", *WHO, serviceable=False)
    assert rows(fm, f"SELECT content, corrected FROM address WHERE to_version IS NULL AND address_id = {one}") == row
    ingest(fm, source("county", [home(1, 40, TYPE="Garage"), *(home(n, 40 * n) for n in range(2, HOUSES + 1))]))
    assert view(fm, "1 Main St")["kind"] == "business", "no refresh overwrites it"
    sound(fm)


def test_a_phase_of_its_own_outlives_a_refresh_and_is_given_back(fm: Plan) -> None:
    one = {"ids": [ids(fm)["1 Main St"]]}
    fm.bulk_change(one, *WHO, phase="9")
    ingest(fm, source("county", [home(n, 40 * n + 2) for n in range(1, HOUSES + 1)]))
    assert view(fm, "1 Main St")["phase"] == "9"
    assert fm.bulk_preview({"phase": "9"}, flag=True)["selected"] == 1
    fm.bulk_change(one, *WHO, phase="")
    assert view(fm, "1 Main St")["phase"] == "1"


def test_a_mark_is_a_flag_that_says_why_and_that_filters_find(fm: Plan) -> None:
    one = ids(fm)["1 Main St"]
    fm.bulk_change({"ids": [one]}, *WHO, flag=True)
    assert view(fm, "1 Main St")["flags"] == "marked"
    assert fm.bulk_preview({"flag": "marked"}, flag=False)["changed"] == 1
    (flag,) = fm.explain(one).flags
    assert flag["code"] == "marked"
    assert "seen on site" in flag["detail"]
    assert [entry["code"] for entry in fm.explain(one, as_of=fm.status()["plan_version"] - 1).flags] == []


def test_what_was_confirmed_is_what_is_done_or_nothing_is(fm: Plan) -> None:
    would = fm.bulk_preview({"class": "build"}, kind="business")
    fm.move_address(ids(fm)["4 Main St"], *place(500), *WHO)
    before = state(fm)
    with pytest.raises(FibermapError) as refused:
        fm.bulk_change({"class": "build"}, *WHO, kind="business", seen=would["seen"])
    assert refused.value.code is Code.SELECTION_CHANGED
    assert "4 addresses were selected" in refused.value.message
    assert [change["author"] for change in refused.value.where["changes"]] == ["ann"]
    assert state(fm) == before


def test_a_change_elsewhere_is_no_reason_to_refuse(fm: Plan) -> None:
    would = fm.bulk_preview({"class": "build"}, kind="business")
    fm.move_address(ids(fm)["8 Main St"], *place(500), *WHO)
    again = fm.bulk_preview({"class": "build"}, kind="business")
    assert fm.bulk_change({"class": "build"}, *WHO, kind="business", seen=again["seen"])["changed"] == would["changed"]


@pytest.mark.parametrize("change", [{}, {"phase": "\x00"}, {"phase": "x" * 300}, {"hold": "exclusion"}])
def test_what_cannot_be_set_is_refused(fm: Plan, change: dict[str, Any]) -> None:
    with pytest.raises(FibermapError):
        fm.bulk_preview({}, **change)


def test_a_change_that_changes_nothing_opens_no_version(fm: Plan) -> None:
    before = fm.status()["plan_version"]
    with pytest.raises(FibermapError):
        fm.bulk_change({"class": "build"}, *WHO, kind="residential")
    assert fm.status()["plan_version"] == before


def test_a_list_is_matched_by_id_and_by_address_and_says_which_rows_are_not(fm: Plan) -> None:
    known = ids(fm)
    text = f"{known['1 Main St']}\n2 Main St 59741\n77 Main St 59741\n\n{known['1 Main St']}\n5"
    found = fm.match_list(text)
    assert found["ids"] == [known["1 Main St"], known["2 Main St"]]
    assert (found["rows"], found["twice"], found["unmatched"]) == (5, 1, 2)
    assert [(row["row"], row["text"]) for row in found["problems"]] == [(3, "77 Main St 59741"), (6, "5")]
    table = f'name,Address ID\n"Doe, Jane",{known["3 Main St"]}\nnobody,\n'
    assert fm.match_list(table)["ids"] == [known["3 Main St"]]
    assert fm.match_list("﻿Owner;x,address\na,1 Main St 59741\n")["ids"] == [known["1 Main St"]]
    for bad in ("", "  \n", "address_id\n"):
        with pytest.raises(FibermapError):
            fm.match_list(bad)
