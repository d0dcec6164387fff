"""The desk and its queues as somebody who sells works them: by phone number, by keyboard, consequences first."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.ui.conftest import PHONE, WIDE, OpenAs, Served, hold, idle, open_panel, seen_on
from tests.ui.screens import picture, serious_findings
from tests.ui.test_portal import SETTINGS

_numbers = count(1)


@pytest.fixture(scope="module")
def house(server: Served) -> Served:
    """The county with a portal's words, a deposit for pre-orders, and one whose refund fails."""
    assert server.ask("PUT", "/v1/settings/portal", json=SETTINGS).status_code == 200
    deposit = {"changes": {"preorder_deposit_cents": 5_000}, "reason": "we need to know"}
    assert server.ask("PUT", "/v1/settings", json=deposit).status_code == 200
    withdrawn = pre_order(server, "Cy Moss", "406-555-0177", "tok_refundFail")
    server.ask("POST", f"/v1/preorders/{withdrawn['preorder_id']}:withdraw", json={"why": "customer"})
    return server


def home(server: Served, class_: str, sale: str) -> dict[str, Any]:
    """Return a home of a class where Fiber 300 may be sold so, and nothing is yet."""
    for row in server.ask("GET", "/v1/table", params={"class": class_, "limit": 400}).json()["rows"]:
        card = server.ask("GET", f"/v1/desk/addresses/{row['address_id']}").json()
        offers = card["offers"] or {"sale": None, "offers": []}
        plans = [offer for offer in offers["offers"] if offer["name"] == "Fiber 300"]
        if offers["sale"] == sale and plans and not row["unit"] and not card["leads"] and not card["orders"]:
            return row | {"offer": plans[0]}
    raise AssertionError(f"nowhere in the county is {class_} with {sale}")


def pre_order(server: Served, name: str, phone: str, token: str) -> dict[str, Any]:
    """Pre-order somewhere as somebody, with a deposit."""
    there, now = home(server, "pre-build", "pre-order"), datetime.now(UTC).isoformat()
    asked = {
        "address_id": there["address_id"], "contact": {"name": name, "phone": phone},
        "consent": {"at": now, "wording": SETTINGS["consent"]}, "offer_id": there["offer"]["offer_id"],
        "terms_accepted_at": now, "payment_token": token, "channel": "csr",
    }  # fmt: skip
    told = server.ask("POST", "/v1/preorders", json=asked, headers={"Idempotency-Key": f"{next(_numbers):020}"})
    assert told.status_code == 201, told.text
    return dict(told.json()) | there


def go_live(server: Served, area_id: int) -> None:
    """Open an area; what was pre-ordered there becomes orders."""
    opened = {"op": "change", "area_id": area_id, "properties": {"class": "build"}}
    answered = server.ask("POST", "/v1/areas:publish", json={"edits": [opened], "reason": "it is lit"})
    assert answered.status_code == 200, answered.text


def until_ordered(server: Served, address_id: int) -> None:
    """Wait until what was pre-ordered at an address is an order, which the server makes of it by itself."""
    for _ in range(240):
        if server.ask("GET", "/v1/orders", params={"address_id": address_id}).json()["orders"]:
            return
        time.sleep(0.25)
    raise AssertionError("the pre-order became no order")


def at_desk(page: Page) -> Page:
    return open_panel(idle(page), "desk")


def find(page: Page, text: str) -> None:
    box = page.get_by_role("searchbox", name="Name, phone, e-mail, account, address or order")
    box.fill(text)
    box.press("Enter")


def dialog(page: Page, title: str) -> Locator:
    return page.get_by_role("dialog", name=title)


def on_a_phone(page: Page, what: str) -> None:
    """Picture what is open at the width of a phone, where nothing may hang over, and go back to the usual one."""
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    picture(page, f"{what}-phone-light")
    assert serious_findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})


