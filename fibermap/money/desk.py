"""Where money is taken and paid back: the database, the gateway, and the rules between them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from fibermap.money.gateway import PaymentGateway
from fibermap.money.settings import MoneySettings
from fibermap.store import Store


@dataclass(frozen=True, slots=True)
class MoneyDesk:
    """What every command about money that leaves the database needs.

    Attributes
    ----------
    store
        The open database.
    gateway
        Who takes payments.
    settings
        Currency, patience and the like.

    Examples
    --------
    >>> desk = open_desk(store)  # doctest: +SKIP
    >>> payment = take_deposit(desk, DepositOrder("lead:12", Money(5000, "USD"), "tok_visa", "lead-12-deposit"))  # doctest: +SKIP
    """  # noqa: E501

    store: Store
    gateway: PaymentGateway
    settings: MoneySettings

    @property
    def currency(self) -> str:
        """The currency of this house."""
        return self.settings.currency

    @property
    def call_is_over_after(self) -> timedelta:
        """After so long a call that nobody answered for has ended: the process that made it is gone."""
        return timedelta(seconds=2 * self.settings.timeout_s)

    @property
    def page_open(self) -> timedelta:
        """For so long a customer may pay at a page of the gateway."""
        return timedelta(minutes=self.settings.page_open_min)

    @property
    def repeat_within(self) -> timedelta:
        """For so long a payment that the gateway never saw is asked for again."""
        return timedelta(minutes=self.settings.repeat_within_min)
