"""What screens are drawn from: tables in memory, sorted by place, as fresh as the last commit but for a moment.

The database answers a tile only by joining everything that is known of an address, seconds for a million of them. So
that is done once a version, in the background; a small change is patched in. Readers never wait for it, nor for an
ingest: they have the state before until the next one is whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from threading import Event, RLock, Thread
from time import monotonic

import duckdb
import numpy as np
import pyarrow as pa

from fibermap.address.model import Connectivity, Kind
from fibermap.coverage.model import Class, Confidence, Evidence
from fibermap.kernel.errors import Code, FibermapError, StoreFailed
from fibermap.report import screen_source as source
from fibermap.report.screen_source import Changes, Ids, State
from fibermap.report.world import WORLD
from fibermap.store import Database, Executor, Store, UnitOfWork
from fibermap.store.database import MEMORY
from fibermap.store.unit_of_work import transaction

LOOK_S = 0.25
DEMAND_LOOK_S = 30.0
FIRST_S = 20.0
"""How long a reader waits for the first state."""
MOST_PATCHED = 50_000
"""Addresses and features patched in since the tables were sorted, beyond which they are built anew."""

_WORDS = {"class": Class, "evidence": Evidence, "confidence": Confidence, "kind": Kind, "connectivity": Connectivity}
_SQUARE = f"{{'min_x': 0, 'min_y': 0, 'max_x': {WORLD}, 'max_y': {WORLD}}}::BOX_2D"
_CODED = f"""
    * REPLACE ({", ".join(f"{name}::{name}_word AS {name}" for name in _WORDS)}),
    (year(expected_live_on) * 10000 + month(expected_live_on) * 100 + day(expected_live_on))::INTEGER AS expected
"""
_BY_PLACE = f"ST_Hilbert(x::DOUBLE, y::DOUBLE, {_SQUARE}) NULLS LAST"
_FEATURE = """
    * EXCLUDE (geometry),
    (year(expected_live_on) * 10000 + month(expected_live_on) * 100 + day(expected_live_on))::INTEGER AS expected
"""
_OUTLINE = "* REPLACE (ST_GeomFromWKB(geometry) AS geometry)"
_COUNTS = """
    CREATE OR REPLACE TABLE area_count AS
    SELECT area_id AS feature_id, count(*) AS addresses, count(*) FILTER (answerable) AS answerable
    FROM addresses WHERE area_id IS NOT NULL GROUP BY area_id
