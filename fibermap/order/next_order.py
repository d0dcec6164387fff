"""What follows an order of a customer: another offer in its place, their service elsewhere, or somebody else's."""

from __future__ import annotations

from dataclasses import dataclass, replace

import orjson

from fibermap.kernel.errors import Code, Conflict, InputRefused
from fibermap.order.customer import Customer, order_for
from fibermap.order.ground_store import ground_of
from fibermap.order.history import note_change
from fibermap.order.order import Order, Shop, Wanted
from fibermap.order.order_commands import (
    Placed,
    advance,
    place_order,
    placed_before,
    require_bringing,
    require_live,
    running_order,
    without_ports,
)
from fibermap.order.order_state import OrderKind
from fibermap.order.order_store import find_order, save_offer
from fibermap.order.prerequisites import STANDING, Prerequisites
from fibermap.order.quote import add_on_names
from fibermap.order.texts import channel_of
from fibermap.store import UnitOfWork

_MOVING = """
    SELECT min(order_id) FROM customer_order
    WHERE previous_order_id = ? AND kind = 'move' AND state IN ('acknowledged', 'pending', 'inProgress', 'held')
"""


@dataclass(frozen=True, slots=True)
class NextOrder:
    """What the customer of a service asks for in its place.

    Attributes
    ----------
    request
        What tells this request from any other one, see `Wanted`.
    channel
        How they came this time; None: as they came for the service.
    """

    offer_id: int
    request: str
    channel: str | None = None


def change_offer(
    uow: UnitOfWork,
    order_id: int,
    offer_id: int,
    shop: Shop,
    *,
    channel: str | None = None,
    prerequisites: Prerequisites = STANDING,
) -> Order:
    """Put another offer, or other add-ons, at the price of today, in the place of those of an order whose service does
    not run yet. The order stays one of the channel that it came by.

    Parameters
    ----------
    channel
        By which the offer is sold; None: by which the order came.
    """
    order = require_bringing(require_live(find_order(uow, order_id)))
    ground = without_ports(ground_of(uow, order.address_id))
    by = order.channel if channel is None else channel_of(channel)
    sold = shop.sell(ground, offer_id, by, uow.at_utc.date())
    if sold.technology != order.technology:
        raise InputRefused(
            Code.ARGUMENT_INVALID,
            "The offer needs another technology than the order.",
            hint="Cancel the order and place another one.",
        )
    was, now = (orjson.loads(price) for price in (order.price, sold.price))
    if order.offer_id == offer_id and set(was.get("add_on_ids", ())) == set(now.get("add_on_ids", ())):
        return order
    save_offer(uow, order_id, offer_id, sold.price)
    detail = {
        "from_offer_id": order.offer_id, "to_offer_id": offer_id,
        "from_add_ons": add_on_names(was), "to_add_ons": add_on_names(now),
    }  # fmt: skip
    state = str(order.state)
    note_change(uow, "order", order_id, order.address_id, state, state, why="offer_changed", detail=detail)
    advance(uow, [order_id], prerequisites)
    return find_order(uow, order_id)


def change_service(uow: UnitOfWork, order_id: int, asked: NextOrder, shop: Shop) -> Placed:
    """Order another offer in the place of a service that runs; the same request again is the same order."""
    return placed_before(uow, asked.request) or place_order(
        uow, _after(running_order(uow, order_id), OrderKind.CHANGE, asked), shop
    )


def move_service(uow: UnitOfWork, order_id: int, address_id: int, asked: NextOrder, shop: Shop) -> Placed:
    """Order for the customer of a service that runs at another address.

    Completing that order is what ends the service where it was, so that the customer is never without one: its port
    goes to the next in line there. Whoever wants it to end on another day orders its end, see `end_service`.

    Raises
    ------
    Conflict
        ``duplicate_active_order``: it is being moved already. What `place_order` raises.
    """
    known = placed_before(uow, asked.request)
    if known is not None:
        return known
    wanted = _after(running_order(uow, order_id), OrderKind.MOVE, asked)
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


def _after(order: Order, kind: OrderKind, asked: NextOrder) -> Wanted:
    return Wanted(
        address_id=order.address_id,
        contact_id=order.contact_id,
        offer_id=asked.offer_id,
        channel=order.channel if asked.channel is None else channel_of(asked.channel),
        request=asked.request,
        kind=kind,
        previous_order_id=order.order_id,
        rep=order.rep,
        payment_method=order.payment_method,
    )
