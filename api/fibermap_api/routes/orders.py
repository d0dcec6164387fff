"""Orders over HTTP: placed where it is true, looked at, cancelled, held and released."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from fibermap.order.fallout import fallout
from fibermap.order.order_commands import cancel_order, hold_order, release_order
from fibermap.order.order_json import order_json
from fibermap.order.order_store import OrderFilter, list_orders
from fibermap.plan import Plan
from fibermap.store import UnitOfWork
from fibermap_api.endpoint import Call, Endpoint, answer
from fibermap_api.models.orders import (
    CancelOrderQuestion,
    FalloutAnswer,
    OrderAnswer,
    OrderQuestion,
    OrdersAnswer,
    OrdersQuestion,
)
from fibermap_api.routes.areas import author_of, change, read
from fibermap_api.routes.leads import MAY_SELL


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

    return answer(await change(call, cause, work))


ENDPOINTS = (
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
        query=OrderQuestion, body=CancelOrderQuestion, answers=OrderAnswer, problems=(404, 409), tag="selling",
    ),
    Endpoint(
        "POST", "/v1/orders/{order_id}:hold", hold, "Hold an order", MAY_SELL,
        query=OrderQuestion, answers=OrderAnswer, problems=(404, 409), tag="selling",
    ),
    Endpoint(
        "POST", "/v1/orders/{order_id}:release", release, "Release an order", MAY_SELL,
        query=OrderQuestion, answers=OrderAnswer, problems=(404, 409), tag="selling",
    ),
)  # fmt: skip
