"""Areas as a planner works on them: found, drawn by mouse and by keyboard, counted, undone, kept, published."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page, Response, expect

from tests.ui.conftest import Looks, Served, each_look, every_look, hold, idle, open_panel
from tests.ui.screens import picture, serious_findings


def areas(server: Served, **asked: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = server.ask("GET", "/v1/areas", params=asked).json()["features"]
    return found


def corners(server: Served) -> str:
    """Return a square of some hundred metres around the middle of an area, as a planner types it."""
    west, south, east, north = areas(server)[0]["bbox"]
    lon, lat, side = (west + east) / 2, (south + north) / 2, 0.002
    ring = [(lon - side, lat - side), (lon + side, lat - side), (lon + side, lat + side), (lon - side, lat + side)]
    return "\n".join(f"{y:.6f}, {x:.6f}" for x, y in ring)


def draw_by_keyboard(page: Page, server: Served, name: str, class_: str = "Build") -> None:
    page.get_by_role("button", name="Type corners").first.press("Enter")
    page.get_by_label("Corners", exact=True).fill(corners(server))
    page.get_by_role("button", name="Keep").press("Enter")
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Class", exact=True).select_option(label=class_)
    page.get_by_role("button", name="Keep").press("Enter")


def saves(said: Response, name: str) -> bool:
    """Tell whether an answer is that a draft is kept which names an area."""
    asked = said.request
    return asked.method == "PUT" and "/v1/area-drafts/" in asked.url and name in (asked.post_data or "")


def publish(page: Page, reason: str = "seen there") -> None:
    page.get_by_role("button", name="Publish").click()
    page.get_by_label("Why").fill(reason)
    page.get_by_role("dialog").get_by_role("button", name="Publish").click()
    expect(page.get_by_role("status").filter(has_text="Published")).to_be_visible()


def test_areas_are_found_and_one_is_looked_at(planner: Page, server: Served) -> None:
    open_panel(planner, "areas")
    wanted = areas(server)[0]["properties"]
    asked = hold(planner, "**/v1/areas?text=nothing*")
    with planner.expect_request("**/v1/areas?text=nothing*"):
        planner.get_by_label("Find areas").fill("nothing")
    planner.get_by_label("Find areas").press("Backspace")
    asked[0].continue_()
    expect(planner.get_by_text("No area is like that")).to_be_visible()
    expect(planner.get_by_label("Find areas")).to_have_value("nothin")  # what is typed meanwhile stays
    planner.unroute("**/v1/areas?text=nothing*")
    planner.get_by_label("Find areas").fill(str(wanted["area_id"]))
    row = planner.get_by_role("table", name="Areas").get_by_role("button", name=wanted["name"], exact=True)
    expect(row).to_be_visible()
    row.click()
    expect(planner.get_by_role("heading", name=wanted["name"])).to_be_visible()
    assert f"item={wanted['area_id']}" in planner.url
    expect(planner.get_by_role("table", name="History of the area")).to_be_visible()


def test_an_area_is_drawn_by_keyboard_undone_kept_and_published(planner: Page, server: Served) -> None:
    open_panel(planner, "areas")
    draw_by_keyboard(planner, server, "Keyboard Flats")
    edits = planner.get_by_role("region", name="Your edits")
    expect(edits.get_by_text('New area "Keyboard Flats", build')).to_be_visible()
    expect(edits.get_by_role("status").filter(has_text="Draft saved")).to_be_visible()
    planner.keyboard.press("Control+z")
    expect(edits.get_by_text("New area, pre-build")).to_be_visible()
    with planner.expect_response(lambda said: saves(said, "Keyboard Flats")):
        edits.get_by_role("button", name="Redo").click()
    expect(edits.get_by_text('New area "Keyboard Flats", build')).to_be_visible()
    planner.reload()
    idle(planner)
    expect(
        planner.get_by_role("region", name="Your edits").get_by_text('New area "Keyboard Flats", build')
    ).to_be_visible()
    publish(planner)
    (new,) = areas(server, text="keyboard flats")
    assert (new["properties"]["class"], new["properties"]["source"]) == ("build", None)


def test_a_rectangle_is_drawn_on_the_map_and_its_effect_counted(planner: Page, server: Served) -> None:
    west, south, east, north = areas(server)[0]["bbox"]
    open_panel(planner, "areas")
    planner.evaluate(
        "bbox => import('fibermap/map').then(({ map }) => map.gl.fitBounds(bbox, { duration: 0, padding: 80 }))",
        [west, south, east, north],
    )
    idle(planner)
    planner.get_by_role("button", name="Draw rectangle").click()
    planner.wait_for_selector("body[data-drawing=rectangle]")
    planner.mouse.click(300, 250)
    planner.mouse.move(500, 400)
    planner.mouse.move(700, 600)
    planner.mouse.click(700, 600)
    planner.get_by_role("dialog").get_by_role("button", name="Keep").click()
    expect(planner.get_by_role("region", name="Your edits").get_by_text(re.compile("New area"))).to_be_visible()
    told = planner.get_by_role("table", name="What this changes").or_(planner.get_by_text("No address changes class."))
    expect(told).to_be_visible()
    picture(planner, "areas-impact")
    planner.get_by_role("button", name="Discard draft").click()
    planner.get_by_role("button", name="Discard", exact=True).click()
    expect(planner.get_by_role("region", name="Your edits")).to_have_count(0)


def test_a_drawing_that_crosses_itself_is_said_and_cannot_be_published(planner: Page, server: Served) -> None:
    open_panel(planner, "areas")
    planner.get_by_role("button", name="Type corners").first.click()
    first, second, third, fourth = corners(server).split("\n")
    planner.get_by_label("Corners", exact=True).fill("\n".join([first, third, second, fourth]))
    planner.get_by_role("button", name="Keep").click()
    planner.get_by_role("dialog").get_by_role("button", name="Keep").click()
    expect(planner.get_by_role("alert")).to_contain_text("crosses or touches itself")
    expect(planner.get_by_role("button", name="Publish")).to_be_disabled()
    planner.get_by_role("button", name="Discard draft").click()
    planner.get_by_role("button", name="Discard", exact=True).click()


def test_whoever_was_slower_is_told_who_changed_what(planner: Page, server: Served) -> None:
    area = areas(server)[1]
    path = f"/v1/areas/{area['id']}"
    open_panel(planner, "areas")
    planner.evaluate("item => import('fibermap/view').then(({ view }) => view.set({ item }))", area["id"])
    planner.get_by_role("button", name="Edit details").click()
    planner.get_by_label("Phase").fill("Mine")
    planner.get_by_role("button", name="Keep").click()
    expect(planner.get_by_role("status").filter(has_text="Draft saved")).to_be_visible()
    theirs = {"op": "change", "area_id": area["id"], "properties": {"phase": "Theirs"}}
    assert server.ask("POST", "/v1/areas:publish", json={"edits": [theirs], "reason": "faster"}).status_code == 200
    planner.get_by_role("button", name="Publish").click()
    planner.get_by_label("Why").fill("mine")
    planner.get_by_role("dialog").get_by_role("button", name="Publish").click()
    dialog = planner.get_by_role("dialog", name="Somebody was faster")
    expect(dialog).to_contain_text("changed its phase")
    picture(planner, "areas-conflict")
    dialog.get_by_role("button", name="Look at it").click()
    planner.get_by_role("button", name="Edit it as it is now").click()
    publish(planner)
    assert server.ask("GET", path).json()["properties"]["phase"] == "Mine"


@every_look
def test_the_panel_looks_right_and_axe_finds_nothing(planner: Page, server: Served, looks: Looks) -> None:
    open_panel(planner, "areas")
    expect(planner.get_by_role("table", name="Areas")).to_be_visible()
    for look in each_look(planner, looks):
        picture(planner, f"areas-list-{look}")
    item = areas(server)[0]["id"]
    planner.evaluate("item => import('fibermap/view').then(({ view }) => view.set({ item }))", item)
    expect(planner.get_by_role("table", name="History of the area")).to_be_visible()
    for look in each_look(planner, looks):
        picture(planner, f"areas-one-{look}")
        assert serious_findings(planner) == [], look
