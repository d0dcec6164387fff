"""An index that has followed every change answers like one that is built anew."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import Phase, given, settings

from fibermap.kernel.errors import NotFound
from fibermap.plan import Plan
from fibermap.serving import live as live_module
from fibermap.serving.answers import Answers
from fibermap.serving.index import Index
from fibermap.serving.live import Live
from fibermap.serving.question import Question
from tests.builders import furnished, ids, new_plan, place
from tests.coverage.histories import Step, act, steps
from tests.serving.towns import index_of, small_town


class Now:
    """The clock of this test: it stands still."""

    def now(self) -> datetime:
        return datetime(2026, 11, 25, tzinfo=UTC)


def everything(index: Index, known: set[int], texts: set[str]) -> dict[str, Any]:
    """Return what an index says to every question about a plan."""
    answers, said = Answers(lambda: index, Now()), {}
    asked = [*(Question(q=text) for text in texts), *(Question(lon=x, lat=y) for x, y in PLACES)]
    for question in asked:
        answer = answers.check(question)
        del answer["check_id"]
        if answer["match"]["status"] in NOTHING_THERE:
            answer = {"match": "nothing there"}
        said[question.as_text()] = answer
    for address_id in known:
        try:
            said[str(address_id)] = answers.address(address_id), answers.explain(address_id)
        except NotFound:
            said[str(address_id)] = None
    return said


NOTHING_THERE = ("number_not_found", "street_not_found", "outside_area")
"""Which of them may differ until layers are merged: a street whose last address has gone still counts as known."""
PLACES = [place(x, y) for x in range(0, 420, 35) for y in (0, 9)]


@given(steps)
@settings(max_examples=5, phases=[Phase.generate])
def test_after_every_step_the_patched_index_is_the_rebuilt_one(history: list[Step]) -> None:
    with new_plan() as fm:
        act(fm, ("county", 0))
        follower = Live(fm.store, fm.settings)
        follower.refresh()
        known: set[int] = set()
        texts: set[str] = {"99 Main St, 59741"}
        for step in [("plan", 0), *history]:
            act(fm, step)
            fresh = index_of(fm)
            known.update(fresh.layers[0].book.ids.tolist())
            texts.update(fresh.layers[0].book.addresses.table["full_address"].to_pylist())
            patched, rebuilt = everything(follower.refresh(), known, texts), everything(fresh, known, texts)
            assert {asked: (patched[asked], said) for asked, said in rebuilt.items() if patched[asked] != said} == {}


@pytest.fixture
def fm() -> Iterator[Plan]:
    with furnished(small_town) as plan:
        yield plan


def test_an_unchanged_database_keeps_its_index(fm: Plan) -> None:
    follower = Live(fm.store, fm.settings)
    assert follower.refresh() is follower.refresh() is follower.index


def test_who_has_begun_to_ask_keeps_the_state_that_he_asked(fm: Plan) -> None:
    follower = Live(fm.store, fm.settings)
    before = follower.refresh()
    fm.retire_address(ids(fm)["1 Main St"], "gone", "ann")
    after = follower.refresh()
    said = [Answers(lambda index=index: index, Now()).check(Question(q="1 Main St")) for index in (before, after)]
    assert [answer["match"]["status"] for answer in said] == ["matched", "number_not_found"]
    assert said[0]["data_version"] != said[1]["data_version"]


def test_an_edit_is_seen_without_asking_and_merged_in_the_background(fm: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_module, "LOOK_S", 0.02)
    monkeypatch.setattr(live_module, "MERGE_LOOK_S", 0.05)
    monkeypatch.setattr(live_module, "MERGE_FROM", 1)
    follower = Live(fm.store, fm.settings)
    before = follower.refresh()
    follower.follow()
    try:
        fm.retire_address(ids(fm)["1 Main St"], "gone", "ann")
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            index = follower.index
            if index is not before and not index.layers[0].book.row_of(ids(fm).get("1 Main St", 0)) >= 0:
                break
            time.sleep(0.02)
        assert follower.index.data_version != before.data_version
    finally:
        follower.stop()
    assert (
        Answers(lambda: follower.index, Now()).check(Question(q="1 Main St"))["match"]["status"] == "number_not_found"
    )
