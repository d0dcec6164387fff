"""`fibermap serve` as a program of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import httpx
import psutil


@dataclass
class Running:
    """A server process and what it printed when it began."""

    process: subprocess.Popen[str]
    url: str
    admin_key: str | None

    def get(self, path: str, key: str | None, **params: Any) -> httpx.Response:
        """Ask with a key."""
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        return httpx.get(self.url + path, params=params, headers=headers, timeout=60)

    def headers(self) -> dict[str, str]:
        """Return the headers of whoever has the admin key."""
        return {"Authorization": f"Bearer {self.admin_key}"}

    def worker(self, role: str) -> psutil.Process:
        """Return one of its two processes; raises ``StopIteration`` while it is being begun again."""
        children = psutil.Process(self.process.pid).children()
        return next(child for child in children if _command_of(child)[-1:] == [role])

    def stop(self) -> int:
        """Stop it as a supervisor does, and return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


@contextmanager
def serve(*arguments: object, env: Mapping[str, str] | None = None) -> Iterator[Running]:
    """Run a server until the block ends."""
    command = [sys.executable, "-m", "fibermap", "serve", "--port", "0", "--json", *map(str, arguments)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env={**os.environ, **(env or {})}
    )
    try:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        yield Running(process, said["url"], said["admin_key"])
    finally:
        workers: list[psutil.Process] = []
        with suppress(psutil.NoSuchProcess):
            workers = psutil.Process(process.pid).children()
        process.kill()
        process.wait(60)
        psutil.wait_procs(workers, 60)


def _command_of(process: psutil.Process) -> list[str]:
    """Return what a process was called with; nothing of one that has just ended."""
    with suppress(psutil.Error):
        return list(process.cmdline())
    return []


def soon(holds: Callable[[], bool], within_s: float = 60.0) -> bool:
    """Wait until something holds, or has not in time."""
    deadline_s = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > deadline_s:
            return False
        time.sleep(0.05)
    return True
