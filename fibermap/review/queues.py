"""The queues: how much waits in each, and the items themselves, page by page, the oldest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fibermap.kernel.errors import Code, NotFound
from fibermap.review.model import Item, ItemFilter, Queue
from fibermap.store import UnitOfWork

MOST_LISTED = 500
_COLUMNS = ", ".join(Item.__slots__)


@dataclass(frozen=True, slots=True)
class Page:
    """Some items, how many there are in all, and the item to go on after; None at the end."""

    items: tuple[Item, ...]
    total: int
    after: int | None


_PLACE = "row(coalesce(since, 'epoch'::TIMESTAMPTZ), item_id)"
"""Where an item stands in its queue."""

_MATCHES = """
    ($queue IS NULL OR queue = $queue) AND ($why IS NULL OR why = $why) AND ($source IS NULL OR source = $source)
    AND ($assignee IS NULL OR coalesce(assignee, '') = $assignee) AND ($before IS NULL OR since < $before)
    AND ($text IS NULL OR contains(lower(title), lower($text)) OR contains(lower(detail), lower($text)))
"""


def list_items(uow: UnitOfWork, wanted: ItemFilter, *, after: int | None = None, limit: int = 100) -> Page:
    """Return the open items that a filter leaves in, the oldest first, those behind the item ``after``."""
    asked = _asked(wanted)
    limit = min(limit, MOST_LISTED)
    rows = uow.sql.records(
        "review.list",
        f"""
        SELECT {_COLUMNS} FROM review_queue
        WHERE {_MATCHES} AND ($after IS NULL OR {_PLACE} > (SELECT {_PLACE} FROM review_item WHERE item_id = $after))
        ORDER BY {_PLACE} LIMIT $limit
        """,
        asked | {"after": after, "limit": limit + 1},
    )
    total = uow.sql.value("review.total", f"SELECT count(*) FROM review_queue WHERE {_MATCHES}", asked)
    items = tuple(item_of(row) for row in rows[:limit])
    return Page(items, int(total), items[-1].item_id if len(rows) > limit else None)


def _asked(wanted: ItemFilter) -> dict[str, Any]:
    return {
        "queue": None if wanted.queue is None else str(wanted.queue),
        **{name: getattr(wanted, name) for name in ("why", "source", "assignee", "text", "before")},
    }


def count_items(uow: UnitOfWork) -> list[dict[str, Any]]:
    """Return for every queue how many items are ``open``, when the ``oldest`` came up, and how many for each reason."""
    counted = uow.sql.records(
        "review.count",
        """
        SELECT queue, why, count(*) AS open, min(since) AS oldest, count(*) FILTER (assignee IS NULL) AS unassigned
        FROM review_queue GROUP BY queue, why ORDER BY open DESC, why
        """,
    )
    return [_of_queue(queue, [row for row in counted if row["queue"] == queue]) for queue in Queue]


def _of_queue(queue: Queue, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    oldest = [row["oldest"] for row in rows if row["oldest"] is not None]
    return {
        "queue": str(queue),
        "open": sum(row["open"] for row in rows),
        "unassigned": sum(row["unassigned"] for row in rows),
        "oldest": min(oldest, default=None),
        "why": [{"why": row["why"], "open": row["open"]} for row in rows],
    }


def load_items(uow: UnitOfWork, item_ids: Sequence[int]) -> dict[int, Item]:
    """Return items by id, decided or not; what is not there any more is left out."""
    rows = uow.sql.records(
        "review.load",
        f"""
        SELECT {", ".join(f"i.{name}" for name in Item.__slots__ if name != "assignee")}, w.assignee
        FROM review_item i LEFT JOIN review_assignee w ON w.item_id = i.item_id
        WHERE i.item_id IN (SELECT unnest($ids::BIGINT[]))
        """,
        {"ids": [item_id for item_id in item_ids if -(2**63) <= item_id < 2**63]},  # no other can be one
    )
    return {row["item_id"]: item_of(row) for row in rows}


def load_item(uow: UnitOfWork, item_id: int) -> Item:
    """Return one item, decided or not. Raises ``NotFound`` (``review_item_not_found``)."""
    found = load_items(uow, [item_id])
    if item_id not in found:
        raise not_found(item_id)
    return found[item_id]


def not_found(item_id: int) -> NotFound:
    """Return what to raise for an item that there is not."""
    return NotFound(
        Code.REVIEW_ITEM_NOT_FOUND,
        f"There is nothing to review under {item_id}, or not any more.",
        hint="Look at the queue again: an ingest or an undo may have settled it.",
    )


def item_of(row: Mapping[str, Any]) -> Item:
    """Build an item from a row of the view ``review_queue``."""
    return Item(**{**row, "queue": Queue(row["queue"])})
