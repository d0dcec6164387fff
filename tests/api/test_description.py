"""The server does what its OpenAPI document says, whatever is sent: bounded, and the same examples on every run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings

from fibermap.access.model import Scope
from fibermap_api.openapi import openapi
from fibermap_api.routes import ENDPOINTS
from tests.api.loopback import serving

schema = schemathesis.openapi.from_dict(openapi(ENDPOINTS))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, str]]]:
    """The URL of a server and the headers of an administrator."""
    with serving(tmp_path_factory.mktemp("api"), jobs=1_000, jobs_per_caller=1_000) as (site, url):
        yield url, site.key(Scope.ADMIN)


@schema.parametrize()
@settings(
    max_examples=25, derandomize=True, deadline=None, database=None,
    phases=(Phase.explicit, Phase.generate), suppress_health_check=list(HealthCheck),
)  # fmt: skip
def test_the_server_does_what_it_says(case: schemathesis.Case, server: tuple[str, dict[str, str]]) -> None:
    url, headers = server
    case.call_and_validate(base_url=url, headers=headers)
