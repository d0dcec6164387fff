"""Every subscriber of the house: its name, which never changes, what it hears, and what it does then."""

from __future__ import annotations

from collections.abc import Sequence

from fibermap.kernel.events import AddressesMerged, LeadsConverted, PlanPromoted, ServiceabilityChanged
from fibermap.order.conversion import Batch, convert
from fibermap.order.notices import queue_notices
from fibermap.store import Outbox, StoredEvent, UnitOfWork
from fibermap.store.recall import Timing

CONVERSION = "order.conversion"
NOTICES = "order.notices"


def subscribe_all(outbox: Outbox) -> None:
    """Subscribe everything that reacts to something; at every start, since handlers live in a process."""
    outbox.subscribe(CONVERSION, (ServiceabilityChanged, PlanPromoted, AddressesMerged), convert_leads)
    outbox.subscribe(NOTICES, (LeadsConverted,), queue_order_notices, timing=Timing.AFTER_RECALL)


def convert_leads(uow: UnitOfWork, events: Sequence[StoredEvent]) -> None:
    """Bring what was sold in line with the plan, once for all that has happened to it."""
    changed = [event.payload["batch_id"] for event in events if event.type == ServiceabilityChanged.type]
    version = max(event.plan_version or 0 for event in events)
    convert(uow, Batch(version, changed[-1] if changed else None))


def queue_order_notices(uow: UnitOfWork, events: Sequence[StoredEvent]) -> None:
    """Let notices of new orders leave: nobody has taken the plan version back within its recall window."""
    queue_notices(uow, [event.plan_version for event in events if event.plan_version is not None])
