"""What a person knows better lies over the sources, outlives every refresh, and can be taken back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fibermap.kernel.errors import Code, FibermapError, InputRefused, NotFound
from fibermap.plan import Plan
from tests.builders import (
    area,
    box,
    classes,
    differences,
    furnished,
    home,
    ids,
    ingest,
    place,
    rows,
    sound,
    source,
    state,
    view,
)

WHO = ("seen on site", "ann")


@pytest.fixture
def fm() -> Iterator[Plan]:
    with furnished(_furnish) as opened:
        yield opened


def _furnish(opened: Plan) -> None:
    ingest(
        opened,
        source("county", [home(n, 40 * n) for n in (1, 2, 3)]),
        source("plan", [area("North", "Build", box(0, -50, 100, 50))]),
    )


def refresh(fm: Plan, *homes: dict[str, object]) -> None:
    ingest(fm, source("county", [*homes, *(home(n, 40 * n) for n in (2, 3))]))


# -- move


def test_a_move_changes_the_class_and_no_refresh_moves_it_back(fm: Plan) -> None:
    one = ids(fm)["1 Main St"]
    fm.move_address(one, *place(500), *WHO)
    assert classes(fm)["1 Main St"] == "out-of-coverage"
    assert view(fm, "1 Main St")["corrected"] == "lat,lon"
    refresh(fm, home(1, 44))
    assert classes(fm)["1 Main St"] == "out-of-coverage"
    sound(fm)


def test_a_source_that_says_something_new_is_listed_as_a_disagreement(fm: Plan) -> None:
    one = ids(fm)["1 Main St"]
    fm.move_address(one, *place(500), *WHO)
    assert fm.disagreements() == []
    refresh(fm, home(1, 60))
    (found,) = fm.disagreements()
    assert (found["address_id"], found["kind"], found["author"]) == (one, "move", "ann")
    assert fm.status().value["disagreements"] == 1


def test_a_source_that_comes_round_to_the_correction_agrees(fm: Plan) -> None:
    fm.move_address(ids(fm)["1 Main St"], *place(500), *WHO)
    refresh(fm, home(1, 500.4))
    assert fm.disagreements() == []


def test_the_second_move_counts_and_remembers_what_the_source_said(fm: Plan) -> None:
    one = ids(fm)["1 Main St"]
    fm.move_address(one, *place(500), *WHO)
    fm.move_address(one, *place(50), *WHO)
    assert classes(fm)["1 Main St"] == "build"
    assert fm.disagreements() == [], "the county still says what it said"
    assert len(rows(fm, "SELECT * FROM correction WHERE to_version IS NULL")) == 1
    fm.undo()
    assert classes(fm)["1 Main St"] == "out-of-coverage"


def test_a_correction_follows_its_address_into_a_merge(fm: Plan) -> None:
    ingest(fm, source("plan", [area("North", "Build", box(0, -50, 45, 50))]))
    ingest(fm, source("second", [home(1, 50, OBJECTID=100)]))
    lines = rows(fm, "SELECT address_id, class FROM addresses WHERE delivery_line = '1 Main St' ORDER BY class")
    assert [row["class"] for row in lines] == ["build", "out-of-coverage"]
    for row in lines:
        fm.retype_address(row["address_id"], "business", *WHO, serviceable=False)
    ingest(fm, source("plan", [area("North", "Build", box(0, -50, 100, 50))]))
    assert (view(fm, "1 Main St")["kind"], view(fm, "1 Main St")["serviceable"]) == ("business", False)
    sound(fm)


# -- add


def test_a_provisional_lot_keeps_its_id_when_the_county_brings_it_by_nearness(fm: Plan) -> None:
    lot = fm.add_address("Lot 14, Elk Ridge", *place(60, 20), *WHO).ids[0]
    assert view(fm, "Lot 14, Elk Ridge")["provisional"]
    assert classes(fm)["Lot 14, Elk Ridge"] == "build"
    fm.hold("owner_refusal", "not yet", "ann", address_id=lot)
    refresh(fm, home(1, 40), home(50, 66, 20))
    assert ids(fm)["50 Main St"] == lot
    known = view(fm, "50 Main St")
    assert (known["provisional"], known["holds"], known["records"]) == (False, "owner_refusal", 1)
    sound(fm)
    fm.undo()
    assert ids(fm)["Lot 14, Elk Ridge"] == lot


def test_a_provisional_address_keeps_its_id_by_its_text_though_typed_without_zip(fm: Plan) -> None:
    lot = fm.add_address("50 Main St", *place(60, 20), *WHO).ids[0]
    refresh(fm, home(1, 40), home(50, 260, 20))
    assert ids(fm)["50 Main St"] == lot


def test_a_provisional_address_can_be_corrected_like_any_other(fm: Plan) -> None:
    lot = fm.add_address("Lot 14, Elk Ridge", *place(60, 20), *WHO).ids[0]
    fm.move_address(lot, *place(300, 20), *WHO)
    fm.retype_address(lot, "business", *WHO, serviceable=False)
    known = view(fm, "Lot 14, Elk Ridge")
    assert (known["class"], known["kind"], known["corrected"]) == (
        "out-of-coverage",
        "business",
        "kind,lat,lon,serviceable",
    )
    refresh(fm, home(1, 40), home(50, 296, 20))
    assert ids(fm)["50 Main St"] == lot, "nearness is measured from where it really is"
    assert view(fm, "50 Main St")["kind"] == "business"
    sound(fm)


def test_a_neighbours_address_does_not_become_a_numbered_provisional_one(fm: Plan) -> None:
    lot = fm.add_address("50 Main St", *place(60, 20), *WHO).ids[0]
    refresh(fm, home(1, 40), home(52, 64, 20))
    assert ids(fm)["50 Main St"] == lot
    assert ids(fm)["52 Main St"] != lot


def test_a_lot_with_two_candidates_waits(fm: Plan) -> None:
    lot = fm.add_address("Lot 14, Elk Ridge", *place(60, 20), *WHO).ids[0]
    refresh(fm, home(1, 40), home(50, 64, 20), home(52, 56, 20))
    assert ids(fm)["Lot 14, Elk Ridge"] == lot


def test_an_address_that_is_there_already_is_not_added_again(fm: Plan) -> None:
    with pytest.raises(InputRefused, match="there already") as refused:
        fm.add_address("2 Main Street", *place(85), *WHO)
    assert refused.value.code is Code.CONFLICT
    assert refused.value.where["address_id"] == ids(fm)["2 Main St"]


def test_the_same_text_in_another_town_is_another_address(fm: Plan) -> None:
    first = fm.add_address("9 Elm St", *place(0, 0), *WHO).ids[0]
    second = fm.add_address("9 Elm St", *place(5_000, 0), *WHO).ids[0]
    assert first != second
    sound(fm)


# -- retype, split, retire


def test_a_retype_decides_who_is_there_and_whether_one_sells_to_it(fm: Plan) -> None:
    one = ids(fm)["1 Main St"]
    fm.retype_address(one, "business", *WHO, serviceable=False)
    refresh(fm, home(1, 40, TYPE="Mobile Home"))
    known = view(fm, "1 Main St")
    assert (known["kind"], known["serviceable"], known["class"], known["not_orderable"]) == (
        "business",
        False,
        "build",
        "not_serviceable",
    )


def test_units_by_pattern_are_provisional_addresses_of_the_building(fm: Plan) -> None:
    one = view(fm, "1 Main St")
    done = fm.split_address(one["address_id"], "1-3, A", *WHO)
    units = rows(fm, "SELECT * FROM addresses WHERE unit IS NOT NULL ORDER BY unit")
    assert [unit["unit"] for unit in units] == ["1", "2", "3", "A"]
    assert {unit["location_id"] for unit in units} == {one["location_id"]}
    assert all(unit["provisional"] and unit["class"] == "build" for unit in units)
    assert len(done.ids) == 4
    assert sum(row["units"] for row in rows(fm, "SELECT units FROM addresses WHERE number = 1")) == 4
    sound(fm)


def test_a_generated_unit_keeps_its_id_when_the_county_lists_it(fm: Plan) -> None:
    fm.split_address(ids(fm)["1 Main St"], "1-3", *WHO)
    two = rows(fm, "SELECT address_id FROM address WHERE to_version IS NULL AND unit = '2'")[0]["address_id"]
    refresh(fm, home(1, 40), home(9, 42, ADDNUM="1", UNIT="Apt 2"))
    now = rows(fm, "SELECT address_id, provisional FROM addresses WHERE unit = '2'")
    assert now == [{"address_id": two, "provisional": False}]
    sound(fm)


def test_a_unit_is_not_split(fm: Plan) -> None:
    unit = fm.split_address(ids(fm)["1 Main St"], "1-2", *WHO).ids[0]
    with pytest.raises(InputRefused, match="is a unit"):
        fm.split_address(unit, "A-B", *WHO)


def test_a_retired_address_stays_away_through_every_refresh_and_returns_by_undo(fm: Plan) -> None:
    fm.retire_address(ids(fm)["1 Main St"], *WHO)
    assert "1 Main St" not in classes(fm)
    refresh(fm, home(1, 41))
    ingest(fm, source("second", [home(1, 44, OBJECTID=100)]))
    assert "1 Main St" not in classes(fm)
    sound(fm)
    for _ in range(3):
        fm.undo()
    assert classes(fm)["1 Main St"] == "build"


def test_a_retired_double_does_not_take_the_address_with_it_when_they_merge(fm: Plan) -> None:
    ingest(fm, source("plan", [area("North", "Build", box(0, -50, 45, 50))]))
    ingest(fm, source("second", [home(1, 50, OBJECTID=100)]))
    doubles = {row["class"]: row["address_id"] for row in rows(fm, "SELECT * FROM addresses WHERE number = 1")}
    for keep, drop in (("build", "out-of-coverage"), ("out-of-coverage", "build")):
        fm.retire_address(doubles[drop], *WHO)
        ingest(fm, source("plan", [area("North", "Build", box(0, -50, 100, 50))]))
        assert ids(fm)["1 Main St"] == doubles[keep]
        sound(fm)
        fm.undo()
        fm.undo()


# -- all of them


def test_every_correction_is_taken_back_exactly_and_shown_in_the_explanation(fm: Plan) -> None:
    one, two = ids(fm)["1 Main St"], ids(fm)["2 Main St"]
    for correct in (
        lambda: fm.add_address("Lot 14, Elk Ridge", *place(60), *WHO),
        lambda: fm.move_address(one, *place(500), *WHO),
        lambda: fm.retype_address(one, "business", *WHO, serviceable=False),
        lambda: fm.split_address(two, "1-2", *WHO),
        lambda: fm.retire_address(one, *WHO),
    ):
        before = state(fm)
        done = correct()
        sound(fm)
        if done.ids[0] in ids(fm).values():
            said = fm.explain(done.ids[0])
            assert said.agrees
            assert [c["author"] for c in said.corrections] == ["ann"]
        fm.undo()
        assert differences(before, state(fm)) == {}


def test_nothing_is_corrected_without_author_reason_or_address(fm: Plan) -> None:
    before = state(fm)
    with pytest.raises(FibermapError):
        fm.retire_address(ids(fm)["1 Main St"], " ", "ann")
    with pytest.raises(NotFound):
        fm.move_address(12345, *place(0), *WHO)
    with pytest.raises(InputRefused, match="no place"):
        fm.move_address(ids(fm)["1 Main St"], 200.0, 45.0, *WHO)
    with pytest.raises(InputRefused):
        fm.add_address("  ", *place(0), *WHO)
    assert differences(before, state(fm)) == {}
