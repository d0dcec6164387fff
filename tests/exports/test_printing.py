"""The map on paper: the right place at a true scale, and words that stay words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from fibermap.coverage.model import Class
from fibermap.exports.sheet.drawing import MOST_SYMBOLS, Area, Contents, draw
from fibermap.exports.sheet.frame import Frame
from fibermap.kernel.errors import InputRefused
from fibermap.plan import Plan
from tests.builders import area, box, home, ingest, new_plan, source

GEOD = Geod(ellps="WGS84")
TOWN = (-111.35, 45.84, -111.30, 45.87)


@pytest.fixture
def fm() -> Iterator[Plan]:
    with new_plan() as plan:
        ingest(
            plan,
            source("plan", [area("West #eval(1)", "Build", box(-50, -50, 250, 50))]),
            source("county", [home(1, 0)]),
        )
        yield plan


@given(
    st.floats(-179, 178),
    st.floats(-80, 79),
    st.floats(1e-4, 0.5),
    st.floats(1e-4, 0.5),
    st.sampled_from(["us", "metric"]),
)
def test_a_frame_shows_its_box_whole_and_its_scale_bar_is_as_long_as_it_says(
    west: float, south: float, wide: float, high: float, units: str
) -> None:
    frame = Frame.around((west, south, west + wide, south + high), 250, 150)
    corners = frame.place(np.array([[west, south], [west + wide, south + high]]))
    assert (corners > -0.01).all()
    assert (corners[:, 0] < 250.01).all()
    assert (corners[:, 1] < 150.01).all()
    bar_mm, says = frame.scale_bar(units)
    number, unit = says.split(" ")
    metres = float(number.replace(",", "")) * {"ft": 0.3048, "mi": 1609.344, "m": 1, "km": 1000}[unit]
    left, right = 125 - bar_mm / 2, 125 + bar_mm / 2
    degrees = (right - left) / (frame.place(np.array([[frame.lon + 0.01, frame.lat]]))[0, 0] - 125) * 0.01
    on_ground = GEOD.inv(frame.lon - degrees / 2, frame.lat, frame.lon + degrees / 2, frame.lat)[2]
    assert on_ground == pytest.approx(metres, rel=2e-3)
    assert 5 < bar_mm <= 250 * 0.25 + 1e-6


def test_one_address_is_a_mark_of_its_class_where_it_stands() -> None:
    frame = Frame.around(TOWN, 250, 150)
    contents = Contents(lon=np.array([frame.lon]), lat=np.array([frame.lat]), codes=np.array([1]))
    assert '<g id="pre-build">\n<g transform="translate(125.00 75.00)"><path' in draw(contents, frame)


def test_many_addresses_are_circles_that_count_them_all() -> None:
    rng = np.random.default_rng(7)
    many = MOST_SYMBOLS + 1
    frame = Frame.around(TOWN, 250, 150)
    lon, lat = rng.uniform(TOWN[0], TOWN[2], many), rng.uniform(TOWN[1], TOWN[3], many)
    drawn = draw(Contents(lon=lon, lat=lat, codes=rng.integers(0, 3, many)), frame)
    numbers = [int(part.split("</text>")[0].rpartition(">")[2].replace(",", "")) for part in drawn.split("<text")[1:]]
    assert sum(numbers) == many


def test_names_are_text_whatever_they_look_like() -> None:
    shape = shapely.box(*TOWN)
    drawn = draw(Contents(areas=[Area(shape, Class.BUILD, "<script>&")]), Frame.around(TOWN, 250, 150))
    assert "<script>" not in drawn
    assert "&lt;script&gt;&amp;" in drawn


def test_a_map_is_one_pdf_and_equal_maps_are_equal_files(fm: Plan, tmp_path: Path) -> None:
    for name in ("a.pdf", "b.pdf"):
        assert fm.export("map", tmp_path / name, title='#import "x": *').rows == 1
    first = (tmp_path / "a.pdf").read_bytes()
    assert first.startswith(b"%PDF-")
    assert first == (tmp_path / "b.pdf").read_bytes()


def test_a_window_that_is_none_and_an_empty_plan_are_refused(fm: Plan, tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="window"):
        fm.export("map", tmp_path / "a.pdf", west=1, south=2, east=0, north=3)
    with new_plan() as empty, pytest.raises(InputRefused, match="nothing to print"):
        empty.export("map", tmp_path / "a.pdf")
    assert list(tmp_path.iterdir()) == []
