"""Reclassify what a change can touch, in the transaction of the change, and write only what came out differently."""

from __future__ import annotations

from dataclasses import dataclass, field

from fibermap.coverage import flags, holds, verdicts
from fibermap.coverage.court import BATCH_ADDRESSES, Court, point_batches, window_of
from fibermap.coverage.features import planned_technologies
from fibermap.coverage.scope import EVERYTHING, Scope, points_in, scope_of
from fibermap.kernel.events import ServiceabilityChanged
from fibermap.kernel.ids import stable_id
from fibermap.kernel.settings import Settings
from fibermap.store import UnitOfWork


@dataclass(frozen=True, slots=True)
class Flips:
    """What a reclassification changed.

    ``counts``: ``{technology: {"from -> to": addresses}}``, where *none* stands for an address that was not there or is
    gone. ``judged``: addresses looked at. ``changed``: verdict rows that came out differently.
    """

    batch_id: int
    judged: int = 0
    changed: int = 0
    counts: dict[str, dict[str, int]] = field(default_factory=dict)


def reclassify(uow: UnitOfWork, version: int, settings: Settings, *, cause: str) -> Flips:
    """Bring every verdict, flag and hold in line with what ``version`` changed, and tell the subscribers once."""
    holds.follow_exclusions(uow, version)
    return _reclassify(uow, scope_of(uow, version, settings), version, settings, cause=cause)


def reclassify_all(uow: UnitOfWork, version: int, settings: Settings, *, cause: str) -> Flips:
    """Judge every address again. After a promote this changes nothing."""
    return _reclassify(uow, EVERYTHING, version, settings, cause=cause)


def _reclassify(uow: UnitOfWork, scope: Scope, version: int, settings: Settings, *, cause: str) -> Flips:
    events = uow.sql.value("batch.number", "SELECT count(*) FROM event")
    batch_id = stable_id("batch", version, cause, events)
    changed = verdicts.forget_gone(uow, version, batch_id, planned_technologies(uow, version))
    touched = points_in(uow, scope, version)
    judged = 0
    court: Court | None = None
    for points in point_batches(touched):
        if court is None:
            local = not scope.everything and touched.num_rows <= BATCH_ADDRESSES
            court = Court(uow, version, settings, window_of(points, settings.terminal_reach_m) if local else None)
        uow.tell("Judging addresses", judged, touched.num_rows)
        found = court.judge(points)
        judged += len(points)
        changed += verdicts.write(uow, verdicts.verdict_table(points.address_id, found), version, batch_id)
        flags.replace_on(uow, points, found, court, settings)
        holds.replace_on(uow, points, version)
    counts = verdicts.flip_counts(uow, batch_id)
    if changed:
        uow.emit(ServiceabilityChanged(cause, plan_version=version, batch_id=batch_id, counts=counts))
    return Flips(batch_id, judged, changed, counts)
