"""What every answer carries, and what the log says of it: never what was typed, never a secret."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from io import BytesIO
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest

from fibermap.access.model import Role, Scope
from fibermap_api.logs import LINES
from fibermap_api.routes import ENDPOINTS
from tests.api.answering import HOUSE, PASSWORD, TYPED, Site, site
from tests.api.program import soon

CHECK = "/v1/address-check"


class Said:
    """Everything that the server's process says: its own lines, and what any logger of its libraries adds."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self.file = BytesIO()
        self._others = caplog

    @property
    def text(self) -> str:
        return self.file.getvalue().decode() + self._others.text


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> Iterator[Said]:
    """The client's own logger is not the server's."""
    monkeypatch.setattr(logging.getLogger("httpx"), "disabled", True)
    said = Said(caplog)
    monkeypatch.setattr(LINES, "file", said.file)
    with caplog.at_level(logging.DEBUG):
        yield said


def lines(log: Said) -> list[dict[str, Any]]:
    """Return what was said of requests; what a server does by itself meanwhile is none."""
    said = [json.loads(line) for line in log.file.getvalue().splitlines()]
    return [line for line in said if line["event"] == "request"]


def test_an_answer_carries_the_callers_request_id_or_a_new_one(here: Site) -> None:
    assert here.client.get("/healthz", headers={"X-Request-ID": "abc-12345"}).headers["x-request-id"] == "abc-12345"
    for odd in ("short", "a" * 65, "a b c d e f", "<script>", "\u00e9".encode() * 8, "4242424242424242"):
        given = here.client.get("/healthz", headers={"X-Request-ID": odd}).headers["x-request-id"]
        assert (len(given), given == odd) == (16, False)


def test_every_answer_is_closed_to_what_it_is_not_for(here: Site) -> None:
    for path in ("/healthz", "/nowhere", CHECK):
        headers = here.client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert headers["cache-control"] == "no-store"


def test_head_is_get_without_the_body(here: Site) -> None:
    assert here.client.request("HEAD", "/healthz").status_code == 200


def test_the_log_says_what_happened(here: Site, log: Said) -> None:
    here.client.get(CHECK, params={"q": TYPED}, headers=here.key(Scope.CHECK) | {"X-Request-ID": "abc-12345"})
    (line,) = [each for each in lines(log) if each.get("request_id") == "abc-12345"]
    assert (line["method"], line["route"], line["status"]) == ("GET", CHECK, 200)
    assert line["caller"].startswith("key:")


def test_the_log_names_the_route_and_not_the_path(here: Site, log: Said) -> None:
    here.client.get(f"/v1/addresses/{HOUSE}", headers=here.key(Scope.READ))
    here.client.get("/14-elk-ridge-rd")
    assert [line["route"] for line in lines(log)] == ["/v1/addresses/{address_id}", "none"]


def test_a_failure_is_logged_with_where_and_without_its_message(here: Site, log: Said) -> None:
    here.client.get(CHECK, params={"q": "fail"}, headers=here.key(Scope.CHECK))
    line = lines(log)[-1]
    assert (line["status"], line["error"], line["level"]) == (500, "RuntimeError", "error")
    assert "answering.py" in line["at"][-1]
    assert "secret detail" not in log.text


def test_the_log_holds_nothing_typed_and_no_secret(here: Site, log: Said) -> None:
    typed, note = "77 Privacy Lane", "ring twice at the red door"
    key = here.key(Scope.ADMIN)
    admin_key = key["Authorization"].split()[1]
    for params in ({"q": typed}, {"street": typed, "city": "Fail"}, {"lat": typed, "lon": "0"}, {typed: "a"}):
        here.client.get(CHECK, params=params, headers=key)
        here.client.post(CHECK, json=params, headers=key)
    here.client.post(CHECK, json=typed, headers=key)
    here.client.post("/v1/address-check:batch", json={"checks": [{"q": typed}]}, headers=key)
    here.client.get("/v1/address-suggest", params={"q": typed}, headers=key)
    here.client.post("/v1/addresses:report-missing", json={"q": typed, "note": note}, headers=key)
    here.client.get(f"/{typed}", headers={"X-Request-ID": typed, "User-Agent": typed, "Referer": typed})
    csv = f"q\r\n{typed}\r\nfail\r\n".encode()
    job = here.client.post("/v1/address-check:batch", content=csv, headers=key | {"Content-Type": "text/csv"})
    where = job.headers["location"]
    assert soon(lambda: here.client.get(where, headers=key).json()["state"] == "failed"), "which it says there, too"
    headers = here.log_in(Role.CSR, name="privacy.person")
    token = here.client.cookie("fibermap_session")
    here.client.get("/v1/session")
    here.client.post("/v1/session", json={"name": typed, "password": PASSWORD})
    here.client.delete("/v1/session", headers=headers)
    made = here.client.post("/v1/keys", json={"scopes": ["check"], "name": typed}, headers=key).json()["key"]
    assert len(lines(log)) > 15
    secrets = (admin_key, token, headers["X-CSRF-Token"], made, PASSWORD, typed, "Privacy", note, "privacy.person")
    assert [secret for secret in secrets if secret in log.text] == []


