"""What a person decides for many addresses at once: looked at with its count, confirmed, one plan version, one undo."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import date
from typing import Any

from fibermap.address.corrections import Author
from fibermap.address.model import Kind
from fibermap.coverage.bulk import BulkChange, Selected, carry_out, look
from fibermap.coverage.model import HoldCode
from fibermap.report.pasted import match_rows, read_rows
from fibermap.report.selection import Selection
from fibermap.results import Result
from fibermap.store import Store


class BulkDecisions(ABC):
    """The verbs of :class:`fibermap.plan.Plan` about many addresses.

    A selection has the filters that the map and the table have: ``{"class": "build", "polygon": "-111.3,45.8,..."}`` or
    ``{"ids": [...]}``; addresses that lists may not contain are left alone and counted.
    """

    store: Store

    @abstractmethod
    def check_many(self, addresses: Any) -> Result:
        """Check many addresses."""

    def bulk_preview(
        self,
        selection: Mapping[str, Any],
        *,
        kind: str | None = None,
        serviceable: bool | None = None,
        phase: str | None = None,
        flag: bool | None = None,
        hold: str | None = None,
    ) -> dict[str, Any]:
        """Say what :meth:`bulk_change` would do: how many addresses, of which class, held, customers; ``seen``."""
        change = _change(kind, serviceable, phase, flag, hold, None, None)
        chosen = selected(selection)
        return self.store.preview(lambda uow: look(uow, chosen, change), cause="read")

    def bulk_change(
        self,
        selection: Mapping[str, Any],
        reason: str,
        author: str,
        *,
        kind: str | None = None,
        serviceable: bool | None = None,
        phase: str | None = None,
        flag: bool | None = None,
        hold: str | None = None,
        document: str | None = None,
        review_on: date | None = None,
        seen: str | None = None,
    ) -> dict[str, Any]:
        """Change all addresses of a selection as one plan version; those that are so already are left alone.

        Parameters
        ----------
        kind, serviceable
            Who is there, and whether it is sold to.
        phase
            A phase of their own, whatever that of their area is; empty gives them that of their area back.
        flag
            Whether they carry the flag ``marked``.
        hold, document, review_on
            One hold on all of them, by its code.
        seen
            That of a preview: refused where anything that it counted is different by now.
        """
        by, change = Author(author, reason), _change(kind, serviceable, phase, flag, hold, document, review_on)
        chosen = selected(selection)
        return self.store.run_alone(lambda uow: carry_out(uow, chosen, change, by, seen=seen), cause="bulk_change")

    def match_list(self, text: str) -> dict[str, Any]:
        """Return the addresses that a pasted list or a CSV names, as ``ids``, and the rows that name none and why."""
        rows = read_rows(text)
        return self.store.preview(
            lambda uow: match_rows(uow, rows, lambda texts: self.check_many(texts).table), cause="read"
        )


def selected(selection: Mapping[str, Any]) -> Selected:
    """Return a selection as the condition that it is; raises ``InputRefused`` for a filter that there is not."""
    return Selected(*Selection.from_query(selection).condition())


def _change(
    kind: str | None,
    serviceable: bool | None,
    phase: str | None,
    flag: bool | None,
    hold: str | None,
    document: str | None,
    review_on: date | None,
) -> BulkChange:
    who, code = None if kind is None else Kind(kind), None if hold is None else HoldCode(hold)
    return BulkChange(who, serviceable, phase, flag, code, document, review_on)
