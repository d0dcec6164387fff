"""Sockets beside the database, for this user only: one for the command line, one for the process in front.

Whoever may open the file may do everything through its server, without a key; so what comes by the first is the local
operator's. What comes by the second was sent by others to the process in front, which says from where.
"""

from __future__ import annotations

import os
import socket
import stat
import struct
from asyncio import Protocol, Transport
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fibermap.client.local import short_name
from fibermap.kernel.errors import Code, InputRefused
from fibermap_api.admission import FORWARDED, LOCAL

BACKLOG = 512
CLIENT_HEADER, SCHEME_HEADER = b"x-fibermap-client", b"x-fibermap-scheme"
_CREDENTIALS = "3i"


@contextmanager
def listen_locally(path: Path) -> Iterator[socket.socket]:
    """Listen on a socket that only this user can reach; it is gone afterwards.

    What lies there is left over from a server that was killed: this process has the database open, so nobody else has.

    Raises
    ------
    InputRefused
        ``argument_invalid``: something else lies there, or nothing can.
    """
    _clear(path)
    taken = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with short_name(path) as name:
            taken.bind(name)
        path.chmod(0o600)  # before anybody can connect: it does not listen yet
        made = path.stat().st_ino
        taken.listen(BACKLOG)
    except OSError as error:
        taken.close()
        raise InputRefused(
            Code.ARGUMENT_INVALID, f"Nothing can listen on {path}: {error.strerror or error}.", file=str(path)
        ) from error
    try:
        yield taken
    finally:
        taken.close()
        if path.exists() and path.stat().st_ino == made:
            path.unlink()


def front_socket_path(database: Path) -> Path:
    """Return where the process that has a database open listens to the one in front: ``plan.duckdb.front``."""
    return database.with_name(database.name + ".front")


def local_protocol(kind: type[Protocol]) -> type[Protocol]:
    """Return a protocol whose requests are the local operator's: every connection is asked for its user first."""
    return type("LocalProtocol", (_LocalProtocol, kind), {})


def front_protocol(kind: type[Protocol]) -> type[Protocol]:
    """Return a protocol whose requests are those that the process in front passes on."""
    return type("FrontProtocol", (_FrontProtocol, kind), {})


class _OwnUsersProtocol:
    """Takes up connections of this user, or of root, and marks their requests; hangs up on others."""

    mark: str
    app_state: dict[str, Any]

    def connection_made(self, transport: Transport) -> None:
        """Ask for the user."""
        self.app_state = {**self.app_state, self.mark: True}
        super().connection_made(transport)  # type: ignore[misc]
        peer = transport.get_extra_info("socket")
        raw = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize(_CREDENTIALS))
        _, user, _ = struct.unpack(_CREDENTIALS, raw)
        if user not in (os.getuid(), 0):
            transport.abort()


class _LocalProtocol(_OwnUsersProtocol):
    mark = LOCAL


class _FrontProtocol(_OwnUsersProtocol):
    mark = FORWARDED
    scope: dict[str, Any]

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header in; those that the process in front has added say who sent the request, and how."""
        if name == CLIENT_HEADER:
            host, _, port = value.decode("ascii").rpartition(" ")
            self.scope["client"] = host, int(port)
        elif name == SCHEME_HEADER:
            self.scope["scheme"] = value.decode("ascii")
        else:
            super().on_header(name, value)  # type: ignore[misc]


def _clear(path: Path) -> None:
    if not path.exists():
        return
    if not stat.S_ISSOCK(path.lstat().st_mode):
        raise InputRefused(
            Code.ARGUMENT_INVALID,
            f"{path.name} is in the way of the server's socket.",
            hint="Move it away.",
            file=str(path),
        )
    path.unlink()
