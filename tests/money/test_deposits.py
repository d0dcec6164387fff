"""Deposits: taken, applied, forfeited, paid back; each once and whole."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from fibermap.kernel.errors import Code, Conflict, FibermapError, InputRefused, NotFound
from fibermap.money.amount import Money
from fibermap.money.deposits import (
    DepositState,
    apply_deposit,
    apply_deposits,
    deposit_of,
    deposits_of,
    forfeit_deposit,
)
from fibermap.money.payment import PaymentState
from fibermap.money.payments import DepositOrder, settle_open_payments, take_deposit
from fibermap.money.refund import PaidBy, RefundState
from fibermap.money.refunds import close_refund, refund_deposit, refund_worklist
from fibermap.money.settle import settle_money
from tests.money.build import FIFTY, books, deposit_order, do, events, held_deposit, is_sound, open_money


def test_a_deposit_is_carried_as_a_liability() -> None:
    with open_money() as (desk, _):
        payment = take_deposit(desk, deposit_order())
        assert payment.state is PaymentState.CAPTURED
        assert books(desk) == {"gateway_clearing": 5_000, "customer_deposits": 5_000}
        (deposit,) = deposits_of(desk.store.sql, "lead:1")
        assert (deposit.money, deposit.state) == (FIFTY, DepositState.HELD)
        assert events(desk) == ["DepositTaken"]
        assert is_sound(desk)


@pytest.mark.parametrize(
    ("token", "failure"),
    [("tok_chargeDeclined", "card_declined"), ("tok_chargeDeclinedInsufficientFunds", "insufficient_funds"),
     ("tok_chargeDeclinedExpiredCard", "expired_card"), ("tok_unheardOf", "no_such_token")],
)  # fmt: skip
def test_a_declined_card_leaves_no_money_and_says_why(token: str, failure: str) -> None:
    with open_money() as (desk, _):
        payment = take_deposit(desk, deposit_order(token=token))
        assert (payment.state, payment.failure) == (PaymentState.FAILED, failure)
        assert take_deposit(desk, deposit_order(token=token)) == payment
        assert (books(desk), events(desk)) == ({}, ["PaymentFailed"])


@pytest.mark.parametrize(
    ("order", "code"),
    [
        (deposit_order(money=Money(0, "USD")), Code.AMOUNT_NOT_POSITIVE),
        (deposit_order(money=Money(-5_000, "USD")), Code.AMOUNT_NOT_POSITIVE),
        (deposit_order(money=Money(5_000, "CAD")), Code.CURRENCY_MISMATCH),
        (deposit_order(token="4242424242424242"), Code.PAYMENT_TOKEN_REFUSED),
        (deposit_order(token=""), Code.PAYMENT_TOKEN_REFUSED),
        (deposit_order(key=""), Code.ARGUMENT_INVALID),
        (deposit_order(key="k" * 300), Code.ARGUMENT_INVALID),
    ],
)
def test_what_cannot_be_asked_for_leaves_nothing(order: DepositOrder, code: Code) -> None:
    with open_money() as (desk, _):
        with pytest.raises(InputRefused) as refused:
            take_deposit(desk, order)
        assert refused.value.code is code
        assert "4242" not in str(refused.value)
        assert desk.store.sql.value("test.count", "SELECT count(*) FROM payment") == 0


def test_eight_at_once_with_one_key_are_one_charge() -> None:
    with open_money() as (desk, _), ThreadPoolExecutor(8) as threads:
        taken = list(threads.map(lambda _: take_deposit(desk, deposit_order()), range(8)))
        assert {(payment.payment_id, payment.state) for payment in taken} == {(taken[0].payment_id, "captured")}
        assert desk.store.sql.value("test.count", "SELECT count(*) FROM simulated_charge") == 1
        assert books(desk) == {"gateway_clearing": 5_000, "customer_deposits": 5_000}


def test_a_key_stands_for_one_order_only() -> None:
    with open_money() as (desk, _):
        take_deposit(desk, deposit_order())
        with pytest.raises(Conflict) as reused:
            take_deposit(desk, deposit_order(money=Money(6_000, "USD")))
        assert reused.value.code is Code.IDEMPOTENCY_KEY_REUSED


@pytest.mark.parametrize(
    ("token", "first"),
    [("tok_timeout", PaymentState.UNKNOWN), ("tok_timeoutLost", PaymentState.UNKNOWN),
     ("tok_unreachable", PaymentState.INTENDED)],
)  # fmt: skip
def test_what_broke_off_is_looked_up_and_charged_once(token: str, first: PaymentState) -> None:
    with open_money() as (desk, _):
        assert take_deposit(desk, deposit_order(token=token)).state is first
        assert settle_open_payments(desk).ended == 1
        assert take_deposit(desk, deposit_order(token=token)).state is PaymentState.CAPTURED
        assert desk.store.sql.value("test.count", "SELECT count(*) FROM simulated_charge") == 1
        assert books(desk) == {"gateway_clearing": 5_000, "customer_deposits": 5_000}


def test_nobody_is_charged_hours_later_for_what_never_arrived() -> None:
    with open_money() as (desk, clock):
        take_deposit(desk, deposit_order(token="tok_timeoutLost"))
        clock.wait(hours=2)
        settle_open_payments(desk)
        payment = take_deposit(desk, deposit_order(token="tok_timeoutLost"))
        assert (payment.state, payment.failure) == (PaymentState.FAILED, "never_arrived")
        assert books(desk) == {}


def test_deposits_become_credits_in_one_go_and_once() -> None:
    with open_money() as (desk, _):
        for number in range(3):
            held_deposit(desk, f"key-{number}", party=f"lead:{number}")
        relation = "SELECT deposit_id, replace(party, 'lead', 'order') AS party FROM deposit"
        applied = do(desk, lambda uow: apply_deposits(uow, relation))
        again = do(desk, lambda uow: apply_deposits(uow, relation))
        assert (applied.transactions, applied.amounts, again.transactions) == (3, {"USD": 15_000}, 0)
        assert books(desk) == {"gateway_clearing": 15_000, "customer_credits": 15_000}
        assert events(desk) == ["DepositTaken"] * 3 + ["DepositApplied"]
        assert is_sound(desk)


def test_a_forfeited_deposit_is_income_and_nothing_else_any_more() -> None:
    with open_money() as (desk, _):
        deposit_id = held_deposit(desk)
        do(desk, lambda uow: forfeit_deposit(uow, deposit_id))
        assert books(desk) == {"gateway_clearing": 5_000, "forfeited_deposits": 5_000}
        for work in (
            lambda uow: forfeit_deposit(uow, deposit_id),
            lambda uow: apply_deposit(uow, deposit_id, "order:1"),
        ):
            with pytest.raises(Conflict) as refused:
                do(desk, work)
            assert refused.value.code is Code.DEPOSIT_NOT_HELD
        with pytest.raises(Conflict):
            refund_deposit(desk, deposit_id, "changed their mind", "ann")
        with pytest.raises(NotFound):
            do(desk, lambda uow: forfeit_deposit(uow, 1))


@pytest.mark.parametrize("credited", [False, True])
def test_a_deposit_is_paid_back_once(credited: bool) -> None:
    with open_money() as (desk, _):
        deposit_id = held_deposit(desk)
        if credited:
            do(desk, lambda uow: apply_deposit(uow, deposit_id, "order:1"))
        assert refund_deposit(desk, deposit_id, "changed their mind", "ann").state is RefundState.PAID
        assert books(desk) == {}
        assert deposit_of(desk.store.sql, deposit_id).state is DepositState.REFUNDED
        with pytest.raises(Conflict) as refused:
            refund_deposit(desk, deposit_id, "changed their mind", "ann")
        assert refused.value.code is Code.DEPOSIT_NOT_HELD
        assert events(desk)[-1] == "DepositRefunded"
        assert is_sound(desk)


def test_a_credit_that_was_spent_does_not_go_back() -> None:
    from fibermap.money.accounts import Account
    from fibermap.money.ledger import post, transfer

    with open_money() as (desk, _):
        deposit_id = held_deposit(desk)
        do(desk, lambda uow: apply_deposit(uow, deposit_id, "order:1"))
        spent = transfer(Account.CUSTOMER_CREDITS, Account.BANK, Money(1, "USD"), "order:1", f"deposit:{deposit_id}")
        do(desk, lambda uow: post(uow, "invoice:1", spent))
        with pytest.raises(Conflict):
            refund_deposit(desk, deposit_id, "changed their mind", "ann")


def test_of_many_who_move_a_deposit_at_once_one_succeeds() -> None:
    with open_money() as (desk, _), ThreadPoolExecutor(6) as threads:
        deposit_id = held_deposit(desk)

        def move(number: int) -> bool:
            try:
                if number % 2:
                    refund_deposit(desk, deposit_id, "changed their mind", "ann")
                else:
                    do(desk, lambda uow: forfeit_deposit(uow, deposit_id))
            except FibermapError:
                return False
            return True

        assert sum(threads.map(move, range(6))) == 1
        assert is_sound(desk)


def test_a_refund_that_the_card_refuses_waits_for_a_person() -> None:
    with open_money() as (desk, _):
        deposit_id = held_deposit(desk, token="tok_refundFail")
        refund = refund_deposit(desk, deposit_id, "moved away", "ann")
        assert (refund.state, refund.failure) == (RefundState.MANUAL, "expired_or_canceled_card")
        (waiting,) = do(desk, refund_worklist)
        assert (waiting["refund_id"], waiting["amount"], waiting["party"]) == (refund.refund_id, 5_000, "lead:1")
        assert books(desk) == {"gateway_clearing": 5_000, "refunds_payable": 5_000}
        do(desk, lambda uow: close_refund(uow, refund.refund_id, PaidBy.CHEQUE, "cheque 118", "bob"))
        assert do(desk, refund_worklist) == []
        assert books(desk) == {"gateway_clearing": 5_000, "bank": -5_000}
        with pytest.raises(Conflict) as refused:
            do(desk, lambda uow: close_refund(uow, refund.refund_id, PaidBy.CHEQUE, "cheque 119", "bob"))
        assert refused.value.code is Code.REFUND_NOT_WAITING
        assert is_sound(desk)


def test_a_pending_refund_stays_open() -> None:
    with open_money() as (desk, _):
        deposit_id = held_deposit(desk, token="tok_pendingRefund")
        assert refund_deposit(desk, deposit_id, "moved away", "ann").state is RefundState.PENDING
        assert settle_money(desk).still_open == 1
        assert books(desk) == {"gateway_clearing": 5_000, "refunds_payable": 5_000}


@pytest.mark.parametrize("text", ["", " ", "x" * 501, "card 4242 4242 4242 4242"])
def test_why_is_said_in_words_and_without_card_numbers(text: str) -> None:
    with open_money() as (desk, _):
        deposit_id = held_deposit(desk)
        with pytest.raises(InputRefused):
            refund_deposit(desk, deposit_id, text, "ann")
        assert deposit_of(desk.store.sql, deposit_id).state is DepositState.HELD
