"""A server put together: the owner of a database, or a replica that reads an index file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from fibermap.access.gate import Gate
from fibermap.access.registry import Registry
from fibermap.access.ring import KeyRing
from fibermap.access.sessions import SessionRules
from fibermap.coverage.rule_settings import settings_in
from fibermap.coverage.versions import current_version
from fibermap.kernel.clock import SystemClock
from fibermap.kernel.errors import Code, InputRefused
from fibermap.kernel.settings import Settings
from fibermap.plan import Plan
from fibermap.serving.answers import Answers
from fibermap.serving.build import build_index
from fibermap.serving.index import Index, open_index
from fibermap.serving.index_file import read_index_file, write_index_file
from fibermap.serving.live import Live
from fibermap.store import Store
from fibermap_api.service import Records, Service
from fibermap_api.settings import ApiSettings

KEYS = "keys"
"""The name of the key ring in an index file."""


@contextmanager
def owner(path: Path, given: Settings, settings: ApiSettings, *, publish: Path | None = None) -> Iterator[Service]:
    """Open a database and serve it.

    Parameters
    ----------
    given
        What the database does not keep itself.
    publish
        Where to write the index for replicas, now and after every change; None writes none.

    Raises
    ------
    NotFound
        ``database_missing``.
    DatabaseBusy
        Another process holds it.
    """
    with Plan.open(path, create=False, settings=given) as plan:
        rules = SessionRules(timedelta(minutes=settings.session_idle_min), timedelta(hours=settings.session_longest_h))
        registry = Registry(plan.store, rules)
        live = Live(plan.store, given)
        publisher = None if publish is None else Publisher(plan.store, given, registry.gate, publish)

        def refresh() -> None:
            index = live.refresh()
            if publisher is not None:
                publisher.publish(index.data_version)

        refresh()
        answers = Answers(lambda: live.index, plan.store.clock)
        jobs = path.with_name(path.name + ".jobs")
        yield Service(answers, registry.gate, jobs, registry, Records(plan.store), refresh)


def replica(path: Path) -> Service:
    """Serve an index file that an owner published; a newer one in its place is taken up.

    Raises
    ------
    NotFound
        ``file_missing``.
    InputRefused
        It is no index file, a damaged one, or one without keys.
    """
    mapped = Mapped(path)
    jobs = path.with_name(path.name + ".jobs")
    return Service(Answers(lambda: mapped.index, SystemClock()), mapped.gate, jobs, refresh=mapped.refresh)


class Mapped:
    """An index file in memory, with its keys."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen = _mark(path)
        self.index, ring = _load(path)
        self.gate = Gate(ring, SystemClock())

    def refresh(self) -> None:
        """Take up what has been put in the file's place."""
        seen = _mark(self._path)
        if seen != self._seen:
            self.index, self.gate.ring = _load(self._path)
            self._seen = seen


@dataclass
class Publisher:
    """Writes the index for replicas, with the hashed keys, whenever one of both has changed."""

    store: Store
    given: Settings
    gate: Gate
    path: Path
    _published: tuple[str, bytes] | None = None

    def publish(self, data_version: str) -> None:
        """Write the file if it is out of date; readers see the old one or the new one, whole."""
        keys = self.gate.ring.to_bytes()
        if self._published == (data_version, keys):
            return
        contents = self.store.preview(
            lambda uow: build_index(uow, settings_in(uow, current_version(uow), self.given)), cause="publish"
        )
        write_index_file(self.path, replace(contents, texts={**contents.texts, KEYS: keys}))
        self._published = (data_version, keys)


def _load(path: Path) -> tuple[Index, KeyRing]:
    contents = read_index_file(path)
    if KEYS not in contents.texts:
        raise InputRefused(
            Code.FILE_UNREADABLE,
            "The index has no keys in it, so nobody could ask.",
            hint="Have the owner write one: fibermap serve --publish INDEX.",
            file=str(path),
        )
    return open_index(contents), KeyRing.from_bytes(contents.texts[KEYS])


def _mark(path: Path) -> tuple[int, int] | None:
    """Tell one file from the next under the same name; None where there is none just now."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns
