"""A source that says something new of what a person corrected is settled one way or the other, and stays settled."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import shapely

from fibermap.kernel.errors import Code, FibermapError
from fibermap.plan import Plan
from tests.builders import area, box, classes, home, ids, ingest, new_plan, place, sound, source, state, view

WHO = ("seen on site", "ann")


@pytest.fixture
def fm() -> Iterator[Plan]:
    with new_plan() as opened:
        ingest(
            opened,
            source("county", [home(n, 40 * n) for n in (1, 2, 3)]),
            source("plan", [area("North", "Build", box(0, -50, 100, 50))]),
        )
        yield opened


@pytest.fixture
def disputed(fm: Plan) -> Plan:
    fm.move_address(ids(fm)["1 Main St"], *place(500), *WHO)
    county_moves(fm, 60)
    return fm


def county_moves(fm: Plan, east_m: float) -> None:
    ingest(fm, source("county", [home(1, east_m), *(home(n, 40 * n) for n in (2, 3))]))


def test_mine_is_kept_until_the_source_says_something_else_again(disputed: Plan) -> None:
    (found,) = disputed.disagreements()
    assert (found["source"], found["kind"]) == ("county", "move")
    disputed.keep_correction(found["correction_id"], *WHO, seen=found["seen"])
    assert disputed.disagreements() == []
    assert classes(disputed)["1 Main St"] == "out-of-coverage"
    county_moves(disputed, 60)
    assert disputed.disagreements() == []
    county_moves(disputed, 80)
    (again,) = disputed.disagreements()
    assert again["correction_id"] == found["correction_id"]
    assert again["seen"] != found["seen"]
    sound(disputed)


def test_theirs_is_taken_and_an_undo_gives_mine_back(disputed: Plan) -> None:
    before = state(disputed)
    (found,) = disputed.disagreements()
    done = disputed.withdraw_correction(found["correction_id"], *WHO, seen=found["seen"])
    assert done.flips.counts == {"fiber": {"out-of-coverage -> build": 1}}
    assert view(disputed, "1 Main St")["corrected"] is None
    assert disputed.disagreements() == []
    sound(disputed)
    disputed.undo()
    assert state(disputed) == before


def test_who_looked_at_another_word_of_the_source_is_told_so(disputed: Plan) -> None:
    (found,) = disputed.disagreements()
    county_moves(disputed, 80)
    for settle in (disputed.keep_correction, disputed.withdraw_correction):
        with pytest.raises(FibermapError) as refused:
            settle(found["correction_id"], *WHO, seen=found["seen"])
        assert refused.value.code is Code.ADDRESS_CHANGED


def test_what_nobody_disputes_cannot_be_settled(disputed: Plan) -> None:
    (found,) = disputed.disagreements()
    disputed.keep_correction(found["correction_id"], *WHO)
    with pytest.raises(FibermapError) as refused:
        disputed.withdraw_correction(found["correction_id"], *WHO)
    assert refused.value.code is Code.CORRECTION_NOT_FOUND


# -- rows of lots, and their confirmation


def test_a_row_of_lots_is_one_version_and_one_undo(fm: Plan) -> None:
    road = shapely.LineString([place(0, 30), place(200, 30)])
    before = state(fm)
    seen = fm.preview_lots(road, "Lot {n}, Elk Ridge", count=4, setback_m=5.0)
    assert [(lot["name"], lot["class"], lot["known_as"]) for lot in seen] == [
        ("Lot 1, Elk Ridge", "build", None), ("Lot 2, Elk Ridge", "build", None),
        ("Lot 3, Elk Ridge", "out-of-coverage", None), ("Lot 4, Elk Ridge", "out-of-coverage", None),
    ]  # fmt: skip
    assert state(fm) == before, "a look writes nothing"
    would = fm.add_lots(road, "Lot {n}, Elk Ridge", *WHO, count=4, setback_m=5.0, dry_run=True)
    done = fm.add_lots(road, "Lot {n}, Elk Ridge", *WHO, count=4, setback_m=5.0)
    assert done.flips.counts == would.flips.counts == {"fiber": {"none -> build": 2, "none -> out-of-coverage": 2}}
    assert len(done.ids) == 4
    assert all(view(fm, lot["name"])["provisional"] for lot in seen)
    assert {lot["known_as"] for lot in fm.preview_lots(road, "Lot {n}, Elk Ridge", count=4, setback_m=5.0)} == {
        lot["name"] for lot in seen
    }
    sound(fm)
    fm.undo()
    assert state(fm) == before


def test_a_row_that_meets_what_is_known_adds_none_of_its_lots(fm: Plan) -> None:
    before = state(fm)
    with pytest.raises(FibermapError) as refused:
        fm.add_lots(shapely.MultiPoint([place(300), place(80)]), "{n} Main St", *WHO, first=1)
    assert refused.value.code is Code.CONFLICT
    assert state(fm) == before


def test_a_person_confirms_a_lot_and_a_source_that_brings_it_later_still_finds_it(fm: Plan) -> None:
    lot = fm.add_address("Lot 14, Elk Ridge", *place(60, 20), *WHO).ids[0]
    fm.confirm_address(lot, *WHO)
    assert not view(fm, "Lot 14, Elk Ridge")["provisional"]
    sound(fm)
    with pytest.raises(FibermapError):
        fm.confirm_address(lot, *WHO)
    ingest(fm, source("county", [*(home(n, 40 * n) for n in (1, 2, 3)), home(50, 66, 20)]))
    assert ids(fm)["50 Main St"] == lot
    sound(fm)


def test_units_by_pattern_are_seen_before_they_are_made(fm: Plan) -> None:
    building = ids(fm)["2 Main St"]
    fm.split_address(building, "1A", *WHO)
    seen = fm.preview_units(building, "1-2 x A-B")
    assert [(unit["unit"], unit["known"]) for unit in seen] == [
        ("1A", True),
        ("1B", False),
        ("2A", False),
        ("2B", False),
    ]
    made = fm.split_address(building, "1-2 x A-B", *WHO)
    assert list(made.ids) == [unit["address_id"] for unit in seen if not unit["known"]]
    assert view(fm, "2 Main St Unit 2B")["full_address"] == seen[-1]["full_address"]
