"""Coverage gaps: ranked, on the map, and the way on to an area or a proposal."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.ui.conftest import PHONE, OpenAs, Served, every_look, idle, open_panel
from tests.ui.screens import picture, serious_findings


@pytest.fixture(autouse=True)
def _with_gaps(server: Served) -> None:
    """Take the largest area out of the plan, so that there are homes that nobody reaches."""
    if not server.ask("GET", "/v1/gaps").json()["features"]:
        areas = server.ask("GET", "/v1/areas?limit=1000").json()["features"]
        largest = max(areas, key=lambda area: area["properties"]["size_m2"])
        retire = {"op": "retire", "area_id": largest["id"]}
        server.ask("POST", "/v1/areas:publish", json={"edits": [retire], "reason": "never built"})


def test_a_gap_leads_to_a_proposal_and_to_an_area(planner: Page, server: Served) -> None:
    told = server.ask("GET", "/v1/gaps").json()
    assert told["features"]
    open_panel(planner, "gaps")
    planner.get_by_label("Rank by").select_option(label="Nearest to the network")
    planner.get_by_role("table", name="Coverage gaps").get_by_role("button", name="Gap 1", exact=True).click()
    planner.get_by_role("button", name="What if we built it").click()
    expect(planner.get_by_role("region", name="Answer")).to_contain_text("Homes passed")
    open_panel(planner, "gaps")
    planner.get_by_role("table", name="Coverage gaps").get_by_role("button", name="Gap 1", exact=True).click()
    planner.get_by_role("button", name="Draw an area from it").click()
    edits = planner.get_by_role("region", name="Your edits")
    expect(edits.get_by_text("New area, pre-build")).to_be_visible()
    expect(edits.get_by_role("table", name="What this changes")).to_contain_text("Pre-build")


@every_look
def test_the_panel_looks_right_and_axe_finds_nothing(open_as: OpenAs, size: tuple[int, int], theme: str) -> None:
    page = open_panel(idle(open_as("planner", size=size, theme=theme)), "gaps")
    expect(page.get_by_role("table", name="Coverage gaps")).to_be_visible()
    idle(page)
    picture(page, f"gaps-{'phone' if size == PHONE else 'wide'}-{theme}")
    assert serious_findings(page) == []
