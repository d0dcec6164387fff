"""On the wire: what is no HTTP, too large, too slow or too many, against a real server."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from fibermap.access.model import Scope
from tests.api.answering import Site
from tests.api.loopback import connection, hear, hear_one, serving, talk
from tests.api.program import soon

GET = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, str]]:
    with serving(tmp_path_factory.mktemp("api"), headers_s=1.0, body_s=1.0, connections=120) as started:
        yield started


def problem(heard: bytes) -> dict[str, object]:
    head, _, body = heard.partition(b"\r\n\r\n")
    assert b"content-type: application/problem+json" in head, heard[:500]
    found: dict[str, object] = json.loads(body)
    assert head.startswith(b"HTTP/1.1 %d " % found["status"])
    return found


@pytest.mark.parametrize(
    "junk",
    [
        b"\x16\x03\x01\x02\x00\x01", b"hello\r\n\r\n", b"GET\r\n\r\n", b"GET /\xff HTTP/1.1\r\n\r\n", b"\x00" * 100,
        b"GET / HTTP/9.9\r\n\r\n", b"GET http:// HTTP/1.1\r\n\r\n", b"POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
        b"GET / HTTP/1.1\r\nBad Header\r\n\r\n", b"CONNECT a:1 HTTP/1.1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
    ],
)  # fmt: skip
def test_what_is_no_http_is_a_400(server: tuple[Site, str], junk: bytes) -> None:
    found = problem(talk(server[1], junk))
    assert found["status"] in (400, 404)


def test_headers_without_end_are_cut_off(server: tuple[Site, str]) -> None:
    assert problem(talk(server[1], GET, b"X: " + b"a" * 40_000))["status"] == 431


def test_headers_that_never_come_are_waited_for_so_long(server: tuple[Site, str]) -> None:
    for said in (b"", GET, b"G"):
        assert problem(talk(server[1], said))["status"] == 408


def test_dripping_headers_does_not_help(server: tuple[Site, str]) -> None:
    with connection(server[1]) as wire, pytest.raises(OSError, match=r"pipe|reset"):  # noqa: PT012
        for letter in GET * 100:  # which would take more than two minutes
            wire.sendall(bytes([letter]))
            time.sleep(0.05)


def test_a_body_that_never_comes_is_a_408(server: tuple[Site, str]) -> None:
    site, url = server
    key = site.key(Scope.CHECK)["Authorization"].encode()
    head = b"POST /v1/address-check HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    said = head + b"Authorization: " + key + b"\r\nConnection: close\r\nContent-Length: 50\r\n\r\n{"
    assert problem(talk(url, said))["status"] == 408


def test_a_body_that_breaks_off_harms_nobody(server: tuple[Site, str]) -> None:
    site, url = server
    key = site.key(Scope.CHECK)["Authorization"].encode()
    head = b"POST /v1/address-check HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    for _ in range(20):
        with connection(url) as wire:
            wire.sendall(head + b"Authorization: " + key + b"\r\nContent-Length: 50\r\n\r\n{")
    assert httpx.get(f"{url}/healthz", timeout=60).status_code == 200


def test_slow_clients_do_not_keep_others_out(server: tuple[Site, str]) -> None:
    slow = [connection(server[1]) for _ in range(100)]
    try:
        for wire in slow:
            wire.sendall(GET)
        assert httpx.get(f"{server[1]}/healthz", timeout=60).status_code == 200
        assert all(problem(hear(wire))["status"] == 408 for wire in slow)
    finally:
        for wire in slow:
            wire.close()


def test_one_connection_too_many_is_told_so(server: tuple[Site, str]) -> None:
    held: list[socket.socket] = []
    try:
        for _ in range(120):  # each rests between two requests, for longer than its headers may take
            held.append(connection(server[1]))
            held[-1].sendall(GET + b"\r\n")
            hear_one(held[-1])
        assert problem(talk(server[1]))["status"] == 503
    finally:
        for wire in held:
            wire.close()
    assert soon(lambda: talk(server[1], GET + b"Connection: close\r\n\r\n").startswith(b"HTTP/1.1 200"))


def test_a_connection_is_used_again_and_requests_in_a_row_are_all_answered(server: tuple[Site, str]) -> None:
    heard = talk(server[1], (GET + b"\r\n") * 5 + GET + b"Connection: close\r\n\r\n")
    assert heard.count(b"HTTP/1.1 200 OK") == 6


def test_checks_in_a_row_are_answered_in_their_order_and_with_all_that_others_carry(server: tuple[Site, str]) -> None:
    site, url = server
    key = site.key(Scope.CHECK)
    asked = b"GET /v1/address-check?address_id=%d HTTP/1.1\r\nHost: x\r\nX-Request-ID: request-%d\r\nAuthorization: "
    said = [asked % (100 + n, n) + key["Authorization"].encode() for n in range(9)]
    heard = talk(url, b"\r\n\r\n".join(said) + b"\r\nConnection: close\r\n\r\n" + GET + b"\r\n")
    answers = heard.split(b"HTTP/1.1 ")[1:]
    assert [b"request-%d" % n in each for n, each in enumerate(answers)] == [True] * 9
    assert [each.count(b"connection: close") for each in answers] == [0] * 8 + [1]
    names = [{line.partition(b":")[0] for line in each.partition(b"\r\n\r\n")[0].splitlines()[1:]} for each in answers]
    assert names[0] == names[1] == names[8] - {b"connection"}  # the first needed no task, the others waited in line
    found = site.client.get("/v1/address-check", params={"address_id": 101}, headers=key)
    assert answers[1].partition(b"\r\n\r\n")[2] == found.content


def test_a_check_that_fails_is_a_problem_and_the_connection_goes_on(server: tuple[Site, str]) -> None:
    site, url = server
    with httpx.Client(base_url=url, headers=site.key(Scope.CHECK), timeout=60) as client:
        asked = [{"q": "fail"}, {"q": ""}, {"q": "1 Main St"}]
        assert [client.get("/v1/address-check", params=each).status_code for each in asked] == [500, 422, 200]
        assert client.get("/v1/address-check", headers={"Authorization": "Bearer no"}).status_code == 401


def test_a_connection_may_rest_between_requests_longer_than_its_headers_may_take(server: tuple[Site, str]) -> None:
    with connection(server[1]) as wire:
        wire.sendall(GET + b"\r\n")
        assert hear_one(wire).startswith(b"HTTP/1.1 200")
        time.sleep(1.5)
        wire.sendall(GET + b"Connection: close\r\n\r\n")
        assert hear(wire).startswith(b"HTTP/1.1 200")


def test_it_stops_when_told_although_somebody_is_slow(tmp_path: Path) -> None:
    with serving(tmp_path, headers_s=600.0) as (_, url):  # which waits until it has stopped, and not so long
        wire = connection(url)
        wire.sendall(GET)
    wire.close()


def test_a_thousand_slow_clients_do_not_keep_a_check_out(tmp_path: Path) -> None:
    with serving(tmp_path, headers_s=6.0) as (site, url):
        key, slow = site.key(Scope.CHECK), []
        try:
            for _ in range(1000):
                wire = connection(url)
                slow.append(wire)
                wire.sendall(GET)
            asked = httpx.get(f"{url}/v1/address-check", params={"q": "1 Main St"}, headers=key, timeout=60)
            assert asked.status_code == 200
            heard = {problem(hear(wire))["status"] for wire in slow}
            assert heard == {408}
        finally:
            for wire in slow:
                wire.close()
