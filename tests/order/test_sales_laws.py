"""After any history: one order a unit, none on what is not built, and every cent in one place.

Leads, pre-orders with deposits that succeed, fail and are late, classes that flip both ways, holds, undo, cancelled
orders, refunds, addresses that become one and two again, ports that are freed, dates that slip. Plain Python remembers
what the plan says; everything else is read from the tables, by questions that no command asks.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from fibermap.kernel.errors import FibermapError
from fibermap.kernel.settings import Settings
from fibermap.money.books import money_checks
from fibermap.money.payments import carry_out
from fibermap.money.settle import open_desk, settle_money
from fibermap.order import order_commands as commands
from fibermap.order.checks import order_checks
from fibermap.order.contact import Contact
from fibermap.order.conversion import Batch, Converted, convert
from fibermap.order.lead_commands import Capture
from fibermap.order.order import Wanted
from fibermap.order.preorder import WithdrawnWhy
from fibermap.order.preorder_commands import House, Word, note_deposit, pay_deposit, withdraw_preorder
from fibermap.order.preorder_store import find_preorder
from fibermap.order.preorder_taking import For, take
from fibermap.plan import Plan
from fibermap.store import UnitOfWork, run_checks
from tests.builders import ids, rows
from tests.order.sales import OFFER, SHOP, fall_back, go_live, planned_street, set_ports
from tests.order.sold_ahead import PlannedFiber

T = TypeVar("T")
HOMES = 4
CENTS = 5_000
NOBODY = ("order_contact", "account_contact")
LAWS = [check for check in order_checks() if check.name not in NOBODY]  # who orders here without a lead is nobody
FORWARD = ("acknowledged", "pending", "inProgress")
ACTIVE = ("pre-ordered", "committed", "waiting")
homes = st.integers(1, HOMES)
tokens = st.sampled_from([None, "tok_visa", "tok_visa", "tok_chargeDeclined"])

_IDLE_PORTS = """
    SELECT 1 FROM terminal_ports WHERE free > 0 AND terminal_id IN (
        SELECT w.terminal_id FROM waiting_list w JOIN customer_order o USING (order_id) WHERE o.state = 'pending')
"""
_LEDGER = """
    SELECT deposit_id, d.state, d.amount,
           coalesce(sum(b.amount) FILTER (account = 'customer_deposits'), 0) AS held,
           coalesce(sum(b.amount) FILTER (account = 'customer_credits'), 0) AS applied,
           coalesce(sum(b.amount) FILTER (account = 'forfeited_deposits'), 0) AS forfeited,
           coalesce(sum(b.amount) FILTER (account = 'refunds_payable'), 0) AS refunding
    FROM deposit d LEFT JOIN ledger_balance b ON b.reference = 'deposit:' || d.deposit_id GROUP BY ALL
