"""Two processes as one server: begins them, begins them again when they end, and ends them in good order.

It holds the socket that the front listens on: whoever connects while there is none waits and is not refused.
"""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeAlias

import orjson

from fibermap.kernel.errors import Code, FibermapError
from fibermap_api.logs import get_logger
from fibermap_api.work import Work

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 30.0
LIVED_LONG_S = 60.0
"""A worker that ends after so long is not one that ends again and again."""
Started: TypeAlias = Callable[[str | None, str | None], None]
_log = get_logger()


class Ended(Exception):
    """A worker ended before it said anything."""


@dataclass
class Worker:
    """One process and what it says."""

    role: str
    process: asyncio.subprocess.Process
    began_s: float

    @classmethod
    async def begin(cls, role: str, taken: socket.socket) -> Worker:
        """Start it: it reads its code, and waits to be told what to do."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "fibermap_api.worker", role,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            pass_fds=[taken.fileno()] if role == "front" else [],
            start_new_session=True,  # Ctrl-C in a terminal is for the supervisor alone
        )  # fmt: skip
        return cls(role, process, time.monotonic())

    async def work(self, work: Work) -> dict[str, Any]:
        """Tell it what to do and return what it says once it answers.

        Raises
        ------
        FibermapError
            What it raised.
        Ended
            It ended.
        """
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        with suppress(ConnectionError):
            self.process.stdin.write(work.to_line())
            await self.process.stdin.drain()
        line = await self.process.stdout.readline()
        if not line:
            raise Ended
        said: dict[str, Any] = orjson.loads(line)
        if "error" in said:
            raise _error(said["error"])
        return said

    def signal(self, number: int) -> None:
        """Send a signal, if it still lives."""
        if self.process.returncode is None:
            with suppress(ProcessLookupError):
                self.process.send_signal(number)

    async def stop(self) -> None:
        """End it in good order."""
        self.signal(signal.SIGTERM)
        await self.process.wait()


class Supervisor:
    """Keeps an owner and a front at work.

    Parameters
    ----------
    taken
        Listens for the front.
    started
        Called once both answer, with the admin key and the token of the link that signs in, if they were made.
    """

    def __init__(self, taken: socket.socket, work: Work, started: Started) -> None:
        self._taken = taken
        self._work = work
        self._started = started
        self._workers: dict[str, Worker] = {}
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Serve until a signal says stop; raises what keeps the first start from succeeding."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop)
        try:
            await self._until_stopped(self._serve())
        finally:
            for role in ("front", "owner"):  # who still asks is answered first
                if role in self._workers:
                    await self._workers[role].stop()

    async def _serve(self) -> None:
        for role in ("owner", "front"):  # both read their code at once
            self._workers[role] = await Worker.begin(role, self._taken)
        try:
            said = await self._workers["owner"].work(self._work)
            await self._workers["front"].work(self._work)
        except Ended:
            raise FibermapError(Code.INTERNAL_ERROR, "The server ended before it answered.") from None
        self._started(said["admin_key"], said["sign_in"])
        await asyncio.gather(self._keep("owner"), self._keep("front"))

    async def _until_stopped(self, serving: Any) -> None:
        tasks = {asyncio.ensure_future(serving), asyncio.ensure_future(self._stopping.wait())}
        done, rest = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
        for task in done:
            task.result()

    async def _keep(self, role: str) -> None:
        """Begin a worker again whenever it has ended: soon at first, then ever later if it does not stay."""
        pause_s = FIRST_PAUSE_S
        while True:
            worker = self._workers[role]
            code = await worker.process.wait()
            if time.monotonic() - worker.began_s > LIVED_LONG_S:
                pause_s = FIRST_PAUSE_S
            _log.error("worker_ended", role=role, exit_code=code, again_in_s=pause_s)
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
            worker = self._workers[role] = await Worker.begin(role, self._taken)
            try:
                await worker.work(self._work)
            except (Ended, FibermapError) as error:
                _log.error("worker_refused", role=role, code=str(getattr(error, "code", None)))
            else:
                _log.info("worker_answers", role=role)

    def _stop(self) -> None:
        """Stop; whoever says so twice is in a hurry."""
        if self._stopping.is_set():
            for worker in self._workers.values():
                worker.signal(signal.SIGINT)
        self._stopping.set()


def supervise(taken: socket.socket, work: Work, started: Started) -> None:
    """Serve with two processes until a signal says stop; raises what keeps the first start from succeeding."""

    async def run() -> None:
        await Supervisor(taken, work, started).run()

    asyncio.run(run())


def _error(said: dict[str, Any]) -> FibermapError:
    where = {name: value for name, value in said.items() if name not in ("code", "message", "hint")}
    return FibermapError(Code(said["code"]), said["message"], hint=said["hint"], **where)
