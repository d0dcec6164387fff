"""Coverage gaps and demand: ranked, on the map, and the way on to an area or a proposal."""

from __future__ import annotations

import time
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.ui.conftest import PHONE, WIDE, Looks, Served, each_look, every_look, idle, open_panel, seen_on
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
def test_the_panel_looks_right_and_axe_finds_nothing(planner: Page, looks: Looks) -> None:
    page = open_panel(planner, "gaps")
    expect(page.get_by_role("table", name="Coverage gaps")).to_be_visible()
    for look in each_look(page, looks):
        picture(page, f"gaps-{look}")
        assert serious_findings(page) == [], look


def _ask_in_vain(server: Served) -> dict[str, Any]:
    """Check some addresses beyond coverage, one of them twice, and return that one once it counts."""
    rows = server.ask("GET", "/v1/table", params={"class": "out-of-coverage", "limit": 6}).json()["rows"]
    for row in [*rows, rows[0]]:
        asked = {"address_id": row["address_id"], "channel": "portal"}
        assert server.ask("POST", "/v1/address-check", json=asked).status_code == 200
    for _ in range(120):
        told = server.ask("GET", "/v1/demand").json()["rows"]
        if told and told[0]["checks"] >= 2:
            return dict(told[0])
        time.sleep(0.5)
    raise AssertionError("checks do not come to count as demand")


def test_demand_is_a_table_beside_its_heat_and_leads_to_the_map(planner: Page, server: Served) -> None:
    most = _ask_in_vain(server)
    page = open_panel(seen_on(planner, PHONE, "dark"), "demand")
    table = page.get_by_role("table", name="Demand by address")
    expect(table.get_by_role("row").nth(1)).to_contain_text(str(most["full_address"]))
    picture(page, "demand-phone-dark")
    assert serious_findings(page) == []
    page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
    page.get_by_label("Heat on the map").check()
    table.get_by_role("button", name=str(most["full_address"])).press("Enter")
    page.wait_for_function("lat => location.hash.includes('lat=' + lat)", arg=f"{most['lat']:.6f}"[:6])
    assert "layers=%2Bdemand" in page.url or "layers=+demand" in page.url
    picture(idle(page), "demand-wide-dark")
    page.get_by_role("button", name="By area").click()
    expect(page.get_by_role("table", name="Demand by area")).to_be_visible()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save what is shown as CSV").click()
    assert saved.value.suggested_filename == "demand-by-area.csv"
    page.evaluate("import('fibermap/view').then(({ view }) => view.set({ 'filter.class': 'build' }))")
    expect(page.get_by_text("Nobody asked in vain")).to_be_visible()
    assert serious_findings(page) == []
