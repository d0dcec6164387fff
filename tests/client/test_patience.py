"""A client waits where the server asks for it, gives up in time, and says what failed as the server would."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from fibermap.client import http
from fibermap.client.http import ATTEMPTS, Connection
from fibermap.kernel.errors import Code, FibermapError, InputRefused, NeedsYes, NotFound

PROBLEM = {"type": "t", "title": "t", "detail": "No.", "hint": "Do.", "request_id": "r"}
Answer = Callable[[int], httpx.Response]


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that were made, in seconds; none of them is waited for."""
    made: list[float] = []
    monkeypatch.setattr(http.time, "sleep", made.append)
    return made


def asked(answer: Answer) -> tuple[Connection, list[httpx.Request]]:
    """Return a connection to a server that answers the first, second, third request so."""
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return answer(len(seen))

    connection = Connection("http://127.0.0.1:1", "fmk_x")
    connection._http = httpx.Client(transport=httpx.MockTransport(handle), base_url="http://server")
    return connection, seen


def refused(status: int, code: str, retry_after_s: int | None = None) -> httpx.Response:
    headers = {} if retry_after_s is None else {"Retry-After": str(retry_after_s)}
    return httpx.Response(status, json={**PROBLEM, "status": status, "code": code}, headers=headers)


@pytest.mark.parametrize("status", [429, 503])
def test_it_asks_again_when_it_was_told_to(status: int, pauses: list[float]) -> None:
    code = "rate_exceeded" if status == 429 else "server_overloaded"
    at, seen = asked(lambda n: refused(status, code, 2) if n < 3 else httpx.Response(200, json={"ok": True}))
    assert at.get("/v1/session") == {"ok": True}
    assert (len(seen), pauses) == (3, [2.0, 2.0])


def test_it_gives_up_in_time(pauses: list[float]) -> None:
    at, seen = asked(lambda _: refused(503, "server_overloaded", 1))
    with pytest.raises(FibermapError) as failure:
        at.send("POST", "/v1/plan/undo", {})
    assert failure.value.code is Code.SERVER_OVERLOADED
    assert (len(seen), len(pauses)) == (ATTEMPTS, ATTEMPTS - 1)


@pytest.mark.parametrize(("status", "retry_after_s"), [(500, 1), (502, None), (503, None), (429, 3_600)])
def test_it_does_not_ask_again_unbidden(status: int, retry_after_s: int | None, pauses: list[float]) -> None:
    at, seen = asked(lambda _: refused(status, "internal_error", retry_after_s))
    with pytest.raises(FibermapError):
        at.call("/v1/plan/undo", {})
    assert (len(seen), pauses) == (1, [])


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [(404, "address_not_found", NotFound), (422, "argument_invalid", InputRefused), (409, "needs_yes", NeedsYes)],
)
def test_a_problem_is_the_error_that_it_was(status: int, code: str, kind: type[FibermapError]) -> None:
    at, _ = asked(lambda _: refused(status, code))
    with pytest.raises(kind) as failure:
        at.get("/v1/addresses/5")
    assert failure.value.as_json() == {"code": code, "message": "No.", "hint": "Do."}


@pytest.mark.parametrize("body", [b"<html>Bad gateway</html>", b"[]", b'{"code": "of_a_later_release"}', b""])
def test_whatever_else_fails_is_said_to_be_no_fibermap(body: bytes) -> None:
    at, _ = asked(lambda _: httpx.Response(502, content=body))
    with pytest.raises(FibermapError) as failure:
        at.get("/v1/session")
    assert failure.value.code is Code.SERVICE_ERROR


@pytest.mark.parametrize("url", ["http://", "https://:80", "http://[x", "http://host:port"])
def test_a_url_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(InputRefused):
        Connection(url)
