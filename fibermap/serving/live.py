"""The index of an open database, as fresh as its last commit; where it is wanted, in files for other processes too."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from threading import Event, RLock, Thread

from fibermap.coverage.rule_settings import settings_in
from fibermap.coverage.versions import current_version
from fibermap.kernel.errors import FibermapError
from fibermap.kernel.settings import Settings
from fibermap.serving.build import build_index, data_version
from fibermap.serving.index import Index, load_index, open_index
from fibermap.serving.index_file import Contents, new_index_file, read_about, read_index_file
from fibermap.serving.overlay import changes_since, lay_over
from fibermap.serving.published import Publication
from fibermap.store import Store, UnitOfWork

WORTH_KEEPING = 20_000
"""Addresses from which on an index is kept in a file, to be mapped the next time instead of built."""

LOOK_S = 0.1
MERGE_LOOK_S = 0.5
MERGE_FROM = 20_000
"""Addresses in the layer of changes from which on it is merged into a new base, in the background."""
SHORTEST_LAG_S = 1.0
LAG_S_PER_ADDRESS = 3e-4
"""How long a published base may lack what lies in the layer: some twenty times as long as building it takes."""


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
        self._layer: Contents | None = None
        self._files = None if store.path is None else Publication((index_path(store.path),))
        self._publishing = False
        self._texts: Mapping[str, bytes] = {}
        self._based_s = time.monotonic()
        self._lock = RLock()
        self._stopped = Event()
        self._threads: list[Thread] = []

    @property
    def index(self) -> Index:
        """The index as it was last looked at: no question to the database."""
        index = self._index
        return self.refresh() if index is None else index

    def publish(self, path: Path | None = None, texts: Callable[[], Mapping[str, bytes]] = dict) -> None:
        """Write every state from now on to files, for `Published`: beside the database, and at ``path`` too.

        Parameters
        ----------
        texts
            Gives what goes into them beside the index.
        """
        assert self._store.path is not None
        places = [index_path(self._store.path)]
        if path is not None and path.absolute() != places[0].absolute():
            places.append(path)
        with self._lock:
            self._files, self._publishing = Publication(tuple(places), texts), True
            self._base = self._index = None
            self.refresh()

    def refresh(self) -> Index:
        """Look whether the database has changed, and return the index of what it holds now.

        A small change becomes a layer above the index; after a large one everything is built anew. Who asks meanwhile
        is answered from the state before.
        """
        with self._lock:
            if self._index is None or self._index.data_version != self._store.preview(data_version, cause="read"):
                if self._base is None:
                    self._base = self._loaded()
                if self._base is None or not self._lay(self._base):
                    self._renew()
            assert self._index is not None
            return self._index

    def share(self, index: Index) -> Path | None:
        """Return where other processes find an index; None where it lies in no file.

        Where its layer has not been put beside it yet, that is done first. Who reads it looks whether it is the state
        that he was told of.
        """
        with self._lock:
            if self._files is None:
                return None
            if (
                not self._publishing
                and self._layer is not None
                and self._layer.about["data_version"] == index.data_version
            ):
                self._files.put_layer(self._layer)
            return self._files.places[0]

    def follow(self) -> None:
        """Refresh in a thread of its own, `LOOK_S` seconds after each look, until `stop`."""
        self._stopped.clear()
        self._threads = [
            Thread(target=self._repeat, args=(self.refresh, LOOK_S), name="index", daemon=True),
            Thread(target=self._repeat, args=(self._merge, MERGE_LOOK_S), name="index-merge", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End what `follow` began."""
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def _repeat(self, work: Callable[[], object], every_s: float) -> None:
        while not self._stopped.wait(every_s):
            with suppress(FibermapError, OSError):  # a change that is just being written, or a full disk: the next time
                work()

    def _merge(self) -> None:
        """Build a new base whenever the layer above the old one has grown, while that one answers."""
        index = self._index
        if index is not None and (_is_large(index) or self._lags(index)):
            self._renew()

    def _lags(self, index: Index) -> bool:
        if not self._publishing or self._files is None:
            return False
        lag_s = max(SHORTEST_LAG_S, LAG_S_PER_ADDRESS * len(index.layers[0].book.ids))
        is_behind = len(index.layers) > 1 or self._texts != self._files.texts()
        return is_behind and time.monotonic() - self._based_s > lag_s

    def _renew(self) -> None:
        """Build a new base, and put what has been changed meanwhile above it."""
        contents = self._store.preview(self._collect, cause="read")
        with self._written(contents) as fresh:
            base = open_index(contents) if fresh is None else load_index(fresh)
            with self._lock:
                if not self._lay(base, fresh):
                    self._take(base, base, fresh)
                self._texts = contents.texts

    def _lay(self, base: Index, fresh: Path | None = None) -> bool:
        """Take up what has changed since a base; False where that is too much for a layer."""
        layer = self._store.preview(lambda uow: changes_since(uow, base, self._settings), cause="read")
        if layer is None:
            return False
        if layer.about["data_version"] == base.data_version:
            self._layer = None
            self._take(base, base, fresh)
            return True
        index, self._layer = lay_over(base, layer), layer
        if self._publishing and self._files is not None:
            self._files.put_layer(layer)
        self._take(base, index, fresh)
        return True

    def _take(self, base: Index, index: Index, fresh: Path | None) -> None:
        if fresh is not None and self._files is not None:
            self._files.put(fresh, base.index_id)
        if base is not self._base:
            self._base, self._based_s = base, time.monotonic()
        self._index = index

    @contextmanager
    def _written(self, contents: Contents) -> Iterator[Path | None]:
        """Give a file with contents that are worth a file, and None for others."""
        worth = self._publishing or contents.tables["addresses"].num_rows >= WORTH_KEEPING
        if self._files is None or not worth:
            yield None
            return
        with new_index_file(self._files.places[0], contents) as fresh:
            yield fresh

    def _collect(self, uow: UnitOfWork) -> Contents:
        contents = build_index(uow, settings_in(uow, current_version(uow), self._settings))
        state = {"state": _state(uow, contents.about["data_version"])}
        texts = {} if self._files is None else self._files.texts()
        return replace(contents, about={**contents.about, **state}, texts=texts)

    def _loaded(self) -> Index | None:
        """Return the index that is kept in a file, None where there is none of an earlier state of this database."""
        if self._files is None or not self._files.places[0].exists():
            return None
        try:
            about = read_about(self._files.places[0])
            named, state = about["data_version"], about.get("state")
            if self._store.preview(lambda uow: _state(uow, named), cause="read") != state:
                return None
            contents = read_index_file(self._files.places[0])
        except FibermapError:
            return None
        if self._publishing:
            self._publish_again(self._files, contents)
        return open_index(contents)

    def _publish_again(self, files: Publication, contents: Contents) -> None:
        """Put an index that was kept in all places; written again only where it lacks the texts of now."""
        self._texts = files.texts()
        if contents.texts == self._texts:
            files.put_again()
            return
        with new_index_file(files.places[0], replace(contents, texts=self._texts)) as fresh:
            files.put(fresh, index_id="")


def _is_large(index: Index) -> bool:
    return len(index.layers) > 1 and len(index.layers[-1].book.ids) >= MERGE_FROM


def _state(uow: UnitOfWork, named: str) -> str:
    """Return what tells a state of this database from one of the same name of another, or of another past of this."""
    version, event = (int(part) for part in named.split("."))
    made: datetime | None = uow.sql.value(
        "serving.version_at", "SELECT max(created_at) FROM plan_version WHERE version = ?", [version]
    )
    emitted: datetime | None = uow.sql.value(
        "serving.event_at", "SELECT max(at_utc) FROM event WHERE event_id = ?", [event]
    )
    return " ".join([named, *("" if at is None else str(at.timestamp()) for at in (made, emitted))])
