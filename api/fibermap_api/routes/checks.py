"""Checks and suggestions."""

from __future__ import annotations

from starlette.responses import Response

from fibermap.access.model import Scope
from fibermap_api.endpoint import Call, Endpoint, answer
from fibermap_api.jobs import CSV, NDJSON
from fibermap_api.models.checks import BatchAnswer, CheckAnswer, SuggestAnswer
from fibermap_api.models.questions import BatchQuestion, CheckQuestion, SuggestQuestion
from fibermap_api.models.staff import JobAnswer
from fibermap_api.requests import media_type
from fibermap_api.routes.jobs import accept_job
from fibermap_api.service import Json

MAY_CHECK = (Scope.CHECK, Scope.PUBLIC)
MAY_ASK = (*MAY_CHECK, Scope.SHOP)
"""Who may ask for one address after another."""


def check_address(call: Call) -> Response:
    """Whether an address can be served: as typed, by its parts, by place or by id.

    Look at `match.next_action` first. `serviceability` is null unless the identity is settled. An address that is not
    found is an answer like any other.
    """
    return _checked(call, call.query)


async def check_address_posted(call: Call) -> Response:
    """The same as GET, for questions that should not stand in a URL."""
    return _checked(call, call.body)


def _checked(call: Call, question: CheckQuestion) -> Response:
    if not call.caller.may(Scope.CHECK, Scope.PUBLIC):
        call.service.gate.count_look(call.caller)
    found = call.service.answers.check(question.asked(), public=call.public, caller=call.caller.id)
    _count(call, found)
    return answer(found)


async def check_batch(call: Call) -> Response:
    """Up to 1,000 questions as JSON are answered at once, in their order. More go as a file: NDJSON with one
    question a line, or CSV with the columns of a question. That starts a job (202); `Location` says where it stands.
    """
    if call.body is None:
        return await accept_job(call, media_type(call.request.headers))
    questions = [question.asked() for question in call.body.checks]
    call.service.gate.count(call.caller, cost=len(questions))
    found = call.service.answers.check_many(questions, public=call.public, caller=call.caller.id)
    for one in found:
        _count(call, one)
    return answer({"checks": found})


def _count(call: Call, found: Json) -> None:
    call.metrics.count_check(str(found["match"]["status"]))


def suggest_addresses(call: Call) -> Response:
    """How what was typed so far may go on, likeliest first. Take one over into `address-check` by its `address_id`."""
    return answer(call.service.answers.suggest(call.query.q, call.query.limit))


ENDPOINTS = (
    Endpoint(
        "GET", "/v1/address-check", check_address, "Check an address", MAY_ASK,
        query=CheckQuestion, answers=CheckAnswer, problems=(404,), from_index=True, tag="checks",
    ),
    Endpoint(
        "GET", "/v1/address-suggest", suggest_addresses, "Suggest addresses", (Scope.SUGGEST,),
        query=SuggestQuestion, answers=SuggestAnswer, from_index=True, tag="checks",
    ),
    Endpoint(
        "POST", "/v1/address-check", check_address_posted, "Check an address", MAY_ASK,
        body=CheckQuestion, answers=CheckAnswer, problems=(404,), from_index=True, tag="checks",
    ),
    Endpoint(
        "POST", "/v1/address-check:batch", check_batch, "Check many addresses", (Scope.CHECK,),
        body=BatchQuestion, other_bodies=(NDJSON, CSV), answers=BatchAnswer, also={202: JobAnswer}, problems=(409,),
        large=True, from_index=True, tag="checks",
    ),
)  # fmt: skip
