"""The village of the command line's tests, as files and as a database that nobody may change."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.commands import fibermap
from tests.cli.village import write_addresses, write_plan


@pytest.fixture(scope="session")
def village(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``houses.csv`` and ``fiber_plan.geojson``."""
    folder = tmp_path_factory.mktemp("village")
    write_addresses(folder / "houses.csv")
    write_plan(folder / "fiber_plan.geojson")
    return folder


@pytest.fixture(scope="session")
def _ingested(village: Path) -> Path:
    db = village / "village.duckdb"
    ran = fibermap("--db", db, "ingest", village / "houses.csv", village / "fiber_plan.geojson")
    assert ran.code == 0, ran.err
    return db


@pytest.fixture
def db(_ingested: Path, tmp_path: Path) -> Path:
    """A database with the village in it, for one test to do with as it likes."""
    copy = tmp_path / "plan.duckdb"
    copy.write_bytes(_ingested.read_bytes())
    return copy
