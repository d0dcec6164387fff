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


_AT_ADDRESS = """
    WITH me AS (   -- the address, and every id that was merged into it
        SELECT $id::BIGINT AS address_id UNION SELECT survivor_id FROM survivor WHERE address_id = $id
    ),
    every AS (
        SELECT address_id FROM me
        UNION SELECT address_id FROM survivor WHERE survivor_id IN (SELECT address_id FROM me)
    )
    SELECT changed_at AS happened_at, subject AS what, cause, NULL::INTEGER AS plan_version,
           json_object('id', subject_id, 'from', before, 'to', after, 'why', why) AS detail
    FROM sale_change WHERE address_id IN (SELECT address_id FROM every)
    ORDER BY changed_at DESC, rowid DESC LIMIT $most
"""


def sales_at(uow: UnitOfWork, address_id: int, most: int = 1_000) -> list[dict[str, Any]]:
    """Return what was sold at an address, the newest first, as entries of its timeline and without personal data.

    ``what`` is ``lead``, ``commitment`` or ``order``.
    """
    rows = uow.sql.records("sale.at_address", _AT_ADDRESS, {"id": address_id, "most": most})
    return [row | {"detail": orjson.loads(row["detail"])} for row in rows]