"""


class Screen:
    """The tables of one database, kept up with it.

    ``addresses`` has the columns of the view of that name that screens show, and ``x``, ``y`` in the world's units and
    ``expected`` as a number such as 20270301; ``feature`` areas and the network, ``outline`` their shapes by level,
    ``area_count`` what each area decides, ``demand`` what was asked for in vain.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._tables = Database.open(MEMORY)
        self._state: State | None = None
        self._patched = 0
        self._kept: dict[str, pa.Table] = {}
        self._demand_seen_s = 0.0
        self._writing = RLock()
        self._ready, self._stopped = Event(), Event()
        self._thread: Thread | None = None
        with self._altering() as inside:
            _make_words(inside)

    @property
    def state(self) -> State:
        """The state that is shown. Read it before the tables: they are of that state, or of a later one.

        Raises
        ------
        StoreFailed
            ``screen_not_ready``: the first state takes long to build.
        """
        if not self._ready.wait(FIRST_S):
            raise ScreenNotReady(
                Code.SCREEN_NOT_READY, "What screens show is still being put together.", hint="Try again soon."
            )
        assert self._state is not None
        return self._state

    @property
    def sql(self) -> Executor:
        """The calling thread's executor over the tables; each statement sees one state."""
        return Executor(self._tables.cursor())

    @contextmanager
    def one_state(self) -> Iterator[None]:
        """Let all statements of the calling thread see one state, that of the first, for as long as the block lasts."""
        cursor = self._tables.cursor()
        cursor.execute("BEGIN TRANSACTION")
        try:
            yield
        finally:
            with suppress(duckdb.Error):  # where a statement has failed there is nothing to end
                cursor.execute("ROLLBACK")

    def refresh(self) -> State:
        """Take up what has changed in the database, and return the state that is shown now."""
        with self._writing:
            if self._state is None or self._is_behind():
                self._store.preview(self._take_up, cause="read")
                self._ready.set()
            assert self._state is not None
            return self._state

    def follow(self) -> None:
        """Refresh in a thread of its own, `LOOK_S` seconds after each look, until `close`."""
        self._thread = Thread(target=self._follow, name="screen", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End what `follow` began, and forget the tables."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()
        self._tables.close()

    def _follow(self) -> None:
        while True:
            with suppress(FibermapError):  # a change that is just being written: the next look finds it
                self.refresh()
            if self._stopped.wait(LOOK_S):
                return

    def _is_behind(self) -> bool:
        assert self._state is not None
        shown = self._state
        if self._store.preview(source.read_mark, cause="read") != (shown.data_version, shown.today):
            return True
        if monotonic() - self._demand_seen_s < DEMAND_LOOK_S:
            return False
        self._demand_seen_s = monotonic()
        return self._store.preview(source.read_demand_mark, cause="read") != shown.demand

    def _take_up(self, uow: UnitOfWork) -> None:
        now = source.read_state(uow)
        changes = self._changes(uow, now)
        if changes is None:
            self._build(uow)
        elif len(changes.addresses) or len(changes.features):
            self._patch(uow, changes)
        self._take_up_demand(uow, now)
        self._state = now

    def _changes(self, uow: UnitOfWork, now: State) -> Changes | None:
        """Return what is to be patched in; None where everything is to be built anew."""
        shown = self._state
        if shown is None or now.today != shown.today:
            return None
        if now.data_version == shown.data_version:
            return Changes(_NONE, _NONE)
        changes = source.changes_since(uow, shown, flags=self._kept["flags"], holds=self._kept["holds"])
        if changes is None:
            return None
        changes = Changes(np.union1d(changes.addresses, self._named_by(changes.features)), changes.features)
        most = MOST_PATCHED - self._patched
        return changes if len(changes.addresses) + len(changes.features) <= most else None

    def _named_by(self, features: Ids) -> Ids:
        found = self.sql.arrow(
            "screen.named_by",
            """
            SELECT address_id FROM addresses WHERE area_id IN (SELECT feature_id FROM features)
                OR terminal_id IN (SELECT feature_id FROM features)
            """,
            features=pa.table({"feature_id": features}),
        )
        return np.asarray(found["address_id"].to_numpy(), dtype=np.int64)

    def _build(self, uow: UnitOfWork) -> None:
        addresses, features = source.read_addresses(uow), source.read_features(uow)
        outlines = source.outlines(features)
        self._keep(uow)
        with self._altering() as inside:
            _fill(inside, "addresses", _CODED, addresses, _BY_PLACE)
            _fill(inside, "feature", _FEATURE, features, _BY_PLACE)
            _fill(inside, "outline", _OUTLINE, outlines, "level, feature_id")
            inside.sql.execute("screen.counts", _COUNTS)
        self._patched = 0

    def _patch(self, uow: UnitOfWork, changes: Changes) -> None:
        addresses = source.read_addresses(uow, changes.addresses)
        features = source.read_features(uow, changes.features)
        outlines = source.outlines(features)
        self._keep(uow)
        with self._altering() as inside:
            _replace(inside, "addresses", "address_id", _CODED, changes.addresses, addresses)
            _replace(inside, "feature", "feature_id", _FEATURE, changes.features, features)
            _replace(inside, "outline", "feature_id", _OUTLINE, changes.features, outlines)
            inside.sql.execute("screen.counts", _COUNTS)
        self._patched += len(changes.addresses) + len(changes.features)

    def _keep(self, uow: UnitOfWork) -> None:
        self._kept = {"flags": source.read_flags(uow), "holds": source.read_holds(uow)}

    def _take_up_demand(self, uow: UnitOfWork, now: State) -> None:
        if self._state is None or self._state.demand != now.demand:
            demand = source.read_demand(uow)
            with self._altering() as inside:
                _fill(inside, "demand", "*", demand, _BY_PLACE)
        self._demand_seen_s = monotonic()

    def _altering(self) -> AbstractContextManager[UnitOfWork]:
        return transaction(self._tables, cause="screen", clock=self._store.clock)


class ScreenNotReady(StoreFailed):
    """The first state of the screens is not there yet."""


_NONE: Ids = np.empty(0, dtype=np.int64)


def _make_words(inside: UnitOfWork) -> None:
    for name, words in _WORDS.items():
        listed = ", ".join(f"'{word}'" for word in words)
        inside.sql.execute("screen.words", f"CREATE TYPE {name}_word AS ENUM ({listed})")


def _fill(inside: UnitOfWork, table: str, columns: str, rows: pa.Table, order: str) -> None:
    """Put a table in the place of the one before it: who reads just now goes on reading that one."""
    inside.sql.execute(
        f"screen.fill.{table}",
        f"CREATE OR REPLACE TABLE {table} AS SELECT {columns} FROM incoming ORDER BY {order}",
        incoming=rows,
    )


def _replace(inside: UnitOfWork, table: str, key: str, columns: str, gone: Ids, rows: pa.Table) -> None:
    clear = f"DELETE FROM {table} WHERE {key} IN (SELECT id FROM gone)"
    inside.sql.execute(f"screen.clear.{table}", clear, gone=pa.table({"id": gone}))
    patch = f"INSERT INTO {table} BY NAME SELECT {columns} FROM incoming"
    inside.sql.execute(f"screen.patch.{table}", patch, incoming=rows)
