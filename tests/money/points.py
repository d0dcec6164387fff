"""A desk that can be stopped at any step: before and after every transaction, and before and after every call."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from fibermap.kernel.errors import Conflict
from fibermap.money.desk import MoneyDesk
from fibermap.money.pages import close_page, intend_close, look_at_page
from fibermap.money.payment import PaymentState
from fibermap.money.payments import take_deposit
from fibermap.money.refunds import refund_deposit
from fibermap.money.settings import MoneySettings
from fibermap.money.settle import open_desk, settle_money
from fibermap.store import Store
from tests.money.build import Hand, deposit_order, page_order

PAGES = 3
CHARGES = 6
"""One of each card, and of the two customers who pay at a page."""
TAKEN = ("tok_visa", "tok_refundFail", "tok_timeout", "tok_chargeDeclined")


class Stopped(BaseException):
    """The process is gone."""


class Points:
    """Counts the steps, and does something at one of them."""

    def __init__(self, at: int | None = None, do: Callable[[], None] | None = None) -> None:
        self.passed = 0
        self._at = at
        self._do = do

    def pass_one(self) -> None:
        self.passed += 1
        if self._do is not None and self.passed == self._at:
            self._do()


class SteppingStore:
    """A store whose transactions are steps."""

    def __init__(self, store: Store, points: Points) -> None:
        self._store, self._points = store, points

    def run(self, work: Any, *, cause: str) -> Any:
        def last_moment(uow: Any) -> Any:
            done = work(uow)
            self._points.pass_one()  # everything is written, and nothing committed
            return done

        self._points.pass_one()
        done = self._store.run(last_moment, cause=cause)
        self._points.pass_one()
        return done

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


class SteppingGateway:
    """A gateway whose calls are steps."""

    def __init__(self, gateway: Any, points: Points) -> None:
        self._gateway, self._points = gateway, points

    def __getattr__(self, name: str) -> Any:
        what = getattr(self._gateway, name)
        if not callable(what):
            return what

        def step(*given: Any) -> Any:
            self._points.pass_one()
            answered = what(*given)
            self._points.pass_one()
            return answered

        return step


def stepping(store: Store, points: Points) -> MoneyDesk:
    """Return a desk of a database whose steps are counted."""
    desk = open_desk(store, MoneySettings(timeout_s=0.01))
    stepped: Any = SteppingStore(store, points)
    return replace(desk, store=stepped, gateway=SteppingGateway(desk.gateway, points))


def live(desk: MoneyDesk) -> None:
    """Take a deposit by each card, and pay every other one back; what is done already stays as it is."""
    for number, token in enumerate(TAKEN):
        order = deposit_order(f"key-{number}", token=token, party=f"lead:{number}")
        payment = take_deposit(desk, order)
        found = "SELECT state FROM deposit WHERE deposit_id = ?"
        if number < 2 and desk.store.sql.value("test.held", found, [payment.payment_id]) == "held":
            refund_deposit(desk, payment.payment_id, "moved away", "ann")

    for number in range(PAGES):
        at_a_page(desk, number)


def at_a_page(desk: MoneyDesk, number: int) -> None:
    """Open a page; the first customer pays at it, the second one pays while it is being closed, the third does not."""
    payment = take_deposit(desk, page_order(f"page-{number}", party=f"lead:page-{number}"))
    if payment.state is not PaymentState.AWAITING or payment.page is None or payment.page.page_id is None:
        return
    gateway: Any = desk.gateway
    if number < 2:
        with suppress(Conflict):  # paid already, before what stopped all this
            gateway.pay_at_page(payment.page.page_id, "tok_visa")
    if number > 0:
        desk.store.run(lambda uow: intend_close(uow, payment.payment_id), cause="test")
        close_page(desk, payment.payment_id)
    look_at_page(desk, payment.payment_id)


def recover(store: Store, clock: Hand | None = None) -> None:
    """Do what a server does after a start: settle what is open, and then go on where the customers left off."""
    desk = open_desk(store, MoneySettings(timeout_s=0.01))
    for _ in range(2):
        if clock is not None:
            clock.wait(seconds=1)
        settle_money(desk)
        live(desk)
    if clock is not None:
        clock.wait(seconds=1)
    settle_money(desk)
