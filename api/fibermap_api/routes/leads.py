"""Leads over HTTP: interest captured at an address, seen, qualified, given up, forgotten."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from fibermap.access.model import Scope
from fibermap.kernel.settings import Settings
from fibermap.order.consent import Consent, read_consent, withdraw_consent
from fibermap.order.contact import Contact, read_contact
from fibermap.order.household import settled_address
from fibermap.order.lead import LostReason
from fibermap.order.lead_commands import Capture, capture_lead, forget_lead, lose_lead, qualify_lead
from fibermap.order.lead_json import captured_json, lead_json, with_contact
from fibermap.order.lead_store import LeadFilter, contacts_of, find_lead, list_leads
from fibermap.plan import Plan
from fibermap.store import UnitOfWork
from fibermap_api.endpoint import Call, Endpoint, answer
from fibermap_api.models.leads import (
    AtAddress,
    CapturedAnswer,
    CaptureQuestion,
    ChangeLeadQuestion,
    ConsentQuestion,
    ContactQuestion,
    LeadAnswer,
    LeadQuestion,
    LeadsAnswer,
    LeadsQuestion,
    LoseQuestion,
    WithdrawnAnswer,
)
from fibermap_api.models.questions import Previewed
from fibermap_api.routes.areas import read
from fibermap_api.routes.changing import sell

MAY_SELL = (Scope.SELL,)
"""Who may sell. The public may not: once it may, its scope stands here, behind a setting that is off by default."""


async def capture(call: Call) -> Response:
    """Keep interest at an address, whatever its class. One household is one open lead: a second capture is merged
    into it (`merged`), and the rep who came first keeps the credit for the days that the setting `credit_days` says.
    `next_step` says whether the customer can order, pre-order, or only be kept in mind.
    """
    asked: CaptureQuestion = call.body
    address_id, rep = settled(call, asked, asked.channel), asked.rep or rep_of(call)

    def work(plan: Plan, uow: UnitOfWork) -> dict[str, Any]:
        settings = plan.settings
        said = Capture(
            address_id, contact_of(asked.contact, settings), asked.channel,
            consent_of(asked.consent, asked.channel, uow, settings), asked.technology, rep,
        )  # fmt: skip
        return captured_json(capture_lead(uow, said, settings))

    return await sell(call, "capture_lead", work, 201)


def settled(call: Call, asked: AtAddress, channel: str) -> int:
    """Return the address that is meant; raises ``InputRefused`` (``address_not_settled``) with the candidates."""
    if asked.address_id is not None:
        return asked.address_id
    question = asked.asked(channel)
    assert question is not None, "the model asks for an address"
    answers = call.service.answers
    if call.is_preview:
        return settled_address(answers.look(question, public=call.public))
    return settled_address(answers.check(question, public=call.public, caller=call.caller.id))


def contact_of(asked: ContactQuestion, settings: Settings) -> Contact:
    """Read a contact; raises ``InputRefused``."""
    return read_contact(asked.name, asked.phone, asked.email, region=settings.phone_region)


def consent_of(asked: ConsentQuestion | None, channel: str, uow: UnitOfWork, settings: Settings) -> Consent | None:
    """Read a consent; raises ``InputRefused`` (``consent_required``)."""
    at, wording = (None, None) if asked is None else (asked.at, asked.wording)
    return read_consent(at, wording, channel, uow.at_utc, settings)


def rep_of(call: Call) -> str | None:
    """Return who is signed in; None for a key, behind which may be anybody."""
    return call.caller.name if call.caller.id.startswith("user:") else None


async def find_leads(call: Call) -> Response:
    """Leads by id, page by page, with whom they are of."""
    asked: LeadsQuestion = call.query
    states = () if asked.state is None else (asked.state,)
    wanted = LeadFilter(states, asked.channel, asked.rep, asked.technology, asked.address_id)

    def work(_: Plan, uow: UnitOfWork) -> list[dict[str, Any]]:
        found = list_leads(uow, wanted, after=asked.after or 0, limit=asked.limit + 1)
        return [with_contact(uow, row) for row in found]

    rows = await read(call, work)
    page = rows[: asked.limit]
    return answer({"leads": page, "after": page[-1]["lead_id"] if len(rows) > asked.limit else None})


async def read_lead(call: Call) -> Response:
    """One lead with whom it is of, what was merged into it, and everything that happened to it."""
    return answer(await read(call, lambda _, uow: lead_json(uow, call.query.lead_id)))


async def qualify(call: Call) -> Response:
    """Note that somebody has spoken with the customer, and that they mean it."""
    lead_id = call.query.lead_id

    def work(_: Plan, uow: UnitOfWork) -> dict[str, Any]:
        qualify_lead(uow, lead_id)
        return lead_json(uow, lead_id)

    return await sell(call, "qualify_lead", work)


async def lose(call: Call) -> Response:
    """Give a lead up, with a reason. Its household may have another one afterwards. Withdraw its pre-order first."""
    lead_id, reason = call.query.lead_id, LostReason(call.body.reason)

    def work(_: Plan, uow: UnitOfWork) -> dict[str, Any]:
        lose_lead(uow, lead_id, reason)
        return lead_json(uow, lead_id)

    return await sell(call, "lose_lead", work)


async def end_consent(call: Call) -> Response:
    """Note that the customer wants to hear no more. Nothing that waits to be sent to them is sent."""
    lead_id = call.query.lead_id

    def work(_: Plan, uow: UnitOfWork) -> dict[str, Any]:
        find_lead(uow, lead_id)
        return {"withdrawn": sum(withdraw_consent(uow, contact_id) for contact_id in contacts_of(uow, lead_id))}

    return await sell(call, "withdraw_consent", work)


async def forget(call: Call) -> Response:
    """Erase everybody who has spoken for a lead, for good: name, phone number, e-mail address. Where the interest was,
    and what became of it, stays.
    """
    lead_id = call.query.lead_id

    def work(_: Plan, uow: UnitOfWork) -> dict[str, Any]:
        forget_lead(uow, lead_id)
        return lead_json(uow, lead_id)

    return await sell(call, "forget_lead", work)


ENDPOINTS = (
    Endpoint(
        "POST", "/v1/leads", capture, "Capture interest", MAY_SELL, query=Previewed,
        body=CaptureQuestion, answers=CapturedAnswer, status=201, problems=(404, 409), idempotent=True, tag="selling",
    ),
    Endpoint(
        "GET", "/v1/leads", find_leads, "List leads", MAY_SELL,
        query=LeadsQuestion, answers=LeadsAnswer, tag="selling",
    ),
    Endpoint(
        "GET", "/v1/leads/{lead_id}", read_lead, "Read a lead", MAY_SELL,
        query=LeadQuestion, answers=LeadAnswer, problems=(404,), tag="selling",
    ),
    Endpoint(
        "POST", "/v1/leads/{lead_id}:qualify", qualify, "Qualify a lead", MAY_SELL,
        query=ChangeLeadQuestion, answers=LeadAnswer, problems=(404, 409), tag="selling",
    ),
    Endpoint(
        "POST", "/v1/leads/{lead_id}:lose", lose, "Give a lead up", MAY_SELL,
        query=ChangeLeadQuestion, body=LoseQuestion, answers=LeadAnswer, problems=(404, 409), tag="selling",
    ),
    Endpoint(
        "POST", "/v1/leads/{lead_id}:withdraw-consent", end_consent, "End a consent", MAY_SELL,
        query=ChangeLeadQuestion, answers=WithdrawnAnswer, problems=(404,), tag="selling",
    ),
    Endpoint(
        "POST", "/v1/leads/{lead_id}:forget", forget, "Forget a customer", (Scope.ADMIN,),
        query=ChangeLeadQuestion, answers=LeadAnswer, problems=(404, 409), tag="selling",
    ),
)  # fmt: skip
