"""Rows of a list that a server tells page by page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fibermap.client.http import Connection

A_PAGE = 500


def rows_of(
    at: Connection,
    path: str,
    name: str,
    asked: Mapping[str, Any],
    *,
    after: int | None = None,
    limit: int | None = None,
) -> list[dict[str, Any]]:
    """Return the rows of a list, page after page.

    Parameters
    ----------
    name
        What the rows are called in an answer.
    asked
        Which rows; what is None is not asked for.
    after
        Begin behind the row of this id; None: at the first one.
    limit
        At most so many; None: all.
    """
    given = {key: value for key, value in asked.items() if value is not None}
    rows: list[dict[str, Any]] = []
    while limit is None or len(rows) < limit:
        page = {"limit": A_PAGE if limit is None else min(limit - len(rows), A_PAGE)}
        found = at.get(path, given | page | ({} if after is None else {"after": after}))
        rows += found[name]
        after = found["after"]
        if after is None:
            break
    return rows
