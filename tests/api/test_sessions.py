"""Logging in, writing with a session, and logging out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fibermap.access.model import Role, Scope
from tests.api.answering import PASSWORD, Site, site

REPORT = "/v1/addresses:report-missing"


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Site]:
    with site(tmp_path) as started:
        yield started


def test_a_login_sets_a_cookie_that_no_script_and_no_other_site_can_use(here: Site) -> None:
    here.registry.add_user("pat", {Role.CSR}, PASSWORD)
    said = here.client.post("/v1/session", json={"name": "Pat", "password": PASSWORD})
    cookie = said.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert said.json()["scopes"] == ["check", "read", "report", "sell", "suggest"]
    assert here.client.get("/v1/session").json()["name"] == "pat"


def test_behind_https_the_cookie_stays_there(tmp_path: Path) -> None:
    with site(tmp_path, cookie_secure=True) as here:
        here.registry.add_user("pat", {Role.CSR}, PASSWORD)
        said = here.client.post("/v1/session", json={"name": "pat", "password": PASSWORD})
        assert "Secure" in said.headers["set-cookie"]


def test_a_wrong_password_is_a_401_whoever_it_is(here: Site) -> None:
    here.registry.add_user("pat", {Role.CSR}, PASSWORD)
    for name in ("pat", "nobody"):
        said = here.client.post("/v1/session", json={"name": name, "password": "wrong"})
        assert (said.status_code, said.json()["code"]) == (401, "credentials_refused")


@pytest.mark.usefixtures("still_gate")
def test_guessing_is_slowed_down(here: Site) -> None:
    statuses = [
        here.client.post("/v1/session", json={"name": "pat", "password": "wrong"}).status_code for _ in range(7)
    ]
    assert statuses == [401] * 5 + [429] * 2


def test_a_write_with_a_session_needs_its_token(here: Site) -> None:
    headers = here.log_in(Role.CSR)
    for wrong in ({}, {"X-CSRF-Token": "x"}, {"X-CSRF-Token": b"\xff"}):
        said = here.client.post(REPORT, json={"q": "14 Elk Ridge Rd"}, headers=wrong)
        assert (said.status_code, said.json()["code"]) == (403, "csrf_refused")
    assert here.client.post(REPORT, json={"q": "14 Elk Ridge Rd"}, headers=headers).status_code == 202


def test_a_write_from_another_sites_page_is_refused_even_with_the_token(here: Site) -> None:
    headers = here.log_in(Role.CSR) | {"Sec-Fetch-Site": "cross-site"}
    assert here.client.post(REPORT, json={"q": "14 Elk Ridge Rd"}, headers=headers).json()["code"] == "csrf_refused"


def test_another_sites_page_cannot_log_anybody_in(here: Site) -> None:
    here.registry.add_user("pat", {Role.CSR}, PASSWORD)
    body = {"name": "pat", "password": PASSWORD}
    said = here.client.post("/v1/session", json=body, headers={"Sec-Fetch-Site": "cross-site"})
    assert said.json()["code"] == "csrf_refused"
    assert here.client.post("/v1/session", data=body).status_code == 415


def test_a_write_with_a_key_needs_no_token(here: Site) -> None:
    assert here.client.post(REPORT, json={"q": "a"}, headers=here.key(Scope.REPORT)).status_code == 202


def test_logging_out_ends_it(here: Site) -> None:
    headers = here.log_in(Role.CSR)
    said = here.client.delete("/v1/session", headers=headers)
    assert said.status_code == 204
    assert here.client.get("/v1/session").status_code == 401


def test_an_invented_cookie_opens_nothing(here: Site) -> None:
    for cookie in ("fms_invented", "x" * 5000, "", '"; DROP TABLE'):
        said = here.client.get("/v1/session", headers={"Cookie": f"fibermap_session={cookie}"})
        assert said.status_code == 401


@pytest.mark.usefixtures("still_gate")
def test_reports_are_slowed_down(here: Site) -> None:
    headers = here.key(Scope.REPORT)
    statuses = [here.client.post(REPORT, json={"q": f"{n} Elk Rd"}, headers=headers).status_code for n in range(12)]
    assert statuses == [202] * 10 + [429] * 2


def test_an_administrator_makes_and_revokes_keys_and_people(here: Site) -> None:
    admin = here.key(Scope.ADMIN)
    made = here.client.post("/v1/keys", json={"scopes": ["check"], "name": "shop"}, headers=admin).json()
    theirs = {"Authorization": f"Bearer {made['key']}"}
    assert here.client.get("/v1/session", headers=theirs).json()["name"] == "shop"
    listed = here.client.get("/v1/keys", headers=admin).json()["keys"]
    assert made["key"] not in str(listed)
    assert here.client.delete(f"/v1/keys/{made['key_id']}", headers=admin).status_code == 204
    assert here.client.get("/v1/session", headers=theirs).status_code == 401
    body = {"name": "pat", "roles": ["csr"], "password": PASSWORD}
    assert here.client.post("/v1/users", json=body, headers=admin).status_code == 201
    assert here.client.post("/v1/users", json=body, headers=admin).json()["code"] == "user_exists"
    assert here.client.request("PUT", "/v1/users/pat/password", json={"password": "x" * 12}, headers=admin).is_success
    assert here.client.post("/v1/users/pat/disable", headers=admin).json()["disabled_at"] is not None
    assert [user["name"] for user in here.client.get("/v1/users", headers=admin).json()["users"]] == ["pat"]


def test_a_link_signs_in_once(here: Site) -> None:
    here.registry.add_user("pat", {Role.CSR}, PASSWORD)
    token = here.registry.create_sign_in_link("pat")
    assert here.client.post("/v1/session:link", json={"token": token}).json()["name"] == "pat"
    again = here.client.post("/v1/session:link", json={"token": token})
    assert (again.status_code, again.json()["code"]) == (401, "credentials_refused")


def test_a_link_does_not_work_from_a_page_of_another_site(here: Site) -> None:
    token = here.registry.create_first_link()
    elsewhere = {"sec-fetch-site": "cross-site"}
    assert here.client.post("/v1/session:link", json={"token": token}, headers=elsewhere).status_code == 403
    assert here.client.post("/v1/session:link", json={"token": token}).status_code == 200


def test_who_came_by_a_link_chooses_a_password(here: Site) -> None:
    token = here.registry.create_first_link()
    csrf = here.client.post("/v1/session:link", json={"token": token}).json()["csrf_token"]
    asked = {"password": PASSWORD}
    assert here.client.request("PUT", "/v1/session/password", json=asked).json()["code"] == "csrf_refused"
    done = here.client.request("PUT", "/v1/session/password", json=asked, headers={"x-csrf-token": csrf})
    assert done.json()["csrf_token"] != csrf
    again = {"password": "another long password", "current": "wrong"}
    headers = {"x-csrf-token": done.json()["csrf_token"]}
    refused = here.client.request("PUT", "/v1/session/password", json=again, headers=headers)
    assert refused.json()["field"] == "current"
    here.client.forget()
    assert here.client.post("/v1/session", json={"name": "admin", "password": PASSWORD}).status_code == 200


def test_visitors_see_what_the_public_may_where_that_is_switched_on(here: Site) -> None:
    key = here.registry.create_key({Scope.ADMIN}).secret
    asked = {"title": "Larkspur", "public_viewer": True}
    headers = {"authorization": f"Bearer {key}"}
    assert here.client.get("/v1/settings/map").status_code == 401
    saved = here.client.request("PUT", "/v1/settings/map", json=asked, headers=headers)
    assert saved.json() == {"title": "Larkspur", "imagery": [], "public_viewer": True, "units": "us"}
    assert here.client.get("/v1/session").json()["scopes"] == ["public", "suggest"]
    assert here.client.get("/v1/settings/map").json()["title"] == "Larkspur"
    assert here.client.get("/v1/address-check", params={"q": "a"}).status_code == 200
    assert here.client.get("/v1/users").status_code == 403
    here.client.request("PUT", "/v1/settings/map", json={}, headers=headers)
    assert here.client.get("/v1/session").status_code == 401


def test_imagery_opens_the_pages_policy_for_its_host_and_for_no_other(here: Site) -> None:
    key = here.registry.create_key({Scope.ADMIN}).secret
    aerial = {"title": "Aerial", "kind": "xyz", "url": "https://tiles.example/{z}/{x}/{y}.jpg"}
    headers = {"authorization": f"Bearer {key}"}
    here.client.request("PUT", "/v1/settings/map", json={"imagery": [aerial]}, headers=headers)
    assert (
        "img-src 'self' data: blob: https://tiles.example;" in here.client.get("/").headers["content-security-policy"]
    )
    hostile = {**aerial, "url": "https://tiles.example/{z}/{x}/{y}.jpg; script-src *"}
    refused = here.client.request("PUT", "/v1/settings/map", json={"imagery": [hostile]}, headers=headers)
    assert (refused.status_code, refused.json()["field"]) == (422, "imagery.0.url")
