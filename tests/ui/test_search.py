"""The search box: by keyboard alone, an address, a place and an area are found and shown."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.ui.conftest import Looks, Page, Served, each_look, every_look, idle
from tests.ui.screens import picture, serious_findings


def an_address(server: Served) -> dict[str, str]:
    """Return an address of the county that is in an area."""
    rows = server.ask("GET", "/v1/table", params={"class": "build", "limit": 50}).json()["rows"]
    return next(row for row in rows if row["area_name"] and not row["unit"])


def typed(page: Page, text: str) -> None:
    """Type into the box as a planner does: `/`, then the text."""
    page.keyboard.press("/")
    box = page.get_by_role("combobox", name="Search")
    expect(box).to_be_focused()
    box.fill(text)


def test_an_address_a_place_and_an_area_are_found_while_they_are_typed(planner: Page, server: Served) -> None:
    wanted = an_address(server)
    typed(planner, wanted["full_address"][:14])
    options = planner.get_by_role("option")
    expect(options.first).to_be_visible()
    typed(planner, wanted["full_address"])
    expect(options.first).to_contain_text(wanted["full_address"].split(",")[0])
    planner.keyboard.press("Enter")
    expect(planner.get_by_role("heading", name=wanted["full_address"])).to_be_visible()
    assert f"item={wanted['address_id']}" in planner.url
    idle(planner)
    typed(planner, f"{wanted['lat']}, {wanted['lon']}")
    expect(planner.get_by_role("option").first).to_contain_text("Latitude, longitude")
    planner.keyboard.press("Enter")
    planner.wait_for_function("lat => location.hash.includes('lat=' + lat)", arg=f"{float(wanted['lat']):.6f}"[:6])
    typed(planner, str(wanted["area_name"]))
    planner.get_by_role("option").filter(has_text="Area").first.click()
    planner.wait_for_function("location.hash.includes('panel=areas')")


@every_look
def test_what_is_not_there_is_said_and_it_looks_right(planner: Page, server: Served, looks: Looks) -> None:
    typed(planner, "<img src=x onerror=alert(1)>")
    expect(planner.get_by_role("option").first).to_contain_text("Nothing fits")
    planner.keyboard.press("Escape")
    expect(planner.get_by_role("listbox", name="Search results")).to_be_hidden()
    for look in each_look(planner, looks):
        typed(planner, an_address(server)["full_address"][:6])
        expect(planner.get_by_role("option").first).to_be_visible()
        picture(planner, f"search-{look}")
        assert serious_findings(planner) == [], look
