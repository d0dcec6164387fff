"""Orders that are begun and not finished: kept without who begins them, and gone on with by a link."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from fibermap.access.follow_links import Followed, FollowLinks
from fibermap.access.model import Scope
from fibermap.kernel.errors import Code, NotFound
from fibermap.order.draft import Begun, begin_draft, drop_draft, list_drafts
from fibermap.plan import Plan
from fibermap.store import UnitOfWork
from fibermap_api.endpoint import Call, Endpoint, answer
from fibermap_api.models.drafts import (
    BeginDraftQuestion,
    BegunDraftAnswer,
    BegunDraftsAnswer,
    DraftsQuestion,
    DropDraftQuestion,
    DroppedDraftAnswer,
)
from fibermap_api.routes.areas import read
from fibermap_api.routes.changing import change_once, sell
from fibermap_api.routes.leads import MAY_SELL, rep_of
from fibermap_api.routes.portal import CHANNEL


async def begin(call: Call) -> Response:
    """Keep that somebody has begun to order what is sold at an address, for 30 days, without who they are. The answer
    has the link by which it is gone on with; then everything is judged anew. Whoever comes by themselves names no
    channel, rep or lead.
    """
    asked: BeginDraftQuestion = call.body
    once = call.once
    assert once is not None, "the endpoint is idempotent"
    begun = Begun(asked.address_id, asked.offer_id, CHANNEL, asked.add_on_ids)
    if call.caller.may(Scope.SELL):
        rep = asked.rep or rep_of(call)
        begun = Begun(asked.address_id, asked.offer_id, asked.channel, asked.add_on_ids, rep, asked.lead_id)
    else:
        call.service.gate.count_look(call.caller)
    links = await _links(call)

    def work(_: Plan, uow: UnitOfWork) -> dict[str, Any]:
        draft = begin_draft(uow, begun, once.key_hash)
        return {
            "state": str(draft.state),
            "expires_at": draft.expires_at.isoformat(),
            "follow": links.sign(Followed.DRAFT, draft.draft_id, uow.at_utc),
        }

    return await change_once(call, "begin_draft", work)


async def find_drafts(call: Call) -> Response:
    """What was begun and can be gone on with, by id, page by page, each with its link."""
    asked: DraftsQuestion = call.query
    links = await _links(call)

    def work(_: Plan, uow: UnitOfWork) -> list[dict[str, Any]]:
        found = list_drafts(uow, asked.address_id, after=asked.after or 0, limit=asked.limit + 1)
        return [row | {"follow": links.sign(Followed.DRAFT, row["draft_id"], row["begun_at"])} for row in found]

    rows = await read(call, work)
    page = rows[: asked.limit]
    return answer({"drafts": page, "after": page[-1]["draft_id"] if len(rows) > asked.limit else None})


async def drop(call: Call) -> Response:
    """Note that what was begun comes to nothing: its link leads nowhere then. Interest that was noted with it stays. To
    take it up, order or pre-order with its `draft_id`.
    """
    draft_id = call.query.draft_id
    return await sell(call, "drop_draft", lambda _, uow: drop_draft(uow, draft_id))


def draft_in(links: FollowLinks, token: str | None) -> int | None:
    """Return the draft that a link leads to; raises ``NotFound`` (``link_invalid``) for any other link."""
    if token is None:
        return None
    what, draft_id = links.read(token, datetime.now(UTC))
    if what is not Followed.DRAFT:
        raise NotFound(Code.LINK_INVALID, "This link does not lead to a draft.", hint="Begin an order first.")
    return draft_id


async def _links(call: Call) -> FollowLinks:
    return await run_in_threadpool(lambda: call.service.records.follow_links)


ENDPOINTS = (
    Endpoint(
        "POST", "/v1/drafts", begin, "Begin an order", (Scope.SHOP, Scope.SELL),
        body=BeginDraftQuestion, answers=BegunDraftAnswer, status=201, problems=(404, 409), idempotent=True,
        tag="selling",
    ),
    Endpoint(
        "GET", "/v1/drafts", find_drafts, "List begun orders", MAY_SELL,
        query=DraftsQuestion, answers=BegunDraftsAnswer, tag="selling",
    ),
    Endpoint(
        "POST", "/v1/drafts/{draft_id}:drop", drop, "Drop a begun order", MAY_SELL,
        query=DropDraftQuestion, answers=DroppedDraftAnswer, problems=(404, 409), tag="selling",
    ),
)  # fmt: skip
