"""The portal: a page for whoever comes, which other sites may embed, and its settings. It works without a map."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from fibermap.access.follow_links import Followed
from fibermap.access.model import Scope
from fibermap.kernel.errors import Code, NotFound
from fibermap.money.payment import PaymentState
from fibermap.money.refunds import carry_out_refund
from fibermap.order.catalogue_counter import counter_in
from fibermap.order.draft import remember
from fibermap.order.following import Followable, follow
from fibermap.order.giving_up import GivenUp, give_up
from fibermap.order.lead_commands import Capture
from fibermap.order.order_deposit import pay_order, till_of_orders
from fibermap.order.order_state import OrderState
from fibermap.order.preorder import PreOrderState
from fibermap.order.preorder_commands import House, pay_deposit
from fibermap.order.preorder_store import find_preorder
from fibermap.plan import Plan
from fibermap.screens.portal_settings import PortalSettings
from fibermap.store import UnitOfWork
from fibermap_api.endpoint import Call, Endpoint, answer
from fibermap_api.models.portal import (
    FollowAnswer,
    FollowQuestion,
    GivenUpAnswer,
    GiveUpQuestion,
    PortalAnswer,
    PortalSettingsAnswer,
    PortalSettingsQuestion,
    RememberedAnswer,
    RememberQuestion,
)
from fibermap_api.paying import ask_gateway, close_pages, look
from fibermap_api.public_address import public_base, returns_of
from fibermap_api.routes.areas import change, read
from fibermap_api.routes.leads import consent_of, contact_of
from fibermap_api.routes.screens import ASK_AGAIN, sent
from fibermap_api.screens import PORTAL, policy_of

_SETTINGS = "/v1/settings/portal"
_TAG = "js/portal/embed.js"
_KEPT_FOR_AN_HOUR = "public, max-age=3600"
_PRIVATE = ("open", "origins")
CHANNEL = "portal"
"""The channel of everything that customers do by themselves."""
SUBJECTS: Mapping[Followed, Followable] = {
    Followed.LEAD: "lead", Followed.COMMITMENT: "commitment", Followed.ORDER: "order", Followed.DRAFT: "draft",
}  # fmt: skip
"""What stands in a link, as the order room calls it."""


_BEFORE_PAYMENT = (PreOrderState.PRE_ORDERED, OrderState.ACKNOWLEDGED, OrderState.PENDING)


async def show_portal(call: Call) -> Response:
    """The page. The sites of its settings may show it in a frame, no others."""
    settings = await run_in_threadpool(_settings, call)
    page = await run_in_threadpool(call.request.app.state.screens.page, PORTAL)
    response = sent(call.request, page.asset, ASK_AGAIN)
    policy = policy_of(page.script_hashes, embedded_in=("'self'", *settings.origins))
    response.headers["content-security-policy"] = policy
    return response


async def send_tag(call: Call) -> Response:
    """The script that puts the portal where its tag stands, in a page of another site."""
    asset = await run_in_threadpool(call.request.app.state.screens.asset, _TAG)
    response = sent(call.request, asset, _KEPT_FOR_AN_HOUR)
    response.headers["cross-origin-resource-policy"] = "cross-origin"
    return response


async def read_portal(call: Call) -> Response:
    """What the portal says in the operator's name: consent and terms, word for word, and whom to ask."""
    settings = await run_in_threadpool(_settings, call)
    told = {name: value for name, value in settings.as_json().items() if name not in _PRIVATE}
    units = await run_in_threadpool(call.service.records.units)
    return answer(told | {"units": units} | await run_in_threadpool(payments_of, call))


def payments_of(call: Call) -> dict[str, Any]:
    """Return who takes payments, what is asked for, and whether customers can be sent to a page to pay it."""
    settings, currency = call.service.desk.plan.settings, call.service.money.currency
    asked = {"deposit": settings.preorder_deposit_cents, "order_deposit": settings.order_deposit_cents}
    due = {name: {"amount_cents": cents, "currency": currency} if cents else None for name, cents in asked.items()}
    return {"gateway": call.service.money.gateway.name, "payment_pages": public_base(call) is not None, **due}


async def read_portal_settings(call: Call) -> Response:
    """Whether the portal is open, what it says, and who may embed it."""
    return answer((await run_in_threadpool(call.service.records.portal_settings)).as_json())


async def change_portal_settings(call: Call) -> Response:
    """Change them, for everybody, at once."""
    asked: PortalSettingsQuestion = call.body
    settings = PortalSettings(**asked.model_dump() | {"origins": tuple(asked.origins)})
    save = call.service.records.save_portal_settings
    await run_in_threadpool(save, settings, call.caller.name, call.service.gate)
    return answer(settings.as_json())


async def follow_link(call: Call) -> Response:
    """How far the interest, pre-order or order is that a link leads to, or what was begun; nothing of who the customer
    is.
    """
    subject, subject_id = await _led_to(call, call.query.token)
    told = await read(call, lambda _, uow: follow(uow, subject, subject_id))
    if _may_have_moved(told):
        await look(call, told["payment"]["payment_id"])
        told = await read(call, lambda _, uow: follow(uow, subject, subject_id))
    return answer(told)


def _may_have_moved(told: Mapping[str, Any]) -> bool:
    """Tell whether the gateway may know more of a payment, or what is paid waits to be counted."""
    payment = told["payment"]
    if payment is None:
        return False
    is_uncounted = payment["state"] == PaymentState.CAPTURED and told["state"] in _BEFORE_PAYMENT
    return is_uncounted or payment["state"] == PaymentState.AWAITING


