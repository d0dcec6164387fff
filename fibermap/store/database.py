"""One DuckDB file, opened by one process, hardened, with one cursor per thread."""

from __future__ import annotations

import os
import shutil
import threading
import weakref
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

import duckdb
from pydantic import ValidationError

from fibermap.kernel.errors import Code, InputRefused, NotFound, StoreFailed
from fibermap.kernel.settings import Engine
from fibermap.store.busy import busy_error, is_lock_error
from fibermap.store.extension import load_spatial
from fibermap.store.lock_note import note_of_this_process, remove_note, write_note

MEMORY = ":memory:"

# One entry per open Database of this process, so that the last one to close removes the lock note.
_open_here: list[Path] = []
_open_here_guard = threading.Lock()


class Database:
    """An open DuckDB database with the spatial extension, no network and no files but its own.

    After the extension is loaded, access to files is switched off and the configuration locked, for all
    connections: SQL can read and write only inside `work_folder`. Whatever comes from elsewhere comes as Arrow.

    Parameters
    ----------
    path
        The file, or ``":memory:"``.
    connection
        The base connection; only cursors made from it are used.
    read_only
        Whether the file was opened for reading only.

    Notes
    -----
    DuckDB gives wrong answers when threads share a connection; `cursor` returns one per thread.
    """

    def __init__(
        self,
        path: Path | None,
        connection: duckdb.DuckDBPyConnection,
        *,
        read_only: bool,
        scratch: TemporaryDirectory[str] | None,
    ) -> None:
        self.path = path
        self.read_only = read_only
        self._base = connection
        self._scratch = scratch
        self._local = threading.local()
        self._cursors: weakref.WeakSet[duckdb.DuckDBPyConnection] = weakref.WeakSet()
        self._closed = False
        self._let_go: Callable[[], object] = lambda: None

    @classmethod
    def open(
        cls,
        path: str | Path,
        *,
        create: bool = True,
        read_only: bool = False,
        threads: int | None = None,
        memory_limit: str | None = None,
    ) -> Self:
        """Open or create a database file.

        Parameters
        ----------
        path
            The file, or ``":memory:"`` for one that lasts as long as the object.
        create
            Whether a missing file is created.
        read_only
            Open for reading; several processes may do so together while none writes.
        threads, memory_limit
            DuckDB's own bounds, for example ``4`` and ``"8GB"``; by default those of `Engine`.

        Raises
        ------
        DatabaseBusy
            Another process holds the file.
        NotFound
            ``database_missing`` where the file is missing and may not be created.
        InputRefused
            The path is a directory or may not be read.
        StoreFailed
            ``database_corrupt``, ``database_newer`` or ``extension_unusable``.
        """
        file = None if str(path) == MEMORY else Path(path).expanduser().resolve()
        if file is not None:
            _refuse_unusable(file, create=create and not read_only)
        scratch = TemporaryDirectory(prefix="fibermap-") if file is None or read_only else None
        connection = _connect(file, _config(threads, memory_limit), read_only=read_only)
        try:
            database = cls(file, connection, read_only=read_only, scratch=scratch)
            _harden(connection, database.work_folder)
        except BaseException:
            connection.close()
            raise
        database._hold()
        return database

    @property
    def work_folder(self) -> Path:
        """The only folder that SQL can reach; for files handed to DuckDB or made by it."""
        if self._scratch is not None:
            return Path(self._scratch.name)
        assert self.path is not None
        return _work_folder(self.path)

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """Return the calling thread's own cursor, the same one every time."""
        cursor: duckdb.DuckDBPyConnection | None = getattr(self._local, "cursor", None)
        if cursor is None:
            cursor = self._local.cursor = self.new_cursor()
        return cursor

    def new_cursor(self) -> duckdb.DuckDBPyConnection:
        """Return a cursor of its own, for a transaction; the caller closes it."""
        if self._closed:
            raise StoreFailed(Code.STATEMENT_FAILED, "The database is closed.", hint="Open it again.")
        cursor = self._base.cursor()
        self._cursors.add(cursor)
        return cursor

    def announce(self, *, url: str | None = None, socket: str | None = None) -> None:
        """Tell other processes, through the lock note, where this one can be reached."""
        if self.path is not None and not self.read_only:
            write_note(self.path, note_of_this_process(url=url, socket=socket))

    def close(self) -> None:
        """Close every cursor and release the file. Closing twice is harmless."""
        if self._closed:
            return
        self._closed = True
        for connection in (*self._cursors, self._base):
            with suppress(duckdb.Error):
                connection.close()
        self._let_go()
        if self._scratch is not None:
            self._scratch.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _hold(self) -> None:
        if self.path is None or self.read_only:
            return
        with _open_here_guard:
            _open_here.append(self.path)
            if _open_here.count(self.path) == 1:
                shutil.rmtree(_work_folder(self.path), ignore_errors=True)  # what a crash left behind
                _work_folder(self.path)
                write_note(self.path, note_of_this_process())
        # Also when nobody closes it: once it is garbage, or when Python ends.
        self._let_go = weakref.finalize(self, _release, self.path, os.getpid())


