"""Backups that are proved when made and proved again before they are put back."""

from __future__ import annotations

import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb
import orjson

from fibermap.kernel.errors import Code, Conflict, FibermapError, InputRefused, NotFound
from fibermap.store.copying import (
    Contents,
    TableContents,
    copy_durably,
    copy_into_file,
    discard,
    move_durably,
    read_contents,
    sha256_of,
)
from fibermap.store.database import Database
from fibermap.store.executor import Executor
from fibermap.store.store import Store

DATABASE_NAME = "database.duckdb"
MANIFEST_NAME = "manifest.json"
FORMAT = 1
LONGEST_MANIFEST_BYTES = 16 << 20


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup must contain.

    Attributes
    ----------
    made_at_utc
        When, ISO 8601.
    duckdb_version
        The version under which the checksums of the tables are comparable.
    migration
        The number of the last migration applied.
    sha256
        Of the database file.
    contents
        Rows and checksum per table, next value per sequence.
    """

    made_at_utc: str
    duckdb_version: str
    migration: int
    sha256: str
    contents: Contents
    format: int = FORMAT


def backup(store: Store, target: str | Path) -> Manifest:
    """Copy the database as it is now into a new folder, read the copy back and compare.

    Parameters
    ----------
    store
        The open store; it goes on working meanwhile.
    target
        A folder that does not exist yet; it appears only when the backup is whole. It will hold
        ``database.duckdb`` and ``manifest.json``.

    Raises
    ------
    Conflict
        ``database_exists`` where the target exists.
    StoreFailed
        ``backup_invalid`` where the copy differs from what was read.
    """
    folder = Path(target)
    if folder.exists():
        raise Conflict(Code.DATABASE_EXISTS, "The target exists.", hint="Choose a new folder.", file=str(folder))
    folder.parent.mkdir(parents=True, exist_ok=True)
    file = store.database.work_folder / f"backup-{uuid4().hex}.duckdb"
    contents = copy_into_file(store.database, file)
    partial = folder.with_name(f"{folder.name}.partial-{uuid4().hex}")
    partial.mkdir()
    try:
        copied = partial / DATABASE_NAME
        move_durably(file, copied)
        manifest = Manifest(
            made_at_utc=store.clock.now().isoformat(),
            duckdb_version=duckdb.__version__,
            migration=int(store.sql.value("backup_migration", "SELECT max(number) FROM migration")),
            sha256=sha256_of(copied),
            contents=contents,
        )
        _refuse_difference(copied, manifest)
        (partial / MANIFEST_NAME).write_bytes(orjson.dumps(asdict(manifest), option=orjson.OPT_INDENT_2))
        partial.rename(folder)
    except BaseException:
        discard(file)
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return manifest


def restore(source: str | Path, target: str | Path) -> Manifest:
    """Put a backup back as a new database file, after proving that it is whole.

    Parameters
    ----------
    source
        A folder that `backup` made.
    target
        A file that does not exist yet; it appears only when everything has been compared.

    Raises
    ------
    Conflict
        ``database_exists`` where the target exists.
    NotFound
        ``database_missing`` where there is no backup.
    InputRefused
        ``backup_invalid`` where anything differs from the manifest.
    """
    folder, file = Path(source), Path(target)
    for path in (file, file.with_name(file.name + ".wal")):
        if path.exists():
            raise Conflict(
                Code.DATABASE_EXISTS, "The target exists.", hint="Move it away, or choose another.", file=str(path)
            )
    manifest = read_manifest(folder)
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(f"{file.name}.restoring-{uuid4().hex}")
    try:
        copy_durably(folder / DATABASE_NAME, partial)
        if sha256_of(partial) != manifest.sha256:
            raise _invalid(folder, "the database file has changed since it was made")
        _refuse_difference(partial, manifest)
        move_durably(partial, file)
    finally:
        discard(partial)
    return manifest


def read_manifest(folder: Path) -> Manifest:
    """Read what a backup says about itself; for errors see `restore`."""
    if not (folder / MANIFEST_NAME).is_file() or not (folder / DATABASE_NAME).is_file():
        raise NotFound(
            Code.DATABASE_MISSING,
            f"There is no backup: a backup is a folder with {DATABASE_NAME} and {MANIFEST_NAME}.",
            hint="Check the path.",
            file=str(folder),
        )
    try:
        with (folder / MANIFEST_NAME).open("rb") as file:
            found: dict[str, Any] = orjson.loads(file.read(LONGEST_MANIFEST_BYTES))
        contents = found.pop("contents")
        tables = {name: TableContents(**table) for name, table in contents["tables"].items()}
        manifest = Manifest(contents=Contents(tables, contents["sequences"]), **found)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _invalid(folder, f"its manifest cannot be read: {error}") from error
    if manifest.format != FORMAT:
        raise _invalid(folder, f"its format is {manifest.format}, this release reads {FORMAT}")
    return manifest


def _refuse_difference(file: Path, manifest: Manifest) -> None:
    """Open a copy, read every row, and compare with the manifest."""
    try:
        with Database.open(file, create=False, read_only=True) as database:
            found = read_contents(Executor(database.cursor()))
    except FibermapError as error:
        raise _invalid(file, f"it cannot be read: {error.message}") from error
    expected = manifest.contents
    if manifest.duckdb_version != duckdb.__version__:
        # Another DuckDB may hash otherwise; the file's own hash has been compared, the counts still hold.
        found, expected = _without_checksums(found), _without_checksums(expected)
    for table in sorted(expected.tables.keys() | found.tables.keys()):
        if expected.tables.get(table) != found.tables.get(table):
            raise _invalid(file, f"table {table} differs from the manifest")
    for sequence, next_value in expected.sequences.items():
        # Drawing is not transactional: others may have drawn between the count and the copy, which skips
        # numbers. Only a sequence that would give out a number again is wrong.
        if found.sequences.get(sequence, 0) < next_value:
            raise _invalid(file, f"sequence {sequence} is behind the manifest")


def _without_checksums(contents: Contents) -> Contents:
    tables = {name: TableContents(table.rows, "") for name, table in contents.tables.items()}
    return Contents(tables, contents.sequences)


def _invalid(path: Path, reason: str) -> InputRefused:
    return InputRefused(
        Code.BACKUP_INVALID,
        f"The backup is not usable: {reason}.",
        hint="Use another backup; this one proves nothing.",
        file=str(path),
    )
