"""What is paid in advance for an order, at the gateway's page: asked for once, and its credit once it has come."""

from __future__ import annotations

from fibermap.kernel.errors import Code, Conflict
from fibermap.kernel.settings import Settings
from fibermap.money.amount import Money
from fibermap.money.desk import MoneyDesk
from fibermap.order.history import note_change
from fibermap.order.order import Order
from fibermap.order.order_commands import require_bringing, require_live
from fibermap.order.order_store import find_order
from fibermap.order.paying import Returns, Till, pay_at_page
from fibermap.store import UnitOfWork


def till_of_orders(settings: Settings, money: MoneyDesk, returns: Returns | None) -> Till:
    """Return where customers pay in advance for orders, as the settings in force have it."""
    cents = settings.order_deposit_cents
    return Till(money, Money(cents, money.currency) if cents else None, returns)


def ask_to_pay(uow: UnitOfWork, order_id: int, till: Till, key: str) -> Order:
    """Ask for what is paid in advance where an order was placed without anything to pay with, and it can be paid."""
    order = find_order(uow, order_id)
    is_paid_for = order.payment_method is not None or order.deposit_id is not None
    return order if is_paid_for or not order.is_live or not till.may_open_pages else pay_order(uow, order_id, till, key)


def pay_order(uow: UnitOfWork, order_id: int, till: Till, key: str) -> Order:
    """Put the payment of an order at a page on record; `fibermap.money.payments.carry_out` then opens the page.

    Raises
    ------
    Conflict
        ``order_state_refused``: it has ended, is paid or being paid, or has a payment method.
        ``payment_page_unavailable``.
    """
    order = require_bringing(require_live(find_order(uow, order_id)))
    if order.payment_method is not None:
        message = "The order has a payment method already."
        raise Conflict(Code.ORDER_STATE_REFUSED, message, hint="Nothing is asked for.", state=str(order.state))
    payment = pay_at_page(uow, till, "order", order_id, order.deposit_id, key)
    if payment.payment_id == order.deposit_id:
        return order
    given = [payment.payment_id, uow.at_utc, order_id]
    statement = "UPDATE customer_order SET deposit_id = ?, changed_at = ? WHERE order_id = ?"
    uow.sql.execute("order.deposit", statement, given)
    state = str(order.state)
    note_change(uow, "order", order_id, order.address_id, state, state, why="payment_page")
    return find_order(uow, order_id)
