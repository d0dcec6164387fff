"""The committed sample is what the generator makes."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from fibermap.demo.files import write_county
from tests.reference import ROOT

SAMPLE = ROOT / "data" / "larkspur_sample"
SAMPLE_ADDRESSES = 240


def _content(path: Path) -> bytes:
    """Return a file's bytes; of an archive what it holds, because compressors differ between machines."""
    return zipfile.ZipFile(path).read("doc.kml") if path.suffix == ".kmz" else path.read_bytes()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_county(tmp_path_factory.mktemp("sample"), addresses=SAMPLE_ADDRESSES).folder


def test_the_sample_is_what_the_generator_makes(made: Path) -> None:
    assert {path.name for path in SAMPLE.iterdir()} == {path.name for path in made.iterdir()}
    for path in made.iterdir():
        assert _content(SAMPLE / path.name) == _content(path), path.name


def test_the_sample_is_small() -> None:
    assert sum(path.stat().st_size for path in SAMPLE.iterdir()) < 300_000
