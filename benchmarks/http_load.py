"""A small load generator: keep-alive connections that ask one question after the other, and a clock on each.

``python -m benchmarks.http_load URL KEY SECONDS CONNECTIONS < paths`` prints one JSON object.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import cast

import numpy as np
import uvloop


@dataclass(frozen=True, slots=True)
class Load:
    """What a server did under load: requests a second, and how long the slowest of each hundred took, milliseconds."""

    per_s: float
    p50_ms: float
    p99_ms: float
    failed: int


class _Asker(asyncio.Protocol):
    """One connection."""

    def __init__(self, requests: Sequence[bytes], first: int, until_s: float, done: asyncio.Event) -> None:
        self._requests, self._next, self._until_s, self.done = requests, first, until_s, done
        self.times_s: list[float] = []
        self.failed = 0
        self._heard = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by name
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._heard += data
        head = self._heard.find(b"\r\n\r\n")
        if head < 0:
            return
        length = self._heard.lower().find(b"content-length: ")
        end = self._heard.find(b"\r\n", length)
        if len(self._heard) < head + 4 + int(self._heard[length + 16 : end]):
            return
        self.times_s.append(time.perf_counter() - self._asked_s)
        self.failed += not self._heard.startswith(b"HTTP/1.1 200")
        self._heard = b""
        if time.perf_counter() < self._until_s:
            self._ask()
        else:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self.done.set()

    def _ask(self) -> None:
        request = self._requests[self._next % len(self._requests)]
        self._next += 7919  # a prime: connections do not walk in step
        self._asked_s = time.perf_counter()
        self._transport.write(request)


async def ask(url: str, key: str, paths: Sequence[str], seconds: float, connections: int) -> Load:
    """Ask for some seconds over so many connections."""
    host, port = url.removeprefix("http://").split(":")
    head = f" HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {key}\r\n\r\n"
    requests = [f"GET {path}{head}".encode() for path in paths]
    loop, started_s = asyncio.get_running_loop(), time.perf_counter()
    askers = []
    for n in range(connections):
        asker = _Asker(requests, n * 31, started_s + seconds, asyncio.Event())
        await loop.create_connection(lambda asker=asker: asker, host, int(port))  # type: ignore[misc]
        askers.append(asker)
    await asyncio.gather(*(asker.done.wait() for asker in askers))
    times_s = np.concatenate([asker.times_s for asker in askers])
    p50, p99 = np.percentile(times_s, [50, 99]) * 1000
    took_s = time.perf_counter() - started_s
    return Load(len(times_s) / took_s, float(p50), float(p99), sum(asker.failed for asker in askers))


if __name__ == "__main__":
    url_, key_, seconds_, connections_ = sys.argv[1:]
    said = uvloop.run(ask(url_, key_, sys.stdin.read().splitlines(), float(seconds_), int(connections_)))
    print(json.dumps(asdict(said)))
