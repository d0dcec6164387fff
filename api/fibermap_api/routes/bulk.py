"""One change for many addresses over HTTP: looked at with its count, confirmed, carried out or refused."""

from __future__ import annotations

from starlette.responses import Response

from fibermap.access.model import Scope
from fibermap.coverage.bulk import Selected, carry_out, look
from fibermap_api.endpoint import Call, Endpoint, answer
from fibermap_api.models.bulk import (
    BulkAnswer,
    BulkPreviewAnswer,
    BulkPreviewQuestion,
    BulkQuestion,
    MatchAnswer,
    MatchQuestion,
)
from fibermap_api.routes.areas import author_of, change, read


async def preview_bulk(call: Call) -> Response:
    """Say what a change would do to which addresses, by field, class, holds and customers. Writes nothing."""
    chosen, wanted = _selected(call), call.body.change()
    return answer(await read(call, lambda _, uow: look(uow, chosen, wanted)))


async def change_bulk(call: Call) -> Response:
    """Change all selected addresses as one plan version, if what the preview named is still so."""
    asked: BulkQuestion = call.body
    chosen, wanted, by = _selected(call), asked.change(), author_of(call, asked.reason)
    done = await change(call, "bulk_change", lambda _, uow: carry_out(uow, chosen, wanted, by, seen=asked.seen))
    return answer(done)


async def match_list(call: Call) -> Response:
    """Say which addresses a pasted list or a CSV names, and which of its rows name none."""
    desk, text = call.service.desk, call.body.text
    return answer(await desk.in_turn(Scope.READ, lambda: desk.plan.match_list(text)))


def _selected(call: Call) -> Selected:
    return Selected(*call.body.selection.selection().condition())


ENDPOINTS = (
    Endpoint(
        "POST", "/v1/bulk:preview", preview_bulk, "Look at a change of many addresses", (Scope.READ,),
        body=BulkPreviewQuestion, answers=BulkPreviewAnswer, large=True, tag="bulk",
    ),
    Endpoint(
        "POST", "/v1/bulk", change_bulk, "Change many addresses", (Scope.PLAN,),
        body=BulkQuestion, answers=BulkAnswer, large=True, problems=(409, 412), tag="bulk",
    ),
    Endpoint(
        "POST", "/v1/bulk:match", match_list, "Match a list of addresses", (Scope.READ,),
        body=MatchQuestion, answers=MatchAnswer, large=True, tag="bulk",
    ),
)  # fmt: skip
