"""Large tables are standardised by worker processes, each a few thousand rows at a time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from queue import Empty, SimpleQueue

import pyarrow as pa

from fibermap.address.table import NORMALISED_SCHEMA, normalise_table
from fibermap.kernel.worker import WorkerLost, processors, work, worker

WORTH_ROWS = 50_000
"""Rows from which on workers are worth their start."""

MOST_WORKERS = 4
_ROWS_AT_ONCE = 20_000


def normalise_large_table(table: pa.Table) -> pa.Table:
    """Return what :func:`fibermap.address.table.normalise_table` returns, for a large table sooner.

    Where no workers can be had the table is standardised here, so that the answer and the errors are the same.
    """
    workers = min(processors(), MOST_WORKERS)
    if table.num_rows < WORTH_ROWS or workers < 2:
        return normalise_table(table)
    try:
        return _by_workers(table, workers)
    except (WorkerLost, OSError):
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
    with worker("fibermap.address.workers") as helper:
        while True:
            try:
                start = waiting.get_nowait()
            except Empty:
                return
            done[start] = helper.ask(table.slice(start, _ROWS_AT_ONCE))


if __name__ == "__main__":
    work(normalise_table)
