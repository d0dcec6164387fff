"""The portal as a household sees it: by keyboard, on a phone, without a map, and in the page of another site."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.ui.conftest import PHONE, OpenAs, Served, open_panel
from tests.ui.screens import picture, serious_findings

SETTINGS: dict[str, Any] = {
    "open": True, "name": "Larkspur Fiber", "consent": "Larkspur Fiber may call or e-mail me about my address.",
    "terms": "You may leave any time.\nWe connect you as soon as we can.", "terms_version": "2026-11",
    "support": "Call 406-555-0100, weekdays 8 to 6", "privacy_url": "https://www.larkspur.example/privacy",
}  # fmt: skip


@pytest.fixture(scope="module")
def shop(server: Served) -> Served:
    """The county with an open portal, and a deposit for pre-orders."""
    deposit = {"changes": {"preorder_deposit_cents": 4_000}, "reason": "we need to know"}
    server.ask("PUT", "/v1/settings", json=deposit)
    assert server.ask("PUT", "/v1/settings/portal", json=SETTINGS).status_code == 200
    return server


def address(server: Served, class_: str, sale: str) -> str:
    """Return a home of a class where that may be sold, as somebody types it."""
    rows = server.ask("GET", "/v1/table", params={"class": class_, "limit": 200}).json()["rows"]
    for row in rows:
        asked = {"address_id": row["address_id"], "channel": "portal"}
        told = server.ask("GET", "/v1/offers", params=asked).json()
        names = [offer["name"] for offer in told.get("offers", [])]
        if told.get("sale") == sale and not row["unit"] and (sale == "interest" or "Fiber 300" in names):
            return str(row["full_address"])
    raise AssertionError(f"nowhere in the county is {class_} with {sale}")


def at_portal(page: Page) -> Page:
    page.wait_for_selector("body[data-portal=idle]")
    return page


def check(page: Page, text: str) -> None:
    page.get_by_role("combobox", name="Address").fill(text)
    page.get_by_role("button", name="Check", exact=True).click()


def test_an_address_is_found_by_keyboard_and_what_is_unclear_is_asked_back(open_as: OpenAs, shop: Served) -> None:
    page = at_portal(open_as(None, "/portal"))
    picture(page, "portal-find-wide")
    assert serious_findings(page) == []
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    box = page.get_by_role("combobox", name="Address")
    expect(box).to_be_focused()
    page.keyboard.insert_text(address(shop, "build", "order")[:16])  # letter by letter it may be asked for in between
    expect(page.get_by_role("option").first).to_be_visible()
    picture(page, "portal-suggested-wide")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    page.get_by_role("button", name="Another address").click()
    check(page, "99999 Nowhere Lane, Quill Creek")
    expect(page.get_by_role("heading", name="We did not find that")).to_be_focused()
    picture(page, "portal-not-found-wide")
    assert serious_findings(page) == []


def test_a_household_orders_on_a_phone_and_follows_its_order(open_as: OpenAs, shop: Served) -> None:
    page = at_portal(open_as(None, "/portal", size=PHONE, theme="dark"))
    check(page, address(shop, "build", "order"))
    page.get_by_role("button", name="Order Fiber 300").scroll_into_view_if_needed()
    picture(page, "portal-offers-phone-dark")
    assert serious_findings(page) == []
    page.get_by_role("button", name="Order Fiber 300").click()
    expect(page.get_by_role("heading", name="Order Fiber 300", level=1)).to_be_focused()
    page.get_by_role("button", name="Order", exact=True).click()
    expect(page.locator(".fault", has_text="This is needed.").first).to_be_visible()
    page.get_by_role("textbox", name="Name").fill("Ann Lee")
    page.get_by_role("textbox", name="E-mail").fill("ann@larkspur.example.com")
    page.get_by_label(SETTINGS["consent"]).check()
    page.get_by_label("I agree to the terms").check()
    expect(page.get_by_text("Simulated payment.")).to_be_visible()
    picture(page, "portal-order-phone-dark")
    goes_on_later(page)
    page.get_by_label(SETTINGS["consent"]).check()
    page.get_by_label("I agree to the terms").check()
    assert serious_findings(page) == []
    page.get_by_role("button", name="Order", exact=True).click()
    pays_at_the_page(page)
    expect(page.get_by_role("heading", name="Your order")).to_be_visible()
    expect(page.get_by_text("$50 is paid. Simulated: no money moved.")).to_be_visible()
    picture(page, "portal-follow-phone-dark")
    assert serious_findings(page) == []
    page.reload()
    expect(page.get_by_role("heading", name="Your order")).to_be_visible()
    gives_up(page, "Cancel my order", "Your order ends, and nothing is installed.")
    expect(page.get_by_text("This order is cancelled.").first).to_be_visible()


def pays_at_the_page(page: Page) -> None:
    """Pay in advance at the payment page: one card is declined, another one wants to know whether it is oneself."""
    expect(page.get_by_role("heading", name="Simulated payment")).to_be_visible()
    expect(page.get_by_text("No money moves.")).to_be_visible()
    picture(page, "payment-page-phone")
    assert serious_findings(page) == []
    page.get_by_label("Card that is declined").check()
    page.get_by_role("button", name="Pay USD 50.00").click()
    expect(page.get_by_role("alert")).to_contain_text("The card was declined.")
    picture(page, "payment-refused-phone")
    page.get_by_label("Card that needs 3-D Secure").check()
    page.get_by_role("button", name="Pay USD 50.00").click()
    expect(page.get_by_role("button", name="It is me")).to_be_visible()
    picture(page, "payment-bank-phone")
    assert serious_findings(page) == []
    page.get_by_role("button", name="It is me").click()


def goes_on_later(page: Page) -> None:
    """Keep what was begun with one's name, leave, and come back by the link: the name is known, the rest asked anew."""
    page.get_by_role("button", name="Go on later").click()
    expect(page.get_by_role("heading", name="Go on later")).to_be_focused()
    page.get_by_role("textbox", name="Name").fill("Ann Lee")
    page.get_by_role("textbox", name="E-mail").fill("ann@larkspur.example.com")
    page.get_by_label(SETTINGS["consent"]).check()
    picture(page, "portal-later-phone-dark")
    assert serious_findings(page) == []
    page.get_by_role("button", name="Keep my name").click()
    expect(page.get_by_text("We have your name with it")).to_be_visible()
    link = page.locator(".break a").get_attribute("href")
    assert link
    page.goto("about:blank")
    page.goto(link)
    expect(page.get_by_text("We have your name.")).to_be_visible()
    expect(page.get_by_role("textbox", name="Name")).to_have_count(0)
    picture(page, "portal-resumed-phone-dark")
    assert serious_findings(page) == []


