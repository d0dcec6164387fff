"""Money over HTTP: what finance sees and settles, and what the payment gateway tells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from fibermap.access.acting import SERVER, acting_as
from fibermap.access.model import Scope
from fibermap.money.books import balances, ledger_lines
from fibermap.money.foreseen import told_of_closing
from fibermap.money.refund import Refund, read_paid_by
from fibermap.money.refunds import close_refund, refund_deposit, refund_worklist
from fibermap.money.settle import settle_money
from fibermap.money.webhooks import take_webhook
from fibermap.store import UnitOfWork
from fibermap_api.endpoint import Call, Endpoint, answer
from fibermap_api.models.money import (
    BalancesAnswer,
    BalancesQuestion,
    CloseRefundQuestion,
    DepositIdQuestion,
    EndRefundQuestion,
    LedgerAnswer,
    LedgerQuestion,
    RefundAnswer,
    RefundDepositQuestion,
    SettledAnswer,
    WaitingRefundsAnswer,
    WebhookAnswer,
    WebhookQuestion,
)
from fibermap_api.requests import JSON, chunks_of
from fibermap_api.routes.areas import author_of

T = TypeVar("T")
LARGEST_WEBHOOK = 256 << 10


async def list_balances(call: Call) -> Response:
    """What each account of the ledger holds, of one party or of all, and who takes payments."""
    desk = call.service.money
    found = await _read(call, lambda uow: balances(uow, call.query.party))
    return answer({"gateway": desk.gateway.name, "currency": desk.currency, "balances": found})


async def list_ledger(call: Call) -> Response:
    """The lines of the ledger, the newest first, page by page."""
    asked: LedgerQuestion = call.query
    found = await _read(
        call,
        lambda uow: ledger_lines(
            uow, party=asked.party, account=asked.account, before=asked.before, limit=asked.limit
        ).to_pylist(),
    )
    return answer({"lines": found, "before": found[-1]["transaction_id"] if len(found) >= asked.limit else None})


async def list_refunds(call: Call) -> Response:
    """The refunds that cannot go back to the card and wait for a person, the longest waiting first."""
    return answer({"refunds": await _read(call, refund_worklist)})


async def pay_deposit_back(call: Call) -> Response:
    """Pay a deposit back to the card that it came from; where the card refuses, it waits for a person (`manual`)."""
    reason, deposit_id, desk = call.body.reason, call.query.deposit_id, call.service.money
    made = await run_in_threadpool(refund_deposit, desk, deposit_id, reason, author_of(call, reason).name)
    return answer(asdict(made))


async def close_waiting_refund(call: Call) -> Response:
    """Say how a person paid back what the card refused; or, asked for a preview, what that leads to."""
    asked: CloseRefundQuestion = call.body
    how, by, refund_id = read_paid_by(asked.paid_by), author_of(call, asked.note).name, call.query.refund_id

    def work(uow: UnitOfWork) -> Refund:
        return close_refund(uow, refund_id, how, asked.note, by)

    def weighed(uow: UnitOfWork) -> dict[str, Any]:
        closed = work(uow)
        return {"consequences": told_of_closing(uow, closed), "result": asdict(closed)}

    store, cause = call.service.money.store, f"close_refund:{refund_id}"
    if call.is_preview:
        return answer(await run_in_threadpool(store.preview, weighed, cause=cause))
    return answer(asdict(await run_in_threadpool(store.run, work, cause=cause)))


async def settle_open(call: Call) -> Response:
    """Look up the payments and refunds whose outcome is not known, and end them. The server does so by itself."""
    return answer(asdict(await run_in_threadpool(settle_money, call.service.money)))


async def take_payment_webhook(call: Call) -> Response:
    """For the payment gateway: an event, signed in the header `Stripe-Signature`. Each counts once, in any order."""
    body = bytearray()
    async with chunks_of(call.request, most_bytes=LARGEST_WEBHOOK, longest_s=call.settings.body_s) as chunks:
        async for chunk in chunks:
            body += chunk
    signature = call.request.headers.get("stripe-signature")
    with acting_as(SERVER):
        effect = await run_in_threadpool(take_webhook, call.service.money, bytes(body), signature)
    return answer({"effect": str(effect)})


async def _read(call: Call, work: Callable[[UnitOfWork], T]) -> T:
    return await run_in_threadpool(call.service.money.store.preview, work, cause="read")


ENDPOINTS = (
    Endpoint(
        "GET", "/v1/money/balances", list_balances, "List balances", (Scope.MONEY,),
        query=BalancesQuestion, answers=BalancesAnswer, tag="money",
    ),
    Endpoint(
        "GET", "/v1/money/ledger", list_ledger, "List the ledger", (Scope.MONEY,),
        query=LedgerQuestion, answers=LedgerAnswer, tag="money",
    ),
    Endpoint(
        "GET", "/v1/money/refunds", list_refunds, "List the refunds that wait for a person", (Scope.MONEY,),
        answers=WaitingRefundsAnswer, tag="money",
    ),
    Endpoint(
        "POST", "/v1/money/deposits/{deposit_id}:refund", pay_deposit_back, "Pay a deposit back", (Scope.MONEY,),
        query=DepositIdQuestion, body=RefundDepositQuestion, answers=RefundAnswer, problems=(404, 409), tag="money",
    ),
    Endpoint(
        "POST", "/v1/money/refunds/{refund_id}:close", close_waiting_refund, "Close a refund", (Scope.MONEY,),
        query=EndRefundQuestion, body=CloseRefundQuestion, answers=RefundAnswer, problems=(404, 409), tag="money",
    ),
    Endpoint(
        "POST", "/v1/money:settle", settle_open, "Settle what is open at the gateway", (Scope.MONEY,),
        answers=SettledAnswer, tag="money",
    ),
    Endpoint(
        "POST", "/v1/webhooks/payments", take_payment_webhook, "Tell of a payment",
        body=WebhookQuestion, other_bodies=(JSON,), answers=WebhookAnswer, tag="webhooks",
    ),
)  # fmt: skip
