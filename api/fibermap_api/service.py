"""What the HTTP layer stands in front of: answers from memory, the gate, and the database where there is one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any, Protocol, TypeAlias

import pyarrow as pa

from fibermap.access.follow_links import FollowLinks, keep_follow_links
from fibermap.access.gate import Gate
from fibermap.access.registry import Registry
from fibermap.address.missing import MissingReport, report_missing
from fibermap.client.local import socket_path
from fibermap.coverage.rule_settings import settings_in
from fibermap.coverage.timeline import timeline
from fibermap.coverage.versions import current_version
from fibermap.kernel.errors import Code
from fibermap.kernel.settings import Settings
from fibermap.money.desk import MoneyDesk
from fibermap.order.history import sales_at
from fibermap.order.notice_sending import NoticeDesk
from fibermap.order.offering import Offering
from fibermap.screens.map_settings import MapSettings, read_map_settings, save_map_settings
from fibermap.screens.portal_settings import PortalSettings, read_portal_settings, save_portal_settings
from fibermap.serving.question import Question
from fibermap.store import Store
from fibermap_api.backups import Backups
from fibermap_api.ingests import Ingests
from fibermap_api.made_exports import MadeExports
from fibermap_api.plan_desk import PlanDesk
from fibermap_api.problems import Unavailable
from fibermap_api.screen_desk import ScreenDesk
from fibermap_api.source_runner import SourceRunner

Json: TypeAlias = Mapping[str, Any]
"""An object of JSON values, as `orjson` writes it."""


class Answers(Protocol):
    """What answers from memory, on the owner of a database and on a replica alike.

    `fibermap.serving.answers.Answers` does. ``public`` asks for an answer without internals; unknown ids raise
    ``NotFound``.
    """

    def data_version(self) -> str:
        """Return what the answers rest on."""

    def check(self, question: Question, *, public: bool, caller: str) -> Json:
        """Answer one question."""

    def look(self, question: Question, *, public: bool) -> Json:
        """Answer one question, and keep nothing of it."""

    def check_many(self, questions: Sequence[Question], *, public: bool, caller: str) -> Sequence[Json]:
        """Answer many, in their order, as `check` would each."""

    def check_table(self, questions: Sequence[Question], *, caller: str) -> pa.Table:
        """Answer many as a table, `fibermap.serving.batch.SCHEMA`."""

    def suggest(self, text: str, limit: int) -> Json:
        """Return how what was typed so far may go on."""

    def meant(self, text: str, limit: int) -> Json:
        """Return the addresses that a whole line may mean, as suggestions."""

    def address(self, address_id: int, *, public: bool) -> Json:
        """Return one address."""

    def explain(self, address_id: int, at: date | None) -> Json:
        """Say why an address is what it is."""

    def units(self, location_id: int) -> Json:
        """Return the units of a building."""

    def offers(self, address_id: int, channel: str, on: date | None, *, public: bool) -> Json:
        """Return what may be sold at an address, and why anything else may not."""

    def offering(self, offer_id: int) -> Offering:
        """Return one revision of an offering."""

    def labels(self) -> str:
        """Return the broadband labels of what is sold today, as CSV."""


class Records:
    """What only the database knows: histories, and what people report."""

    def __init__(self, store: Store, given: Settings | None = None) -> None:
        self._store = store
        self._given = given or Settings()
        self._saving = Lock()

    @property
    def socket(self) -> Path | None:
        """Where the socket beside the database lies; None for a database in memory."""
        return None if self._store.path is None else socket_path(self._store.path)

    def announce(self, url: str) -> None:
        """Tell whoever finds the database busy where this server answers."""
        self._store.database.announce(url=url, socket=None if self.socket is None else str(self.socket))

    def map_settings(self) -> MapSettings:
        """Return the settings of everybody's map."""
        return self._store.preview(read_map_settings, cause="read")

    def save_map_settings(self, settings: MapSettings, author: str, gate: Gate) -> None:
        """Put other settings of the map in force, at the gate too; raises ``InputRefused``."""
        with self._saving:  # who is let in is what was saved last
            self._store.run(lambda uow: save_map_settings(uow, settings, author), cause="save_map_settings")
            gate.visitors = settings.public_viewer

    def portal_settings(self) -> PortalSettings:
        """Return the settings of the portal."""
        return self._store.preview(read_portal_settings, cause="read")

    def save_portal_settings(self, settings: PortalSettings, author: str, gate: Gate) -> None:
        """Put other settings of the portal in force, at the gate too; raises ``InputRefused``."""
        with self._saving:
            self._store.run(lambda uow: save_portal_settings(uow, settings, author), cause="save_portal_settings")
            gate.shoppers = settings.open

    @cached_property
    def follow_links(self) -> FollowLinks:
        """What signs the links by which customers follow their orders."""
        return self._store.run(keep_follow_links, cause="keep_follow_links")

    def units(self) -> str:
        """Return the units that screens show, ``us`` or ``metric``."""
        return self._store.preview(lambda uow: settings_in(uow, current_version(uow), self._given).units, cause="read")

    def timeline(self, address_id: int) -> list[dict[str, Any]]:
        """Return everything that happened to an address, newest first; raises ``NotFound``."""
        return self._store.preview(lambda uow: timeline(uow, address_id), cause="read")

    def sales(self, address_id: int) -> list[dict[str, Any]]:
        """Return what was sold at an address, newest first, without who it was sold to."""
        return self._store.preview(lambda uow: sales_at(uow, address_id), cause="read")

    def report_missing(self, report: MissingReport) -> int:
        """Keep a report of a missing address and return its id."""
        return self._store.run(lambda uow: report_missing(uow, report), cause="report_missing")


