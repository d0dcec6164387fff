"""Every change of state of a lead, a commitment or an order: one line each, never changed, without personal data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import orjson

from fibermap.store import UnitOfWork

Subject = Literal["lead", "commitment", "order"]


def note_change(
    uow: UnitOfWork,
    subject: Subject,
    subject_id: int,
    address_id: int,
    before: str | None,
    after: str,
    *,
    why: str,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Write down one change; ``before`` None is the beginning, ``why`` a code, ``detail`` JSON values."""
    said = None if detail is None else orjson.dumps(detail, option=orjson.OPT_SORT_KEYS).decode()
    uow.sql.execute(
        "sale.change",
        "INSERT INTO sale_change VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [subject, subject_id, address_id, before, after, why, said, uow.at_utc, uow.cause],
    )


def changes_of(uow: UnitOfWork, subject: Subject, subject_id: int) -> list[dict[str, Any]]:
    """Return what happened to a thing, in order: ``before``, ``after``, ``why``, ``detail``, ``changed_at``."""
    rows = uow.sql.records(
        "sale.changes",
        """
        SELECT before, after, why, detail, changed_at, cause FROM sale_change
        WHERE subject = ? AND subject_id = ? ORDER BY changed_at, rowid
        """,
        [subject, subject_id],
    )
    return [row | {"detail": None if row["detail"] is None else orjson.loads(row["detail"])} for row in rows]
