"""What is paid for what is sold, at the gateway's page: asked for, told of, and done with once it has come.

A deposit belongs to whoever its payment names: a pre-order (``commitment:12``) or an order (``order:12``). One that
comes for what has ended, or has been paid otherwise by then, goes back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from fibermap.kernel.errors import Code, Conflict
from fibermap.money.amount import Money
from fibermap.money.deposits import DepositState, find_deposit
from fibermap.money.desk import MoneyDesk
from fibermap.money.pages import close_page, intend_close
from fibermap.money.payment import Payment, PaymentState
from fibermap.money.payment_store import payment_of
from fibermap.money.payments import DepositOrder, intend_deposit
from fibermap.store import UnitOfWork

Payer: TypeAlias = Literal["commitment", "order"]
Returns: TypeAlias = Callable[[Payer, int], str]
"""Gives the address of this house to which a customer comes back who paid for a pre-order or an order."""


@dataclass(frozen=True, slots=True)
class Till:
    """Where a customer pays for something: who takes the money, how much, and where they come back to.

    Attributes
    ----------
    returns
        None where nobody can be sent to a page, because the house does not know its own address.
    """

    money: MoneyDesk
    deposit: Money | None
    returns: Returns | None = None

    @property
    def may_open_pages(self) -> bool:
        """Whether a customer can be sent to a page to pay there."""
        return self.deposit is not None and self.returns is not None


def pay_at_page(uow: UnitOfWork, till: Till, payer: Payer, payer_id: int, before: int | None, key: str) -> Payment:
    """Put a payment at a page on record, `carry_out` then opens that; the page that is open is given out again.

    Parameters
    ----------
    before
        The payment that it has by now; None: none.

    Raises
    ------
    Conflict
        ``payment_page_unavailable``; ``preorder_state_refused``, ``order_state_refused``: it is paid, or its payment is
        being settled.
    """
    if till.deposit is None or till.returns is None:
        raise Conflict(
            Code.PAYMENT_PAGE_UNAVAILABLE,
            "No payment page can be opened here.",
            hint="Nothing is asked for, or the server does not know its own address (FIBERMAP_API_PUBLIC_URL).",
        )
    if before is not None:
        payment = payment_of(uow.sql, before)
        if _is_usable(payment):
            return payment
        if payment.state is not PaymentState.FAILED:
            raise _being_paid(payer, payment)
    order = DepositOrder(f"{payer}:{payer_id}", till.deposit, None, key, till.returns(payer, payer_id))
    return intend_deposit(uow, till.money, order)


def _is_usable(payment: Payment) -> bool:
    return payment.is_open and payment.page is not None and payment.page.closing_at is None


def _being_paid(payer: Payer, payment: Payment) -> Conflict:
    return Conflict(
        Code.PREORDER_STATE_REFUSED if payer == "commitment" else Code.ORDER_STATE_REFUSED,
        "It is paid." if payment.state is PaymentState.CAPTURED else "It is being paid.",
        hint="Look at it again; if the payment fails, pay anew.",
        state=str(payment.state),
    )


def payment_json(uow: UnitOfWork, payment_id: int | None) -> dict[str, Any] | None:
    """Return how far a payment is: ``payment_id``, ``state``, ``gateway``, ``amount_cents``, ``currency``, ``failure``,
    and while somebody may pay at its page ``page_url`` and ``expires_at``.
    """
    if payment_id is None:
        return None
    payment = payment_of(uow.sql, payment_id)
    page = payment.page if payment.state is PaymentState.AWAITING and _is_usable(payment) else None
    return {
        "payment_id": payment.payment_id,
        "state": str(payment.state),
        "gateway": payment.gateway,
        "amount_cents": payment.money.amount,
        "currency": payment.money.currency,
        "page_url": None if page is None else page.url,
        "expires_at": None if page is None else page.expires_at.isoformat(),
        "failure": payment.failure,
    }


def stop_paying(uow: UnitOfWork, payment_id: int | None) -> None:
    """Let nobody pay at the page of what has ended; `fibermap.money.pages.close_page` then closes it."""
    if payment_id is not None:
        intend_close(uow, payment_id)


def leave_page(money: MoneyDesk, payment_id: int | None) -> None:
    """Close the page of a payment before a token pays for the same thing, so that nothing is paid for twice."""
    if payment_id is None:
        return
    money.store.run(lambda uow: intend_close(uow, payment_id), cause="leave_page")
    close_page(money, payment_id)


def is_held(uow: UnitOfWork, deposit_id: int) -> bool:
    """Tell whether a deposit is there and nothing was done with it yet."""
    deposit = find_deposit(uow.sql, deposit_id)
    return deposit is not None and deposit.state is DepositState.HELD
