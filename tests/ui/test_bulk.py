"""Many addresses changed at once, as a planner chooses, counts, confirms and takes it back."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.ui.conftest import PHONE, Served, idle, open_panel, seen_on
from tests.ui.screens import picture, serious_findings


def selected(server: Served, query: str) -> int:
    return int(server.ask("GET", f"/v1/table?{query}&limit=1").json()["total"])


def look(page: Page) -> None:
    page.get_by_label("Type", exact=True).select_option(label="Institution")
    page.get_by_label("Phase", exact=True).fill("Phase 9")
    page.get_by_label("Flag", exact=True).select_option(label="Flag them")
    page.get_by_role("button", name="Show what changes").click()
    expect(page.get_by_role("table", name="Changes")).to_contain_text("→ institution")


def test_what_the_filters_let_through_is_counted_changed_and_taken_back(planner: Page, server: Served) -> None:
    planner.evaluate("import('fibermap/view').then(({ view }) => view.set({ 'filter.class': 'pre-build' }))")
    open_panel(planner, "bulk")
    expect(planner.get_by_text("Class: Pre-build").last).to_be_visible()
    look(planner)
    idle(planner)
    picture(planner, "bulk-wide-light")
    assert serious_findings(planner) == []
    count = selected(server, "class=pre-build")
    planner.get_by_label("Why", exact=True).fill("Plat of 12 May")
    planner.get_by_role("button", name=f"Change {count} addresses").click()
    expect(planner.get_by_text(f"{count} addresses changed.")).to_be_visible()
    planner.get_by_role("button", name="Undo").click()
    expect(planner.get_by_text("Taken back.")).to_be_visible()
    look(planner)
    expect(planner.get_by_role("button", name=f"Change {count} addresses")).to_be_visible()


def test_a_list_is_matched_and_says_which_rows_are_not_on_a_phone_in_the_dark(planner: Page, server: Served) -> None:
    rows = server.ask("GET", "/v1/table?limit=2").json()["rows"]
    page = seen_on(planner, PHONE, "dark")
    open_panel(page, "bulk")
    page.get_by_role("tab", name="List").click()
    ids = "\n".join(str(row["address_id"]) for row in rows)
    page.get_by_label("Ids or addresses").fill(f"{ids}\n7\n")
    page.get_by_role("button", name="Match the list").click()
    expect(page.get_by_role("table", name="Rows that name no address")).to_contain_text("7")
    look(page)
    picture(page, "bulk-phone-dark")
    assert serious_findings(page) == []
    expect(page.get_by_role("button", name="Change 2 addresses")).to_be_visible()
    page.get_by_role("tab", name="Drawn").click()
    page.get_by_role("button", name="Show what changes").click()
    expect(page.get_by_text("Say first which addresses")).to_be_visible()
    page.get_by_role("button", name="Type places").click()
    page.get_by_role("textbox", name="Places").fill("10 -170\n10 -20\n80 -20\n80 -170")
    page.get_by_role("button", name="Take them").click()
    page.get_by_role("button", name="Show what changes").click()
    expect(
        page.get_by_role(
            "button", name=f"Change {selected(server, 'polygon=-170,10,-20,10,-20,80,-170,80'):,} addresses"
        )
    ).to_be_visible()
