"""HTTP on the wire, where uvicorn sets no bounds: slow or endless headers, too many connections, junk."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from starlette.responses import Response
from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from fibermap.kernel.errors import Code
from fibermap_api.problems import Problem
from fibermap_api.settings import ApiSettings

if TYPE_CHECKING:
    from uvicorn._types import ASGI3Application

_UNREADABLE = Problem(400, Code.REQUEST_UNREADABLE, "The request is not HTTP.", "Mend the client.")
_TOO_SLOW = Problem(408, Code.REQUEST_TOO_SLOW, "The headers took too long to arrive.", "Send it again.")
_TOO_LARGE = Problem(431, Code.REQUEST_TOO_LARGE, "The headers are too large.", "Send fewer.")
_TOO_MANY = Problem(
    503, Code.SERVER_OVERLOADED, "Too many connections are open.", "Try again soon.", {"retry_after_s": 1}
)

_CLOSING = ((b"connection", b"close"),)


class GuardedProtocol(HttpToolsProtocol):
    """One connection. A request's headers have to arrive within a time and a size; then the frame is in charge.

    Attributes
    ----------
    at_once
        Answers what waits for nothing, and is None for everything else: that becomes a task.
    """

    limits: ApiSettings
    at_once: Callable[[Scope], Response | None]
    _deadline: asyncio.TimerHandle | None = None
    _head_bytes = 0
    _in_head = True
    _had_its_turn = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request, or refuse a connection too many."""
        super().connection_made(transport)
        if len(self.connections) > self.limits.connections:
            self._refuse(_TOO_MANY)
        else:
            self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on; what has no end yet is counted."""
        if self.transport.is_closing():
            return
        self._had_its_turn = False
        super().data_received(data)
        if self._in_head and not self.transport.is_closing():
            if self._deadline is None:  # the first one's time runs since the connection was made
                self._await_head()
            self._head_bytes += len(data)
            if self._head_bytes > self.limits.header_bytes + self.limits.query_bytes + self.limits.path_bytes:
                self._refuse(_TOO_LARGE)

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        self._in_head = True

    def on_headers_complete(self) -> None:
        """Hand the request over."""
        self._in_head = False
        self._head_bytes = 0
        self._stop_waiting()
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is not HTTP."""
        self._refuse(_UNREADABLE)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        """Answer here and now, or begin a task. Of many requests at once, the others of a connection wait in line."""
        if self.transport.is_closing():
            return
        response = None
        if not self._had_its_turn and not self.flow.write_paused:
            response = self.at_once(cycle.scope)  # type: ignore[arg-type]  # what ASGI calls a scope
        if response is None:
            super()._start_asgi_task(cycle, app)
            return
        self._had_its_turn = True
        cycle.response_started = cycle.response_complete = True
        self._send(response, () if cycle.keep_alive else _CLOSING)
        if not cycle.keep_alive:
            self.transport.close()
        cycle.on_response()

    def _await_head(self) -> None:
        self._deadline = self.loop.call_later(self.limits.headers_s, self._too_slow)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_slow(self) -> None:
        self._deadline = None
        if not self.transport.is_closing():
            self._refuse(_TOO_SLOW)

    def _refuse(self, problem: Problem) -> None:
        """Answer without an application, and hang up."""
        self._stop_waiting()
        self._send(problem.response(secrets.token_hex(8)), _CLOSING)
        self.transport.close()

    def _send(self, response: Response, more: Sequence[tuple[bytes, bytes]]) -> None:
        """Send a whole answer, with more headers; all are ours, so that none holds the end of a line."""
        headers = (*self.server_state.default_headers, *response.raw_headers, *more)
        lines = b"\r\n".join(map(b": ".join, headers))
        self.transport.write(b"".join((STATUS_LINE[response.status_code], lines, b"\r\n\r\n", response.body)))


def guarded(settings: ApiSettings, at_once: Callable[[Scope], Response | None]) -> type[asyncio.Protocol]:
    """Return the protocol with these limits, for uvicorn."""
    attributes: dict[str, Any] = {"limits": settings, "at_once": staticmethod(at_once)}
    return type("GuardedProtocol", (GuardedProtocol,), attributes)
