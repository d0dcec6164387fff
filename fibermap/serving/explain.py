"""Why an address is what it is, from the index alone: the same steps as `fibermap.coverage.explain`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from fibermap.coverage.decide import Candidate
from fibermap.coverage.evidence import Rule
from fibermap.coverage.explain import Explanation, explain_known
from fibermap.kernel.settings import Settings
from fibermap.serving.index import At, Index
from fibermap.serving.planned import read_json

_DERIVED = ("units", "connectivity")
"""Columns of an address in the index that are not the address's own."""


def explain(index: Index, address_id: int, *, at: date | None, today: date) -> Explanation:
    """Explain an address as it is now.

    Parameters
    ----------
    address_id
        An address, or an id that was merged into one.
    at
        The date in the world asked about; None takes the plan at its word.

    Raises
    ------
    NotFound
        ``address_not_found``.
    """
    return explain_known(InIndex(index, index.at(address_id)), address_id, at=at, today=today)


@dataclass(frozen=True, slots=True)
class InIndex:
    """What the index knows of an address; see `fibermap.coverage.explain.Known`."""

    index: Index
    where: At

    @property
    def address(self) -> dict[str, Any]:
        row = self.where.book.addresses.row(self.where.row)
        return {name: value for name, value in row.items() if name not in _DERIVED}

    @property
    def version(self) -> int:
        return self.index.planned.version

    @property
    def settings(self) -> Settings:
        return self.index.planned.settings

    @property
    def technologies(self) -> Sequence[str]:
        return self.index.planned.technologies

    def candidates(self, technology: str) -> list[Candidate]:
        cell = self.where.book.addresses.cell
        return self.index.planned.candidates(cell("lon", self.where.row), cell("lat", self.where.row), technology)

    def rules(self, technology: str) -> tuple[Rule, ...]:
        return self.index.planned.rules(technology)

    def features(self, feature_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
        return self.index.planned.features(feature_ids)

    def corrections(self) -> list[dict[str, Any]]:
        rows = self._of("corrections")
        return [row | {name: read_json(row[name]) for name in ("fields", "source_fields")} for row in rows]

    def holds(self) -> list[dict[str, Any]]:
        return self._of("holds")

    def flags(self) -> list[dict[str, Any]]:
        return self._of("flags")

    def records(self) -> list[dict[str, Any]]:
        own = ("record_id", "licence", "permitted_uses", "answerable")
        return [{name: value for name, value in row.items() if name not in own} for row in self._of("records")]

    def changes(self) -> list[dict[str, Any]]:
        told = self.index.planned.versions
        return [told[row["version"]] | row for row in self._of("changes")]

    def stored(self) -> dict[str, dict[str, Any]]:
        rows = self._of("verdicts")
        for row in rows:
            del row["best"]
        return {row["technology"]: row for row in rows}

    def _of(self, name: str) -> list[dict[str, Any]]:
        return self.where.book.groups[name].of(int(self.where.book.ids[self.where.row]))
