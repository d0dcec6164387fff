"""Who decided what, and when: every decision that was ever made, those that were taken back among them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from fibermap.review.model import Queue
from fibermap.store import UnitOfWork

MOST_LISTED = 500

_DECISIONS = """
WITH made AS (
    SELECT decision_id, any_value(item_id) AS item_id, any_value(queue) AS queue, any_value(choice) AS choice,
           any_value(why) AS why, any_value(title) AS title, any_value(author) AS author,
           any_value(reason) AS reason, any_value(decided_at) AS decided_at, any_value(made_in) AS made_in,
           any_value(ids) AS ids, bool_or(to_version IS NULL) AS in_force, max(to_version) AS ended_by
    FROM review_decision GROUP BY decision_id
)
SELECT m.* EXCLUDE (ended_by), v.author AS taken_back_by, v.created_at AS taken_back_at
FROM made m LEFT JOIN plan_version v ON v.version = m.ended_by AND NOT m.in_force
"""


def decisions(
    uow: UnitOfWork,
    *,
    queue: Queue | None = None,
    author: str | None = None,
    after: int | None = None,
    limit: int = 100,
) -> list[dict[str, Any]]:
    """Return decisions, the latest first: those behind ``after``, the id of a decision.

    ``made_in`` is the plan version that one was made in, ``ids`` are the holds, addresses or areas that it placed,
    ``taken_back_by`` and ``taken_back_at`` are None while it is in force.
    """
    rows = uow.sql.records(
        "review.decisions",
        f"""
        WITH told AS ({_DECISIONS})
        SELECT * FROM told
        WHERE ($queue IS NULL OR queue = $queue) AND ($author IS NULL OR author = $author)
          AND ($after IS NULL OR row(made_in, decision_id) < (
              SELECT row(made_in, decision_id) FROM told WHERE decision_id = $after))
        ORDER BY made_in DESC, decision_id DESC LIMIT $limit
        """,
        {
            "queue": None if queue is None else str(queue),
            "author": author,
            "after": after,
            "limit": min(limit, MOST_LISTED),
        },
    )
    return [row | {"ids": orjson.loads(row["ids"])} for row in rows]


def decided_on(uow: UnitOfWork, item_ids: Sequence[int]) -> dict[int, Mapping[str, Any]]:
    """Return the decision in force on each of some items: author, choice, facts and the moment."""
    rows = uow.sql.records(
        "review.decided_on",
        """
        SELECT item_id, decision_id, choice, author, decided_at, reason, facts FROM review_decision
        WHERE to_version IS NULL AND item_id IN (SELECT unnest($ids::BIGINT[])) ORDER BY made_in
        """,
        {"ids": list(item_ids)},
    )
    return {row["item_id"]: row for row in rows}
