"""The card of an address: why it is what it is, drawn on the map, and what was known when."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.ui.conftest import WIDE, Looks, Served, each_look, every_look, idle, show_view
from tests.ui.screens import picture, serious_findings
from tests.ui.test_search import an_address


def card_view(server: Served) -> str:
    """Return the view of an address's card, near enough to see what is drawn."""
    wanted = an_address(server)
    return f"lat={wanted['lat']}&lon={wanted['lon']}&z=16.5&panel=card&item={wanted['address_id']}"


def test_it_says_what_why_and_since_when(viewer: Page, server: Served) -> None:
    wanted = an_address(server)
    show_view(viewer, card_view(server))
    side = viewer.locator(".side")
    expect(side.get_by_role("heading", name=wanted["full_address"])).to_be_visible()
    for heading in ("Facts", "Why: fiber", "What happened", "Where it comes from"):
        expect(side.get_by_role("heading", name=heading, exact=True)).to_be_visible()
    expect(side.get_by_role("button", name=wanted["area_name"], exact=True)).to_be_visible()
    expect(side.locator(".steps .decides").first).to_contain_text("Decides.")


@every_look
def test_it_looks_right_looks_back_and_draws_its_evidence(planner: Page, server: Served, looks: Looks) -> None:
    page = planner
    show_view(page, card_view(server))
    page.wait_for_selector(".side .card-head")
    for look in each_look(page, looks):
        picture(page, f"card-{look}")
        assert serious_findings(page) == [], look
    page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
    page.get_by_role("button", name="As of version").last.click()
    expect(page.get_by_text("As it was known in version")).to_be_visible()
    assert "as_of=" in page.url
    page.get_by_role("button", name="Back to now").click()
    expect(page.get_by_text("As it was known in version")).to_be_hidden()
    drawn = """() => import('fibermap/map').then(({ map }) =>
        [...new Set(map.gl.querySourceFeatures('card').map((feature) => feature.properties.part))].sort())"""
    page.wait_for_function("() => import('fibermap/map').then(({ map }) => Boolean(map.gl.getSource('card')))")
    idle(page)
    parts = page.evaluate(drawn)
    assert {"address", "decides"} <= set(parts)
    page.keyboard.press("Escape")
    expect(page.locator(".side")).to_be_hidden()
    page.wait_for_function("() => import('fibermap/map').then(({ map }) => !map.gl.getSource('card'))")


def test_without_an_address_or_with_one_that_is_not_there_it_says_what_to_do(planner: Page) -> None:
    page = planner
    show_view(page, "panel=card&item=5")
    expect(page.locator(".side")).to_contain_text("There is no address 5")
    page.evaluate("import('fibermap/view').then(({ view }) => view.set({ item: null }))")
    page.locator(".side").get_by_role("button", name="Search").click()
    expect(page.get_by_role("combobox", name="Search")).to_be_focused()