def _release(file: Path, owner_pid: int) -> None:
    if os.getpid() != owner_pid:  # a forked child does not own what it inherited
        return
    with _open_here_guard:
        _open_here.remove(file)
        if file not in _open_here:
            remove_note(file)
            shutil.rmtree(_work_folder(file), ignore_errors=True)


def _work_folder(file: Path) -> Path:
    folder = file.with_name(file.name + ".work")
    folder.mkdir(exist_ok=True)
    return folder


def _refuse_unusable(file: Path, *, create: bool) -> None:
    if file.is_dir():
        raise InputRefused(Code.FILE_IS_DIRECTORY, "A database is a file, this is a folder.", file=str(file))
    if file.exists():
        if file.stat().st_size == 0:
            raise StoreFailed(
                Code.DATABASE_CORRUPT,
                "The file is empty, not a database.",
                hint="Restore a backup, or remove the file and start anew.",
                file=str(file),
            )
    elif not create:
        raise NotFound(
            Code.DATABASE_MISSING, "There is no such database.", hint="Check the path of --db.", file=str(file)
        )
    elif not file.parent.is_dir():
        raise NotFound(
            Code.DATABASE_MISSING, "The folder of the database is missing.", hint="Create it first.", file=str(file)
        )


def _config(threads: int | None, memory_limit: str | None) -> dict[str, Any]:
    config: dict[str, Any] = {
        # A commit that finds more log than this rewrites every changed block of the file before it returns, a second
        # and more after a large change. Reading this much log again after a crash takes a few seconds, once.
        "checkpoint_threshold": "256MB",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        # Its signature would be checked by hashing 80 MB each time a plan is opened, a third of a second. The file
        # came with the wheel, as this code did, and by the same hash; nothing else can be loaded, see `_harden`.
        "allow_unsigned_extensions": "true",
        "python_enable_replacements": "false",
    }
    engine = _engine()
    bounds = {"threads": threads or engine.threads, "memory_limit": memory_limit or engine.memory_limit}
    return config | {name: bound for name, bound in bounds.items() if bound is not None}


def _engine() -> Engine:
    try:
        return Engine()
    except ValidationError as error:
        first = error.errors(include_input=False, include_context=False)[0]
        raise InputRefused(
            Code.ARGUMENT_INVALID,
            f"The setting FIBERMAP_DATABASE_{str(first['loc'][0]).upper()} cannot be used: {first['msg']}.",
            hint="Correct the environment variable, or unset it.",
        ) from None


def _connect(file: Path | None, config: dict[str, Any], *, read_only: bool) -> duckdb.DuckDBPyConnection:
    try:
        return duckdb.connect(MEMORY if file is None else str(file), read_only=read_only, config=config)
    except duckdb.Error as error:
        if file is None:
            raise InputRefused(Code.ARGUMENT_INVALID, f"DuckDB refused the settings: {error}") from error
        if is_lock_error(error):
            raise busy_error(file, error) from error
        raise _open_error(file, str(error).split("\n", 1)[0]) from error


def _open_error(file: Path, detail: str) -> Exception:
    where = {"file": str(file)}
    if "Permission denied" in detail or "Read-only file system" in detail:
        return InputRefused(
            Code.FILE_UNREADABLE, "The database may not be opened.", hint="Check the file's permissions.", **where
        )
    if "version number" in detail:
        return StoreFailed(
            Code.DATABASE_NEWER,
            f"The database was written by a newer DuckDB: {detail}",
            hint="Install the newer fibermap.",
            **where,
        )
    if "option" in detail or "Invalid Input" in detail or "Parser Error" in detail:
        return InputRefused(Code.ARGUMENT_INVALID, f"DuckDB refused the settings: {detail}", **where)
    return StoreFailed(
        Code.DATABASE_CORRUPT,
        f"The file is damaged or not a database: {detail}",
        hint="Restore the last backup with `fibermap restore`; keep the damaged file for examination.",
        **where,
    )


def _harden(connection: duckdb.DuckDBPyConnection, work_folder: Path) -> None:
    """Load the extension, then lock everything. A second opening in this process finds it done."""
    locked = connection.execute("SELECT current_setting('lock_configuration')").fetchone()
    if locked is not None and locked[0]:
        return
    load_spatial(connection)
    folder = str(work_folder).replace("'", "''")
    for statement in (
        "SET GLOBAL TimeZone = 'UTC'",
        f"SET temp_directory = '{folder}/spill'",
        f"SET allowed_directories = ['{folder}/']",
        "SET enable_external_access = false",
        "SET lock_configuration = true",
    ):
        connection.execute(statement)
