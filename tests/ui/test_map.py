"""The map as a planner works with it: what is drawn, counted, filtered, listed, and kept in the address."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.ui.conftest import Looks, OpenAs, Served, each_look, every_look, idle, open_panel, pages_of, show_view
from tests.ui.screens import picture, serious_findings

TOWN = "lat=46.99750&lon=-109.50000&z=14.60"
_DRAWN = """layer => import('fibermap/map').then(({ map }) =>
    [...new Set(map.gl.queryRenderedFeatures({ layers: [layer] }).map(found => found.id))])"""
_PIXELS = """layer => import('fibermap/map').then(({ map }) => {
    const canvas = map.gl.getCanvas();
    const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', { willReadFrequently: true });
    map.gl.redraw();  // what was drawn is not kept once it is shown
    copy.drawImage(canvas, 0, 0);
    const sharp = canvas.width / canvas.clientWidth;
    return map.gl.queryRenderedFeatures({ layers: [layer] }).map(found => {
        const { x, y } = map.gl.project(found.geometry.coordinates);
        return [found.properties.class, [...copy.getImageData(x * sharp, y * sharp, 1, 1).data].slice(0, 3).join()];
    });
})"""
BUILD, PRE_BUILD = "0,114,178", "230,159,0"


def drawn(page: Page, layer: str) -> list[int]:
    """Return the ids of what a layer shows."""
    return list(page.evaluate(_DRAWN, layer))


def legend(page: Page) -> dict[str, int]:
    """Return what the legend says, by class."""
    said = page.locator("[data-count]").evaluate_all("all => all.map(one => [one.dataset.count, one.textContent])")
    return {class_: int(count.replace(",", "")) for class_, count in said}


def total(server: Served, page: Page, **filters: str) -> int:
    """Count the addresses in view as the table does."""
    box = page.evaluate("import('fibermap/map').then(({ map }) => map.bbox().map(edge => edge.toFixed(6)).join())")
    return int(server.ask("GET", "/v1/table", params={"bbox": box, "limit": 1, **filters}).json()["total"])


@pytest.fixture(scope="module")
def loaded(browser: Browser, server: Served) -> Iterator[Page]:
    """A page that is loaded once."""
    with pages_of(browser) as open_page:
        yield open_page(server, "planner", f"/#{TOWN}")


@pytest.fixture
def town(loaded: Page) -> Page:
    """The first town, near enough to see each address, and nothing chosen."""
    loaded.emulate_media(media="screen")
    show_view(loaded, TOWN)
    expect(loaded.locator(".side")).to_be_hidden()
    return idle(loaded)


def test_the_first_look_shows_the_whole_county(planner: Page, server: Served) -> None:
    assert sum(legend(planner).values()) == total(server, planner) > 1_000
    assert drawn(planner, "address-groups")


def test_every_address_in_view_is_drawn_and_counted_by_class(town: Page, server: Served) -> None:
    counted = legend(town)
    for class_ in counted:
        assert counted[class_] == total(server, town, **{"class": class_})
    assert len(drawn(town, "address-points")) >= sum(counted.values()) > 300


def test_the_class_is_the_colour(town: Page) -> None:
    seen = {(class_, colour) for class_, colour in town.evaluate(_PIXELS, "address-points")}
    assert ("build", BUILD) in seen
    assert ("pre-build", PRE_BUILD) in seen
    assert ("build", PRE_BUILD) not in seen


def test_the_legend_says_whether_it_counts_addresses_or_units(town: Page) -> None:
    expect(town.locator(".legend-total")).to_contain_text("addresses in view")
    town.get_by_role("button", name="Units", exact=True).click()
    expect(town.locator(".legend-total")).to_contain_text("units in view")
    assert "count=units" in town.url


def test_a_class_in_the_legend_filters_map_table_and_address(town: Page, server: Served) -> None:
    expected = total(server, town, **{"class": "pre-build"})
    town.locator(".legend").get_by_role("button", name="Pre-build").click()
    idle(open_panel(town, "table"))
    expect(town.locator(".side [role=status]")).to_contain_text(re.compile(r"addresses in view"))
    assert "filter.class=pre-build" in town.url
    assert {class_ for class_, _ in town.evaluate(_PIXELS, "address-points")} == {"pre-build"}
    assert legend(town)["build"] == 0
    assert 0 < legend(town)["pre-build"] <= expected
    town.get_by_role("button", name="Remove filter Class: Pre-build").click()
    idle(town)
    assert legend(town)["build"] > 0


def test_filters_are_set_by_keyboard_and_taken_away(town: Page) -> None:
    open_panel(town, "filters")
    town.get_by_role("checkbox", name=re.compile("Phase 1")).focus()
    town.keyboard.press("Space")
    idle(town)
    assert legend(town)["pre-build"] == 0
    town.get_by_role("button", name="Clear all filters").click()
    idle(town)
    assert legend(town)["pre-build"] > 0
    assert "filter" not in town.url.split("panel=filters")[1]


def test_a_reload_shows_the_same(open_as: OpenAs) -> None:
    here = "/#lat=46.99750&lon=-109.50000&z=14.60&panel=table&count=units&filter.class=build&layers=-areas,-network"
    page = idle(open_as("planner", here))
    before = page.url, sorted(drawn(page, "address-points")), legend(page)
    page.reload()
    idle(page)
    assert (page.url, sorted(drawn(page, "address-points")), legend(page)) == before
    assert drawn(page, "area-fill") == []


def test_layers_are_shown_and_hidden(town: Page) -> None:
    assert drawn(town, "area-fill")
    assert drawn(town, "route-line")
    open_panel(town, "layers")
    town.get_by_role("checkbox", name=re.compile("^Areas")).uncheck()
    idle(town)
    assert drawn(town, "area-fill") == []
    assert "layers=-areas" in town.url


def test_a_row_of_the_table_leads_to_its_address(town: Page) -> None:
    open_panel(town, "table")
    idle(town)
    town.locator(".table .opens").first.press("Enter")
    idle(town)
    assert re.search(r"panel=card&item=\d+", town.url)
    assert float(re.findall(r"[#&]z=([\d.]+)", town.url)[0]) >= 16.9


def test_a_distance_is_measured_in_feet(town: Page) -> None:
    town.keyboard.press("m")
    box = town.locator("canvas.maplibregl-canvas").bounding_box()
    assert box is not None
    for share in (0.4, 0.5):
        town.mouse.click(box["x"] + box["width"] * share, box["y"] + box["height"] / 2)
    expect(town.locator(".measured")).to_have_text(re.compile(r"^[\d,]+ ft$"))
    town.keyboard.press("Escape")
    expect(town.locator(".measured")).to_be_hidden()


def test_coordinates_are_copied(town: Page) -> None:
    town.context.grant_permissions(["clipboard-read", "clipboard-write"])
    town.keyboard.press("c")
    town.locator("canvas.maplibregl-canvas").click()
    expect(town.locator(".toast")).to_contain_text("Copied 46.99")
    assert town.evaluate("navigator.clipboard.readText()").startswith("46.99")


def test_the_help_lists_the_keys(town: Page) -> None:
    town.keyboard.press("?")
    said = town.get_by_role("dialog").inner_text()
    for label in ("Close the panel", "Measure", "Copy coordinates", "Show everything"):
        assert label in said
    town.keyboard.press("Escape")
    expect(town.get_by_role("dialog")).to_have_count(0)


def test_the_theme_is_kept_and_the_map_follows(open_as: OpenAs) -> None:
    page = idle(open_as("planner"))
    ground = "import('fibermap/map').then(({ map }) => map.gl.getPaintProperty('ground', 'background-color'))"
    light = page.evaluate(ground)
    page.get_by_role("button", name="Change to the other theme").click()
    assert page.evaluate(ground) != light
    page.reload()
    idle(page)
    assert page.locator("html").get_attribute("data-theme") == "dark"


@every_look
def test_no_panel_has_anything_that_axe_finds_serious(open_as: OpenAs, looks: Looks) -> None:
    page = idle(open_as("admin", f"/#{TOWN}"))
    for panel in ("layers", "filters", "table", "map-settings"):
        idle(open_panel(page, panel))
        for look in each_look(page, looks):
            picture(page, f"{panel}-{look}")
            assert serious_findings(page) == [], (panel, look)
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, (panel, look)


def test_paper_shows_the_map_and_what_it_is_of(town: Page) -> None:
    town.emulate_media(media="print")
    assert town.locator(".bar").is_hidden()
    assert town.locator(".legend").is_visible()


def test_page_speaks_no_markup_from_the_address(open_as: OpenAs) -> None:
    page: Any = idle(open_as("planner", "/#filter.text=<img src=x onerror=alert(1)>&panel=table"))
    assert "<img src=x" in page.locator(".filter-bar").inner_text()
    assert page.locator("img[src=x]").count() == 0


GROUND = (150, 60, 200)
_SHARE = """ground => import('fibermap/map').then(({ map }) => {
    const canvas = map.gl.getCanvas();
    const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', { willReadFrequently: true });
    map.gl.redraw();  // what was drawn is not kept once it is shown
    copy.drawImage(canvas, 0, 0);
    const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
    let same = 0;
    const alike = at => ground.every((value, part) => Math.abs(data[at + part] - value) < 4);
    for (let at = 0; at < data.length; at += 4) same += alike(at);
    return 4 * same / data.length;
})"""


def plain_png(side: int = 256) -> bytes:
    """Return a picture that is `GROUND` all over; PNG specification, third edition, sections 5 and 11."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">2I5B", side, side, 8, 2, 0, 0, 0)
    rows = (b"\0" + bytes(GROUND) * side) * side
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def test_imagery_lies_under_the_addresses_and_says_whose_it_is(open_as: OpenAs, server: Served) -> None:
    aerial = {
        "title": "Aerial", "kind": "xyz", "url": f"{server.url}/imagery/{{z}}/{{x}}/{{y}}.png",
        "attribution": "Photographs: Larkspur County",
    }  # fmt: skip
    server.ask("PUT", "/v1/settings/map", json={"imagery": [aerial]}).raise_for_status()
    try:
        page = idle(open_as("planner", f"/#{TOWN}"))
        ground = plain_png()
        page.route("**/imagery/*/*/*.png", lambda route: route.fulfill(content_type="image/png", body=ground))
        assert page.evaluate(_SHARE, GROUND) == 0
        open_panel(page, "layers").get_by_role("radio", name="Aerial").check()
        page.wait_for_function("import('fibermap/map').then(({ map }) => map.gl.isSourceLoaded('imagery'))")
        idle(page)
        picture(page, "map-imagery")
        assert page.evaluate(_SHARE, GROUND) > 0.5
        assert drawn(page, "address-points")
        expect(page.get_by_text("Photographs: Larkspur County")).to_be_visible()
    finally:
        server.ask("PUT", "/v1/settings/map", json={}).raise_for_status()
