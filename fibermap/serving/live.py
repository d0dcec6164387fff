"""The index of an open database, as fresh as its last commit."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from pathlib import Path
from threading import RLock

from fibermap.coverage.rule_settings import settings_in
from fibermap.coverage.versions import current_version
from fibermap.kernel.errors import FibermapError
from fibermap.kernel.settings import Settings
from fibermap.serving.build import build_index, data_version
from fibermap.serving.index import Index, load_index, open_index
from fibermap.serving.index_file import Contents, read_about, write_index_file
from fibermap.store import Store, UnitOfWork

WORTH_KEEPING = 20_000
"""Addresses from which on an index is kept in a file, to be mapped the next time instead of built."""


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
        self._index: Index | None = None
        self._lock = RLock()

    @property
    def index(self) -> Index:
        """The index as it was last looked at: no question to the database."""
        index = self._index
        return self.refresh() if index is None else index

    def refresh(self) -> Index:
        """Look whether the database has changed, and return the index of what it holds now."""
        with self._lock:
            index = self._index
            if index is None or index.data_version != self._store.preview(data_version, cause="read"):
                index = self._load() or open_index(self._build())
                self._index = index
            return index

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
