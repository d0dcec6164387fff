"""The panel "Bring in", as a planner uses it: drop, look, decide, publish; by keyboard too; and what goes wrong."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from tests.ui.bringing import addresses_outside, zone
from tests.ui.conftest import SETTLES_MS, Looks, Page, Served, each_look, every_look, idle, open_panel
from tests.ui.screens import picture, serious_findings

expect.set_options(timeout=SETTLES_MS)


def bring(page: Page, *files: Path) -> Page:
    """Choose files in the panel and wait for the report."""
    open_panel(page, "bring-in")
    page.locator("#bring-files").set_input_files([str(file) for file in files])
    page.get_by_role("heading", name="What would change").wait_for(timeout=240_000)
    return page


def test_a_plan_is_brought_in_its_word_explained_and_published(planner: Page, server: Served, tmp_path: Path) -> None:
    outside = addresses_outside(server, 1)[0]
    bring(planner, zone(tmp_path, outside, "Zonked"))
    expect(planner.get_by_role("button", name="Publish")).to_be_disabled()
    planner.get_by_label("Zonked").select_option("build")
    planner.get_by_role("button", name="Use these meanings").click()
    expect(planner.locator(".chip[data-change=gained]")).not_to_contain_text("Gained 0")
    expect(planner.get_by_role("button", name="Publish")).to_be_enabled()
    planner.wait_for_selector("body[data-difference]:not([data-difference='0'])")
    idle(planner)
    picture(planner, "bring-in-report-wide-light")
    planner.get_by_role("button", name="Publish").click()
    expect(planner.get_by_role("dialog")).to_contain_text("gain")
    picture(planner, "bring-in-confirm-wide-light")
    planner.get_by_role("dialog").get_by_role("button", name="Publish").click()
    planner.get_by_text("Published as plan version").wait_for()
    latest = server.ask("GET", "/v1/plan-versions").json()["versions"][0]
    assert (latest["author"], latest["kind"]) == ("planner", "promote")


def test_a_finding_is_agreed_to_and_found_on_the_map_by_keyboard(planner: Page, server: Served, tmp_path: Path) -> None:
    outside = addresses_outside(server, 2)[1]
    bring(planner, zone(tmp_path, outside, "Quibbled", "Other zone"))
    show = planner.get_by_role("button", name="Show on the map").first
    show.focus()
    planner.keyboard.press("Enter")
    planner.wait_for_selector("body[data-finding]")
    for box in planner.get_by_label("I agree").all():
        box.focus()
        planner.keyboard.press("Space")
    expect(planner.get_by_role("button", name="Publish")).to_be_enabled()
    planner.get_by_role("button", name="Discard").focus()
    planner.keyboard.press("Enter")
    planner.get_by_role("dialog").get_by_role("button", name="Discard").click()
    planner.get_by_text("Discarded. Nothing was written.").wait_for()


def test_a_file_that_is_none_says_so_and_its_name_stays_text(planner: Page, tmp_path: Path) -> None:
    hostile = tmp_path / "<img src=x onerror=alert(1)>.png"
    hostile.write_bytes(b"\x89PNG\r\n\x1a\n" + b"\x00" * 50)
    open_panel(planner, "bring-in")
    planner.locator("#bring-files").set_input_files(str(hostile))
    expect(planner.get_by_role("alert")).to_contain_text("is in no format that is known")
    assert planner.locator(".side img").count() == 0
    planner.get_by_role("button", name="Bring in more").click()
    expect(planner.get_by_role("table", name="Brought in lately")).to_contain_text("Failed")


@every_look
def test_the_panel_is_fit_to_be_seen(planner: Page, server: Served, tmp_path: Path, looks: Looks) -> None:
    page = open_panel(planner, "bring-in")
    page.get_by_text("Drop files here").wait_for()
    for look in each_look(page, looks):
        picture(page, f"bring-in-{look}")
        assert serious_findings(page) == [], look
    bring(page, zone(tmp_path, addresses_outside(server, 3)[2], "Fizzled", "Third zone"))
    for look in each_look(page, looks):
        picture(page, f"bring-in-report-{look}")
        assert serious_findings(page) == [], look
    page.get_by_role("button", name="Discard").click()
    page.get_by_role("dialog").get_by_role("button", name="Discard").click()
    page.get_by_text("Discarded. Nothing was written.").wait_for()
