"""What every export is given and what it says when it is done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

Select = Callable[[str, Mapping[str, Any]], pa.Table]
"""Answers one SELECT with named parameters, read-only, as an Arrow table."""


CHOSEN = "chosen_addresses"
"""What stands for the addresses that were asked for, in a statement of an export."""


@dataclass(frozen=True, slots=True)
class Which:
    """Which addresses: a SQL condition over the columns of the view ``addresses``, and its values by name."""

    sql: str = "true"
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Material:
    """What an export is made from.

    Attributes
    ----------
    select
        The database.
    which
        The addresses that were asked for; an export leaves out of them what it must, and counts it.
    units
        ``us`` for feet, else ``metric``.
    version, today
        The plan version in force, and the date (UTC), for titles.
    """

    select: Select
    which: Which
    units: str
    version: int
    today: date

    def ask(self, statement: str, **params: Any) -> pa.Table:
        """Answer a SELECT in which :data:`CHOSEN` stands for the addresses that were asked for."""
        if CHOSEN not in statement:
            return self.select(statement, params)
        chosen = f"(SELECT * FROM addresses WHERE {self.which.sql})"
        return self.select(statement.replace(CHOSEN, chosen), {**self.which.params, **params})


@dataclass(frozen=True, slots=True)
class Written:
    """An export that was written.

    Attributes
    ----------
    rows
        Rows in the file; pages of a printed map.
    left_out
        What was asked for and is not in it, by reason; with ``rows`` it accounts for all that was asked for.
    """

    rows: int
    left_out: Mapping[str, int] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {"rows": self.rows, "left_out": dict(self.left_out)}


def counted(reasons: pa.ChunkedArray) -> dict[str, int]:
    """Return how often each reason stands in a column, in alphabetical order; NULL is none."""
    found = pc.value_counts(reasons.drop_null()).to_pylist()
    return {item["values"]: item["counts"] for item in sorted(found, key=lambda item: str(item["values"]))}
