"""fibermap: every address classified as build, pre-build or out-of-coverage, and explained."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fibermap.client.remote_plan import RemotePlan
    from fibermap.plan import Plan

__version__ = "0.1.0"
__all__ = ["__version__", "connect", "open"]


def open(path: str | Path, *, create: bool = True) -> Plan:  # noqa: A001  the public face reads fibermap.open(...)
    """Open a plan database, and make it if it is not there.

    Raises
    ------
    DatabaseBusy
        Another process owns the file; the error names it and offers the latest published snapshot.
    """
    from fibermap.plan import Plan

    return Plan.open(path, create=create)


def connect(where: str | Path, key: str | None = None) -> RemotePlan:
    """Work on a plan that `fibermap serve` has open, with the verbs of :func:`open`.

    Parameters
    ----------
    where
        ``http://HOST:PORT``; or, on the machine of the server, its database file or the socket beside it.
    key
        An API key with the scopes ``read``, and ``plan`` to change anything. On the machine of the server the user
        who started it needs none.

    Raises
    ------
    ServiceFailed
        ``service_unreachable``: nobody answers there.
    NotAuthenticated
        ``credentials_missing`` or ``credentials_refused``.
    """
    from fibermap.client.connect import connect as reach

    return reach(where, key)
