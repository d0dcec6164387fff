"""Orders over HTTP: placed where it is true, looked at, cancelled, held and released."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from starlette.responses import Response

from fibermap.order.catalogue_store import read_catalogue
from fibermap.order.customer import NOBODY_YET, Customer, order_for
from fibermap.order.fallout import fallout
from fibermap.order.order import Wanted
from fibermap.order.order_commands import cancel_order, hold_order, release_order
from fibermap.order.order_json import order_json
from fibermap.order.order_store import OrderFilter, list_orders
from fibermap.order.shop import CatalogueShop
from fibermap.plan import Plan
from fibermap.store import UnitOfWork
from fibermap_api.endpoint import Call, Endpoint, answer
from fibermap_api.models.orders import (
    CancelOrderQuestion,
    ChangeOrderQuestion,
    FalloutAnswer,
    OrderAnswer,
    OrderQuestion,
    OrdersAnswer,
    OrdersQuestion,
    PlacedAnswer,
    PlaceOrderQuestion,
)
from fibermap_api.models.questions import Previewed
from fibermap_api.routes.areas import author_of, read
from fibermap_api.routes.changing import sell
from fibermap_api.routes.leads import MAY_SELL, consent_of, contact_of, rep_of


async def place(call: Call) -> Response:
    """Order what is sold at an address today. Where it is not built, held, or not sold, the answer is 409 with a code
    and what may be done instead. Where every port of the terminal is taken the order waits for one, in line.
    """
    asked: PlaceOrderQuestion = call.body
    assert call.once is not None, "the endpoint says that it is idempotent"
    wanted = Wanted(
        asked.address_id, NOBODY_YET, asked.offer_id, asked.channel, call.once.key_hash,
        rep=asked.rep or rep_of(call), payment_method=asked.payment_token,
    )  # fmt: skip

    def work(plan: Plan, uow: UnitOfWork) -> dict[str, Any]:
        settings = plan.settings
        consent = consent_of(asked.consent, asked.channel, uow, settings)
        customer = Customer(contact_of(asked.contact, settings), consent)
        return asdict(order_for(uow, customer, wanted, CatalogueShop(read_catalogue(uow), asked.add_on_ids)))

    return await sell(call, "place_order", work, 201)


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
    return await _then(call, "cancel_order", lambda uow, id_: cancel_order(uow, id_, by.reason, by.name))


async def hold(call: Call) -> Response:
    """Stop an order until somebody releases it. Its port stays with it."""
    return await _then(call, "hold_order", hold_order)


async def release(call: Call) -> Response:
    """Let an order go on that somebody has stopped."""
    return await _then(call, "release_order", release_order)


async def list_fallout(call: Call) -> Response:
    """What is stuck and goes on only if somebody does something, the longest first, each with what to do next."""
    return answer({"fallout": await read(call, lambda _, uow: fallout(uow))})


async def _then(call: Call, cause: str, do: Callable[[UnitOfWork, int], object]) -> Response:
    order_id = call.query.order_id

    def work(_: Plan, uow: UnitOfWork) -> dict[str, Any]:
        do(uow, order_id)
        return order_json(uow, order_id)

    return await sell(call, cause, work)


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
)  # fmt: skip
