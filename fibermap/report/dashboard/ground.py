"""What every report reads from: the addresses that are chosen, as they are today, and the plan with its history."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pyarrow as pa

from fibermap.coverage.model import Technology
from fibermap.report.selection import Selection
from fibermap.store import Executor, UnitOfWork

STEPS: tuple[str, ...] = ("version", "day", "month")
"""What a history says the state after: each plan version, the last one of each day or of each month (UTC)."""

LISTED = "listed_addresses"
"""The view of the addresses that lists may contain; a `fibermap.report.screen.Screen` keeps them as ``addresses``."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Which addresses a report is about, and for a history which verdicts, step by step."""

    selection: Selection = field(default_factory=Selection)
    technology: Technology = Technology.FIBER
    step: str = "day"


@dataclass(frozen=True, slots=True)
class Ground:
    """What a report is made from.

    Attributes
    ----------
    addresses, relation
        Where the addresses that may be listed are, with the columns of the view: the database, or the tables of a
        screen, which answer for a million of them in a fraction of the time.
    plan
        The database, for what screens do not keep.
    today
        The date (UTC), from which the age of a source is counted.
    """

    addresses: Executor
    relation: str
    plan: UnitOfWork
    today: date
    wish: Wish

    @property
    def is_everything(self) -> bool:
        """Whether no filter is set."""
        return self.wish.selection == Selection()

    def ask(self, name: str, columns: str, after: str = "") -> pa.Table:
        """Select from the chosen addresses; ``after`` groups and orders."""
        where, params = self.wish.selection.condition()
        return self.addresses.arrow(
            name, f"SELECT {columns} FROM {self.relation} WHERE {where} {after}", params or None
        )

    def chosen(self, *columns: str) -> pa.Table:
        """Return columns of the chosen addresses, to be joined with what the database knows of them."""
        return self.ask("report.chosen", ", ".join(columns))

    def look_up(self, name: str, statement: str, params: dict[str, Any] | None = None, **tables: pa.Table) -> pa.Table:
        """Answer a statement over the database."""
        return self.plan.sql.arrow(name, statement, params, **tables)
