"""A server put together: the owner of a database, or a replica that reads an index file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
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
from fibermap.serving.check_log import CheckLog, Row, erase_texts, spool_checks, take_in, write_checks
from fibermap.serving.index import Index, open_index
from fibermap.serving.index_file import read_index_file, write_index_file
from fibermap.store import Store
from fibermap_api.plan_desk import PlanDesk
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
        live = plan.live
        publisher = None if publish is None else Publisher(plan.store, given, registry.gate, publish)

        def refresh() -> None:
            index = live.refresh()
            if publisher is not None:
                publisher.publish(index.data_version)

        def tidy() -> None:
            erase_texts(plan.store, given)
            if publish is not None:
                take_spool_in(plan.store, spool_of(publish))

        records = Records(plan.store, given)
        registry.gate.visitors = records.map_settings().public_viewer
        refresh()
        with _kept_checks(write_checks(plan.store)) as log:
            answers = Answers(lambda: live.index, plan.store.clock, log)
            desk = PlanDesk(plan, path.with_name(path.name + ".uploads"), settings)
            yield Service(answers, registry.gate, _jobs_of(path), registry, records, desk, refresh=refresh, tidy=tidy)


@contextmanager
def replica(path: Path) -> Iterator[Service]:
    """Serve an index file that an owner published; a newer one in its place is taken up.

    Checks are kept in a file beside the index, which an owner that publishes there takes in.

    Raises
    ------
    NotFound
        ``file_missing``.
    InputRefused
        It is no index file, a damaged one, or one without keys.
    """
    mapped = Mapped(path)
    with _kept_checks(spool_checks(spool_of(path))) as log:
        answers = Answers(lambda: mapped.index, SystemClock(), log)
        yield Service(answers, mapped.gate, _jobs_of(path), refresh=mapped.refresh)


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


def spool_of(index: Path) -> Path:
    """Return where the replicas of an index keep their checks."""
    return index.with_name(index.name + ".checks")


def take_spool_in(store: Store, spool: Path) -> int:
    """Take in what replicas have kept since the last time but one, and return how many checks are new.

    The file is put aside first and read the next time, so that a replica that had it open has written its lines by
    then.
    """
    aside = spool.with_name(spool.name + ".taken")
    taken = 0
    if aside.exists():
        taken = take_in(store, aside)
        aside.unlink()
    if spool.exists():
        spool.replace(aside)
    return taken


@contextmanager
def _kept_checks(write: Callable[[Sequence[Row]], None]) -> Iterator[CheckLog]:
    log = CheckLog(write)
    log.start()
    try:
        yield log
    finally:
        log.stop()


def _jobs_of(path: Path) -> Path:
    return path.with_name(path.name + ".jobs")


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
