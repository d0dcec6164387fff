"""The panel "Sources": saved, pulled, what waits decided, failures shown."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.formats.arcgis_server import ArcGisServer, running
from tests.ui.conftest import SETTLES_MS, Looks, Page, each_look, every_look, open_panel
from tests.ui.screens import picture, serious_findings

expect.set_options(timeout=SETTLES_MS)


def save(page: Page, name: str, url: str) -> None:
    """Save a live layer that is pulled every hour."""
    page.get_by_text("Save a source", exact=True).click()
    page.get_by_label("Name").fill(name)
    page.get_by_label("FeatureServer address").fill(url)
    page.get_by_label("What is in it").select_option("addresses")
    page.get_by_label("Pulled", exact=True).select_option("every hour")
    page.get_by_label("Publishes itself up to").fill("0.1")
    page.get_by_role("button", name="Save source").click()


def test_a_source_waits_for_a_planner_who_looks_and_decides(planner: Page) -> None:
    with running(ArcGisServer(count=25)) as layer:
        open_panel(planner, "sources")
        save(planner, "county", layer.layer_url)
        source = planner.locator("[data-source=county]")
        expect(source).to_contain_text("Waits for a planner")
        expect(source).to_contain_text("may without a planner")
        picture(planner, "sources-waiting-wide-light")
        source.get_by_role("button", name="Look and decide").press("Enter")
        planner.get_by_role("heading", name="What would change").wait_for()
        planner.get_by_role("button", name="Discard").click()
        planner.get_by_role("dialog").get_by_role("button", name="Discard").click()
        planner.get_by_text("Discarded. Nothing was written.").wait_for()


def test_a_source_that_fails_says_why(planner: Page) -> None:
    open_panel(planner, "sources")
    save(planner, "gone", "http://127.0.0.1:9/rest/services/Plan/FeatureServer/0")
    source = planner.locator("[data-source=gone]")
    expect(source).to_contain_text("Failed")
    expect(source).to_contain_text("1 in a row")
    source.get_by_role("button", name="Forget").click()
    planner.get_by_role("dialog").get_by_role("button", name="Forget").click()
    expect(source).to_have_count(0)


@every_look
def test_the_panel_is_fit_to_be_seen(planner: Page, looks: Looks) -> None:
    page = open_panel(planner, "sources")
    page.get_by_text("Save a source", exact=True).wait_for()
    for look in each_look(page, looks):
        picture(page, f"sources-{look}")
        assert serious_findings(page) == [], look
