"""Review as a planner works through it: by keyboard, with the evidence in sight, each decision to be taken back."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.ui.conftest import PHONE, Served, idle, open_panel, seen_on
from tests.ui.screens import picture, serious_findings


def waiting(server: Served, queue: str) -> int:
    counted = server.ask("GET", "/v1/reviews").json()["queues"]
    return int(next(each["open"] for each in counted if each["queue"] == queue))


def queue(page: Page, name: str) -> None:
    page.get_by_role("group", name="Queues").get_by_role("button", name=name).click()


def evidence_is_there(page: Page) -> None:
    """A key decides on what is shown, so it does nothing until the evidence has come."""
    expect(page.locator("[aria-busy]").filter(has=page.get_by_role("region", name="Evidence"))).to_have_attribute(
        "aria-busy", "false"
    )


def test_a_planner_works_through_the_queues_by_keyboard(planner: Page, server: Served) -> None:
    page = open_panel(planner, "review")
    queue(page, "Possible duplicates")
    evidence = page.get_by_role("region", name="Evidence")
    expect(evidence.get_by_role("table", name="The two addresses, side by side")).to_be_visible()
    expect(evidence.locator("mark").first).to_be_visible()
    idle(page)
    picture(page, "review-duplicate-wide-light")
    assert serious_findings(page) == []
    page.get_by_label("Note").fill("Two houses")
    page.get_by_role("button", name="Split (s)").focus()
    page.keyboard.press("s")
    expect(page.get_by_text("All done here")).to_be_visible()
    assert waiting(server, "duplicate") == 0
    page.keyboard.press("u")
    expect(page.get_by_role("table", name="Waiting for review").get_by_role("row")).to_have_count(2)
    assert waiting(server, "duplicate") == 1

    queue(page, "Flags")
    page.get_by_label("Why").select_option("drop_crosses")
    rows = page.get_by_role("table", name="Waiting for review").locator("tbody tr")
    before = server.ask("GET", "/v1/reviews?queue=flag&why=drop_crosses").json()["total"]
    expect(rows).to_have_count(before)
    first = rows.first.inner_text()
    expect(evidence).to_contain_text("Crosses")
    page.get_by_role("button", name="Hold (h)").focus()
    page.keyboard.press("j")
    expect(rows.nth(1)).to_have_attribute("aria-current", "true")
    evidence_is_there(page)
    page.keyboard.press("k")
    expect(rows.first).to_have_attribute("aria-current", "true")
    expect(evidence.get_by_role("heading")).to_contain_text(first.partition("\t")[0])
    evidence_is_there(page)
    idle(page)
    picture(page, "review-flag-wide-light")
    page.keyboard.press("a")
    expect(rows).to_have_count(before - 1)
    expect(rows.first).not_to_have_text(first)

    page.get_by_role("group", name="Queues").get_by_role("button", name="Decided").click()
    decisions = page.get_by_role("table", name="Decisions")
    expect(decisions).to_contain_text("planner")
    picture(page, "review-decided-wide-light")
    decisions.get_by_role("button", name="Take back").first.click()
    expect(decisions).to_contain_text("Taken back by planner")
    expect(decisions.get_by_role("button", name="Take back")).to_have_count(0)


def test_what_could_not_be_used_is_discarded_on_a_phone_in_the_dark(planner: Page) -> None:
    page = open_panel(seen_on(planner, PHONE, "dark"), "review")
    queue(page, "Not usable")
    expect(page.get_by_role("region", name="Evidence")).to_contain_text("What is wrong")
    picture(page, "review-quarantined-phone-dark")
    assert serious_findings(page) == []
    page.get_by_role("button", name="Discard (d)").click()
    expect(page.get_by_text("All done here")).to_be_visible()
    queue(page, "Reported missing")
    expect(page.get_by_text("Nobody misses an address.")).to_be_visible()
