"""What keeps a plan safe and accounted for: the audit log, the doctor, copies, and the outbox."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from fibermap.access.audit import MOST_IN_A_FILE, AuditFilter, audit_table
from fibermap.coverage.checks import coverage_checks
from fibermap.results import Result
from fibermap.store import Outbox, Problem, Store, backup, publish_snapshot, run_checks, store_checks


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

    def doctor(self) -> list[Problem]:
        """Check the database; an empty list is a clean bill of health."""
        return run_checks(self.store, [*store_checks(), *coverage_checks()])

    def backup(self, folder: str | Path) -> Any:
        """Write a verified copy with a manifest."""
        return backup(self.store, folder)

    def publish_snapshot(self, folder: str | Path | None = None) -> Path:
        """Write a copy that others may open while this one is in use."""
        return publish_snapshot(self.store, None if folder is None else Path(folder))

    def outbox(self) -> Outbox:
        """Return the outbox, to subscribe to what happens here."""
        return Outbox(self.store)
