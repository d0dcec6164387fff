"""Pages of a live layer kept on disk, so that a reading that broke off goes on where it stopped."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import orjson

LONGEST_KEPT_S = 24 * 3600
"""Older pages are thrown away: the layer may have been edited since, whatever it says."""


@dataclass(frozen=True, slots=True)
class Page:
    """One answer of a service, and the offset that comes after it (None for pages asked for by id)."""

    answer: dict[str, Any]
    next_offset: int | None = None


class Keeper(Protocol):
    """Remembers pages until the layer is whole."""

    def kept(self) -> Iterator[Page]:
        """Yield the pages of an earlier reading that broke off."""

    def keep(self, page: Page) -> None:
        """Remember a page."""

    def forget(self) -> None:
        """Throw everything away: the layer is whole."""


class Forgetful:
    """Keeps nothing."""

    def kept(self) -> Iterator[Page]:
        yield from ()

    def keep(self, page: Page) -> None:
        pass

    def forget(self) -> None:
        pass


class FolderKeeper:
    """Keeps pages as files of one folder of its own.

    Parameters
    ----------
    folder
        Where to make that folder.
    *identity
        What makes pages of one reading belong together: the layer's address, its edit date, its object ids.
    """

    def __init__(self, folder: Path, *identity: object) -> None:
        key = hashlib.blake2b("\x1f".join(map(str, identity)).encode(), digest_size=16).hexdigest()
        self._folder = folder / key
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder.mkdir(mode=0o700, exist_ok=True)
        self._next = 1 + max((int(path.stem) for path in self._pages()), default=0)

    def _pages(self) -> list[Path]:
        return sorted(path for path in self._folder.glob("*.json") if path.stem.isdigit())

    def kept(self) -> Iterator[Page]:
        """Yield the pages of an earlier reading; those that are too old or damaged are removed."""
        for path in self._pages():
            try:
                is_fresh = time.time() - path.stat().st_mtime < LONGEST_KEPT_S
                content = orjson.loads(path.read_bytes()) if is_fresh else None
            except (OSError, orjson.JSONDecodeError):
                content = None
            if isinstance(content, dict) and isinstance(content.get("answer"), dict):
                yield Page(content["answer"], content.get("next_offset"))
            else:
                path.unlink(missing_ok=True)

    def keep(self, page: Page) -> None:
        """Write a page whole or not at all; a full disk costs the resuming, not the reading."""
        path = self._folder / f"{self._next:08d}.json"
        draft = path.with_suffix(".part")
        with suppress(OSError):
            draft.write_bytes(orjson.dumps({"answer": page.answer, "next_offset": page.next_offset}))
            draft.replace(path)
            self._next += 1

    def forget(self) -> None:
        _remove(self._folder)


def forget_stale(folder: Path) -> None:
    """Throw away the pages of readings that nobody went on with, and the folder of them all once it is empty."""
    for reading in folder.glob("*/") if folder.is_dir() else ():
        if time.time() - reading.stat().st_mtime >= LONGEST_KEPT_S:
            _remove(reading)
    with suppress(OSError):
        folder.rmdir()


def _remove(reading: Path) -> None:
    """Remove what this module wrote, and the folder only if nothing else is in it."""
    for path in [*reading.glob("*.json"), *reading.glob("*.part")]:
        path.unlink(missing_ok=True)
    with suppress(OSError):
        reading.rmdir()
