"""What a preview says is what then happens, to the last port; and a preview leaves every table as it was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from fibermap.kernel.errors import FibermapError
from fibermap.order import order_commands as commands
from fibermap.order.consequence_lines import Consequence
from fibermap.order.consequences import weighed
from fibermap.order.contact import Contact
from fibermap.order.customer import NOBODY_YET, Customer, order_for
from fibermap.order.next_order import NextOrder, change_offer, change_service, move_service, transfer_service
from fibermap.order.order import Wanted
from fibermap.plan import Plan
from fibermap.store import UnitOfWork
from fibermap.store.copying import table_names
from tests.builders import ids
from tests.order.sales import SHOP, commit_lead, go_live, planned_street

HOMES, PORTS = 4, 2
ANN = Customer(Contact("Ann Lee", "+14065550100"))
Work = Callable[[UnitOfWork], Any]
Tables = dict[str, list[dict[str, Any]]]


class Street:
    """A street with fewer ports than homes, whose orders are numbered as they come."""

    def __init__(self, fm: Plan) -> None:
        self.fm, self.homes, self.count = fm, ids(fm), 0

    def orders(self) -> list[int]:
        return [row[0] for row in self.fm.store.sql.rows("test", "SELECT order_id FROM customer_order ORDER BY 1")]

    def work(self, verb: str, home: int, which: int) -> Work | None:
        """Return what a verb does, to one of the orders that there are; None where there is none."""
        self.count += 1
        request, known = f"request {self.count}", self.orders()
        address = self.homes[f"{home} Main St"]
        paid = Wanted(address, NOBODY_YET, 7, "phone", request, payment_method="tok_visa" if which % 3 else None)
        if verb == "place":
            return lambda uow: order_for(uow, ANN, paid, SHOP)
        if not known:
            return None
        own_id = known[which % len(known)]
        verbs: dict[str, Work] = {
            "cancel": lambda uow: commands.cancel_order(uow, own_id, "price", "ann"),
            "hold": lambda uow: commands.hold_order(uow, own_id),
            "release": lambda uow: commands.release_order(uow, own_id),
            "complete": lambda uow: commands.complete_order(uow, own_id),
            "fail": lambda uow: commands.fail_order(uow, own_id, "rock"),
            "pay": lambda uow: commands.set_payment_method(uow, own_id, "tok_visa"),
            "offer": lambda uow: change_offer(uow, own_id, 8, SHOP),
            "end": lambda uow: commands.end_service(uow, own_id, "moved"),
            "change": lambda uow: change_service(uow, own_id, NextOrder(8, request), SHOP),
            "move": lambda uow: move_service(uow, own_id, address, NextOrder(7, request), SHOP),
            "transfer": lambda uow: transfer_service(uow, own_id, ANN, replace(paid, request=request), SHOP),
        }
        return verbs[verb]

    def tables(self) -> Tables:
        sql = self.fm.store.sql
        return {name: sql.records("test", f"SELECT * FROM {name} ORDER BY ALL") for name in table_names(sql)}

    def look(self, work: Work) -> tuple[list[Consequence], str | None]:
        """Return what would follow, or the code that it is refused with."""
        sql = self.fm.store.sql
        try:
            return self.fm.store.run_alone(lambda uow: weighed(uow, sql, work)[0], cause="test"), None
        except FibermapError as refused:
            return [], refused.code

    def act(self, work: Work) -> str | None:
        """Do it; return the code that it is refused with, None where it is done."""
        try:
            self.fm.store.run_alone(work, cause="test")
        except FibermapError as refused:
            return refused.code
        return None


VERBS = ("place", "place", "place", "complete", "complete", "cancel", "hold", "release", "fail", "pay", "offer", "end",
         "change", "move", "transfer")  # fmt: skip
STEPS = st.lists(st.tuples(st.sampled_from(VERBS), st.integers(1, HOMES), st.integers(0, 20)), min_size=4, max_size=14)


@given(steps=STEPS)
@settings(max_examples=4, deadline=None, derandomize=True, database=None)
def test_what_is_told_is_what_then_happens(steps: list[tuple[str, int, int]]) -> None:
    with planned_street(HOMES, ports_free=PORTS) as fm:
        commit_lead(fm, "1 Main St")
        go_live(fm)
        street = Street(fm)
        for verb, home, which in steps:
            work = street.work(verb, home, which)
            if work is None:
                continue
            before = street.tables()
            told, refused = street.look(work)
            assert street.tables() == before, "a preview leaves nothing"
            assert street.act(work) == refused
            if refused is not None:
                continue
            happened = Counter(account(before, street.tables()))
            said = Counter(each.code for each in told if each.code in ACCOUNTED)
            assert said == happened, (verb, told)
            assert (told[0].code == "nothing") == (not street_changed(before, street.tables()))


def street_changed(before: Tables, after: Tables) -> bool:
    return before["sale_change"] != after["sale_change"]


ACCOUNTED = {
    "order_placed", "order_cancelled", "order_failed", "port_reserved", "port_freed", "port_to_next", "port_kept",
    "port_installed", "in_line", "out_of_line", "deposit_back", "contact_kept", "notice_recalled", "payment_noted",
    "offer_changed",
}  # fmt: skip


def account(before: Tables, after: Tables) -> Iterator[str]:
    """Say what has happened from the tables alone, knowing nothing of histories or sentences."""
    was = {row["order_id"]: row for row in before["customer_order"]}
    now = {row["order_id"]: row for row in after["customer_order"]}
    for order_id, row in now.items():
        if order_id not in was:
            yield "order_placed"
            continue
        if row["state"] != was[order_id]["state"] and row["state"] in ("cancelled", "failed"):
            yield f"order_{row['state']}"
        if row["offer_id"] != was[order_id]["offer_id"]:
            yield "offer_changed"
    yield from _ports(before, after, now)
    waited, waits = ({row["order_id"] for row in side["waiting_list"]} for side in (before, after))
    yield from ["in_line"] * len(waits - waited)
    served = {row["order_id"] for row in after["port_reservation"]}
    yield from ["out_of_line"] * len(waited - waits - served)
    yield from ["deposit_back"] * (len(after["refund"]) - len(before["refund"]))
    if len(after["contact"]) > len(before["contact"]):
        yield "contact_kept"
    recalled = [sum(row["state"] == "recalled" for row in side["notice"]) for side in (before, after)]
    if recalled[1] > recalled[0]:
        yield "notice_recalled"
    paid = {row["order_id"]: row for row in before["order_payment"]}
    for row in after["order_payment"]:
        if paid.get(row["order_id"]) != row and row["order_id"] in was:
            yield "payment_noted"


def _ports(before: Tables, after: Tables, orders: dict[int, dict[str, Any]]) -> Iterator[str]:
    was, now = (
        {(row["terminal_id"], row["port"]): row for row in side["port_reservation"]} for side in (before, after)
    )
    for port in was.keys() | now.keys():
        held, holds = was.get(port), now.get(port)
        if holds is None:
            yield "port_freed"
        elif held is None:
            yield "port_reserved"
        elif held["order_id"] != holds["order_id"]:
            kept = orders[holds["order_id"]]["previous_order_id"] == held["order_id"]
            yield "port_kept" if kept else "port_to_next"
        elif (held["installed_at"] is None) != (holds["installed_at"] is None):
            yield "port_installed"


def test_others_are_named_by_their_number_and_place() -> None:
    with planned_street(HOMES, ports_free=1) as fm:
        go_live(fm)
        street = Street(fm)
        for home in (1, 2):
            work = street.work("place", home, 1)
            assert work is not None
            street.act(work)
        first = next(own_id for own_id in street.orders() if has_port(fm, own_id))
        told = {
            each.code: each.text
            for each in street.look(lambda uow: commands.cancel_order(uow, first, "price", "ann"))[0]
        }
        (heir,) = [own_id for own_id in street.orders() if own_id != first]
        assert told["order_cancelled"] == "The order is cancelled."
        assert told["port_to_next"].startswith(f"Order {heir} (2 Main St")
        assert told["port_to_next"].endswith("the next in line, gets port 1 of T1.")
        assert told["order_ready"].startswith(f"Order {heir} (")


def has_port(fm: Plan, order_id: int) -> bool:
    return bool(fm.store.sql.value("test", "SELECT count(*) FROM port_reservation WHERE order_id = ?", [order_id]))
