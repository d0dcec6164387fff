"""HTTP on the wire, where uvicorn sets no bounds: slow or endless headers, too many connections, junk."""

from __future__ import annotations

import asyncio
import secrets
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from fibermap.kernel.errors import Code
from fibermap_api.problems import Problem
from fibermap_api.settings import ApiSettings

_UNREADABLE = Problem(400, Code.REQUEST_UNREADABLE, "The request is not HTTP.", "Mend the client.")
_TOO_SLOW = Problem(408, Code.REQUEST_TOO_SLOW, "The headers took too long to arrive.", "Send it again.")
_TOO_LARGE = Problem(431, Code.REQUEST_TOO_LARGE, "The headers are too large.", "Send fewer.")
_TOO_MANY = Problem(
    503, Code.SERVER_OVERLOADED, "Too many connections are open.", "Try again soon.", {"retry_after_s": 1}
)


class GuardedProtocol(HttpToolsProtocol):
    """One connection. A request's headers have to arrive within a time and a size; then the frame is in charge."""

    limits: ApiSettings
    _deadline: asyncio.TimerHandle | None = None
    _head_bytes = 0
    _in_head = True

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
        response = problem.response(secrets.token_hex(8))
        lines = [name + b": " + value + b"\r\n" for name, value in response.raw_headers]
        head = b"".join((STATUS_LINE[response.status_code], *lines, b"connection: close\r\n\r\n"))
        self.transport.write(head + bytes(response.body))
        self.transport.close()


def guarded(settings: ApiSettings) -> type[asyncio.Protocol]:
    """Return the protocol with these limits, for uvicorn."""
    attributes: dict[str, Any] = {"limits": settings}
    return type("GuardedProtocol", (GuardedProtocol,), attributes)
