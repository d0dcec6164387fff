"""Calls of the payment gateway that follow a change: once it is committed, and told with its answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import anyio

from fibermap.money.pages import close_wanted, look_at_page
from fibermap.money.payments import carry_out
from fibermap.order.paying import payment_json
from fibermap.order.preorder_commands import note_deposit
from fibermap_api.endpoint import Call

LOOKED_AT_AGAIN_AFTER = timedelta(seconds=3)
"""However often a customer looks, the gateway is asked for a page no more often than that."""


async def ask_gateway(call: Call, said: Mapping[str, Any]) -> Mapping[str, Any]:
    """Ask the gateway for the payment that an answer tells of, and tell how far that is. What breaks off is settled."""
    payment = said.get("payment")
    if payment is None:
        return said
    money, payment_id = call.service.money, payment["payment_id"]

    def work() -> dict[str, Any] | None:
        carry_out(money, payment_id)
        money.store.run(lambda uow: note_deposit(uow, payment_id), cause="note_deposit")
        return money.store.preview(lambda uow: payment_json(uow, payment_id), cause="read")

    return {**said, "payment": await anyio.to_thread.run_sync(work)}


async def look(call: Call, payment_id: int, *, after: timedelta = LOOKED_AT_AGAIN_AFTER) -> None:
    """Ask the gateway what became of a page, and do with what was paid what it was paid for."""
    money = call.service.money

    def work() -> None:
        look_at_page(money, payment_id, after=after)
        money.store.run(lambda uow: note_deposit(uow, payment_id), cause="note_deposit")

    await anyio.to_thread.run_sync(work)


async def close_pages(call: Call) -> None:
    """Close the pages that nobody needs any more."""
    await anyio.to_thread.run_sync(close_wanted, call.service.money)
