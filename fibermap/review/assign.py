"""Who looks after an item: a note among colleagues."""

from __future__ import annotations

from collections.abc import Sequence

from fibermap.kernel.errors import Code, InputRefused
from fibermap.review.model import MOST_AT_ONCE
from fibermap.review.queues import load_items, not_found
from fibermap.store import UnitOfWork

LONGEST_NAME = 100


def assign(uow: UnitOfWork, item_ids: Sequence[int], assignee: str | None, author: str) -> int:
    """Say who looks after items, None for nobody, and return how many there are.

    Raises
    ------
    InputRefused
        ``argument_invalid`` for a name that is none.
    NotFound
        ``review_item_not_found``.
    """
    name = None if assignee is None else assignee.strip()
    if name is not None and not (0 < len(name) <= LONGEST_NAME and name.isprintable()):
        raise InputRefused(Code.ARGUMENT_INVALID, f"A name has 1 to {LONGEST_NAME} characters.", field="assignee")
    ids = list(dict.fromkeys(item_ids))
    if not 1 <= len(ids) <= MOST_AT_ONCE:
        raise InputRefused(Code.LIMIT_EXCEEDED, f"Give 1 to {MOST_AT_ONCE} items.", limit=MOST_AT_ONCE)
    found = load_items(uow, ids)
    if unknown := [item_id for item_id in ids if item_id not in found]:
        raise not_found(unknown[0])
    if name is None:
        uow.sql.execute(
            "review.unassign",
            "DELETE FROM review_assignee WHERE item_id IN (SELECT unnest($ids::BIGINT[]))",
            {"ids": ids},
        )
    else:
        uow.sql.execute(
            "review.assign",
            """
            INSERT INTO review_assignee SELECT unnest($ids::BIGINT[]), $name, $author, $at
            ON CONFLICT (item_id) DO UPDATE SET assignee = excluded.assignee, assigned_by = excluded.assigned_by,
                                                assigned_at = excluded.assigned_at
            """,
            {"ids": ids, "name": name, "author": author, "at": uow.at_utc},
        )
    return len(ids)
