"""What a person decides about phases: opened whole or in part, on a day, and moved to another date."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import pyarrow as pa
from shapely.geometry.base import BaseGeometry

from fibermap.address.corrections import Author
from fibermap.coverage.commands import Done
from fibermap.coverage.phase_commands import open_due, open_phase, require_version, slip_phase
from fibermap.coverage.phase_list import as_rows, describe_phase, list_phases, open_windows
from fibermap.coverage.phase_model import Opening, Part, Slip, part_of
from fibermap.coverage.phase_preview import preview_opening, preview_slip
from fibermap.kernel.settings import Settings
from fibermap.results import Result, to_json
from fibermap.store import Store, UnitOfWork


class PhaseDecisions(ABC):
    """The verbs of :class:`fibermap.plan.Plan` about phases. Each that changes anything is a plan version."""

    store: Store

    @property
    @abstractmethod
    def settings(self) -> Settings:
        """The settings in force."""

    @abstractmethod
    def _decide(self, work: Callable[[UnitOfWork], Done], cause: str, *, dry_run: bool = False) -> Done: ...

    @property
    def phases(self) -> Result:
        """How far each phase is: units and addresses by class, areas open, dates and slips."""
        states = self.store.preview(list_phases, cause="read")
        return Result(f"{len(states)} phases", pa.Table.from_pylist(as_rows(states)))

    def phase(self, phase: str) -> dict[str, Any]:
        """Return the parts that a phase can be opened by, its openings, and the history of its dates."""
        told: dict[str, Any] = to_json(self.store.preview(lambda uow: describe_phase(uow, phase), cause="read"))
        return told

    def preview_phase(
        self,
        phase: str,
        *,
        network_ready_on: date,
        sales_open_on: date | None = None,
        cabinets: Sequence[str] = (),
        splitters: Sequence[str] = (),
        terminals: Sequence[str] = (),
        shape: BaseGeometry | None = None,
    ) -> dict[str, Any]:
        """Say what :meth:`open_phase` would set off: flips, from when what is orderable, what stays behind, events."""
        part = part_of(cabinets=cabinets, splitters=splitters, terminals=terminals, shape=shape)
        opening = _opening(phase, network_ready_on, sales_open_on, part)
        found = self.store.preview(lambda uow: preview_opening(uow, opening, self.settings), cause="preview")
        told: dict[str, Any] = to_json(found)
        return told

    def open_phase(
        self,
        phase: str,
        reason: str,
        author: str,
        *,
        network_ready_on: date,
        sales_open_on: date | None = None,
        cabinets: Sequence[str] = (),
        splitters: Sequence[str] = (),
        terminals: Sequence[str] = (),
        shape: BaseGeometry | None = None,
        version: int | None = None,
        dry_run: bool = False,
    ) -> Done:
        """Open a phase, or the part that some cabinets, splitters or terminals serve or that lies in a shape.

        Parameters
        ----------
        network_ready_on
            From this day on it is build. Until it comes the part stays pre-build, expected on that day.
        sales_open_on
            From this day on it can be ordered; None: from when the network is ready.
        version
            Refuse where the plan is no longer the one that was previewed.
        """
        part = part_of(cabinets=cabinets, splitters=splitters, terminals=terminals, shape=shape)
        opening = _opening(phase, network_ready_on, sales_open_on, part)
        by = Author(author, reason)

        def work(uow: UnitOfWork) -> Done:
            require_version(uow, version)
            return open_phase(uow, opening, by, self.settings)

        return self._decide(work, "open_phase", dry_run=dry_run)

    def open_due_phases(self, on: date | None = None) -> list[Done]:
        """Open what waits for a day that has come by ``on``, None for today; a server does it by itself."""
        day = on or self.store.clock.now().date()
        return self.store.run_alone(lambda uow: open_due(uow, day, self.settings), cause="open_due_phases")

    def preview_slip(
        self, phase: str, expected_on: date, *, precision: str = "day", opening_id: int | None = None
    ) -> dict[str, Any]:
        """Say whom :meth:`slip_phase` would touch: addresses and units, and what the public reads before and after."""
        slip = Slip(phase, expected_on, precision, opening_id)
        told: dict[str, Any] = to_json(
            self.store.preview(lambda uow: preview_slip(uow, slip, self.settings), cause="preview")
        )
        return told

    def slip_phase(
        self,
        phase: str,
        expected_on: date,
        reason: str,
        author: str,
        *,
        precision: str = "day",
        opening_id: int | None = None,
        version: int | None = None,
        dry_run: bool = False,
    ) -> Done:
        """Give what is not open of a phase another expected date; the original one and every move are kept.

        ``precision`` is day, month, quarter or year. ``opening_id`` moves one opening that waits for its day, and
        nothing else.
        """
        slip, by = Slip(phase, expected_on, precision, opening_id), Author(author, reason)

        def work(uow: UnitOfWork) -> Done:
            require_version(uow, version)
            return slip_phase(uow, slip, by, self.settings)

        return self._decide(work, "slip_phase", dry_run=dry_run)

    @property
    def recall_windows(self) -> list[dict[str, Any]]:
        """The plan versions that an undo still calls off before notices and charges leave, newest first."""
        told: list[dict[str, Any]] = to_json(self.store.preview(open_windows, cause="read"))
        return told


def _opening(phase: str, network_ready_on: date, sales_open_on: date | None, part: Part) -> Opening:
    return Opening(phase, network_ready_on, sales_open_on or network_ready_on, part)
