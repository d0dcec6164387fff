"""Taking payments: first the intent is on record, then comes the call outside the transaction, then its outcome.

Whatever ends the process between two of these, `settle_open_payments` finds what is open, looks it up and ends it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from fibermap.kernel.errors import Code, Conflict, InputRefused
from fibermap.kernel.events import PaymentFailed
from fibermap.money.amount import Money, refuse_unless_payable
from fibermap.money.deposits import hold_deposit
from fibermap.money.desk import MoneyDesk
from fibermap.money.gateway import Answered, NotSent, Outcome, OutcomeUnknown, refuse_unless_token
from fibermap.money.ledger import LONGEST_KEY
from fibermap.money.payment import AtPage, Payment, PaymentState
from fibermap.money.payment_store import (
    insert_payment,
    note_page,
    open_payments,
    payment_by_key,
    payment_of,
    set_payment,
)
from fibermap.store import UnitOfWork

T = TypeVar("T")
DEPOSIT = "deposit"
NEVER_ARRIVED = "never_arrived"
"""The failure of a payment that the gateway never saw and that is too old to be asked for again."""
PAGE_CLOSED = "page_closed"
"""The failure of a payment whose page was closed before it was opened: nobody needs it any more."""
SHORTEST_OPEN = timedelta(minutes=35)
"""A page that would be open for less is not opened any more; Stripe opens none for less than 30 minutes."""

_LOOK_EVERY_S = 0.02


@dataclass(frozen=True, slots=True)
class DepositOrder:
    """A deposit that somebody pays.

    Attributes
    ----------
    party
        Who pays, as the caller names them: ``lead:12``.
    token
        What the gateway's card field gave: ``tok_...`` or ``pm_...``. None: it is paid at a page of the gateway.
    idempotency_key
        The caller's. The same key with the same order is the same payment, also after it failed: a customer who tries
        another card needs another key.
    return_url
        Of a payment at a page: where the customer comes back to. An address of this house, never one that came in.
    """

    party: str
    money: Money
    token: str | None
    idempotency_key: str
    return_url: str | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """What a recovery pass did: payments or refunds that ended now, and those that are still open."""

    ended: int
    still_open: int


def intend_deposit(uow: UnitOfWork, desk: MoneyDesk, order: DepositOrder) -> Payment:
    """Put a deposit on record in the caller's unit of work; `carry_out` then calls the gateway.

    Raises
    ------
    InputRefused
        ``amount_not_positive``, ``currency_mismatch``, ``payment_token_refused``, ``argument_invalid``.
    Conflict
        ``idempotency_key_reused``: the key stands for another order.
    """
    refuse_unless_payable(order.money, desk.currency)
    if order.token is not None:
        refuse_unless_token(order.token)
    if (order.token is None) == (order.return_url is None):
        raise InputRefused(Code.ARGUMENT_INVALID, "A payment is made by a token or at a page.", field="payment_token")
    if not (0 < len(order.idempotency_key) <= LONGEST_KEY and 0 < len(order.party) <= LONGEST_KEY):
        raise InputRefused(Code.ARGUMENT_INVALID, f"An idempotency key has 1 to {LONGEST_KEY} characters.")
    there = payment_by_key(uow.sql, order.idempotency_key)
    if there is not None:
        if (there.purpose, there.party, there.money, there.token) != (DEPOSIT, order.party, order.money, order.token):
            raise Conflict(Code.IDEMPOTENCY_KEY_REUSED, "The idempotency key was used for something else before.")
        return there
    page = None if order.return_url is None else AtPage(order.return_url, uow.at_utc + desk.page_open)
    return insert_payment(
        uow,
        {"key": order.idempotency_key, "purpose": DEPOSIT, "party": order.party, "currency": order.money.currency,
         "amount": order.money.amount, "token": order.token, "gateway": desk.gateway.name},
        page,
    )  # fmt: skip


def take_deposit(desk: MoneyDesk, order: DepositOrder) -> Payment:
    """Take a deposit: intent, call, outcome. The answer's state is ``captured``, ``failed``, or not known yet.

    Where it is paid at a page the call opens that, and the state is ``awaiting``.

    A payment that is not known to have ended (``is_open``) is settled by `settle_open_payments`; nobody has to do
    anything, and the key may be asked for again at any time.

    Raises
    ------
    InputRefused, Conflict
        As `intend_deposit` does.
    """
    payment = desk.store.run(lambda uow: intend_deposit(uow, desk, order), cause=f"take_deposit:{order.party}")
    return carry_out(desk, payment.payment_id)


def carry_out(desk: MoneyDesk, payment_id: int) -> Payment:
    """Call the gateway for an intended payment and write what came of it; of several callers only one does."""
    payment = payment_of(desk.store.sql, payment_id)
    if payment.state is PaymentState.INTENDED and (claimed := _claim(desk, payment)) is not None:
        return _ask(desk, claimed, lambda: _call(desk, claimed))
    return _outcome_of_another(desk, payment_id)


def settle_open_payments(desk: MoneyDesk) -> Settled:
    """End what is open: look up what is unknown, call for what was never called. Runs now and then, and at a start."""
    stale = desk.store.clock.now() - desk.call_is_over_after
    found = open_payments(desk.store.sql, desk.gateway.name, stale)
    return settle_each(found, lambda payment: not _settle(desk, payment).is_open)


def record_outcome(uow: UnitOfWork, payment_id: int, answered: Answered) -> bool:
    """Write what the gateway said of a payment; tell whether that was news. What is older changes nothing."""
    payment = payment_of(uow.sql, payment_id)
    state = PaymentState.AWAITING if answered.page is not None else _STATE_AFTER[answered.outcome]
    if state is payment.state or not payment.may_become(state):
        return False
    payment = set_payment(uow, payment, state, gateway_id=answered.gateway_id, failure=answered.failure)
    if answered.page is not None:
        note_page(uow, payment_id, answered.page)
    if state is PaymentState.CAPTURED:
        hold_deposit(uow, payment)
    if state is PaymentState.FAILED:
        uow.emit(PaymentFailed(uow.cause, payment_id, payment.purpose, payment.party, answered.failure or ""))
    return True


def settle_each(found: Sequence[T], end: Callable[[T], bool]) -> Settled:
    """Settle one after the other; one that fails keeps none of the others, and its error is raised in the end."""
    ended, errors = 0, []
    for each in found:
        try:
            ended += end(each)
        except Exception as error:
            errors.append(error)
    if errors:
        raise errors[0]
    return Settled(ended, len(found) - ended)


def looked_up(find: Callable[[], Answered]) -> Answered:
    """Look something up; a look-up that was not carried out leaves it unknown, and lets nobody call anew."""
    try:
        return find()
    except NotSent as error:
        raise OutcomeUnknown from error


_STATE_AFTER = {
    Outcome.DONE: PaymentState.CAPTURED,
    Outcome.FAILED: PaymentState.FAILED,
    Outcome.PENDING: PaymentState.UNKNOWN,
}


def _claim(desk: MoneyDesk, payment: Payment) -> Payment | None:
    """Begin a call, unless somebody else did since the payment was read."""

    def work(uow: UnitOfWork) -> Payment | None:
        now = payment_of(uow.sql, payment.payment_id)
        if (now.state, now.changed_at) != (payment.state, payment.changed_at):
            return None
        return set_payment(uow, now, PaymentState.CALLING)

    return desk.store.run(work, cause=_cause(payment))


def _settle(desk: MoneyDesk, payment: Payment) -> Payment:
    was, claimed = payment.state, _claim(desk, payment)
    if claimed is None:
        return payment_of(desk.store.sql, payment.payment_id)

    def look_and_call() -> Answered:
        if was is not PaymentState.INTENDED:
            found = looked_up(lambda: _find(desk, claimed))
            if found.outcome is not Outcome.ABSENT:
                return found
        if desk.store.clock.now() - payment.intended_at > desk.repeat_within:
            return Answered(Outcome.FAILED, None, NEVER_ARRIVED)
        return _call(desk, claimed)

    return _ask(desk, claimed, look_and_call)


def _call(desk: MoneyDesk, payment: Payment) -> Answered:
    page = payment.page
    if page is None:
        return desk.gateway.charge(payment.as_charge())
    if page.closing_at is not None:
        return Answered(Outcome.FAILED, None, PAGE_CLOSED)
    if page.expires_at - desk.store.clock.now() < SHORTEST_OPEN:
        return Answered(Outcome.FAILED, None, NEVER_ARRIVED)
    return desk.gateway.open_page(payment.as_page_order())


def _find(desk: MoneyDesk, payment: Payment) -> Answered:
    if payment.page is None:
        return desk.gateway.find_charge(payment.as_charge())
    return desk.gateway.find_page(payment.as_page_order())


def _ask(desk: MoneyDesk, payment: Payment, call: Callable[[], Answered]) -> Payment:
    """Make a call and write what came of it. Any other error leaves the payment as one whose caller is gone."""
    try:
        answered = call()
    except OutcomeUnknown:
        answered = Answered(Outcome.PENDING)
    except NotSent as error:
        return _put_back(desk, payment, error.why)
    desk.store.run(lambda uow: record_outcome(uow, payment.payment_id, answered), cause=_cause(payment))
    return payment_of(desk.store.sql, payment.payment_id)


def _put_back(desk: MoneyDesk, payment: Payment, why: str) -> Payment:
    """Let a payment be asked for again whose call is known not to have been carried out."""

    def work(uow: UnitOfWork) -> None:
        now = payment_of(uow.sql, payment.payment_id)
        if now.state is PaymentState.CALLING:
            set_payment(uow, now, PaymentState.INTENDED, failure=why)

    desk.store.run(work, cause=_cause(payment))
    return payment_of(desk.store.sql, payment.payment_id)


def _outcome_of_another(desk: MoneyDesk, payment_id: int) -> Payment:
    """Wait, no longer than a call may take, for what comes of another caller's call."""
    until_s = time.monotonic() + desk.settings.timeout_s
    while (payment := payment_of(desk.store.sql, payment_id)).state is PaymentState.CALLING:
        if time.monotonic() > until_s:
            break
        time.sleep(_LOOK_EVERY_S)
    return payment


def _cause(payment: Payment) -> str:
    return f"payment:{payment.party}"
