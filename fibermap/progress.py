"""Progress on long work: a bar where a person looks on, nothing where a program does."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Watch = Callable[[str, int], None]


@contextmanager
def reading_progress(*, show: bool) -> Iterator[Watch | None]:
    """Yield a callback for ``(file, rows read so far)``; None where nobody looks on."""
    if not show or not sys.stderr.isatty():
        yield None
        return
    from tqdm.auto import tqdm

    bar = tqdm(unit=" rows", leave=False)

    def watch(file: str, rows: int) -> None:
        bar.set_description(file)
        bar.update(rows - bar.n if rows >= bar.n else rows)

    try:
        yield watch
    finally:
        bar.close()
