"""Selling at the portal: whoever comes leaves a line or orders for themselves, at the pace of a person.

Nobody is told who else of a household was there before. So a link to follow is given only to those whose own it is.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from fibermap.access.follow_links import Followed, FollowLinks
from fibermap.access.model import Scope
from fibermap.kernel.errors import Code, InputRefused
from fibermap.kernel.settings import Settings
from fibermap.order.catalogue_store import read_catalogue
from fibermap.order.contact import Contact
from fibermap.order.customer import NOBODY_YET, Customer, order_for
from fibermap.order.draft import draft_at, known_of, take_up
from fibermap.order.lead_commands import Capture, capture_lead
from fibermap.order.order import Wanted
from fibermap.order.paying import payment_json
from fibermap.order.preorder_commands import Word
from fibermap.order.preorder_taking import For, take
from fibermap.order.shop import CatalogueShop
from fibermap.order.zone import ZoneState, public_progress
from fibermap.order.zone_store import find_zone, progress_of
from fibermap.plan import Plan
from fibermap.store import UnitOfWork
from fibermap_api.endpoint import Call, Endpoint, answer
from fibermap_api.models.portal import (
    InterestQuestion,
    PortalOrderQuestion,
    PortalPreOrderQuestion,
    SoldAnswer,
    ZoneAtAnswer,
    ZoneAtQuestion,
)
from fibermap_api.paying import ask_gateway
from fibermap_api.public_address import returns_of
from fibermap_api.routes.areas import read
from fibermap_api.routes.changing import change_once
from fibermap_api.routes.drafts import draft_in
from fibermap_api.routes.leads import consent_of, contact_of
from fibermap_api.routes.orders import asked_for
from fibermap_api.routes.portal import CHANNEL
from fibermap_api.routes.preorders import house_of

_SHOP = (Scope.SHOP,)


async def _begin_sale(call: Call) -> FollowLinks:
    """Count a sale of the caller, and return what signs the link to it; raises ``RateExceeded``."""
    call.service.gate.count_sale(call.caller)
    return await run_in_threadpool(lambda: call.service.records.follow_links)


async def leave_interest(call: Call) -> Response:
    """Keep that somebody wants to hear of an address. One household is one lead: a second line is merged into it."""
    asked: InterestQuestion = call.body
    links = await _begin_sale(call)

    def work(plan: Plan, uow: UnitOfWork) -> dict[str, Any]:
        settings = plan.settings
        contact, consent = contact_of(asked.contact, settings), consent_of(asked.consent, CHANNEL, uow, settings)
        captured = capture_lead(uow, Capture(asked.address_id, contact, CHANNEL, consent), settings)
        lead = captured.lead
        theirs = captured.contact_id == lead.contact_id
        token = links.sign(Followed.LEAD, lead.lead_id, uow.at_utc) if theirs else None
        return {"state": str(lead.state) if theirs else "new", "follow": token, "payment": None}

    return await change_once(call, "capture_lead", work)


async def place(call: Call) -> Response:
    """Order what is sold at an address today; refused as `POST /v1/orders` refuses. What is paid in advance, if
    anything is, is paid at `payment.page_url`.
    """
    asked: PortalOrderQuestion = call.body
    assert call.once is not None, "the endpoint says that it is idempotent"
    links, returns = await _begin_sale(call), await returns_of(call)
    draft_id = draft_in(links, asked.draft)
    wanted = Wanted(
        asked.address_id, NOBODY_YET, asked.offer_id, CHANNEL, call.once.key_hash, payment_method=asked.payment_token
    )

    def work(plan: Plan, uow: UnitOfWork) -> dict[str, Any]:
        settings = plan.settings
        customer = Customer(_who(uow, asked, draft_id, settings), consent_of(asked.consent, CHANNEL, uow, settings))
        placed = order_for(uow, customer, wanted, CatalogueShop(read_catalogue(uow), asked.add_on_ids))
        take_up(uow, draft_id, asked.address_id, "order", placed.order_id)
        payment = asked_for(call, plan, uow, placed.order_id, returns)
        token = links.sign(Followed.ORDER, placed.order_id, uow.at_utc)
        return {"state": str(placed.state), "follow": token, "payment": payment}

    return await change_once(call, "place_order", work, afterwards=partial(ask_gateway, call))


async def pre_order(call: Call) -> Response:
    """Give one's word for an offer where it is planned; refused as `POST /v1/preorders` refuses. A deposit, if one is
    asked for, is taken with the `payment_token`, or paid at `payment.page_url`.
    """
    asked: PortalPreOrderQuestion = call.body
    once = call.once
    assert once is not None, "the endpoint says that it is idempotent"
    links, returns = await _begin_sale(call), await returns_of(call)
    draft_id = draft_in(links, asked.draft)
    word = Word(asked.offer_id, asked.terms_accepted_at, CHANNEL, asked.add_on_ids, asked.payment_token, once.key_hash)

    def work(plan: Plan, uow: UnitOfWork) -> dict[str, Any]:
        house = house_of(call, plan, uow, returns)
        consent = consent_of(asked.consent, CHANNEL, uow, house.settings)
        contact = _who(uow, asked, draft_id, house.settings)
        taken = take(uow, For(None, Capture(asked.address_id, contact, CHANNEL, consent)), word, house).preorder
        take_up(uow, draft_id, asked.address_id, "commitment", taken.commitment_id)
        token = links.sign(Followed.COMMITMENT, taken.commitment_id, uow.at_utc)
        return {"state": str(taken.state), "follow": token, "payment": payment_json(uow, taken.deposit_id)}

    return await change_once(call, "take_preorder", work, afterwards=partial(ask_gateway, call))


def _who(uow: UnitOfWork, asked: PortalOrderQuestion, draft_id: int | None, settings: Settings) -> Contact:
    """Return who orders: as they say, or as the draft knows that they go on with; raises ``InputRefused``."""
    if asked.contact is not None:
        return contact_of(asked.contact, settings)
    known = None if draft_id is None else known_of(uow, draft_at(uow, draft_id, asked.address_id))
    if known is None:
        raise InputRefused(Code.CONTACT_INVALID, "It is not said who orders.", hint="Give a contact.", field="contact")
    return known


async def zone_at(call: Call) -> Response:
    """How far the zone of an address is, as everybody may know it."""
    call.service.gate.count_look(call.caller)

    def work(_: Plan, uow: UnitOfWork) -> dict[str, Any]:
        statement = "SELECT any_value(zone_id) FROM zone_address WHERE address_id = ?"
        zone_id = uow.sql.value("portal.zone", statement, [call.query.address_id])
        zone = None if zone_id is None else find_zone(uow, zone_id)
        if zone is None or zone.state is not ZoneState.OPEN:
            return {"zone": None}
        return {"zone": public_progress(zone, progress_of(uow, zone), uow.at_utc.date())}

    return answer(await read(call, work))


ENDPOINTS = (
    Endpoint(
        "GET", "/v1/portal/zone", zone_at, "How far a zone is", _SHOP,
        query=ZoneAtQuestion, answers=ZoneAtAnswer, tag="portal",
    ),
    Endpoint(
        "POST", "/v1/portal/interest", leave_interest, "Leave a line", _SHOP,
        body=InterestQuestion, answers=SoldAnswer, status=201, problems=(404, 409), idempotent=True, tag="portal",
    ),
    Endpoint(
        "POST", "/v1/portal/preorders", pre_order, "Pre-order for oneself", _SHOP,
        body=PortalPreOrderQuestion, answers=SoldAnswer, status=201, problems=(404, 409), idempotent=True, tag="portal",
    ),
    Endpoint(
        "POST", "/v1/portal/orders", place, "Order for oneself", _SHOP,
        body=PortalOrderQuestion, answers=SoldAnswer, status=201, problems=(404, 409), idempotent=True, tag="portal",
    ),
)  # fmt: skip
