"""Who gets in, and what the first day looks like: links, sessions that end, visitors, settings, an empty map."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.ui.conftest import PHONE, WIDE, OpenAs, Served, each_look, idle, open_panel
from tests.ui.county import PASSWORD
from tests.ui.screens import picture, serious_findings


@pytest.fixture
def public(server: Served) -> Iterator[None]:
    """The public may look."""
    assert server.ask("PUT", "/v1/settings/map", json={"title": "Larkspur", "public_viewer": True}).status_code == 200
    yield
    server.ask("PUT", "/v1/settings/map", json={})


def test_a_link_signs_in_once(open_as: OpenAs, server: Served) -> None:
    path = server.ask("POST", "/v1/users/planner/sign-in-link").json()["path"]
    page = idle(open_as(None, path))
    assert "sign-in" not in page.url
    expect(page.locator(".toast")).to_contain_text("signed in by a link")
    again = open_as(None, path)
    expect(again.locator(".notice")).to_contain_text("has been used or is too old")


def test_a_session_that_ends_in_the_middle_loses_nothing(open_as: OpenAs) -> None:
    page = open_panel(idle(open_as("admin")), "map-settings")
    page.get_by_label("Title").fill("Larkspur County")
    page.context.clear_cookies()
    page.get_by_role("button", name="Save", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("admin")
    dialog.get_by_label("Password").fill(PASSWORD.format(role="admin"))
    dialog.get_by_role("button", name="Sign in").click()
    expect(page.locator(".toast")).to_contain_text("Saved.")
    expect(page.get_by_label("Title")).to_have_value("Larkspur County")


def test_imagery_from_an_address_that_cannot_be_used_is_refused_at_its_field(admin: Page) -> None:
    open_panel(admin, "map-settings")
    admin.get_by_label("Name", exact=True).fill("Aerial")
    admin.get_by_label("Address").fill("https://tiles.example/{z}/{x}.jpg")
    admin.get_by_role("button", name="Add imagery").click()
    expect(admin.locator(".notice.bad")).to_contain_text("Tiles need their place in the address.")


def test_who_only_looks_is_offered_nothing_that_changes_anything(viewer: Page, server: Served) -> None:
    assert viewer.get_by_role("button", name="Table").is_visible()
    for panel in ("Admin", "Bring in", "Review"):
        assert viewer.get_by_role("button", name=panel).count() == 0, panel
    open_panel(viewer, "areas")
    expect(viewer.get_by_role("table", name="Areas")).to_be_visible()
    assert viewer.get_by_role("button", name="Draw area").count() == 0
    open_panel(viewer, "holds")
    expect(viewer.get_by_role("table", name="Holds in force").or_(viewer.locator(".side .empty"))).to_be_visible()
    expect(viewer.get_by_role("button", name="Hold an address")).to_have_count(0)
    open_panel(viewer, "versions")
    viewer.get_by_role("table", name="Plan versions").get_by_role("button").nth(5).press("Enter")
    viewer.get_by_role("heading", name="What it changed").wait_for()
    assert viewer.get_by_role("button", name="Take this version back").count() == 0
    phases = server.ask("GET", "/v1/phases").json()["phases"]
    closed = next(phase["phase"] for phase in phases if phase["areas"] and not phase["areas_open"])
    open_panel(viewer, "phases")
    viewer.get_by_role("table", name="Phases").get_by_role("button", name=closed, exact=True).click()
    expect(viewer.get_by_role("heading", name=closed)).to_be_visible()
    expect(viewer.get_by_role("button", name="Open…")).to_have_count(0)


@pytest.mark.usefixtures("public")
def test_visitors_see_the_map_and_nothing_of_the_network(open_as: OpenAs) -> None:
    page = idle(open_as(None, "/#lat=46.99750&lon=-109.50000&z=14.60"))
    drawn = page.evaluate("import('fibermap/map').then(({ map }) => map.gl.getStyle().layers.map(layer => layer.id))")
    assert "address-points" in drawn
    assert "route-line" not in drawn
    assert page.get_by_role("button", name="Table").count() == 0
    assert page.get_by_role("button", name="Sign in").is_visible()
    for asked in ("address-check?q=1+Main+St", "address-suggest?q=1+m"):
        assert page.evaluate("path => fetch(path).then(({ status }) => status)", f"/v1/{asked}") == 200
    for look in each_look(page, ((WIDE, "light"), (PHONE, "light"))):
        picture(page, f"visitor-{look.split('-')[0]}")
        assert page.get_by_role("button", name="Sign in").is_visible()
        assert serious_findings(page) == [], look


def test_the_first_day_says_what_to_bring(open_on: Callable[..., Page], empty_server: Served) -> None:
    page = idle(open_on(empty_server, "admin"))
    expect(page.get_by_role("heading", name="Nothing is on the map yet")).to_be_visible()
    assert page.locator(".steps li").count() == 3
    for look in each_look(page, ((WIDE, "light"), (PHONE, "light"))):
        picture(page, f"first-day-{look.split('-')[0]}")
        assert serious_findings(page) == [], look
