"""Passing requests on to the process that has the database open: as they come, and its answers as they come back.

Each request has a connection of its own, so that nothing of one can be taken for part of another, and so that whoever
goes away hangs up there too.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from enum import Enum, auto
from pathlib import Path

import httptools
from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from fibermap.access.gate import Gate
from fibermap.access.refusals import NotAuthenticated
from fibermap.client.local import short_name
from fibermap.kernel.errors import Code
from fibermap_api.admission import identify
from fibermap_api.local_socket import CLIENT_HEADER, SCHEME_HEADER
from fibermap_api.problems import Malformed, Unavailable
from fibermap_api.settings import ApiSettings

PIECE_BYTES = 64 << 10
ASK_S = 2.0
_OF_A_CONNECTION = frozenset(
    {b"connection", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"transfer-encoding", b"upgrade", b"expect"}
)
_OURS = frozenset({b"x-request-id", CLIENT_HEADER, SCHEME_HEADER})
_ADDED_AGAIN = frozenset({b"date", b"server"})


class Forwarder:
    """The way to the process that has the database open.

    Parameters
    ----------
    path
        Where it listens, of `fibermap_api.local_socket.front_socket_path`.
    gate
        Counts requests with keys: here, and so nowhere else.
    """

    def __init__(self, path: Path, gate: Gate, settings: ApiSettings) -> None:
        self._path = path
        self._gate = gate
        self._most = settings.in_flight
        self._in_flight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and its answer back.

        Raises
        ------
        RateExceeded
            Its key has asked too often.
        Unavailable
            ``server_overloaded``, or ``owner_away``: nobody is there, or he went away while he worked on it.
        """
        self._count(scope)
        if self._in_flight >= self._most:
            raise Unavailable(
                Code.SERVER_OVERLOADED, "The server has too much to do.", hint="Try again soon.", retry_after_s=1
            )
        self._in_flight += 1
        try:
            async with self._connected() as wire:
                await _exchange(wire, scope, receive, send)
        finally:
            self._in_flight -= 1

    async def get(self, path: str) -> bytes | None:
        """Ask in the name of this process; None where nobody answers, or not in time."""
        with suppress(Unavailable, OSError, TimeoutError):
            async with asyncio.timeout(ASK_S), self._connected() as wire:
                await wire.send(f"GET {path} HTTP/1.1\r\nhost: front\r\nconnection: close\r\n\r\n".encode("ascii"))
                heard = b""
                while piece := await wire.receive():
                    heard += piece
                head, _, body = heard.partition(b"\r\n\r\n")
                return body if head.startswith(b"HTTP/1.1 200 ") else None
        return None

    def _count(self, scope: Scope) -> None:
        request = Request(scope)
        if "authorization" in request.headers:
            with suppress(NotAuthenticated):  # whoever may not ask is told so where he would be answered
                self._gate.count(identify(request, self._gate))

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[_Wire]:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as taken:
            taken.setblocking(False)
            try:
                with short_name(self._path) as name:
                    await asyncio.get_running_loop().sock_connect(taken, name)
            except OSError as error:
                raise Unavailable(
                    Code.OWNER_AWAY,
                    "The process that has the database open is not there just now.",
                    hint="Checks are answered; try everything else again soon.",
                    retry_after_s=2,
                ) from error
            yield _Wire(taken)


class _Wire:
    """A connection, each way for itself: where nobody takes any more, what was answered can still be read."""

    def __init__(self, taken: socket.socket) -> None:
        self._taken = taken
        self._loop = asyncio.get_running_loop()

    async def send(self, data: bytes) -> None:
        await self._loop.sock_sendall(self._taken, data)

    async def receive(self) -> bytes:
        """Return what has come, empty at the end."""
        return await self._loop.sock_recv(self._taken, PIECE_BYTES)


async def _exchange(wire: _Wire, scope: Scope, receive: Receive, send: Send) -> None:
    """Send a request and relay the answer; whoever asked and goes away ends both."""
    sending = asyncio.create_task(_send(wire, scope, receive))
    relaying = asyncio.create_task(_relay(wire, scope, send))
    try:
        await asyncio.wait({sending, relaying}, return_when=asyncio.FIRST_COMPLETED)
        if relaying.done() or sending.result() is _End.NOBODY_TAKES_MORE:
            await relaying
    finally:
        for task in (sending, relaying):
            task.cancel()
        await asyncio.gather(sending, relaying, return_exceptions=True)


class _End(Enum):
    ASKER_HAS_GONE = auto()
    NOBODY_TAKES_MORE = auto()


def _head(scope: Scope) -> bytes:
    query = b"?" + scope["query_string"] if scope["query_string"] else b""
    lines = [scope["method"].encode("ascii") + b" " + (scope["raw_path"] or b"/") + query + b" HTTP/1.1"]
    lines += [
        name + b": " + value for name, value in scope["headers"] if name not in _OF_A_CONNECTION and name not in _OURS
    ]
    host, port = scope["client"] or ("unknown", 0)
    lines += [
        b"x-request-id: " + scope["request_id"].encode("ascii"),
        CLIENT_HEADER + b": " + f"{host} {port}".encode("ascii"),
        SCHEME_HEADER + b": " + scope["scheme"].encode("ascii"),
        b"connection: close",
    ]
    if _is_chunked(scope):
        lines.append(b"transfer-encoding: chunked")
    if any(b"\r" in line or b"\n" in line or b"\0" in line for line in lines):
        raise Malformed(Code.REQUEST_UNREADABLE, "The request cannot be read.")
    return b"\r\n".join((*lines, b"", b""))


def _is_chunked(scope: Scope) -> bool:
    return any(name == b"transfer-encoding" for name, _ in scope["headers"])


async def _send(wire: _Wire, scope: Scope, receive: Receive) -> _End:
    """Send head and body piece by piece, then wait until whoever asked has gone."""
    chunked = _is_chunked(scope)
    try:
        await wire.send(_head(scope))
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return _End.ASKER_HAS_GONE
            piece = message.get("body", b"")
            if piece:
                await wire.send(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
            if chunked and not message.get("more_body", False):
                await wire.send(b"0\r\n\r\n")
                chunked = False
    except OSError:
        return _End.NOBODY_TAKES_MORE


async def _relay(wire: _Wire, scope: Scope, send: Send) -> None:
    answer = _Answer()
    parser = httptools.HttpResponseParser(answer)
    started = False
    with suppress(ConnectionResetError):
        while not answer.complete and (data := await wire.receive()):
            parser.feed_data(data)
            if answer.has_head and not started:
                started = True
                answer.complete = answer.complete or scope["method"] == "HEAD"
                await send(_start(answer, parser.get_status_code()))
            if started:
                await send({"type": "http.response.body", "body": answer.take(), "more_body": not answer.complete})
    if not answer.complete:
        raise Unavailable(
            Code.OWNER_AWAY,
            "The process that has the database open went away while it worked on this.",
            hint="It may have been done all the same: look before you ask again.",
        )


def _start(answer: _Answer, status: int) -> Message:
    headers = [pair for pair in answer.headers if pair[0] not in _OF_A_CONNECTION and pair[0] not in _ADDED_AGAIN]
    return {"type": "http.response.start", "status": status, "headers": headers}


class _Answer:
    """What the parser of an answer has told so far."""

    def __init__(self) -> None:
        self.headers: list[tuple[bytes, bytes]] = []
        self.has_head = False
        self.complete = False
        self._body = bytearray()

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        self.has_head = True

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        self.complete = True

    def take(self) -> bytes:
        """Return what has come of the body since the last time."""
        body = bytes(self._body)
        self._body.clear()
        return body
