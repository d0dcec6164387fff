"""What a map's file holds: the counts, nothing of the network, and no way in for what files say."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import folium
import geopandas as gpd
import numpy as np
import pytest
import shapely

from fibermap.kernel.errors import Code, InputRefused
from fibermap.maps import assets
from fibermap.maps.draw import draw_map
from fibermap.maps.palette import LOOKS
from tests.maps.frames import SOUTH, WEST, address, area, frame, one_of_each

MOST_BYTES = 3_000_000


def page(addresses: gpd.GeoDataFrame, **decisions: Any) -> str:
    decisions = {"areas": frame([area()]), "network": frame(), **decisions}
    return str(draw_map(addresses, **decisions).get_root().render())


def many(addresses: int) -> gpd.GeoDataFrame:
    random = np.random.default_rng(7)
    places = shapely.points(random.normal(WEST, 0.05, addresses), random.normal(SOUTH, 0.05, addresses))
    classes = random.choice(["build", "pre-build", "out-of-coverage"], addresses)
    names = [f"{number} Elk Ridge Rd, Manhattan, MT 59741" for number in range(addresses)]
    return gpd.GeoDataFrame(
        {"full_address": names, "class": classes, "area_id": 7, "area_name": "North", "units": 1},
        geometry=places,
        crs="EPSG:4326",
    )


def fetched(html: str) -> list[str]:
    """Return what a browser would fetch for this text."""
    return re.findall(r"""(?:src|href)\s*=\s*["']?(?!data:)[^"'\s>]+|url\(\s*["']?(?!data:|#)[^)]+\)|@import""", html)


def test_nothing_in_the_page_is_fetched() -> None:
    markup = re.sub(r"<script>.*?</script>", "", page(one_of_each()), flags=re.DOTALL)
    assert fetched(markup) == []


def test_the_legend_counts_addresses_and_units() -> None:
    html = page(one_of_each())
    assert "<b>build</b> 3 addresses, 4 units" in html
    assert "<b>pre-build</b> 2 addresses, 2 units" in html
    assert "<b>out-of-coverage</b> 1 address, 1 unit" in html
    assert "<b>unknown</b> 1 address, 1 unit" in html


def test_the_table_says_what_the_map_shows() -> None:
    rows = re.findall(r"<tr>?.*?</tr>", page(one_of_each()), flags=re.DOTALL)
    said = [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in rows]
    assert "build 3 4" in said
    assert "North build 3 4" in said
    assert "no area out-of-coverage 1 1" in said


def test_title_and_caption_head_the_page() -> None:
    html = page(one_of_each(), title="Elk Ridge", caption="Plan version 3, data of 2026-01-05")
    assert "<title>Elk Ridge</title>" in html
    assert "<h1>Elk Ridge</h1>" in html
    assert "<p>Plan version 3, data of 2026-01-05</p>" in html


def test_an_address_without_a_position_is_counted_and_said_to_be_missing() -> None:
    assert "Without a position, so not drawn: 1 address." in page(one_of_each())


@pytest.mark.parametrize("addresses", [5_000, 25_000])
def test_a_map_stays_light(addresses: int) -> None:
    assert len(page(many(addresses)).encode()) < MOST_BYTES


def test_detailed_areas_are_simplified_and_said_to_be() -> None:
    round_area = shapely.Point(WEST, SOUTH).buffer(0.02, quad_segs=20_000)
    areas = frame([area(geometry=round_area, area_id=number) for number in range(10)])
    html = page(one_of_each(), areas=areas)
    assert len(html.encode()) < MOST_BYTES
    assert "Outlines are simplified by up to" in html


def test_the_smallest_of_too_many_areas_are_left_out_and_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fibermap.maps.features.MOST_FEATURES", 2)
    areas = frame([area("Large", size_deg=0.03), area("Tiny", size_deg=0.001), area("Middle", size_deg=0.02)])
    html = page(frame(), areas=areas)
    assert "Large" in html
    assert "Tiny" not in html
    assert "Left out to keep the map light: 1 areas." in html


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", "</script><script>alert(1)</script>", "{{ 7*191 }}"])
def test_what_files_say_is_neither_markup_nor_template(hostile: str) -> None:
    html = page(
        frame([address(WEST, SOUTH, full_address=hostile, area_name=hostile)]),
        areas=frame([area(hostile, phase=hostile, source=hostile)]),
        network=frame([{"name": hostile, "geometry": shapely.Point(WEST, SOUTH)}]),
        title=hostile,
        caption=hostile,
    )
    assert "<script>alert" not in html
    assert "1337" not in html
    assert html.count("<script>") == html.count("</script>") == 2


@pytest.mark.parametrize("hostile", ["\ud800", "a\x00b", "x" * 5_000_000, "\u2028"])
def test_unwritable_text_is_made_writable(hostile: str, tmp_path: Path) -> None:
    areas = frame([area(hostile)])
    draw_map(one_of_each(), areas=areas, network=frame()).save(str(tmp_path / "map.html"))
    assert (tmp_path / "map.html").stat().st_size < MOST_BYTES


def test_an_empty_plan_is_an_empty_map() -> None:
    html = page(frame(), areas=frame())
    assert "<b>build</b> 0 addresses, 0 units" in html


def test_a_notebook_shows_it_in_a_frame() -> None:
    html = draw_map(one_of_each(), areas=frame([area()]), network=frame())._repr_html_()
    assert html.startswith("<iframe srcdoc=")
    assert "&lt;h1&gt;Coverage&lt;/h1&gt;" in html


def test_a_base_map_is_drawn_only_when_asked_for() -> None:
    tiles = "https://tiles.example/{z}/{x}/{y}.png"
    assert "tiles.example" not in page(one_of_each())
    asked = page(one_of_each(), tiles=tiles, attribution="<b>Example</b>")
    assert tiles in asked
    assert "<b>Example" not in asked


def test_it_is_a_folium_map_that_takes_layers() -> None:
    drawn = draw_map(one_of_each(), areas=frame([area()]), network=frame())
    assert isinstance(drawn, folium.Map)
    folium.CircleMarker((SOUTH, WEST)).add_to(drawn)
    assert "L.circleMarker(" in drawn.get_root().render()


def test_a_package_without_leaflet_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(assets, "WEB", tmp_path)
    assets.read_assets.cache_clear()
    with pytest.raises(InputRefused) as refused:
        draw_map(one_of_each(), areas=frame(), network=frame())
    assets.read_assets.cache_clear()
    assert refused.value.code == Code.BROWSER_LIBRARY_MISSING
    assert "make setup" in refused.value.hint


def luminance(colour: str) -> float:
    shares = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of WCAG 2.2."""
    dark, light = sorted([luminance(one), luminance(other)])
    return (light + 0.05) / (dark + 0.05)


def test_every_class_has_a_shape_of_its_own_and_contrasts() -> None:
    ground = "#f4f3ee"
    assert len({look.shape for look in LOOKS.values()}) == len(LOOKS)
    for look in LOOKS.values():
        assert contrast(look.line, ground) >= 3
        assert contrast(look.ink, look.ground) >= 4.5
