"""What a planner does with zones: opened over coverage areas, changed, closed, and looked at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pyarrow as pa

from fibermap.order.zone import Counts, Customers, GoalKind, Zone, public_progress, zone_json
from fibermap.order.zone_commands import change_zone, close_zone, open_zone
from fibermap.order.zone_store import find_zone, progress_of, zones
from fibermap.results import Result
from fibermap.store import Store, UnitOfWork

_LISTED = pa.schema(
    [
        ("zone_id", pa.int64()), ("code", pa.string()), ("public_name", pa.string()), ("state", pa.string()),
        ("priority", pa.int64()), ("areas", pa.int64()), ("units", pa.int64()), ("counted", pa.int64()),
        ("goal", pa.int64()), ("percent", pa.int64()), ("reached", pa.bool_()), ("deadline", pa.date32()),
    ]
)  # fmt: skip


class ZoneDecisions:
    """The part of :class:`fibermap.plan.Plan` that speaks of zones."""

    store: Store

    @property
    def zones(self) -> Zones:
        """Zones: sets of coverage areas in which people are asked to commit."""
        return Zones(self.store)


class Zones:
    """The verbs of zones: ``fm.zones.open(...)``."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def open(
        self,
        code: str,
        public_name: str,
        area_ids: Sequence[int],
        *,
        goal_kind: str = "count",
        goal_value: float,
        priority: int = 100,
        with_deposit: bool = False,
        technology: str | None = None,
        customers: str = "all",
        deadline: date | None = None,
    ) -> dict[str, Any]:
        """Open a zone over coverage areas, with a goal.

        Parameters
        ----------
        code, public_name
            What the house calls it, and what everybody reads.
        goal_kind, goal_value
            ``count`` of households, or ``share``, 0 to 1, of the units that are sold to.
        priority
            Where zones overlap an address is of the one with the smallest number.
        with_deposit, technology, customers
            Which pre-orders count: only those with a deposit, only for this technology, only of ``residential`` or
            ``business`` addresses.

        Raises
        ------
        Conflict
            ``zone_exists``.
        InputRefused
            ``argument_invalid``.
        """
        counts = Counts(with_deposit, technology, Customers(customers))
        zone = Zone(0, code, public_name, tuple(area_ids), GoalKind(goal_kind), goal_value, priority, counts, deadline)
        return self._store.run(lambda uow: _told(uow, open_zone(uow, zone)), cause="open_zone")

    def change(self, zone_id: int, **changes: Any) -> dict[str, Any]:
        """Give a zone other values, by the names that :meth:`open` gives them; its code stays."""
        return self._store.run(lambda uow: _told(uow, change_zone(uow, zone_id, changes)), cause="change_zone")

    def close(self, zone_id: int) -> dict[str, Any]:
        """Stop asking people in a zone; what was counted stays."""
        return self._store.run(lambda uow: _told(uow, close_zone(uow, zone_id)), cause="close_zone")

    def get(self, zone_id: int) -> dict[str, Any]:
        """Return a zone with its progress; raises ``NotFound``."""
        return self._store.preview(lambda uow: _told(uow, find_zone(uow, zone_id)), cause="read")

    def list(self) -> Result:
        """Return every zone with its progress, best priority first."""

        def work(uow: UnitOfWork) -> list[dict[str, Any]]:
            return [_row(zone, _told(uow, zone)) for zone in zones(uow)]

        rows = self._store.preview(work, cause="read")
        return Result(f"{len(rows)} zones", pa.Table.from_pylist(rows, schema=_LISTED))

    def progress(self, zone_id: int) -> dict[str, Any]:
        """Return what everybody may know of a zone."""
        today = self._store.clock.now().date()

        def work(uow: UnitOfWork) -> dict[str, Any]:
            zone = find_zone(uow, zone_id)
            return public_progress(zone, progress_of(uow, zone), today)

        return self._store.preview(work, cause="read")


def _told(uow: UnitOfWork, zone: Zone) -> dict[str, Any]:
    return zone_json(zone, progress_of(uow, zone))


def _row(zone: Zone, told: dict[str, Any]) -> dict[str, Any]:
    return {**told, **told["progress"], "areas": len(zone.area_ids), "deadline": zone.deadline}
