"""Every endpoint that changes something leaves an audit entry by whoever asked; a new one has to be listed here."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from fibermap_api.routes import ENDPOINTS
from tests.api.answering import PASSWORD
from tests.api.changes import CALLS, EXEMPT, NAME, Auditor
from tests.api.planning import planning, village


@pytest.fixture(scope="module")
def auditor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Auditor]:
    with planning(village(tmp_path_factory.mktemp("audit"))) as site:
        yield Auditor(site)


def test_every_endpoint_that_may_change_something_is_listed() -> None:
    assert {(each.method, each.path) for each in ENDPOINTS if each.writes} == CALLS.keys() | EXEMPT.keys()
    assert not CALLS.keys() & EXEMPT.keys()


@pytest.mark.parametrize(("method", "path"), CALLS, ids=lambda value: value.strip("/").replace("/", "_"))
def test_a_change_leaves_an_entry_by_whoever_made_it(auditor: Auditor, method: str, path: str) -> None:
    before = auditor.newest()["audit_id"]
    CALLS[method, path](auditor)
    entry = auditor.newest()
    assert entry["audit_id"] > before
    assert entry["subject"]
    if path.startswith("/v1/session"):
        assert entry["actor"].startswith("person"), entry
        assert entry["way"] == "screen"
    else:
        assert (entry["actor"], entry["way"]) == (NAME, "http"), entry


def test_a_request_that_fails_leaves_none(auditor: Auditor) -> None:
    before = auditor.newest()["audit_id"]
    body = {"code": "unsafe", "reason": "x", "address_id": 7}
    said = auditor.site.client.post("/v1/holds", headers=auditor.headers, json=body)
    assert said.status_code == 404
    assert auditor.newest()["audit_id"] == before


def test_by_which_way_somebody_comes_is_not_theirs_to_say(auditor: Auditor) -> None:
    auditor.ask("POST", "/v1/keys", {"scopes": ["check"]}, headers={"X-Fibermap-Way": "cli"})
    assert auditor.newest()["way"] == "http"


def test_the_log_is_searched_paged_and_saved(auditor: Auditor) -> None:
    for _ in range(3):
        auditor.ask("POST", "/v1/keys", {"scopes": ["check"], "name": "=cmd()"})
    page = auditor.ask("GET", f"/v1/audit?who={NAME}&what=create_key&subject=key&way=http&from=2020-01-01&limit=2")
    assert [entry["command"] for entry in page["entries"]] == ["create_key"] * 2
    assert page["next"] == page["entries"][-1]["audit_id"]
    assert "create_key" in page["commands"]
    further = auditor.ask("GET", f"/v1/audit?what=create_key&older_than={page['next']}")
    assert further["entries"][0]["audit_id"] < page["next"]
    assert auditor.ask("GET", "/v1/audit?to=2020-01-01")["entries"] == []
    said = auditor.site.client.get("/v1/audit.csv?what=create_key", headers=auditor.headers)
    assert said.headers["content-type"].startswith("text/csv")
    assert said.headers["content-disposition"] == 'attachment; filename="audit.csv"'
    assert said.text.startswith("audit_id,happened_at,")


def test_nothing_in_the_whole_log_is_a_secret(auditor: Auditor) -> None:
    told = auditor.site.client.get("/v1/audit.csv", headers=auditor.headers).text
    hashes = [hash_ for table, column in (("api_key", "hash"), ("user_account", "password_hash"),
                                          ("user_session", "token_hash"), ("sign_in_link", "token_hash"))
              for (hash_,) in auditor.site.service.desk.plan.store.sql.rows("hashes", f"SELECT {column} FROM {table}")
              if hash_]  # fmt: skip
    assert len(hashes) > 10
    assert [secret for secret in [*hashes, PASSWORD, "argon2"] if secret in told] == []
    assert re.findall(r"fm[ksl]_[\w-]{12,}", told) == []
