"""Files that callers send to be ingested: on disk within bounds, for their owner only, gone after the ingest."""

from __future__ import annotations

import os
import secrets
import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath
from threading import RLock

from fibermap.access.refusals import RateExceeded
from fibermap.kernel.clock import Clock
from fibermap.kernel.errors import Code, InputRefused, NotFound
from fibermap_api.settings import ApiSettings

LONGEST_NAME_BYTES = 255
DEEPEST = 12


@dataclass(frozen=True, slots=True)
class Upload:
    """A folder of files that belong together."""

    upload_id: str
    owner: str
    folder: Path
    expires_at: datetime


class Spool:
    """The uploads of one server. What a crash left behind goes when it starts.

    Threads may share one: uploads arrive in the loop, and go once they are ingested in a thread.
    """

    def __init__(self, folder: Path, settings: ApiSettings, clock: Clock) -> None:
        self._folder = folder
        self._settings = settings
        self._clock = clock
        self._uploads: dict[str, Upload] = {}
        self._lock = RLock()

    def clear(self) -> None:
        """Forget everything."""
        self._uploads.clear()
        shutil.rmtree(self._folder, ignore_errors=True)

    def take(self, owner: str, upload_id: str | None) -> Upload:
        """Return an upload of this owner to put another file into, a new one where None is named.

        Raises
        ------
        NotFound
            ``upload_not_found``.
        RateExceeded
            There are too many uploads, or too many bytes of them.
        """
        self.forget_expired()
        if self._bytes() >= self._settings.plan_spool_bytes:
            raise RateExceeded(30.0)
        if upload_id is not None:
            return self.find(owner, upload_id)
        if len(self._uploads) >= self._settings.plan_uploads:
            raise RateExceeded(30.0)
        expires_at = self._clock.now() + timedelta(minutes=self._settings.plan_kept_min)
        new_id = secrets.token_hex(16)
        upload = Upload(new_id, owner, self._folder / new_id, expires_at)
        self._folder.mkdir(mode=0o700, exist_ok=True)
        upload.folder.mkdir(mode=0o700)
        with self._lock:
            self._uploads[new_id] = upload
        return upload

    def find(self, owner: str, upload_id: str) -> Upload:
        """Return an upload; raises ``NotFound`` (``upload_not_found``) where there is none of this owner."""
        upload = self._uploads.get(upload_id)
        if upload is None or upload.owner != owner:
            raise NotFound(
                Code.UPLOAD_NOT_FOUND, "There is no such upload.", hint="It may have expired; send it again."
            )
        return upload

    def remove(self, upload_id: str) -> None:
        """Forget an upload and its files."""
        with self._lock:
            upload = self._uploads.pop(upload_id, None)
        if upload is not None:
            shutil.rmtree(upload.folder, ignore_errors=True)

    def forget_expired(self) -> None:
        """Forget what nobody ingested in time."""
        now = self._clock.now()
        with self._lock:
            expired = [upload for upload in self._uploads.values() if upload.expires_at <= now]
        for upload in expired:
            self.remove(upload.upload_id)

    def _bytes(self) -> int:
        files = (Path(folder, name) for folder, _, names in os.walk(self._folder) for name in names)
        return sum(map(_size_of, files))


def place_in(upload: Upload, name: str) -> Path:
    """Return where a file of this name goes inside an upload, and nowhere else.

    Raises
    ------
    InputRefused
        ``argument_invalid``: a name that leads out, or that no file can have.
    """
    parts = name.split("/")
    sane = len(parts) <= DEEPEST and all(_is_sane(part) for part in parts)
    if not sane or str(PurePosixPath(name)) != name:
        raise InputRefused(
            Code.ARGUMENT_INVALID,
            "A file cannot have this name.",
            hint="Send a relative path without `..`.",
            field="name",
        )
    path = upload.folder / name
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def _size_of(file: Path) -> int:
    """Return the size of a file; 0 of one that is gone, since uploads go while others are looked at."""
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0


def _is_sane(part: str) -> bool:
    return part not in ("", ".", "..") and "\x00" not in part and len(part.encode()) <= LONGEST_NAME_BYTES
