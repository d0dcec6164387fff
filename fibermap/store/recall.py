"""The recall window: for some time after a plan version, what cannot be taken back waits, and an undo calls it off.

A subscriber that sends notices or charges subscribes with `Timing.AFTER_RECALL`. It receives the events of a plan
version once the window of the version is over, and never those of a version that was taken back within it, nor those of
the undo. Delivery and recall write the same column of the same row, so that of the two only one can commit.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from fibermap.store.executor import Executor
from fibermap.store.unit_of_work import UnitOfWork


class Timing(StrEnum):
    """When a subscriber receives the events of a plan version."""

    AT_ONCE = "at_once"
    """As soon as they are published: for effects inside the database, which an undo takes back like anything else."""
    AFTER_RECALL = "after_recall"
    """Once the recall window is over: for notices, charges and whatever else leaves the house."""


@dataclass(frozen=True, slots=True)
class RecallWindow:
    """The window of one plan version.

    ``outcome``: *released*, its events have begun to leave; *recalled*, they never do; None while it is not settled.
    ``recalled_by``: the plan version that took it back in time.
    """

    plan_version: int
    ends_at_utc: datetime
    outcome: str | None = None
    settled_at_utc: datetime | None = None
    recalled_by: int | None = None

    def is_open(self, now: datetime) -> bool:
        """Tell whether an undo at ``now`` would still call everything off."""
        return self.outcome is None and now < self.ends_at_utc


def open_window(work: UnitOfWork, plan_version: int, minutes: int) -> None:
    """Let what cannot be taken back wait for some minutes; none at all opens no window."""
    if minutes > 0:
        row = [plan_version, work.at_utc + timedelta(minutes=minutes)]
        work.sql.execute("recall_open", "INSERT INTO recall_window (plan_version, ends_at_utc) VALUES (?, ?)", row)


def recall(work: UnitOfWork, plan_version: int, by: int) -> bool:
    """Call off the events of a version, and of the one that takes it back, if the window is open; return whether."""
    window = find_window(work.sql, plan_version)
    if window is None or not window.is_open(work.at_utc):
        return False
    work.sql.execute(
        "recall",
        """
        UPDATE recall_window SET outcome = 'recalled', settled_at_utc = $now, recalled_by = $by
        WHERE plan_version = $version
        """,
        {"now": work.at_utc, "by": by, "version": plan_version},
    )
    # Nobody who waits has heard of the version, so nobody needs to hear that it is gone.
    row = {"now": work.at_utc, "by": by}
    work.sql.execute("recall_undo", "INSERT INTO recall_window VALUES ($by, $now, 'recalled', $now, $by)", row)
    return True


def release(work: UnitOfWork, plan_versions: Iterable[int | None]) -> None:
    """Note that events of these versions leave now; from then on they cannot be recalled."""
    versions = sorted({version for version in plan_versions if version is not None})
    work.sql.execute(
        "recall_release",
        """
        UPDATE recall_window SET outcome = 'released', settled_at_utc = $now
        WHERE plan_version IN (SELECT unnest($versions::BIGINT[])) AND outcome IS NULL
        """,
        {"now": work.at_utc, "versions": versions},
    )


_WINDOW = "SELECT plan_version, ends_at_utc, outcome, settled_at_utc, recalled_by FROM recall_window"


def find_window(sql: Executor, plan_version: int) -> RecallWindow | None:
    """Return the window of a version; None where it has none."""
    row = sql.row("recall_find", f"{_WINDOW} WHERE plan_version = ?", [plan_version])
    return None if row is None else RecallWindow(*row)


def windows(sql: Executor) -> dict[int, RecallWindow]:
    """Return every window, by plan version."""
    return {row[0]: RecallWindow(*row) for row in sql.rows("recall_list", _WINDOW)}


def waiting_subscribers(sql: Executor) -> list[str]:
    """Return who receives events only after the recall window, by name."""
    statement = "SELECT subscriber FROM subscription WHERE waits AND retired_at_utc IS NULL ORDER BY subscriber"
    return [row[0] for row in sql.rows("recall_subscribers", statement)]
