"""fibermap: every address classified as build, pre-build or out-of-coverage, and explained."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fibermap.plan import Plan

__version__ = "0.1.0"
__all__ = ["__version__", "open"]


def open(path: str | Path, *, create: bool = True) -> Plan:  # noqa: A001  the public face reads fibermap.open(...)
    """Open a plan database, and make it if it is not there.

    Raises
    ------
    DatabaseBusy
        Another process owns the file; the error names it and offers the latest published snapshot.
    """
    from fibermap.plan import Plan

    return Plan.open(path, create=create)
