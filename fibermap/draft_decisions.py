"""What those who sell do with orders that were begun and not finished: seen, dropped, and taken up where one sells."""

from __future__ import annotations

from abc import ABC
from typing import Any

import pyarrow as pa

from fibermap.order.draft import drop_draft, list_drafts
from fibermap.results import Result
from fibermap.store import Store

DRAFTS = pa.schema(
    [
        ("draft_id", pa.int64()), ("address_id", pa.int64()), ("full_address", pa.string()), ("offer_id", pa.int64()),
        ("offer", pa.string()), ("add_on_ids", pa.list_(pa.int64())), ("sale", pa.string()), ("channel", pa.string()),
        ("rep", pa.string()), ("lead_id", pa.int64()), ("begun_at", pa.timestamp("us", "UTC")),
        ("expires_at", pa.timestamp("us", "UTC")),
    ]
)  # fmt: skip


class DraftDecisions(ABC):
    """The part of :class:`fibermap.plan.Plan` that speaks of what was begun."""

    store: Store

    @property
    def drafts(self) -> Drafts:
        """Orders and pre-orders that were begun and can be gone on with."""
        return Drafts(self.store)


class Drafts:
    """The verbs of drafts: ``fm.drafts.list()``. One is taken up with ``draft_id`` where an order is placed."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def list(self, address_id: int | None = None, *, after: int = 0, limit: int = 1_000) -> Result:
        """Return what can be gone on with, by id, without who began it; ``address_id``: only there."""

        rows = self._store.preview(lambda uow: list_drafts(uow, address_id, after=after, limit=limit), cause="read")
        return Result(f"{len(rows):,} begun orders", pa.Table.from_pylist(rows, schema=DRAFTS))

    def drop(self, draft_id: int) -> dict[str, Any]:
        """Note that one comes to nothing; its link leads nowhere then, and interest that it has stays.

        Raises
        ------
        NotFound
            ``draft_not_found``.
        Conflict
            ``draft_closed``: it was finished or dropped, or its time is over.
        """
        return self._store.run(lambda uow: drop_draft(uow, draft_id), cause="drop_draft")
