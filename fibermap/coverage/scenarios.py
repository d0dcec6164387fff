"""Scenarios: what-if questions that somebody kept, with the answers that they got, to compare."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from fibermap.kernel.errors import Code, InputRefused, NotFound
from fibermap.kernel.ids import stable_id
from fibermap.store import UnitOfWork

MOST_KEPT = 1_000
LARGEST_BYTES = 1 << 20


def keep_scenario(
    uow: UnitOfWork, title: str, author: str, question: Mapping[str, Any], answer: Mapping[str, Any]
) -> dict[str, Any]:
    """Keep a question with its answer, and return it as it is listed.

    Raises
    ------
    InputRefused
        ``limit_exceeded``.
    """
    kept = [orjson.dumps(dict(part)).decode() for part in (question, answer)]
    count = uow.sql.value("scenario.count", "SELECT count(*) FROM scenario WHERE removed_at IS NULL")
    if count >= MOST_KEPT or max(map(len, kept)) > LARGEST_BYTES:
        raise InputRefused(Code.LIMIT_EXCEEDED, "No more is kept.", hint="Remove scenarios that nobody needs.")
    ever = uow.sql.value("scenario.ever", "SELECT count(*) FROM scenario")
    scenario_id = stable_id("scenario", author, ever, uow.at_utc.isoformat())
    row = [scenario_id, title, author, *kept, answer["plan_version"], uow.at_utc]
    uow.sql.execute("scenario.keep", "INSERT INTO scenario VALUES (?, ?, ?, ?, ?, ?, ?, NULL)", row)
    return next(each for each in scenarios(uow) if each["scenario_id"] == scenario_id)


def scenarios(uow: UnitOfWork) -> list[dict[str, Any]]:
    """Return the scenarios that are kept, newest first, with question and answer."""
    rows = uow.sql.records(
        "scenario.list",
        """
        SELECT scenario_id, title, author, question, answer, plan_version, saved_at FROM scenario
        WHERE removed_at IS NULL ORDER BY saved_at DESC, scenario_id
        """,
    )
    return [row | {name: orjson.loads(row[name]) for name in ("question", "answer")} for row in rows]


def remove_scenario(uow: UnitOfWork, scenario_id: int) -> datetime:
    """Take a scenario off the list; raises ``NotFound`` (``scenario_not_found``)."""
    removed = uow.sql.execute(
        "scenario.remove",
        "UPDATE scenario SET removed_at = ? WHERE scenario_id = ? AND removed_at IS NULL",
        [uow.at_utc, scenario_id],
    )
    if not removed:
        raise NotFound(Code.SCENARIO_NOT_FOUND, "There is no such scenario.", hint="It may have been removed.")
    return uow.at_utc
