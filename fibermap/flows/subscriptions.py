"""Every subscriber of the house: its name, which never changes, what it hears, and what it does then."""

from __future__ import annotations

from collections.abc import Sequence

from fibermap.kernel.events import AddressesMerged, DepositTaken, LeadsConverted, PlanPromoted, ServiceabilityChanged
from fibermap.order.conversion import Batch, convert
from fibermap.order.merged_addresses import follow_addresses
from fibermap.order.notices import queue_notices
from fibermap.order.preorder_commands import note_deposit
from fibermap.order.slip import recall_undone, slip_preorders
from fibermap.store import Outbox, StoredEvent, UnitOfWork
from fibermap.store.recall import Timing

CONVERSION = "order.conversion"
NOTICES = "order.notices"
HOUSEHOLDS = "order.households"
SLIPS = "order.slips"
SLIP_NOTICES = "order.slip_notices"
DEPOSITS = "order.deposits"


def subscribe_all(outbox: Outbox) -> None:
    """Subscribe everything that reacts to something; at every start, since handlers live in a process."""
    outbox.subscribe(CONVERSION, (ServiceabilityChanged, PlanPromoted, AddressesMerged), convert_leads)
    outbox.subscribe(NOTICES, (LeadsConverted,), queue_order_notices, timing=Timing.AFTER_RECALL)
    outbox.subscribe(HOUSEHOLDS, (AddressesMerged, PlanPromoted), follow_households)
    outbox.subscribe(SLIPS, (PlanPromoted,), follow_slips)
    outbox.subscribe(SLIP_NOTICES, (PlanPromoted,), queue_slip_notices, timing=Timing.AFTER_RECALL)
    outbox.subscribe(DEPOSITS, (DepositTaken,), commit_paid)


def convert_leads(uow: UnitOfWork, events: Sequence[StoredEvent]) -> None:
    """Bring what was sold in line with the plan, once for all that has happened to it."""
    changed = [event.payload["batch_id"] for event in events if event.type == ServiceabilityChanged.type]
    version = max(event.plan_version or 0 for event in events)
    convert(uow, Batch(version, changed[-1] if changed else None))


def queue_order_notices(uow: UnitOfWork, events: Sequence[StoredEvent]) -> None:
    """Let notices of new orders leave: nobody has taken the plan version back within its recall window."""
    queue_notices(uow, _versions(events))


def follow_households(uow: UnitOfWork, events: Sequence[StoredEvent]) -> None:
    """Let households follow their addresses: of two leads that come together one stays, and both once they part.

    A pre-order that stands again may be due by then.
    """
    if follow_addresses(uow).split:
        convert(uow, Batch(max(event.plan_version or 0 for event in events)))


def follow_slips(uow: UnitOfWork, events: Sequence[StoredEvent]) -> None:
    """Lock the prices of pre-orders longer where their dates slipped, and call off what an undo makes untrue."""
    for version in _versions(events):
        slip_preorders(uow, version)
        recall_undone(uow, version)


def queue_slip_notices(uow: UnitOfWork, events: Sequence[StoredEvent]) -> None:
    """Let notices of dates that slipped leave: nobody has taken the plan version back within its recall window."""
    versions = _versions(events)
    for version in versions:
        slip_preorders(uow, version)  # where nothing is waited for, nobody says who hears of it first
    queue_notices(uow, versions)


def commit_paid(uow: UnitOfWork, events: Sequence[StoredEvent]) -> None:
    """Give pre-orders their place in the queue once their deposit is there."""
    for event in events:
        note_deposit(uow, event.payload["deposit_id"])


def _versions(events: Sequence[StoredEvent]) -> list[int]:
    return [event.plan_version for event in events if event.plan_version is not None]
