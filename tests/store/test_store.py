"""Opening, writing in units of work, and several threads at once."""

from __future__ import annotations

import logging
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from fibermap.kernel.errors import Code, Conflict, NotFound, StoreFailed
from fibermap.kernel.events import ConnectivityChanged, PlanPromoted
from fibermap.store import Store, TransactionConflict, UnitOfWork, named_sql
from fibermap.store import store as store_module
from fibermap.store.store import ATTEMPTS
from tests.store.build import add_to_counter, counter, open_store, set_counter


def test_a_new_database_has_the_spatial_extension_and_all_tables(tmp_path: Path) -> None:
    with Store.open(tmp_path / "plan.duckdb") as store:
        assert store.sql.value("point", "SELECT ST_AsText(ST_Point(1, 2))") == "POINT (1 2)"
        assert store.sql.value("events", "SELECT count(*) FROM event") == 0


def test_a_database_in_memory_lasts_as_long_as_its_store() -> None:
    with open_store(":memory:") as store:
        set_counter(store, "a", 1)
        work_folder = store.database.work_folder
        assert counter(store, "a") == 1
    assert not work_folder.exists()


def test_what_was_committed_is_there_after_reopening(tmp_path: Path) -> None:
    with open_store(tmp_path / "plan.duckdb") as store:
        set_counter(store, "a", 7)
    with open_store(tmp_path / "plan.duckdb") as store:
        assert counter(store, "a") == 7
    assert [path.name for path in tmp_path.iterdir()] == ["plan.duckdb"]


def test_execute_counts_changed_rows_and_sees_arrow_and_pandas(store: Store) -> None:
    arrow = pa.table({"name": ["a", "b"], "n": [1, 2]})
    frame = pd.DataFrame({"name": ["c"], "n": [3]})
    with store.unit_of_work(cause="test") as uow:
        assert uow.sql.execute("load", "INSERT INTO counter FROM incoming", incoming=arrow) == 2
        assert uow.sql.execute("load", "INSERT INTO counter FROM incoming", incoming=frame) == 1
        assert uow.sql.execute("raise_all", "UPDATE counter SET n = n + $more", {"more": 10}) == 3
    assert store.sql.rows("all", "SELECT * FROM counter ORDER BY name") == [("a", 11), ("b", 12), ("c", 13)]
    assert store.sql.records("first", "SELECT * FROM counter WHERE name = ?", ["a"]) == [{"name": "a", "n": 11}]
    assert store.sql.row("none", "SELECT 1 WHERE false") is None
    assert store.sql.value("none", "SELECT 1 WHERE false") is None
    assert store.sql.arrow("sum", "SELECT sum(n)::BIGINT AS n FROM counter").to_pylist() == [{"n": 36}]


def test_a_registered_table_is_gone_after_its_statement(store: Store) -> None:
    store.sql.rows("read", "FROM incoming", incoming=pa.table({"a": [1]}))
    with pytest.raises(StoreFailed):
        store.sql.rows("read", "FROM incoming")


def test_a_failing_statement_is_named_and_its_values_are_not_told(store: Store) -> None:
    with pytest.raises(StoreFailed) as failure:
        store.sql.rows("nonsense", "SELECT nothing FROM nowhere WHERE x = ?", ["secret"])
    assert failure.value.code == Code.STATEMENT_FAILED
    assert failure.value.where == {"statement": "nonsense"}
    assert "secret" not in str(failure.value)


@pytest.mark.parametrize("value", ["\ud800", 2**200, object()], ids=["surrogate", "huge", "object"])
def test_a_value_that_duckdb_cannot_hold_is_a_stable_error(store: Store, value: object) -> None:
    with pytest.raises(StoreFailed):
        store.sql.value("echo", "SELECT ?", [value])


def test_statements_are_logged_with_name_time_and_rows_but_no_values(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "fibermap.store"):
        store.sql.rows("three", "SELECT i, ? AS secret FROM range(3) r(i)", ["hunter2"])
    (record,) = caplog.records
    assert re.fullmatch(r"event=sql statement=three ms=[\d.]+ rows=3", record.message)


def test_nothing_is_logged_unasked(store: Store, capfd: pytest.CaptureFixture[str]) -> None:
    store.sql.rows("three", "SELECT 3")
    assert capfd.readouterr() == ("", "")


def test_long_statements_live_in_files_of_their_package() -> None:
    assert "ORDER BY event_id" in named_sql("fibermap.store", "event_pending")


def test_state_and_events_commit_together(store: Store) -> None:
    def work(uow: UnitOfWork) -> None:
        add_to_counter(uow, "promoted", 1)
        uow.emit(PlanPromoted(cause="promote:county", plan_version=3, kind="source"))
        uow.emit(ConnectivityChanged(cause="visit:9", address_id=12, before="passed", after="active"))

    store.run(work, cause="promote:county")
    assert counter(store, "promoted") == 1
    events = "SELECT type, cause, plan_version, address_id, payload->>'kind' FROM event ORDER BY event_id"
    assert store.sql.rows("events", events) == [
        ("PlanPromoted", "promote:county", 3, None, "source"),
        ("ConnectivityChanged", "visit:9", None, 12, None),
    ]