def test_a_call_becomes_an_order_and_its_consequences_are_seen_before(csr: Page, house: Served) -> None:
    page = at_desk(csr)
    picture(page, "desk-begin-wide-light")
    there = home(house, "build", "order")
    find(page, str(there["full_address"]))
    expect(page.get_by_role("heading", name=str(there["full_address"]))).to_be_visible()
    page.get_by_role("button", name="Order Fiber 300").click()
    asked = dialog(page, "Order Fiber 300")
    asked.get_by_role("textbox", name="Name").fill("Ann Lee")
    asked.get_by_role("textbox", name="Phone").fill("(406) 555-0142")
    asked.get_by_label("The customer agrees").check()
    picture(page, "desk-order-form-wide-light")
    asked.get_by_role("button", name="See what it does").click()
    expect(asked.get_by_role("heading", name="What this does")).to_be_focused()
    expect(asked.get_by_role("listitem").first).to_be_visible()
    picture(page, "desk-consequences-wide-light")
    assert serious_findings(page) == []
    assert house.ask("GET", "/v1/orders", params={"address_id": there["address_id"]}).json()["orders"] == []
    asked.get_by_role("button", name="Place the order").click()
    expect(page.locator(".toast")).to_contain_text("The order is placed.")
    order = page.get_by_role("article", name=re.compile("^Order"))
    expect(order.get_by_role("list", name="What it still needs")).to_contain_text("payment method")
    expect(order.get_by_text("$50 is not paid yet.")).to_be_visible()
    expect(order.get_by_role("button", name="Copy the payment link")).to_be_visible()
    picture(page, "desk-payment-link-wide-light")
    assert serious_findings(page) == []
    with page.expect_popup() as opened:
        order.get_by_role("link", name="Open the payment page").click()
    customer = opened.value
    customer.get_by_role("button", name="Pay USD 50.00").click()
    expect(customer.get_by_text("$50 is paid. Simulated: no money moved.")).to_be_visible()
    customer.close()
    find(page, str(there["full_address"]))
    expect(order.get_by_text("$50 is paid. Simulated: no money moved.")).to_be_visible()
    expect(order.get_by_text("Goes ahead", exact=True)).to_be_visible()
    picture(page, "desk-card-wide-light")
    assert serious_findings(page) == []
    order.get_by_role("button", name="Complete").click()
    dialog(page, "Complete the order").get_by_role("button", name="It is carried out").click()
    expect(order.get_by_text("Completed", exact=True).first).to_be_visible()
    order.get_by_role("button", name="Move").click()
    moving = dialog(page, "Move: to which address?")
    elsewhere = str(home(house, "build", "order")["full_address"])
    moving.get_by_role("combobox", name="Address").fill(elsewhere[:8])
    expect(moving.get_by_role("option").first).to_be_visible()
    on_a_phone(page, "desk-move-address")
    moving.get_by_role("combobox", name="Address").fill(elsewhere)
    moving.get_by_role("combobox", name="Address").press("Enter")
    moved = dialog(page, "Move the service")
    moved.get_by_role("button", name="See what it does").click()
    expect(moved.get_by_role("listitem").first).to_be_visible()
    picture(page, "desk-move-wide-light")
    on_a_phone(page, "desk-move")
    moved.get_by_role("button", name="Order the move").click()
    expect(page.locator(".toast").last).to_contain_text("The move is ordered.")
    assert "Ann" not in page.url
    assert "0142" not in page.url


def test_a_pre_order_that_went_live_is_found_by_phone_and_cancelled_with_its_refund(csr: Page, house: Served) -> None:
    promised = pre_order(house, "Bo Diaz", "406-555-0199", "tok_visa")
    page = at_desk(seen_on(csr, PHONE, "dark"))
    find(page, "406 555 0199")
    expect(page.get_by_role("article", name="Pre-order")).to_contain_text("deposit $50 is held")
    picture(page, "desk-preorder-phone-dark")
    assert serious_findings(page) == []
    go_live(house, promised["area_id"])
    until_ordered(house, promised["address_id"])
    find(page, "406 555 0199")
    order = page.get_by_role("article", name=re.compile("^Order"))
    order.get_by_role("button", name="Cancel", exact=True).press("Enter")
    asked = dialog(page, "Cancel the order")
    asked.get_by_label("Why").select_option("price")
    asked.get_by_role("button", name="See what it does").press("Enter")
    expect(asked.get_by_role("list")).to_contain_text("USD 50.00 goes back")
    picture(page, "desk-cancel-phone-dark")
    assert serious_findings(page) == []
    asked.get_by_role("button", name="Cancel the order").press("Enter")
    expect(order.get_by_text("Cancelled", exact=True).first).to_be_visible()