"""


class Sales(RuleBasedStateMachine):
    """A street whose homes are sold to while its plan goes back and forth."""

    fm: Plan

    @initialize(ports=st.sampled_from([None, 2]))
    def begin(self, ports: int | None) -> None:
        self.world = ExitStack()
        self.fm = self.world.enter_context(
            planned_street(HOMES, ports_free=ports, PHASE="P1", EXPECTED_LIVE="2027-03-01")
        )
        self.desk = open_desk(self.fm.store)
        self.ports = ports
        self.address = ids(self.fm)
        self.home_of = {self.address[f"{home} Main St"]: home for home in range(1, HOMES + 1)}
        self.live = False
        self.holds: dict[int, int] = {}
        self.root = {home: home for home in range(1, HOMES + 1)}
        self.slipped_to = date(2027, 3, 1)
        self.count = 0
        self.past: tuple[bool, dict[int, int], dict[int, int]] | None = None

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.world.close()

    def _do(self, work: Callable[[UnitOfWork], T]) -> T | None:
        """Give a command; None where it is refused, and then nothing is left of it."""
        try:
            return self.fm.store.run_alone(work, cause="test")
        except FibermapError:
            return None

    def _house(self) -> House:
        return House(Settings(preorder_deposit_cents=CENTS), PlannedFiber(), self.desk)

    @contextmanager
    def _version(self) -> Iterator[None]:
        """Keep what the plan said before, where it says something else afterwards: what is no news is no version."""
        before, last = (self.live, dict(self.holds), dict(self.root)), self._latest()
        yield
        if self._latest() != last:
            self.past = before

    def _latest(self) -> int:
        return int(rows(self.fm, "SELECT max(version) AS version FROM plan_version")[0]["version"])

    def _one(self, statement: str, number: int) -> int | None:
        """Return one of the ids that a question finds."""
        found = [next(iter(row.values())) for row in rows(self.fm, f"{statement} ORDER BY 1")]
        return int(found[number % len(found)]) if found else None

    # -- what customers do ------------------------------------------------------------------------------------------

    @rule(home=homes, person=st.integers(0, 1), token=tokens, at_once=st.booleans())
    def sign(self, home: int, person: int, token: str | None, at_once: bool) -> None:
        self.count += 1
        contact = Contact(f"Person {home}{person}", f"+1406555{home}{person}42".ljust(12, "0"))
        capture = Capture(self.address[f"{home} Main St"], contact, "door", None, "fiber", "Al")
        signed = datetime(2026, 1, 6, 10, tzinfo=UTC)
        word = Word(OFFER, signed, "door", (), token, f"pay-{self.count}")
        taken = self._do(lambda uow: take(uow, For(None, capture), word, self._house()).preorder)
        if taken is not None and taken.deposit_id is not None and at_once:
            self._carry_out(taken.deposit_id)

    @rule(number=st.integers(0, 9), token=st.sampled_from(["tok_visa", "tok_chargeDeclined"]), at_once=st.booleans())
    def pay(self, number: int, token: str, at_once: bool) -> None:
        self.count += 1
        found = self._one("SELECT commitment_id FROM commitment WHERE state = 'pre-ordered'", number)
        if found is not None:
            key = f"pay-{self.count}"
            paid = self._do(lambda uow: pay_deposit(uow, find_preorder(uow, found), token, key, self._house()))
            if paid is not None and paid.deposit_id is not None and at_once:
                self._carry_out(paid.deposit_id)

    def _carry_out(self, payment_id: int) -> None:
        carry_out(self.desk, payment_id)
        self._do(lambda uow: note_deposit(uow, payment_id))

    @rule()
    def bank(self) -> None:
        """End every call of the gateway that nobody has made yet, or that broke off."""
        settle_money(self.desk)
        self.fm.deliver()

    @rule(number=st.integers(0, 9))
    def withdraw(self, number: int) -> None:
        found = self._one("SELECT commitment_id FROM commitment WHERE state IN ('pre-ordered', 'committed')", number)
        if found is not None:
            self._do(lambda uow: withdraw_preorder(uow, found, WithdrawnWhy.CUSTOMER, "ann"))

    @rule(home=homes)
    def order(self, home: int) -> None:
        self.count += 1
        wanted = Wanted(self.address[f"{home} Main St"], 1, OFFER, "web", f"r{self.count}", payment_method="tok_visa")
        if self._sells(self.root[home]):
            occupied = self._at(self._live_orders()).get(self.root[home])
            placed = self._do(lambda uow: commands.place_order(uow, wanted, SHOP))
            assert (placed is None) == bool(occupied)

    @rule(number=st.integers(0, 9))
    def cancel(self, number: int) -> None:
        states = "('acknowledged', 'pending', 'inProgress', 'held')"
        found = self._one(f"SELECT order_id FROM customer_order WHERE state IN {states}", number)
        if found is not None:
            assert self._do(lambda uow: commands.cancel_order(uow, found, "price", "ann")) is not None
            self.fm.deliver()

    @rule(number=st.integers(0, 9), fails=st.booleans())
    def install(self, number: int, fails: bool) -> None:
        found = self._one("SELECT order_id FROM customer_order WHERE state = 'inProgress'", number)
        if found is not None:
            step = (
                (lambda uow: commands.fail_order(uow, found, "no_access"))
                if fails
                else (lambda uow: commands.complete_order(uow, found))
            )
            assert self._do(step) is not None
            self.fm.deliver()

    # -- what the plan does -----------------------------------------------------------------------------------------

    @precondition(lambda self: self.past is not None)
    @rule()
    def undo(self) -> None:
        assert self.past is not None
        self.fm.undo()
        self.live, self.holds, self.root = self.past
        self.past = None  # what the next undo takes back is another test's business

    @rule()
    def light(self) -> None:
        with self._version():
            go_live(self.fm)
            self.live = True

    @rule()
    def darken(self) -> None:
        with self._version():
            fall_back(self.fm)
            self.live = False

    @rule(days=st.integers(1, 90))
    def slip(self, days: int) -> None:
        if not self.live:
            with self._version():
                self.slipped_to += timedelta(days=days)
                self.fm.slip_phase("P1", self.slipped_to, "rock", "ann")

    @rule(home=homes)
    def hold(self, home: int) -> None:
        if self.root[home] not in self.holds:
            with self._version():
                self.holds[self.root[home]] = self.fm.hold("unsafe", "mud", "ann", address_id=self._survivor(home)).ids[
                    0
                ]

    @rule(home=homes)
    def release(self, home: int) -> None:
        if self.root[home] in self.holds:
            with self._version():
                self.fm.release_hold(self.holds.pop(self.root[home]), "dry", "ann")

    @rule(home=homes, other=homes)
    def merge(self, home: int, other: int) -> None:
        one, two = self.root[home], self.root[other]
        if one != two and not {one, two} & set(self.holds):
            with self._version():
                self.fm.merge_addresses(self._survivor(home), self._survivor(other), "one house", "ann")
                self.root = {each: one if root == two else root for each, root in self.root.items()}

    @rule(free=st.integers(1, 4))
    def refresh_ports(self, free: int) -> None:
        if self.ports is not None:
            with self._version():
                set_ports(self.fm, free)

    @rule()
    def deliver_again(self) -> None:
        self._do(lambda uow: convert(uow, Batch(1)))
        assert self.fm.store.run(lambda uow: convert(uow, Batch(1)), cause="again") == Converted()

    def _survivor(self, home: int) -> int:
        address_id = self.address[f"{home} Main St"]
        found = rows(self.fm, f"SELECT survivor_id FROM survivor WHERE address_id = {address_id}")
        return int(found[0]["survivor_id"]) if found else address_id

    # -- what has to be so ------------------------------------------------------------------------------------------

    def _sells(self, root: int) -> bool:
        return self.live and root not in self.holds

    def _live_orders(self) -> list[dict[str, Any]]:
        found = rows(self.fm, "SELECT * FROM customer_order WHERE kind <> 'cancel'")
        return [row for row in found if row["state"] in ("held", *FORWARD)]

    def _at(self, found: list[dict[str, Any]]) -> dict[int, list[dict[str, Any]]]:
        """Return rows by the home that they are at now."""
        at: dict[int, list[dict[str, Any]]] = defaultdict(list)
        for row in found:
            at[self.root[self.home_of[row["address_id"]]]].append(row)
        return at

    @invariant()
    def one_order_goes_forward_at_a_unit_and_only_on_what_is_built_and_paid(self) -> None:
        if not hasattr(self, "fm"):
            return
        paid = {row["deposit_id"] for row in rows(self.fm, "SELECT deposit_id FROM deposit WHERE state = 'applied'")}
        carded = {row["order_id"] for row in rows(self.fm, "SELECT order_id FROM order_payment")}
        for root, found in self._at(self._live_orders()).items():
            forward = [row for row in found if row["state"] in FORWARD]
            assert len(forward) <= 1
            assert len(found) <= sum(each == root for each in self.root.values()), (
                "only houses that became one have two"
            )
            assert self._sells(root) or not forward
            assert not self._sells(root) or forward, "one of them goes on"
            for row in forward:
                assert row["state"] != "inProgress" or row["order_id"] in carded or row["deposit_id"] in paid

    @invariant()
    def every_commitment_is_an_order_at_most_once_and_as_soon_as_it_may_be(self) -> None:
        if not hasattr(self, "fm"):
            return
        every = rows(self.fm, "SELECT * FROM commitment")
        made = Counter(row["commitment_id"] for row in rows(self.fm, "SELECT commitment_id FROM customer_order"))
        assert all(made[row["commitment_id"]] == (row["state"] == "converted") for row in every)
        standing = self._at([row for row in every if row["state"] in ACTIVE])
        occupied = self._at(self._live_orders())
        assert not [root for root in standing if self._sells(root) and root not in occupied]

    @invariant()
    def a_household_has_one_open_lead_that_is_as_far_as_its_pre_order(self) -> None:
        if not hasattr(self, "fm"):
            return
        known = {row["lead_id"] for row in rows(self.fm, "SELECT lead_id FROM household")}
        leads = rows(self.fm, "SELECT * FROM lead WHERE state NOT IN ('converted', 'lost')")
        assert known == {row["lead_id"] for row in leads}
        for found in self._at(leads).values():
            assert len(found) == 1
        standing: dict[int, list[str]] = defaultdict(list)
        for row in rows(self.fm, "SELECT lead_id, state FROM commitment"):
            if row["state"] in ACTIVE:
                standing[row["lead_id"]].append(row["state"])
        for lead in leads:
            stand = standing[lead["lead_id"]]
            assert len(stand) <= 1
            wanted = {"pre-ordered": ("pre-ordered",)}.get(stand[0], ("committed",)) if stand else ("new", "qualified")
            assert lead["state"] in wanted

    @invariant()
    def every_deposit_is_in_one_place_and_there_for_a_reason(self) -> None:
        if not hasattr(self, "fm"):
            return
        for row in rows(self.fm, _LEDGER):
            where = {"held": 0, "applied": 0, "forfeited": 0, "refunding": 0} | {row["state"]: row["amount"]}
            assert {name: row[name] for name in ("held", "applied", "forfeited", "refunding")} == {
                name: where[name] for name in ("held", "applied", "forfeited", "refunding")
            }
        captured = {
            row["payment_id"] for row in rows(self.fm, "SELECT payment_id FROM payment WHERE state = 'captured'")
        }
        deposits = {row["deposit_id"]: row["state"] for row in rows(self.fm, "SELECT * FROM deposit")}
        assert captured == set(deposits)
        held_by = {row["deposit_id"] for row in rows(self.fm, "SELECT * FROM commitment") if row["state"] in ACTIVE}
        applied_to = {
            row["deposit_id"] for row in rows(self.fm, "SELECT * FROM customer_order") if row["state"] != "cancelled"
        }
        assert {each for each, state in deposits.items() if state == "held"} <= held_by
        assert {each for each, state in deposits.items() if state == "applied"} <= applied_to
        assert not {each for each, state in deposits.items() if state in ("refunding", "refunded")} & (
            held_by | applied_to
        )

    @invariant()
    def the_books_are_sound_and_no_port_is_given_twice_or_lies_idle(self) -> None:
        if not hasattr(self, "fm"):
            return
        assert run_checks(self.fm.store, [*money_checks(), *LAWS]) == []
        assert rows(self.fm, _IDLE_PORTS) == []


TestSales = Sales.TestCase
TestSales.settings = settings(max_examples=8, stateful_step_count=15, deadline=None)


@pytest.mark.slow
def test_the_laws_hold_after_long_histories() -> None:
    run_state_machine_as_test(Sales, settings=settings(max_examples=60, stateful_step_count=40, deadline=None))
