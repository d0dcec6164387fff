"""After any history: never two live orders at a unit, none forward on what is not built, a ledger that sums to zero."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from fibermap.kernel.errors import FibermapError
from fibermap.money.books import money_checks
from fibermap.order import order_commands as commands
from fibermap.order.checks import order_checks
from fibermap.order.conversion import Batch, Converted, convert
from fibermap.order.order import Wanted
from fibermap.plan import Plan
from fibermap.store import run_checks
from tests.builders import ids, rows
from tests.order.sales import SHOP, commit_lead, fall_back, go_live, planned_street, set_ports

HOMES = 4
LAWS = [check for check in order_checks() if check.name != "order_contact"]  # who orders here is nobody
homes = st.integers(1, HOMES)
FORWARD = ("acknowledged", "pending", "inProgress")


_IDLE_PORTS = """
    SELECT 1 FROM terminal_ports WHERE free > 0 AND terminal_id IN (
        SELECT w.terminal_id FROM waiting_list w JOIN customer_order o USING (order_id) WHERE o.state = 'pending')
"""


class Sales(RuleBasedStateMachine):
    """A street whose homes are sold to while its plan goes back and forth; plain Python remembers what has to be."""

    fm: Plan

    @initialize(ports=st.sampled_from([None, 2]))
    def begin(self, ports: int | None) -> None:
        self.world = ExitStack()
        self.fm = self.world.enter_context(planned_street(HOMES, ports_free=ports))
        self.ports = ports
        self.address = ids(self.fm)
        self.live = False
        self.holds: dict[int, int] = {}
        self.committed: dict[int, int] = {}
        self.converted: set[int] = set()
        self.occupied: dict[int, int] = {}
        self.count = 0
        self.past: list[tuple[bool, dict[int, int]]] = []

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.world.close()

    def _do(self, work: Any) -> bool:
        try:
            self.fm.store.run_alone(work, cause="test")
        except FibermapError:
            return False
        return True

    def _settle(self) -> None:
        """Say in plain Python what go-live has to do: of each home the first commitment, if it is free and sold to."""
        for commitment, home in sorted(self.committed.items()):
            if self.live and home not in self.holds and home not in self.occupied and commitment not in self.converted:
                self.converted.add(commitment)
                self.occupied[home] = commitment

    @rule(home=homes, paid=st.booleans())
    def commit(self, home: int, paid: bool) -> None:
        self.count += 1
        commitment = commit_lead(self.fm, f"{home} Main St", self.count, paid=paid)
        self.committed[commitment] = home

    def _remember(self) -> None:
        """Keep what the plan says before it says something else."""
        self.past.append((self.live, dict(self.holds)))

    @rule()
    def undo(self) -> None:
        if self.past:
            self.fm.undo()
            self.live, self.holds = self.past[-1]
            self.past = []  # what the next undo takes back is another test's business
            self._settle()

    @rule()
    def light(self) -> None:
        self._remember()
        go_live(self.fm)
        self.live = True
        self._settle()

    @rule()
    def darken(self) -> None:
        self._remember()
        fall_back(self.fm)
        self.live = False
        self._settle()

    @rule(home=homes)
    def hold(self, home: int) -> None:
        if home not in self.holds:
            self._remember()
            address = self.address[f"{home} Main St"]
            self.holds[home] = self.fm.hold("unsafe", "mud", "ann", address_id=address).ids[0]
            self._settle()

    @rule(home=homes)
    def release(self, home: int) -> None:
        if home in self.holds:
            self._remember()
            self.fm.release_hold(self.holds.pop(home), "dry", "ann")
            self._settle()

    @rule(home=homes)
    def cancel(self, home: int) -> None:
        found = rows(self.fm, f"SELECT order_id FROM active_order WHERE address_id = {self.address[f'{home} Main St']}")
        if found:
            assert self._do(lambda uow: commands.cancel_order(uow, found[0]["order_id"], "price", "ann"))
            del self.occupied[home]

    @rule(home=homes)
    def order(self, home: int) -> None:
        self.count += 1
        wanted = Wanted(self.address[f"{home} Main St"], 1, 7, "web", f"r{self.count}", payment_method="tok_visa")
        if self.live and home not in self.holds and self._do(lambda uow: commands.place_order(uow, wanted, SHOP)):
            assert home not in self.occupied
            self.occupied[home] = -self.count

    @rule(free=st.integers(1, 4))
    def refresh_ports(self, free: int) -> None:
        if self.ports is not None:
            self._remember()
            set_ports(self.fm, free)
            self._settle()

    @rule()
    def deliver_again(self) -> None:
        self._do(lambda uow: convert(uow, Batch(1)))
        self._settle()
        assert self.fm.store.run(lambda uow: convert(uow, Batch(1)), cause="again") == Converted()

    @invariant()
    def every_commitment_is_an_order_exactly_once_where_the_model_says_so(self) -> None:
        if not hasattr(self, "fm"):
            return
        found = rows(self.fm, "SELECT commitment_id FROM customer_order WHERE commitment_id IS NOT NULL ORDER BY 1")
        assert [row["commitment_id"] for row in found] == sorted(self.converted)

    @invariant()
    def never_two_live_orders_stand_at_one_unit_and_none_goes_forward_on_what_is_not_built(self) -> None:
        if not hasattr(self, "fm"):
            return
        every = rows(self.fm, "SELECT address_id, state FROM customer_order")
        live = [row for row in every if row["state"] in ("held", *FORWARD)]
        at = [row["address_id"] for row in live]
        assert len(at) == len(set(at))
        assert set(at) == {self.address[f"{home} Main St"] for home in self.occupied}
        dark = {self.address[f"{home} Main St"] for home in self.holds} if self.live else set(at)
        assert {row["address_id"] for row in live if row["state"] in FORWARD} == set(at) - dark

    @invariant()
    def the_ledger_sums_to_zero_and_no_port_is_given_twice_or_beyond_what_there_is(self) -> None:
        if not hasattr(self, "fm"):
            return
        assert run_checks(self.fm.store, [*money_checks(), *LAWS]) == []
        assert rows(self.fm, _IDLE_PORTS) == []


TestSales = Sales.TestCase
TestSales.settings = settings(max_examples=6, stateful_step_count=12, deadline=None)
