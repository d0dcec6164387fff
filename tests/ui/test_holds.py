"""Holds as a planner places, looks at and releases them."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.ui.conftest import Looks, Served, each_look, every_look, open_panel
from tests.ui.screens import picture, serious_findings


@pytest.fixture
def address_id(server: Served) -> int:
    return int(server.ask("GET", "/v1/table?orderable=true&limit=1").json()["rows"][0]["address_id"])


def test_a_hold_is_placed_with_a_reason_shown_released_and_everything_by_name(planner: Page, address_id: int) -> None:
    open_panel(planner, "holds")
    planner.get_by_role("button", name="Hold an address").click()
    planner.get_by_label("Address id").fill(str(address_id))
    planner.get_by_label("Why", exact=True).select_option(label="Owner refuses")
    planner.get_by_label("In your words").fill("Asked us in writing")
    planner.get_by_label("Document").fill("DMS 2026-118")
    planner.get_by_role("button", name="Place the hold").click()
    held = planner.get_by_role("table", name="Holds in force")
    held.get_by_role("button", name="Owner refuses").first.click()
    dialog = planner.get_by_role("dialog")
    expect(dialog).to_contain_text("DMS 2026-118")
    expect(dialog).to_contain_text("planner")
    dialog.get_by_label("Why it ends").fill("Agreed after all")
    dialog.get_by_role("button", name="Release the hold").click()
    expect(held.get_by_role("button", name="Owner refuses")).to_have_count(0)


def test_an_address_that_there_is_not_is_said_so_beside_the_form(planner: Page) -> None:
    open_panel(planner, "holds")
    planner.get_by_role("button", name="Hold a building").click()
    planner.get_by_label("Building id").fill("7")
    planner.get_by_label("In your words").fill("x")
    planner.get_by_role("button", name="Place the hold").click()
    expect(planner.get_by_role("alert").first).to_contain_text("There is no building 7")


@every_look
def test_the_panel_looks_right_and_axe_finds_nothing(planner: Page, looks: Looks) -> None:
    page = open_panel(planner, "holds")
    page.get_by_role("button", name="Hold an address").click()
    for look in each_look(page, looks):
        picture(page, f"holds-{look}")
        assert serious_findings(page) == [], look
