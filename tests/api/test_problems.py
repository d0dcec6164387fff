"""Every failure has one shape, its own status, and says no more than it should."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from fibermap.access.model import Scope
from fibermap.access.refusals import RateExceeded, no_credentials
from fibermap.kernel import errors
from fibermap.kernel.errors import Code, DatabaseBusy, FibermapError, StoreFailed
from fibermap_api import problems
from fibermap_api.problems import STATUS, problem_of, status_of
from tests.api.answering import HOUSE, Site, site

CHECK = "/v1/address-check"


def shape(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """Assert what every problem has, and return it."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = response.json()
    assert list(problem)[:7] == ["type", "title", "status", "detail", "code", "hint", "request_id"]
    assert (problem["type"], problem["status"], problem["code"]) == (f"urn:fibermap:problem:{code}", status, code)
    assert problem["request_id"] == response.headers["x-request-id"]
    return problem


def classes(module: Any) -> set[type[FibermapError]]:
    return {one for one in vars(module).values() if isinstance(one, type) and issubclass(one, FibermapError)}


@pytest.mark.parametrize("kind", sorted(classes(errors) | classes(problems), key=lambda kind: kind.__name__))
def test_every_class_of_error_is_in_the_table_or_below_one_that_says_enough(kind: type[FibermapError]) -> None:
    assert kind in STATUS or issubclass(kind, problems.InputRefused)


@pytest.mark.parametrize(("error", "status"), [(no_credentials(), 401), (RateExceeded(3), 429)])
def test_the_gates_errors_are_in_the_table(error: FibermapError, status: int) -> None:
    assert status_of(error) == status


@pytest.mark.parametrize("kind", [StoreFailed, DatabaseBusy, FibermapError])
def test_what_fails_inside_stays_inside(kind: type[FibermapError]) -> None:
    error = kind(
        Code.STATEMENT_FAILED, "SELECT secret", hint="/srv/plan.duckdb", file="/srv/plan.duckdb", statement="x"
    )
    told = problem_of(error).response("r1").body
    assert b"secret" not in told
    assert b"/srv" not in told


def test_a_place_on_the_servers_disk_is_never_told() -> None:
    assert b"/srv" not in problem_of(errors.NotFound(Code.FILE_MISSING, "No.", file="/srv/x")).response("r1").body


def test_400_a_query_that_is_not_utf_8(here: Site) -> None:
    shape(here.client.get(f"{CHECK}?q=%ff", headers=here.key(Scope.CHECK)), 400, "request_unreadable")


def test_400_a_parameter_given_twice(here: Site) -> None:
    shape(here.client.get(f"{CHECK}?q=a&q=b", headers=here.key(Scope.CHECK)), 400, "request_unreadable")


def test_400_a_body_that_is_not_json(here: Site) -> None:
    headers = here.key(Scope.CHECK) | {"Content-Type": "application/json"}
    shape(here.client.post(CHECK, content=b'{"q": "1 Ma', headers=headers), 400, "json_broken")


def test_401_without_a_key(here: Site) -> None:
    said = here.client.get(CHECK, params={"q": "a"})
    shape(said, 401, "credentials_missing")
    assert said.headers["www-authenticate"] == "Bearer"


def test_401_with_an_unknown_key(here: Site) -> None:
    shape(here.client.get(CHECK, headers={"Authorization": "Bearer fmk_no"}), 401, "credentials_refused")


def test_403_without_the_scope(here: Site) -> None:
    problem = shape(here.client.get("/v1/keys", headers=here.key(Scope.CHECK)), 403, "scope_missing")
    assert "admin" in problem["hint"]


def test_404_a_path_that_is_not_there(here: Site) -> None:
    shape(here.client.get("/v2/address-check"), 404, "route_not_found")
    shape(here.client.get("/v1/address-check/"), 404, "route_not_found")


def test_404_an_address_that_is_not_there(here: Site) -> None:
    problem = shape(here.client.get("/v1/addresses/5", headers=here.key(Scope.READ)), 404, "address_not_found")
    assert problem["address_id"] == 5


def test_405_names_every_method_that_is_there(here: Site) -> None:
    said = here.client.request("PATCH", CHECK)
    shape(said, 405, "method_not_allowed")
    assert said.headers["allow"] == "GET, POST"


def test_409_a_result_before_its_time(here: Site, tmp_path: Path) -> None:
    error = errors.Conflict(Code.JOB_NOT_DONE, "Not yet.")
    assert status_of(error) == 409


