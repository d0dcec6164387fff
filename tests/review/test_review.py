"""Review: what waits, what is decided and what follows, and that nothing is lost on the way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from fibermap.address.corrections import Author
from fibermap.address.missing import MissingReport, report_missing
from fibermap.kernel.errors import Code, Conflict, FibermapError, InputRefused, NotFound
from fibermap.plan import Plan
from fibermap.review.decide import ReviewDecided, Ruling, decide
from fibermap.review.model import Choice, Seen
from tests.builders import (
    area,
    box,
    differences,
    home,
    ids,
    ingest,
    line,
    new_plan,
    place,
    rows,
    sound,
    source,
    state,
    terminal,
    view,
)  # fmt: skip


@pytest.fixture
def fm() -> Iterator[Plan]:
    with new_plan() as opened:
        yield opened


TWINS = [home(1, 0), home(2, 40)]
FARTHER = [home(1, 60, OBJECTID=100)]
"""1 Main St once more, too far away for a rule."""


def twins(fm: Plan) -> dict[str, Any]:
    """Ingest an address that is there twice, and return its item."""
    ingest(fm, source("county", TWINS), source("second", FARTHER))
    return only(fm, "duplicate")


def waiting(fm: Plan, queue: str | None = None, **wanted: Any) -> list[dict[str, Any]]:
    return list(fm.reviews(queue, **wanted).table.to_pylist())


def only(fm: Plan, queue: str) -> dict[str, Any]:
    (item,) = waiting(fm, queue)
    return item


def say(fm: Plan, item: dict[str, Any], choice: str, **details: Any) -> int:
    """Decide an item and return the decision."""
    return fm.decide_review([item["item_id"]], choice, "looked at it", "ann", **details).ids[0]


def missed(fm: Plan, text: str, at: tuple[float, float] | None = None) -> dict[str, Any]:
    """Report an address as missing and return its item."""
    lon, lat = at or (None, None)
    fm.store.run(lambda uow: report_missing(uow, MissingReport(text, "key:1", "new house", lon, lat)), cause="test")
    return only(fm, "missing")


# -- duplicates


def test_a_merge_makes_two_addresses_one_and_the_item_is_gone(fm: Plan) -> None:
    item = twins(fm)
    assert item["why"] == "far_apart"
    kept, gone = sorted((item["address_id"], item["other_id"]), key=lambda i: i not in ids(fm).values())
    say(fm, item, "merge")
    assert view(fm, "1 Main St")["records"] == 2
    assert waiting(fm) == []
    (lead,) = rows(fm, "SELECT address_id, survivor_id FROM survivor")
    assert set(lead.values()) == {kept, gone}
    sound(fm)


def test_a_merge_taken_back_gives_the_very_state_before_whichever_way_it_is_taken_back(fm: Plan) -> None:
    item = twins(fm)
    fm.move_address(item["other_id"], *place(70), "really there", "ann")
    item, before = only(fm, "duplicate"), state(fm)
    decision = say(fm, item, "merge")
    fm.undo()
    assert differences(before, state(fm)) == {}
    decision = say(fm, item, "merge")
    fm.hold("unsafe", "dog", "ann", address_id=ids(fm)["2 Main St"])
    fm.undo_review(decision, "no", "ann")
    after = differences(before, state(fm))
    assert set(after) == {"hold", "address_hold"}, "only what was decided meanwhile"
    assert [each["item_id"] for each in waiting(fm)] == [item["item_id"]]
    sound(fm)


def test_a_merge_outlives_the_next_ingest_until_a_source_says_something_else(fm: Plan) -> None:
    say(fm, twins(fm), "merge")
    ingest(fm, source("second", [home(1, 61, OBJECTID=100)]))
    assert view(fm, "1 Main St")["records"] == 2
    ingest(fm, source("second", [home(9, 61, OBJECTID=100)]))
    assert view(fm, "1 Main St")["records"] == view(fm, "9 Main St")["records"] == 1
    sound(fm)


def test_what_was_kept_apart_no_rule_makes_one_and_no_ingest_brings_back(fm: Plan) -> None:
    say(fm, twins(fm), "split")
    assert waiting(fm) == []
    ingest(fm, source("county", [*TWINS, home(3, 90)]))
    assert waiting(fm) == []
    ingest(fm, source("second", [home(1, 20, OBJECTID=100)]))  # so near that the rule would merge them
    assert len(rows(fm, "SELECT * FROM address WHERE to_version IS NULL AND number = 1")) == 2
    sound(fm)


def test_an_item_comes_back_once_its_facts_change(fm: Plan) -> None:
    item = twins(fm)
    say(fm, item, "split")
    ingest(fm, source("second", [home(1, 500, OBJECTID=100)]))
    again = only(fm, "duplicate")
    assert again["item_id"] == item["item_id"]
    assert again["facts"] != item["facts"]


def test_a_hold_on_a_pair_holds_both_and_is_released_by_taking_it_back(fm: Plan) -> None:
    decision = say(fm, twins(fm), "hold", review_on=None)
    held = rows(fm, "SELECT holds FROM addresses WHERE holds IS NOT NULL")
    assert [row["holds"] for row in held] == ["under_review"] * 2
    fm.undo_review(decision, "sorted out", "ann")
    assert rows(fm, "SELECT * FROM address_hold") == []
    assert len(waiting(fm)) == 1


def test_people_merge_what_no_rule_would_have_thought_of(fm: Plan) -> None:
    ingest(fm, source("county", [home(1, 0), home(2, 5, STREET="Maine St")]))
    first, second = ids(fm).values()
    fm.merge_addresses(first, second, "a typing error", "ann")
    assert len(ids(fm)) == 1
    with pytest.raises(InputRefused, match="one already"):
        fm.merge_addresses(first, second, "again", "ann")
    ingest(fm, source("county", [home(1, 1), home(2, 5, STREET="Maine St")]))
    assert len(ids(fm)) == 1
    sound(fm)


def test_what_only_a_person_knows_is_not_merged(fm: Plan) -> None:
    ingest(fm, source("county", [home(1, 0)]))
    lot = fm.add_address("Lot 14, Elk Ridge", *place(90), "new", "ann").ids[0]
    with pytest.raises(InputRefused, match="No source has"):
        fm.merge_addresses(ids(fm)["1 Main St"], lot, "same", "ann")
    with pytest.raises(NotFound):
        fm.merge_addresses(ids(fm)["1 Main St"], 7, "same", "ann")


# -- quarantined things


def strange(fm: Plan) -> dict[str, Any]:
    ingest(fm, source("county", TWINS))
    ingest(fm, source("plan", [area("East", "Frobnicated", box(20, -30, 90, 30))]))
    return only(fm, "quarantined")


def test_an_area_of_unknown_status_is_taken_in_as_what_a_person_says(fm: Plan) -> None:
    item, before = strange(fm), state(fm)
    assert (item["why"], item["source"], item["title"]) == ("status_unknown", "plan", "East")
    assert fm.review(item["item_id"])["thing"]["becomes"] == "area"
    with pytest.raises(InputRefused, match="build or pre-build"):
        say(fm, item, "accept")
    decision = say(fm, item, "accept", area={"class": "build"})
    assert view(fm, "2 Main St")["class"] == "build"
    assert waiting(fm) == []
    fm.undo_review(decision, "no", "ann")
    assert differences(before, state(fm)) == {}
    assert waiting(fm)[0]["item_id"] == item["item_id"]
    sound(fm)


def test_a_discarded_thing_stays_away_wherever_its_file_has_it_next(fm: Plan) -> None:
    item = strange(fm)
    say(fm, item, "discard")
    more = [area("West", "Build", box(-90, -30, -20, 30)), area("East", "Frobnicated", box(20, -30, 90, 30))]
    ingest(fm, source("plan", more))
    assert waiting(fm) == []
    ingest(fm, source("plan", [area("East", "Frobnicated", box(20, -30, 95, 30))]))
    assert only(fm, "quarantined")["why"] == "status_unknown", "another shape is another thing to look at"


def test_what_is_mended_in_its_file_and_read_again_is_gone_from_the_queue(fm: Plan) -> None:
    strange(fm)
    ingest(fm, source("plan", [area("East", "Build", box(20, -30, 90, 30))]))
    assert waiting(fm) == []


def test_a_thing_is_taken_in_as_an_address_where_a_person_says_how_it_is_written(fm: Plan) -> None:
    ingest(fm, source("county", TWINS))
    ingest(fm, source("plan", [area("beyond", "Build", shapely.box(500, 500, 501, 501))]))
    item = only(fm, "quarantined")
    shown = fm.review(item["item_id"])
    assert shown["thing"]["attributes"]["STATUS"] == "Build"
    with pytest.raises(InputRefused, match="where it is"):
        say(fm, item, "accept")
    lon, lat = place(300)
    say(fm, item, "accept", text="7 Main St", lon=lon, lat=lat)
    assert view(fm, "7 Main St")["provisional"]
    assert waiting(fm) == []


def test_things_alike_in_everything_are_two_items(fm: Plan) -> None:
    ingest(fm, source("plan", [area("East", "Odd", box(20, -30, 90, 30))] * 2))
    first, second = waiting(fm, "quarantined")
    say(fm, first, "discard")
    assert only(fm, "quarantined")["item_id"] == second["item_id"]


# -- flags


def flagged(fm: Plan) -> None:
    """One address of each kind of flag that a drop or a parcel gives."""
    homes = [home(1, 40), home(4, 60, 400), home(3, 60, 25, PLACEMENT="STREET")]
    ingest(
        fm,
        source("county", homes),
        source("plan", [area("North", "Build", box(20, -30, 130, 500))]),
        source("terminals", [terminal("T1", 60, -20)]),
        source("rivers", [line((50, -100), (50, 100), NAME="Gallatin River", TYPE="river")]),
        source("buildings", [area("b", None, box(15, 24, 19, 27))]),
    )


def test_a_flag_shows_the_drop_and_what_it_crosses(fm: Plan) -> None:
    flagged(fm)
    item = only(fm, "flag") if len(waiting(fm, "flag")) == 1 else waiting(fm, "flag", why="drop_crosses")[0]
    shown = fm.review(item["item_id"])
    parts = {each["properties"]["part"] for each in shown["features"]["features"]}
    assert parts == {"address", "terminal", "crossed", "drop", "area"}
    assert shown["flag"]["name"] == "Gallatin River"
    assert shown["choices"] == ["accept", "hold"]


def test_an_accepted_flag_stays_accepted_until_it_says_something_else(fm: Plan) -> None:
    flagged(fm)
    (item,) = waiting(fm, "flag", why="drop_over_limit")
    say(fm, item, "accept")
    assert waiting(fm, "flag", why="drop_over_limit") == []
    assert "drop_over_limit" in view(fm, "4 Main St")["flags"], "the flag itself stays"
    fm.classify()
    assert waiting(fm, "flag", why="drop_over_limit") == []
    fm.configure("rural", "ann", drop_limit_m=100.0)
    assert [each["item_id"] for each in waiting(fm, "flag", why="drop_over_limit")] == [item["item_id"]]


def test_a_flag_says_since_when_it_is_there_whatever_happens_around_it(fm: Plan) -> None:
    flagged(fm)
    since = {each["item_id"]: each["since"] for each in waiting(fm, "flag")}
    fm.classify()
    ingest(fm, source("second", [home(8, 900, OBJECTID=300)]))
    assert since.items() >= {each["item_id"]: each["since"] for each in waiting(fm, "flag")}.items()


# -- missing addresses


def test_a_missing_address_is_added_where_it_is_said_to_be_and_leaves_no_trace_when_taken_back(fm: Plan) -> None:
    ingest(fm, source("county", TWINS))
    item, before = missed(fm, "5 Main St, 59741", place(200)), state(fm)
    shown = fm.review(item["item_id"])
    assert shown["parsed"]["parts"]["number"] == 5
    assert shown["near"][0]["full_address"].startswith("2 Main St"), "the nearest first"
    decision = say(fm, item, "accept")
    assert rows(fm, "SELECT count(*) AS n FROM addresses WHERE provisional") == [{"n": 1}]
    assert waiting(fm) == []
    fm.undo_review(decision, "a joke", "ann")
    assert differences(before, state(fm)) == {}
    say(fm, only(fm, "missing"), "accept")
    assert waiting(fm) == []
    sound(fm)


def test_a_report_without_a_place_needs_one(fm: Plan) -> None:
    item = missed(fm, "5 Main St")
    with pytest.raises(InputRefused, match="where it is"):
        say(fm, item, "accept")
    say(fm, item, "discard")
    assert waiting(fm) == []


def test_a_missing_address_may_be_one_that_is_there(fm: Plan) -> None:
    ingest(fm, source("county", TWINS))
    item = missed(fm, "2 Main Street")
    with pytest.raises(InputRefused):
        say(fm, item, "merge")
    with pytest.raises(NotFound):
        say(fm, item, "merge", address_id=7)
    say(fm, item, "merge", address_id=ids(fm)["2 Main St"])
    (said,) = fm.review_decisions().table.to_pylist()
    assert said["ids"] == [ids(fm)["2 Main St"]]


def test_a_report_that_is_made_again_with_something_new_is_looked_at_again(fm: Plan) -> None:
    say(fm, missed(fm, "5 Main St"), "discard")
    assert waiting(fm) == []
    assert missed(fm, "5 Main St", place(200))["lon"] is not None


# -- who decided what


def test_two_who_decide_at_once_are_told_and_only_the_first_counts(fm: Plan) -> None:
    item = twins(fm)
    say(fm, item, "split")
    with pytest.raises(ReviewDecided, match=r"ann has decided this on .*: split") as told:
        fm.decide_review([item["item_id"]], "merge", "same", "bob")
    assert told.value.code is Code.REVIEW_DECIDED
    assert told.value.where["decision"]["author"] == "ann"


def test_who_looked_at_something_else_is_told(fm: Plan) -> None:
    item = twins(fm)
    ruling = Ruling((Seen(item["item_id"], "what it was"),), Choice.MERGE, Author("bob", "same"))
    with pytest.raises(ReviewDecided) as told:
        fm.store.run_alone(lambda uow: decide(uow, ruling, fm.settings), cause="test")
    assert told.value.code is Code.REVIEW_CHANGED


def test_every_decision_is_listed_with_who_when_and_what_was_taken_back(fm: Plan) -> None:
    item = twins(fm)
    fm.undo_review(say(fm, item, "split"), "wrong pair", "bob")
    say(fm, item, "hold")
    latest, first = fm.review_decisions("duplicate").table.to_pylist()
    assert (latest["choice"], latest["in_force"], latest["taken_back_by"]) == ("hold", True, None)
    assert (first["choice"], first["in_force"], first["taken_back_by"]) == ("split", False, "bob")
    assert (first["author"], first["reason"], first["title"]) == ("ann", "looked at it", item["title"])
    with pytest.raises(Conflict):
        fm.undo_review(first["decision_id"], "again", "bob")
    with pytest.raises(NotFound):
        fm.undo_review(7, "none", "bob")
    assert fm.review_decisions(author="nobody").table.num_rows == 0
    assert fm.review_decisions(after=latest["decision_id"]).table.to_pylist() == [first]


def test_several_are_decided_at_once_and_taken_back_at_once(fm: Plan) -> None:
    flagged(fm)
    items = [each["item_id"] for each in waiting(fm, "flag")]
    assert len(items) > 1
    done = fm.decide_review(items, "accept", "driven past", "ann")
    assert len(done.ids) == len(items)
    assert waiting(fm) == []
    assert set(fm.undo_review(done.ids[0], "no", "ann").ids) == set(done.ids)
    assert len(waiting(fm)) == len(items)


@pytest.mark.parametrize(
    ("choice", "items", "code"),
    [("accept", 1, Code.CHOICE_NOT_FITTING), ("merge", 0, Code.LIMIT_EXCEEDED), ("merge", 2, Code.LIMIT_EXCEEDED)],
)
def test_what_does_not_fit_is_refused(fm: Plan, choice: str, items: int, code: Code) -> None:
    item = twins(fm)
    with pytest.raises(FibermapError) as refused:
        fm.decide_review([item["item_id"]] * items, choice, "x", "ann")
    assert refused.value.code is code
    assert len(waiting(fm)) == 1


def test_items_of_two_queues_and_items_that_there_are_not_are_refused(fm: Plan) -> None:
    items = [twins(fm)["item_id"], missed(fm, "5 Main St")["item_id"]]
    with pytest.raises(InputRefused, match="one queue"):
        fm.decide_review(items, "merge", "x", "ann")
    with pytest.raises(NotFound):
        fm.decide_review([7], "merge", "x", "ann")
    with pytest.raises(NotFound):
        fm.review(7)


def test_somebody_looks_after_an_item(fm: Plan) -> None:
    item = twins(fm)
    assert fm.assign_review([item["item_id"]], "bob", "ann") == 1
    assert fm.assign_review([item["item_id"]], "carla", "ann") == 1
    assert [each["assignee"] for each in waiting(fm, assignee="carla")] == ["carla"]
    assert waiting(fm, assignee="bob") == waiting(fm, assignee="") == []
    fm.assign_review([item["item_id"]], None, "ann")
    assert len(waiting(fm, assignee="")) == 1
    for ids_, name in (([], "bob"), ([item["item_id"]], " ")):
        with pytest.raises(InputRefused):
            fm.assign_review(ids_, name, "ann")
    with pytest.raises(NotFound):
        fm.assign_review([7], "bob", "ann")


# -- pages, filters and laws


def test_pages_follow_one_another_and_filters_leave_out(fm: Plan) -> None:
    ingest(fm, source("plan", [area(f"A{n}", "Odd", box(60 * n, 0, 60 * n + 50, 50)) for n in range(7)]))
    first = waiting(fm, limit=3)
    second = waiting(fm, limit=3, after=first[-1]["item_id"])
    rest = waiting(fm, limit=3, after=second[-1]["item_id"])
    assert len({each["item_id"] for each in [*first, *second, *rest]}) == 7
    assert [each["title"] for each in waiting(fm, text="a5")] == ["A5"]
    assert len(waiting(fm, source="plan")) == 7
    assert waiting(fm, source="county") == waiting(fm, why="near_edge") == []
    assert waiting(fm, before=first[0]["since"]) == []


def test_counts_are_those_of_the_tables(fm: Plan) -> None:
    flagged(fm)
    odd = source("other_plan", [area("X", "Odd", box(0, 0, 9, 9))])
    ingest(fm, source("second", [home(1, 500, OBJECTID=100)]), odd)
    missed(fm, "5 Main St")
    say(fm, waiting(fm, "flag")[0], "accept")
    counted = {row["queue"]: row["open"] for row in fm.review_queues.table.to_pylist()}
    (told,) = rows(
        fm,
        """
        SELECT (SELECT count(*) FROM rejection WHERE to_version IS NULL AND outcome = 'quarantined') AS quarantined,
               (SELECT count(*) FROM duplicate_review WHERE to_version IS NULL) AS duplicate,
               (SELECT count(*) FROM address_flag) - 1 AS flag, (SELECT count(*) FROM missing_report) AS missing
        """,
    )
    assert counted == told
    assert min(counted.values()) > 0


@given(st.lists(st.tuples(st.sampled_from(["Build", "Odd", None]), st.booleans()), max_size=6))
@settings(max_examples=6)
def test_every_quarantined_thing_is_in_the_queue_or_decided(things: list[tuple[str | None, bool]]) -> None:
    areas = [area(f"A{n % 3}", status, box(60 * n, 0, 60 * n + 50, 50)) for n, (status, _) in enumerate(things)]
    with new_plan() as fm:
        ingest(fm, source("plan", areas))
        for item, (_, discarded) in zip(waiting(fm), things, strict=False):
            if discarded:
                say(fm, item, "discard")
        decided = fm.review_decisions().table.num_rows
        assert len(waiting(fm)) + decided == sum(status != "Build" for status, _ in things)
