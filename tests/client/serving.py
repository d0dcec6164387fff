"""A server as a process of its own, ended by the test that started it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Served:
    """A database, where its server answers, and the key that its first start printed."""

    db: Path
    url: str
    key: str


@contextmanager
def serving(db: Path) -> Iterator[Served]:
    """Serve a database on a free port of this machine and on the socket beside it."""
    server = subprocess.Popen(
        [sys.executable, "-m", "fibermap", "serve", "--db", str(db), "--port", "0", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert server.stdout is not None
        told = json.loads(server.stdout.readline())
        yield Served(db, told["url"], told["admin_key"])
    finally:
        server.terminate()
        server.wait(60)
