"""Attributes and styles: everything the file says about a feature, wherever it hides it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fibermap.formats.kml import read_kml
from fibermap.formats.kml_html import table_attributes
from fibermap.kernel.settings import Limits
from tests.formats.kml_files import LIMITS, POINT, kml, placemark, read_text, write

SCHEMA = (
    '<Schema name="FDA" id="fda"><SimpleField name="ports" type="int"/><SimpleField name="zip" type="int"/>'
    '<SimpleField name="km" type="double"/><SimpleField name="live" type="bool"/><SimpleField name="s"/></Schema>'
)
SCHEMA_DATA = (
    '<ExtendedData><SchemaData schemaUrl="#fda"><SimpleData name="ports">32</SimpleData>'
    '<SimpleData name="zip">07001</SimpleData><SimpleData name="km">1.5</SimpleData>'
    '<SimpleData name="live">1</SimpleData><SimpleData name="s">12</SimpleData></SchemaData></ExtendedData>'
)


def attributes(tmp_path: Path, inside: str, *before: str) -> dict[str, Any]:
    (row,) = read_text(tmp_path, *before, placemark("MH-1", inside + POINT))
    result: dict[str, Any] = row["attributes"]
    return result


def style(tmp_path: Path, inside: str, *shared: str, after: str = "") -> dict[str, str] | None:
    (row,) = read_text(tmp_path, *shared, placemark("p", inside + POINT), after)
    result: dict[str, str] | None = row["style"]
    return result


def test_data_elements(tmp_path: Path) -> None:
    data = '<Data name="a"><displayName>A</displayName><value> 1 </value></Data><Data name="b"/>'
    inside = f"<ExtendedData>{data}</ExtendedData>"
    assert attributes(tmp_path, inside) == {"a": "1", "b": ""}


@pytest.mark.parametrize("is_late", [False, True])
def test_schema_types_apply_where_nothing_is_lost(tmp_path: Path, is_late: bool) -> None:
    document = (
        (placemark("p", SCHEMA_DATA + POINT), SCHEMA) if is_late else (SCHEMA, placemark("p", SCHEMA_DATA + POINT))
    )
    (row,) = read_text(tmp_path, *document)
    assert row["attributes"] == {"ports": 32, "zip": "07001", "km": 1.5, "live": True, "s": "12"}


def test_fields_of_the_schemas_are_fields_of_the_layer(tmp_path: Path) -> None:
    source = read_kml(write(tmp_path / "a.kml", kml(SCHEMA, placemark())), limits=LIMITS)
    list(source.batches())
    assert [(f.name, f.type) for f in source.layers()[0].fields][:3] == [
        ("ports", "int"), ("zip", "int"), ("km", "double")
    ]  # fmt: skip


def test_foreign_elements_in_extended_data(tmp_path: Path) -> None:
    inside = '<ExtendedData xmlns:c="http://x"><c:number>14</c:number></ExtendedData>'
    assert attributes(tmp_path, inside) == {"number": "14"}


def test_one_name_twice_keeps_both_values(tmp_path: Path) -> None:
    data = "".join(f'<Data name="a"><value>{value}</value></Data>' for value in "xyx")
    assert attributes(tmp_path, f"<ExtendedData>{data}</ExtendedData>") == {"a": "x", "a (2)": "y"}


def test_elements_of_the_feature_itself(tmp_path: Path) -> None:
    inside = (
        "<visibility>0</visibility><address>1 Main St</address><phoneNumber>406</phoneNumber><Snippet>s</Snippet>"
        "<description>text</description><TimeSpan><begin>2025</begin><end>2026</end></TimeSpan>"
    )
    assert attributes(tmp_path, inside) == {
        "visibility": "0", "address": "1 Main St", "phoneNumber": "406", "snippet": "s", "description": "text",
        "begin": "2025", "end": "2026",
    }  # fmt: skip


ARCGIS = """<html><body><table><tr><td colspan="2">MH-1</td></tr><tr><td>
<table><tr bgcolor="#D4E4F3"><td>FDA_ID</td><td>MH-FDA-19</td></tr><tr><td>STATUS:</td><td>Pre&amp;Build</td></tr>
<tr><td>READY</td><td>&lt;Null&gt;</td></tr></table></td></tr></table></body></html>"""


@pytest.mark.parametrize("description", [f"<![CDATA[{ARCGIS}]]>", ARCGIS])
def test_an_arcgis_table_becomes_attributes(tmp_path: Path, description: str) -> None:
    inside = f"<description>{description}</description>"
    assert attributes(tmp_path, inside) == {"FDA_ID": "MH-FDA-19", "STATUS": "Pre&Build", "READY": None}


def test_extended_data_wins_over_the_table(tmp_path: Path) -> None:
    data = '<Data name="FDA_ID"><value>7</value></Data>'
    inside = f"<description><![CDATA[{ARCGIS}]]></description><ExtendedData>{data}</ExtendedData>"
    assert attributes(tmp_path, inside)["FDA_ID"] == "7"


def test_text_around_a_table_stays_the_description() -> None:
    found, rest = table_attributes("Note <b>this</b><table><tr><th>A</th><td>1</td></tr></table> and that")
    assert (found, rest) == ({"A": "1"}, "Note this and that")


@pytest.mark.parametrize(
    "text", ["no table", "<table><tr><td>1</td></tr></table>", "<table><tr><th>A</th><th>B</th></tr></table>"]
)
def test_a_description_without_pairs_is_left_alone(text: str) -> None:
    assert table_attributes(text) == ({}, text)


def test_attributes_too_long_to_keep_are_told(tmp_path: Path) -> None:
    inside = (
        f'<description>{"x" * 5000}</description><ExtendedData><Data name="a"><value>1</value></Data></ExtendedData>'
    )
    (row,) = read_text(tmp_path, placemark("p", inside + POINT), limits=Limits(attribute_bytes=1000))
    assert (row["attributes"], row["outcome"], row["reason"]) == ({"a": "1"}, "repaired", "limit_exceeded")


GREEN = "<LineStyle><color>ff00aa11</color></LineStyle><PolyStyle><color>7f33bb22</color></PolyStyle>"
DRAWN = {"line": "#11aa00", "fill": "#22bb33"}
SHARED = f'<Style id="g">{GREEN}</Style>'
MAP = (
    '<StyleMap id="m"><Pair><key>highlight</key><styleUrl>#h</styleUrl></Pair>'
    "<Pair><key>normal</key><styleUrl>#g</styleUrl></Pair></StyleMap>"
)


@pytest.mark.parametrize(
    ("inside", "shared", "expected"),
    [
        ("", "", None),
        (f"<Style>{GREEN}</Style>", "", DRAWN),
        ("<styleUrl>#g</styleUrl>", SHARED, {"id": "g", **DRAWN}),
        ("<styleUrl> g </styleUrl>", SHARED, {"id": "g", **DRAWN}),
        ("<styleUrl>plan.kml#g</styleUrl>", SHARED, {"id": "g", **DRAWN}),
        ("<styleUrl>#m</styleUrl>", SHARED + MAP, {"id": "m", **DRAWN}),
        ("<styleUrl>#gone</styleUrl>", SHARED, {"id": "gone"}),
        ("<styleUrl>http://x/y.kml#g</styleUrl>", SHARED, {"id": "http://x/y.kml#g"}),
        (
            "<styleUrl>#g</styleUrl><Style><LineStyle><color>ff0000ff</color></LineStyle></Style>",
            SHARED,
            {"id": "g", "line": "#ff0000", "fill": "#22bb33"},
        ),
        ("<Style><PolyStyle><color>ff0000ff</color><fill>0</fill></PolyStyle></Style>", "", None),
        (
            "<Style><IconStyle><color>ff0000ff</color><Icon><href>a.png</href></Icon></IconStyle></Style>",
            "",
            {"icon": "a.png", "icon_color": "#ff0000"},
        ),
        ("<styleUrl>#a</styleUrl>", MAP.replace('"m"', '"a"').replace("#g", "#a"), {"id": "a"}),
    ],
)
def test_styles(tmp_path: Path, inside: str, shared: str, expected: dict[str, str] | None) -> None:
    assert style(tmp_path, inside, shared) == expected


def test_a_style_after_its_use_is_found(tmp_path: Path) -> None:
    assert style(tmp_path, "<styleUrl>#m</styleUrl>", after=MAP + SHARED) == {"id": "m", **DRAWN}


def test_inline_style_is_not_mistaken_for_a_shared_one(tmp_path: Path) -> None:
    rows = read_text(
        tmp_path,
        placemark("a", f'<Style id="g">{GREEN}</Style>' + POINT),
        placemark("b", "<styleUrl>#x</styleUrl>" + POINT),
    )
    assert [row["style"] for row in rows] == [DRAWN, {"id": "x"}]