def gives_up(page: Page, doing: str, consequence: str) -> None:
    """Give up what is followed: what that does is said first, and may be left alone."""
    page.get_by_role("button", name=doing).click()
    expect(page.get_by_role("dialog")).to_contain_text(consequence)
    picture(page, "portal-give-up-phone-dark")
    assert serious_findings(page) == []
    page.get_by_role("button", name="Keep it").click()
    page.get_by_role("button", name=doing).click()
    page.get_by_role("dialog").get_by_role("button", name=doing).click()


def test_what_is_planned_is_pre_ordered_and_elsewhere_a_line_is_left(open_as: OpenAs, shop: Served) -> None:
    page = at_portal(open_as(None, "/portal"))
    check(page, address(shop, "pre-build", "pre-order"))
    expect(page.get_by_role("heading", name="Fiber is on its way")).to_be_focused()
    picture(page, "portal-planned-wide")
    assert serious_findings(page) == []
    page.get_by_role("button", name="Pre-order Fiber 300").click()
    page.get_by_role("textbox", name="Name").fill("Bo Diaz")
    page.get_by_role("textbox", name="Phone").fill("406-555-0142")
    page.get_by_label(SETTINGS["consent"]).check()
    page.get_by_label("I agree to the terms").check()
    page.get_by_role("button", name="Pre-order", exact=True).click()
    expect(page.get_by_role("heading", name="Simulated payment")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("heading", name="Your pre-order")).to_be_visible()
    expect(page.get_by_text("$40 is not paid yet.")).to_be_visible()
    picture(page, "portal-unpaid-wide")
    assert serious_findings(page) == []
    page.get_by_role("link", name="Pay $40").click()
    page.get_by_role("button", name="Pay USD 40.00").click()
    expect(page.get_by_text("You are in the queue.").first).to_be_visible()
    page.get_by_role("button", name="Check an address").click()
    check(page, address(shop, "out-of-coverage", "interest"))
    expect(page.get_by_role("heading", name="Not here yet")).to_be_focused()
    page.get_by_role("button", name="Tell me when").click()
    page.get_by_role("textbox", name="Name").fill("Cy Moss")
    page.get_by_role("textbox", name="E-mail").fill("not an address")
    page.get_by_label(SETTINGS["consent"]).check()
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".fault, .notice.bad").filter(has_text="mail").first).to_be_visible()
    page.get_by_role("textbox", name="E-mail").fill("cy@larkspur.example.com")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_focused()


@contextmanager
def another_site(html: str) -> Iterator[str]:
    """Serve one page at a host of its own."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(html.encode())

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as serving:
        Thread(target=serving.serve_forever, daemon=True).start()
        yield f"http://localhost:{serving.server_address[1]}"
        serving.shutdown()


def test_one_tag_embeds_it_in_a_named_site_and_in_no_other(browser: Browser, shop: Served) -> None:
    page_of = f'<!doctype html><title>Site</title><h1>Site</h1><script src="{shop.url}/portal/embed.js" async></script>'
    with another_site(page_of) as named, another_site(page_of) as other:
        shop.ask("PUT", "/v1/settings/portal", json=SETTINGS | {"origins": [named]})
        page = browser.new_page()
        try:
            page.goto(named)
            frame = page.frame_locator("iframe")
            expect(frame.get_by_role("combobox", name="Address")).to_be_visible()
            expect(page.locator("iframe")).to_have_attribute("style", re.compile(r"height: \d+px"))
            picture(page, "portal-embedded-wide")
            with page.expect_console_message(lambda said: "frame-ancestors" in said.text):
                page.goto(other)
            expect(frame.get_by_role("combobox", name="Address")).to_have_count(0)
        finally:
            page.close()


def test_an_administrator_opens_it_on_the_screen(admin: Page, shop: Served) -> None:
    open_panel(admin, "portal")
    expect(admin.get_by_label("What you call yourselves")).to_have_value("Larkspur Fiber")
    admin.get_by_label("What you call yourselves").fill("")
    admin.get_by_role("button", name="Save").click()
    expect(admin.locator(".notice.bad")).to_contain_text("An open portal has to say this.")
    admin.get_by_label("What you call yourselves").fill("Larkspur Fiber")
    admin.get_by_role("button", name="Save").click()
    expect(admin.locator(".toast")).to_contain_text("The portal is open.")
    picture(admin, "portal-settings-wide")
    assert serious_findings(admin) == []
