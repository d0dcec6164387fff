"""Events over HTTP, for administrators: what was published, who lags behind, and what was given up."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from starlette.responses import Response

from fibermap.access.model import Scope
from fibermap.plan import Plan
from fibermap.store import UnitOfWork
from fibermap.store.delivery import unpark
from fibermap.store.events import list_events, list_parked, list_subscribers
from fibermap_api.endpoint import Call, Endpoint, answer
from fibermap_api.models.events import EventsAnswer, EventsQuestion, RetryAnswer, RetryQuestion
from fibermap_api.routes.areas import change, read


async def read_events(call: Call) -> Response:
    """What was published, the newest first; who receives it and how far behind they are; and what was parked."""
    asked: EventsQuestion = call.query

    def work(_: Plan, uow: UnitOfWork) -> dict[str, Any]:
        events = list_events(uow.sql, type_=asked.type, older_than=asked.older_than, limit=asked.limit)
        return {
            "events": events,
            "next": events[-1]["event_id"] if len(events) == asked.limit else None,
            "subscribers": [asdict(state) for state in list_subscribers(uow.sql)],
            "parked": list_parked(uow.sql),
        }

    return answer(await read(call, work))


async def retry_parked(call: Call) -> Response:
    """Let parked deliveries be tried anew with the next round of their subscribers: one, those of one, or all."""
    asked: RetryQuestion = call.body
    retried = await change(call, "retry_parked", lambda _, uow: unpark(uow, asked.subscriber, asked.event_id))
    return answer({"retried": retried})


_A = (Scope.ADMIN,)
ENDPOINTS = (
    Endpoint(
        "GET", "/v1/events", read_events, "Read events", _A,
        query=EventsQuestion, answers=EventsAnswer, tag="administration",
    ),
    Endpoint(
        "POST", "/v1/events:retry", retry_parked, "Try parked deliveries anew", _A,
        body=RetryQuestion, answers=RetryAnswer, tag="administration",
    ),
)  # fmt: skip
