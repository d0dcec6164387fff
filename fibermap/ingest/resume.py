"""Where the pages of a live layer are kept until it is whole, so that an ingest that broke off goes on from there."""

from __future__ import annotations

import secrets
import shutil
import tempfile
import weakref
from pathlib import Path

from fibermap.formats.service_keeper import forget_stale


class ResumeFolder:
    """The folder of one database, there only while something is kept in it.

    Attributes
    ----------
    path
        ``plan.duckdb.resume`` beside the database; for a database in memory a folder that goes when it goes.
    """

    def __init__(self, database: Path | None) -> None:
        if database is not None:
            self.path = database.with_name(f"{database.name}.resume")
            return
        self.path = Path(tempfile.gettempdir()) / f"fibermap-{secrets.token_hex(8)}.resume"
        weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)

    def tidy(self) -> None:
        """Remove what is too old to go on with, and the folder itself where nothing is kept."""
        forget_stale(self.path)
