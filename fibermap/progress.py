"""Progress on long work: a bar where a person looks on, nothing where a program does."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Watch = Callable[[str, int, int], None]


@contextmanager
def reading_progress(*, show: bool) -> Iterator[Watch | None]:
    """Yield a callback for ``(file or step, how much is done, of how much)``; None where nobody looks on."""
    if not show or not sys.stderr.isatty():
        yield None
        return
    from tqdm.auto import tqdm

    bar = tqdm(unit=" rows", leave=False)

    def watch(doing: str, done: int, of: int) -> None:
        bar.set_description(doing)
        bar.total = of or None
        bar.update(done - bar.n if done >= bar.n else done)

    try:
        yield watch
    finally:
        bar.close()
