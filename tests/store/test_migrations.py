"""A database of every earlier release opens; one of a later or an edited release is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from fibermap.kernel.clock import SystemClock
from fibermap.kernel.errors import Code, StoreFailed
from fibermap.store import Database, Store
from fibermap.store.executor import Executor
from fibermap.store.migrations import Migration, applied_migrations, migrate, released_migrations

FIRST = Migration(1, "first", "CREATE TABLE a (id INT PRIMARY KEY); INSERT INTO a VALUES (1);")
SECOND = Migration(2, "second", "ALTER TABLE a ADD COLUMN name VARCHAR DEFAULT 'x';")
BROKEN = Migration(3, "broken", "CREATE TABLE b (id INT); INSERT INTO nowhere VALUES (1);")
CLOCK = SystemClock()


def apply(path: Path | str, *migrations: Migration) -> list[str]:
    with Database.open(path) as database:
        return [step.name for step in migrate(database, CLOCK, migrations)]


def refusal(path: Path, *migrations: Migration) -> Code:
    with pytest.raises(StoreFailed) as failure:
        apply(path, *migrations)
    return failure.value.code


def test_what_is_missing_is_applied_once(tmp_path: Path) -> None:
    path = tmp_path / "plan.duckdb"
    assert apply(path, FIRST) == ["first"]
    assert apply(path, FIRST, SECOND) == ["second"]
    assert apply(path, FIRST, SECOND) == []


@pytest.mark.parametrize("count", range(1, len(released_migrations()) + 1))
def test_a_database_of_every_earlier_release_opens(tmp_path: Path, count: int) -> None:
    """A release ends with some migration; whatever it wrote is carried on by the later ones."""
    path = tmp_path / "plan.duckdb"
    apply(path, *released_migrations()[:count])
    with Store.open(path) as store:
        assert len(applied_migrations(store.sql)) == len(released_migrations())


def test_numbers_of_released_migrations_have_no_gaps() -> None:
    steps = released_migrations()
    assert [step.number for step in steps] == list(range(1, len(steps) + 1))


def test_a_failing_migration_leaves_nothing_of_itself(tmp_path: Path) -> None:
    path = tmp_path / "plan.duckdb"
    assert refusal(path, FIRST, SECOND, BROKEN) == Code.STATEMENT_FAILED
    with Database.open(path) as database:
        sql = Executor(database.cursor())
        assert list(applied_migrations(sql)) == [1, 2]
        assert sql.rows("tables", "SELECT table_name FROM duckdb_tables() ORDER BY 1") == [("a",), ("migration",)]


def test_an_edited_migration_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "plan.duckdb"
    apply(path, FIRST)
    assert refusal(path, Migration(1, "first", FIRST.sql + "-- edited")) == Code.MIGRATION_CHANGED


def test_a_migration_slipped_in_below_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "plan.duckdb"
    apply(path, SECOND_ALONE)
    assert refusal(path, FIRST, SECOND_ALONE) == Code.MIGRATION_CHANGED


SECOND_ALONE = Migration(2, "second", "CREATE TABLE c (id INT);")


def test_a_database_of_a_later_release_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "plan.duckdb"
    apply(path, FIRST, SECOND)
    assert refusal(path, FIRST) == Code.DATABASE_NEWER


def test_an_old_database_is_not_changed_by_a_reader(tmp_path: Path) -> None:
    path = tmp_path / "plan.duckdb"
    apply(path, FIRST)
    with Database.open(path, read_only=True) as database, pytest.raises(StoreFailed) as failure:
        migrate(database, CLOCK, (FIRST, SECOND))
    assert failure.value.code == Code.DATABASE_OLDER


def test_line_ends_of_a_checkout_do_not_matter() -> None:
    assert Migration(1, "a", "SELECT 1;\r\nSELECT 2;\r\n").sha256 == Migration(1, "a", "SELECT 1;\nSELECT 2;\n").sha256
