"""Dashboards, as whoever reports on a plan uses them: numbers with their meaning, pictures with tables, files."""

from __future__ import annotations

import csv
import re

from playwright.sync_api import Page, expect

from tests.ui.conftest import Served, each_look, idle, open_panel
from tests.ui.screens import picture, serious_findings

TABS = ("Homes", "Over time", "Data quality", "Ingest history", "Terminals")


def test_a_number_leads_to_the_addresses_that_it_counts(viewer: Page, server: Served) -> None:
    homes = {row["measure"]: row for row in server.ask("GET", "/v1/reports/homes").json()["rows"]}
    passed = homes["homes_passed"]
    open_panel(viewer, "dashboards")
    measure = viewer.locator(".measure").filter(has=viewer.get_by_role("heading", name="Homes passed"))
    expect(measure).to_contain_text(f"{passed['units']:,} units")
    expect(measure).to_contain_text("FTTH Council")
    with viewer.expect_download() as saved:
        viewer.get_by_role("button", name="Save homes as CSV").click()
    with saved.value.path().open(encoding="utf-8-sig", newline="") as file:
        said = {row["measure"]: row for row in csv.DictReader(file)}
    assert {name: int(row["units"]) for name, row in said.items()} == {n: row["units"] for n, row in homes.items()}
    measure.get_by_role("button").focus()
    viewer.keyboard.press("Enter")
    expect(viewer).to_have_url(re.compile("filter.class=build"))
    idle(viewer)
    assert "filter.serviceable=true" in viewer.url
    expect(viewer.locator(".legend-total")).to_have_text(f"{passed['addresses']:,} addresses in view")


def test_the_past_is_drawn_with_what_is_planned_and_stands_in_a_table(planner: Page, server: Served) -> None:
    rows = server.ask("GET", "/v1/reports/passings").json()["rows"]
    built = sum(row["units"] for row in rows if row["class"] == "build" and row["version"] == rows[-1]["version"])
    open_panel(planner, "dashboards")
    planner.get_by_role("tab", name="Over time").click()
    chart = planner.get_by_role("img", name=re.compile(rf"^Units today: Build {built:,}, planned [\d,]+"))
    expect(chart).to_be_visible()
    assert planner.locator(".step-plot .line.planned").count() == 2
    planner.get_by_role("region", name="Passings over time").get_by_text("Table,").click()
    table = planner.get_by_role("table", name="Passings over time")
    expect(table.get_by_role("row").last).to_contain_text(f"{built:,}")
    planner.get_by_label("Lines").select_option(label="Phase, homes passed")
    expect(planner.get_by_role("img", name=re.compile("^Units today: Phase 1"))).to_be_visible()


def test_every_dashboard_is_fit_to_be_seen(planner: Page) -> None:
    page = open_panel(planner, "dashboards")
    for tab in TABS:
        page.get_by_role("tab", name=tab).click()
        page.locator(".report").first.wait_for()
        for look in each_look(page):
            picture(page, f"dashboards-{tab.lower().replace(' ', '-')}-{look}")
            assert serious_findings(page) == [], (tab, look)
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, (tab, look)
