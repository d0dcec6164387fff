"""Many slices of checks, shared with worker processes that map the same index file; the answers keep their order.

``python -m fibermap.serving.batch_workers INDEX MOMENT`` is such a worker. It tells first which state it answers from.
Until it has, and whenever all are busy, whoever asked checks slices too, so that nothing waits for a start.
"""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import datetime
from itertools import chain
from pathlib import Path

import pyarrow as pa

from fibermap.kernel.errors import FibermapError
from fibermap.kernel.worker import Worker, processors, work, worker
from fibermap.serving.batch import check_batch
from fibermap.serving.index import Index
from fibermap.serving.index_file import read_about
from fibermap.serving.published import Published, layer_path

AT_ONCE = 5_000
"""Checks in a slice: enough to look them up together."""
WORTH_ROWS = 40_000
"""Checks from which on a worker is worth its start."""
MOST_WORKERS = 4

_ASKED_AHEAD = 2
"""Slices that one worker has at once, so that it never waits for the next."""
_MOST_WAITING = 24
"""Slices that are answered, or being answered, and not handed over yet."""
_NICER = 5
"""Steps by which workers stand back: single checks go first."""

Texts = Sequence[str | None]


def check_slices(
    index: Index, share: Callable[[Index], Path | None], slices: Iterable[Texts], now: datetime
) -> Iterator[pa.Table]:
    """Check slices of addresses as typed, each as `check_batch` would, and yield the answers in their order.

    Parameters
    ----------
    share
        Puts the index where workers can map it, if they are worth it, and says where; where it says None, or another
        one lies there, there are no workers.

    Raises
    ------
    WorkerLost
        A worker was killed. What has been yielded holds.
    """
    coming = iter(slices)
    first, rows = [], 0
    while rows < WORTH_ROWS and (some := next(coming, None)) is not None:
        first.append(some)
        rows += len(some)
    workers = min(processors() - 1, MOST_WORKERS) if rows >= WORTH_ROWS else 0
    path = share(index) if workers else None
    if path is None or not _holds(path, index):
        yield from (check_batch(index, some, now) for some in chain(first, coming))
        return
    with ExitStack() as stack:
        helpers = [stack.enter_context(_helper(path, now)) for _ in range(workers)]
        yield from _shared(index, chain(first, coming), now, helpers)


def _holds(path: Path, index: Index) -> bool:
    try:
        is_base = bool(read_about(path)["index_id"] == index.index_id)
    except FibermapError:
        return False
    return is_base and (len(index.layers) == 1 or layer_path(path, index.index_id).exists())


def _state(index: Index) -> str:
    return f"{index.index_id} {index.data_version}"


def _shared(index: Index, slices: Iterable[Texts], now: datetime, helpers: Sequence[_Helper]) -> Iterator[pa.Table]:
    waiting: deque[Future[pa.Table]] = deque()
    for some in slices:
        free = next((helper for helper in helpers if helper.has_room(index)), None)
        waiting.append(_done(check_batch(index, some, now)) if free is None else free.ask(some))
        while waiting and (waiting[0].done() or len(waiting) > _MOST_WAITING):
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _done(answer: pa.Table) -> Future[pa.Table]:
    future: Future[pa.Table] = Future()
    future.set_result(answer)
    return future


class _Helper:
    """A worker, and the thread that waits for it."""

    def __init__(self, worker: Worker, thread: ThreadPoolExecutor) -> None:
        self._worker, self._thread = worker, thread
        self._started = thread.submit(worker.hear)
        self._asked: deque[Future[pa.Table]] = deque()

    def has_room(self, index: Index) -> bool:
        """Whether it can be asked now; raises `WorkerLost` where it never can."""
        while self._asked and self._asked[0].done():
            self._asked.popleft()
        if not self._started.done() or len(self._asked) >= _ASKED_AHEAD:
            return False
        return bool(self._started.result()["state"][0].as_py() == _state(index))

    def ask(self, texts: Texts) -> Future[pa.Table]:
        """Have a slice checked."""
        table = pa.table({"q": pa.array(texts, pa.string())})
        self._asked.append(self._thread.submit(self._worker.ask, table))
        return self._asked[-1]


@contextmanager
def _helper(path: Path, now: datetime) -> Iterator[_Helper]:
    with ThreadPoolExecutor(1) as thread, worker(__name__, str(path), now.isoformat()) as started:
        yield _Helper(started, thread)


def main(path: str, moment: str) -> None:
    """Check slices from standard input to standard output."""
    os.nice(_NICER)
    index, now = Published(Path(path)).index, datetime.fromisoformat(moment)
    said = pa.table({"state": [_state(index)]})
    work(lambda table: check_batch(index, table["q"].to_pylist(), now), said)


if __name__ == "__main__":
    main(*sys.argv[1:])
