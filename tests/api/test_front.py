"""Two processes as one server: what each answers, what is passed on, and what is left when one of them is killed."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from fibermap.order.offering_json import terms_json
from fibermap.store import Store
from fibermap_api.local_socket import front_socket_path
from tests.api.loopback import connection, talk
from tests.api.planning import village
from tests.api.program import Running, serve, soon
from tests.order.selling import plan_terms

HOUSE = "1 Elk Ridge Rd 59741"
PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return village(tmp_path_factory.mktemp("front"))


@pytest.fixture(scope="module")
def server(database: Path) -> Iterator[Running]:
    with serve("--db", database) as running:
        yield running


def client(server: Running) -> httpx.Client:
    return httpx.Client(base_url=server.url, headers=server.headers(), timeout=60)


def test_a_login_goes_through_and_a_session_checks(server: Running) -> None:
    with client(server) as admin:
        assert admin.post("/v1/users", json={"name": "pat", "roles": ["csr"], "password": PASSWORD}).status_code == 201
    with httpx.Client(base_url=server.url, timeout=60) as pat:
        said = pat.post("/v1/session", json={"name": "pat", "password": PASSWORD})
        assert said.headers["set-cookie"].startswith("fibermap_session=")
        assert len(said.headers.get_list("x-request-id")) == len(said.headers.get_list("date")) == 1
        assert pat.get("/v1/address-check", params={"q": HOUSE}).json()["match"]["status"] == "matched"
        assert pat.delete("/v1/session").json()["code"] == "csrf_refused"
        assert pat.delete("/v1/session", headers={"X-CSRF-Token": said.json()["csrf_token"]}).status_code == 204
        assert pat.get("/v1/address-check", params={"q": HOUSE}).status_code == 401


def test_a_request_keeps_its_id_whoever_answers(server: Running) -> None:
    with client(server) as admin:
        for path in ("/v1/address-suggest?q=1", "/v1/users", "/nothing/here"):
            assert admin.get(path, headers={"X-Request-ID": "abcdef-123"}).headers["x-request-id"] == "abcdef-123"


def test_nobody_becomes_the_local_operator_or_somebody_else_by_a_header(server: Running) -> None:
    for headers in ({"X-Fibermap-Client": "127.0.0.1 1"}, {"X-Fibermap-Scheme": "https"}, {"X-Fibermap-Local": "1"}):
        assert httpx.get(server.url + "/v1/users", headers=headers, timeout=60).status_code == 401
    said = httpx.post(
        server.url + "/v1/session", json={"name": "x", "password": PASSWORD},
        headers={"X-Fibermap-Scheme": "https", "X-Fibermap-Client": "junk"}, timeout=60,
    )  # fmt: skip
    assert said.json()["code"] == "credentials_refused"


def test_a_key_has_one_bucket_for_both(server: Running) -> None:
    with client(server) as admin:
        made = admin.post("/v1/keys", json={"scopes": ["read"], "rate_per_s": 0.01}).json()["key"]
        house = admin.get("/v1/address-check", params={"q": HOUSE}).json()["match"]["address_id"]
    with httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {made}"}, timeout=60) as slow:
        asked = (f"/v1/addresses/{house}/timeline", "/v1/address-suggest?q=1")
        assert [slow.get(asked[n % 2]).status_code for n in range(4)] == [200, 429, 429, 429]


def test_a_revoked_key_is_revoked_at_once(server: Running) -> None:
    with client(server) as admin:
        made = admin.post("/v1/keys", json={"scopes": ["check"]}).json()
        headers = {"Authorization": f"Bearer {made['key']}"}
        assert httpx.get(server.url + "/v1/address-suggest?q=1", headers=headers, timeout=60).status_code == 200
        assert admin.delete(f"/v1/keys/{made['key_id']}").status_code == 204
        assert httpx.get(server.url + "/v1/address-suggest?q=1", headers=headers, timeout=60).status_code == 401


def test_a_file_of_questions_becomes_a_job_of_the_owner(server: Running) -> None:
    with client(server) as admin:
        content = iter([b"q\n", *[f"{HOUSE}\n".encode()] * 3])
        job = admin.post("/v1/address-check:batch", content=content, headers={"Content-Type": "text/csv"})
        assert job.status_code == 202, job.text
        where = job.headers["location"]
        assert soon(lambda: admin.get(where).json()["state"] == "done")
        assert len(admin.get(f"{where}/result").text.splitlines()) == 4


def test_bodies_are_passed_on_in_any_framing_and_refused_before_they_end(server: Running) -> None:
    key = server.headers()["Authorization"].encode()
    head = b"POST /v1/users HTTP/1.1\r\nHost: x\r\nAuthorization: " + key + b"\r\nContent-Type: application/json\r\n"
    body = json.dumps({"name": "kim", "roles": ["sales"], "password": PASSWORD}).encode()
    chunked = head + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    assert b"HTTP/1.1 201 " in talk(server.url, chunked)
    endless = head + b"Content-Length: 99999999\r\nConnection: close\r\n\r\n"
    with connection(server.url) as wire:
        wire.sendall(endless + b"{" * 1000)
        assert b"HTTP/1.1 413 " in wire.recv(65536)


def test_whoever_hangs_up_is_forgotten(server: Running) -> None:
    key = server.headers()["Authorization"].encode()
    head = b"POST /v1/users HTTP/1.1\r\nHost: x\r\nAuthorization: " + key + b"\r\nContent-Length: 50\r\n"
    for _ in range(20):
        with connection(server.url) as wire:
            wire.sendall(head + b"Content-Type: application/json\r\n\r\n{")
    owner = server.worker("owner")
    assert soon(lambda: sum(str(one.laddr).endswith(".front") for one in owner.net_connections("unix")) == 1)


def test_a_key_that_only_checks_is_known_to_be_used(tmp_path: Path) -> None:
    database = village(tmp_path)
    with serve("--db", database) as server:
        with client(server) as admin:
            made = admin.post("/v1/keys", json={"scopes": ["suggest"]}).json()
            headers = {"Authorization": f"Bearer {made['key']}"}
        assert httpx.get(server.url + "/v1/address-suggest?q=1", headers=headers, timeout=60).status_code == 200
        assert server.stop() == 0
    with Store.open(database) as store:
        used = store.sql.value("used", "SELECT last_used_at FROM api_key WHERE key_id = ?", [made["key_id"]])
    assert used is not None
    assert not list(tmp_path.glob("*.uses*")) + list(tmp_path.glob("*.checks*"))


def test_both_are_measured(server: Running) -> None:
    with client(server) as admin:
        admin.get("/v1/address-check", params={"q": HOUSE})
        admin.get("/v1/users")

        def measured() -> bool:  # a request is counted once it is answered, and an owner that is busy counts as away
            text = admin.get("/metrics").text
            counted = 'fibermap_requests_total{method="GET",process="front",route="/v1/address-check"' in text
            return counted and 'process="owner",route="/v1/users"' in text and "fibermap_owner_up 1.0" in text

        assert soon(measured)
        assert soon(lambda: admin.get("/readyz").json()["owner"] == "up")
        assert admin.get("/readyz").json()["replica"] is False


def test_an_edit_is_seen_in_front(server: Running, database: Path) -> None:
    with client(server) as admin:
        found = admin.get("/v1/address-check", params={"q": "2 Elk Ridge Rd 59741"}).json()
        house = found["match"]["address_id"]
        said = admin.post("/v1/plan/retire_address", json={"arguments": [house, "gone", "ann"]})
        assert said.status_code == 200, said.text

        def gone() -> bool:
            now = admin.get("/v1/address-check", params={"q": "2 Elk Ridge Rd 59741"}).json()
            assert now["match"]["status"] in ("matched", "number_not_found")
            return bool(now["match"]["status"] == "number_not_found")

        assert soon(gone)


def test_an_offering_is_sold_in_front(server: Running) -> None:
    with client(server) as admin:
        house = admin.get("/v1/address-check", params={"q": HOUSE}).json()["match"]["address_id"]
        asked = {"address_id": house, "channel": "portal"}
        assert admin.get("/v1/offers", params=asked).json()["offers"] == []
        stated = {"terms": terms_json(plan_terms()), "reason": "spring"}
        assert admin.post("/v1/offerings", json=stated).status_code == 201
        assert soon(
            lambda: [o["code"] for o in admin.get("/v1/offers", params=asked).json()["offers"]] == ["FIBER-500"]
        )
        counted = 'fibermap_requests_total{method="GET",process="front",route="/v1/offers"'
        assert soon(lambda: counted in admin.get("/metrics").text)


def test_without_its_owner_it_goes_on_checking_and_gets_another(tmp_path: Path) -> None:
    with serve("--db", village(tmp_path)) as server, client(server) as admin:
        owner = server.worker("owner")
        owner.kill()
        owner.wait(60)
        assert admin.get("/v1/address-check", params={"q": HOUSE}).json()["match"]["status"] == "matched"
        away = admin.get("/v1/users")
        if away.status_code != 200:  # it may be back already
            assert (away.status_code, away.json()["code"]) == (503, "owner_away")
            assert away.headers["content-type"] == "application/problem+json"
            assert away.headers["retry-after"]
            is_away = "fibermap_owner_up 0.0" in admin.get("/metrics").text
            assert is_away or admin.get("/v1/users").status_code == 200
        assert soon(lambda: admin.get("/v1/users").status_code == 200)
        assert server.stop() == 0
    with Store.open(tmp_path / "plan.duckdb") as store:
        assert store.sql.value("checks", "SELECT count(*) FROM address_check") == 1


def test_without_a_front_whoever_asks_waits_for_the_next(tmp_path: Path) -> None:
    with serve("--db", village(tmp_path)) as server:
        front = server.worker("front")
        front.kill()
        front.wait(60)
        said = httpx.get(
            server.url + "/v1/address-check", params={"q": HOUSE}, headers=server.headers(), timeout=60
        ).json()
        assert said["match"]["status"] == "matched"
        assert server.stop() == 0


def test_a_killed_supervisor_leaves_nothing_behind(tmp_path: Path) -> None:
    database = village(tmp_path)
    with serve("--db", database) as server:
        workers = [server.worker(role) for role in ("owner", "front")]
        server.process.kill()
        for worker in workers:
            worker.wait(60)
    with Store.open(database):
        pass


def test_only_this_user_reaches_the_owner(server: Running, database: Path) -> None:
    path = front_socket_path(database)
    assert path.stat().st_mode & 0o077 == 0
    with socket.socket(socket.AF_UNIX) as wire:
        wire.connect(str(path))
        wire.sendall(b"GET /v1/users HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        assert b" 401 " in wire.recv(65536)
