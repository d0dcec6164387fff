"""The index of an open database, as fresh as its last commit."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from pathlib import Path
from threading import Event, RLock, Thread

from fibermap.coverage.rule_settings import settings_in
from fibermap.coverage.versions import current_version
from fibermap.kernel.errors import FibermapError
from fibermap.kernel.settings import Settings
from fibermap.serving.build import build_index, data_version
from fibermap.serving.index import Index, load_index, open_index
from fibermap.serving.index_file import Contents, read_about, write_index_file
from fibermap.serving.overlay import patch_index
from fibermap.store import Store, UnitOfWork

WORTH_KEEPING = 20_000
"""Addresses from which on an index is kept in a file, to be mapped the next time instead of built."""

LOOK_S = 0.2
MERGE_LOOK_S = 2.0
MERGE_FROM = 20_000
"""Addresses in the layer of changes from which on it is merged into a new base, in the background."""


def index_path(database: Path) -> Path:
    """Return where the index of a database is kept: ``plan.duckdb.index`` beside it."""
    return database.with_name(database.name + ".index")


class Live:
    """Keeps the index of a database.

    Parameters
    ----------
    store, settings
        The database, and what it does not keep itself.
    """

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store, self._settings = store, settings
        self._base: Index | None = None
        self._index: Index | None = None
        self._lock = RLock()
        self._stopped = Event()
        self._threads: list[Thread] = []

    @property
    def index(self) -> Index:
        """The index as it was last looked at: no question to the database."""
        index = self._index
        return self.refresh() if index is None else index

    def refresh(self) -> Index:
        """Look whether the database has changed, and return the index of what it holds now.

        A small change becomes a layer above the index; after a large one everything is built anew. Who asks meanwhile
        is answered from the state before.
        """
        with self._lock:
            if self._index is None or self._index.data_version != self._store.preview(data_version, cause="read"):
                self._index = self._patched() or self._rebuilt()
            return self._index

    def follow(self) -> None:
        """Refresh in a thread of its own, `LOOK_S` seconds after each look, until `stop`."""
        self._stopped.clear()
        self._threads = [Thread(target=self._follow, name="index", daemon=True)]
        self._threads.append(Thread(target=self._merge, name="index-merge", daemon=True))
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End what `follow` began."""
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def _follow(self) -> None:
        while not self._stopped.wait(LOOK_S):
            with suppress(FibermapError):  # a change that is just being written: the next look finds it
                self.refresh()

    def _merge(self) -> None:
        """Build a new base whenever the layer above the old one has grown, while that one answers."""
        while not self._stopped.wait(MERGE_LOOK_S):
            index = self._index
            if index is not None and len(index.layers) > 1 and len(index.layers[-1].book.ids) >= MERGE_FROM:
                with suppress(FibermapError):
                    self._take(open_index(self._build()))

    def _take(self, base: Index) -> None:
        with self._lock:
            self._base = base
            self._index = self._patched() or base

    def _patched(self) -> Index | None:
        base = self._base
        if base is None:
            return None
        return self._store.preview(lambda uow: patch_index(uow, base, self._settings), cause="read")

    def _rebuilt(self) -> Index:
        self._base = self._load() or open_index(self._build())
        return self._base

    def _build(self) -> Contents:
        contents = self._store.preview(self._collect, cause="read")
        path = self._store.path
        if path is not None and contents.tables["addresses"].num_rows >= WORTH_KEEPING:
            with suppress(OSError):  # a folder that cannot be written to costs time, not answers
                write_index_file(index_path(path), contents)
        return contents

    def _collect(self, uow: UnitOfWork) -> Contents:
        contents = build_index(uow, settings_in(uow, current_version(uow), self._settings))
        return Contents({**contents.about, "state": _state(uow)}, contents.arrays, contents.tables, contents.texts)

    def _load(self) -> Index | None:
        """Return the index that is kept in a file, None where there is none of this very state."""
        path = self._store.path
        if path is None or not index_path(path).exists():
            return None
        try:
            fits = read_about(index_path(path)).get("state") == self._store.preview(_state, cause="read")
            return load_index(index_path(path)) if fits else None
        except FibermapError:
            return None


def _state(uow: UnitOfWork) -> str:
    """Return what tells a state from all others, also from those of another database of that name."""
    last: datetime | None = uow.sql.value("serving.last_change", "SELECT max(created_at) FROM plan_version")
    return f"{data_version(uow)} {'' if last is None else last.timestamp()}"
