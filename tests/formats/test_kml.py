"""Documents, folders, archives and namespaces: what a KML or KMZ file holds, whoever wrote it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from fibermap.formats.kml import read_kml
from fibermap.kernel.errors import Code, InputRefused
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
from tests.reference import reference_data


def test_a_placemark_is_a_row_with_its_id_name_and_place(tmp_path: Path) -> None:
    (row,) = read_text(tmp_path, f'<Placemark id="a7"><name> Terminal 7 </name>{POINT}</Placemark>')
    assert (row["row"], row["layer"], row["source_fid"], row["name"]) == (1, "plan", "a7", "Terminal 7")
    assert row["geometry"].wkt == "POINT (-111.3 45.8)"


@pytest.mark.parametrize(
    "namespace",
    [
        "http://earth.google.com/kml/2.0",
        "http://earth.google.com/kml/2.1",
        "http://earth.google.com/kml/2.2",
        "http://www.opengis.net/kml/2.2",
        "",
    ],
)
def test_every_namespace_is_read(tmp_path: Path, namespace: str) -> None:
    path = write(tmp_path / "a.kml", kml(placemark(), namespace=namespace))
    assert [row["outcome"] for row in read(path)] == ["ingested"]


@pytest.mark.parametrize("text", ["<Placemark>{}</Placemark>", "<kml><Placemark>{}</Placemark></kml>"])
def test_no_namespace_and_no_document_are_read(tmp_path: Path, text: str) -> None:
    assert [r["outcome"] for r in read(write(tmp_path / "a.kml", text.format(POINT)))] == ["ingested"]


def test_prefixed_names_are_read(tmp_path: Path) -> None:
    text = kml(folder("F", placemark())).replace("</", "</k:").replace("xmlns=", "xmlns:k=")
    text = text.replace("<", "<k:").replace("<k:/k:", "</k:").replace("<k:?", "<?")
    (row,) = read(write(tmp_path / "a.kml", text))
    assert (row["folder"], row["name"], row["outcome"]) == (["F"], "p", "ingested")


def test_folders_are_told_outermost_first_without_the_title(tmp_path: Path) -> None:
    rows = read_text(
        tmp_path,
        "<name>Title</name>",
        placemark("a"),
        folder("Phase 1", placemark("b"), folder("Areas", placemark("c")), placemark("d")),
        f"<Document><name>Inner</name>{placemark('e')}</Document>",
        f"<Folder>{placemark('f')}</Folder>",
    )
    assert {row["name"]: row["folder"] for row in rows} == {
        "a": [], "b": ["Phase 1"], "c": ["Phase 1", "Areas"], "d": ["Phase 1"], "e": ["Inner"], "f": []
    }  # fmt: skip


def test_a_hundred_folders_deep(tmp_path: Path) -> None:
    inside = placemark()
    for level in reversed(range(100)):
        inside = folder(str(level), inside)
    (row,) = read_text(tmp_path, inside)
    assert row["folder"] == [str(level) for level in range(100)]


def test_each_document_of_an_archive_is_a_layer_and_its_title_a_folder(tmp_path: Path) -> None:
    path = write_archive(
        tmp_path / "plan.kmz",
        {
            "files/b.kml": kml("<name>Phase B</name>", placemark("b")).encode(),
            "../x.kml": kml(placemark("x")).encode(),
            "image.png": b"not kml",
        },
    )
    source = read_kml(path, limits=LIMITS)
    found = [(row["layer"], row["folder"], row["name"]) for row in rows_of(source)]
    assert found == [("files/b", ["Phase B"], "b"), ("../x", [], "x")]
    assert source.format == "kmz"


def test_a_single_document_is_named_after_the_archive_whatever_it_is_called(tmp_path: Path) -> None:
    assert read(write_kmz(tmp_path / "plan.kmz", main=kml(placemark())))[0]["layer"] == "plan"
    path = write_archive(tmp_path / "odd.kmz", {"document.xml": kml(placemark()).encode()})
    assert read(path)[0]["layer"] == "odd"


def test_content_decides_not_the_suffix(tmp_path: Path) -> None:
    assert len(read(write(tmp_path / "a.kmz", kml(placemark())))) == 1
    assert len(read(write_kmz(tmp_path / "a.kml", doc=kml(placemark())))) == 1


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_layers_never_share_a_name(tmp_path: Path) -> None:
    path = tmp_path / "a.kmz"
    write_archive(path, {"a.kml": kml(placemark("1")).encode(), "a.KML": kml(placemark("2")).encode()})
    assert [(row["layer"], row["name"]) for row in read(path)] == [("a", "1"), ("a (2)", "2")]


def test_one_unusable_document_leaves_the_others(tmp_path: Path) -> None:
    path = write_kmz(tmp_path / "a.kmz", good=kml(placemark()), bad="<html><body>Sign in</body></html>")
    source = read_kml(path, limits=LIMITS)
    assert [row["layer"] for row in rows_of(source)] == ["good"]
    assert [(n.code, n.layer) for n in source.notices()] == [(Code.FORMAT_UNKNOWN, "bad")]


def test_an_archive_inside_the_archive_is_told(tmp_path: Path) -> None:
    path = write_archive(tmp_path / "a.kmz", {"doc.kml": kml().encode(), "more.kmz": b"PK"})
    assert [n.code for n in read_kml(path, limits=LIMITS).notices()] == [Code.FORMAT_UNKNOWN]


@pytest.mark.parametrize("crs", ["EPSG:4326", "OGC:CRS84", None])
def test_the_coordinate_system_of_kml_may_be_said(tmp_path: Path, crs: str | None) -> None:
    path = write(tmp_path / "a.kml", kml(placemark()))
    assert read_kml(path, limits=LIMITS, crs=crs).layers()[0].crs == "EPSG:4326"


@pytest.mark.parametrize("crs", ["EPSG:2256", "nonsense"])
def test_any_other_coordinate_system_is_refused(tmp_path: Path, crs: str) -> None:
    with pytest.raises(InputRefused) as caught:
        read_kml(write(tmp_path / "a.kml", kml()), limits=LIMITS, crs=crs)
    assert caught.value.code == Code.ARGUMENT_INVALID


@pytest.mark.parametrize(
    ("sample", "outcomes"),
    [
        ("badcoords.kml", {"repaired": 1}),
        ("extended_data.kml", {"ingested": 1}),
        ("gxmultitrack.kml", {"ingested": 1}),
        ("junk_content_after_valid_doc.kml", {}),
        ("linear_ring.kml", {"ingested": 1}),
        ("multikml-nodoc.kmz", {"set_aside": 3}),
        ("networklink.kml", {"set_aside": 1}),
        ("old_schema_example.kml", {"ingested": 1, "set_aside": 1}),
        ("placemark_in_root_and_subfolder.kml", {"ingested": 2}),
        ("placemark_with_kml_prefix.kml", {"ingested": 1}),
        ("schemadata.kml", {"ingested": 1}),
        ("truncated.kml", {"quarantined": 1}),
    ],
)
def test_samples_of_the_trusted_readers(sample: str, outcomes: dict[str, int]) -> None:
    assert Counter(row["outcome"] for row in read(reference_data(f"kml_samples/{sample}"))) == outcomes


@pytest.mark.parametrize(
    ("sample", "code"),
    [
        ("bad.kmz", Code.FORMAT_UNKNOWN),
        ("billion.kml", Code.XML_ENTITY_REFUSED),
        ("nokml.kmz", Code.ARCHIVE_EMPTY),
    ],
)
def test_samples_that_are_refused(sample: str, code: Code) -> None:
    with pytest.raises(InputRefused) as caught:
        read_kml(reference_data(f"kml_samples/{sample}"), limits=LIMITS)
    assert caught.value.code == code


def test_a_real_operator_plan_keeps_its_phases(tmp_path: Path) -> None:
    rows = read(reference_data("kml_style/MTN-Ghana-FOB-export.kml"))
    assert Counter(row["outcome"] for row in rows) == {"ingested": 143}
    assert Counter(row["geometry"].geom_type for row in rows) == {"Point": 120, "LineString": 23}
    assert {row["folder"][0] for row in rows} == {"MTN FOB"}
    assert all(row["style"] for row in rows if row["geometry"].geom_type == "Point")


def test_the_manhattan_plan_is_whole() -> None:
    rows = read(reference_data("manhattan_mt/plan/manhattan_mt_ftth_plan.kmz"))
    areas = [row for row in rows if row["geometry"] is not None and "Polygon" in row["geometry"].geom_type]
    assert Counter(row["outcome"] for row in rows) == {"ingested": 23}
    assert len(areas) == 21
    assert sum(row["geometry"].geom_type == "MultiPolygon" for row in areas) == 4
    assert all({"FDA_ID", "STATUS"} <= row["attributes"].keys() for row in areas)
    assert {row["folder"][1] for row in areas if row["attributes"]["FDA_ID"] == "MH-FDA-01"} == {
        "Phase 1 - Manhattan Town"
    }
