"""Notices: those that waited for the end of a recall window, and what a person decides about what did not leave."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fibermap.kernel.errors import Code, Conflict
from fibermap.order.notice_state import WORKLIST
from fibermap.order.notice_store import find_notice
from fibermap.store import UnitOfWork

_DECIDE = """
    UPDATE notice
    SET state = $state, told_by = $told_by, decided_from = $from, due_at = NULL, changed_at = $now
    WHERE notice_id = $id
"""


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


def count_as_told(uow: UnitOfWork, notice_id: int, author: str) -> None:
    """Note that a person has told a customer; twice is once.

    Raises
    ------
    Conflict
        ``notice_state_refused``: nobody has to.
    NotFound
        ``notice_not_found``.
    """
    notice = find_notice(uow, notice_id)
    if notice["state"] != "told":
        _require(notice, WORKLIST)
        _decide(uow, notice, "told", author)


def take_told_back(uow: UnitOfWork, notice_id: int) -> None:
    """Undo that a customer counts as told: the notice waits again as it did before; raises as `count_as_told` does."""
    notice = find_notice(uow, notice_id)
    if notice["state"] not in WORKLIST:
        _require(notice, ("told",))
        _decide(uow, notice, notice["decided_from"], None)


def send_again(uow: UnitOfWork, notice_id: int) -> None:
    """Let a notice leave once more that failed, or of which nobody knows whether it arrived; as `count_as_told`."""
    notice = find_notice(uow, notice_id)
    if notice["state"] != "queued":
        _require(notice, ("failed", "unknown"))
        _decide(uow, notice, "queued", None)


def _decide(uow: UnitOfWork, notice: dict[str, Any], state: str, told_by: str | None) -> None:
    row = {"id": notice["notice_id"], "state": state, "told_by": told_by, "from": notice["state"], "now": uow.at_utc}
    uow.sql.execute("notice.decide", _DECIDE, row)


def _require(notice: dict[str, Any], states: Sequence[str]) -> None:
    if notice["state"] not in states:
        raise Conflict(
            Code.NOTICE_STATE_REFUSED,
            f"A notice that is {notice['state']} is not decided about like this.",
            hint="Look at it again; it may have left by now.",
            state=notice["state"],
        )
