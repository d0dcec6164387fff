"""The server process: listen, answer, and stop in good order."""

from __future__ import annotations

import asyncio
import gc
import resource
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn

from fibermap_api.protocol import guarded
from fibermap_api.settings import ApiSettings
from fibermap_api.stack import Layer

_SPARE_FILES = 256
_COLLECT_AFTER = 20_000, 10, 1_000
"""Objects, and rounds of the younger ones, after which the collector goes through each generation: hardly ever through
the oldest. While a county is read that is millions, and everybody waits for as long as it takes: tenths of a second."""


@dataclass(frozen=True, slots=True)
class Door:
    """A socket of `listen_locally`, and what makes the protocol that is spoken there."""

    taken: socket.socket
    protocol: Callable[[type[asyncio.Protocol]], type[asyncio.Protocol]]


class Server(uvicorn.Server):
    """Stops on SIGTERM and SIGINT once what it began is answered; the second SIGINT stops it at once.

    uvicorn raises the signal again when it is done, which would end the process before the database is closed.
    """

    def __init__(self, config: uvicorn.Config, started: Callable[[], None], doors: Sequence[Door] = ()) -> None:
        super().__init__(config)
        self._tell_started = started
        self._doors = doors

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen, and say so."""
        await super().startup(sockets)
        if self.started:
            for door in self._doors:
                self.servers.append(await self._open(door))
            self._tell_started()

    async def _open(self, door: Door) -> asyncio.Server:
        kind = door.protocol(self.config.http_protocol_class)

        def protocol() -> asyncio.Protocol:
            return kind(  # type: ignore[call-arg]
                config=self.config, server_state=self.server_state, app_state=self.lifespan.state
            )

        return await asyncio.get_running_loop().create_unix_server(protocol, sock=door.taken)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take signals for as long as the server runs; in a thread there are none to take."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def server_of(
    app: Layer, settings: ApiSettings, started: Callable[[], None] = lambda: None, doors: Sequence[Door] = ()
) -> Server:
    """Return a server of one worker for an application; ``started`` is called once it answers."""
    config = uvicorn.Config(
        app, loop="uvloop", http=guarded(settings, app.at_once), ws="none", lifespan="on", log_config=None,
        access_log=False, server_header=False, timeout_keep_alive=int(settings.keep_alive_s),
        timeout_graceful_shutdown=int(settings.shutdown_s),
    )  # fmt: skip
    return Server(config, started, doors)


def run(
    app: Layer,
    sockets: Sequence[socket.socket],
    settings: ApiSettings,
    started: Callable[[], None],
    doors: Sequence[Door] = (),
) -> None:
    """Answer until a signal says stop."""
    _allow_files(settings.connections + _SPARE_FILES)
    # What is loaded by now stays: the collector need not go through millions of objects again while requests wait.
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECT_AFTER)
    server_of(app, settings, started, doors).run(sockets=list(sockets))


def _allow_files(wanted: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard) if hard >= 0 else wanted, hard))
