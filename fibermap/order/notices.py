"""Notices that waited for the end of a recall window."""

from __future__ import annotations

from collections.abc import Sequence

from fibermap.store import UnitOfWork


def queue_notices(uow: UnitOfWork, plan_versions: Sequence[int]) -> int:
    """Let the notices of plan versions leave that wait for them, and return how many that are."""
    return uow.sql.execute(
        "notice.queue",
        """
        UPDATE notice SET state = 'queued', changed_at = $now
        WHERE state = 'waiting' AND plan_version IN (SELECT unnest($versions::BIGINT[]))
        """,
        {"now": uow.at_utc, "versions": list(plan_versions)},
    )
