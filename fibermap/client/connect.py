"""Where a plan is, and whether it is there."""

from __future__ import annotations

import stat
from pathlib import Path

from fibermap.client.http import Connection
from fibermap.client.local import socket_path
from fibermap.client.remote_plan import RemotePlan
from fibermap.kernel.errors import FibermapError


def connect(where: str | Path, key: str | None = None) -> RemotePlan:
    """Connect to a running server, and ask who is asking, so that a wrong key is told at once.

    Parameters
    ----------
    where
        ``http://HOST:PORT``; or, on the machine of the server, its database file or the socket beside it.
    key
        An API key with the scopes ``read``, and ``plan`` to change anything. On the machine of the server the user
        who started it needs none.

    Raises
    ------
    ServiceFailed
        ``service_unreachable``.
    NotAuthenticated
        ``credentials_missing`` or ``credentials_refused``.
    """
    if not str(where).startswith(("http://", "https://")):
        where = _socket_of(Path(where))
    connection = Connection(where, key)
    try:
        connection.get("/v1/session")
    except BaseException:
        connection.close()
        raise
    return RemotePlan(connection)


def reach(socket: str | None) -> RemotePlan | None:
    """Return the plan behind a local socket; None where nobody answers there."""
    if socket is None:
        return None
    try:
        return connect(socket)
    except FibermapError:
        return None


def _socket_of(path: Path) -> Path:
    is_socket = path.exists() and stat.S_ISSOCK(path.stat().st_mode)
    return path if is_socket or path.suffix == ".sock" else socket_path(path)
