"""A real town on the first day, as its planner does it on the screens; every number against the independent answer."""

from __future__ import annotations

import csv
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.reference import reference_data
from tests.ui.conftest import Served, idle, open_panel
from tests.ui.screens import picture
from tests.ui.test_bring_in import bring
from tests.ui.test_map import legend
from tests.ui.test_search import typed

Rows = list[dict[str, str]]
WORD = "Sparkling"
"""What the plan says in place of BUILD and In Service, so that somebody has to be asked."""


def plan_with_a_word(folder: Path) -> Path:
    """Write the plan with a status that nobody knows."""
    path = folder / "manhattan_plan.kmz"
    with zipfile.ZipFile(reference_data("manhattan_mt/plan/manhattan_mt_ftth_plan.kmz")) as plan:
        text = plan.read("doc.kml").decode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as plan:
        said = text.replace('name="STATUS">BUILD<', f'name="STATUS">{WORD}<').replace(">In Service<", f">{WORD}<")
        plan.writestr("doc.kml", said)
    return path


def read(path: Path) -> Rows:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def saved(page: Page, what: str) -> Rows:
    """Make an export of what the filters choose and return what the browser saved."""
    open_panel(page, "exports")
    page.get_by_label("What to export").select_option(what)
    page.get_by_role("button", name="Make the file").click()
    card = page.locator(".file-card[data-state=done]", has_text=what).first
    expect(card).to_be_visible()
    with page.expect_download() as download:
        card.get_by_role("link", name="Save").click()
    return read(Path(download.value.path()))


def publish(page: Page) -> None:
    """Say what the word means, agree, and publish."""
    page.get_by_label(WORD).select_option("build")
    page.get_by_role("button", name="Use these meanings").click()
    expect(page.get_by_label(WORD)).to_have_count(0)
    expect(page.locator(".chip[data-change=gained]")).not_to_contain_text("Gained 0")
    for box in page.get_by_label("I agree").all():
        box.check()
    page.get_by_role("button", name="Publish").click()
    page.get_by_role("dialog").get_by_role("button", name="Publish").click()
    page.get_by_text("Published as plan version 1").wait_for(timeout=240_000)
    page.get_by_role("button", name="Look at the version").click()
    page.wait_for_selector("body[data-difference]:not([data-difference='0'])")


def test_a_real_town_from_its_files_to_a_list(
    open_on: Callable[..., Page], empty_server: Served, tmp_path: Path
) -> None:
    answer = read(reference_data("manhattan_mt/plan/expected_classification.csv"))
    page = open_on(empty_server, "planner")
    publish(bring(page, reference_data("manhattan_mt/addresses.geojson"), plan_with_a_word(tmp_path)))
    idle(page)
    picture(page, "versions-manhattan-wide-light")

    records = [row for row in saved(page, "source-records") if row["source"] == "addresses.geojson"]
    assert {row["source_id"]: row["class"] for row in records} == {row["OBJECTID"]: row["CLASS"] for row in answer}
    class_of = {row["address_id"]: row["class"] for row in records}
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Show everything").click()
    idle(page)
    assert {name: count for name, count in legend(page).items() if count} == Counter(class_of.values())

    known = next(row for row in answer if row["CLASS"] == "build" and not row["LV_APT"].strip())
    typed(page, known["ADDRESS_CONCAT"])
    expect(page.get_by_role("option").first).to_contain_text(known["ADDRESS_CONCAT"].split()[0])
    page.keyboard.press("Enter")
    expect(page.locator(".side .card-head")).to_contain_text("build")

    page.evaluate("() => import('fibermap/view').then(({ view }) => view.set({ 'filter.class': 'pre-build' }))")
    listed = {row["address_id"] for row in saved(page, "addresses")}
    assert listed == {address_id for address_id, class_ in class_of.items() if class_ == "pre-build"}
    assert sum(row["address_id"] in listed for row in records) == 559