async def pay_by_link(call: Call) -> Response:
    """Pay what is asked for, by the link that it is followed by: `payment.page_url` is where. A page that is open is
    given out again, and one that has expired is followed by another.
    """
    call.service.gate.count_sale(call.caller)
    subject, subject_id = await _led_to(call, call.query.token)
    returns, key = await returns_of(call), secrets.token_hex(16)

    def work(plan: Plan, uow: UnitOfWork) -> dict[str, Any]:
        found = follow(uow, subject, subject_id)
        if found["subject"] == "commitment":
            house = House(plan.settings, counter_in(uow), call.service.money, returns)
            pay_deposit(uow, find_preorder(uow, found["subject_id"]), None, key, house)
        elif found["subject"] == "order":
            pay_order(uow, found["subject_id"], till_of_orders(plan.settings, call.service.money, returns), key)
        else:
            raise NotFound(Code.LINK_INVALID, "Nothing is paid by this link.", hint="Order something first.")
        return follow(uow, subject, subject_id)

    return answer(await ask_gateway(call, await change(call, "ask_to_pay", work)))


async def give_up_by_link(call: Call) -> Response:
    """Cancel an order, withdraw a pre-order, close interest or forget a draft, by the link that it is followed by. With
    `preview=true` nothing is done: `consequences` says what would be. A deposit goes back.
    """
    asked: GiveUpQuestion = call.query
    subject, subject_id = await _led_to(call, asked.token)

    def work(_: Plan, uow: UnitOfWork) -> GivenUp:
        return give_up(uow, subject, subject_id)

    if call.is_preview:
        call.service.gate.count_look(call.caller)
        return answer(_said(await read(call, work)))
    call.service.gate.count_sale(call.caller)
    done = await change(call, "give_up", work)
    await close_pages(call)
    for refund_id in done.refund_ids:
        await run_in_threadpool(carry_out_refund, call.service.money, refund_id)
    return answer(_said(done))


async def remember_who(call: Call) -> Response:
    """Keep who has begun an order, as they agree to here, so that they can go on later or be called: as interest at the
    address, with their consent. Without it a draft knows nothing of them.
    """
    asked: RememberQuestion = call.body
    call.service.gate.count_sale(call.caller)
    subject, draft_id = await _led_to(call, call.query.token)
    if subject != "draft":
        raise NotFound(Code.LINK_INVALID, "This link does not lead to a draft.", hint="Begin an order first.")

    def work(plan: Plan, uow: UnitOfWork) -> bool:
        settings = plan.settings
        contact, consent = contact_of(asked.contact, settings), consent_of(asked.consent, CHANNEL, uow, settings)
        address_id = follow(uow, "draft", draft_id)["address_id"]
        return remember(uow, draft_id, Capture(address_id, contact, CHANNEL, consent), settings)

    return answer({"knows": await change(call, "capture_lead", work)})


def _said(done: GivenUp) -> dict[str, Any]:
    return {"consequences": [asdict(each) for each in done.consequences], "result": done.told}


async def _led_to(call: Call, token: str) -> tuple[Followable, int]:
    """Return what a link leads to; raises ``NotFound`` (``link_invalid``)."""
    links = await run_in_threadpool(lambda: call.service.records.follow_links)
    what, subject_id = links.read(token, datetime.now(UTC))
    return SUBJECTS[what], subject_id


def _settings(call: Call) -> PortalSettings:
    settings = call.service.records.portal_settings()
    if not settings.open:
        raise NotFound(
            Code.PORTAL_CLOSED, "There is no portal here.", hint="An administrator opens it in the settings."
        )
    return settings


ENDPOINTS = (
    Endpoint("GET", "/portal", show_portal, "The portal", described=False, tag="portal"),
    Endpoint("GET", "/portal/embed.js", send_tag, "The tag that embeds it", described=False, tag="portal"),
    Endpoint(
        "GET", "/v1/portal", read_portal, "What the portal says", (Scope.SHOP, Scope.SELL),
        answers=PortalAnswer, problems=(404,), tag="portal",
    ),
    Endpoint(
        "GET", "/v1/follow/{token}", follow_link, "Follow by a link", (Scope.SHOP, Scope.SELL),
        query=FollowQuestion, answers=FollowAnswer, problems=(404,), tag="portal",
    ),
    Endpoint(
        "POST", "/v1/follow/{token}:cancel", give_up_by_link, "Give up by a link", (Scope.SHOP, Scope.SELL),
        query=GiveUpQuestion, answers=GivenUpAnswer, problems=(404, 409), tag="portal",
    ),
    Endpoint(
        "POST", "/v1/follow/{token}:pay", pay_by_link, "Pay by a link", (Scope.SHOP, Scope.SELL),
        query=FollowQuestion, answers=FollowAnswer, problems=(404, 409), tag="portal",
    ),
    Endpoint(
        "POST", "/v1/follow/{token}:remember", remember_who, "Go on later", (Scope.SHOP, Scope.SELL),
        query=FollowQuestion, body=RememberQuestion, answers=RememberedAnswer, problems=(404, 409), tag="portal",
    ),
    Endpoint(
        "GET", _SETTINGS, read_portal_settings, "The portal's settings", (Scope.ADMIN,),
        answers=PortalSettingsAnswer, tag="portal",
    ),
    Endpoint(
        "PUT", _SETTINGS, change_portal_settings, "Change the portal's settings", (Scope.ADMIN,),
        body=PortalSettingsQuestion, answers=PortalSettingsAnswer, tag="portal",
    ),
)  # fmt: skip
