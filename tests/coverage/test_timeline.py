"""What happened to an address."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from fibermap.coverage.timeline import timeline
from fibermap.kernel.errors import NotFound
from fibermap.plan import Plan
from tests.builders import area, box, home, ids, ingest, new_plan, place, source


@pytest.fixture
def fm() -> Iterator[Plan]:
    with new_plan() as plan:
        ingest(plan, source("county", [home(1, 40), home(2, 80)]))
        ingest(plan, source("plan", [area("North", "Build", box(20, -30, 130, 30))]))
        yield plan


def told(fm: Plan, address_id: int) -> list[dict[str, Any]]:
    return fm.store.preview(lambda uow: timeline(uow, address_id), cause="test")


def test_it_tells_everything_newest_first(fm: Plan) -> None:
    one = ids(fm)["1 Main St"]
    held = fm.hold("unsafe", "dog", "ann", address_id=one)
    fm.release_hold(held.ids[0], "dog is gone", "ann")
    fm.move_address(one, *place(300), "surveyed", "ann")
    fm.change_connectivity(one, "network_passed", "truck roll")
    entries = told(fm, one)
    assert [entry["what"] for entry in entries] == [
        "connectivity", "correction", "verdict", "hold_released", "hold_placed", "verdict", "verdict",
    ]  # fmt: skip
    assert [e["detail"]["to"] for e in entries if e["what"] == "verdict"] == [
        "out-of-coverage",
        "build",
        "out-of-coverage",
    ]
    assert entries[4]["detail"] == {"hold_id": held.ids[0], "code": "unsafe", "reason": "dog"}


def test_a_hold_that_came_back_by_undo_is_told_once(fm: Plan) -> None:
    one = ids(fm)["1 Main St"]
    held = fm.hold("unsafe", "dog", "ann", address_id=one)
    fm.release_hold(held.ids[0], "dog is gone", "ann")
    fm.undo()
    assert [entry["what"] for entry in told(fm, one)].count("hold_placed") == 1
    assert "hold_released" not in [entry["what"] for entry in told(fm, one)]


def test_an_areas_hold_is_told_to_those_who_live_there(fm: Plan) -> None:
    fm.hold("easement_refused", "no", "ann", area=box(30, -10, 50, 10))
    one, two = ids(fm)["1 Main St"], ids(fm)["2 Main St"]
    assert "hold_placed" in [entry["what"] for entry in told(fm, one)]
    assert "hold_placed" not in [entry["what"] for entry in told(fm, two)]


def test_there_has_to_be_such_an_address(fm: Plan) -> None:
    with pytest.raises(NotFound):
        told(fm, 12345)
