"""What a proposed build would do, as a planner asks it."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.ui.conftest import Looks, Served, each_look, every_look, open_panel
from tests.ui.screens import picture, serious_findings
from tests.ui.test_areas import corners


def ask(page: Page, server: Served) -> None:
    open_panel(page, "whatif")
    page.get_by_role("button", name="Type places").click()
    page.get_by_role("textbox", name="Places").fill(corners(server))
    page.get_by_role("button", name="Ask").click()
    expect(page.get_by_role("region", name="Answer")).to_contain_text("Homes passed")


def test_a_proposal_is_answered_kept_and_costed_anew(planner: Page, server: Served) -> None:
    ask(planner, server)
    planner.get_by_role("button", name="Keep to compare").click()
    planner.get_by_role("textbox", name="Name").fill("Elk Ridge")
    planner.get_by_role("dialog").get_by_role("button", name="Keep").click()
    expect(
        planner.get_by_role("table", name="Scenarios").get_by_role("button", name="Elk Ridge", exact=True)
    ).to_be_visible()
    planner.get_by_role("button", name="Change unit costs").click()
    planner.get_by_role("spinbutton", name="Take rate").fill("50")
    planner.get_by_role("textbox", name="Why").fill("survey")
    planner.get_by_role("button", name="Save").click()
    expect(planner.get_by_role("table", name="History of unit costs")).to_contain_text("survey")
    assert server.ask("GET", "/v1/whatif/costs").json()["costs"]["take_rate"] == 0.5
    planner.get_by_role("button", name="Remove Elk Ridge").click()
    expect(planner.get_by_role("table", name="Scenarios")).to_have_count(0)


@every_look
def test_the_panel_looks_right_and_axe_finds_nothing(planner: Page, server: Served, looks: Looks) -> None:
    ask(planner, server)
    for look in each_look(planner, looks):
        picture(planner, f"whatif-{look}")
        assert serious_findings(planner) == [], look
