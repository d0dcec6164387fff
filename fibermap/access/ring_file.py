"""The keys in force as a small file beside the index: it is as new as the last change, however old the index is."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

from fibermap.access.model import Caller
from fibermap.access.ring import KeyRing
from fibermap.kernel.errors import InputRefused


def ring_path(index: Path) -> Path:
    """Return where the keys of an index lie: ``plan.index.keys``."""
    return index.with_name(index.name + ".keys")


def write_ring(path: Path, ring: KeyRing) -> None:
    """Write the file and put it in its place whole; only this user can read it."""
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        fresh = Path(file.name)
        try:
            file.write(ring.to_bytes())
            file.flush()
            fresh.replace(path)
        finally:
            fresh.unlink(missing_ok=True)


class RingFile:
    """The keys of a file, looked at before each is searched: a key that was revoked there is revoked here.

    Parameters
    ----------
    path
        Of `ring_path`.
    without
        The keys for as long as there is no such file.
    """

    def __init__(self, path: Path, without: KeyRing) -> None:
        self._path, self._name = path, str(path)
        self._without = without
        self._seen: tuple[int, int] | None = None
        self._ring = without

    def find(self, key: str) -> Caller | None:
        """Return whose key this is; None where nobody's."""
        return self._current().find(key)

    def _current(self) -> KeyRing:
        try:
            found = os.stat(self._name)  # noqa: PTH116  for each request
        except FileNotFoundError:
            return self._without
        seen = found.st_ino, found.st_mtime_ns
        if seen != self._seen:
            with suppress(InputRefused):  # it is just being copied: the next request looks again
                self._ring, self._seen = KeyRing.from_bytes(self._path.read_bytes()), seen
        return self._ring