def test_a_refusal_leads_to_what_may_be_done_instead_by_keyboard_alone(csr: Page, house: Served) -> None:
    there = home(house, "build", "order")
    page = at_desk(csr)
    page.keyboard.type(str(there["full_address"]))
    page.keyboard.press("Enter")
    selling = page.get_by_role("button", name="Order Fiber 300")
    expect(selling).to_be_visible()
    held = {"code": "unsafe", "reason": "A dog", "address_id": there["address_id"]}
    assert house.ask("POST", "/v1/holds", json=held).status_code in (200, 201)
    selling.press("Enter")
    page.get_by_role("textbox", name="Name").press_sequentially("Di Fox")
    page.keyboard.press("Tab")
    page.keyboard.type("di@larkspur.example.com")
    page.get_by_label("The customer agrees").press("Space")
    page.get_by_role("button", name="See what it does").press("Enter")
    expect(page.locator(".notice.bad")).to_contain_text("hold")
    picture(page, "desk-refused-wide-light")
    page.get_by_role("button", name="Note interest instead").press("Enter")
    noted = dialog(page, "Note interest")
    expect(noted.get_by_role("textbox", name="Name")).to_have_value("Di Fox")
    noted.get_by_role("button", name="See what it does").press("Enter")
    noted.get_by_role("button", name="Note it").press("Enter")
    expect(page.get_by_role("article", name="Lead")).to_contain_text("Di Fox")


def test_queues_say_why_and_what_next_and_who_does_not_sell_sees_none(open_as: OpenAs, house: Served) -> None:
    waits = pre_order(house, "Eli Poe", "406-555-0111", "tok_visa")
    zone = {
        "code": "N-04",
        "public_name": "North Creek",
        "area_ids": [waits["area_id"]],
        "goal_kind": "count",
        "goal_value": 9,
    }
    assert house.ask("POST", "/v1/zones", json=zone).status_code == 201
    page = open_panel(idle(open_as("admin")), "queues")
    table = page.get_by_role("table", name="Pre-orders")
    row = table.get_by_role("row").filter(has_text="Eli Poe")
    page.get_by_label("Zone").select_option("North Creek")
    expect(row).to_contain_text("becomes an order by itself")
    expect(row).to_contain_text("North Creek")
    picture(page, "queues-wide-light")
    assert serious_findings(page) == []
    row.get_by_role("button", name="Withdraw").click()
    asked = dialog(page, "Withdraw the pre-order")
    asked.get_by_role("button", name="See what it does").click()
    expect(asked.get_by_role("list")).to_contain_text("USD 50.00")
    asked.get_by_role("button", name="Withdraw it").click()
    expect(row).to_have_count(0)
    page.get_by_role("tab", name="Held").click()
    expect(page.get_by_text("Nothing of this zone waits here")).to_be_visible()
    page.get_by_label("Zone").select_option("Every zone")
    expect(page.get_by_text("Nothing is held")).to_be_visible()
    _tell_somebody(page)
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    page.get_by_role("tab", name="Refunds (1)").click()
    refund = page.get_by_role("table", name="Refunds").get_by_role("row").filter(has_text="Cy Moss")
    expect(refund).to_contain_text("$50")
    picture(page, "queues-refunds-phone-light")
    assert serious_findings(page) == []
    refund.get_by_role("button", name="Close").click()
    closing = dialog(page, "Close the refund")
    closing.get_by_label("Its number, and to whom").fill("Cheque 118")
    closing.get_by_role("button", name="See what it does").click()
    expect(closing.get_by_role("list")).to_contain_text("out of “Bank and cash”")
    picture(page, "queues-close-phone-light")
    page.keyboard.press("Escape")
    refund.get_by_role("button").first.click()
    expect(page.get_by_role("heading", name="History")).to_be_visible()
    assert "panel=desk" in page.url
    other = idle(open_as("planner", path="/#panel=desk"))
    expect(other.locator(".rail").get_by_role("button", name="Desk")).to_have_count(0)
    expect(other.locator(".side")).to_be_hidden()


