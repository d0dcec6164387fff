"""Whatever is given as an input: exit 1, one error as JSON with code and sentence, and no database left behind."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.commands import fibermap, fibermap_program


def _empty(folder: Path) -> Path:
    (folder / "plan.kmz").touch()
    return folder / "plan.kmz"


def _directory(folder: Path) -> Path:
    (folder / "plan").mkdir()
    return folder / "plan"


def _missing(folder: Path) -> Path:
    return folder / "plan.kmz"


def _bomb(folder: Path) -> Path:
    with zipfile.ZipFile(folder / "plan.kmz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("doc.kml", b"<kml>" + b" " * (64 << 20))
    return folder / "plan.kmz"


def _junk(name: str) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        (folder / name).write_bytes(b"\x00\xff\xfe\x01" + bytes(range(256)) * 20)
        return folder / name

    return write


def _laughs(folder: Path) -> Path:
    entities = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 12))
    (folder / "plan.kml").write_text(f'<!DOCTYPE kml [<!ENTITY l0 "ha">{entities}]><kml>&l11;</kml>')
    return folder / "plan.kml"


def _deep(folder: Path) -> Path:
    (folder / "plan.kml").write_text("<kml>" + "<Folder>" * 100_000)
    return folder / "plan.kml"


def _truncated(folder: Path) -> Path:
    (folder / "plan.geojson").write_text('{"type": "FeatureCollection", "features": [{"type": "Fea')
    return folder / "plan.geojson"


INPUTS: dict[str, tuple[Callable[[Path], Path], set[str]]] = {
    "a file of 0 bytes": (_empty, {"file_empty"}),
    "a directory": (_directory, {"file_is_directory"}),
    "nothing": (_missing, {"file_missing"}),
    "an archive bomb": (_bomb, {"archive_bomb"}),
    "binary junk called KMZ": (_junk("plan.kmz"), {"archive_broken", "format_unknown"}),
    "binary junk called CSV": (_junk("plan.csv"), {"encoding_unknown", "format_unknown"}),
    "binary junk called GeoPackage": (_junk("plan.gpkg"), {"file_unreadable", "format_unknown"}),
    "binary junk called Parquet": (_junk("plan.parquet"), {"file_unreadable", "format_unknown"}),
    "binary junk called Excel": (_junk("plan.xlsx"), {"archive_broken", "file_unreadable", "format_unknown"}),
    "binary junk of no format": (_junk("plan.bin"), {"format_unknown"}),
    "a billion laughs": (_laughs, {"xml_entity_refused"}),
    "100,000 folders in one another": (_deep, {"xml_too_deep"}),
    "half a GeoJSON": (_truncated, {"json_broken"}),
}


@pytest.mark.parametrize("what", INPUTS)
def test_an_input_that_cannot_be_read_is_refused(tmp_path: Path, what: str) -> None:
    write, codes = INPUTS[what]
    db = tmp_path / "plan.duckdb"

    ran = fibermap("ingest", write(tmp_path), "--db", db, "--json")

    assert ran.code == 1, ran.out
    assert ran.error["code"] in codes
    assert ran.error["message"]
    assert not ran.out
    assert not db.exists()


def test_a_bad_file_keeps_the_good_ones_beside_it_out_too(db: Path, village: Path, tmp_path: Path) -> None:
    ran = fibermap("ingest", village / "houses.csv", _empty(tmp_path), "--source", "both", "--db", db)

    assert ran.code == 1
    assert fibermap("status", "--db", db, "--json").json["plan_version"] == 1


def test_a_file_that_is_no_database_is_named_as_such(tmp_path: Path) -> None:
    for name, content in (("junk.duckdb", os.urandom(9000)), ("empty.duckdb", b"")):
        (tmp_path / name).write_bytes(content)

        assert fibermap("status", "--db", tmp_path / name).error["code"] == "database_corrupt"


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    assert fibermap("status", "--db", tmp_path).error["code"] == "file_is_directory"


def test_statements_that_are_no_questions_are_refused(db: Path) -> None:
    for statement in ("DROP TABLE address", "SELECT 1; SELECT 2", "COPY address TO 'x.csv'", "FROM read_csv('x')", "'"):
        assert fibermap("sql", statement, "--db", db).error["code"] == "query_refused"


def test_text_that_no_terminal_can_show_is_still_printed(db: Path) -> None:
    ran = fibermap_program("check", "1 Elk\udce9 Rd \u2603", "--db", db, env={"PYTHONIOENCODING": "ascii"})

    assert ran.code in (0, 1)
    assert "Traceback" not in ran.err
