"""Databases with the store's own tables and one of the tests', so that no slice is needed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fibermap.store import Store
from tests.store.build import open_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A new database file with a table ``counter(name, n)``."""
    with open_store(tmp_path / "plan.duckdb") as opened:
        yield opened