def test_quiet_servers_log_failures_only(tmp_path: Path, log: Said) -> None:
    with site(tmp_path, log_requests=False) as quiet:
        quiet.client.get("/healthz")
        quiet.client.get(CHECK, params={"q": "fail"}, headers=quiet.key(Scope.CHECK))
    assert [line["status"] for line in lines(log)] == [500]


def test_metrics_count_routes_statuses_and_matches_and_nothing_else(here: Site) -> None:
    here.client.get(CHECK, params={"q": TYPED}, headers=here.key(Scope.CHECK))
    here.client.get("/some-path-of-somebody")
    here.client.request("BREW", "/healthz")
    text = here.client.get("/metrics", headers=here.key(Scope.METRICS)).text
    assert f'fibermap_requests_total{{method="GET",route="{CHECK}",status="200"}}' in text
    assert 'fibermap_checks_total{status="matched"}' in text
    assert f'fibermap_request_seconds_bucket{{le="+Inf",route="{CHECK}"}}' in text
    assert "somebody" not in text
    assert "BREW" not in text


def test_readiness_says_what_the_answers_rest_on(here: Site) -> None:
    assert here.client.get("/readyz").json() == {"status": "ok", "data_version": "7", "replica": False, "owner": "up"}


def test_no_other_origin_may_call_unless_it_is_configured(here: Site) -> None:
    asked = {"Origin": "https://shop.example", "Access-Control-Request-Method": "GET"}
    assert here.client.request("OPTIONS", CHECK, headers=asked).status_code == 405
    assert "access-control-allow-origin" not in here.client.get("/healthz", headers=asked).headers


def test_a_configured_origin_may_call_with_a_key_and_never_with_a_session(tmp_path: Path) -> None:
    with site(tmp_path, cors_origins=("https://shop.example",)) as open_site:
        asked = {"Origin": "https://shop.example", "Access-Control-Request-Method": "GET"}
        allowed = open_site.client.request("OPTIONS", CHECK, headers=asked)
        assert allowed.headers["access-control-allow-origin"] == "https://shop.example"
        refused = open_site.client.request("OPTIONS", CHECK, headers=asked | {"Origin": "https://evil.example"})
        assert (refused.status_code, refused.json()["code"]) == (403, "origin_refused")
        page = open_site.key(Scope.CHECK) | {"Origin": "https://shop.example"}
        checked = open_site.client.get(CHECK, params={"q": TYPED}, headers=page)
        assert (checked.status_code, checked.headers["access-control-allow-origin"]) == (200, "https://shop.example")
        failed = open_site.client.get(CHECK, headers={"Origin": "https://shop.example"})
        assert failed.status_code == 401
        assert failed.headers["access-control-allow-origin"] == "https://shop.example"
        assert "access-control-allow-credentials" not in failed.headers


def test_the_description_lists_every_endpoint_with_examples(here: Site) -> None:
    document = here.client.get("/openapi.json").json()
    for endpoint in filter(attrgetter("described"), ENDPOINTS):
        told = document["paths"][endpoint.path][endpoint.method.lower()]
        assert told["summary"]
        assert told["description"]
        assert bool(told["security"]) == bool(endpoint.needs)
        for parameter in told.get("parameters", ()):
            assert parameter["description"]
            assert "example" in parameter or "default" in parameter["schema"], parameter
        if "requestBody" in told:
            assert told["requestBody"]["content"]["application/json"]["example"]
    assert set(document["components"]["securitySchemes"]) == {"key", "session"}


def test_its_references_lead_somewhere(here: Site) -> None:
    document = here.client.get("/openapi.json").json()
    text = json.dumps(document)
    names = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert names <= set(document["components"]["schemas"])
