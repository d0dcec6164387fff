"""The server does what its OpenAPI document says, whatever is sent: bounded, and the same examples on every run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.generation import GenerationMode
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import positive_data_acceptance

from fibermap.access.model import Scope
from fibermap_api.openapi import openapi
from fibermap_api.routes import ENDPOINTS
from tests.api.loopback import serving

# What no pattern describes: shapes that are valid.
_DEGREES = st.integers(-80, 80)
_CORNERS = st.tuples(_DEGREES, _DEGREES).map(lambda at: f"{at[0]},{at[1]},{at[0] + 1},{at[1]},{at[0]},{at[1] + 1}")
_BOUNDS = st.tuples(_DEGREES, _DEGREES).map(lambda at: f"{at[0]},{at[1]},{at[0] + 1},{at[1] + 1}")
schemathesis.openapi.format("polygon", _CORNERS)
schemathesis.openapi.format("bbox", _BOUNDS)

# A text that is too long for its parameter may well be too long for a URL or a body.
_REFUSALS = [400, 401, 403, 404, 405, 406, 409, 413, 414, 415, 422, 428, 429, "5xx"]
_CONFIG = schemathesis.Config.from_dict({"checks": {"negative_data_rejection": {"expected-statuses": _REFUSALS}}})
schema = schemathesis.openapi.from_dict(openapi(ENDPOINTS), config=_CONFIG)


DRAWN = ("/v1/areas", "/v1/area-drafts", "/v1/whatif", "/v1/settings/map", "/v1/holds", "/v1/phases:")
"""Whether a drawing is an area, edits fit the areas that there are, and tiles have an address, no schema can say."""
TOGETHER = ("/v1/exports", "/v1/reviews", "/v1/sources", "/v1/users/{name}")
"""What goes together: a format with what is exported, an item once in a decision, a schedule with an address; and names
with a percent sign, which the library that asks spells otherwise in a path."""
JUDGED = {"corrections", "bulk", "selling", "webhooks", "zones", "offers", "portal"}
"""Tags of what a schema cannot say whole: names with a number, patterns, what fits other things, phones, signatures."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, str]]]:
    """The URL of a server and the headers of an administrator."""
    with serving(tmp_path_factory.mktemp("api"), jobs=1_000, jobs_per_caller=1_000) as (site, url):
        yield url, site.key(Scope.ADMIN)


FEW = settings(
    max_examples=10, derandomize=True, deadline=None, database=None,
    phases=(Phase.explicit, Phase.generate), suppress_health_check=list(HealthCheck),
)  # fmt: skip
MANY = settings(FEW, max_examples=100, derandomize=False)
OPERATIONS = [found.ok() for found in schema.get_all_operations()]
EVERY = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)


@EVERY
def test_the_server_does_what_it_says(operation: APIOperation, server: tuple[str, dict[str, str]]) -> None:
    ask(operation, server, FEW)


@pytest.mark.slow
@EVERY
def test_it_does_so_in_a_sweep(operation: APIOperation, server: tuple[str, dict[str, str]]) -> None:
    ask(operation, server, MANY)


def ask(operation: APIOperation, server: tuple[str, dict[str, str]], cases: settings) -> None:
    """Ask one operation for what the description allows and for what it does not, and hold the answers against it."""
    url, headers = server
    judged = operation.path.startswith(DRAWN + TOGETHER) or JUDGED & set(operation.tags or ())
    excluded = [positive_data_acceptance] if judged else []
    generated = [operation.as_strategy(generation_mode=mode) for mode in GenerationMode]

    @cases
    @given(st.one_of(*operation.get_strategies_from_examples(), *generated))
    def holds(case: schemathesis.Case) -> None:
        case.call_and_validate(base_url=url, headers=headers, excluded_checks=excluded, timeout=60)

    holds()


def test_only_the_screens_and_what_the_own_client_speaks_is_not_described() -> None:
    hidden = {endpoint.path for endpoint in ENDPOINTS if not endpoint.described}
    assert {path for path in hidden if not path.startswith("/v1/plan/")} == {
        "/",
        "/assets/{release}/{path:path}",
        "/payment-done",
        "/portal",
        "/portal/embed.js",
        "/simulated-payment/{page_id}",
    }