def test_an_error_takes_back_state_and_events(store: Store) -> None:
    def work(uow: UnitOfWork) -> None:
        add_to_counter(uow, "a", 1)
        uow.emit(PlanPromoted(cause="test"))
        raise KeyError("afterwards")

    with pytest.raises(KeyError):
        store.run(work, cause="test")
    assert counter(store, "a") is None
    assert store.sql.value("events", "SELECT count(*) FROM event") == 0


def test_definitions_are_taken_back_too(store: Store) -> None:
    store.preview(lambda uow: uow.sql.execute("make", "CREATE TABLE extra (a INT)"), cause="test")
    tables = store.sql.rows("tables", "SELECT table_name FROM duckdb_tables()")
    assert ("extra",) not in tables


def test_a_preview_returns_what_would_happen_and_changes_nothing(store: Store) -> None:
    set_counter(store, "a", 1)

    def work(uow: UnitOfWork) -> int | None:
        add_to_counter(uow, "a", 41)
        return int(uow.sql.value("get", "SELECT n FROM counter"))

    assert store.preview(work, cause="dry-run") == 42
    assert counter(store, "a") == 1


def test_work_that_gives_itself_up_is_not_committed(store: Store) -> None:
    with store.unit_of_work(cause="test") as uow:
        add_to_counter(uow, "a", 1)
        uow.rollback()
    assert counter(store, "a") is None


def test_a_duplicate_key_is_a_conflict_that_is_not_retried(store: Store) -> None:
    set_counter(store, "a", 1)
    runs = []

    def work(uow: UnitOfWork) -> None:
        runs.append(1)
        uow.sql.execute("again", "INSERT INTO counter VALUES ('a', 2)")

    with pytest.raises(Conflict) as failure:
        store.run(work, cause="test")
    assert failure.value.code == Code.CONSTRAINT_BROKEN
    assert len(runs) == 1


def test_a_transaction_that_loses_against_another_runs_again(store: Store) -> None:
    set_counter(store, "a", 0)
    runs = []

    def work(uow: UnitOfWork) -> None:
        n = uow.sql.value("get", "SELECT n FROM counter")
        if not runs:
            set_counter_from_elsewhere(store)
        runs.append(n)
        uow.sql.execute("set", "UPDATE counter SET n = ?", [n + 1])

    store.run(work, cause="test")
    assert runs == [0, 100]
    assert counter(store, "a") == 101


def test_a_transaction_that_always_loses_gives_up(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "PATIENCE_S", 0.0)
    set_counter(store, "a", 0)
    runs = []

    def work(uow: UnitOfWork) -> None:
        uow.sql.value("get", "SELECT n FROM counter")
        set_counter_from_elsewhere(store)
        runs.append(1)
        uow.sql.execute("set", "UPDATE counter SET n = 1")

    with pytest.raises(TransactionConflict):
        store.run(work, cause="test")
    assert len(runs) == ATTEMPTS


def set_counter_from_elsewhere(store: Store) -> None:
    with ThreadPoolExecutor(1) as pool:
        pool.submit(
            store.run, lambda uow: uow.sql.execute("set", "UPDATE counter SET n = 100"), cause="elsewhere"
        ).result()


def test_the_second_taker_of_a_scarce_row_fails_and_then_sees_it_taken(store: Store) -> None:
    """Two transactions insert the same key at once: one commits, the other runs again and decides anew."""
    barrier = threading.Barrier(2)

    def take(me: str) -> str:
        first = True

        def work(uow: UnitOfWork) -> str:
            nonlocal first
            taken = uow.sql.value("look", "SELECT count(*) FROM counter WHERE name = 'slot'")
            if first:
                first = False
                barrier.wait(timeout=60)
            if taken:
                return "taken"
            uow.sql.execute("take", "INSERT INTO counter VALUES ('slot', 1)")
            return me

        try:
            return store.run(work, cause=me)
        except Conflict:  # seen at the INSERT already, where the other had committed
            return "taken"

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(take, ["anna", "bert"]))
    assert answers in (["anna", "taken"], ["bert", "taken"])
    assert counter(store, "slot") == 1


def test_threads_have_a_cursor_each_and_right_answers(store: Store) -> None:
    """A connection shared by threads gives wrong answers; here each value comes back to who asked for it."""

    def ask(n: int) -> bool:
        cursors.add(id(store.database.cursor()))
        return bool(store.sql.value("echo", "SELECT ? + 0 FROM range(50) LIMIT 1", [n]) == n)

    cursors: set[int] = set()
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(1000)))
    assert len(cursors) > 1
    assert store.database.cursor() is store.database.cursor()


def test_no_increment_of_many_threads_is_lost(store: Store) -> None:
    set_counter(store, "a", 0)

    def increment(_: int) -> None:
        store.run(lambda uow: uow.sql.execute("add", "UPDATE counter SET n = n + 1"), cause="test")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(increment, range(100)))
    assert counter(store, "a") == 100


def test_a_closed_store_says_so(tmp_path: Path) -> None:
    store = open_store(tmp_path / "plan.duckdb")
    store.close()
    store.close()
    with pytest.raises(StoreFailed, match="closed"):
        counter(store, "a")


def test_a_missing_database_is_not_created_unasked(tmp_path: Path) -> None:
    with pytest.raises(NotFound) as failure:
        Store.open(tmp_path / "plan.duckdb", create=False)
    assert failure.value.code == Code.DATABASE_MISSING
    assert list(tmp_path.iterdir()) == []
