"""Phases as a planner opens, recalls and moves them, and the map as it is expected to be."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, Request, expect

from tests.ui.conftest import PHONE, WIDE, Served, each_look, idle, open_panel
from tests.ui.screens import picture, serious_findings


@pytest.fixture
def phase(server: Served) -> dict[str, Any]:
    """A phase that nothing of is open, with terminals to choose."""
    for found in server.ask("GET", "/v1/phases").json()["phases"]:
        details = server.ask("GET", f"/v1/phases/details?phase={found['phase']}").json()
        waits = found["areas"] and not found["areas_open"] and found["units"].get("pre-build")
        if waits and any(part["by"] == "terminal" for part in details["parts"]):
            return {**found, "terminal": next(p["name"] for p in details["parts"] if p["by"] == "terminal")}
    raise AssertionError("the county has no such phase")


def units(server: Served, phase: dict[str, Any]) -> dict[str, int]:
    (found,) = [one for one in server.ask("GET", "/v1/phases").json()["phases"] if one["phase"] == phase["phase"]]
    counts: dict[str, int] = found["units"]
    return counts


def test_a_part_is_previewed_opened_recalled_and_the_rest_is_moved(
    planner: Page, server: Served, phase: dict[str, Any]
) -> None:
    before = units(server, phase)
    open_panel(planner, "phases")
    planner.get_by_role("table", name="Phases").get_by_role("button", name=phase["phase"], exact=True).click()
    planner.get_by_role("button", name="Open…").click()
    planner.get_by_label("What opens").select_option("terminal")
    planner.get_by_role("checkbox", name=phase["terminal"]).check()
    planner.get_by_label("Reason").fill("Lit and tested")
    planner.get_by_role("button", name="See what it sets off").click()
    flips = planner.get_by_role("table", name="What changes class")
    expect(flips).to_contain_text("pre-build to build")
    opened = int(flips.get_by_role("cell").nth(2).inner_text().replace(",", ""))
    expect(planner.get_by_text("a recall within that time calls them off")).to_be_visible()
    assert units(server, phase) == before, "a preview changes nothing"
    picture(planner, "phases-preview-wide-light")
    assert serious_findings(planner) == []
    planner.get_by_role("button", name="Open it").click()
    recall = planner.get_by_role("region", name="Recall")
    expect(recall).to_contain_text(f"open {phase['phase']}, terminal {phase['terminal']}: Lit and tested")
    expect(recall.get_by_role("timer")).to_contain_text(":")
    after = units(server, phase)
    assert after["build"] - before.get("build", 0) == opened == before["pre-build"] - after.get("pre-build", 0)
    picture(idle(planner), "phases-open-wide-light")
    recall.get_by_role("button", name="Recall").click()
    planner.get_by_role("dialog").get_by_role("button", name="Recall it").click()
    expect(planner.get_by_role("status").filter(has_text="is taken back")).to_be_visible()
    assert units(server, phase) == before

    planner.get_by_role("button", name="Another date…").click()
    planner.get_by_label("Expected on").fill("2032-03-31")
    planner.get_by_label("Known to the").select_option("quarter")
    planner.get_by_label("Reason").fill("Permits")
    planner.get_by_role("button", name="See whom it touches").click()
    expect(planner.get_by_role("table", name="Dates that move")).to_contain_text("first quarter of 2032")
    planner.get_by_role("button", name="Move the date").click()
    expect(planner.get_by_role("table", name="History of dates")).to_contain_text("Permits")
    expect(planner.locator("dl.facts")).to_contain_text("(was ")
    picture(planner, "phases-slip-wide-light")


def test_the_slider_shows_what_is_expected_by_a_day_and_fetches_no_tile(planner: Page) -> None:
    tiles: list[str] = []

    def note(asked: Request) -> None:
        if ".mvt" in asked.url:
            tiles.append(asked.url)

    planner.on("request", note)
    planner.get_by_role("button", name="Time", exact=True).click()
    slider = planner.get_by_role("slider", name="Expected by")
    told = planner.get_by_role("region", name="Time").get_by_role("status")
    expect(told).to_contain_text("open now")
    slider.focus()
    first = told.inner_text()
    planner.keyboard.press("End")
    expect(told).not_to_have_text(first)
    assert "&at=20" in planner.url
    assert "2031" in (slider.get_attribute("aria-valuetext") or "") or "2032" in planner.url
    planner.keyboard.press("Home")
    expect(told).to_contain_text("faded")
    assert tiles == [], "the tiles carry the dates"
    picture(idle(planner), "time-wide-light")
    assert serious_findings(planner) == []
    planner.get_by_role("button", name="Close the time slider").click()
    expect(slider).to_be_hidden()
    assert "&at=" not in planner.url


def test_the_panel_looks_right(planner: Page, phase: dict[str, Any]) -> None:
    planner.evaluate("import('fibermap/view').then(({ view }) => view.set({ at: '2029-06-30' }))")
    page = open_panel(planner, "phases")
    page.get_by_role("table", name="Phases").get_by_role("button", name=phase["phase"], exact=True).click()
    page.get_by_role("button", name="Open…").click()
    for look in each_look(page, ((WIDE, "dark"), (PHONE, "light"))):
        picture(page, f"phases-{look}")
        assert serious_findings(page) == [], look
