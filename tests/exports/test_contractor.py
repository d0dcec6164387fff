"""The contractor's pack: a phase or a cabinet, in the forms that a crew can use."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest

from fibermap.formats.open import open_source
from fibermap.kernel.errors import InputRefused, NotFound
from fibermap.plan import Plan
from tests.builders import area, box, home, ingest, line, new_plan, source, terminal

PARTS = ["README.txt", "addresses.csv", "addresses.xlsx", "map.kmz", "map.pdf"]


@pytest.fixture
def fm() -> Iterator[Plan]:
    with new_plan() as plan:
        ingest(
            plan,
            source(
                "plan",
                [
                    area("West", "Build", box(-50, -50, 100, 50), PHASE="1", CABINET="CAB-7"),
                    area("East", "Planned", box(101, -50, 300, 50), PHASE="2", CABINET="CAB-8"),
                ],
            ),
            source("county", [home(1, 0), home(2, 40), home(3, 200), home(4, 900, STREET="=HYPERLINK(1)")]),
            source("terminals", [terminal("T-1", 10, 30)]),
            source("routes", [line((0, 10), (90, 10), STATUS="Build")]),
        )
        yield plan


def pack(fm: Plan, tmp_path: Path, **scope: str) -> zipfile.ZipFile:
    fm.export("contractor-pack", tmp_path / "pack.zip", **scope)
    return zipfile.ZipFile(tmp_path / "pack.zip")


def test_a_phase_comes_as_map_sheet_and_print(fm: Plan, tmp_path: Path) -> None:
    with pack(fm, tmp_path, phase="1") as parts:
        assert parts.namelist() == PARTS
        assert "2 addresses." in parts.read("README.txt").decode()
        assert parts.read("map.pdf").startswith(b"%PDF-")


def test_the_sheet_has_coordinates_terminal_and_drop_in_feet(fm: Plan, tmp_path: Path) -> None:
    with pack(fm, tmp_path, phase="1") as parts:
        rows = list(csv.DictReader(io.StringIO(parts.read("addresses.csv").decode())))
        book = openpyxl.load_workbook(io.BytesIO(parts.read("addresses.xlsx")))
    first = next(row for row in rows if row["address"].startswith("1 Main St"))
    assert first["terminal"] == "T-1"
    assert float(first["drop_ft"]) == pytest.approx(103.75, abs=0.02)  # 31.62 m, straight
    assert float(first["lat"]) == pytest.approx(45.85)
    sheet = [[cell.value for cell in row] for row in book["addresses"].iter_rows()]
    assert len(sheet) == 3
    assert "drop ft" in sheet[0]
    assert sheet[1][0] == first["address_id"]  # all digits


def test_the_map_file_reads_back_with_its_areas_network_and_addresses(fm: Plan, tmp_path: Path) -> None:
    with pack(fm, tmp_path, cabinet="CAB-7") as parts:
        (tmp_path / "map.kmz").write_bytes(parts.read("map.kmz"))
    names = {name for batch in open_source(tmp_path / "map.kmz").batches() for name in batch["name"].to_pylist()}
    assert {"West", "T-1"} <= names
    assert any(str(name).startswith("2 Main St") for name in names)
    assert "East" not in names


def test_nothing_in_a_sheet_is_a_formula(fm: Plan, tmp_path: Path) -> None:
    with pack(fm, tmp_path) as parts:
        book = openpyxl.load_workbook(io.BytesIO(parts.read("addresses.xlsx")))
        text = parts.read("addresses.csv").decode()
    assert all(cell.data_type != "f" for row in book["addresses"].iter_rows() for cell in row)
    assert not any(line.startswith("=") for line in text.splitlines())


def test_a_phase_that_there_is_not_is_said_so_and_a_scope_is_one(fm: Plan, tmp_path: Path) -> None:
    with pytest.raises(NotFound) as missing:
        fm.export("contractor-pack", tmp_path / "pack.zip", phase="9")
    assert missing.value.code == "scope_is_empty"
    with pytest.raises(InputRefused, match="a phase or for a cabinet"):
        fm.export("contractor-pack", tmp_path / "pack.zip", phase="1", cabinet="CAB-7")
    with pytest.raises(InputRefused, match="suffix"):
        fm.export("contractor-pack", tmp_path / "pack.rar", phase="1")
    assert list(tmp_path.iterdir()) == []
