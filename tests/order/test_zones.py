"""Zones: their goal, what counts, whose an address is where they overlap, and what everybody may know."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fibermap.kernel.errors import Code, FibermapError
from fibermap.order.preorder import WithdrawnWhy
from fibermap.order.preorder_commands import withdraw_preorder
from fibermap.order.zone import Counts, Customers, GoalKind, Progress, Zone, goal_of, public_progress
from fibermap.plan import Plan
from tests.builders import box, rows
from tests.order.lead_town import selling_town
from tests.order.sold_ahead import commit

SOUTH = ("4 Main St", "5 Main St", "6 Main St", "7 Main St")


@pytest.fixture
def fm() -> Iterator[Plan]:
    with selling_town() as plan:
        yield plan


def areas(fm: Plan) -> dict[str, int]:
    return {row["name"]: row["area_id"] for row in rows(fm, "SELECT name, area_id FROM areas")}


def zone(fm: Plan, *names: str, code: str = "Z1", **said: Any) -> dict[str, Any]:
    area_ids = [areas(fm)[name] for name in names or ("South",)]
    return fm.zones.open(code, f"Zone {code}", area_ids, **{"goal_value": 2} | said)


def test_a_zone_counts_signed_households_of_the_units_that_are_sold_to(fm: Plan) -> None:
    opened = zone(fm)
    assert opened["progress"] == {"units": 4, "counted": 0, "goal": 2, "percent": 0, "reached": False}
    taken = commit(fm)
    assert fm.zones.get(opened["zone_id"])["progress"]["counted"] == 1
    fm.store.run(lambda uow: withdraw_preorder(uow, taken.commitment_id, WithdrawnWhy.CUSTOMER, "a"), cause="test")
    assert fm.zones.get(opened["zone_id"])["progress"]["counted"] == 0, "what was withdrawn counts no more"


def test_what_waits_for_its_deposit_counts_nowhere(fm: Plan) -> None:
    opened = zone(fm)
    commit(fm, cents=5_000)
    assert fm.zones.get(opened["zone_id"])["progress"]["counted"] == 0


@pytest.mark.parametrize(
    ("criteria", "counted"),
    [
        ({}, 1), ({"with_deposit": True}, 0), ({"technology": "fiber"}, 1), ({"technology": "fixed_wireless"}, 0),
        ({"customers": "residential"}, 1), ({"customers": "business"}, 0),
    ],
)  # fmt: skip
def test_the_criteria_say_which_pre_orders_count(fm: Plan, criteria: dict[str, Any], counted: int) -> None:
    opened = zone(fm, **criteria)
    commit(fm)
    assert fm.zones.get(opened["zone_id"])["progress"]["counted"] == counted


def test_an_order_goes_on_counting(fm: Plan) -> None:
    opened = zone(fm)
    taken = commit(fm)
    fm.store.run(
        lambda uow: uow.sql.execute(
            "test", "UPDATE commitment SET state = 'converted' WHERE commitment_id = ?", [taken.commitment_id]
        ),
        cause="test",
    )
    assert fm.zones.get(opened["zone_id"])["progress"]["counted"] == 1


def test_an_order_that_came_to_nothing_counts_no_more(fm: Plan) -> None:
    opened = zone(fm)
    commit(fm)
    fm.set_area_class([areas(fm)["South"]], "build", "tested", "ann")
    assert fm.zones.get(opened["zone_id"])["progress"]["counted"] == 1
    (order,) = rows(fm, "SELECT order_id FROM customer_order")
    fm.orders.cancel(order["order_id"], "price", "ann")
    assert fm.zones.get(opened["zone_id"])["progress"]["counted"] == 0


def test_units_are_counted_as_the_view_of_addresses_counts_them(fm: Plan) -> None:
    said = "SELECT address_id, kind, units FROM {} ORDER BY address_id"
    assert rows(fm, said.format("counted_units")) == rows(fm, said.format("addresses"))


def test_a_share_is_of_units_and_rounded_up() -> None:
    share = Zone(1, "Z", "Z", (1,), GoalKind.SHARE, 0.07)
    assert [goal_of(share, units) for units in (0, 1, 100, 101)] == [0, 1, 7, 8]
    assert not Progress(0, 0, 0).reached


@pytest.mark.parametrize(("best", "units"), [("A", {"A": 7, "B": 0}), ("B", {"A": 3, "B": 4})])
def test_where_zones_overlap_an_address_is_of_the_one_with_the_smallest_priority(
    fm: Plan, best: str, units: dict[str, int]
) -> None:
    zone(fm, "North", "South", code="A", priority=1 if best == "A" else 5)
    zone(fm, "South", code="B", priority=3)
    assert {row["code"]: row["units"] for row in fm.zones.list().table.to_pylist()} == units


@settings(max_examples=10, deadline=None)
@given(
    st.lists(st.tuples(st.sets(st.sampled_from(["North", "South"]), min_size=1), st.integers(1, 3)), max_size=3),
    st.sets(st.sampled_from(SOUTH)),
    st.booleans(),
)
def test_progress_is_what_counting_by_hand_says_and_nobody_counts_twice(
    told: list[tuple[set[str], int]], signed: set[str], deposit: bool
) -> None:
    with selling_town() as fm:
        opened = {
            number: zone(fm, *sorted(names), code=f"Z{number}", priority=priority, with_deposit=deposit)["zone_id"]
            for number, (names, priority) in enumerate(told)
        }
        for line in sorted(signed):
            commit(fm, line)
        addresses = rows(fm, "SELECT delivery_line, area_name, units FROM addresses WHERE units > 0")
        expected = dict.fromkeys(opened, (0, 0))
        for row in addresses:
            claims = [(told[n][1], opened[n], n) for n in opened if row["area_name"] in told[n][0]]
            if claims:
                number = min(claims)[2]
                units, counted = expected[number]
                one = row["delivery_line"] in signed and not deposit
                expected[number] = (units + row["units"], counted + one)
        found = {n: fm.zones.get(zone_id)["progress"] for n, zone_id in opened.items()}
        assert {n: (told["units"], told["counted"]) for n, told in found.items()} == expected
        assert sum(told["counted"] for told in found.values()) <= len(signed)


def test_the_public_is_told_no_small_numbers_and_no_inner_names(fm: Plan) -> None:
    opened = zone(fm, goal_value=10)
    commit(fm)
    told = fm.zones.progress(opened["zone_id"])
    assert (told["name"], told["counted"], told["percent"], told["fewer_than"]) == ("Zone Z1", None, None, 5)
    assert "Z1" not in {str(value) for value in told.values()}
    assert told["counts"] == "households that pre-ordered"


@given(st.integers(0, 1_000), st.integers(1, 1_000))
def test_what_is_told_is_never_better_than_it_is(counted: int, goal: int) -> None:
    shown = Zone(1, "Z", "Z", (1,), GoalKind.COUNT, goal, counts=Counts(True, "fiber", Customers.RESIDENTIAL))
    told = public_progress(shown, Progress(5_000, counted, goal), on=date(2026, 1, 1))
    assert told["counted"] in (counted, None)
    assert (told["percent"] or 0) * goal <= 100 * counted
    assert told["reached"] == (counted >= goal)
    assert told["counts"] == "residential customers that pre-ordered fiber and paid a deposit"


def test_what_is_cut_out_of_an_area_stays_in_its_zone(fm: Plan) -> None:
    opened = zone(fm)
    fm.open_phase(
        "Phase 2", "first half", "ann", network_ready_on=fm.store.clock.now().date(), shape=box(140, -30, 220, 30)
    )
    assert fm.zones.get(opened["zone_id"])["progress"]["units"] == 4


def test_a_zone_is_changed_and_closed_and_keeps_its_code(fm: Plan) -> None:
    opened = zone(fm)
    changed = fm.zones.change(opened["zone_id"], public_name="Creek", goal_kind="share", goal_value=0.5)
    assert (changed["public_name"], changed["progress"]["goal"], changed["code"]) == ("Creek", 2, "Z1")
    assert fm.zones.change(opened["zone_id"], area_ids=[areas(fm)["North"]])["progress"]["units"] == 3
    assert fm.zones.close(opened["zone_id"])["state"] == "closed"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"code": "z1"}, "zone_exists"), ({"goal_value": 0.5, "code": "N"}, "argument_invalid"),
        ({"goal_kind": "share", "goal_value": 1.5, "code": "N"}, "argument_invalid"),
        ({"technology": "copper", "code": "N"}, "argument_invalid"), ({"code": "\x00"}, "argument_invalid"),
        ({"priority": 0, "code": "N"}, "argument_invalid"), ({"code": "4111 1111 1111 1111"}, "card_number_refused"),
    ],
)  # fmt: skip
def test_a_zone_that_cannot_be_is_refused(fm: Plan, said: dict[str, Any], code: str) -> None:
    zone(fm)
    with pytest.raises(FibermapError) as refused:
        zone(fm, **said)
    assert refused.value.code == code
    assert len(fm.zones.list()) == 1


def test_an_area_that_there_is_not_is_refused(fm: Plan) -> None:
    with pytest.raises(FibermapError) as refused:
        fm.zones.open("Z", "Z", [5], goal_value=2)
    assert refused.value.code is Code.ARGUMENT_INVALID
    with pytest.raises(FibermapError) as missing:
        fm.zones.get(5)
    assert missing.value.code is Code.ZONE_NOT_FOUND
