"""What a person decides about coverage areas: drawn, changed, split, merged and retired, each a plan version."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from shapely.geometry.base import BaseGeometry

from fibermap.address.corrections import Author
from fibermap.coverage import area_overrides
from fibermap.coverage.area_commands import edit_areas
from fibermap.coverage.area_edits import Change, Cut, Draw, Edit, Merge, Retire, Split
from fibermap.coverage.area_impact import weigh
from fibermap.coverage.area_json import feature_of, read_edits
from fibermap.coverage.area_shapes import faults_of
from fibermap.coverage.areas import area_versions
from fibermap.coverage.commands import Done
from fibermap.coverage.payback import Construction
from fibermap.coverage.unit_costs import set_unit_costs, unit_costs
from fibermap.coverage.whatif import Proposal, what_if
from fibermap.kernel.settings import Settings
from fibermap.store import Store, UnitOfWork


class AreaDecisions(ABC):
    """The verbs of :class:`fibermap.plan.Plan` about areas. Geometry is in EPSG:4326, longitude first."""

    store: Store

    @property
    @abstractmethod
    def settings(self) -> Settings:
        """The settings in force."""

    @abstractmethod
    def _decide(self, work: Callable[[UnitOfWork], Done], cause: str, *, dry_run: bool = False) -> Done: ...

    def draw_area(
        self, geometry: BaseGeometry, reason: str, author: str, *, class_: str, dry_run: bool = False, **fields: Any
    ) -> Done:
        """Add an area that no source has: ``class_`` build or pre-build, and ``name``, ``phase``, ``technology``,
        ``priority``, ``expected_live_on``, ``live_on``, ``network_ready_on`` or ``sales_open_on``.
        """
        return self._edit([Draw(geometry, {"class": class_, **fields})], Author(author, reason), dry_run=dry_run)

    def edit_area(
        self,
        area_id: int,
        reason: str,
        author: str,
        *,
        geometry: BaseGeometry | None = None,
        version: int | None = None,
        dry_run: bool = False,
        **fields: Any,
    ) -> Done:
        """Give an area another shape or other fields, whatever its source says.

        ``version`` refuses where the area is no longer in the version that it was looked at in.
        """
        said = {"class" if name == "class_" else name: value for name, value in fields.items()}
        bases = None if version is None else {area_id: version}
        by = Author(author, reason)
        return self._edit([Change(area_id, said, geometry)], by, bases, dry_run=dry_run)

    def split_area(self, area_id: int, line: BaseGeometry, reason: str, author: str, *, dry_run: bool = False) -> Done:
        """Cut an area along a line. The largest part stays the area; the others become new ones that say the same."""
        return self._edit([Split(area_id, line)], Author(author, reason), dry_run=dry_run)

    def merge_areas(self, area_ids: Sequence[int], reason: str, author: str, *, dry_run: bool = False) -> Done:
        """Make several areas one; the first takes in the others and keeps what it says."""
        return self._edit([Merge(tuple(area_ids))], Author(author, reason), dry_run=dry_run)

    def cut_hole(self, area_id: int, hole: BaseGeometry, reason: str, author: str, *, dry_run: bool = False) -> Done:
        """Take a polygon out of an area."""
        return self._edit([Cut(area_id, hole)], Author(author, reason), dry_run=dry_run)

    def retire_areas(self, area_ids: Sequence[int], reason: str, author: str, *, dry_run: bool = False) -> Done:
        """Take areas out of the plan, whatever their sources repeat; their history stays."""
        return self._edit([Retire(area_id) for area_id in area_ids], Author(author, reason), dry_run=dry_run)

    def edit_areas(
        self,
        edits: Sequence[dict[str, Any]],
        reason: str,
        author: str,
        *,
        bases: dict[int, int] | None = None,
        dry_run: bool = False,
    ) -> Done:
        """Carry out several edits as one plan version: ``{"op": "draw", "geometry": GEOJSON, "properties": {...}}``
        and ``change``, ``split`` (``line``), ``merge`` (``area_ids``), ``cut`` (``hole``) and ``retire`` likewise.

        New areas are named -1, -2 and so on by the edits after them. ``bases`` tells the version of each area that the
        edits were made on.
        """
        return self._edit(read_edits(edits), Author(author, reason), bases, dry_run=dry_run)

    def area_impact(self, edits: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """Say what edits would do, as :meth:`edit_areas` takes them: addresses and units by class, holds, customers."""
        read = read_edits(edits)
        return self.store.preview(lambda uow: weigh(uow, read, self.settings), cause="impact").as_json()

    def validate_area(self, geometry: BaseGeometry) -> list[dict[str, Any]]:
        """Return what keeps a polygon from being an area: ``code``, ``message`` and ``places``; empty for nothing."""
        return [fault.as_json() for fault in faults_of(geometry, sliver_m2=self.settings.sliver_m2)]

    def area_versions(self, area_id: int) -> list[dict[str, Any]]:
        """Return every version of an area, newest first: author, label, what changed, and the area as it was."""
        rows = self.store.preview(lambda uow: area_versions(uow, area_id), cause="read")
        return [version_json(row) for row in rows]

    def area_disagreements(self) -> list[dict[str, Any]]:
        """Return the edits of areas whose sources have said something new since."""
        return self.store.preview(area_overrides.disagreements, cause="read")

    def what_if(
        self,
        shape: BaseGeometry,
        *,
        buffer_m: float = 60.0,
        route: BaseGeometry | None = None,
        construction: str = "buried",
        costs: dict[str, float] | None = None,
    ) -> dict[str, Any]:
        """Say what a proposed area, or a route with ``buffer_m`` metres around it, would pass and cost.

        Without a ``route`` that of an area is the shortest that links its homes. ``costs`` stand for this question
        alone in the place of :attr:`unit_costs`. The formulas are those of `fibermap.coverage.payback`.
        """
        proposal = Proposal(shape, buffer_m, route, Construction(construction), costs or {})
        return self.store.preview(lambda uow: what_if(uow, proposal, self.settings), cause="whatif").as_json()

    @property
    def unit_costs(self) -> dict[str, float]:
        """What building costs and earns per unit, US dollars; see `fibermap.coverage.unit_costs.UnitCosts`."""
        return asdict(self.store.preview(unit_costs, cause="read"))

    def set_unit_costs(self, changes: dict[str, float], reason: str, author: str) -> dict[str, float]:
        """Set unit costs from now on, on record; no plan version, because no verdict depends on them."""
        by = Author(author, reason)
        return asdict(self.store.run_alone(lambda uow: set_unit_costs(uow, changes, by), cause="set_unit_costs"))

    def _edit(
        self, edits: Sequence[Edit], by: Author, bases: Mapping[int, int] | None = None, *, dry_run: bool
    ) -> Done:
        return self._decide(
            lambda uow: edit_areas(uow, edits, by, self.settings, bases=bases), "edit_areas", dry_run=dry_run
        )


def version_json(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return one version of an area as JSON values."""
    at = {"created_at": row["created_at"].isoformat(), "feature": feature_of(row["area"])}
    return {name: row[name] for name in ("version", "author", "label", "kind", "ended", "changed")} | at
