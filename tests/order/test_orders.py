"""Orders: taken only where they are true, taken forward only with all they need, and never two at one unit."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fibermap.kernel.errors import Code, Conflict, InputRefused, NotFound
from fibermap.order import order_commands as commands
from fibermap.order.contact import Contact
from fibermap.order.customer import NOBODY_YET, Customer, order_for
from fibermap.order.fallout import fallout
from fibermap.order.next_order import NextOrder, change_offer, change_service, move_service, transfer_service
from fibermap.order.order import Wanted
from fibermap.order.order_commands import Placed, place_order
from fibermap.order.order_json import order_json
from fibermap.order.order_store import OrderFilter, list_orders
from fibermap.order.prerequisites import STANDING, Facts, Met, Prerequisite
from fibermap.plan import Plan
from tests.builders import ids
from tests.order.sales import SHOP, count, fall_back, go_live, orders, planned_street, set_ports, states
from tests.order.selling import plan_terms


def wanted(fm: Plan, line: str = "1 Main St", request: str = "one", **said: Any) -> Wanted:
    known = {"payment_method": "tok_visa"} | said
    return Wanted(ids(fm)[line], 1, 7, "phone", request, **known)


def place(fm: Plan, what: Wanted) -> Placed:
    return fm.store.run_alone(lambda uow: place_order(uow, what, SHOP), cause="place_order")


def do(fm: Plan, work: Any) -> Any:
    return fm.store.run_alone(work, cause="test")


def told(fm: Plan, order_id: int) -> dict[str, Any]:
    return fm.store.preview(lambda uow: order_json(uow, order_id), cause="read")


def test_an_order_with_all_it_needs_is_in_progress_at_once_and_asked_for_again_is_the_same() -> None:
    with planned_street() as fm:
        go_live(fm)
        placed = place(fm, wanted(fm))
        assert placed.state == "inProgress"
        assert place(fm, wanted(fm)) == placed
        assert count(fm, "customer_order") == 1
        shown = told(fm, placed.order_id)
        assert {each["state"] for each in shown["prerequisites"]} == {"met", "not_managed"}
        assert [(step["before"], step["after"]) for step in shown["timeline"]] == [
            (None, "acknowledged"), ("acknowledged", "inProgress"),
        ]  # fmt: skip


def test_a_second_order_at_a_unit_is_refused_and_leaves_nothing() -> None:
    with planned_street() as fm:
        go_live(fm)
        first = place(fm, wanted(fm))
        with pytest.raises(Conflict) as refused:
            place(fm, wanted(fm, request="two"))
        assert (refused.value.code, refused.value.where["order_id"]) == (Code.DUPLICATE_ACTIVE_ORDER, first.order_id)
        assert count(fm, "customer_order") == 1
        do(fm, lambda uow: commands.cancel_order(uow, first.order_id, "price", "ann"))
        assert place(fm, wanted(fm, request="two")).state == "inProgress"


def test_what_is_open_is_named_and_the_order_goes_forward_once_it_is_there() -> None:
    with planned_street() as fm:
        go_live(fm)
        placed = place(fm, wanted(fm, payment_method=None))
        assert placed.state == "pending"
        (lacking,) = [each for each in told(fm, placed.order_id)["prerequisites"] if each["state"] == "open"]
        assert (lacking["name"], lacking["next_step"]) == ("payment", "Send the customer the payment link.")
        assert do(fm, lambda uow: commands.set_payment_method(uow, placed.order_id, "tok_visa")).state == "inProgress"


def test_an_order_is_not_completed_while_anything_is_open() -> None:
    with planned_street() as fm:
        go_live(fm)
        order_id = place(fm, wanted(fm)).order_id
        do(fm, lambda uow: uow.sql.execute("test", "DELETE FROM order_payment"))
        with pytest.raises(Conflict) as refused:
            do(fm, lambda uow: commands.complete_order(uow, order_id))
        assert (refused.value.code, refused.value.where["open"]) == (Code.PREREQUISITE_OPEN, ["payment"])
        do(fm, lambda uow: commands.set_payment_method(uow, order_id, "tok_visa"))
        assert do(fm, lambda uow: commands.complete_order(uow, order_id)).state == "completed"
        assert do(fm, lambda uow: commands.complete_order(uow, order_id)).state == "completed"
        assert count(fm, "active_order") == 0


def test_a_service_that_runs_is_ended_before_another_begins_there() -> None:
    with planned_street(ports_free=1) as fm:
        go_live(fm)
        first = place(fm, wanted(fm)).order_id
        do(fm, lambda uow: commands.complete_order(uow, first))
        assert count(fm, "port_reservation", "installed_at IS NOT NULL") == 1
        second = place(fm, wanted(fm, request="two"))
        assert (second.state, second.place_in_line) == ("pending", 1)
        ending = do(fm, lambda uow: commands.end_service(uow, first, "moved"))
        assert do(fm, lambda uow: commands.end_service(uow, first, "moved")).order_id == ending.order_id
        do(fm, lambda uow: commands.complete_order(uow, ending.order_id))
        assert told(fm, second.order_id)["state"] == "inProgress"


def test_changing_the_offer_of_an_order_keeps_its_place_and_its_history() -> None:
    with planned_street(ports_free=0) as fm:
        go_live(fm)
        placed = place(fm, wanted(fm))
        changed = do(fm, lambda uow: change_offer(uow, placed.order_id, 8, SHOP))
        assert (changed.offer_id, changed.state) == (8, "pending")
        assert told(fm, placed.order_id)["place_in_line"] == 1
        detail = {"from_offer_id": 7, "to_offer_id": 8, "from_add_ons": [], "to_add_ons": []}
        assert told(fm, placed.order_id)["timeline"][-1]["detail"] == detail


def test_nothing_is_sold_at_an_id_that_never_was_and_no_order_is_found_there() -> None:
    with planned_street() as fm:
        with pytest.raises(NotFound):
            place(fm, Wanted(404, 1, 7, "phone", "one"))
        with pytest.raises(NotFound) as missing:
            told(fm, 404)
        assert missing.value.code is Code.ORDER_NOT_FOUND


def test_many_at_once_get_the_ports_that_there_are_and_the_others_wait_in_line() -> None:
    with planned_street(homes=30, ports_free=6) as fm:
        go_live(fm)
        known = ids(fm)
        rush = [Wanted(known[f"{n} Main St"], n, 7, "web", f"r{n}", payment_method="tok_visa") for n in range(1, 31)]
        with ThreadPoolExecutor(8) as pool:
            placed = list(pool.map(lambda each: place(fm, each), rush))
        assert sorted(each.place_in_line for each in placed if each.place_in_line) == list(range(1, 25))
        assert count(fm, "port_reservation") == count(fm, "customer_order", "state = 'inProgress'") == 6
        assert count(fm, "(SELECT DISTINCT terminal_id, port FROM port_reservation)") == 6
        line = fm.store.preview(
            lambda uow: list_orders(uow, OrderFilter(waiting=True), after=None, limit=100), cause="read"
        )
        assert len(line) == 24
        set_ports(fm, 30)
        assert states(fm) == ["inProgress"] * 30


def test_what_is_stuck_says_what_to_do_next() -> None:
    with planned_street() as fm:
        go_live(fm)
        stuck = place(fm, wanted(fm, payment_method=None)).order_id
        failed = place(fm, wanted(fm, "2 Main St", "two")).order_id
        do(fm, lambda uow: commands.fail_order(uow, failed, "rock"))
        long_ago = datetime.now(UTC) - timedelta(days=9)
        do(fm, lambda uow: uow.sql.execute("test", "UPDATE customer_order SET changed_at = ?", [long_ago]))
        found = {each["order_id"]: each for each in fm.store.preview(fallout, cause="read")}
        assert found[stuck]["next_step"] == "Send the customer the payment link."
        assert found[failed]["why"] == "It failed on site."
        assert len(orders(fm)) == len(found)


def test_a_slice_puts_its_own_check_in_the_place_of_what_nobody_managed() -> None:
    def always(facts: Facts) -> Met:
        return Met()

    joined = STANDING.joined(Prerequisite("equipment", "A device is in stock", always))
    assert [each.name for each in joined] == [each.name for each in STANDING]
    assert next(each for each in joined if each.name == "equipment").check is always


ANN, BOB = Customer(Contact("Ann Lee", "+14065550100")), Customer(Contact("Bob Ray", None, "bob@example.com"))


def served(fm: Plan, line: str) -> int:
    """Return an order whose service runs."""
    asked = replace(wanted(fm, line, f"first at {line}"), contact_id=NOBODY_YET)
    order_id: int = do(fm, lambda uow: order_for(uow, ANN, asked, SHOP)).order_id
    do(fm, lambda uow: commands.complete_order(uow, order_id))
    return order_id


def test_a_customer_is_kept_with_the_order_once_and_a_card_number_never() -> None:
    with planned_street() as fm:
        go_live(fm)
        asked = replace(wanted(fm), contact_id=NOBODY_YET)
        first = do(fm, lambda uow: order_for(uow, ANN, asked, SHOP))
        assert do(fm, lambda uow: order_for(uow, ANN, asked, SHOP)) == first
        assert count(fm, "contact") == 1
        card = replace(asked, request="two", payment_method="4242424242424242")
        with pytest.raises(InputRefused) as refused:
            do(fm, lambda uow: order_for(uow, ANN, card, SHOP))
        assert refused.value.code is Code.PAYMENT_TOKEN_REFUSED


def test_a_service_moves_with_its_customer_to_another_address() -> None:
    with planned_street() as fm:
        go_live(fm)
        before, there = served(fm, "1 Main St"), ids(fm)["2 Main St"]
        moved = do(fm, lambda uow: move_service(uow, before, there, NextOrder(7, "move"), SHOP))
        assert do(fm, lambda uow: move_service(uow, before, there, NextOrder(7, "move"), SHOP)) == moved
        shown = told(fm, moved.order_id)
        assert (shown["kind"], shown["previous_order_id"], shown["address_id"]) == ("move", before, there)
        assert (shown["state"], shown["contact_id"]) == ("inProgress", told(fm, before)["contact_id"])


def test_whoever_follows_at_an_address_waits_until_the_service_before_has_ended() -> None:
    with planned_street() as fm:
        go_live(fm)
        before = served(fm, "1 Main St")
        placed = do(
            fm,
            lambda uow: transfer_service(uow, before, BOB, wanted(fm, request="transfer", payment_method=None), SHOP),
        )
        do(fm, lambda uow: commands.set_payment_method(uow, placed.order_id, "tok_visa"))
        shown = told(fm, placed.order_id)
        assert (shown["kind"], shown["state"]) == ("transfer", "pending")
        assert [each["name"] for each in shown["prerequisites"] if each["state"] == "open"] == [
            "previous_service_ended"
        ]
        ending = do(fm, lambda uow: commands.end_service(uow, before, "sold_house"))
        do(fm, lambda uow: commands.complete_order(uow, ending.order_id))
        assert told(fm, placed.order_id)["state"] == "inProgress"


def test_another_offer_takes_the_place_of_one_that_runs_without_a_port_of_its_own() -> None:
    with planned_street(ports_free=1) as fm:
        go_live(fm)
        before = served(fm, "1 Main St")
        changed = do(fm, lambda uow: change_service(uow, before, NextOrder(8, "faster"), SHOP))
        assert (changed.state, changed.place_in_line) == ("inProgress", None)
        do(fm, lambda uow: commands.complete_order(uow, changed.order_id))
        ending = do(fm, lambda uow: commands.end_service(uow, changed.order_id, "moved"))
        do(fm, lambda uow: commands.complete_order(uow, ending.order_id))
        assert count(fm, "port_reservation") == 0, "the port went with the service, whichever order took it"


def test_completing_a_move_ends_the_service_where_it_was_and_the_next_in_line_gets_its_port() -> None:
    with planned_street(ports_free=2) as fm:
        go_live(fm)
        before = served(fm, "1 Main St")
        moved = do(fm, lambda uow: move_service(uow, before, ids(fm)["2 Main St"], NextOrder(7, "move"), SHOP))
        with pytest.raises(Conflict) as twice:
            do(fm, lambda uow: move_service(uow, before, ids(fm)["3 Main St"], NextOrder(7, "another"), SHOP))
        assert twice.value.code is Code.DUPLICATE_ACTIVE_ORDER
        waiting = place(fm, wanted(fm, "3 Main St", "waits"))
        assert waiting.place_in_line == 1
        do(fm, lambda uow: commands.complete_order(uow, moved.order_id))
        assert told(fm, waiting.order_id)["state"] == "inProgress"
        assert told(fm, before)["timeline"][-1]["why"] == "moved"
        for work in (
            lambda uow: commands.end_service(uow, before, "moved"),
            lambda uow: change_service(uow, before, NextOrder(8, "late"), SHOP),
        ):
            with pytest.raises(Conflict) as gone:
                do(fm, work)
            assert gone.value.code is Code.ORDER_STATE_REFUSED
        moved = do(fm, lambda uow: move_service(uow, before, ids(fm)["2 Main St"], NextOrder(7, "move"), SHOP))
        assert moved.state == "completed"


def test_an_end_that_was_cancelled_may_be_ordered_again() -> None:
    with planned_street() as fm:
        go_live(fm)
        order_id = served(fm, "1 Main St")
        first = do(fm, lambda uow: commands.end_service(uow, order_id, "moved"))
        do(fm, lambda uow: commands.cancel_order(uow, first.order_id, "stays", "ann"))
        again = do(fm, lambda uow: commands.end_service(uow, order_id, "moved"))
        assert (again.state, again.order_id == first.order_id) == ("inProgress", False)


def test_an_end_needs_nothing_goes_on_where_nothing_is_built_any_more_and_has_neither_offer_nor_payment() -> None:
    with planned_street() as fm:
        go_live(fm)
        order_id = served(fm, "1 Main St")
        end_id = do(fm, lambda uow: commands.end_service(uow, order_id, "moved")).order_id
        assert told(fm, end_id)["prerequisites"] == []
        do(fm, lambda uow: commands.hold_order(uow, end_id))
        fall_back(fm)
        assert do(fm, lambda uow: commands.release_order(uow, end_id)).state == "inProgress"
        for work in (
            lambda uow: change_offer(uow, end_id, 8, SHOP),
            lambda uow: commands.set_payment_method(uow, end_id, "tok_visa"),
        ):
            with pytest.raises(Conflict) as refused:
                do(fm, work)
            assert refused.value.code is Code.ORDER_STATE_REFUSED
        assert do(fm, lambda uow: commands.complete_order(uow, end_id)).state == "completed"


def test_a_lapsed_price_is_agreed_anew_at_what_the_offer_costs_today_and_both_are_on_record() -> None:
    with planned_street() as fm:
        first = fm.catalogue.add(plan_terms(), "new", "pat")
        quoted = fm.catalogue.quote(first.offer_id).as_json()
        go_live(fm)
        asked = wanted(fm)
        placed = fm.orders.place(
            asked.address_id, first.offer_id, name="Ann", phone="406-555-0142", channel="phone",
            payment_token="tok_visa", consent_at=datetime(2026, 1, 5, tzinfo=UTC), wording="Call me.",
        )  # fmt: skip
        assert fm.orders.agree_price(placed.order_id)["price_agreed_at"] is None, "there is nothing to agree on"
        promise = """
            INSERT INTO commitment BY NAME SELECT 1 AS commitment_id, 1 AS lead_id, address_id, offer_id, technology,
                   'converted' AS state, placed_at AS terms_accepted_at, '1' AS terms, price, placed_at AS committed_at,
                   DATE '2026-01-01' AS price_locked_until, order_id, changed_at FROM customer_order
        """
        do(fm, lambda uow: uow.sql.execute("test", promise))
        do(fm, lambda uow: uow.sql.execute("test", "UPDATE customer_order SET commitment_id = 1, state = 'pending'"))
        with pytest.raises(Conflict):
            fm.orders.complete(placed.order_id)
        fm.catalogue.revise(first.offer_id, plan_terms(monthly_cents=7_000), "dearer", "pat")
        agreed = fm.orders.agree_price(placed.order_id)
        assert (agreed["state"], agreed["price"]["monthly_cents"]) == ("inProgress", 7_000)
        (step,) = [each for each in agreed["timeline"] if each["why"] == "price_agreed"]
        assert step["detail"] == {
            "from_offer_id": first.offer_id, "to_offer_id": agreed["offer_id"], "currency": "USD",
            "from_monthly_cents": quoted["monthly_cents"], "to_monthly_cents": 7_000,
        }  # fmt: skip


def test_what_an_order_is_paid_with_is_no_answer_to_a_question_in_sql() -> None:
    with planned_street() as fm:
        go_live(fm)
        place(fm, wanted(fm))
        assert "tok_visa" not in str(fm.sql("SELECT * FROM customer_order").table.to_pylist())
        with pytest.raises(InputRefused) as refused:
            fm.sql("SELECT * FROM order_payment")
        assert refused.value.code is Code.QUERY_REFUSED
