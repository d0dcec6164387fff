"""The recovery pass over everything that is open at the gateway, and the desk as settings open it."""

from __future__ import annotations

from fibermap.money.desk import MoneyDesk
from fibermap.money.gateway import PaymentGateway
from fibermap.money.pages import settle_pages
from fibermap.money.payments import Settled, settle_open_payments
from fibermap.money.refunds import settle_open_refunds
from fibermap.money.settings import MoneySettings, money_settings
from fibermap.money.simulated_gateway import SimulatedGateway
from fibermap.store import Store


def open_desk(store: Store, settings: MoneySettings | None = None) -> MoneyDesk:
    """Return the desk of a database; settings come from the environment where none are given.

    Raises
    ------
    InputRefused
        ``gateway_misconfigured``: a key is missing, or the base address is neither https nor this machine.
    """
    settings = settings or money_settings()
    return MoneyDesk(store, _gateway(store, settings), settings)


def settle_money(desk: MoneyDesk) -> Settled:
    """End what is open; see `settle_open_payments`, `settle_pages` and `settle_open_refunds`."""
    passes = (settle_open_payments(desk), settle_pages(desk), settle_open_refunds(desk))
    return Settled(sum(each.ended for each in passes), sum(each.still_open for each in passes))


def _gateway(store: Store, settings: MoneySettings) -> PaymentGateway:
    secret, tolerance_s = settings.webhook_secret.get_secret_value(), settings.webhook_tolerance_s
    if settings.gateway == "stripe":
        from fibermap.money.stripe_gateway import StripeGateway

        return StripeGateway.of(settings)
    return SimulatedGateway(store, webhook_secret=secret, webhook_tolerance_s=tolerance_s)
