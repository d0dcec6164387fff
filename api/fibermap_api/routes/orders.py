"""Orders over HTTP: placed where it is true, looked at, taken forward, changed, moved, transferred and ended."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from functools import partial
from typing import Any

from starlette.responses import Response

from fibermap.order.capacity import set_capacity
from fibermap.order.carrying import shop_to_change, shop_to_move, shop_to_transfer
from fibermap.order.catalogue_store import read_catalogue
from fibermap.order.consent import consent_given
from fibermap.order.customer import NOBODY_YET, Customer, order_for
from fibermap.order.draft import take_up
from fibermap.order.fallout import fallout
from fibermap.order.next_order import NextOrder, change_offer, change_service, move_service, transfer_service
from fibermap.order.order import Wanted
from fibermap.order.order_commands import (
    Placed,
    cancel_order,
    complete_order,
    end_service,
    fail_order,
    hold_order,
    release_order,
    set_payment_method,
)
from fibermap.order.order_deposit import ask_to_pay, pay_order, till_of_orders
from fibermap.order.order_json import order_json
from fibermap.order.order_store import OrderFilter, find_order, list_orders
from fibermap.order.paying import Returns, payment_json
from fibermap.order.ports import place_in_line
from fibermap.order.price_agreement import agree_price
from fibermap.order.shop import CatalogueShop
from fibermap.plan import Plan
from fibermap.store import UnitOfWork
from fibermap_api.endpoint import Call, Endpoint, answer
from fibermap_api.models.orders import (
    CancelOrderQuestion,
    CapacityAnswer,
    CapacityQuestion,
    ChangeOfferQuestion,
    ChangeOrderQuestion,
    EndServiceQuestion,
    FailOrderQuestion,
    FalloutAnswer,
    MoveOrderQuestion,
    OrderAnswer,
    OrderQuestion,
    OrdersAnswer,
    OrdersQuestion,
    PayOrderQuestion,
    PlacedAnswer,
    PlaceOrderQuestion,
    TransferOrderQuestion,
)
from fibermap_api.models.questions import Previewed
from fibermap_api.paying import ask_gateway, close_pages
from fibermap_api.public_address import returns_of
from fibermap_api.routes.areas import author_of, change, read
from fibermap_api.routes.changing import sell
from fibermap_api.routes.leads import MAY_SELL, contact_of, rep_of


async def place(call: Call) -> Response:
    """Order what is sold at an address today. Where it is not built, held, or not sold, the answer is 409 with a code
    and what may be done instead. Where every port of the terminal is taken the order waits for one, in line. Without a
    `payment_token` the customer pays in advance at `payment.page_url`, where the settings ask for that.
    """
    asked: PlaceOrderQuestion = call.body
    wanted = Wanted(
        asked.address_id, NOBODY_YET, asked.offer_id, asked.channel, _request(call),
        rep=asked.rep or rep_of(call), payment_method=asked.payment_token,
    )  # fmt: skip
    returns = await returns_of(call)

    def work(plan: Plan, uow: UnitOfWork) -> dict[str, Any]:
        customer = _customer(asked, plan, uow)
        placed = order_for(uow, customer, wanted, CatalogueShop(read_catalogue(uow), asked.add_on_ids))
        take_up(uow, asked.draft_id, asked.address_id, "order", placed.order_id)
        return asdict(placed) | {"payment": asked_for(call, plan, uow, placed.order_id, returns)}

    return await sell(call, "place_order", work, 201, afterwards=partial(ask_gateway, call))


def _customer(asked: PlaceOrderQuestion | TransferOrderQuestion, plan: Plan, uow: UnitOfWork) -> Customer:
    """Read who orders; raises ``InputRefused``. A consent is kept where one is given, and never needed to order."""
    at, wording = (None, None) if asked.consent is None else (asked.consent.at, asked.consent.wording)
    return Customer(contact_of(asked.contact, plan.settings), consent_given(at, wording, uow.at_utc))


def asked_for(call: Call, plan: Plan, uow: UnitOfWork, order_id: int, returns: Returns | None) -> dict[str, Any] | None:
    """Ask for what is paid in advance for an order that was placed, and return how far that is; None: nothing is."""
    till = till_of_orders(plan.settings, call.service.money, returns)
    return payment_json(uow, ask_to_pay(uow, order_id, till, _request(call)).deposit_id)


async def find_orders(call: Call) -> Response:
    """Orders by id, page by page, without who they are of."""
    asked: OrdersQuestion = call.query
    waiting = None if asked.waiting is None else asked.waiting == "true"
    wanted = OrderFilter(asked.state, asked.kind, asked.address_id, asked.channel, asked.rep, waiting)
    rows = await read(call, lambda _, uow: list_orders(uow, wanted, after=asked.after, limit=asked.limit + 1))
    page = rows[: asked.limit]
    return answer({"orders": page, "after": page[-1]["order_id"] if len(rows) > asked.limit else None})


async def read_order(call: Call) -> Response:
    """One order: where it stands, what it still needs, its port and what happened to it."""
    return answer(await read(call, lambda _, uow: order_json(uow, call.query.order_id)))


async def cancel(call: Call) -> Response:
    """End an order before its service begins. Its port goes to the next in line, its deposit back to the customer."""
    by = author_of(call, call.body.reason)
    return await _then(call, "cancel_order", lambda uow, id_: cancel_order(uow, id_, by.reason, by.name), close_pages)


async def hold(call: Call) -> Response:
    """Stop an order until somebody releases it. Its port stays with it."""
    return await _then(call, "hold_order", hold_order)


async def release(call: Call) -> Response:
    """Let an order go on that somebody has stopped."""
    return await _then(call, "release_order", release_order)


async def change_order(call: Call) -> Response:
    """Put another offer, or other add-ons, in the place of an order's, at the price of today; its place in line stays.
    Where its service runs already that is an order of its own, of kind `change`, and the answer names that one. The
    offer that it has again keeps the plan; what the customer has already costs nothing more once.
    """
    asked: ChangeOfferQuestion = call.body
    order_id, offer_id = call.query.order_id, asked.offer_id

    def work(_: Plan, uow: UnitOfWork) -> dict[str, Any]:
        shop = shop_to_change(uow, order_id, offer_id, asked.add_on_ids)
        if find_order(uow, order_id).is_live:
            changed = change_offer(uow, order_id, offer_id, shop, channel=asked.channel)
            return asdict(Placed(order_id, changed.state, place_in_line(uow, order_id)))
        return asdict(change_service(uow, order_id, NextOrder(offer_id, _request(call), asked.channel), shop))

    return await sell(call, "change_order", work)


async def move(call: Call) -> Response:
    """Order for the customer of a service that runs at another address. Once that order is completed the service ends
    where it was, and its port goes to the next in line there. To end it on another day, order its end.
    """
    asked: MoveOrderQuestion = call.body
    order_id, wanted = call.query.order_id, NextOrder(asked.offer_id, _request(call), asked.channel)

    def work(_: Plan, uow: UnitOfWork) -> dict[str, Any]:
        shop = shop_to_move(uow, order_id, asked.offer_id, asked.add_on_ids)
        return asdict(move_service(uow, order_id, asked.address_id, wanted, shop))

    return await sell(call, "move_service", work, 201)


async def transfer(call: Call) -> Response:
    """Order for another customer where a service runs. It goes forward once that service has ended: order its end."""
    asked: TransferOrderQuestion = call.body
    order_id = call.query.order_id
    wanted = Wanted(0, NOBODY_YET, asked.offer_id, asked.channel, _request(call), rep=rep_of(call))

    def work(plan: Plan, uow: UnitOfWork) -> dict[str, Any]:
        shop = shop_to_transfer(uow, order_id, asked.offer_id, asked.add_on_ids)
        return asdict(transfer_service(uow, order_id, _customer(asked, plan, uow), wanted, shop))

    return await sell(call, "transfer_service", work, 201)


async def end(call: Call) -> Response:
    """Order the end of a service that runs, once; the answer is that order. Completing it frees the port."""
    order_id, reason = call.query.order_id, call.body.reason
    return await sell(call, "end_service", lambda _, uow: order_json(uow, end_service(uow, order_id, reason).order_id))


async def complete(call: Call) -> Response:
    """Note that an order is carried out; refused while anything that it needs is open, which it names."""
    return await _then(call, "complete_order", complete_order)


async def fail(call: Call) -> Response:
    """Note that an order came to nothing on site. Its port goes to the next in line, its deposit waits."""
    return await _then(call, "fail_order", lambda uow, id_: fail_order(uow, id_, call.body.reason))


async def pay(call: Call) -> Response:
    """Say what an order is paid with, by a token of the payment gateway; nothing is charged by that. Without one the
    customer pays in advance at `payment.page_url`; a page that is open is given out again.
    """
    token = call.body.payment_token
    if token is not None:
        return await _then(
            call, "set_payment_method", lambda uow, id_: set_payment_method(uow, id_, token), close_pages
        )
    returns, order_id = await returns_of(call), call.query.order_id

    def work(plan: Plan, uow: UnitOfWork) -> dict[str, Any]:
        till = till_of_orders(plan.settings, call.service.money, returns)
        pay_order(uow, order_id, till, secrets.token_hex(16))
        return order_json(uow, order_id)

    return await sell(call, "ask_to_pay", work, afterwards=partial(ask_gateway, call))


async def agree(call: Call) -> Response:
    """Agree with the customer on the price of today, where the price that was promised until a day is over. Both prices
    are on record. Where the offer is not sold any more, change the order to another one: that agrees on its price.
    """
    return await _then(call, "agree_price", lambda uow, id_: agree_price(uow, id_, CatalogueShop(read_catalogue(uow))))


async def put_capacity(call: Call) -> Response:
    """Say how many pre-orders of a technology are released a week once they are live, so that no more are promised than
    are installed.
    """
    asked: CapacityQuestion = call.body
    zone_id = asked.zone_id or 0
    await change(call, "set_capacity", lambda _, uow: set_capacity(uow, asked.technology, asked.weekly, zone_id))
    return answer({"technology": asked.technology, "weekly": asked.weekly, "zone_id": asked.zone_id})


def _request(call: Call) -> str:
    assert call.once is not None, "the endpoint says that it is idempotent"
    return call.once.key_hash


async def list_fallout(call: Call) -> Response:
    """What is stuck and goes on only if somebody does something, the longest first, each with what to do next."""
    return answer({"fallout": await read(call, lambda _, uow: fallout(uow))})


async def _then(
    call: Call,
    cause: str,
    do: Callable[[UnitOfWork, int], object],
    leave: Callable[[Call], Awaitable[None]] | None = None,
) -> Response:
    order_id = call.query.order_id

    def work(_: Plan, uow: UnitOfWork) -> dict[str, Any]:
        do(uow, order_id)
        return order_json(uow, order_id)

    async def left(said: Mapping[str, Any]) -> Mapping[str, Any]:
        if leave is not None:
            await leave(call)
        return said

    return await sell(call, cause, work, afterwards=left)


ENDPOINTS = (
    Endpoint(
        "POST", "/v1/orders", place, "Place an order", MAY_SELL, query=Previewed,
        body=PlaceOrderQuestion, answers=PlacedAnswer, status=201, problems=(404, 409), idempotent=True, tag="selling",
    ),
    Endpoint(
        "GET", "/v1/orders", find_orders, "List orders", MAY_SELL,
        query=OrdersQuestion, answers=OrdersAnswer, tag="selling",
    ),
    Endpoint(
        "GET", "/v1/orders:fallout", list_fallout, "List what is stuck", MAY_SELL,
        answers=FalloutAnswer, tag="selling",
    ),
    Endpoint(
        "GET", "/v1/orders/{order_id}", read_order, "Read an order", MAY_SELL,
        query=OrderQuestion, answers=OrderAnswer, problems=(404,), tag="selling",
    ),
    Endpoint(
        "POST", "/v1/orders/{order_id}:cancel", cancel, "Cancel an order", MAY_SELL,
        query=ChangeOrderQuestion, body=CancelOrderQuestion, answers=OrderAnswer, problems=(404, 409), tag="selling",
    ),
    Endpoint(
        "POST", "/v1/orders/{order_id}:hold", hold, "Hold an order", MAY_SELL,
        query=ChangeOrderQuestion, answers=OrderAnswer, problems=(404, 409), tag="selling",
    ),
    Endpoint(
        "POST", "/v1/orders/{order_id}:release", release, "Release an order", MAY_SELL,
        query=ChangeOrderQuestion, answers=OrderAnswer, problems=(404, 409), tag="selling",
    ),
    Endpoint(
        "POST", "/v1/orders/{order_id}:change", change_order, "Change what is ordered", MAY_SELL,
        query=ChangeOrderQuestion, body=ChangeOfferQuestion, answers=PlacedAnswer, problems=(404, 409),
        idempotent=True, tag="selling",
    ),
    Endpoint(
        "POST", "/v1/orders/{order_id}:move", move, "Move a service", MAY_SELL,
        query=ChangeOrderQuestion, body=MoveOrderQuestion, answers=PlacedAnswer, status=201, problems=(404, 409),
        idempotent=True, tag="selling",
    ),
    Endpoint(
        "POST", "/v1/orders/{order_id}:transfer", transfer, "Transfer a service", MAY_SELL,
        query=ChangeOrderQuestion, body=TransferOrderQuestion, answers=PlacedAnswer, status=201, problems=(404, 409),
        idempotent=True, tag="selling",
    ),
    Endpoint(
        "POST", "/v1/orders/{order_id}:end", end, "End a service", MAY_SELL,
        query=ChangeOrderQuestion, body=EndServiceQuestion, answers=OrderAnswer, problems=(404, 409), tag="selling",
    ),
    Endpoint(
        "POST", "/v1/orders/{order_id}:complete", complete, "Complete an order", MAY_SELL,
        query=ChangeOrderQuestion, answers=OrderAnswer, problems=(404, 409), tag="selling",
    ),
    Endpoint(
        "POST", "/v1/orders/{order_id}:fail", fail, "Note that an order failed", MAY_SELL,
        query=ChangeOrderQuestion, body=FailOrderQuestion, answers=OrderAnswer, problems=(404, 409), tag="selling",
    ),
    Endpoint(
        "POST", "/v1/orders/{order_id}:pay", pay, "Say what an order is paid with", MAY_SELL,
        query=ChangeOrderQuestion, body=PayOrderQuestion, answers=OrderAnswer, problems=(404, 409), tag="selling",
    ),
    Endpoint(
        "POST", "/v1/orders/{order_id}:agree-price", agree, "Agree on the price of today", MAY_SELL,
        query=ChangeOrderQuestion, answers=OrderAnswer, problems=(404, 409), tag="selling",
    ),
    Endpoint(
        "PUT", "/v1/orders:capacity", put_capacity, "Set the weekly capacity", MAY_SELL,
        body=CapacityQuestion, answers=CapacityAnswer, tag="selling",
    ),
)  # fmt: skip
