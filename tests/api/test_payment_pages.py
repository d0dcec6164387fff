"""Paying at the gateway's page over HTTP: sent there with the answer, back by one's own link, told what is so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from fibermap.access.gate import LOOK_BURST
from fibermap.access.model import Scope
from fibermap.plan import Plan
from tests.api.answering import Site, site
from tests.api.test_portal import SETTINGS, SIGNED, follow, line, offer_id, send
from tests.order.lead_town import BUILT, PLANNED, selling_town
from tests.order.selling import plan_terms

HOUSE = "https://fiber.example/town"


@pytest.fixture
def fm() -> Iterator[Plan]:
    with selling_town() as plan:
        plan.catalogue.add(plan_terms(), "new", "ann")
        plan.configure("deposits", "ann", preorder_deposit_cents=5_000)
        yield plan


@pytest.fixture
def shop(fm: Plan, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(tmp_path_factory.mktemp("pages"), public_url=HOUSE + "/", plan=fm) as started:
        started.client.request("PUT", "/v1/settings/portal", json=SETTINGS, headers=started.key(Scope.ADMIN))
        yield started


def pre_order(shop: Site, fm: Plan) -> Any:
    return send(shop, "/v1/portal/preorders", line(fm, PLANNED, offer_id=offer_id(fm), terms_accepted_at=SIGNED))


def path_of(payment: Any) -> str:
    """Return where this server shows a page, which customers reach under its public address."""
    assert payment["page_url"].startswith(HOUSE + "/simulated-payment/cs_simulated_")
    return urlsplit(payment["page_url"]).path.removeprefix("/town")


def use(shop: Site, path: str, **said: str) -> Any:
    return shop.client.post(path, data=said, follow_redirects=False)


def test_a_customer_pays_at_the_page_tries_cards_and_comes_back_by_their_own_link(shop: Site, fm: Plan) -> None:
    told = pre_order(shop, fm)
    assert (told["state"], told["payment"]["state"]) == ("pre-ordered", "awaiting")
    path = path_of(told["payment"])
    page = shop.client.get(path)
    assert "Simulated payment page. No money moves." in page.text
    assert "USD 50.00" in page.text
    assert "script" not in page.text
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "form-action 'self'; frame-ancestors 'none'" in policy
    assert "The card was declined." in use(shop, path, do="pay", card="tok_chargeDeclined").text
    assert "your bank asks" in use(shop, path, do="pay", card="tok_threeDSecure2Required").text
    assert "The bank was not told" in use(shop, path, do="refuse").text
    assert follow(shop, told["follow"])["payment"]["state"] == "awaiting"
    back = use(shop, path, do="confirm")
    assert back.status_code == 303
    address, _, token = back.headers["location"].partition("#follow=")
    assert address == f"{HOUSE}/portal"
    after = follow(shop, token)
    assert (after["state"], after["payment"]["state"], after["payment_due"]) == ("committed", "captured", False)
    assert after["payment"]["page_url"] is None
    assert "Nobody can pay here any more" in shop.client.get(path).text
    assert use(shop, path, do="pay", card="tok_visa").status_code == 303
    assert len(fm.store.sql.rows("test", "SELECT * FROM deposit")) == 1


def test_who_went_back_without_paying_pays_later_at_the_same_page(shop: Site, fm: Plan) -> None:
    told = pre_order(shop, fm)
    assert use(shop, path_of(told["payment"]), do="cancel").headers["location"].startswith(f"{HOUSE}/portal#follow=")
    waiting = follow(shop, told["follow"])
    assert (waiting["state"], waiting["payment_due"]) == ("pre-ordered", True)
    again = shop.client.post(f"/v1/follow/{told['follow']}:pay").json()
    assert again["payment"]["page_url"] == told["payment"]["page_url"]
    path = path_of(again["payment"])
    assert shop.client.post(f"/v1/follow/{told['follow']}:cancel").status_code == 200
    assert "Nobody can pay here any more" in shop.client.get(path).text
    assert follow(shop, told["follow"])["payment"]["state"] == "failed"
    assert shop.client.post(f"/v1/follow/{told['follow']}:pay").status_code == 409


def test_an_order_is_paid_in_advance_at_the_page_or_with_a_token(shop: Site, fm: Plan) -> None:
    told = send(shop, "/v1/portal/orders", line(fm, BUILT, offer_id=offer_id(fm)))
    assert follow(shop, told["follow"])["payment_due"]
    use(shop, path_of(told["payment"]), do="pay", card="tok_visa")
    after = follow(shop, told["follow"])
    assert (after["state"], after["payment"]["state"]) == ("inProgress", "captured")
    headers = shop.key(Scope.SELL)
    order = shop.client.get(f"/v1/orders/{after['subject_id']}", headers=headers).json()
    assert order["payment"]["amount_cents"] == 5_000
    refused = shop.client.post(f"/v1/orders/{after['subject_id']}:pay", json={}, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "order_state_refused")


def test_the_desk_sends_a_customer_to_the_page_and_the_same_request_is_answered_alike(shop: Site, fm: Plan) -> None:
    headers = shop.key(Scope.SELL) | {"Idempotency-Key": "one-request-of-the-desk"}
    asked = line(fm, PLANNED, offer_id=offer_id(fm), terms_accepted_at=SIGNED, channel="csr")
    first = shop.client.post("/v1/preorders", json=asked, headers=headers).json()
    assert shop.client.post("/v1/preorders", json=asked, headers=headers).json() == first
    assert first["payment"]["state"] == "awaiting"
    path = f"/v1/preorders/{first['preorder_id']}:pay"
    paid = shop.client.post(
        path, json={}, headers=shop.key(Scope.SELL) | {"Idempotency-Key": "another-request-of-the-desk"}
    )
    assert paid.json()["payment"]["page_url"] == first["payment"]["page_url"]
    token = {"payment_token": "tok_visa"}
    paid = shop.client.post(path, json=token, headers=headers | {"Idempotency-Key": "one-that-pays-with-a-token"})
    assert (paid.status_code, paid.json()["payment"]["state"]) == (200, "captured")
    states = fm.store.sql.rows("test", "SELECT state FROM payment ORDER BY 1")
    assert states == [("captured",), ("failed",)], "the page was closed before the token was charged"


def test_without_a_portal_customers_come_back_to_a_page_that_says_thank_you(shop: Site, fm: Plan) -> None:
    shop.client.request("PUT", "/v1/settings/portal", json={"name": "Closed"}, headers=shop.key(Scope.ADMIN))
    headers = shop.key(Scope.SELL) | {"Idempotency-Key": "one-request-of-the-desk"}
    asked = line(fm, PLANNED, offer_id=offer_id(fm), terms_accepted_at=SIGNED, channel="csr")
    told = shop.client.post("/v1/preorders", json=asked, headers=headers).json()
    back = use(shop, path_of(told["payment"]), do="pay", card="tok_visa").headers["location"]
    assert back == f"{HOUSE}/payment-done"
    assert "You can close this page." in shop.client.get("/payment-done").text


@pytest.mark.usefixtures("still_gate")
def test_a_page_is_not_guessed_and_nobody_asks_without_end(shop: Site) -> None:
    missing = shop.client.get(f"/simulated-payment/cs_simulated_{'A' * 32}")
    assert (missing.status_code, missing.json()["code"]) == (404, "payment_page_not_found")
    assert shop.client.get("/simulated-payment/1").status_code == 422
    asked = [shop.client.get(f"/simulated-payment/cs_simulated_{n:032}").status_code for n in range(LOOK_BURST + 3)]
    assert asked[-1] == 429


def test_a_house_that_does_not_know_its_address_sends_nobody_anywhere(
    fm: Plan, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with site(tmp_path_factory.mktemp("nowhere"), plan=fm) as shop:
        shop.client.request("PUT", "/v1/settings/portal", json=SETTINGS, headers=shop.key(Scope.ADMIN))
        told = pre_order(shop, fm)
        assert (told["state"], told["payment"]) == ("pre-ordered", None)
        refused = shop.client.post(f"/v1/follow/{told['follow']}:pay")
        assert (refused.status_code, refused.json()["code"]) == (409, "payment_page_unavailable")
        here = shop.client.post(f"/v1/follow/{told['follow']}:pay", headers={"host": "127.0.0.1:8080"})
        assert here.json()["payment"]["page_url"].startswith("http://127.0.0.1:8080/simulated-payment/")
