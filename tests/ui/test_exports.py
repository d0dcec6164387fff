"""Exports as a person makes them: choose, make, save; and what was left out is there to read."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.ui.conftest import Looks, each_look, every_look, open_panel
from tests.ui.screens import picture, serious_findings


def make(page: Page, says: str) -> bytes:
    """Make the file of the chosen export and return what the browser saved."""
    page.get_by_role("button", name="Make the file").click()
    card = page.locator(".file-card[data-state=done]", has_text=says).first
    expect(card).to_be_visible()
    with page.expect_download() as saved:
        card.get_by_role("link", name="Save").click()
    assert says in saved.value.suggested_filename
    return Path(saved.value.path()).read_bytes()


def test_a_planner_saves_a_mailing_list_and_reads_what_it_left_out(planner: Page) -> None:
    open_panel(planner, "exports")
    planner.get_by_label("What to export").select_option("mailing-list")
    lines = list(csv.DictReader(io.StringIO(make(planner, "mailing-list").decode())))
    assert len(lines) > 100
    assert all(line["recipient"].startswith("CURRENT ") for line in lines)
    card = planner.locator(".file-card", has_text="mailing-list").first
    card.locator("summary").press("Enter")
    expect(card.get_by_role("row", name="on hold")).to_be_visible()


def test_an_export_is_of_what_the_filters_let_through(planner: Page) -> None:
    planner.evaluate("() => import('fibermap/view').then(({ view }) => view.set({ 'filter.class': 'pre-build' }))")
    open_panel(planner, "exports")
    planner.get_by_label("What to export").select_option("addresses")
    rows = list(csv.DictReader(io.StringIO(make(planner, "addresses").decode())))
    assert {row["class"] for row in rows} == {"pre-build"}


def test_a_contractor_pack_of_a_phase_and_a_printed_map_are_made(planner: Page) -> None:
    open_panel(planner, "exports")
    planner.get_by_label("What to export").select_option("contractor-pack")
    planner.get_by_label("Phase").fill("Phase 2")
    pack = zipfile.ZipFile(io.BytesIO(make(planner, "contractor-pack")))
    assert {"map.kmz", "map.pdf", "addresses.xlsx"} <= set(pack.namelist())
    planner.get_by_label("What to export").select_option("map")
    planner.get_by_label("Only what the map shows now").uncheck()
    assert make(planner, "map-").startswith(b"%PDF-")


def test_a_phase_that_there_is_not_is_said_so(planner: Page) -> None:
    open_panel(planner, "exports")
    planner.get_by_label("What to export").select_option("contractor-pack")
    planner.get_by_label("Phase").fill("Phase 99")
    planner.get_by_role("button", name="Make the file").click()
    expect(planner.get_by_role("alert").first).to_contain_text("no address in Phase 99")


@every_look
def test_the_panel_looks_right_and_axe_finds_nothing_serious(planner: Page, looks: Looks) -> None:
    page = open_panel(planner, "exports")
    page.get_by_label("What to export").select_option("fcc-availability")
    page.get_by_label("Provider id").wait_for()
    for look in each_look(page, looks):
        picture(page, f"exports-{look}")
        assert serious_findings(page) == [], look
