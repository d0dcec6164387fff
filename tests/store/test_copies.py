"""Snapshots and backups hold everything, at one moment, and a backup is proved before it is used."""

from __future__ import annotations

import threading
from pathlib import Path

import orjson
import pytest

from fibermap.kernel.errors import Code, Conflict, FibermapError, InputRefused, NotFound
from fibermap.store import Store, backup, latest_snapshot, publish_snapshot, restore
from tests.store.build import add_to_counter, counter, open_store, publish, set_counter

RICH = """
    CREATE SEQUENCE number_sequence START 5;
    CREATE TYPE mood AS ENUM ('glad', 'sad');
    CREATE TABLE address_key (address_id BIGINT PRIMARY KEY);
    CREATE TABLE abode (
        id BIGINT PRIMARY KEY DEFAULT nextval('number_sequence'),
        address_id BIGINT REFERENCES address_key (address_id),
        label VARCHAR UNIQUE CHECK (label <> ''),
        place GEOMETRY, tags VARCHAR[], facts MAP(VARCHAR, INT), pair STRUCT(a INT, b VARCHAR), mood mood,
        at_utc TIMESTAMPTZ DEFAULT now(), doc JSON
    );
    CREATE TABLE zone (abode_id BIGINT REFERENCES abode (id));
    CREATE INDEX abode_by_address ON abode (address_id);
    CREATE VIEW labelled AS SELECT label FROM abode;
    CREATE MACRO plus_one(x) AS x + 1;
    INSERT INTO address_key SELECT i FROM range(5000) r(i);
    INSERT INTO abode (address_id, label, place, tags, facts, pair, mood, doc)
    SELECT address_id, 'a' || address_id, ST_Point(address_id, 1), ['x', NULL], MAP {'k': 1}, {'a': 1, 'b': NULL},
           'glad', '{"a": 1}'
    FROM address_key;
    INSERT INTO abode (address_id) VALUES (NULL);
    INSERT INTO zone SELECT id FROM abode;
"""
DEFINITIONS = """
    SELECT sql FROM duckdb_tables() WHERE NOT internal AND database_name = current_database()
    UNION ALL SELECT sql FROM duckdb_indexes() WHERE database_name = current_database()
    UNION ALL SELECT sql FROM duckdb_sequences() WHERE database_name = current_database()
    UNION ALL SELECT sql FROM duckdb_views() WHERE NOT internal AND database_name = current_database()
    ORDER BY sql
"""


@pytest.fixture
def rich(store: Store) -> Store:
    """A store with every kind of definition that a slice may use."""
    store.run(lambda uow: uow.sql.execute("rich", RICH), cause="test")
    return store


def refusal(source: Path, target: Path) -> Code:
    with pytest.raises(FibermapError) as failure:
        restore(source, target)
    assert not target.exists()
    assert not [path for path in target.parent.iterdir() if "restoring" in path.name]
    return failure.value.code


def test_a_restored_database_is_the_old_one(rich: Store, tmp_path: Path) -> None:
    backup(rich, tmp_path / "backup")
    restore(tmp_path / "backup", tmp_path / "again.duckdb")
    with open_store(tmp_path / "again.duckdb") as again:
        assert again.sql.rows("definitions", DEFINITIONS) == rich.sql.rows("definitions", DEFINITIONS)
        for table in ("address_key", "abode", "zone", "migration", "labelled"):
            rows = [at.sql.rows("rows", f"FROM {table} ORDER BY ALL") for at in (rich, again)]
            assert rows[0] == rows[1]
        assert again.sql.value("macro", "SELECT plus_one(1)") == 2


def test_numbers_go_on_where_they_were(rich: Store, tmp_path: Path) -> None:
    restored = tmp_path / "again.duckdb"
    backup(rich, tmp_path / "backup")
    restore(tmp_path / "backup", restored)
    with open_store(restored) as again:
        assert again.sql.value("next", "SELECT nextval('number_sequence')") == 5006


def test_keys_of_a_copy_still_refuse(rich: Store, tmp_path: Path) -> None:
    backup(rich, tmp_path / "backup")
    restore(tmp_path / "backup", tmp_path / "again.duckdb")
    with open_store(tmp_path / "again.duckdb") as again:
        for hostile in (
            "INSERT INTO address_key VALUES (1)",
            "INSERT INTO abode (label) VALUES ('a7')",
            "INSERT INTO abode (label) VALUES ('')",
            "INSERT INTO abode (address_id) VALUES (-1)",
            "DELETE FROM address_key WHERE address_id = 3",
        ):
            with pytest.raises(Conflict):
                again.sql.execute("hostile", hostile)


