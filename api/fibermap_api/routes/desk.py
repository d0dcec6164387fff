"""The desk over HTTP: a customer looked up, the card of an address, and what waits for somebody, for those who sell."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from fibermap.access.model import Scope
from fibermap.access.witness import note
from fibermap.order.desk_card import desk_card
from fibermap.order.desk_search import MOST_ADDRESSES, Found, Sought, search_desk
from fibermap.order.queues import Page, Queue, count_queues, queue_page
from fibermap.plan import Plan
from fibermap.serving.offer import reasons
from fibermap.store import UnitOfWork
from fibermap_api.endpoint import Call, Endpoint, answer
from fibermap_api.models.desk import (
    DeskCardAnswer,
    DeskCardQuestion,
    DeskSearchAnswer,
    DeskSearchQuestion,
    DeskWordsAnswer,
    QueueAnswer,
    QueueQuestion,
    QueuesAnswer,
)
from fibermap_api.routes.areas import read
from fibermap_api.routes.leads import MAY_SELL
from fibermap_api.routes.portal import payments_of


async def read_words(call: Call) -> Response:
    """What is read out, signed and asked for where one sells. The consent is the portal's, open or not."""
    consent = (await run_in_threadpool(call.service.records.portal_settings)).consent
    terms = str(call.service.desk.plan.settings.preorder_terms)
    return answer({"consent": consent, "terms": terms} | await run_in_threadpool(payments_of, call))


async def search(call: Call) -> Response:
    """Find customers, addresses and what is sold, by whatever a caller gives: a name (each word as far as it is typed,
    whatever its case and accents), a phone number in any spelling or without its area code, an e-mail address, an
    address, or an id. The audit log says that somebody looked, and whom they found, but not what they typed.
    """
    desk, answers = call.service.desk, call.service.answers

    def suggest(text: str) -> list[int]:
        found = (
            answers.suggest(text, MOST_ADDRESSES)["suggestions"] or answers.meant(text, MOST_ADDRESSES)["suggestions"]
        )
        return [each["address_id"] for each in found if each["kind"] == "address" and each["address_id"] is not None]

    sought = Sought(call.body.text, desk.plan.settings.phone_region, suggest)

    def work(uow: UnitOfWork) -> Found:
        found = search_desk(uow, sought)
        contacts = [each["id"] for each in found.results if each["kind"] == "customer"]
        note(uow, "customers", "", {"found": len(found.results), "contacts": contacts})
        return found

    found = await desk.in_turn(Scope.READ, lambda: desk.plan.store.run(work, cause="look_up_customers"))
    return answer(asdict(found))


async def read_desk_card(call: Call) -> Response:
    """An address as it is when the customer calls: its class by technology and why it may not be sold, what is sold
    there, who spoke for it and what they agreed to, their leads, pre-orders and orders, and what happened. All of it is
    of one moment, and what an order would be judged by.
    """
    told = await read(call, lambda _, uow: desk_card(uow, call.query.address_id))
    stands = told["serviceability"]
    stands["reasons"] = reasons(stands.pop("not_orderable"))
    return answer(told)


async def list_queues(call: Call) -> Response:
    """How much waits for somebody: pre-orders, orders that wait for a port, held, stuck, and refunds."""
    return answer({"queues": await read(call, lambda _, uow: count_queues(uow))})


async def read_queue(call: Call) -> Response:
    """What waits in a queue, the longest first, each with whom it is of, why it waits, and what to do next. How much a
    refund is of says only an answer to whoever has the scope `money`.
    """
    asked: QueueQuestion = call.query

    def work(_: Plan, uow: UnitOfWork) -> tuple[list[dict[str, Any]], str | None]:
        return queue_page(uow, Queue(asked.queue), Page(asked.zone_id, asked.after, asked.limit))

    rows, after = await read(call, work)
    if not call.caller.may(Scope.MONEY):
        rows = [row | {"amount": None} for row in rows]
    return answer({"rows": rows, "after": after})


ENDPOINTS = (
    Endpoint("GET", "/v1/desk", read_words, "What the desk says", MAY_SELL, answers=DeskWordsAnswer, tag="desk"),
    Endpoint(
        "POST", "/v1/desk:search", search, "Look a customer up", MAY_SELL,
        body=DeskSearchQuestion, answers=DeskSearchAnswer, tag="desk",
    ),
    Endpoint(
        "GET", "/v1/desk/addresses/{address_id}", read_desk_card, "Read the card of an address", MAY_SELL,
        query=DeskCardQuestion, answers=DeskCardAnswer, problems=(404,), tag="desk",
    ),
    Endpoint("GET", "/v1/desk/queues", list_queues, "Count what waits", MAY_SELL, answers=QueuesAnswer, tag="desk"),
    Endpoint(
        "GET", "/v1/desk/queues/{queue}", read_queue, "Read a queue", MAY_SELL,
        query=QueueQuestion, answers=QueueAnswer, problems=(404,), tag="desk",
    ),
)  # fmt: skip
