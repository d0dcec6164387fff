"""Pages of the gateway at which customers pay: looked at, and closed once nobody is to pay there any more.

A page is opened as any other call is made, see `fibermap.money.payments`. What became of it a webhook tells; where none
comes, it is looked at when the customer comes back, and now and then.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from fibermap.money.desk import MoneyDesk
from fibermap.money.gateway import Answered, NotSent, Outcome, OutcomeUnknown
from fibermap.money.payment import Payment, PaymentState
from fibermap.money.payment_store import awaiting_payments, note_closing, note_look, payment_of
from fibermap.money.payments import PAGE_CLOSED, Settled, record_outcome, settle_each
from fibermap.store import UnitOfWork

LOOKED_AT_EVERY = timedelta(minutes=10)
"""How often the recovery pass asks for a page of which no webhook tells."""
ONCE = timedelta()
NOBODY_LOOKED = datetime(1970, 1, 1, tzinfo=UTC)


def look_at_page(desk: MoneyDesk, payment_id: int, *, after: timedelta = ONCE) -> Payment:
    """Ask the gateway what became of a page that is open, and write it; a look-up that breaks off changes nothing.

    Parameters
    ----------
    after
        It is not asked again before so long has passed since it was asked.
    """
    payment = payment_of(desk.store.sql, payment_id)
    page = payment.page
    if payment.state is not PaymentState.AWAITING or page is None:
        return payment
    if page.looked_at is not None and desk.store.clock.now() - page.looked_at < after:
        return payment
    order = payment.as_page_order()
    return _told(desk, payment, lambda: desk.gateway.find_page(order))


def intend_close(uow: UnitOfWork, payment_id: int) -> None:
    """Say in the caller's unit of work that nobody is to pay at a payment's page any more; `close_page` then closes it.

    One that was never opened is not opened any more. What somebody pays before it is closed is a deposit all the same.
    """
    payment = payment_of(uow.sql, payment_id)
    if payment.page is None or not payment.is_open:
        return
    note_closing(uow, payment_id)
    if payment.state is PaymentState.INTENDED:
        record_outcome(uow, payment_id, Answered(Outcome.FAILED, None, PAGE_CLOSED))


def close_page(desk: MoneyDesk, payment_id: int) -> Payment:
    """Close the page of a payment where that is wanted; where the call breaks off the recovery pass does it."""
    payment = payment_of(desk.store.sql, payment_id)
    page = payment.page
    if payment.state is not PaymentState.AWAITING or page is None or page.closing_at is None:
        return payment
    order = payment.as_page_order()
    return _told(desk, payment, lambda: desk.gateway.close_page(order))


def close_wanted(desk: MoneyDesk) -> None:
    """Close what is to be closed, at once; what breaks off the recovery pass does."""
    for payment in awaiting_payments(desk.store.sql, desk.gateway.name, NOBODY_LOOKED):
        close_page(desk, payment.payment_id)


def settle_pages(desk: MoneyDesk) -> Settled:
    """Close what is to be closed, and look at what was not looked at for a while."""
    found = awaiting_payments(desk.store.sql, desk.gateway.name, desk.store.clock.now() - LOOKED_AT_EVERY)
    return settle_each(found, lambda payment: not _settle(desk, payment).is_open)


def _settle(desk: MoneyDesk, payment: Payment) -> Payment:
    is_wanted = payment.page is not None and payment.page.closing_at is None
    return (look_at_page if is_wanted else close_page)(desk, payment.payment_id)


def _told(desk: MoneyDesk, payment: Payment, ask: Callable[[], Answered]) -> Payment:
    try:
        answered = ask()
    except (OutcomeUnknown, NotSent):
        return payment

    def work(uow: UnitOfWork) -> None:
        note_look(uow, payment.payment_id)
        if answered.outcome is not Outcome.ABSENT:
            record_outcome(uow, payment.payment_id, answered)

    desk.store.run(work, cause=f"payment:{payment.party}")
    return payment_of(desk.store.sql, payment.payment_id)
