"""Where the files that belong to a database lie."""

from __future__ import annotations

import re
from pathlib import Path

_SNAPSHOT_NUMBER = re.compile(r"\.(\d{6,})\.duckdb$")


def snapshot_folder(database: Path) -> Path:
    """Return the folder for published snapshots of ``database``: ``plan.duckdb.snapshots`` beside it."""
    return database.with_name(database.name + ".snapshots")


def snapshot_path(folder: Path, database: Path, number: int) -> Path:
    """Return the path of a snapshot: ``plan.000007.duckdb``."""
    return folder / f"{database.stem}.{number:06d}.duckdb"


def snapshots(folder: Path, database: Path) -> list[Path]:
    """Return the published snapshots of ``database``, oldest first."""
    found = folder.glob(f"{glob_literal(database.stem)}.*.duckdb") if folder.is_dir() else iter(())
    return sorted((path for path in found if _SNAPSHOT_NUMBER.search(path.name)), key=snapshot_number)


def snapshot_number(path: Path) -> int:
    """Return the number in a snapshot's name, 0 where there is none."""
    match = _SNAPSHOT_NUMBER.search(path.name)
    return int(match.group(1)) if match else 0


def latest_snapshot(database: str | Path, folder: Path | None = None) -> Path | None:
    """Return the newest published snapshot of a database, ``None`` where there is none.

    Parameters
    ----------
    database
        The live file; it need not be free, and is not opened.
    folder
        Where the snapshots were published; by default the folder beside the database.
    """
    path = Path(database)
    found = snapshots(folder or snapshot_folder(path), path)
    return found[-1] if found else None


def glob_literal(text: str) -> str:
    """Escape what a glob pattern would interpret."""
    return re.sub(r"([*?\[])", r"[\1]", text)