@dataclass(frozen=True, slots=True)
class Service:
    """One server.

    Attributes
    ----------
    answers, gate
        What every request needs.
    jobs_folder
        Where batch jobs are kept.
    own_registry, own_records, own_desk, own_ingests, own_screen, own_sources, own_exports,
    own_backups, own_money, own_notices
        The database's; None on a replica.
    refresh
        Looks whether there is something newer to answer from, and takes it up; called several times a second.
    note_uses
        Notes which keys and sessions were used; called every half minute, and at the end.
    take_in
        Takes in what others kept, checks and uses; called every few seconds.
    tidy
        Erases what was kept long enough; called every few minutes.
    open_due
        Opens the phases that wait for a day which has come; called every minute.
    """

    answers: Answers
    gate: Gate
    jobs_folder: Path
    own_registry: Registry | None = None
    own_records: Records | None = None
    own_desk: PlanDesk | None = None
    own_ingests: Ingests | None = None
    own_screen: ScreenDesk | None = None
    own_sources: SourceRunner | None = None
    own_exports: MadeExports | None = None
    own_backups: Backups | None = None
    own_money: MoneyDesk | None = None
    own_notices: NoticeDesk | None = None
    refresh: Callable[[], object] | None = None
    note_uses: Callable[[], object] | None = None
    take_in: Callable[[], object] | None = None
    tidy: Callable[[], object] | None = None
    open_due: Callable[[], object] | None = None

    @property
    def registry(self) -> Registry:
        """Keys, people and logins; raises `Unavailable` on a replica."""
        if self.own_registry is None:
            raise _not_on_replica()
        return self.own_registry

    @property
    def money(self) -> MoneyDesk:
        """Where money is taken and paid back; raises `Unavailable` on a replica."""
        if self.own_money is None:
            raise _not_on_replica()
        return self.own_money

    @property
    def notices(self) -> NoticeDesk:
        """Where notices leave; raises `Unavailable` on a replica."""
        if self.own_notices is None:
            raise _not_on_replica()
        return self.own_notices

    @property
    def records(self) -> Records:
        """Histories and reports; raises `Unavailable` on a replica."""
        if self.own_records is None:
            raise _not_on_replica()
        return self.own_records

    @property
    def desk(self) -> PlanDesk:
        """The verbs of the plan; raises `Unavailable` on a replica."""
        if self.own_desk is None:
            raise _not_on_replica()
        return self.own_desk

    @property
    def ingests(self) -> Ingests:
        """What is being brought in; raises `Unavailable` on a replica."""
        if self.own_ingests is None:
            raise _not_on_replica()
        return self.own_ingests

    @property
    def screen(self) -> ScreenDesk:
        """What screens are drawn from; raises `Unavailable` on a replica."""
        if self.own_screen is None:
            raise _not_on_replica()
        return self.own_screen

    @property
    def sources(self) -> SourceRunner:
        """The saved sources; raises `Unavailable` on a replica."""
        if self.own_sources is None:
            raise _not_on_replica()
        return self.own_sources

    @property
    def exports(self) -> MadeExports:
        """Exports that are made for screens; raises `Unavailable` on a replica."""
        if self.own_exports is None:
            raise _not_on_replica()
        return self.own_exports

    @property
    def backups(self) -> Backups:
        """The backups; raises `Unavailable` on a replica."""
        if self.own_backups is None:
            raise _not_on_replica()
        return self.own_backups


def _not_on_replica() -> Unavailable:
    return Unavailable(
        Code.NOT_ON_REPLICA, "This server is a replica and has no database.", hint="Ask the server that owns it."
    )
