"""Laws that hold after any history: verdicts replay, undo restores, classify finds nothing to change."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fibermap.plan import Plan
from tests.builders import area, box, differences, home, ingest, new_plan, rows, sound, source, state
from tests.coverage.histories import Step, act, steps


def version(fm: Plan) -> int:
    return int(rows(fm, "SELECT coalesce(max(version), 0) AS v FROM plan_version")[0]["v"])


def partition(fm: Plan) -> tuple[dict[int, str], set[frozenset[int]]]:
    """Return the class of each record, and which records are one address."""
    listed = rows(fm, "SELECT record_id, class, address_id FROM source_records")
    groups: dict[int, set[int]] = {}
    for row in listed:
        groups.setdefault(row["address_id"], set()).add(row["record_id"])
    return {row["record_id"]: row["class"] for row in listed}, {frozenset(group) for group in groups.values()}


def some_homes(first_id: int) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Homes of three numbers, most of them near one another, some without a position, a ZIP or a single parcel."""
    row = st.tuples(
        st.integers(1, 3),
        st.sampled_from([None, 0, 9, 14, 26, 38, 60]),
        st.sampled_from([None, "59741"]),
        st.sampled_from([None, "P1"]),
    )
    return st.lists(row, max_size=4).map(
        lambda listed: [
            home(number, east_m, OBJECTID=first_id + i, ZIP=zip_, PARCELID=parcel)
            for i, (number, east_m, zip_, parcel) in enumerate(listed)
        ]
    )


@given(some_homes(1), some_homes(50), st.sampled_from([12, 20, 33]))
@settings(max_examples=4)
def test_no_order_of_sources_changes_a_class_or_what_is_one_address(
    county: list[dict[str, Any]], second: list[dict[str, Any]], edge_m: int
) -> None:
    homes, others = source("county", county), source("second", second)
    plan = source("plan", [area("West", "Build", box(-50, -50, edge_m, 50))])
    zips = source("zips", [area("", None, box(-100, -100, 100, 100), ZIP="59741")])
    ends = []
    for order in (
        [(homes, others, plan, zips)],
        [(homes,), (zips,), (others,), (plan,)],
        [(plan,), (others,), (homes,), (zips,)],
    ):
        with new_plan() as fm:
            for brought in order:
                ingest(fm, *brought)
            assert fm.replay().proven
            ends.append(partition(fm))
    assert ends[0] == ends[1] == ends[2]


def take_and_take_back(history: list[Step]) -> None:
    """Take every step, then undo all of them, and compare with what held before each."""
    with new_plan() as fm:
        before, now = [], state(fm)
        for step in [("county", 0), ("plan", 0), *history]:
            held, at = now, version(fm)
            act(fm, step)
            now = state(fm)
            if version(fm) > at:
                before.append((step, held))
            else:
                assert differences(held, now) == {}, step
        sound(fm)
        for step, held in reversed(before):
            fm.undo()
            assert differences(held, state(fm)) == {}, step
        sound(fm)


@given(history=steps)
@settings(max_examples=4)
def test_undo_takes_back_every_step_of_any_history_exactly(history: list[Step]) -> None:
    take_and_take_back(history)


@pytest.mark.slow
@given(history=steps)
@settings(max_examples=100)
def test_undo_takes_back_every_step_of_a_hundred_histories(history: list[Step]) -> None:
    take_and_take_back(history)
