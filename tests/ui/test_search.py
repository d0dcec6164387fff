"""The search box: by keyboard alone, an address, a place and an area are found and shown."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.ui.conftest import PHONE, OpenAs, Page, Served, every_look, idle
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


def test_an_address_is_found_while_it_is_typed(planner: Page, server: Served) -> None:
    wanted = an_address(server)
    typed(planner, wanted["full_address"][:14])
    options = planner.get_by_role("option")
    expect(options.first).to_be_visible()
    typed(planner, wanted["full_address"])
    expect(options.first).to_contain_text(wanted["full_address"].split(",")[0])
    planner.keyboard.press("Enter")
    expect(planner.get_by_role("heading", name=wanted["full_address"])).to_be_visible()
    assert f"item={wanted['address_id']}" in planner.url


def test_coordinates_lead_to_a_place(planner: Page, server: Served) -> None:
    wanted = an_address(server)
    typed(planner, f"{wanted['lat']}, {wanted['lon']}")
    expect(planner.get_by_role("option").first).to_contain_text("Latitude, longitude")
    planner.keyboard.press("Enter")
    planner.wait_for_function("lat => location.hash.includes('lat=' + lat)", arg=f"{float(wanted['lat']):.3f}"[:6])


def test_an_area_is_found_by_its_name(planner: Page, server: Served) -> None:
    wanted = an_address(server)
    typed(planner, str(wanted["area_name"]))
    planner.get_by_role("option").filter(has_text="Area").first.click()
    planner.wait_for_function("location.hash.includes('panel=areas')")


def test_what_is_not_there_is_said_and_escape_closes(planner: Page) -> None:
    typed(planner, "<img src=x onerror=alert(1)>")
    expect(planner.get_by_role("option").first).to_contain_text("Nothing fits")
    planner.keyboard.press("Escape")
    expect(planner.get_by_role("listbox", name="Search results")).to_be_hidden()


@every_look
def test_it_looks_right(open_as: OpenAs, server: Served, size: tuple[int, int], theme: str) -> None:
    page = idle(open_as("planner", size=size, theme=theme))
    typed(page, an_address(server)["full_address"][:6])
    expect(page.get_by_role("option").first).to_be_visible()
    picture(page, f"search-{'phone' if size == PHONE else 'wide'}-{theme}")
    assert serious_findings(page) == []