def test_413_a_body_that_is_too_large(here: Site) -> None:
    said = here.client.post(CHECK, json={"q": "a" * 70_000}, headers=here.key(Scope.CHECK))
    assert shape(said, 413, "request_too_large")["limit"] == here.settings.body_bytes


def test_413_a_body_that_does_not_say_how_large_it_is(here: Site) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(1000):
            yield b"a" * 1000

    headers = here.key(Scope.CHECK) | {"Content-Type": "application/json"}
    shape(here.client.post(CHECK, content=endless(), headers=headers), 413, "request_too_large")


def test_414_a_url_that_is_too_long(here: Site) -> None:
    shape(here.client.get(CHECK, params={"q": "a" * 20_000}), 414, "request_too_large")


def test_415_a_body_of_another_kind(here: Site) -> None:
    for kind in ("text/plain", "application/xml", "multipart/form-data", ""):
        headers = here.key(Scope.CHECK) | {"Content-Type": kind}
        shape(here.client.post(CHECK, content=b"{}", headers=headers), 415, "media_type_refused")


def test_422_says_what_is_wrong_with_each_value_and_repeats_none(here: Site) -> None:
    params = {"lat": "91", "lon": "east of Eden"}
    problem = shape(here.client.get(CHECK, params=params, headers=here.key(Scope.CHECK)), 422, "argument_invalid")
    assert [error["field"] for error in problem["errors"]] == ["lat", "lon"]
    assert "Eden" not in str(problem)


def test_422_a_parameter_that_nobody_knows(here: Site) -> None:
    problem = shape(
        here.client.get(CHECK, params={"q": "a", "citty": "b"}, headers=here.key(Scope.CHECK)), 422, "argument_invalid"
    )
    assert problem["errors"][0]["field"] == "citty"


@pytest.mark.parametrize(
    "params",
    [
        {}, {"q": " "}, {"q": "a", "lat": "1", "lon": "1"}, {"lat": "1"}, {"city": "Quill Creek"}, {"at": "2027-03-01"},
        {"q": "a", "street": "b"}, {"q": "a", "at": "1700000000"}, {"q": "a", "at": "2027-3-1"}, {"address_id": "0"},
        {"q": "a", "channel": "Web Page"}, {"lat": "nan", "lon": "0"}, {"lat": "0", "lon": "inf"},
    ],
)  # fmt: skip
def test_422_a_question_that_is_none_or_two(here: Site, params: dict[str, str]) -> None:
    shape(here.client.get(CHECK, params=params, headers=here.key(Scope.CHECK)), 422, "argument_invalid")


@pytest.mark.usefixtures("still_gate")
def test_429_says_when_to_ask_again(here: Site) -> None:
    headers = here.key(Scope.CHECK, rate_per_s=0.1)
    here.client.get(CHECK, params={"q": "a"}, headers=headers)
    said = here.client.get(CHECK, params={"q": "a"}, headers=headers)
    problem = shape(said, 429, "rate_exceeded")
    assert 1 <= int(said.headers["retry-after"]) == problem["retry_after_s"] <= 10


def test_431_headers_that_are_too_large(here: Site) -> None:
    shape(here.client.get("/healthz", headers={"X-Long": "a" * 20_000}), 431, "request_too_large")


def test_500_tells_nothing(here: Site) -> None:
    problem = shape(here.client.get(CHECK, params={"q": "fail"}, headers=here.key(Scope.CHECK)), 500, "internal_error")
    assert "secret" not in str(problem)
    assert "RuntimeError" not in str(problem)


def test_503_what_needs_the_database_on_a_replica(tmp_path: Path) -> None:
    with site(tmp_path, replica=True) as replica:
        headers = replica.key(Scope.ADMIN)
        for path in (f"/v1/addresses/{HOUSE}/timeline", "/v1/keys", "/v1/users"):
            shape(replica.client.get(path, headers=headers), 503, "not_on_replica")
        body = {"name": "pat", "password": "x"}
        shape(replica.client.post("/v1/session", json=body), 503, "not_on_replica")
        shape(
            replica.client.post("/v1/addresses:report-missing", json={"q": "a"}, headers=headers), 503, "not_on_replica"
        )
        assert replica.client.get(CHECK, params={"q": "a"}, headers=headers).status_code == 200


def test_503_when_there_is_too_much_to_do(tmp_path: Path) -> None:
    with site(tmp_path, in_flight=0) as busy:
        said = busy.client.get("/healthz")
        shape(said, 503, "server_overloaded")
        assert said.headers["retry-after"] == "1"
