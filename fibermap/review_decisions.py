"""What people look at and decide in review, and the merging of addresses by a person."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import pyarrow as pa

from fibermap.address.corrections import Author
from fibermap.coverage import commands
from fibermap.coverage.commands import Done
from fibermap.kernel.settings import Settings
from fibermap.results import Result, to_json
from fibermap.review import assign, decide, log, queues
from fibermap.review.evidence import show_item
from fibermap.review.model import Choice, Details, ItemFilter, Queue, Seen
from fibermap.review.take_back import take_back
from fibermap.store import Store, UnitOfWork

_QUEUES = pa.schema(
    [
        ("queue", pa.string()), ("open", pa.int64()), ("unassigned", pa.int64()), ("oldest", pa.timestamp("us", "UTC")),
        ("why", pa.string()),
    ]
)  # fmt: skip
_ITEMS = pa.schema(
    [
        ("item_id", pa.int64()), ("queue", pa.string()), ("why", pa.string()), ("title", pa.string()),
        ("detail", pa.string()), ("source", pa.string()), ("address_id", pa.int64()), ("other_id", pa.int64()),
        ("subject_id", pa.int64()), ("lon", pa.float64()), ("lat", pa.float64()), ("since", pa.timestamp("us", "UTC")),
        ("facts", pa.string()), ("assignee", pa.string()),
    ]
)  # fmt: skip
_DECISIONS = pa.schema(
    [
        ("decision_id", pa.int64()), ("item_id", pa.int64()), ("queue", pa.string()), ("choice", pa.string()),
        ("why", pa.string()), ("title", pa.string()), ("author", pa.string()), ("reason", pa.string()),
        ("decided_at", pa.timestamp("us", "UTC")), ("made_in", pa.int64()), ("ids", pa.list_(pa.int64())),
        ("in_force", pa.bool_()), ("taken_back_by", pa.string()), ("taken_back_at", pa.timestamp("us", "UTC")),
    ]
)  # fmt: skip


class ReviewDecisions(ABC):
    """The verbs of :class:`fibermap.plan.Plan` about review. Each decision is a plan version, and can be taken back."""

    store: Store

    @property
    @abstractmethod
    def settings(self) -> Settings:
        """The settings in force."""

    @abstractmethod
    def _decide(self, work: Callable[[UnitOfWork], Done], cause: str, *, dry_run: bool = False) -> Done: ...

    @property
    def review_queues(self) -> Result:
        """How much waits in each queue, since when, and why: ``queue, open, unassigned, oldest, why``."""
        counted = self.store.preview(queues.count_items, cause="read")
        said = [row | {"why": ", ".join(f"{why['open']:,} {why['why']}" for why in row["why"])} for row in counted]
        return Result("Waiting for review", pa.Table.from_pylist(said, schema=_QUEUES))

    def reviews(
        self,
        queue: str | None = None,
        *,
        why: str | None = None,
        source: str | None = None,
        assignee: str | None = None,
        text: str | None = None,
        before: datetime | None = None,
        after: int | None = None,
        limit: int = 100,
    ) -> Result:
        """Return what waits for somebody to decide, the oldest first.

        Parameters
        ----------
        queue
            ``quarantined``, ``duplicate``, ``flag`` or ``missing``.
        why
            A code of a rejection, a reason of a duplicate, a flag.
        assignee
            A name, or an empty text for what nobody looks after.
        before
            Only what came up earlier.
        after
            Go on behind this item.
        """
        wanted = ItemFilter(None if queue is None else Queue(queue), why, source, assignee, text, before)
        page = self.store.preview(lambda uow: queues.list_items(uow, wanted, after=after, limit=limit), cause="read")
        rows = [asdict(item) | {"queue": str(item.queue)} for item in page.items]
        return Result(f"{page.total:,} items to review", pa.Table.from_pylist(rows, schema=_ITEMS))

    def review(self, item_id: int) -> dict[str, Any]:
        """Return an item with its evidence; see :func:`fibermap.review.evidence.show_item`."""
        shown: dict[str, Any] = to_json(self.store.preview(lambda uow: show_item(uow, item_id), cause="read"))
        return shown

    def decide_review(self, item_ids: Sequence[int], choice: str, reason: str, author: str, **details: Any) -> Done:
        """Decide items of one queue by ``accept``, ``merge``, ``split``, ``hold`` or ``discard``, as one plan version.

        ``details`` are the fields of :class:`fibermap.review.model.Details`. ``ids`` of what comes back are the
        decisions, which `undo_review` takes.
        """
        seen = tuple(Seen(item_id) for item_id in item_ids)
        ruling = decide.Ruling(seen, Choice(choice), Author(author, reason), Details(**details))
        return self._decide(lambda uow: decide.decide(uow, ruling, self.settings), "decide_review")

    def undo_review(self, decision_id: int, reason: str, author: str) -> Done:
        """Take a decision back, whatever was decided since; its items are in their queues again."""
        by = Author(author, reason)
        return self._decide(lambda uow: take_back(uow, decision_id, by, self.settings), "undo_review")

    def review_decisions(
        self, queue: str | None = None, *, author: str | None = None, after: int | None = None, limit: int = 100
    ) -> Result:
        """Return who decided what, when and why, the latest first, with what has been taken back."""
        which = None if queue is None else Queue(queue)
        rows: Sequence[Mapping[str, Any]] = self.store.preview(
            lambda uow: log.decisions(uow, queue=which, author=author, after=after, limit=limit), cause="read"
        )
        return Result(f"{len(rows):,} decisions", pa.Table.from_pylist(list(rows), schema=_DECISIONS))

    def assign_review(self, item_ids: Sequence[int], assignee: str | None, author: str) -> int:
        """Say who looks after items, None for nobody, and return how many there are; no plan version."""
        return self.store.run(lambda uow: assign.assign(uow, item_ids, assignee, author), cause="assign_review")

    def merge_addresses(self, address_id: int, other_id: int, reason: str, author: str) -> Done:
        """Make two addresses one, whatever the rules say, as long as their sources say what they say now."""
        by = Author(author, reason)
        return self._decide(
            lambda uow: commands.merge_addresses(uow, [(address_id, other_id)], by, self.settings), "merge_addresses"
        )

    def keep_addresses_apart(self, address_id: int, other_id: int, reason: str, author: str) -> Done:
        """Say that two addresses are two, so that no rule makes them one."""
        by = Author(author, reason)
        return self._decide(
            lambda uow: commands.keep_addresses_apart(uow, [(address_id, other_id)], by, self.settings),
            "keep_addresses_apart",
        )
