"""The page of the simulated gateway, at which customers pay with test cards, and the one they come back to.

Whoever knows the address of a page may pay there, as at any gateway's; it is long and random, and asked for slowly.
"""

from __future__ import annotations

from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from fibermap.access.acting import SERVER, acting_as
from fibermap.access.model import Caller
from fibermap.kernel.errors import Code, NotFound
from fibermap.money.pages import ONCE
from fibermap.money.payment_store import payment_by_key
from fibermap.money.simulated_gateway import NEEDS_CUSTOMER, SimulatedGateway
from fibermap.money.simulated_page import SHOWN_AT, SimulatedPage, page_of
from fibermap_api.endpoint import Call, Endpoint
from fibermap_api.models.payments import SimulatedPageQuestion
from fibermap_api.paying import look
from fibermap_api.public_address import PAID_AT
from fibermap_api.requests import chunks_of
from fibermap_api.simulated_payment import POLICY, done_page, payment_page

FORM = "application/x-www-form-urlencoded"
LARGEST_FORM = 1 << 10
_PATH = f"/{SHOWN_AT}{{page_id}}"
_HTML = "text/html"


async def show_page(call: Call) -> Response:
    """The page with its test cards; simulated, no money moves."""
    return _sent(payment_page(page := await _page(call), is_open=_is_open(call, page)))


async def use_page(call: Call) -> Response:
    """Pay with a test card, say that it is oneself who does, or go back without."""
    page, said = await _page(call), await _form(call)
    doing, card = said.get("do", "cancel"), said.get("card", "")
    if doing == "cancel" or not _is_open(call, page):
        return _back(page)
    if doing == "pay" and card == NEEDS_CUSTOMER:
        return _sent(payment_page(page, is_open=True, asks_bank=True))
    if doing not in ("pay", "confirm"):
        return _sent(payment_page(page, is_open=True, refused="authentication_required"))
    gateway, token = _gateway(call), NEEDS_CUSTOMER if doing == "confirm" else card
    with acting_as(SERVER):
        failure = await run_in_threadpool(gateway.pay_at_page, page.page_id, token)
        if failure is not None:
            return _sent(payment_page(page, is_open=True, refused=failure))
        payment = await run_in_threadpool(payment_by_key, call.service.money.store.sql, page.key)
        if payment is not None:
            await look(call, payment.payment_id, after=ONCE)
    return _back(page)


async def show_done(_: Call) -> Response:
    """The page to which customers come back where there is no portal."""
    return _sent(done_page())


def _gateway(call: Call) -> SimulatedGateway:
    gateway = call.service.money.gateway
    if not isinstance(gateway, SimulatedGateway):
        raise NotFound(Code.PAYMENT_PAGE_NOT_FOUND, "There is no such payment page.", hint="Go back and pay again.")
    return gateway


async def _page(call: Call) -> SimulatedPage:
    client = call.request.client
    call.service.gate.count_look(Caller(f"payer:{client.host if client else 'unknown'}", "", frozenset()))
    _gateway(call)
    store, page_id = call.service.money.store, call.query.page_id
    return await run_in_threadpool(lambda: store.preview(lambda uow: page_of(uow, page_id), cause="read"))


def _is_open(call: Call, page: SimulatedPage) -> bool:
    return page.is_open(call.service.money.store.clock.now())


async def _form(call: Call) -> dict[str, str]:
    body = bytearray()
    async with chunks_of(call.request, most_bytes=LARGEST_FORM, longest_s=call.settings.body_s) as chunks:
        async for chunk in chunks:
            body += chunk
    said = parse_qs(body.decode("ascii", "replace"), max_num_fields=4)
    return {name: values[0] for name, values in said.items()}


def _sent(page: str) -> Response:
    return Response(page, media_type=_HTML, headers={"Content-Security-Policy": POLICY})


def _back(page: SimulatedPage) -> Response:
    return RedirectResponse(page.return_url, status_code=303)


ENDPOINTS = (
    Endpoint(
        "GET", _PATH, show_page, "A simulated payment page", query=SimulatedPageQuestion, described=False, tag="portal"
    ),
    Endpoint(
        "POST", _PATH, use_page, "Pay at a simulated page", query=SimulatedPageQuestion, other_bodies=(FORM,),
        described=False, tag="portal",
    ),
    Endpoint("GET", PAID_AT, show_done, "Back from paying", described=False, tag="portal"),
)  # fmt: skip
