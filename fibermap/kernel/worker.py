"""Worker processes of our own that are sent Arrow tables and answer with Arrow tables.

A worker is ``python -m MODULE ARGUMENTS``: it reads tables from its standard input and writes one for each to its
standard output, until the input ends, which it does when the parent ends, however it ends. It is not a fork, because
the database has threads, and not :mod:`multiprocessing`, because that would run the script of whoever called us once
more in every worker.
"""

from __future__ import annotations

import os
import signal
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import pyarrow as pa
import pyarrow.ipc

from fibermap.kernel.errors import Code, FibermapError

_LENGTH = struct.Struct("<Q")


class WorkerLost(FibermapError):
    """A worker process ended before its work was done."""

    def __init__(self) -> None:
        super().__init__(
            Code.WORKER_LOST,
            "A worker process ended before its work was done.",
            hint="It may have been killed, or have run out of memory. Try again.",
        )


class Worker:
    """A running worker; one thread at a time may ask it."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self.pid = process.pid
        self._into, self._out = process.stdin, process.stdout

    def ask(self, table: pa.Table) -> pa.Table:
        """Send a table and return the answer; raises `WorkerLost`."""
        try:
            _write(self._into, table)
        except (OSError, ValueError) as error:  # ValueError: the pipe is closed, because somebody gave up
            raise WorkerLost from error
        return self.hear()

    def hear(self) -> pa.Table:
        """Return the next table that it says by itself; raises `WorkerLost`."""
        try:
            said = _read(self._out)
        except (OSError, ValueError) as error:
            raise WorkerLost from error
        if said is None:
            raise WorkerLost
        return said


@contextmanager
def worker(module: str, *arguments: str) -> Iterator[Worker]:
    """Start a worker, which is killed when the block ends; raises ``OSError`` where none can be started."""
    package = str(Path(__file__).parents[2])
    path = os.pathsep.join(filter(None, (package, os.environ.get("PYTHONPATH"))))
    process = subprocess.Popen(  # noqa: S603  our own module, run by the Python that runs us
        [sys.executable or "python", "-m", module, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": path},
    )
    try:
        yield Worker(process)
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):  # what was not sent is sent to nobody
                if pipe is not None:
                    pipe.close()


def work(answer: Callable[[pa.Table], pa.Table], first: pa.Table | None = None) -> None:
    """Be a worker: say ``first``, where there is anything to say, and answer tables until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when it is over
    into, out = sys.stdin.buffer, sys.stdout.buffer
    if first is not None:
        _write(out, first)
    while (table := _read(into)) is not None:
        _write(out, answer(table))


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _write(stream: IO[bytes], table: pa.Table) -> None:
    sink = pa.BufferOutputStream()
    with pyarrow.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    message = sink.getvalue()
    stream.write(_LENGTH.pack(message.size))
    stream.write(message)
    stream.flush()


def _read(stream: IO[bytes]) -> pa.Table | None:
    """Return the next table, None at the end of the stream."""
    header = stream.read(_LENGTH.size)
    if len(header) < _LENGTH.size:
        return None
    size = _LENGTH.unpack(header)[0]
    message = stream.read(size)
    return pyarrow.ipc.open_stream(message).read_all() if len(message) == size else None
