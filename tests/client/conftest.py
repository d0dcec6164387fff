"""The village, as files, as a database, and as a server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.commands import fibermap
from tests.cli.village import write_addresses, write_plan
from tests.client.serving import Served, serving


@pytest.fixture(scope="session")
def village(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``houses.csv``, ``fiber_plan.geojson`` and ``village.duckdb``."""
    folder = tmp_path_factory.mktemp("village")
    write_addresses(folder / "houses.csv")
    write_plan(folder / "fiber_plan.geojson")
    ran = fibermap("--db", folder / "village.duckdb", "ingest", folder / "houses.csv", folder / "fiber_plan.geojson")
    assert ran.code == 0, ran.err
    return folder


@pytest.fixture(scope="module")
def served(village: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server of the village; its path is long, as those of tests are."""
    db = tmp_path_factory.mktemp("served-from-a-folder-with-a-name-that-no-socket-address-has-room-for") / "plan.duckdb"
    db.write_bytes((village / "village.duckdb").read_bytes())
    with serving(db) as started:
        yield started
