"""What a customer has is carried to what follows it: their add-ons, unless others are named. Nothing is lost unsaid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from fibermap.kernel.errors import Code, InputRefused
from fibermap.order.catalogue_store import read_catalogue
from fibermap.order.had import Had
from fibermap.order.order import Order
from fibermap.order.order_state import OrderKind
from fibermap.order.order_store import find_order
from fibermap.order.quote import Quote
from fibermap.order.shop import CatalogueShop
from fibermap.store import UnitOfWork

_BEGAN = """
    SELECT min(changed_at)::DATE FROM sale_change
    WHERE subject = 'order' AND subject_id = ? AND after IN ('completed', 'partial')
"""
AddOns = Sequence[int] | None
"""The add-ons that go with an offer, none where it is empty; None: those that the customer has."""


def shop_to_transfer(uow: UnitOfWork, order_id: int, offer_id: int, add_on_ids: AddOns) -> CatalogueShop:
    """Return the shop in which somebody else buys what follows a service.

    What is carried is asked for like anything else: where it is not sold there, or does not go with the offer, the
    shop refuses it by its name. What is part of the offer is not asked for beside it, and so not paid twice.

    Raises
    ------
    NotFound
        ``order_not_found``, ``offering_not_found``.
    """
    return _shop(uow, Quote.from_json(find_order(uow, order_id).price), offer_id, add_on_ids)


def shop_to_move(uow: UnitOfWork, order_id: int, offer_id: int, add_on_ids: AddOns) -> CatalogueShop:
    """Return the shop in which is bought what follows a service elsewhere, see `shop_to_transfer`.

    An introductory price of what the customer has goes on there.
    """
    order = find_order(uow, order_id)
    shop = _shop(uow, Quote.from_json(order.price), offer_id, add_on_ids)
    return replace(shop, has=_had(uow, order, is_here=False))


def shop_to_change(uow: UnitOfWork, order_id: int, offer_id: int, add_on_ids: AddOns) -> CatalogueShop:
    """Return the shop in which something else is bought at the same address, see `shop_to_transfer`.

    What the customer has there already costs no more once, and its introductory price goes on.

    Raises
    ------
    NotFound
        ``order_not_found``, ``offering_not_found``.
    InputRefused
        ``argument_invalid``: the service that runs is just that.
    """
    order = find_order(uow, order_id)
    agreed = Quote.from_json(order.price)
    shop = _shop(uow, agreed, offer_id, add_on_ids)
    if not order.is_live and offer_id == agreed.offer_id and set(shop.add_on_ids) == set(agreed.add_on_ids):
        raise InputRefused(
            Code.ARGUMENT_INVALID,
            "Nothing would change: the service is for that offer with those add-ons.",
            hint="Choose another offer, or other add-ons.",
            field="offer_id",
        )
    runs = _service(uow, order)
    return shop if runs is None else replace(shop, has=_had(uow, runs, is_here=True))


def _shop(uow: UnitOfWork, agreed: Quote, offer_id: int, add_on_ids: AddOns) -> CatalogueShop:
    catalogue = read_catalogue(uow)
    if add_on_ids is None:
        today = catalogue.by_code(uow.at_utc.date())
        inside = catalogue.find(offer_id).terms.parts
        had = (catalogue.find(each).code for each in agreed.add_on_ids)
        add_on_ids = [today[code].offer_id for code in had if code not in inside]
    return CatalogueShop(catalogue, tuple(add_on_ids))


def _service(uow: UnitOfWork, order: Order) -> Order | None:
    """Return the order of the service that runs where something is changed; None: none does yet."""
    if not order.is_live:
        return order
    if order.kind is not OrderKind.CHANGE or order.previous_order_id is None:
        return None
    return find_order(uow, order.previous_order_id)


def _had(uow: UnitOfWork, order: Order, *, is_here: bool) -> Had:
    began = uow.sql.value("order.began", _BEGAN, [order.order_id])
    return Had(Quote.from_json(order.price), order.channel, began or order.placed_at.date(), is_here)