def ordered(server: Served, name: str, phone: str) -> dict[str, Any]:
    """Order somewhere as somebody, with all that the order needs to go ahead."""
    there, now = home(server, "build", "order"), datetime.now(UTC).isoformat()
    asked = {
        "address_id": there["address_id"], "contact": {"name": name, "phone": phone}, "channel": "csr",
        "consent": {"at": now, "wording": SETTINGS["consent"]}, "offer_id": there["offer"]["offer_id"],
        "payment_token": "tok_visa",
    }  # fmt: skip
    told = server.ask("POST", "/v1/orders", json=asked, headers={"Idempotency-Key": f"{next(_numbers):020}"})
    assert told.status_code == 201, told.text
    return dict(told.json()) | there


def test_what_may_be_done_with_an_order_and_a_service_is_done_from_its_card(csr: Page, house: Served) -> None:
    placed = ordered(house, "Flo Ames", "406-555-0123")
    page = at_desk(csr)
    find(page, "4065550123")
    order = page.get_by_role("article", name=f"Order {placed['order_id']}")

    def do(verb: str, title: str, action: str, done: str, fill: dict[str, str] | None = None) -> None:
        order.get_by_role("button", name=verb, exact=True).click()
        asked = dialog(page, title)
        expect(asked).to_be_visible()
        for label, value in (fill or {}).items():
            field = asked.get_by_label(label, exact=True)
            if field.evaluate("field => field.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)
        if asked.get_by_label("The customer agrees").count():
            asked.get_by_label("The customer agrees").check()
        if verb == "Transfer":
            on_a_phone(page, "desk-transfer-form")
        if (look := asked.get_by_role("button", name="See what it does")).count():
            look.click()
        expect(asked.get_by_role("listitem").first).to_be_visible()
        asked.get_by_role("button", name=action, exact=True).click()
        expect(page.locator(".toast").last).to_contain_text(done)

    holding = dialog(page, "Hold the order")
    order.get_by_role("button", name="Hold", exact=True).click()
    sent = hold(page, "**/v1/orders/*:hold")
    with page.expect_request("**/v1/orders/*:hold"):
        holding.get_by_role("button", name="Hold it").click()
    page.keyboard.press("Escape")
    expect(holding).to_be_visible()  # whoever closed it would not hear what came of what was sent
    sent[0].continue_()
    page.unroute("**/v1/orders/*:hold")
    expect(page.locator(".toast").last).to_contain_text("The order is held.")
    expect(order.get_by_text("Held: ")).to_be_visible()
    do("Release", "Release the order", "Release it", "The order is released.")
    expect(order.get_by_text("Goes ahead", exact=True)).to_be_visible()
    change = "Change plan or add-ons"
    order.get_by_role("button", name=change).click()
    changing = dialog(page, change)
    expect(changing.get_by_label("Offer").locator("option:checked")).to_contain_text("Fiber 300")
    changing.get_by_label("Home Voice").check()
    picture(page, "desk-change-wide-light")
    assert serious_findings(page) == []
    on_a_phone(page, "desk-change")
    changing.get_by_role("button", name="See what it does").click()
    expect(changing.get_by_role("list")).to_contain_text("Fiber 300 and Home Voice")
    changing.get_by_role("button", name="Change it").click()
    expect(order.get_by_role("heading", name="Fiber 300, Home Voice")).to_be_visible()
    do("Complete", "Complete the order", "It is carried out", "The order is completed.")
    picture(page, "desk-service-wide-light")
    order.get_by_role("button", name=change).click()
    expect(changing.get_by_label("Home Voice")).to_be_checked()
    changing.get_by_label("Home Voice").uncheck()
    changing.get_by_label("Offer").select_option(label="Fiber Gig, $60 a month")
    changing.get_by_role("button", name="See what it does").click()
    expect(changing.get_by_role("list")).to_contain_text("Home Voice is no part of it any more.")
    page.keyboard.press("Escape")
    do(
        "Transfer", "Transfer to somebody else", "Order the transfer", "The transfer is ordered.",
        {"Name": "Gus Ide", "Phone": "406-555-0124"},
    )  # fmt: skip
    do("End the service", "End the service", "End the service", "The end of the service is ordered.", {"Why": "moved"})
    order = page.get_by_role("article", name=re.compile("^Order")).filter(has_text="End of service")
    expect(order.get_by_role("button", name="Hold")).to_be_visible()
    assert order.get_by_role("button").all_inner_texts() == ["Complete", "It failed on site", "Hold", "Cancel"]
    do("Complete", "Complete the order", "It is carried out", "The order is completed.")
    order = page.get_by_role("article", name=re.compile("^Order")).filter(has_text="Gus Ide")
    expect(order.get_by_role("list", name="What it still needs")).to_contain_text("payment method")
    picture(page, "desk-transfer-wide-light")
    assert serious_findings(page) == []

    failed = ordered(house, "Hal Roe", "406-555-0125")
    find(page, "4065550125")
    order = page.get_by_role("article", name=f"Order {failed['order_id']}")
    do("It failed on site", "It failed on site", "Note it", "It is noted.", {"Why": "no_path"})
    expect(order.get_by_text("Failed on site", exact=True).first).to_be_visible()
    _take_up_what_was_begun(page, house)


def begun(server: Served, there: dict[str, Any], name: str | None = None) -> None:
    """Begin to order Fiber 300 with a voice line, as somebody who leaves a name or does not."""
    offers = server.ask("GET", f"/v1/desk/addresses/{there['address_id']}").json()["offers"]["offers"]
    (voice,) = (offer["offer_id"] for offer in offers if offer["name"] == "Home Voice")
    asked = {"address_id": there["address_id"], "offer_id": there["offer"]["offer_id"], "add_on_ids": [voice]}
    told = server.ask("POST", "/v1/drafts", json=asked, headers={"Idempotency-Key": f"{next(_numbers):020}"}).json()
    if name is not None:
        consent = {"at": datetime.now(UTC).isoformat(), "wording": SETTINGS["consent"]}
        who = {"contact": {"name": name, "phone": "406-555-0131"}, "consent": consent}
        assert server.ask("POST", f"/v1/follow/{told['follow']}:remember", json=who).json() == {"knows": True}


def _take_up_what_was_begun(page: Page, house: Served) -> None:
    """Drop what nobody left a name with, and order what somebody else has begun."""
    there = home(house, "build", "order")
    begun(house, there)
    begun(house, there, "Ida Kahn")
    find(page, str(there["full_address"]))
    drafts = page.get_by_role("article", name=re.compile("^Begun order"))
    expect(drafts).to_have_count(2)
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    drafts.first.scroll_into_view_if_needed()
    picture(page, "desk-begun-phone-light")
    assert serious_findings(page) == []
    drafts.filter(has_text="Nobody left a name").get_by_role("button", name="Drop").click()
    dropping = dialog(page, "Drop what was begun")
    expect(dropping.get_by_role("list")).to_contain_text("its link leads to nothing")
    dropping.get_by_role("button", name="Drop it").click()
    expect(drafts).to_have_count(1)
    drafts.get_by_role("button", name="Take it up").click()
    asked = dialog(page, "Order Fiber 300")
    expect(asked.get_by_role("textbox", name="Name")).to_have_value("Ida Kahn")
    expect(asked.get_by_label("Home Voice")).to_be_checked()
    asked.get_by_label("The customer agrees").check()
    asked.get_by_role("button", name="See what it does").click()
    expect(asked.get_by_role("list")).to_contain_text("What was begun is finished by this")
    asked.get_by_role("button", name="Place the order").click()
    expect(page.get_by_role("article", name=re.compile("^Order")).first).to_contain_text("Fiber 300, Home Voice")
    expect(drafts).to_have_count(0)


_TO_CALL = {
    "kind": "notice", "id": 51, "address_id": None, "full_address": "9 Elm St", "name": "Bo Ray",
    "phone": "+14065550143", "email": None, "state": "to_call", "since": "2026-11-26T08:30:00Z", "code": "to_call",
    "why": "There is no e-mail address.", "next_step": "Call them, and say so here.", "zone_id": None, "zone": None,
    "place": None, "amount": None,
}  # fmt: skip
_LEFT = {
    "notice_id": 50, "kind": "phase_slipped", "subject": "commitment", "subject_id": 7, "address_id": None,
    "full_address": "7 Elm St", "state": "sent", "attempts": 1, "due_at": None, "failure": None,
    "told_by": "simulated", "simulated": True, "queued_at": "2026-11-26T08:30:00Z",
    "changed_at": "2026-11-26T08:45:00Z",
}  # fmt: skip
_FAILED = _LEFT | {
    "notice_id": 49, "kind": "order_placed", "full_address": "8 Elm St", "state": "failed", "attempts": 8,
    "failure": "smtp_550", "told_by": None, "simulated": None,
}  # fmt: skip
_SCRIPT = {
    "contact": {"name": "Bo Ray", "phone": "+14065550143", "email": None},
    "text": {"subject": "Your order for 9 Elm St", "body": "Hello Bo Ray,\n\nthe network is ready.\n"},
}


def _tell_somebody(page: Page) -> None:
    """Call whoever has no e-mail address; the server is played, since its own notices wait for a recall window."""
    waits = [_TO_CALL]
    page.route("**/v1/desk/queues/notices?*", lambda route: route.fulfill(json={"rows": waits, "after": None}))
    page.route("**/v1/notices/51", lambda route: route.fulfill(json=_SCRIPT))

    def decide(route: Route) -> None:
        waits[:] = [] if route.request.url.endswith(":told") else [_TO_CALL]
        route.fulfill(json={"notice_id": 51, "state": "told"})

    def every(route: Route) -> None:
        rows = [_FAILED] if "state=failed" in route.request.url else [_LEFT, _FAILED]
        behind = None if "after=49" in route.request.url else 49
        route.fulfill(json={"messenger": "simulated", "notices": rows, "after": behind})

    page.route("**/v1/notices/51:*", decide)
    page.route("**/v1/notices?*", every)
    page.get_by_role("tab", name="Notices").click()
    row = page.get_by_role("table", name="Notices").get_by_role("row").filter(has_text="Bo Ray")
    expect(page.get_by_text("Simulated messages.")).to_be_visible()
    row.get_by_role("button", name="What to say").click()
    expect(dialog(page, "Your order for 9 Elm St")).to_contain_text("the network is ready")
    picture(page, "queues-notice-wide-light")
    assert serious_findings(page) == []
    page.keyboard.press("Escape")
    row.get_by_role("button", name="Told").click()
    expect(page.get_by_text("Nobody has to be called")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(row).to_be_visible()
    table = page.get_by_role("table", name="Every notice")
    expect(table.get_by_role("row").filter(has_text="A date has moved")).to_contain_text("E-mail, simulated")
    page.get_by_role("button", name="Show more notices").click()
    expect(table.get_by_role("row")).to_have_count(1 + 4)
    page.get_by_label("State").select_option("Failed")
    expect(table.get_by_role("row").last).to_contain_text("smtp_550, 8 attempts")
    expect(table.get_by_role("row")).to_have_count(1 + 1)
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    table.scroll_into_view_if_needed()
    picture(page, "queues-every-notice-phone-light")
    assert serious_findings(page) == []
