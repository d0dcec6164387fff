"""Go-live: committed leads become orders by themselves, exactly once, in order, and only where it is true."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from fibermap.kernel.ids import stable_id
from fibermap.order.capacity import set_capacity
from fibermap.order.conversion import Batch, Converted, convert
from fibermap.order.order_commands import cancel_order, release_order
from fibermap.order.order_commands import hold_order as stop_order
from fibermap.order.waves import plan_waves, week_of
from fibermap.plan import Plan
from tests.builders import ids, ingest, rows, source
from tests.order.sales import commit_lead, count, fall_back, go_live, orders, planned_street, set_ports, states, street


def queue(fm: Plan) -> list[tuple[int, str]]:
    return [(row["commitment_id"], row["state"]) for row in orders(fm)]


def again(fm: Plan) -> Converted:
    """Deliver anew what was delivered already."""
    return fm.store.run(lambda uow: convert(uow, Batch(1)), cause="again")


def test_when_an_area_goes_live_its_committed_leads_become_orders_by_themselves() -> None:
    with planned_street() as fm:
        commitment = commit_lead(fm, "1 Main St")
        commit_lead(fm, "2 Main St", 2, paid=False)
        assert orders(fm) == []
        go_live(fm)
        first, second = orders(fm)
        assert first["order_id"] == stable_id("order", commitment)
        assert (first["kind"], first["state"], first["lead_id"]) == ("new", "inProgress", 2_001)
        assert second["state"] == "pending", "nothing to pay with yet"
        (deposit,) = rows(fm, "SELECT state, credited_to FROM deposit")
        assert deposit == {"state": "applied", "credited_to": f"order:{first['order_id']}"}
        assert count(fm, "lead", "state = 'converted'") == count(fm, "commitment", "state = 'converted'") == 2
        assert count(fm, "household") == 0
        assert count(fm, "active_order") == 2
        assert count(fm, "notice", "state = 'waiting' AND kind = 'order_placed'") == 2
        told = rows(fm, "SELECT payload FROM event WHERE type = 'LeadsConverted'")
        assert len(told) == 1, "one event a batch, never one an address"
        assert '"orders":2' in told[0]["payload"]


def test_delivered_again_nothing_changes() -> None:
    with planned_street() as fm:
        commit_lead(fm, "1 Main St")
        go_live(fm)
        before = rows(fm, "SELECT * FROM sale_change"), orders(fm)
        assert again(fm) == Converted()
        assert (rows(fm, "SELECT * FROM sale_change"), orders(fm)) == before


def test_another_technology_that_is_live_converts_nothing() -> None:
    with planned_street() as fm:
        commit_lead(fm, "1 Main St")
        ingest(fm, source("other_plan", street("Build", TECHNOLOGY="Fixed Wireless")))
        assert orders(fm) == []
        go_live(fm)
        assert len(orders(fm)) == 1


@pytest.mark.parametrize("back", ["fall back", "undo", "hold"])
def test_what_is_taken_back_holds_the_order_and_a_second_go_live_lets_it_go_on(back: str) -> None:
    with planned_street() as fm:
        commit_lead(fm, "1 Main St")
        go_live(fm)
        assert states(fm) == ["inProgress"]
        if back == "hold":
            held = fm.hold("unsafe", "mud", "ann", address_id=ids(fm)["1 Main St"]).ids[0]
        elif back == "undo":
            fm.undo()
        else:
            fall_back(fm)
        (order,) = orders(fm)
        assert (order["state"], order["held_from"]) == ("held", "inProgress")
        assert order["held_why"] == ("on_hold" if back == "hold" else "not_build")
        assert count(fm, "notice", "state = 'recalled'") == 1
        if back == "hold":
            fm.release_hold(held, "dry", "ann")
        else:
            go_live(fm)
        (order,) = orders(fm)
        assert (order["state"], order["held_from"], order["held_why"]) == ("inProgress", None, None)
        assert count(fm, "active_order") == 1
        assert count(fm, "notice", "state = 'waiting'") == 1


def test_what_a_person_holds_no_go_live_lets_go() -> None:
    with planned_street() as fm:
        commit_lead(fm, "1 Main St")
        go_live(fm)
        order_id = orders(fm)[0]["order_id"]
        fm.store.run(lambda uow: stop_order(uow, order_id), cause="test")
        fall_back(fm)
        go_live(fm)
        assert states(fm) == ["held"]
        fall_back(fm)
        assert fm.store.run(lambda uow: release_order(uow, order_id), cause="test").held_why == "not_build"
        go_live(fm)
        assert states(fm) == ["inProgress"]


def test_a_held_address_waits_as_a_pre_order_and_keeps_its_place() -> None:
    with planned_street(ports_free=1) as fm:
        commit_lead(fm, "1 Main St", 1)
        commit_lead(fm, "2 Main St", 2)
        hold = fm.hold("unsafe", "mud", "ann", address_id=ids(fm)["1 Main St"]).ids[0]
        go_live(fm)
        assert [row["commitment_id"] for row in orders(fm)] == [1_002]
        fm.release_hold(hold, "dry", "ann")
        assert queue(fm) == [(1_001, "pending"), (1_002, "inProgress")]


def test_ports_go_in_the_order_of_commitment_and_a_freed_one_to_the_first_in_line() -> None:
    with planned_street(ports_free=2) as fm:
        for n in (4, 3, 2, 1):
            commit_lead(fm, f"{n} Main St", n)
        go_live(fm)
        assert states(fm) == ["inProgress", "inProgress", "pending", "pending"]
        assert sorted(row["port"] for row in rows(fm, "SELECT port FROM port_reservation")) == [1, 2]
        first = orders(fm)[0]["order_id"]
        fm.store.run(lambda uow: cancel_order(uow, first, "moved_away", "ann"), cause="cancel")
        assert states(fm) == ["cancelled", "inProgress", "inProgress", "pending"]
        assert count(fm, "port_reservation") == 2
        assert count(fm, "deposit", "state = 'refunding'") == 1
        set_ports(fm, 3)
        assert states(fm) == ["cancelled", "inProgress", "inProgress", "inProgress"]
        assert count(fm, "waiting_list") == 0


def test_a_refreshed_source_neither_counts_twice_nor_forgets() -> None:
    with planned_street(ports_free=2) as fm:
        commit_lead(fm, "1 Main St", 1)
        go_live(fm)
        free = "SELECT said_free, promised, free FROM terminal_ports"
        assert rows(fm, free) == [{"said_free": 2, "promised": 1, "free": 1}]
        install = "UPDATE port_reservation SET installed_at = ?"
        fm.store.run(lambda uow: uow.sql.execute("test", install, [uow.at_utc]), cause="test")
        assert rows(fm, free) == [{"said_free": 2, "promised": 1, "free": 1}], "the source has not seen it yet"
        set_ports(fm, 1)
        assert rows(fm, free) == [{"said_free": 1, "promised": 0, "free": 1}], "it has"
        fm.undo()
        assert rows(fm, free) == [{"said_free": 2, "promised": 1, "free": 1}], "what it said before it had seen it"


def test_of_two_that_committed_at_one_address_the_first_becomes_an_order_and_the_other_steps_in() -> None:
    with planned_street() as fm:
        commit_lead(fm, "1 Main St", 1)
        commit_lead(fm, "1 Main St", 2)
        go_live(fm)
        assert [row["commitment_id"] for row in orders(fm)] == [1_001]
        fm.store.run(lambda uow: cancel_order(uow, orders(fm)[0]["order_id"], "price", "ann"), cause="cancel")
        again(fm)
        fm.deliver()
        assert queue(fm) == [(1_001, "cancelled"), (1_002, "inProgress")]


def test_two_live_orders_never_stand_at_one_address_after_a_merge() -> None:
    with planned_street() as fm:
        commit_lead(fm, "1 Main St", 1)
        commit_lead(fm, "2 Main St", 2)
        go_live(fm)
        known = ids(fm)
        fm.merge_addresses(known["1 Main St"], known["2 Main St"], "one house", "ann")
        assert sorted(states(fm)) == ["held", "inProgress"]
        assert count(fm, "active_order") == 1
        (held,) = [row for row in orders(fm) if row["state"] == "held"]
        assert held["held_why"] == "duplicate_active_order"
        fm.undo()
        assert "held" not in states(fm)
        assert count(fm, "active_order") == 2


def test_sales_that_open_later_and_a_weekly_capacity_put_orders_into_waves() -> None:
    with planned_street() as fm:
        fm.store.run(lambda uow: set_capacity(uow, "fiber", 2), cause="test")
        for n in range(1, 6):
            commit_lead(fm, f"{n} Main St", n)
        go_live(fm)
        today = datetime.now(UTC).date()
        weeks = [week_of(row["release_on"]) for row in orders(fm)]
        assert [(week - week_of(today)).days // 7 for week in weeks] == [0, 0, 1, 1, 2]
        assert states(fm) == ["inProgress", "inProgress", "pending", "pending", "pending"]


def test_a_price_that_was_promised_too_long_ago_is_open_and_a_locked_one_is_kept() -> None:
    with planned_street() as fm:
        commit_lead(fm, "1 Main St", 1, price_locked_until=date(2020, 1, 1))
        commit_lead(fm, "2 Main St", 2, price_locked_until=date(2200, 1, 1))
        go_live(fm)
        assert states(fm) == ["pending", "inProgress"]


def test_whoever_cannot_be_reached_blocks_nobody() -> None:
    with planned_street() as fm:
        commit_lead(fm, "1 Main St", 1, phone=None)
        commit_lead(fm, "2 Main St", 2)
        go_live(fm)
        assert states(fm) == ["inProgress", "inProgress"]
        told = rows(fm, "SELECT state FROM notice ORDER BY contact_id")
        assert [row["state"] for row in told] == ["undeliverable", "waiting"]


def test_waves_fill_the_first_week_that_has_room() -> None:
    monday = date(2026, 3, 2)
    week = timedelta(days=7)
    assert plan_waves([monday] * 3, {monday: 1}, 2) == [monday, monday + week, monday + week]
    later = monday + timedelta(days=9)
    assert plan_waves([later, monday, later, monday], {}, 1) == [later, monday, monday + 2 * week, monday + 3 * week]
    assert plan_waves([later, monday], {monday: 99}, None) == [later, monday]
