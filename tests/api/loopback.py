"""A server on a port of this machine, in a thread of the test."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fibermap_api.listening import listen, url_of
from fibermap_api.server import server_of
from tests.api.answering import Site, site


@contextmanager
def serving(folder: Path, **settings: Any) -> Iterator[tuple[Site, str]]:
    """Serve two houses on loopback; gives the site and its URL."""
    with site(folder, started=False, **settings) as here:
        taken, ready = listen("127.0.0.1", 0), threading.Event()
        server = server_of(here.client.app, here.settings, ready.set)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [taken]})
        thread.start()
        try:
            assert ready.wait(60)
            yield here, url_of(taken)
        finally:
            server.should_exit = True
            thread.join(60)
            assert not thread.is_alive()


def talk(url: str, *parts: bytes, timeout_s: float = 60.0) -> bytes:
    """Send bytes as they are, and return everything that comes back until the other side hangs up."""
    with connection(url, timeout_s) as wire:
        for part in parts:
            wire.sendall(part)
        return hear(wire)


def connection(url: str, timeout_s: float = 60.0) -> socket.socket:
    """Connect."""
    host, port = url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout_s)


def hear_one(wire: socket.socket) -> bytes:
    """Return one answer whose length it says, however many pieces it comes in."""
    with wire.makefile("rb") as file:
        head = b"".join(iter(file.readline, b"\r\n"))
        length = next(line for line in head.splitlines() if line.lower().startswith(b"content-length:"))
        return head + b"\r\n" + file.read(int(length.partition(b":")[2]))


def hear(wire: socket.socket) -> bytes:
    """Return everything until the other side hangs up."""
    heard = b""
    try:
        while piece := wire.recv(65536):
            heard += piece
    except ConnectionResetError:
        pass
    return heard
