"""Files that cannot be opened: held by another process, damaged, foreign, or of another release."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb
import orjson
import pytest

from fibermap.kernel.errors import Code, DatabaseBusy, FibermapError, InputRefused, NotFound, StoreFailed
from fibermap.store import Database, latest_snapshot, publish_snapshot
from fibermap.store.extension import spatial_extension_path
from fibermap.store.lock_note import LockNote, note_path, read_note, write_note
from tests.store.build import counter, open_store, set_counter, start_python

HOLD = """
    import sys
    from fibermap.store import Database
    database = Database.open(sys.argv[1])
    if sys.argv[2:]:
        database.announce(url=sys.argv[2])
    print("open")
    sys.stdin.read()
"""


def test_a_second_process_is_told_who_holds_the_file_and_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "plan.duckdb"
    with open_store(path) as store:
        set_counter(store, "a", 1)
        snapshot = publish_snapshot(store)
    with start_python(HOLD, path, "http://127.0.0.1:8000") as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        with pytest.raises(DatabaseBusy) as busy:
            Database.open(path)
        holder.communicate("")
    error = busy.value
    assert error.code == Code.DATABASE_BUSY
    assert error.where["pid"] == holder.pid
    assert f"process {holder.pid}" in error.message
    assert 'fibermap.connect("http://127.0.0.1:8000")' in error.hint
    assert str(snapshot) in error.hint


def test_a_reader_blocks_a_writer_and_is_named(tmp_path: Path) -> None:
    path = tmp_path / "plan.duckdb"
    Database.open(path).close()
    with start_python(HOLD.replace("(sys.argv[1])", "(sys.argv[1], read_only=True)"), path) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        with pytest.raises(DatabaseBusy) as busy:
            Database.open(path)
        with Database.open(path, read_only=True) as together:
            assert together.read_only
        holder.communicate("")
    assert busy.value.where["pid"] == holder.pid


def test_a_killed_holder_leaves_a_note_that_is_in_nobodys_way(tmp_path: Path) -> None:
    path = tmp_path / "plan.duckdb"
    with start_python(HOLD, path) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        holder.kill()
    note = read_note(path)
    assert note is not None
    assert note.pid == holder.pid
    with Database.open(path):
        note = read_note(path)
        assert note is not None
        assert note.pid == os.getpid()
    assert read_note(path) is None


@pytest.mark.parametrize("text", ["", "no json", "[]", '{"pid": "me"}', "null"])
def test_a_note_that_says_nothing_is_ignored(tmp_path: Path, text: str) -> None:
    path = tmp_path / "plan.duckdb"
    note_path(path).write_text(text)
    assert read_note(path) is None


def test_a_stale_note_is_not_believed_about_another_holder(tmp_path: Path) -> None:
    path = tmp_path / "plan.duckdb"
    with start_python(HOLD, path) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        write_note(path, LockNote(pid=1, command="init", since_utc="long ago", url="http://127.0.0.1:1"))
        with pytest.raises(DatabaseBusy) as busy:
            Database.open(path)
        holder.communicate("")
    assert "init" not in str(busy.value)
    assert "url" not in busy.value.where


def test_one_process_may_open_a_file_twice(tmp_path: Path) -> None:
    path = tmp_path / "plan.duckdb"
    with open_store(path) as first:
        with open_store(path) as second:
            set_counter(first, "a", 1)
            assert counter(second, "a") == 1
        assert note_path(path).exists()
        assert counter(first, "a") == 1
        with pytest.raises(DatabaseBusy, match="this process"):
            Database.open(path, threads=3)
    assert not note_path(path).exists()


def test_how_much_of_a_machine_a_database_takes_is_a_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIBERMAP_DATABASE_THREADS", "3")
    monkeypatch.setenv("FIBERMAP_DATABASE_MEMORY_LIMIT", "512MiB")
    with open_store(tmp_path / "plan.duckdb") as store:
        assert store.sql.row("bounds", "SELECT current_setting('threads'), current_setting('memory_limit')") == (
            3, "512.0 MiB",
        )  # fmt: skip
    monkeypatch.setenv("FIBERMAP_DATABASE_THREADS", "none")
    with pytest.raises(InputRefused, match="FIBERMAP_DATABASE_THREADS cannot be used"):
        open_store(tmp_path / "plan.duckdb")


def damaged(path: Path, where: int) -> None:
    content = bytearray(path.read_bytes())
    content[where] ^= 0xFF
    path.write_bytes(content)


@pytest.mark.parametrize("content", [b"", b"hi", b"no database " * 5000, b"PK\x03\x04" + bytes(20_000)])
def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "plan.duckdb"
    path.write_bytes(content)
    with pytest.raises(StoreFailed) as failure:
        Database.open(path)
    assert failure.value.code == Code.DATABASE_CORRUPT
    assert failure.value.hint
    assert path.read_bytes() == content


@pytest.mark.parametrize("where", [20, 4100, 8200, 12300], ids=lambda at: f"byte {at}")
def test_damage_is_an_error_with_a_code_or_does_not_matter(tmp_path: Path, where: int) -> None:
    path = tmp_path / "plan.duckdb"
    with open_store(path) as store:
        set_counter(store, "a", 1)
    damaged(path, where)
    try:
        with open_store(path) as store:
            assert counter(store, "a") == 1
    except FibermapError as error:
        assert error.code == Code.DATABASE_CORRUPT  # noqa: PT017 (either outcome is right)


def test_a_truncated_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "plan.duckdb"
    with open_store(path) as store:
        store.run(
            lambda uow: uow.sql.execute("fill", "INSERT INTO counter SELECT i, i FROM range(99999) r(i)"), cause=""
        )
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])
    with pytest.raises(StoreFailed) as failure:
        open_store(path)
    assert failure.value.code == Code.DATABASE_CORRUPT


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(InputRefused) as failure:
        Database.open(tmp_path)
    assert failure.value.code == Code.FILE_IS_DIRECTORY


def test_a_missing_folder_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        Database.open(tmp_path / "nowhere" / "plan.duckdb")


def test_bad_settings_are_the_callers_fault_not_the_files(tmp_path: Path) -> None:
    with pytest.raises(InputRefused) as failure:
        Database.open(tmp_path / "plan.duckdb", memory_limit="a lot")
    assert failure.value.code == Code.ARGUMENT_INVALID


def test_a_process_that_forgets_to_close_leaves_only_the_database(tmp_path: Path) -> None:
    path = tmp_path / "plan.duckdb"
    code = "import sys; from fibermap.store import Database; database = Database.open(sys.argv[1])"
    assert start_python(code, path).wait() == 0
    assert [found.name for found in tmp_path.iterdir()] == ["plan.duckdb"]


def test_what_a_crash_left_in_the_work_folder_is_cleared(tmp_path: Path) -> None:
    path = tmp_path / "plan.duckdb"
    leftover = tmp_path / "plan.duckdb.work" / "half.parquet"
    leftover.parent.mkdir()
    leftover.write_bytes(b"half")
    with Database.open(path) as database:
        assert not leftover.exists()
        assert database.work_folder == leftover.parent
        assert database.work_folder.is_dir()


def test_somebody_elses_duckdb_file_is_not_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "sales.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE sales (a INT)")
    with pytest.raises(StoreFailed) as failure:
        open_store(path)
    assert failure.value.code == Code.DATABASE_CORRUPT
    assert "not one of fibermap's" in failure.value.message


def test_paths_with_quotes_and_blanks_work(tmp_path: Path) -> None:
    folder = tmp_path / "o'brien's plan [1]"
    folder.mkdir()
    with open_store(folder / "it's.duckdb") as store:
        set_counter(store, "a", 1)
        snapshot = publish_snapshot(store)
        assert latest_snapshot(folder / "it's.duckdb") == snapshot
    with open_store(snapshot, read_only=True) as reader:
        assert counter(reader, "a") == 1


def test_the_extension_is_the_wheels_own_file() -> None:
    assert spatial_extension_path().parts[-2:] == (f"v{duckdb.__version__}", "spatial.duckdb_extension")


def test_an_extension_for_another_duckdb_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duckdb, "__version__", "9.9.9")
    with pytest.raises(StoreFailed) as failure:
        spatial_extension_path()
    assert failure.value.code == Code.EXTENSION_UNUSABLE
    assert "9.9.9" in failure.value.hint


def test_a_note_holds_what_another_process_needs(tmp_path: Path) -> None:
    path = tmp_path / "plan.duckdb"
    with Database.open(path) as database:
        database.announce(url="http://127.0.0.1:8000", socket="/run/fibermap.sock")
        note = orjson.loads(note_path(path).read_bytes())
    assert note["pid"] == os.getpid()
    assert (note["url"], note["socket"]) == ("http://127.0.0.1:8000", "/run/fibermap.sock")
