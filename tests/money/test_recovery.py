"""Wherever taking and paying back stops, the recovery pass leaves the same ledger as a run that nothing disturbed."""

from __future__ import annotations

from contextlib import suppress
from functools import cache

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from fibermap.kernel.errors import Conflict
from fibermap.money.books import ledger_hash, money_checks
from fibermap.money.deposits import apply_deposit, forfeit_deposit
from fibermap.money.payments import take_deposit
from fibermap.money.refunds import refund_deposit
from fibermap.money.settings import MoneySettings
from fibermap.money.settle import open_desk, settle_money
from fibermap.store import Store, run_checks
from tests.money.build import Hand, deposit_order
from tests.money.points import CHARGES, Points, Stopped, live, recover, stepping


def final_hash(store: Store) -> str:
    return store.preview(ledger_hash, cause="test")


@cache
def undisturbed() -> tuple[str, int]:
    """Return the ledger's hash after an undisturbed life, and how many steps that has."""
    points = Points()
    with Store.open(":memory:", clock=(clock := Hand())) as store:
        live(stepping(store, points))
        recover(store, clock)
        return final_hash(store), points.passed


def stop() -> None:
    raise Stopped


@pytest.mark.parametrize("tenth", [3, *(pytest.param(n, marks=pytest.mark.slow) for n in range(10) if n != 3)])
def test_stopped_at_any_step_the_ledger_becomes_that_of_an_undisturbed_run(tenth: int) -> None:
    wanted, steps = undisturbed()
    assert steps > 60
    for at in range(1 + tenth, steps + 1, 10):
        with Store.open(":memory:", clock=(clock := Hand())) as store:
            with pytest.raises(Stopped):
                live(stepping(store, Points(at, stop)))
            recover(store, clock)
            assert final_hash(store) == wanted, at
            assert run_checks(store, money_checks()) == []
            charges = store.sql.rows("test.charges", "SELECT count(*) FROM simulated_charge")
            assert charges == [(CHARGES,)], "nobody is charged twice"


class Life(RuleBasedStateMachine):
    """Deposits taken, stopped at any step, applied, forfeited, paid back and settled in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Hand()
        self.store = Store.open(":memory:", clock=self.clock)
        self.taken = 0

    def teardown(self) -> None:
        self.store.close()

    @rule(token=st.sampled_from(["tok_visa", "tok_timeout", "tok_timeoutLost", "tok_chargeDeclined", "tok_refundFail"]),
          at=st.integers(1, 20))  # fmt: skip
    def take(self, token: str, at: int) -> None:
        self.taken += 1
        order = deposit_order(f"key-{self.taken}", token=token, party=f"lead:{self.taken}")
        with suppress(Stopped):
            take_deposit(stepping(self.store, Points(at, stop)), order)

    @precondition(lambda self: self.taken)
    @rule(data=st.data(), what=st.sampled_from(["apply", "forfeit", "refund"]), at=st.integers(1, 20))
    def move(self, data: st.DataObject, what: str, at: int) -> None:
        ids = [row[0] for row in self.store.sql.rows("test.ids", "SELECT deposit_id FROM deposit ORDER BY 1")]
        if not ids:
            return
        deposit_id = data.draw(st.sampled_from(ids))
        try:
            if what == "refund":
                refund_deposit(stepping(self.store, Points(at, stop)), deposit_id, "moved away", "ann")
            elif what == "apply":
                self.store.run(lambda uow: apply_deposit(uow, deposit_id, "order:1"), cause="test")
            else:
                self.store.run(lambda uow: forfeit_deposit(uow, deposit_id), cause="test")
        except (Conflict, Stopped):
            pass

    @rule()
    def settle(self) -> None:
        self.clock.wait(seconds=1)
        settle_money(open_desk(self.store, MoneySettings(timeout_s=0.01)))

    @invariant()
    def the_books_are_sound(self) -> None:
        assert run_checks(self.store, money_checks()) == []
        below = "SELECT * FROM ledger_balance WHERE kind = 'liability' AND amount < 0"
        assert self.store.sql.rows("test.below", below) == []

    @invariant()
    def what_was_charged_is_held_or_still_open(self) -> None:
        lost = """
            SELECT c.idempotency_key FROM simulated_charge c JOIN payment p USING (idempotency_key)
            WHERE c.status = 'succeeded' AND p.state NOT IN ('captured', 'calling', 'unknown')
        """
        assert self.store.sql.rows("test.lost", lost) == []


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=8, stateful_step_count=12, deadline=None)
