"""The socket beside a database file, through which callers on the same machine reach the process that has it open."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fibermap.kernel.errors import Code, ServiceFailed

LONGEST_PATH = 100
"""A socket's address has some 108 bytes; longer paths are reached through their folder."""


def socket_path(database: Path) -> Path:
    """Return where the socket of a database lies: ``plan.duckdb.sock``."""
    return database.with_name(database.name + ".sock")


@contextmanager
def short_name(path: Path) -> Iterator[str]:
    """Yield a name for a socket that fits into its address, for as long as it is needed."""
    if len(os.fsencode(path)) <= LONGEST_PATH:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def check_socket(path: Path) -> None:
    """Refuse to talk to a socket that is not there, or that somebody else may have put there.

    Raises
    ------
    ServiceFailed
        ``service_unreachable``.
    """
    try:
        found = path.stat()
    except OSError as error:
        raise _unreachable("There is no such socket.", path) from error
    if not stat.S_ISSOCK(found.st_mode):
        raise _unreachable("This is not a socket.", path)
    if found.st_uid not in (os.getuid(), 0):
        raise _unreachable("The socket belongs to somebody else.", path)


def _unreachable(message: str, path: Path) -> ServiceFailed:
    return ServiceFailed(
        Code.SERVICE_UNREACHABLE, message, hint="Start `fibermap serve` for its database.", file=str(path)
    )
