"""The funnel: every lead once a group, at the furthest step that it ever came to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from fibermap.order.preorder import WithdrawnWhy
from fibermap.order.preorder_commands import withdraw_preorder
from fibermap.plan import Plan
from tests.builders import rows
from tests.order.lead_town import BEYOND, capture, selling_town
from tests.order.sold_ahead import commit


@pytest.fixture
def fm() -> Iterator[Plan]:
    with selling_town() as plan:
        yield plan


def funnel(fm: Plan, **filters: Any) -> dict[tuple[str, str | None], dict[str, Any]]:
    return {(row["grouped_by"], row["which"]): row for row in fm.report("funnel", **filters).table.to_pylist()}


def test_without_a_lead_it_says_so(fm: Plan) -> None:
    made = fm.report("funnel")
    assert (len(made), made.remarks) == (0, ("No lead has been captured yet, and no order begun.",))


def test_each_lead_counts_at_the_furthest_step_that_it_ever_came_to(fm: Plan) -> None:
    (area_id,) = [row["area_id"] for row in rows(fm, "SELECT * FROM areas") if row["name"] == "South"]
    fm.zones.open("S1", "South", [area_id], goal_value=2)
    signed, gone_back = commit(fm, rep="Al"), commit(fm, "4 Main St", rep="Al")
    commit(fm, "6 Main St", cents=5_000)
    fm.store.run(
        lambda uow: withdraw_preorder(uow, gone_back.commitment_id, WithdrawnWhy.CUSTOMER, "ann"), cause="test"
    )
    fm.leads.lose(capture(fm, BEYOND, channel="web")["lead_id"], "not_served")
    told = funnel(fm)
    assert signed.state == "committed"
    everything = told["all", ""]
    counted = [everything[name] for name in ("leads", "pre_ordered", "committed", "ordered", "completed", "lost")]
    assert counted == [4, 3, 2, 0, 0, 1]
    assert everything["committed_rate"] == 0.5
    assert {key: row["leads"] for key, row in told.items() if key[0] == "zone"} == {
        ("zone", "S1"): 3,
        ("zone", None): 1,
    }
    assert {key: row["leads"] for key, row in told.items() if key[0] == "rep"} == {("rep", "Al"): 2, ("rep", None): 2}
    assert {key[1] for key in told if key[0] == "channel"} == {"door", "web"}
    for by in ("zone", "channel", "rep", "week"):
        assert sum(row["leads"] for key, row in told.items() if key[0] == by) == 4, "every lead once a group"


def test_filters_choose_the_leads_by_their_address(fm: Plan) -> None:
    commit(fm)
    capture(fm, BEYOND)
    assert funnel(fm, phase="Phase 2")["all", ""]["leads"] == 1


def test_a_lead_that_another_took_in_is_not_counted_again(fm: Plan) -> None:
    first = capture(fm)
    second = capture(fm, BEYOND)
    fm.merge_addresses(first["address_id"], second["address_id"], "the same house", "ann")
    assert funnel(fm)["all", ""]["leads"] == 1
