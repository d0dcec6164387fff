"""What a person decides about a plan: holds, area classes, permissions, settings and rules."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from fibermap.address import mail
from fibermap.address.corrections import Author
from fibermap.address.model import Connectivity, ConnectivityEvent
from fibermap.coverage import commands, holds
from fibermap.coverage.model import Class, HoldCode
from fibermap.kernel.settings import Settings
from fibermap.store import Store, UnitOfWork


class Decisions(ABC):
    """The deciding verbs of :class:`fibermap.plan.Plan`. Each but connectivity is a plan version, and can be undone."""

    store: Store

    @property
    @abstractmethod
    def settings(self) -> Settings:
        """The settings in force."""

    def hold(self, code: str, reason: str, author: str, **on: Any) -> commands.Done:
        """Forbid sales on ``address_id=``, ``location_id=`` or ``area=``, with ``document=`` and ``review_on=``."""
        order = holds.HoldOrder(code=HoldCode(code), reason=reason, author=author, **on)
        return self._decide(lambda uow: commands.place_hold(uow, order, self.settings), "hold")

    def release_hold(self, hold_id: int, reason: str, author: str) -> commands.Done:
        """End a hold."""
        by = Author(author, reason)
        return self._decide(lambda uow: commands.release_hold(uow, hold_id, by, self.settings), "release_hold")

    def set_area_class(
        self,
        area_ids: Sequence[int],
        class_: str,
        reason: str,
        author: str,
        *,
        live_on: date | None = None,
        dry_run: bool = False,
    ) -> commands.Done:
        """Say that areas are live, or are not yet, whatever their source says; ``dry_run`` only says what changes."""
        by = Author(author, reason)
        return self._decide(
            lambda uow: commands.set_area_class(uow, area_ids, Class(class_), by, self.settings, live_on=live_on),
            "set_area_class",
            dry_run=dry_run,
        )

    def override_permission(self, source: str, uses: Sequence[str], reason: str, author: str) -> commands.Done:
        """Permit exactly these uses, which a source's licence does not name, on record."""
        by = Author(author, reason)
        return self._decide(
            lambda uow: commands.override_permission(uow, source, uses, by, self.settings), "override_permission"
        )

    def configure(self, reason: str, author: str, *, dry_run: bool = False, **changes: Any) -> commands.Done:
        """Change settings that verdicts depend on (``drop_limit_m=...``), and judge every address under them.

        Distance rules keep the limits that were agreed to, and ``notes`` says so: see :meth:`set_distance_rule`.
        """
        by = Author(author, reason)
        return self._decide(
            lambda uow: commands.configure(uow, changes, by, self.settings), "configure", dry_run=dry_run
        )

    def set_distance_rule(
        self,
        target: str,
        limit_m: float,
        reason: str,
        author: str,
        *,
        technology: str = "fiber",
        dry_run: bool = False,
    ) -> commands.Done:
        """Give the rule that covers what lies near a ``terminal`` or a ``route`` another limit, in metres."""
        by = Author(author, reason)
        return self._decide(
            lambda uow: commands.change_rule(uow, target, technology, limit_m, by, self.settings),
            "set_distance_rule",
            dry_run=dry_run,
        )

    def withdraw_distance_rule(
        self, target: str, reason: str, author: str, *, technology: str = "fiber", dry_run: bool = False
    ) -> commands.Done:
        """End the rule that covers what lies near a ``terminal`` or a ``route``."""
        by = Author(author, reason)
        return self._decide(
            lambda uow: commands.withdraw_rule(uow, target, technology, by, self.settings),
            "withdraw_distance_rule",
            dry_run=dry_run,
        )

    def opt_out_of_mail(self, address_ids: Sequence[int], reason: str, author: str) -> int:
        """Keep addresses off mailing lists, and return how many were on them; no undo of a version takes it back."""
        by = Author(author, reason)
        return self.store.run(lambda uow: mail.opt_out_of_mail(uow, address_ids, by), cause="opt_out_of_mail")

    def opt_in_to_mail(self, address_ids: Sequence[int], reason: str, author: str) -> int:
        """Put addresses on mailing lists again, and return how many were off them."""
        by = Author(author, reason)
        return self.store.run(lambda uow: mail.opt_in_to_mail(uow, address_ids, by), cause="opt_in_to_mail")

    def change_connectivity(self, address_id: int, event: str, cause: str) -> Connectivity:
        """Move a unit's connectivity by what happened there."""
        happened = ConnectivityEvent(event)

        def work(uow: UnitOfWork) -> Connectivity:
            uow.command = "change_connectivity"  # the cause is what it rests on
            return commands.change_connectivity(uow, address_id, happened)

        return self.store.run_alone(work, cause=cause)

    def _decide(
        self, work: Callable[[UnitOfWork], commands.Done], cause: str, *, dry_run: bool = False
    ) -> commands.Done:
        return (self.store.preview if dry_run else self.store.run_alone)(work, cause=cause)
