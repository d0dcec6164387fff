"""The map in a browser: drawn, quiet, without a network, by keyboard, and on a phone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from playwright.sync_api import Page

from fibermap.maps.draw import draw_map
from tests.maps.conftest import PHONE, WIDE
from tests.maps.frames import SOUTH, WEST, address, area, frame, one_of_each

Show = Callable[..., Page]
MARKERS = ".leaflet-addresses-pane path"
CIRCLES = ".leaflet-addresses-pane .fm-cell"


def idle(page: Page) -> Page:
    page.wait_for_selector("body[data-map=idle]")
    return page


def drawn(addresses: gpd.GeoDataFrame, **decisions: Any) -> Any:
    return draw_map(addresses, **{"areas": frame([area()]), "network": frame(), **decisions})


def town(addresses: int) -> gpd.GeoDataFrame:
    random = np.random.default_rng(7)
    lon, lat = random.normal(WEST, 0.01, addresses), random.normal(SOUTH, 0.01, addresses)
    return frame(address(x, y) for x, y in zip(lon, lat, strict=True))


@pytest.mark.parametrize("size", [WIDE, PHONE])
def test_every_address_with_a_position_is_a_marker(show: Show, size: tuple[int, int]) -> None:
    page = idle(show(drawn(one_of_each()), size))
    assert page.locator(MARKERS).count() == 6


def test_many_addresses_are_circles_that_add_up(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fibermap.maps.points.MOST_MARKERS", 500)
    page = idle(show(drawn(town(800))))
    circles = sum(int(said) for said in page.locator(f"{CIRCLES} text").all_text_contents())
    assert circles + page.locator(MARKERS).count() == 800


def test_circles_split_as_one_zooms_in(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fibermap.maps.points.MOST_MARKERS", 500)
    page = idle(show(drawn(town(800))))
    largest = f"Math.max(...[...document.querySelectorAll('{CIRCLES} text')].map(text => +text.textContent))"
    before = page.evaluate(largest)
    page.locator(".leaflet-control-zoom-in").click()
    page.wait_for_function(f"{largest} < {before}")


def test_a_circle_tells_the_shares(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fibermap.maps.points.MOST_MARKERS", 0)
    here = [address(WEST, SOUTH), address(WEST, SOUTH), address(WEST, SOUTH), address(WEST, SOUTH, "pre-build")]
    page = idle(show(drawn(frame(here))))
    page.locator(CIRCLES).click()
    said = page.locator(".fm-popup").inner_text()
    assert "4 addresses, mostly build" in said
    assert "3 (75 %)" in said
    assert "1 (25 %)" in said


def test_a_marker_tells_address_class_and_reason(show: Show) -> None:
    page = idle(show(drawn(frame([address(WEST + 0.01, SOUTH + 0.01)]))))
    page.locator(MARKERS).click()
    said = page.locator(".fm-popup").inner_text()
    assert "14 Elk Ridge Rd" in said
    assert "it lies in the area" in said
    assert "100 ft" in said


def test_a_script_in_a_name_stays_text(show: Show) -> None:
    hostile = "<img src=x onerror=alert(1)><script>alert(1)</script>"
    shown = drawn(
        frame([address(WEST + 0.01, SOUTH + 0.01, full_address=hostile, area_name=hostile)]),
        areas=frame([area(hostile, phase=hostile)]),
        title=hostile,
    )
    page = idle(show(shown))
    page.locator(MARKERS).click()
    assert hostile in page.locator(".fm-popup").inner_text()
    page.locator("summary").click()
    page.locator("button[data-area]").click()
    assert page.locator(".fm-popup").last.inner_text().startswith(hostile)
    assert page.locator("img[src=x]").count() == 0


def test_layers_can_be_switched_off(show: Show) -> None:
    gaps = frame(
        [{"addresses": 3, "points": 3, "distance_m": 120.0, "geometry": shapely.box(WEST, SOUTH, -111.3, 45.9)}]
    )
    network = frame(
        [
            {"name": "Feeder", "length_m": 900.0, "geometry": shapely.LineString([(WEST, SOUTH), (-111.3, 45.9)])},
            {"name": "T-1", "ports_free": 2, "ports_total": 8, "geometry": shapely.Point(WEST, SOUTH)},
        ]
    )
    page = idle(show(drawn(one_of_each(), gaps=gaps, network=network)))
    names = page.locator(".leaflet-control-layers-overlays label").all_inner_texts()
    assert [name.strip() for name in names] == ["Addresses", "Areas", "Coverage gaps", "Routes", "Terminals and sites"]
    page.get_by_label("Coverage gaps").uncheck()
    assert page.locator(".leaflet-gaps-pane path").count() == 0


def test_a_phone_needs_no_scrolling_sideways(show: Show) -> None:
    areas = frame([area("A-name-without-any-place-to-break-it-" * 3)])
    page = idle(show(drawn(one_of_each(), areas=areas, title="Unbreakable" * 10), PHONE))
    page.locator("summary").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]


def test_the_keyboard_reaches_areas_and_opens_them(show: Show) -> None:
    page = idle(show(drawn(one_of_each())))
    page.locator(".leaflet-areas-pane path[tabindex='0']").focus()
    page.keyboard.press("Enter")
    assert "North" in page.locator(".fm-popup").inner_text()


def test_the_table_leads_to_the_area(show: Show) -> None:
    page = idle(show(drawn(one_of_each())))
    page.locator("summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert "North" in page.locator(".fm-popup").inner_text()


def test_the_page_has_language_title_landmarks_and_labels(show: Show) -> None:
    page = idle(show(drawn(one_of_each(), title="Elk Ridge")))
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.title() == "Elk Ridge"
    assert page.locator("main h1").inner_text() == "Elk Ridge"
    assert page.get_by_role("region", name="Map: Elk Ridge").count() == 1
    unnamed = page.locator("button:not([aria-label]), a:not([aria-label])")
    assert all(unnamed.evaluate_all("all => all.map(one => !!one.textContent.trim())"))


def test_it_works_in_a_notebook_frame(show: Show) -> None:
    page = show(f"<!DOCTYPE html><meta charset=utf-8>{drawn(one_of_each())._repr_html_()}")
    inside = page.frame_locator("iframe")
    inside.locator("body[data-map=idle]").wait_for()
    assert inside.locator(MARKERS).count() == 6


def test_hundreds_of_terminals_wait_for_the_street_level(show: Show) -> None:
    terminals = [{"name": f"T-{i}", "geometry": shapely.Point(WEST + i / 4000, SOUTH)} for i in range(300)]
    page = idle(show(drawn(one_of_each(), network=frame(terminals))))
    assert page.locator(".leaflet-terminals-pane").is_hidden()
    for _ in range(4):
        page.wait_for_function("() => !document.querySelector('.leaflet-zoom-anim')")  # a click in between is not heard
        page.locator(".leaflet-control-zoom-in").click()
    page.locator(".leaflet-terminals-pane path").first.wait_for()
