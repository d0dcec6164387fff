"""What is sold: at an address, with its broadband labels, and the catalogue as a product manager works on it."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from fibermap.access.model import Scope
from fibermap.order.catalogue_commands import add_offering, retire_offering, revise_offering
from fibermap.order.catalogue_store import read_catalogue
from fibermap.order.label import label_problems
from fibermap.order.label_facts import facts_json, facts_of
from fibermap.order.label_page import PAGE_POLICY, label_page
from fibermap.order.label_sheet import MEDIA_TYPE
from fibermap.order.offering import Offering
from fibermap.order.offering_json import offering_json, read_terms
from fibermap.plan import Plan
from fibermap.store import UnitOfWork
from fibermap_api.endpoint import Call, Endpoint, answer
from fibermap_api.models.offers import (
    LabelAnswer,
    LabelQuestion,
    OfferingAnswer,
    OfferingsAnswer,
    OfferingsQuestion,
    OfferQuestion,
    OffersAnswer,
    OffersQuestion,
    RetireOffering,
    ReviseOffering,
    StateOffering,
)
from fibermap_api.requests import JSON
from fibermap_api.routes.areas import author_of, change, read

HTML = "text/html"
CSV = "text/csv"
_KEPT = {"Cache-Control": "max-age=300"}


async def offers_at(call: Call) -> Response:
    """What may be ordered or pre-ordered at an address, and why anything else may not.

    Each reason has one of the codes `not_build`, `on_hold`, `no_port`, `sales_not_open` and `offer_not_available`, and
    `why` behind it. A building whose unit is not chosen answers 422 `address_not_settled`. Prices are without taxes.
    """
    asked: OffersQuestion = call.query
    return answer(call.service.answers.offers(asked.address_id, asked.channel, asked.on, public=call.public))


async def read_label(call: Call) -> Response:
    """The broadband label of a plan (47 CFR 8.1), also of one that is not sold any more: as a page, or as its rows."""
    offering = call.service.answers.offering(call.query.offer_id)
    facts = facts_of(offering)
    if call.query.format == "html":
        headers = _KEPT | {"Content-Security-Policy": PAGE_POLICY}
        return Response(label_page(facts), media_type=HTML, headers=headers)
    return answer({"offer_id": offering.offer_id, "missing": _missing(offering)} | facts_json(facts))


async def read_labels(call: Call) -> Response:
    """The broadband labels of every plan that is sold today, as a spreadsheet: 47 CFR 8.1(a)(3)."""
    return Response(call.service.answers.labels(), media_type=MEDIA_TYPE, headers=_KEPT)


async def list_offerings(call: Call) -> Response:
    """The offerings, of each code the revision that speaks for it on a day, sold then or not."""

    def work(_: Plan, uow: UnitOfWork) -> dict[str, Any]:
        on = call.query.on or uow.at_utc.date()
        return {"on": on, "offerings": [_told(offering) for offering in read_catalogue(uow).on_shelf(on)]}

    return answer(await read(call, work))


async def read_offering(call: Call) -> Response:
    """One revision of an offering, sold or not: it is what it was when it was stated."""
    offer_id = call.query.offer_id
    return answer(_told(await read(call, lambda _, uow: read_catalogue(uow).find(offer_id))))


async def state_offering(call: Call) -> Response:
    """State a new offering."""
    asked: StateOffering = call.body
    terms, by = read_terms(asked.terms.said()), author_of(call, asked.reason)
    return answer(_told(await change(call, "add_offering", lambda _, uow: add_offering(uow, terms, by))), 201)


async def revise(call: Call) -> Response:
    """State an offering anew from a day on. Whoever bought it keeps what was bought: that revision ends, unchanged."""
    asked: ReviseOffering = call.body
    terms, by, offer_id = read_terms(asked.terms.said()), author_of(call, asked.reason), call.query.offer_id

    def work(_: Plan, uow: UnitOfWork) -> Offering:
        return revise_offering(uow, offer_id, terms, by, asked.from_on or uow.at_utc.date())

    return answer(_told(await change(call, "revise_offering", work)), 201)


async def retire(call: Call) -> Response:
    """End an offering. It stays on record, and with whoever bought it."""
    asked: RetireOffering = call.body
    by, offer_id = author_of(call, asked.reason), call.query.offer_id

    def work(_: Plan, uow: UnitOfWork) -> Offering:
        return retire_offering(uow, offer_id, by, asked.from_on or uow.at_utc.date())

    return answer(_told(await change(call, "retire_offering", work)))


def _told(offering: Offering) -> dict[str, Any]:
    return offering_json(offering) | {"label_missing": _missing(offering)}


def _missing(offering: Offering) -> list[dict[str, str]]:
    return [problem._asdict() for problem in label_problems(offering.terms)]


_LOOK, _CHANGE = (Scope.PUBLIC, Scope.SHOP, Scope.CHECK, Scope.SELL), (Scope.PLAN,)
ENDPOINTS = (
    Endpoint(
        "GET", "/v1/offers", offers_at, "What is sold at an address", _LOOK,
        query=OffersQuestion, answers=OffersAnswer, problems=(404,), from_index=True, tag="offers",
    ),
    Endpoint(
        "GET", "/v1/offers/{offer_id}/label", read_label, "Read a broadband label", _LOOK,
        query=LabelQuestion, answers=LabelAnswer, media_types=(HTML, JSON), problems=(404,), from_index=True,
        tag="offers",
    ),
    Endpoint(
        "GET", "/v1/labels.csv", read_labels, "Every broadband label as a spreadsheet", _LOOK,
        media_types=(CSV,), from_index=True, tag="offers",
    ),
    Endpoint(
        "GET", "/v1/offerings", list_offerings, "List offerings", (Scope.READ,),
        query=OfferingsQuestion, answers=OfferingsAnswer, tag="offers",
    ),
    Endpoint(
        "GET", "/v1/offerings/{offer_id}", read_offering, "Read an offering", (Scope.READ,),
        query=OfferQuestion, answers=OfferingAnswer, problems=(404,), tag="offers",
    ),
    Endpoint(
        "POST", "/v1/offerings", state_offering, "State an offering", _CHANGE,
        body=StateOffering, answers=OfferingAnswer, status=201, large=True, problems=(409,), tag="offers",
    ),
    Endpoint(
        "POST", "/v1/offerings/{offer_id}:revise", revise, "Revise an offering", _CHANGE,
        query=OfferQuestion, body=ReviseOffering, answers=OfferingAnswer, status=201, large=True, problems=(404, 409),
        tag="offers",
    ),
    Endpoint(
        "POST", "/v1/offerings/{offer_id}:retire", retire, "Retire an offering", _CHANGE,
        query=OfferQuestion, body=RetireOffering, answers=OfferingAnswer, problems=(404, 409), tag="offers",
    ),
)  # fmt: skip
