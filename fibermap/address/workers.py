"""Large tables are standardised by worker processes, each a few thousand rows at a time.

A worker is ``python -m fibermap.address.workers``: it reads Arrow tables from its standard input and writes the
standardised ones to its standard output until the input ends, which it does when the parent ends, however it ends. It
is not a fork, because the database has threads, and not :mod:`multiprocessing`, because that would run the script of
whoever called us once more in every worker.
"""

from __future__ import annotations

import os
import signal
import struct
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import IO

import pyarrow as pa
import pyarrow.ipc

from fibermap.address.table import NORMALISED_SCHEMA, normalise_table

WORTH_ROWS = 50_000
"""Rows from which on workers are worth their start."""

MOST_WORKERS = 4
_ROWS_AT_ONCE = 20_000
_LENGTH = struct.Struct("<Q")


class _WorkerLost(Exception):
    """A worker could not be started, or ended before its input did."""


def normalise_large_table(table: pa.Table) -> pa.Table:
    """Return what :func:`fibermap.address.table.normalise_table` returns, for a large table sooner.

    Where no workers can be had the table is standardised here, so that the answer and the errors are the same.
    """
    workers = min(_processors(), MOST_WORKERS)
    if table.num_rows < WORTH_ROWS or workers < 2:
        return normalise_table(table)
    try:
        return _by_workers(table, workers)
    except (_WorkerLost, OSError):
        return normalise_table(table)


def _by_workers(table: pa.Table, workers: int) -> pa.Table:
    starts = range(0, table.num_rows, _ROWS_AT_ONCE)
    waiting: SimpleQueue[int] = SimpleQueue()
    for start in starts:
        waiting.put(start)
    done: dict[int, pa.Table] = {}
    with ThreadPoolExecutor(workers) as threads:
        try:
            for served in [threads.submit(_serve, table, waiting, done) for _ in range(min(workers, len(starts)))]:
                served.result()
        except BaseException:
            while not waiting.empty():  # nobody begins another chunk
                with suppress(Empty):
                    waiting.get_nowait()
            raise
    return pa.concat_tables([NORMALISED_SCHEMA.empty_table(), *(done[start] for start in starts)])


def _serve(table: pa.Table, waiting: SimpleQueue[int], done: dict[int, pa.Table]) -> None:
    """Hand chunks to one worker until none is left."""
    with _worker() as (into, out):
        while True:
            try:
                start = waiting.get_nowait()
            except Empty:
                return
            _write(into, table.slice(start, _ROWS_AT_ONCE))
            answer = _read(out)
            if answer is None:
                raise _WorkerLost
            done[start] = answer


@contextmanager
def _worker() -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    package = str(Path(__file__).parents[2])
    path = os.pathsep.join(filter(None, (package, os.environ.get("PYTHONPATH"))))
    process = subprocess.Popen(  # noqa: S603  our own module, run by the Python that runs us
        [sys.executable or "python", "-m", "fibermap.address.workers"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": path},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield process.stdin, process.stdout
    finally:
        process.kill()
        process.stdout.close()
        with suppress(BrokenPipeError):
            process.stdin.close()
        process.wait()


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


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def main() -> None:
    """Standardise tables from standard input to standard output."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when it is over
    into, out = sys.stdin.buffer, sys.stdout.buffer
    while (table := _read(into)) is not None:
        _write(out, normalise_table(table))


if __name__ == "__main__":
    main()
