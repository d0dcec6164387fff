"""The port that a server listens on. Imports next to nothing, for the process that starts the others."""

from __future__ import annotations

import socket

from fibermap.kernel.errors import Code, InputRefused

BACKLOG = 2048


def listen(host: str, port: int) -> socket.socket:
    """Take a port; 0 takes a free one.

    Raises
    ------
    InputRefused
        ``argument_invalid``: the port is taken, or the host is not this machine's.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        taken = socket.socket(family, socket.SOCK_STREAM)
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind((host, port))
        taken.listen(BACKLOG)
    except (OSError, OverflowError) as error:
        raise InputRefused(
            Code.ARGUMENT_INVALID,
            f"Nothing can listen on {host} port {port}: {getattr(error, 'strerror', None) or error}.",
            hint="Choose another --port or --host.",
        ) from error
    return taken


def url_of(taken: socket.socket) -> str:
    """Return where a socket can be reached."""
    host, port = taken.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
