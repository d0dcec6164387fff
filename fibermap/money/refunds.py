"""Paying deposits back: promised in the ledger, then asked of the gateway; what the card refuses waits for a person."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fibermap.kernel.errors import Code, Conflict, InputRefused
from fibermap.kernel.events import DepositRefunded, RefundNeedsPerson
from fibermap.money.accounts import Account
from fibermap.money.card_numbers import refuse_card_numbers
from fibermap.money.deposits import DepositState, deposit_of, liability_of, move_deposit, owe_again
from fibermap.money.desk import MoneyDesk
from fibermap.money.gateway import Answered, NotSent, Outcome, OutcomeUnknown, RefundOrder
from fibermap.money.ledger import post, reverse, transfer
from fibermap.money.payment_store import payment_of
from fibermap.money.payments import Settled, looked_up, settle_each
from fibermap.money.refund import (
    PaidBy,
    Refund,
    RefundState,
    close_by_hand,
    insert_refund,
    open_refunds,
    refund_of,
    set_refund,
)
from fibermap.store import UnitOfWork

LONGEST_TEXT = 500
MOST_WAITING = 5_000

_STATE_AFTER = {
    Outcome.DONE: RefundState.PAID,
    Outcome.FAILED: RefundState.MANUAL,
    Outcome.PENDING: RefundState.PENDING,
}


def intend_refund(uow: UnitOfWork, deposit_id: int, reason: str, author: str) -> Refund:
    """Promise a deposit back in the caller's unit of work; `carry_out_refund` then calls the gateway.

    A deposit that has become a credit goes back as long as none of the credit was spent.

    Raises
    ------
    NotFound
        ``deposit_not_found``.
    Conflict
        ``deposit_not_held``: it was forfeited, is on its way back, or its credit was spent.
    InputRefused
        ``argument_invalid``, ``card_number_refused``: the reason.
    """
    _refuse_text(reason, "reason")
    deposit, payment = deposit_of(uow.sql, deposit_id), payment_of(uow.sql, deposit_id)
    account, party = liability_of(deposit)
    move_deposit(uow, deposit, DepositState.REFUNDING)
    refund_id = insert_refund(uow, deposit_id, deposit.money, payment.gateway, reason, author)
    moved = transfer(account, Account.REFUNDS_PAYABLE, deposit.money, party, deposit.reference)
    post(uow, f"{deposit.reference}:promised_back", moved)
    return refund_of(uow.sql, refund_id)


def refund_deposit(desk: MoneyDesk, deposit_id: int, reason: str, author: str) -> Refund:
    """Pay a deposit back: promise, call, outcome. What the card refuses is then on the worklist (state ``manual``).

    Raises
    ------
    NotFound, Conflict, InputRefused
        As `intend_refund` does.
    """
    cause = f"refund_deposit:{deposit_id}"
    refund = desk.store.run(lambda uow: intend_refund(uow, deposit_id, reason, author), cause=cause)
    return carry_out_refund(desk, refund.refund_id)


def carry_out_refund(desk: MoneyDesk, refund_id: int) -> Refund:
    """Call the gateway for a promised refund and write what came of it."""
    refund = refund_of(desk.store.sql, refund_id)
    if refund.state is RefundState.INTENDED and (claimed := _claim(desk, refund)) is not None:
        return _ask(desk, claimed, lambda: desk.gateway.refund(_order(claimed)))
    return refund_of(desk.store.sql, refund_id)


def settle_open_refunds(desk: MoneyDesk) -> Settled:
    """End what is open: look up what is unknown or pending, call for what the gateway has never seen."""
    stale = desk.store.clock.now() - desk.call_is_over_after
    found = open_refunds(desk.store.sql, desk.gateway.name, stale)
    return settle_each(found, lambda refund: _settle(desk, refund).state in _ENDED)


_ENDED = (RefundState.PAID, RefundState.MANUAL, RefundState.CLOSED)


def refund_worklist(uow: UnitOfWork) -> list[dict[str, Any]]:
    """Return the refunds that wait for a person, the longest waiting first, at most `MOST_WAITING`."""
    statement = f"SELECT * FROM refund_worklist ORDER BY waiting_since, refund_id LIMIT {MOST_WAITING}"
    return uow.sql.records("refund.worklist", statement)


def close_refund(uow: UnitOfWork, refund_id: int, paid_by: PaidBy, note: str, author: str) -> Refund:
    """Say how a person paid back what the card refused.

    Raises
    ------
    NotFound
        ``refund_not_found``.
    Conflict
        ``refund_not_waiting``: it does not wait for a person.
    InputRefused
        ``argument_invalid``, ``card_number_refused``: the note.
    """
    _refuse_text(note, "note")
    refund = refund_of(uow.sql, refund_id)
    if not refund.may_become(RefundState.CLOSED):
        message = "The refund does not wait for a person."
        raise Conflict(Code.REFUND_NOT_WAITING, message, refund_id=refund_id, state=str(refund.state))
    close_by_hand(uow, refund, paid_by, note, author)
    _paid_back(uow, refund, Account.BANK, f"{refund.reference}:closed", str(paid_by))
    return refund_of(uow.sql, refund_id)


def record_refund(uow: UnitOfWork, refund_id: int, answered: Answered) -> bool:
    """Write what the gateway said of a refund; tell whether that was news. What is older changes nothing."""
    refund = refund_of(uow.sql, refund_id)
    state = _STATE_AFTER[answered.outcome]
    if state is refund.state or not refund.may_become(state):
        return False
    was_paid = refund.state is RefundState.PAID
    refund = set_refund(uow, refund, state, gateway_id=answered.gateway_id, failure=answered.failure)
    if state is RefundState.PAID:
        _paid_back(uow, refund, Account.GATEWAY_CLEARING, f"{refund.reference}:paid", "card")
    if state is RefundState.MANUAL:
        if was_paid:
            _take_back(uow, refund)
        party = deposit_of(uow.sql, refund.deposit_id).party
        uow.emit(RefundNeedsPerson(uow.cause, refund_id, refund.deposit_id, party, answered.failure or ""))
    return True


def _paid_back(uow: UnitOfWork, refund: Refund, out_of: Account, source: str, paid_by: str) -> None:
    deposit = deposit_of(uow.sql, refund.deposit_id)
    move_deposit(uow, deposit, DepositState.REFUNDED)
    _, party = liability_of(deposit)
    post(uow, source, transfer(Account.REFUNDS_PAYABLE, out_of, refund.money, party, deposit.reference))
    money = refund.money
    uow.emit(DepositRefunded(uow.cause, deposit.deposit_id, deposit.party, money.amount, money.currency, paid_by))


def _take_back(uow: UnitOfWork, refund: Refund) -> None:
    """Owe the customer again what was on its way to the card and came back."""
    statement = "SELECT transaction_id FROM ledger_transaction WHERE source = ?"
    paid = int(uow.sql.value("refund.paid", statement, [f"{refund.reference}:paid"]))
    reverse(uow, paid, "came_back")
    owe_again(uow, deposit_of(uow.sql, refund.deposit_id))


def _settle(desk: MoneyDesk, refund: Refund) -> Refund:
    was, claimed = refund.state, _claim(desk, refund)
    if claimed is None:
        return refund_of(desk.store.sql, refund.refund_id)
    order = _order(claimed)

    def look_and_call() -> Answered:
        if was is not RefundState.INTENDED:
            found = looked_up(lambda: desk.gateway.find_refund(order))
            if found.outcome is not Outcome.ABSENT:
                return found
        return desk.gateway.refund(order)

    return _ask(desk, claimed, look_and_call)


def _claim(desk: MoneyDesk, refund: Refund) -> Refund | None:
    """Begin a call, unless somebody else did since the refund was read."""

    def work(uow: UnitOfWork) -> Refund | None:
        now = refund_of(uow.sql, refund.refund_id)
        if (now.state, now.changed_at) != (refund.state, refund.changed_at):
            return None
        return set_refund(uow, now, RefundState.CALLING)

    return desk.store.run(work, cause=_cause(refund))


def _ask(desk: MoneyDesk, refund: Refund, call: Callable[[], Answered]) -> Refund:
    """Make a call and write what came of it. Any other error leaves the refund as one whose caller is gone."""
    try:
        answered = call()
    except OutcomeUnknown:
        return _put_back(desk, refund, RefundState.UNKNOWN, None)
    except NotSent as error:
        return _put_back(desk, refund, RefundState.INTENDED, error.why)
    desk.store.run(lambda uow: record_refund(uow, refund.refund_id, answered), cause=_cause(refund))
    return refund_of(desk.store.sql, refund.refund_id)


def _put_back(desk: MoneyDesk, refund: Refund, state: RefundState, why: str | None) -> Refund:
    """Leave a refund to the next recovery pass, unless a webhook has said more by now."""

    def work(uow: UnitOfWork) -> None:
        now = refund_of(uow.sql, refund.refund_id)
        if now.state is RefundState.CALLING:
            set_refund(uow, now, state, failure=why)

    desk.store.run(work, cause=_cause(refund))
    return refund_of(desk.store.sql, refund.refund_id)


def _order(refund: Refund) -> RefundOrder:
    return RefundOrder(refund.idempotency_key, refund.money, refund.charge_id, refund.intended_at)


def _cause(refund: Refund) -> str:
    return f"refund:{refund.refund_id}"


def _refuse_text(text: str, field: str) -> None:
    if not 0 < len(text.strip()) <= LONGEST_TEXT:
        raise InputRefused(Code.ARGUMENT_INVALID, f"Say why, in at most {LONGEST_TEXT} characters.", field=field)
    refuse_card_numbers(text, field=field)
