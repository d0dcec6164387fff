"""A server put together: the owner of a database, or whoever answers from the index that it publishes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

from fibermap.access.gate import Gate
from fibermap.access.once import forget_answers
from fibermap.access.registry import Registry
from fibermap.access.ring import KeyRing
from fibermap.access.ring_file import RingFile, ring_path, write_ring
from fibermap.access.sessions import SessionRules
from fibermap.access.uses import read_uses, spool_uses
from fibermap.flows import in_background, sending_in_background
from fibermap.kernel.clock import SystemClock
from fibermap.kernel.errors import Code, InputRefused
from fibermap.kernel.settings import Settings
from fibermap.order.draft import expire_drafts
from fibermap.plan import Plan
from fibermap.report.screen import Screen
from fibermap.serving.answers import Answers
from fibermap.serving.check_log import SPOOL_FLUSH_S, CheckLog, erase_texts, spool_checks, take_in, write_checks
from fibermap.serving.live import index_path
from fibermap.serving.published import Published
from fibermap.store import Store
from fibermap.store.kept_backups import KeptBackups
from fibermap_api.backups import Backups
from fibermap_api.ingests import Ingests
from fibermap_api.made_exports import MadeExports
from fibermap_api.plan_desk import PlanDesk
from fibermap_api.screen_desk import ScreenDesk, Shown
from fibermap_api.service import Records, Service
from fibermap_api.settings import ApiSettings
from fibermap_api.source_runner import SourceRunner

T = TypeVar("T")

KEYS = "keys"
"""The name of the key ring in an index file."""


@contextmanager
def owner(path: Path, given: Settings, settings: ApiSettings, *, publish: Path | None = None) -> Iterator[Service]:
    """Open a database and serve it.

    What is answered from is published beside it, for the process in front; see `fibermap.serving.published`.

    Parameters
    ----------
    given
        What the database does not keep itself.
    publish
        Where to publish it for replicas too.

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
        places = [index_path(path), *([] if publish is None else [publish])]

        def take_in_others() -> None:
            take_spools_in(plan.store, [spool_of(place) for place in places])
            for place in places:
                _read_aside(uses_of(place), lambda aside: registry.note_uses_elsewhere(read_uses(aside)))

        registry.tell(lambda ring: _tell(ring, places))
        records = Records(plan.store, given)
        registry.gate.visitors = records.map_settings().public_viewer
        registry.gate.shoppers = records.portal_settings().open
        with (
            _screen(plan.store) as screen,  # first: it is put together while the index is read
            _published(plan, registry, publish),
            in_background(plan.store, plan.rounds),
            sending_in_background(plan.notices.send),
            _kept_checks(CheckLog(write_checks(plan.store))) as log,
        ):
            desk = PlanDesk(plan, path.with_name(path.name + ".uploads"), settings)
            ingests = Ingests(plan, desk, path.with_name(path.name + ".ingests"), settings)
            yield Service(
                Answers(lambda: plan.live.index, plan.store.clock, log),
                registry.gate,
                _jobs_of(path),
                registry,
                records,
                desk,
                ingests,
                ScreenDesk(Shown(screen, plan.store, plan.settings)),
                SourceRunner(plan, ingests),
                MadeExports(plan, path.with_name(path.name + ".exports"), settings),
                Backups(plan.store, KeptBackups.of(path)),
                plan.money.desk,
                plan.notices.desk,
                note_uses=registry.note_uses,
                take_in=take_in_others,
                tidy=lambda: _tidy(plan, given),
                open_due=plan.open_due_phases,
            )
        take_in_others()
        take_in_others()  # what the first has put aside: nobody writes to it any more


def _tidy(plan: Plan, given: Settings) -> None:
    erase_texts(plan.store, given)
    plan.store.run(forget_answers, cause="forget_answers")
    plan.store.run(expire_drafts, cause="expire_drafts")


@contextmanager
def replica(path: Path) -> Iterator[Service]:
    """Serve an index that an owner publishes; a newer one in its place is taken up.

    Checks, and which keys were used, are kept in files beside the index, which an owner that publishes there takes in.

    Raises
    ------
    NotFound
        ``file_missing``.
    InputRefused
        It is no index file, a damaged one, or one without keys.
    """
    published = Published(path)
    gate = Gate(RingFile(ring_path(path), _ring_in(published, path)), SystemClock())
    with _kept_checks(CheckLog(spool_checks(spool_of(path)), SPOOL_FLUSH_S)) as log:
        answers = Answers(lambda: published.index, SystemClock(), log)
        note_uses = partial(spool_uses, gate, uses_of(path))
        yield Service(answers, gate, _jobs_of(path), refresh=published.refresh, note_uses=note_uses)


def _tell(ring: KeyRing, places: Sequence[Path]) -> None:
    for place in places:
        write_ring(ring_path(place), ring)


@contextmanager
def _screen(store: Store) -> Iterator[Screen]:
    """Keep the tables of the screens, for as long as the block lasts."""
    with closing(Screen(store)) as screen:
        screen.follow()
        yield screen


@contextmanager
def _published(plan: Plan, registry: Registry, publish: Path | None) -> Iterator[None]:
    """Publish every state, for as long as the block lasts."""
    plan.live.publish(publish, lambda: {KEYS: KeyRing.of(registry.list_keys()).to_bytes()})
    plan.live.follow()
    try:
        yield
    finally:
        plan.live.stop()


def spool_of(index: Path) -> Path:
    """Return where the replicas of an index keep their checks."""
    return index.with_name(index.name + ".checks")


def uses_of(index: Path) -> Path:
    """Return where the replicas of an index note which keys were used."""
    return index.with_name(index.name + ".uses")


def take_spools_in(store: Store, spools: Sequence[Path]) -> int:
    """Take in the checks that others have kept since the last time but one, and return how many are new."""
    return sum(_read_aside(spool, lambda aside: take_in(store, aside)) or 0 for spool in spools)


def _read_aside(spool: Path, read: Callable[[Path], T]) -> T | None:
    """Read what was put aside the last time, and put aside what is there now.

    Whoever had a file open has written his lines by the next time. What cannot be read is put aside for good.
    """
    aside = spool.with_name(spool.name + ".taken")
    found = None
    if aside.exists():
        try:
            found = read(aside)
        except InputRefused:
            aside.replace(spool.with_name(spool.name + ".refused"))
            raise
        aside.unlink()
    if spool.exists():
        spool.replace(aside)
    return found


@contextmanager
def _kept_checks(log: CheckLog) -> Iterator[CheckLog]:
    log.start()
    try:
        yield log
    finally:
        log.stop()


def _jobs_of(path: Path) -> Path:
    return path.with_name(path.name + ".jobs")


def _ring_in(published: Published, path: Path) -> KeyRing:
    if KEYS not in published.texts:
        raise InputRefused(
            Code.FILE_UNREADABLE,
            "The index has no keys in it, so nobody could ask.",
            hint="Have the owner write one: fibermap serve --publish INDEX.",
            file=str(path),
        )
    return KeyRing.from_bytes(published.texts[KEYS])
