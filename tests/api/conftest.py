"""A server that the tests of one file share, and a gate whose time stands still."""

from __future__ import annotations

import time
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from fibermap.access import gate
from tests.api.answering import Site, site


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server with two houses."""
    with site(tmp_path_factory.mktemp("api")) as started:
        yield started


@pytest.fixture
def still_gate(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing flow into a bucket while a test empties it, however long that takes."""
    now_s = time.monotonic()
    monkeypatch.setattr(gate, "time", SimpleNamespace(monotonic=lambda: now_s))
