"""A server that the tests of one file share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.api.answering import Site, site


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server with two houses."""
    with site(tmp_path_factory.mktemp("api")) as started:
        yield started
