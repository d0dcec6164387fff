"""Backups that are kept beside the database: made by name, listed, proved by restoring them, bounded in number."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any

import orjson

from fibermap.kernel.errors import Code, Conflict, FibermapError, InputRefused, NotFound
from fibermap.store.backup import DATABASE_NAME, MANIFEST_NAME, Manifest, backup, read_manifest, restore
from fibermap.store.store import Store

PROOF_NAME = "proved.json"
MOST_KEPT = 14
"""The oldest makes way for a new one, once that is whole."""
NAME = re.compile(r"\d{8}T\d{6}Z")
_SHAPE = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True)
class Proof:
    """What came of restoring a backup on trial; ``problem`` is None where it is whole."""

    proved_at_utc: datetime
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class KeptBackup:
    """A backup that is kept.

    Attributes
    ----------
    name
        The moment it was made, as ``20261126T030000Z``.
    bytes, rows
        Of its database.
    proof
        What came of the last trial; None where it was never restored. (It was read back and compared when it was made.)
    """

    name: str
    made_at_utc: datetime
    bytes: int
    rows: int
    migration: int
    proof: Proof | None


class KeptBackups:
    """The backups of one database.

    Parameters
    ----------
    folder
        Where they are kept, one folder each; by default ``<database>.backups`` beside it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._removing = Lock()

    @classmethod
    def of(cls, database: Path) -> KeptBackups:
        """Return the backups beside a database."""
        return cls(database.with_name(database.name + ".backups"))

    def listed(self) -> list[KeptBackup]:
        """Return those that are whole, the newest first."""
        return sorted(self._found(), key=lambda kept: kept.name, reverse=True)

    def find(self, name: str) -> KeptBackup:
        """Return a backup by name; raises ``NotFound`` (``backup_not_found``)."""
        self.place(name)
        return self._read(name)

    def place(self, name: str) -> Path:
        """Return the folder of a backup. A name is a moment and nothing else, so that it leads nowhere else."""
        folder = self.folder / name if NAME.fullmatch(name) else None
        if folder is None or folder.is_symlink() or not (folder / MANIFEST_NAME).is_file():
            raise NotFound(Code.BACKUP_NOT_FOUND, "There is no such backup.", hint="List them.")
        return folder

    def make(self, store: Store) -> KeptBackup:
        """Make one, read it back and compare; then the oldest of more than `MOST_KEPT` goes.

        Raises
        ------
        Conflict
            ``database_exists``: there is one of this very second.
        StoreFailed
            ``backup_invalid``: the copy differs from what was read.
        """
        name = store.clock.now().astimezone(UTC).strftime(_SHAPE)
        backup(store, self.folder / name)
        made = self._read(name)
        with self._removing:
            for old in self.listed()[MOST_KEPT:]:
                shutil.rmtree(self.folder / old.name)
        return made

    def prove(self, name: str, now: datetime) -> KeptBackup:
        """Restore a backup on trial, row by row compared with its manifest, and keep what came of it."""
        folder = self.place(name)
        problem = None
        with TemporaryDirectory(dir=self.folder, prefix=".trial-") as trial:
            try:
                restore(folder, Path(trial) / DATABASE_NAME)
            except FibermapError as error:
                problem = error.message
            proof = Path(trial) / PROOF_NAME
            proof.write_bytes(orjson.dumps(asdict(Proof(now, problem))))
            proof.replace(folder / PROOF_NAME)  # whole, for whoever lists meanwhile
        return self._read(name)

    def remove(self, name: str) -> KeptBackup:
        """Remove a backup, but not the last; raises ``Conflict`` (``last_backup``)."""
        with self._removing:
            kept = self.find(name)
            if len(self.listed()) == 1:
                raise Conflict(Code.LAST_BACKUP, "This is the last backup.", hint="Make another one first.")
            shutil.rmtree(self.folder / name)
        return kept

    def clear(self) -> None:
        """Remove what a process that ended in the middle left behind: nothing of it is a backup."""
        for pattern in (".trial-*", "*.partial-*"):
            for left in self.folder.glob(pattern):
                shutil.rmtree(left, ignore_errors=True)

    def _found(self) -> Iterator[KeptBackup]:
        folders = self.folder.iterdir() if self.folder.is_dir() else iter(())
        for folder in folders:
            if NAME.fullmatch(folder.name):
                try:
                    yield self.find(folder.name)
                except (NotFound, InputRefused, FileNotFoundError):
                    continue  # being removed, or not one of ours

    def _read(self, name: str) -> KeptBackup:
        folder = self.folder / name
        manifest: Manifest = read_manifest(folder)
        return KeptBackup(
            name=name,
            made_at_utc=datetime.fromisoformat(manifest.made_at_utc),
            bytes=(folder / DATABASE_NAME).stat().st_size,
            rows=sum(table.rows for table in manifest.contents.tables.values()),
            migration=manifest.migration,
            proof=_proof(folder / PROOF_NAME),
        )


def _proof(file: Path) -> Proof | None:
    try:
        told: dict[str, Any] = orjson.loads(file.read_bytes())
        return Proof(datetime.fromisoformat(told["proved_at_utc"]), told["problem"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
