"""Orders of customers who are spoken with for the first time: who they are is kept with the order, once."""

from __future__ import annotations

from dataclasses import dataclass, replace

from fibermap.kernel.errors import Code, Conflict
from fibermap.money.gateway import refuse_unless_token
from fibermap.order.consent import Consent, keep_consent
from fibermap.order.contact import Contact, keep_contact
from fibermap.order.order import Order, Shop, Wanted
from fibermap.order.order_commands import Placed, place_order, placed_before, running_order
from fibermap.order.order_state import OrderKind
from fibermap.order.texts import LONGEST_NAME, channel_of, plain_text
from fibermap.store import UnitOfWork

_MOVING = """
    SELECT min(order_id) FROM customer_order
    WHERE previous_order_id = ? AND kind = 'move' AND state IN ('acknowledged', 'pending', 'inProgress', 'held')
"""
NOBODY_YET = 0
"""The contact of a request whose customer is not on record before it is carried out."""


@dataclass(frozen=True, slots=True)
class Customer:
    """Who orders; ``consent`` to be contacted about more than the order is None where they were not asked for it."""

    contact: Contact
    consent: Consent | None = None


def order_for(uow: UnitOfWork, customer: Customer, wanted: Wanted, shop: Shop) -> Placed:
    """Place an order for a customer, see `place_order`; the same request again keeps nobody twice."""
    channel_of(wanted.channel)
    if wanted.payment_method is not None:
        refuse_unless_token(wanted.payment_method)
    if wanted.rep is not None:
        wanted = replace(wanted, rep=plain_text("rep", wanted.rep, LONGEST_NAME))
    if placed_before(uow, wanted.request) is None:
        contact_id = keep_contact(uow, customer.contact)
        if customer.consent is not None:
            keep_consent(uow, contact_id, customer.consent, wanted.channel)
        wanted = replace(wanted, contact_id=contact_id)
    return place_order(uow, wanted, shop)


def change_service(uow: UnitOfWork, order_id: int, offer_id: int, request: str, shop: Shop) -> Placed:
    """Order another offer in the place of a service that runs; the same request again is the same order."""
    return placed_before(uow, request) or place_order(
        uow, _after(running_order(uow, order_id), OrderKind.CHANGE, offer_id, request), shop
    )


def move_service(uow: UnitOfWork, order_id: int, address_id: int, offer_id: int, request: str, shop: Shop) -> Placed:
    """Order for the customer of a service that runs at another address.

    Completing that order is what ends the service where it was, so that the customer is never without one: its port
    goes to the next in line there. Whoever wants it to end on another day orders its end, see `end_service`.

    Raises
    ------
    Conflict
        ``duplicate_active_order``: it is being moved already. What `place_order` raises.
    """
    known = placed_before(uow, request)
    if known is not None:
        return known
    wanted = _after(running_order(uow, order_id), OrderKind.MOVE, offer_id, request)
    moving = uow.sql.value("order.moving", _MOVING, [order_id])
    if moving is not None:
        raise Conflict(
            Code.DUPLICATE_ACTIVE_ORDER,
            "The service is being moved already.",
            hint="Change that order, or cancel it first.",
            order_id=moving,
        )
    return place_order(uow, replace(wanted, address_id=address_id), shop)


def transfer_service(uow: UnitOfWork, order_id: int, customer: Customer, wanted: Wanted, shop: Shop) -> Placed:
    """Order for another customer where a service runs; it goes forward once that service has ended.

    Of ``wanted`` the offer, channel, rep, request and payment method count: the address is that of the service.
    """
    known = placed_before(uow, wanted.request)
    if known is not None:
        return known
    running = running_order(uow, order_id)
    there = replace(wanted, address_id=running.address_id, kind=OrderKind.TRANSFER, previous_order_id=running.order_id)
    return order_for(uow, customer, there, shop)


def _after(order: Order, kind: OrderKind, offer_id: int, request: str) -> Wanted:
    return Wanted(
        address_id=order.address_id,
        contact_id=order.contact_id,
        offer_id=offer_id,
        channel=order.channel,
        request=request,
        kind=kind,
        previous_order_id=order.order_id,
        rep=order.rep,
        payment_method=order.payment_method,
    )
