"""Agreeing anew on the price of an order that came of a pre-order whose price was promised until a day that is over."""

from __future__ import annotations

from typing import Any

import orjson

from fibermap.order.ground_store import ground_of
from fibermap.order.history import note_change
from fibermap.order.order import Order
from fibermap.order.order_commands import advance, require_live, without_ports
from fibermap.order.order_store import find_order, judge_order, save_offer
from fibermap.order.prerequisites import PRICE_AGREED, STANDING, Prerequisites
from fibermap.order.quote import Quote
from fibermap.order.shop import CatalogueShop
from fibermap.store import UnitOfWork


def agree_price(uow: UnitOfWork, order_id: int, shop: CatalogueShop, prerequisites: Prerequisites = STANDING) -> Order:
    """Agree on what the offer of an order costs today, with its add-ons; where the price is agreed nothing changes.

    Raises
    ------
    NotFound
        ``order_not_found``.
    Conflict
        ``order_state_refused`` for one that has ended; and what the shop refuses with where the offer is not sold there
        any more: `change_offer` then agrees on another one.
    """
    order = require_live(find_order(uow, order_id))
    if all(each.name != PRICE_AGREED or not each.is_open for each in judge_order(uow, order_id, prerequisites)):
        return order
    promised = Quote.from_json(order.price)
    on = uow.at_utc.date()
    ground = without_ports(ground_of(uow, order.address_id))
    offer_id, sold = shop.sell_today(ground, promised, order.channel, on)
    save_offer(uow, order_id, offer_id, sold.price)
    state = str(order.state)
    detail = _difference(order, offer_id, sold.price)
    note_change(uow, "order", order_id, order.address_id, state, state, why="price_agreed", detail=detail)
    advance(uow, [order_id], prerequisites)
    return find_order(uow, order_id)


def _difference(order: Order, offer_id: int, price: str) -> dict[str, Any]:
    before, after = orjson.loads(order.price), orjson.loads(price)
    return {
        "from_offer_id": order.offer_id, "to_offer_id": offer_id, "currency": after["currency"],
        "from_monthly_cents": before.get("monthly_cents"), "to_monthly_cents": after["monthly_cents"],
    }  # fmt: skip
