"""Addresses as a planner adds, confirms, corrects and settles them, on the panel and on the card."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect

from tests.ui.conftest import PHONE, Served, hold, idle, open_panel, seen_on
from tests.ui.screens import picture, serious_findings


def house(server: Served) -> dict[str, Any]:
    rows: list[dict[str, Any]] = server.ask("GET", "/v1/table?orderable=true&kind=residential&limit=1").json()["rows"]
    return rows[0]


def road_beside(server: Served) -> str:
    """Two places beside a house, one a line, as somebody types them."""
    row = house(server)
    return f"{row['lat'] + 0.0004:.6f} {row['lon']:.6f}\n{row['lat'] + 0.0004:.6f}, {row['lon'] + 0.002:.6f}"


def plan_lots(page: Page, server: Served, name: str) -> None:
    open_panel(page, "addresses")
    page.get_by_role("button", name="Lots along a road").click()
    page.get_by_role("button", name="Type places").click()
    page.get_by_role("textbox", name="Places").fill(road_beside(server))
    page.get_by_role("button", name="Take them").click()
    page.get_by_label("Name, with {n}").fill(name)
    page.get_by_label("First number").fill("14")
    page.get_by_label("How many").fill("3")
    page.get_by_role("button", name="Show the lots").click()
    expect(page.get_by_role("table", name="Lots to be added")).to_contain_text(name.replace("{n}", "16"))


def test_lots_are_seen_added_confirmed_and_taken_back(planner: Page, server: Served) -> None:
    plan_lots(planner, server, "Lot {n}, Elk Ridge")
    idle(planner)
    picture(planner, "addresses-wide-light")
    assert serious_findings(planner) == []
    planner.get_by_label("Why", exact=True).fill("Preliminary plat")
    planner.get_by_role("button", name="Add 3 lots").click()
    expect(planner.get_by_text("3 lots added.")).to_be_visible()
    planner.get_by_role("tab", name="Provisional").click()
    planner.get_by_role("button", name="Confirm Lot 15, Elk Ridge").click()
    dialog = planner.get_by_role("dialog")
    dialog.get_by_label("Why").fill("Foundations poured")
    dialog.get_by_role("button", name="Confirm it").click()
    expect(planner.get_by_role("button", name="Confirm Lot 15, Elk Ridge")).to_have_count(0)
    planner.get_by_role("tab", name="Disagreements").click()
    expect(planner.get_by_text("No source disagrees")).to_be_visible()
    planner.get_by_role("tab", name="Add").click()
    plan_lots(planner, server, "Lot {n}, Elk Ridge")
    expect(planner.get_by_text("are there already")).to_be_visible()
    expect(planner.get_by_role("button", name="Add 3 lots")).to_have_count(0)


def begin_while_the_card_is_asked_for(page: Page, correction: str) -> None:
    """Begin a correction between the question and the answer of a refresh, which must not take the form away."""
    asked = hold(page, "**/v1/addresses/*/card*")
    with page.expect_request("**/v1/addresses/*/card*"):
        page.evaluate("import('fibermap/map').then(({ map }) => map.refresh())")
    page.get_by_role("button", name=correction).click()
    idle(page)
    with page.expect_response("**/v1/addresses/*/card*"):
        asked[-1].continue_()  # a refresh asks twice, and the second question calls off the first
    page.unroute("**/v1/addresses/*/card*")


def test_the_card_retypes_splits_and_moves_an_address_and_undo_takes_it_back(planner: Page, server: Served) -> None:
    address_id = house(server)["address_id"]
    open_panel(planner, "card")
    planner.evaluate("item => import('fibermap/view').then(({ view }) => view.set({ item }))", str(address_id))
    planner.get_by_role("button", name="Change type").click()
    planner.get_by_label("Who is there").select_option(label="Business")
    planner.get_by_label("Why", exact=True).fill("An office by now")
    planner.get_by_role("button", name="Change the type").click()
    expect(planner.locator(".facts")).to_contain_text("business")
    planner.get_by_role("button", name="Undo").click()
    expect(planner.locator(".facts")).to_contain_text("residential")
    idle(planner)
    begin_while_the_card_is_asked_for(planner, "Add units")
    planner.get_by_label("Units", exact=True).fill("1-12 x A-F")
    planner.get_by_role("button", name="Show the units").click()
    expect(planner.get_by_text("72 units, 72 of them new.")).to_be_visible()
    picture(planner, "card-units-wide-light")
    assert serious_findings(planner) == []
    planner.get_by_label("Why", exact=True).fill("From the rent roll")
    planner.get_by_role("button", name="Add 72 units").click()
    expect(planner.get_by_role("heading", name="Units of this building (72)")).to_be_visible()
    planner.get_by_role("button", name="Move", exact=True).click()
    planner.get_by_role("button", name="Take this place").click()
    planner.get_by_label("Why", exact=True).fill("Behind the barn")
    planner.get_by_role("button", name="Move it here").click()
    expect(planner.get_by_text("Moved.")).to_be_visible()


def test_on_a_phone_in_the_dark_and_for_who_only_looks(planner: Page, viewer: Page, server: Served) -> None:
    page = seen_on(planner, PHONE, "dark")
    plan_lots(page, server, "Plot {n}, Larch")
    picture(page, "addresses-phone-dark")
    assert serious_findings(page) == []
    open_panel(viewer, "addresses")
    expect(viewer.get_by_role("tab", name="Add")).to_have_count(0)
