"""Geometry: what is clear is read, what is nearly right is mended and said so, what is wrong is set apart."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from fibermap.formats.kml_coordinates import GeometryFault, parse_coordinates
from fibermap.kernel.settings import Limits
from tests.formats.kml_files import SQUARE, placemark, polygon, read_text, ring


def line(coordinates: str) -> str:
    return f"<LineString><coordinates>{coordinates}</coordinates></LineString>"


def point(coordinates: str) -> str:
    return f"<Point><coordinates>{coordinates}</coordinates></Point>"


def multi(*inside: str) -> str:
    return f"<MultiGeometry>{''.join(inside)}</MultiGeometry>"


def only(tmp_path: Path, geometry: str, limits: Limits = Limits()) -> dict[str, Any]:  # noqa: B008
    (row,) = read_text(tmp_path, placemark("p", geometry), limits=limits)
    return row


TRACK = (
    "<gx:Track><when>2013-05-28T12:00</when><when>2013-05-28T13:00</when>"
    "<gx:coord>2 49 5</gx:coord><gx:coord>3 50 9</gx:coord></gx:Track>"
)


@pytest.mark.parametrize(
    ("geometry", "wkt"),
    [
        (point("1,2"), "POINT (1 2)"),
        (point("\n 1,2,30 \t"), "POINT (1 2)"),
        (line("1,2 3,4,9"), "LINESTRING (1 2, 3 4)"),
        (line(".5,-.25 +1,2."), "LINESTRING (0.5 -0.25, 1 2)"),
        (line("1, 2, 3 4, 5, 6"), "LINESTRING (1 2, 4 5)"),
        (line("1,2, 3,4, 5,6,"), "LINESTRING (1 2, 3 4, 5 6)"),
        (ring(SQUARE), "LINESTRING (0 0, 1 0, 1 1, 0 1, 0 0)"),
        (polygon(SQUARE), "POLYGON ((0 0, 1 0, 1 1, 0 1, 0 0))"),
        (
            polygon("0,0 9,0 9,9 0,9 0,0", "1,1 2,1 2,2 1,1", "3,3 4,3 4,4 3,3"),
            "POLYGON ((0 0, 9 0, 9 9, 0 9, 0 0), (1 1, 2 1, 2 2, 1 1), (3 3, 4 3, 4 4, 3 3))",
        ),
        (multi(polygon()), "MULTIPOLYGON (((0 0, 1 0, 1 1, 0 1, 0 0)))"),
        (multi(point("1,2"), multi(point("3,4"))), "MULTIPOINT ((1 2), (3 4))"),
        (multi(point("1,2"), line("1,2 3,4")), "GEOMETRYCOLLECTION (POINT (1 2), LINESTRING (1 2, 3 4))"),
        (point("1,2") + point("3,4"), "MULTIPOINT ((1 2), (3 4))"),
        (TRACK, "LINESTRING (2 49, 3 50)"),
        (f"<gx:MultiTrack>{TRACK}{TRACK}</gx:MultiTrack>", "MULTILINESTRING ((2 49, 3 50), (2 49, 3 50))"),
        ("<Model><Location><longitude>1</longitude><latitude>2</latitude></Location></Model>", "POINT (1 2)"),
    ],
)
def test_geometries_that_are_read(tmp_path: Path, geometry: str, wkt: str) -> None:
    row = only(tmp_path, geometry)
    assert row["outcome"] == "ingested"
    assert row["geometry"].equals_exact(shapely.from_wkt(wkt))


@pytest.mark.parametrize(
    ("geometry", "wkt", "reason"),
    [
        (polygon("0,0 1,0 1,1"), "POLYGON ((0 0, 1 0, 1 1, 0 0))", "ring_closed"),
        (ring("0,0 1,0 1,1"), "LINESTRING (0 0, 1 0, 1 1, 0 0)", "ring_closed"),
        (line("1,2,0,3,4,0,5,6,0"), "LINESTRING (1 2, 3 4, 5 6)", "coordinates_split"),
        (line("1,2,3,4"), "LINESTRING (1 2, 3 4)", "coordinates_split"),
    ],
)
def test_geometries_that_are_repaired(tmp_path: Path, geometry: str, wkt: str, reason: str) -> None:
    row = only(tmp_path, geometry)
    assert (row["outcome"], row["reason"], row["part"]) == ("repaired", reason, 0)
    assert row["geometry"].equals_exact(shapely.from_wkt(wkt))


@pytest.mark.parametrize(
    ("geometry", "reason"),
    [
        (point(""), "geometry_empty"),
        ("<Point/>", "geometry_empty"),
        (multi(), "geometry_empty"),
        ("<Model/>", "geometry_empty"),
        ("<gx:Track/>", "geometry_empty"),
        (point("1,2 3,4"), "geometry_broken"),
        (line("1,2"), "geometry_broken"),
        ("<Polygon/>", "geometry_broken"),
        (polygon("0,0 1,1"), "ring_too_short"),
        (polygon("0,0 1,1 0,0"), "ring_too_short"),
        (polygon("0,0 9,0 9,9 0,0", "1,1 2,2"), "ring_too_short"),
        (point("nan,2"), "coordinate_invalid"),
        (point("1,NaN"), "coordinate_invalid"),
        (point("inf,2"), "coordinate_invalid"),
        (point("1"), "coordinate_invalid"),
        (point("1,x"), "coordinate_invalid"),
        (point("1_0,2"), "coordinate_invalid"),
        (point("１,2"), "coordinate_invalid"),
        (line("1 2 3 4"), "coordinate_invalid"),
        (line("1,2,3,4,5"), "coordinate_invalid"),
        (point("1e308,2"), "coordinate_out_of_range"),
        (point("1e999,2"), "coordinate_invalid"),
        (point("181,2"), "coordinate_out_of_range"),
        (point("179,91"), "coordinate_out_of_range"),
        (point("45.8,-111.3"), "axes_swapped"),
    ],
)
def test_geometries_that_are_quarantined(tmp_path: Path, geometry: str, reason: str) -> None:
    row = only(tmp_path, geometry)
    assert (row["outcome"], row["reason"]) == ("quarantined", reason)
    assert row["detail"]


def test_one_bad_part_condemns_the_feature_and_is_pointed_at(tmp_path: Path) -> None:
    row = only(tmp_path, multi(polygon(), multi(point("1,2"), point("1e308,0"))))
    assert (row["outcome"], row["reason"], row["part"]) == ("quarantined", "coordinate_out_of_range", 2)


def test_a_repaired_part_is_pointed_at(tmp_path: Path) -> None:
    row = only(tmp_path, multi(polygon(), polygon("0,0 1,0 1,1")))
    assert (row["outcome"], row["part"]) == ("repaired", 1)


@pytest.mark.parametrize(
    ("geometry", "altitude"),
    [(point("1,2,30"), 30), (line("1,2,5 3,4,9.5"), "5..9.5"), (line("1,2,0 3,4,0"), None), (point("1,2"), None)],
)
def test_altitude_becomes_an_attribute(tmp_path: Path, geometry: str, altitude: object) -> None:
    assert only(tmp_path, geometry)["attributes"].get("altitude_m") == altitude


def test_a_track_keeps_its_time(tmp_path: Path) -> None:
    attributes = only(tmp_path, TRACK)["attributes"]
    assert (attributes["begin"], attributes["end"]) == ("2013-05-28T12:00", "2013-05-28T13:00")


def test_vertices_are_bounded_a_feature(tmp_path: Path) -> None:
    geometry = multi(line("1,2 3,4 5,6"), line("1,2 3,4"))
    assert only(tmp_path, geometry, Limits(vertices=5))["outcome"] == "ingested"
    assert only(tmp_path, geometry, Limits(vertices=4))["reason"] == "geometry_too_large"


def test_collections_nested_without_end_are_refused(tmp_path: Path) -> None:
    row = only(tmp_path, "<MultiGeometry>" * 300 + "</MultiGeometry>" * 300, Limits(xml_depth=350))
    assert row["outcome"] == "quarantined"


numbers = st.floats(-90, 90, allow_nan=False)


@given(st.lists(st.tuples(numbers, numbers, st.none() | st.floats(-500, 9000)), min_size=1, max_size=30))
def test_well_written_coordinates_are_read_to_the_last_digit(tuples: list[tuple[float, float, float | None]]) -> None:
    text = "\n".join(",".join(repr(v) for v in t if v is not None) for t in tuples)
    lonlat = parse_coordinates(text, vertices=100).lonlat
    assert np.array_equal(lonlat, np.array([t[:2] for t in tuples]))


@given(st.text(alphabet="0123456789.,-+eE \n\tnaNif", max_size=60))
def test_any_text_gives_positions_on_earth_or_a_fault(text: str) -> None:
    with contextlib.suppress(GeometryFault):
        assert (np.abs(parse_coordinates(text, vertices=100).lonlat) <= (180, 90)).all()


def test_large_blocks_join_without_a_seam() -> None:
    expected = np.random.default_rng(1).uniform(-80, 80, (120_000, 2)).round(7)
    text = " ".join(f"{x},{y},0" for x, y in expected)
    assert np.array_equal(parse_coordinates(text, vertices=10**6).lonlat, expected)
