"""The panel "Versions": what each version did, two compared, and the latest taken back."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.ui.conftest import SETTLES_MS, Looks, Page, Served, each_look, every_look, idle, open_panel
from tests.ui.screens import picture, serious_findings

expect.set_options(timeout=SETTLES_MS)


def test_two_versions_are_compared_on_the_map_and_as_a_table(planner: Page, server: Served) -> None:
    open_panel(planner, "versions")
    planner.get_by_label("Compare version").fill("0")
    planner.get_by_role("button", name="Compare").click()
    planner.get_by_role("heading", name="Version 0 against version").wait_for()
    planner.wait_for_selector("body[data-difference]:not([data-difference='0'])")
    expect(planner.get_by_role("table", name="Addresses by area")).to_be_visible()
    expect(planner.get_by_role("table", name="Addresses that change")).to_be_visible()
    assert "compare=0" in planner.url
    idle(planner)
    picture(planner, "versions-compare-wide-light")


def test_the_latest_version_is_taken_back_after_a_look_at_what_that_does(planner: Page, server: Served) -> None:
    before = server.ask("GET", "/v1/plan-versions").json()["plan_version"]
    open_panel(planner, "versions")
    versions = planner.get_by_role("table", name="Plan versions")
    versions.get_by_role("button", name=str(before), exact=True).press("Enter")
    planner.get_by_role("button", name="Take this version back").click()
    expect(planner.get_by_role("dialog")).to_contain_text("Nothing is erased")
    picture(planner, "versions-undo-wide-light")
    planner.get_by_role("dialog").get_by_role("button", name="Take it back").click()
    planner.get_by_role("heading", name=f"Version {before + 1}").wait_for()
    assert server.ask("GET", f"/v1/plan-versions/{before}").json()["undone_by"] == before + 1


@every_look
def test_the_panel_is_fit_to_be_seen(planner: Page, looks: Looks) -> None:
    page = open_panel(planner, "versions")
    page.get_by_role("table", name="Plan versions").wait_for()
    for look in each_look(page, looks):
        picture(page, f"versions-{look}")
        assert serious_findings(page) == [], look