def test_a_backup_says_what_it_holds(rich: Store, tmp_path: Path) -> None:
    manifest = backup(rich, tmp_path / "backup")
    assert manifest.contents.tables["abode"].rows == 5001
    assert manifest.contents.sequences["number_sequence"] == 5006
    written = orjson.loads((tmp_path / "backup" / "manifest.json").read_bytes())
    assert written["contents"]["tables"]["zone"]["rows"] == 5001
    assert sorted(path.name for path in (tmp_path / "backup").iterdir()) == ["database.duckdb", "manifest.json"]
    assert list(rich.database.work_folder.iterdir()) == []


def test_nothing_is_overwritten(rich: Store, tmp_path: Path) -> None:
    backup(rich, tmp_path / "backup")
    with pytest.raises(Conflict) as failure:
        backup(rich, tmp_path / "backup")
    assert failure.value.code == Code.DATABASE_EXISTS
    with pytest.raises(Conflict) as failure:
        restore(tmp_path / "backup", tmp_path / "plan.duckdb")
    assert failure.value.code == Code.DATABASE_EXISTS


def test_a_folder_without_a_backup_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        restore(tmp_path, tmp_path / "again.duckdb")


def test_a_changed_backup_is_refused(rich: Store, tmp_path: Path) -> None:
    folder, target = tmp_path / "backup", tmp_path / "again.duckdb"
    backup(rich, folder)
    database, manifest = folder / "database.duckdb", folder / "manifest.json"
    whole, told = database.read_bytes(), orjson.loads(manifest.read_bytes())

    database.write_bytes(whole[:-4096])
    assert refusal(folder, target) == Code.BACKUP_INVALID
    database.write_bytes(whole[:50_000] + bytes([whole[50_000] ^ 1]) + whole[50_001:])
    assert refusal(folder, target) == Code.BACKUP_INVALID
    database.write_bytes(whole)

    for change in (
        {"rows": 5000},
        {"checksum": "0"},
    ):
        tables = told["contents"]["tables"]
        hostile = {**tables, "abode": {**tables["abode"], **change}}
        manifest.write_bytes(orjson.dumps({**told, "contents": {**told["contents"], "tables": hostile}}))
        assert refusal(folder, target) == Code.BACKUP_INVALID
    for text in (b"", b"[]", b"{}", b'{"contents": 1}', orjson.dumps({**told, "format": 99})):
        manifest.write_bytes(text)
        assert refusal(folder, target) == Code.BACKUP_INVALID


def test_snapshots_are_numbered_and_the_oldest_go(store: Store, tmp_path: Path) -> None:
    assert latest_snapshot(tmp_path / "plan.duckdb") is None
    published = []
    for n in range(3):
        set_counter(store, "a", n)
        published.append(publish_snapshot(store, keep=2))
    assert [path.name for path in published] == [f"plan.00000{n}.duckdb" for n in (1, 2, 3)]
    assert [path.exists() for path in published] == [False, True, True]
    assert latest_snapshot(tmp_path / "plan.duckdb") == published[-1]
    for path, n in zip(published[1:], (1, 2), strict=True):
        with open_store(path, read_only=True) as reader:
            assert counter(reader, "a") == n
            with pytest.raises(FibermapError):
                set_counter(reader, "a", 9)


def test_an_empty_database_is_not_published(store: Store, tmp_path: Path) -> None:
    with pytest.raises(Conflict) as failure:
        publish_snapshot(store)
    assert failure.value.code == Code.NOTHING_TO_COPY
    assert latest_snapshot(tmp_path / "plan.duckdb") is None
    assert list(store.database.work_folder.iterdir()) == []


def test_a_database_in_memory_is_published_where_one_says(tmp_path: Path) -> None:
    with open_store(":memory:") as store:
        set_counter(store, "a", 1)
        with pytest.raises(InputRefused):
            publish_snapshot(store)
        assert publish_snapshot(store, tmp_path).parent == tmp_path


def test_a_snapshot_taken_while_others_write_is_one_moment(store: Store) -> None:
    """Each transaction adds one to both counters and publishes one event: in every snapshot the three agree."""
    set_counter(store, "left", 0)
    set_counter(store, "right", 0)
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            with store.unit_of_work(cause="test") as uow:
                add_to_counter(uow, "left", 1)
                add_to_counter(uow, "right", 1)
            publish(store, 1)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        snapshots = [publish_snapshot(store, keep=5) for _ in range(3)]
    finally:
        stop.set()
        writer.join()
    for path in snapshots:
        with open_store(path, read_only=True) as reader:
            left, events = counter(reader, "left"), reader.sql.value("events", "SELECT count(*) FROM event")
            assert left == counter(reader, "right")
            assert left is not None
            assert events in {left, left - 1}
