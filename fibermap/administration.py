"""What keeps a plan safe and accounted for: the audit log, the doctor, backups and other copies, and the outbox."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from fibermap.access.audit import MOST_IN_A_FILE, AuditFilter, audit_table
from fibermap.access.witness import note
from fibermap.coverage.checks import coverage_checks
from fibermap.formats.model import json_text
from fibermap.kernel.errors import Code, InputRefused
from fibermap.money.books import money_checks
from fibermap.order.checks import order_checks
from fibermap.results import Result
from fibermap.store import Outbox, Problem, Store, backup, publish_snapshot, run_checks, store_checks
from fibermap.store.delivery import unpark
from fibermap.store.events import list_parked, list_subscribers
from fibermap.store.kept_backups import KeptBackup, KeptBackups


class Administration:
    """The verbs of :class:`fibermap.plan.Plan` for whoever looks after it."""

    store: Store

    def audit(
        self,
        *,
        who: str | None = None,
        what: str | None = None,
        subject: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = MOST_IN_A_FILE,
    ) -> Result:
        """Return who changed what, by which way, when, and how it was before and after (JSON), the newest first.

        Parameters
        ----------
        who
            A name, or ``user:ID``, ``key:ID``, ``local``, ``server``.
        what
            The name of a command, such as ``hold``.
        subject
            Any part of what it was about.
        since, until
            From that moment on, and before that one.
        """
        wanted = AuditFilter(who, what, subject, since=since, until=until)
        table = self.store.preview(lambda uow: audit_table(uow, wanted, limit), cause="read")
        return Result(f"{table.num_rows:,} changes on record", table)

    @property
    def subscribers(self) -> Result:
        """Who receives events, how far behind they are, and how much of theirs was parked."""
        rows = [asdict(state) for state in list_subscribers(self.store.sql)]
        return Result(f"{len(rows)} subscribers", pa.Table.from_pylist(rows))

    @property
    def parked_events(self) -> Result:
        """The deliveries that were given up: how often each was tried, and how it failed last."""
        rows = [row | {"payload": json_text(row["payload"])} for row in list_parked(self.store.sql)]
        return Result(f"{len(rows)} events are parked", pa.Table.from_pylist(rows))

    def retry_parked(self, subscriber: str | None = None, event_id: int | None = None) -> int:
        """Let parked deliveries be tried anew: of one subscriber or all, of one event or all; return how many."""
        return self.store.run(lambda uow: unpark(uow, subscriber, event_id), cause="retry_parked")

    @property
    def backups(self) -> Result:
        """The backups that are kept beside the database, the newest first, and what came of restoring them on trial."""
        rows = [backup_row(kept) for kept in self._kept().listed()]
        return Result(f"{len(rows)} backups are kept", pa.Table.from_pylist(rows))

    def keep_backup(self) -> KeptBackup:
        """Make a backup beside the database, read back and compared; the oldest of too many makes way."""
        return make_kept(self.store, self._kept())

    def verify_backup(self, name: str) -> KeptBackup:
        """Restore a backup on trial and compare every row with its manifest; its ``proof`` says what came of it."""
        return prove_kept(self.store, self._kept(), name)

    def doctor(self) -> list[Problem]:
        """Check the database; an empty list is a clean bill of health."""
        return run_checks(self.store, [*store_checks(), *money_checks(), *coverage_checks(), *order_checks()])

    def backup(self, folder: str | Path) -> Any:
        """Write a verified copy with a manifest."""
        return backup(self.store, folder)

    def publish_snapshot(self, folder: str | Path | None = None) -> Path:
        """Write a copy that others may open while this one is in use."""
        return publish_snapshot(self.store, None if folder is None else Path(folder))

    def outbox(self) -> Outbox:
        """Return the outbox, to subscribe to what happens here."""
        return Outbox(self.store)

    def _kept(self) -> KeptBackups:
        if self.store.path is None:
            raise InputRefused(Code.ARGUMENT_INVALID, "A database in memory has no place for backups.")
        return KeptBackups.of(self.store.path)


def make_kept(store: Store, kept: KeptBackups) -> KeptBackup:
    """Make a backup that is kept, and put that on record."""
    made = kept.make(store)
    after = {"bytes": made.bytes, "rows": made.rows}
    store.run(lambda uow: note(uow, "backup", made.name, after), cause="make_backup")
    return made


def prove_kept(store: Store, kept: KeptBackups, name: str) -> KeptBackup:
    """Restore a backup that is kept on trial, and put on record what came of it."""
    proved = kept.prove(name, store.clock.now())
    problem = None if proved.proof is None else proved.proof.problem
    after = {"whole": problem is None} | ({} if problem is None else {"problem": problem})
    store.run(lambda uow: note(uow, "backup", name, after), cause="verify_backup")
    return proved


def backup_row(kept: KeptBackup) -> dict[str, Any]:
    """Return a backup as one flat row."""
    proof = kept.proof
    return {
        "name": kept.name,
        "made_at_utc": kept.made_at_utc,
        "bytes": kept.bytes,
        "rows": kept.rows,
        "proved_at_utc": None if proof is None else proof.proved_at_utc,
        "problem": None if proof is None else proof.problem,
    }
