"""The frame around every request: its id, bounds, headers, measurements, and the last word when something fails."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterable
from itertools import chain
from random import getrandbits
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from fibermap.kernel.errors import Code, FibermapError
from fibermap.money.card_numbers import has_card_number
from fibermap_api.endpoint import Endpoint
from fibermap_api.logs import get_logger
from fibermap_api.metrics import Metrics
from fibermap_api.problems import HeadersTooLarge, Unavailable, UrlTooLong, problem_of
from fibermap_api.settings import ApiSettings

_SANE_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")
HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)
"""Of every response, unless it brings its own: the page has a policy, and what it is made of may be kept."""
_NAMES = frozenset(name for name, _ in HEADERS)
_log = get_logger()


class Frame:
    """The outermost middleware. Refuses what is too large before anything looks at it; nothing fails beyond it.

    Parameters
    ----------
    app
        `fibermap_api.stack.Dispatch`, which finds the endpoint.
    """

    def __init__(self, app: Any, settings: ApiSettings, metrics: Metrics) -> None:
        self._app = app
        self._settings = settings
        self._metrics = metrics
        self._in_flight = 0

    def at_once(self, scope: Scope) -> Response | None:
        """Answer a request that waits for nothing; None where it may have to wait."""
        endpoint: Endpoint | None = self._app.at_once(scope)
        if endpoint is None:
            return None
        started_s, failed = time.perf_counter(), None
        scope["request_id"] = request_id_of(scope)
        self._in_flight += 1
        try:
            self._refuse(scope)
            response = endpoint.answer_at_once(Request(scope))
        except Exception as error:
            response, failed = problem_of(error).response(scope["request_id"]), error
        finally:
            self._in_flight -= 1
        response.raw_headers = framed(response.raw_headers, scope["request_id"])
        self._tell(scope, response.status_code, failed, time.perf_counter() - started_s)
        return response

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        response = self.at_once(scope)
        if response is not None:
            await response(scope, receive, send)
            return
        started_s = time.perf_counter()
        scope["request_id"] = request_id_of(scope)
        outcome: dict[str, Any] = {"status": 0, "error": None}

        async def send_framed(message: Message) -> None:
            if message["type"] == "http.response.start":
                outcome["status"] = message["status"]
                message["headers"] = framed(message.get("headers", ()), scope["request_id"])
            await send(message)

        self._in_flight += 1
        try:
            await self._answer(scope, receive, send_framed, outcome)
        finally:
            self._in_flight -= 1
            status = outcome["status"] or 499  # the caller went away before an answer
            self._tell(scope, status, outcome["error"], time.perf_counter() - started_s)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, outcome: dict[str, Any]) -> None:
        try:
            self._refuse(scope)
            async with asyncio.timeout(self._longest_s(scope)):
                await self._app(scope, receive, send)
        except Exception as error:
            outcome["error"] = error
            if outcome["status"]:
                raise  # half an answer is out: all that is left is to close the connection
            found = _too_long() if isinstance(error, TimeoutError) else error
            await problem_of(found).response(scope["request_id"])(scope, receive, send)

    def _refuse(self, scope: Scope) -> None:
        settings = self._settings
        if self._in_flight > settings.in_flight:
            raise Unavailable(
                Code.SERVER_OVERLOADED, "The server has too much to do.", hint="Try again soon.", retry_after_s=1
            )
        if len(scope["query_string"]) > settings.query_bytes or len(scope["path"]) > settings.path_bytes:
            raise UrlTooLong(Code.REQUEST_TOO_LARGE, "The URL is too long.", hint="Send a long question as POST.")
        if sum(map(len, chain.from_iterable(scope["headers"]))) > settings.header_bytes:
            raise HeadersTooLarge(Code.REQUEST_TOO_LARGE, "The headers are too large.", hint="Send fewer.")

    def _longest_s(self, scope: Scope) -> float | None:
        """Return how long an answer may take; a verb of the plan takes as long as it does, and is not broken off."""
        path = scope["path"]
        if path.startswith(("/v1/plan/", "/v1/backups/", "/v1/doctor")) or path.endswith((":undo", "/undo-preview")):
            return None
        if path == "/v1/ingests":
            return self._settings.plan_upload_s + self._settings.request_s
        return self._settings.upload_s if path.endswith(":batch") else self._settings.request_s

    def _tell(self, scope: Scope, status: int, error: Exception | None, seconds: float) -> None:
        """Count and log: the route's pattern and not the path, the caller's id and not the key, nothing typed."""
        route = route_of(scope)
        self._metrics.count(scope["method"], route, status, seconds)
        failed = status >= 500
        if not failed and not self._settings.log_requests:
            return
        caller = scope.get("caller")
        (_log.error if failed else _log.info)(
            "request",
            method=scope["method"] if scope["method"].isalpha() else "?",
            route=route,
            status=status,
            ms=round(seconds * 1000, 2),
            caller=caller.id if caller else None,
            request_id=scope["request_id"],
            code=str(error.code) if isinstance(error, FibermapError) else None,
            exc_info=error if failed and error is not None and not isinstance(error, Unavailable) else None,
        )


def framed(headers: Iterable[tuple[bytes, bytes]], request_id: str) -> list[tuple[bytes, bytes]]:
    """Return the headers of an answer with those that every answer carries."""
    said = [*headers, (b"x-request-id", request_id.encode())]
    own = [name for name, _ in said]
    said += HEADERS if _NAMES.isdisjoint(own) else [each for each in HEADERS if each[0] not in own]
    return said


def route_of(scope: Scope) -> str:
    """Return the pattern of the path that a request went to; ``none`` where there is none."""
    return getattr(getattr(scope.get("endpoint"), "__self__", None), "path", "none")


def _too_long() -> Unavailable:
    return Unavailable(Code.SERVER_OVERLOADED, "The answer took too long.", hint="Ask for less.", retry_after_s=5)


def request_id_of(scope: Scope) -> str:
    """Return the id that the request brings, if it can be logged as it is, and a new one else."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _SANE_ID.fullmatch(value) and not has_card_number(value.decode()):
            return str(value.decode())
    return f"{getrandbits(64):016x}"  # tells requests apart, and need not be hard to guess
