"""Pre-orders over HTTP: taken once, paid for, seen with their place, withdrawn."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import anyio
from starlette.responses import Response

from fibermap.money.refund import Refund
from fibermap.money.refunds import carry_out_refund
from fibermap.order.catalogue_counter import counter_in
from fibermap.order.draft import take_up
from fibermap.order.lead_commands import Capture
from fibermap.order.lead_json import with_contact
from fibermap.order.paying import Returns, leave_page, payment_json
from fibermap.order.preorder import WithdrawnWhy
from fibermap.order.preorder_commands import House, Word, pay_deposit, withdraw_preorder
from fibermap.order.preorder_json import preorder_json, taken_json
from fibermap.order.preorder_store import PreOrderFilter, find_preorder, list_preorders
from fibermap.order.preorder_taking import For, take
from fibermap.plan import Plan
from fibermap.store import UnitOfWork
from fibermap_api.endpoint import Call, Endpoint, answer
from fibermap_api.models.preorders import (
    ChangePreOrderQuestion,
    PayDepositQuestion,
    PreOrderAnswer,
    PreOrderQuestion,
    PreOrdersAnswer,
    PreOrdersQuestion,
    PreOrderStands,
    TakenAnswer,
    TakePreOrderQuestion,
    WithdrawPreOrderQuestion,
)
from fibermap_api.models.questions import Previewed
from fibermap_api.paying import ask_gateway, close_pages
from fibermap_api.public_address import returns_of
from fibermap_api.routes.areas import author_of, read
from fibermap_api.routes.changing import sell
from fibermap_api.routes.leads import MAY_SELL, consent_of, contact_of, rep_of, settled


async def take_preorder(call: Call) -> Response:
    """Take a household's word for an offer where its technology is planned: that of a lead, or of a contact at an
    address, whose lead is captured with it. The price of today is locked. Where a deposit is asked for, it is
    `pre-ordered` until that is paid, and `deposit_due` says how much. With a `payment_token` it is asked of the
    gateway; without one `payment.page_url` is where the customer pays, and `GET` says what came of it. Where it is
    built the answer is a refusal: take an order.
    """
    asked: TakePreOrderQuestion = call.body
    once = call.once
    assert once is not None, "the endpoint is idempotent"
    returns = await returns_of(call)
    address_id = None if asked.lead_id is not None else settled(call, asked, asked.channel)
    word = Word(
        asked.offer_id, asked.terms_accepted_at, asked.channel, asked.add_on_ids, asked.payment_token, once.key_hash
    )

    def work(plan: Plan, uow: UnitOfWork) -> dict[str, Any]:
        house = house_of(call, plan, uow, returns)
        whose = For(asked.lead_id)
        if address_id is not None and asked.contact is not None:
            consent = consent_of(asked.consent, asked.channel, uow, house.settings)
            contact = contact_of(asked.contact, house.settings)
            rep = asked.rep or rep_of(call)
            whose = For(None, Capture(address_id, contact, asked.channel, consent, asked.technology, rep))
        taken = take(uow, whose, word, house)
        take_up(uow, asked.draft_id, taken.preorder.address_id, "commitment", taken.preorder.commitment_id)
        return taken_json(uow, taken)

    return await sell(call, "take_preorder", work, 201, afterwards=partial(ask_gateway, call))


async def pay_preorder(call: Call) -> Response:
    """Pay the deposit of a pre-order. It is put on record and then asked of the gateway; `GET` says what came of it.
    Without a `payment_token` the customer pays at `payment.page_url`; a page that is open is given out again.
    """
    asked: PayDepositQuestion = call.body
    once, preorder_id = call.once, call.query.preorder_id
    assert once is not None, "the endpoint is idempotent"
    returns = await returns_of(call)
    if asked.payment_token is not None and not call.is_preview:
        found = await read(call, lambda _, uow: find_preorder(uow, preorder_id).deposit_id)
        await anyio.to_thread.run_sync(leave_page, call.service.money, found)

    def work(plan: Plan, uow: UnitOfWork) -> dict[str, Any]:
        house = house_of(call, plan, uow, returns)
        pay_deposit(uow, find_preorder(uow, preorder_id), asked.payment_token, once.key_hash, house)
        return _named(uow, preorder_id)

    return await sell(call, "pay_deposit", work, afterwards=partial(ask_gateway, call))


def house_of(call: Call, plan: Plan, uow: UnitOfWork, returns: Returns | None) -> House:
    """Return what a pre-order is taken under now."""
    return House(plan.settings, counter_in(uow), call.service.money, returns)


def _named(uow: UnitOfWork, preorder_id: int) -> dict[str, Any]:
    preorder = find_preorder(uow, preorder_id)
    payment = payment_json(uow, preorder.deposit_id)
    return {
        "preorder_id": preorder_id,
        "state": str(preorder.state),
        "deposit_id": preorder.deposit_id,
        "payment": payment,
    }


async def find_preorders(call: Call) -> Response:
    """Pre-orders by id, page by page, with their place in the queue and whom they are of."""
    asked: PreOrdersQuestion = call.query
    states = () if asked.state is None else (asked.state,)
    wanted = PreOrderFilter(states, asked.zone_id, asked.phase, asked.offer_id, asked.lead_id, asked.address_id)

    def work(_: Plan, uow: UnitOfWork) -> list[dict[str, Any]]:
        found = list_preorders(uow, wanted, after=asked.after or 0, limit=asked.limit + 1)
        return [with_contact(uow, row) for row in found]

    rows = await read(call, work)
    page = rows[: asked.limit]
    return answer({"preorders": page, "after": page[-1]["preorder_id"] if len(rows) > asked.limit else None})


async def read_preorder(call: Call) -> Response:
    """One pre-order with its place, whom it is of, what happened to it, and what its household is
    told.
    """
    return answer(await read(call, lambda _, uow: preorder_json(uow, call.query.preorder_id)))


async def withdraw(call: Call) -> Response:
    """Take a pre-order back. Its deposit goes back, and its lead stays, qualified."""
    preorder_id, why = call.query.preorder_id, WithdrawnWhy(call.body.why)
    author = author_of(call, str(why)).name
    refunds: list[Refund] = []

    def work(_: Plan, uow: UnitOfWork) -> dict[str, Any]:
        refund = withdraw_preorder(uow, preorder_id, why, author)
        refunds[:] = [] if refund is None else [refund]
        return _named(uow, preorder_id)

    async def pay_back(said: Mapping[str, Any]) -> Mapping[str, Any]:
        await close_pages(call)
        for refund in refunds:
            await anyio.to_thread.run_sync(carry_out_refund, call.service.money, refund.refund_id)
        return said

    return await sell(call, "withdraw_preorder", work, afterwards=pay_back)


ENDPOINTS = (
    Endpoint(
        "POST", "/v1/preorders", take_preorder, "Pre-order", MAY_SELL, query=Previewed,
        body=TakePreOrderQuestion, answers=TakenAnswer, status=201, problems=(404, 409), idempotent=True, tag="selling",
    ),
    Endpoint(
        "GET", "/v1/preorders", find_preorders, "List pre-orders", MAY_SELL,
        query=PreOrdersQuestion, answers=PreOrdersAnswer, tag="selling",
    ),
    Endpoint(
        "GET", "/v1/preorders/{preorder_id}", read_preorder, "Read a pre-order", MAY_SELL,
        query=PreOrderQuestion, answers=PreOrderAnswer, problems=(404,), tag="selling",
    ),
    Endpoint(
        "POST", "/v1/preorders/{preorder_id}:pay", pay_preorder, "Pay a deposit", MAY_SELL,
        query=ChangePreOrderQuestion, body=PayDepositQuestion, answers=PreOrderStands, problems=(404, 409),
        idempotent=True, tag="selling",
    ),
    Endpoint(
        "POST", "/v1/preorders/{preorder_id}:withdraw", withdraw, "Withdraw a pre-order", MAY_SELL,
        query=ChangePreOrderQuestion, body=WithdrawPreOrderQuestion, answers=PreOrderStands, problems=(404, 409),
        tag="selling",
    ),
)  # fmt: skip
