"""Broken and hostile files: a mistake costs the feature it is in, and nothing costs the machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from fibermap.formats.kml import read_kml
from fibermap.kernel.errors import Code, InputRefused
from fibermap.kernel.settings import Limits
from tests.formats.kml_files import (
    LIMITS,
    POINT,
    folder,
    kml,
    placemark,
    read,
    read_text,
    rows_of,
    write,
    write_archive,
    write_kmz,
)


def refusal(path: Path, limits: Limits = LIMITS) -> Code:
    with pytest.raises(InputRefused) as caught:
        read(path, limits)
    assert caught.value.hint
    return caught.value.code


def codes(path: Path) -> list[Code]:
    source = read_kml(path, limits=LIMITS)
    rows_of(source)
    return [notice.code for notice in source.notices()]


def outcomes(path: Path) -> list[tuple[str, str | None]]:
    return [(row["outcome"], row["reason"]) for row in read(path)]


GOOD = ("ingested", None)
BROKEN = ("quarantined", "xml_broken")


@pytest.mark.parametrize(
    ("inside", "reason"),
    [
        ("<name>no geometry</name>", "geometry_missing"),
        ("", "geometry_missing"),
    ],
)
def test_a_placemark_without_geometry_is_set_aside(tmp_path: Path, inside: str, reason: str) -> None:
    assert [r["reason"] for r in read_text(tmp_path, f"<Placemark>{inside}</Placemark>", "<Placemark/>")] == [
        reason,
        "geometry_missing",
    ]


@pytest.mark.parametrize("name", ["GroundOverlay", "ScreenOverlay", "PhotoOverlay"])
def test_an_overlay_is_set_aside_with_its_picture(tmp_path: Path, name: str) -> None:
    (row,) = read_text(tmp_path, f"<{name}><name>o</name><Icon><href>a.png</href></Icon>{POINT}</{name}>")
    assert (row["outcome"], row["reason"], row["name"]) == ("set_aside", "overlay_set_aside", "o")
    assert "a.png" in row["detail"]


@pytest.mark.parametrize("link", ["Link", "Url"])
def test_a_network_link_is_told_and_not_followed(tmp_path: Path, link: str) -> None:
    inside = f"<NetworkLink><{link}><href>http://host/a.kml</href></{link}></NetworkLink>"
    (row,) = read_text(tmp_path, inside)
    assert (row["outcome"], row["reason"]) == ("set_aside", "network_link_not_followed")
    assert "http://host/a.kml" in row["detail"]


@pytest.mark.parametrize(
    "bad",
    [
        "<Placemark><name>x</Placemark>",
        "<Placemark><Point><coordinates>1,2</Point></coordinates></Placemark>",
        "<Placemark><name>x</name>" + POINT,
        "<Placemark a=b>" + POINT + "</Placemark>",
        "<Placemark <name>x</name></Placemark>",
        "<Placemark><foo:bar</Placemark>",
        "<Placemark><name>&#0;</name>" + POINT + "</Placemark>",
    ],
)
def test_a_broken_feature_costs_only_itself(tmp_path: Path, bad: str) -> None:
    path = write(tmp_path / "a.kml", kml(placemark(), bad, placemark(), folder("F", placemark())))
    assert outcomes(path) == [GOOD, BROKEN, GOOD, GOOD]
    assert codes(path) == [Code.XML_BROKEN]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("AT&T", "AT&T"),
        ("A & B &amp; C", "A & B & C"),
        ("caf&eacute;&nbsp;x", "café\xa0x"),
        ("<5 ft", "<5 ft"),
        ("<![CDATA[A & B]]> & C", "A & B & C"),
        ("&bogus;", "&bogus;"),
    ],
)
def test_a_slip_in_a_text_is_mended_and_said(tmp_path: Path, name: str, expected: str) -> None:
    path = write(tmp_path / "a.kml", kml(placemark(name), placemark()))
    rows = read(path)
    assert rows[0]["name"] == expected
    assert [(r["outcome"], r["reason"]) for r in rows] == [("repaired", "xml_broken"), GOOD]


def test_an_undeclared_prefix_is_no_mistake_of_the_feature(tmp_path: Path) -> None:
    inside = "<foo:x>1</foo:x><Point xsi:y='1'><coordinates>1,2</coordinates></Point>"
    (row,) = read_text(tmp_path, placemark("p", inside))
    assert (row["outcome"], row["attributes"]) == ("ingested", {"x": "1"})


def test_truncation_keeps_what_came_before_and_counts_the_rest(tmp_path: Path) -> None:
    text = kml(folder("F", placemark("a"), placemark("b"), placemark("c")))
    path = write(tmp_path / "a.kml", text[: text.index("<name>c") + 7])
    rows = read(path)
    assert [(r["outcome"], r["reason"]) for r in rows] == [GOOD, GOOD, BROKEN]
    assert [r["folder"] for r in rows] == [["F"]] * 3
    assert codes(path) == [Code.XML_BROKEN]


def test_features_after_the_end_of_the_document_are_quarantined(tmp_path: Path) -> None:
    path = write(tmp_path / "a.kml", kml(placemark()) + "junk" + placemark("late") + "<kml>" + placemark("later"))
    assert outcomes(path) == [GOOD, BROKEN, BROKEN]
    assert codes(path) == [Code.XML_BROKEN]


def test_tags_in_comments_and_cdata_are_no_features(tmp_path: Path) -> None:
    inside = f"<!-- {placemark()} --><description><![CDATA[{placemark()} </Placemark>]]></description>"
    path = write(tmp_path / "a.kml", kml(inside, placemark("p", inside + POINT)))
    assert outcomes(path) == [GOOD]


@pytest.mark.parametrize("opener", ["<!--", "<description><![CDATA["])
def test_features_behind_a_comment_that_never_ends_are_counted(tmp_path: Path, opener: str) -> None:
    path = write(tmp_path / "a.kml", kml(placemark(), opener, placemark(), placemark()))
    assert outcomes(path) == [GOOD, BROKEN, BROKEN]
    path = write(tmp_path / "b.kml", kml(placemark("p", opener), placemark()))
    assert outcomes(path) == [BROKEN, BROKEN]


def test_folders_closed_wrongly_do_not_lose_features(tmp_path: Path) -> None:
    inside = f"<Folder><name>A</name><Folder><name>B</name>{placemark()}</Document>{placemark()}</Folder>"
    rows = read(write(tmp_path / "a.kml", kml(inside, placemark())))
    assert [r["outcome"] for r in rows] == ["ingested"] * 3
    assert rows[0]["folder"] == ["A", "B"]


@pytest.mark.parametrize("tag", ["Folder", "Document", "MultiGeometry", "a"])
def test_nesting_without_end_is_refused(tmp_path: Path, tag: str) -> None:
    path = write(tmp_path / "a.kml", kml(f"<{tag}>" * 100_000 + placemark() + f"</{tag}>" * 100_000))
    assert refusal(path) == Code.XML_TOO_DEEP


def test_nesting_without_end_after_a_break_is_bounded(tmp_path: Path) -> None:
    deep = "<Placemark>" + "<MultiGeometry>" * 100_000 + "</Placemark>"
    path = write(tmp_path / "a.kml", kml("<x></y>", deep, placemark()))
    assert outcomes(path) == [BROKEN, GOOD]
    path = write(tmp_path / "b.kml", kml("<x></y>", "<Folder>" * 100_000))
    assert refusal(path) == Code.XML_TOO_DEEP


@pytest.mark.parametrize(
    "declaration",
    ['<!ENTITY a "x">', '<!ENTITY a SYSTEM "file:///etc/passwd">', '<!ENTITY % a SYSTEM "http://host/x.dtd"> %a;'],
)
def test_entities_are_refused(tmp_path: Path, declaration: str) -> None:
    path = write(tmp_path / "a.kml", f"<!DOCTYPE kml [{declaration}]><kml>{placemark('&a;')}</kml>")
    assert refusal(path) == Code.XML_ENTITY_REFUSED


def test_an_external_document_type_is_not_fetched(tmp_path: Path) -> None:
    path = write(tmp_path / "a.kml", f'<!DOCTYPE kml SYSTEM "http://host/x.dtd"><kml>{placemark()}</kml>')
    assert outcomes(path) == [GOOD]


@pytest.mark.parametrize(
    "content",
    [
        b"<html><head></head><body>Sign in</body></html>",
        b"<!DOCTYPE html>\n<html><body><p>x<br></body></html>",
        b"<gpx><wpt/></gpx>",
        b"\xff\xd8\xff\xe1 a photograph",
        b"just text",
        b"   ",
        b"\0" * 100,
    ],
)
def test_what_is_no_kml_is_refused(tmp_path: Path, content: bytes) -> None:
    assert refusal(write(tmp_path / "a.kml", content)) == Code.FORMAT_UNKNOWN


def test_nothing_and_a_directory_are_refused(tmp_path: Path) -> None:
    assert refusal(write(tmp_path / "a.kml", b"")) == Code.FILE_EMPTY
    assert refusal(tmp_path) == Code.FILE_IS_DIRECTORY
    assert refusal(tmp_path / "none.kml") == Code.FILE_MISSING


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "cp1252"])
def test_encodings_are_read_as_declared_or_as_they_begin(tmp_path: Path, encoding: str) -> None:
    text = kml(placemark("Café")).replace("UTF-8", encoding.replace("-sig", ""))
    path = write(tmp_path / "a.kml", text.encode(encoding))
    assert [r["name"] for r in read(path)] == ["Café"]
    assert codes(path) == []


def test_latin_1_that_says_it_is_utf_8_is_recovered_and_said(tmp_path: Path) -> None:
    path = write(tmp_path / "a.kml", kml(placemark("Café"), placemark("b")).encode("latin-1"))
    assert [r["name"] for r in read(path)] == ["Café", "b"]
    assert codes(path) == [Code.ENCODING_UNKNOWN]


def test_an_unknown_encoding_is_said(tmp_path: Path) -> None:
    path = write(tmp_path / "a.kml", kml(placemark("Café")).replace("UTF-8", "x-none"))
    assert [r["name"] for r in read(path)] == ["Café"]
    assert codes(path) == [Code.ENCODING_UNKNOWN]


def test_characters_are_whole_across_chunks(tmp_path: Path) -> None:
    names = [f"{'é' * 40}{i}" for i in range(30_000)]
    rows = read_text(tmp_path, *(placemark(name) for name in names))
    assert [row["name"] for row in rows] == names


def test_control_characters_become_spaces(tmp_path: Path) -> None:
    path = write(tmp_path / "a.kml", kml(placemark("a\x0bb")))
    assert [r["name"] for r in read(path)] == ["a b"]
    assert codes(path) == [Code.XML_BROKEN]


def test_swapped_axes_are_said_once_a_layer(tmp_path: Path) -> None:
    swapped = placemark("p", "<Point><coordinates>45.8,-111.3</coordinates></Point>")
    assert codes(write(tmp_path / "a.kml", kml(swapped, swapped))) == [Code.AXES_SWAPPED]


def test_a_schema_cannot_redefine_the_standard(tmp_path: Path) -> None:
    schema = '<Schema parent="Placemark" name="name"/><Schema parent="Placemark" name="Pole"/>'
    path = write(tmp_path / "a.kml", kml(schema, placemark(), f"<Pole><name>x</name>{POINT}</Pole>"))
    assert [(r["name"], r["outcome"]) for r in read(path)] == [("p", "ingested"), ("x", "ingested")]


def test_a_truncated_archive_gives_what_is_left(tmp_path: Path) -> None:
    text = kml(*(placemark(str(i * 7919 % 1000)) for i in range(2000)))
    whole = write_kmz(tmp_path / "a.kmz", doc=text).read_bytes()
    path = write(tmp_path / "b.kmz", whole[: len(whole) // 2])
    source = read_kml(path, limits=LIMITS)
    rows = rows_of(source)
    assert 500 < sum(row["outcome"] == "ingested" for row in rows) < 1500
    assert {notice.code for notice in source.notices()} == {Code.ARCHIVE_BROKEN, Code.XML_BROKEN}


def test_a_bomb_is_refused(tmp_path: Path) -> None:
    text = kml() + " " * (30 << 20)
    assert refusal(write_kmz(tmp_path / "a.kmz", doc=text)) == Code.ARCHIVE_BOMB


def test_an_archive_without_documents_is_refused(tmp_path: Path) -> None:
    assert refusal(write_archive(tmp_path / "a.kmz", {"a.png": b"x"})) == Code.ARCHIVE_EMPTY


def test_an_absolute_member_is_read_and_never_written(tmp_path: Path) -> None:
    path = write_archive(tmp_path / "a.kmz", {"/tmp/evil.kml": kml(placemark()).encode()})
    assert outcomes(path) == [GOOD]
    assert not Path("/tmp/evil.kml").exists()
