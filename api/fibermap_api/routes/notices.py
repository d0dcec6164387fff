"""Notices over HTTP: what customers are told, sent now, told by a person instead, or sent again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from fibermap.order.notice_sending import send_notices
from fibermap.order.notice_store import find_notice, list_notices, notice_json
from fibermap.order.notices import count_as_told, send_again, take_told_back
from fibermap.plan import Plan
from fibermap.store import UnitOfWork
from fibermap_api.endpoint import Call, Endpoint, answer
from fibermap_api.models.notices import (
    ChangeNoticeQuestion,
    NoticeAnswer,
    NoticeQuestion,
    NoticesAnswer,
    NoticesQuestion,
    NoticeStands,
    SentAnswer,
)
from fibermap_api.routes.areas import author_of, read
from fibermap_api.routes.changing import sell
from fibermap_api.routes.leads import MAY_SELL


async def find_notices(call: Call) -> Response:
    """Notices, the latest first, page by page, without whom they are to; and who carries them."""
    asked: NoticesQuestion = call.query
    found = await read(
        call, lambda _, uow: list_notices(uow, asked.state, after=asked.after or 0, limit=asked.limit + 1)
    )
    rows = found[: asked.limit]
    after = rows[-1]["notice_id"] if len(found) > asked.limit else None
    return answer({"messenger": call.service.notices.messenger.name, "notices": rows, "after": after})


async def read_notice(call: Call) -> Response:
    """A notice with whom it is to and what it says: to be read out where a customer is called. Of one that the
    simulated messenger took, what it would have sent.
    """
    return answer(await read(call, lambda _, uow: notice_json(uow, call.query.notice_id)))


async def send_now(call: Call) -> Response:
    """Send the notices that may leave now, those whose recall window is over. The server does so by itself. Asked for
    twice at once each is sent once; one whose sending was interrupted waits for a person, and is never repeated.
    """
    return answer(asdict(await run_in_threadpool(send_notices, call.service.notices)))


async def note_told(call: Call) -> Response:
    """Note that you have told the customer; one that waits for a person then does so no longer."""
    by = author_of(call, "told").name
    return await _decide(call, "count_as_told", lambda uow: count_as_told(uow, call.query.notice_id, by))


async def note_not_told(call: Call) -> Response:
    """Undo that the customer counts as told: the notice waits for a person again, as it did before."""
    return await _decide(call, "take_told_back", lambda uow: take_told_back(uow, call.query.notice_id))


async def have_sent_again(call: Call) -> Response:
    """Have a notice sent again that failed, or that may have arrived: the customer may then get it twice."""
    return await _decide(call, "send_again", lambda uow: send_again(uow, call.query.notice_id))


async def _decide(call: Call, cause: str, decide: Callable[[UnitOfWork], None]) -> Response:
    notice_id = call.query.notice_id

    def work(_: Plan, uow: UnitOfWork) -> dict[str, Any]:
        decide(uow)
        return {"notice_id": notice_id, "state": find_notice(uow, notice_id)["state"]}

    return await sell(call, cause, work)


def _decision(verb: str, handler: Any, title: str) -> Endpoint:
    return Endpoint(
        "POST", f"/v1/notices/{{notice_id}}:{verb}", handler, title, MAY_SELL,
        query=ChangeNoticeQuestion, answers=NoticeStands, problems=(404, 409), tag="selling",
    )  # fmt: skip


ENDPOINTS = (
    Endpoint(
        "GET", "/v1/notices", find_notices, "List notices", MAY_SELL,
        query=NoticesQuestion, answers=NoticesAnswer, tag="selling",
    ),
    Endpoint(
        "GET", "/v1/notices/{notice_id}", read_notice, "Read a notice", MAY_SELL,
        query=NoticeQuestion, answers=NoticeAnswer, problems=(404,), tag="selling",
    ),
    Endpoint("POST", "/v1/notices:send", send_now, "Send notices now", MAY_SELL, answers=SentAnswer, tag="selling"),
    _decision("told", note_told, "Count a notice as told"),
    _decision("not-told", note_not_told, "Undo that a notice is told"),
    _decision("again", have_sent_again, "Send a notice again"),
)  # fmt: skip
