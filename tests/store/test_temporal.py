"""Rows that hold from one version to another: replaced as sets, restored exactly, never deleted."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fibermap.kernel.clock import SystemClock
from fibermap.store import Database, Store
from fibermap.store.migrations import Migration, migrate, released_migrations
from fibermap.store.temporal import IN_FORCE, Replaced, replace, restore, temporal_tables

THING = Migration(
    9000,
    "thing",
    """
    CREATE TABLE thing (
        thing_id BIGINT NOT NULL, kind VARCHAR NOT NULL, name VARCHAR, shape BLOB, row BIGINT, size DOUBLE,
        content UHUGEINT NOT NULL, from_version INTEGER NOT NULL, to_version INTEGER);
    CREATE TABLE note (note_id BIGINT NOT NULL, from_version INTEGER NOT NULL, to_version INTEGER);
    """,
)
Names = dict[int, str | None]


@pytest.fixture(scope="module")
def opened() -> Iterator[Store]:
    database = Database.open(":memory:")
    migrate(database, SystemClock(), (*released_migrations()[:1], THING))
    with Store(database, SystemClock()) as store:
        yield store


@pytest.fixture
def store(opened: Store) -> Store:
    empty(opened)
    return opened


def empty(store: Store) -> None:
    store.run(lambda uow: uow.sql.execute("empty", "DELETE FROM thing"), cause="test")


def bring(store: Store, version: int, names: Names, kind: str = "a", *, row: int = 0) -> Replaced:
    incoming = pa.table(
        {
            "thing_id": pa.array(list(names), pa.int64()),
            "kind": pa.array([kind] * len(names), pa.string()),
            "name": pa.array(list(names.values()), pa.string()),
            "shape": pa.array([None if name is None else name.encode() for name in names.values()], pa.binary()),
            "row": pa.array([row] * len(names), pa.int64()),
        }
    )
    return store.run(
        lambda uow: replace(
            uow, "thing", key="thing_id", incoming=incoming, scope=f"kind = '{kind}'", version=version, ignore=("row",)
        ),
        cause="test",
    )


def undo(store: Store, before: int, version: int) -> None:
    store.run(lambda uow: restore(uow, before=before, version=version), cause="test")


def names_in(store: Store, version: int) -> Names:
    statement = f"SELECT thing_id, name FROM thing WHERE {IN_FORCE}"
    return dict(store.sql.rows("names", statement, {"version": version}))


def current(store: Store) -> Names:
    return dict(store.sql.rows("names", "SELECT thing_id, name FROM thing WHERE to_version IS NULL"))


def test_equal_rows_stay_changed_rows_are_closed_and_opened(store: Store) -> None:
    assert bring(store, 1, {1: "x", 2: "y", 3: None}) == Replaced(3, 0)
    assert bring(store, 2, {1: "x", 2: "z", 4: "w"}) == Replaced(2, 2)
    assert current(store) == {1: "x", 2: "z", 4: "w"}
    assert names_in(store, 1) == {1: "x", 2: "y", 3: None}


def test_the_same_again_is_nothing_whatever_its_row(store: Store) -> None:
    bring(store, 1, {1: "x", 2: None}, row=1)
    assert bring(store, 2, {2: None, 1: "x"}, row=9).nothing


def test_null_and_an_empty_text_are_different_contents(store: Store) -> None:
    bring(store, 1, {1: None})
    assert bring(store, 2, {1: ""}) == Replaced(1, 1)


def test_only_the_scope_is_replaced(store: Store) -> None:
    bring(store, 1, {1: "x"}, "a")
    bring(store, 2, {2: "y"}, "b")
    bring(store, 3, {}, "b")
    assert current(store) == {1: "x"}


def test_restoring_is_a_version_of_its_own_and_erases_nothing(store: Store) -> None:
    bring(store, 1, {1: "x"})
    bring(store, 2, {1: "y", 2: "z"})
    undo(store, before=2, version=3)
    assert current(store) == {1: "x"}
    assert [names_in(store, version) for version in (1, 2, 3)] == [{1: "x"}, {1: "y", 2: "z"}, {1: "x"}]


def test_the_tables_that_a_restore_knows_are_those_with_both_columns(store: Store) -> None:
    with store.unit_of_work(cause="test") as uow:
        assert temporal_tables(uow) == ["note", "thing"]


histories = st.lists(st.dictionaries(st.integers(1, 4), st.sampled_from(["x", "y", None]), max_size=4), max_size=6)


@given(histories, st.data())
@settings(max_examples=40)
def test_after_any_history_every_version_is_what_it_was_and_undo_restores_it(
    opened: Store, history: list[Names], data: st.DataObject
) -> None:
    empty(opened)
    held: list[Names] = [{}]
    undone: set[int] = set()
    for version, names in enumerate(history, 1):
        standing = [v for v in range(1, version) if v not in undone]
        if standing and data.draw(st.booleans()):
            undo(opened, before=standing[-1], version=version)
            undone |= {standing[-1], version}
            held.append(held[standing[-1] - 1])
        else:
            bring(opened, version, names)
            held.append(names)
        assert current(opened) == held[version]
    assert [names_in(opened, version) for version in range(len(held))] == held
