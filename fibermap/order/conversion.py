"""Go-live: commitments become orders the moment that their technology is built at their address, exactly once.

It does not ask what an event says but what is true now, of every commitment and every live order: events may come
late, together, twice or in vain, and what comes of it is the same. An order's id follows from its commitment's, so that
none can be made twice. What a change of the plan takes back holds the orders that rest on it; what restores it lets
them go on.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from fibermap.kernel.events import LeadsConverted, OrderHeld
from fibermap.kernel.ids import stable_id
from fibermap.money.deposits import apply_deposits
from fibermap.order import conversion_writing as writing
from fibermap.order.ports import assign_ports, refill
from fibermap.order.waves import plan_waves, week_of
from fibermap.store import UnitOfWork
from fibermap.store.executor import named_sql


@dataclass(frozen=True, slots=True)
class Batch:
    """What set it off: the last plan version that was heard of, and its change set, None where it has none."""

    plan_version: int
    batch_id: int | None = None

    @property
    def cause(self) -> str:
        """What the history of an order says."""
        return f"plan:{self.plan_version}" if self.batch_id is None else f"go-live:{self.batch_id}"


@dataclass(frozen=True, slots=True)
class Converted:
    """What a conversion did, in orders."""

    placed: int = 0
    waiting: int = 0
    held: int = 0
    resumed: int = 0
    served: int = 0
    """Those that waited for a port and now have one."""


def convert(uow: UnitOfWork, batch: Batch) -> Converted:
    """Bring orders and commitments in line with what is true now, in one transaction."""
    if not writing.any_sale(uow):
        return Converted()
    writing.follow_merges(uow)
    held = writing.hold_orders(uow, batch.plan_version, batch.cause)
    resumed = writing.resume_orders(uow, batch.plan_version, batch.cause)
    served = refill(uow)
    due = uow.sql.arrow("conversion.due", named_sql("fibermap.order", "conversion_due"))
    waiting = _place(uow, due, batch) if due.num_rows else 0
    if due.num_rows:
        uow.emit(LeadsConverted(batch.cause, batch.plan_version, batch.batch_id or 0, due.num_rows, waiting))
    if held:
        uow.emit(OrderHeld(batch.cause, batch.plan_version, sum(held.values()), held))
    return Converted(due.num_rows, waiting, sum(held.values()), resumed, len(served))


def _place(uow: UnitOfWork, due: pa.Table, batch: Batch) -> int:
    """Write an order for each commitment that is due; return how many of them wait for a port."""
    uow.tell("Placing orders", 0, due.num_rows)
    commitments = due["commitment_id"].to_pylist()
    order_ids = pa.array([stable_id("order", each) for each in commitments], pa.int64())
    due = due.append_column("order_id", order_ids)
    waits = _without_port(uow, due)
    due = due.append_column("waits", pa.array(waits))
    due = due.append_column("release_on", pa.array(_waves(uow, due, waits), pa.date32()))
    notices = pa.array([stable_id("notice", "order_placed", each) for each in order_ids.to_pylist()], pa.int64())
    writing.write_orders(uow, due.append_column("notice_id", notices), batch.plan_version, batch.cause)
    paid = due.filter(pc.is_valid(due["deposit_id"]))
    if paid.num_rows:
        apply_deposits(uow, "SELECT deposit_id, 'order:' || order_id AS party FROM paid", paid=paid)
    return int(waits.sum())


def _without_port(uow: UnitOfWork, due: pa.Table) -> npt.NDArray[np.bool_]:
    """Reserve what ports there are, first come first served; return who gets none though ports are recorded."""
    recorded = due["ports_recorded"].to_numpy(zero_copy_only=False)
    wanted = pa.table(
        {"order_id": due["order_id"], "terminal_id": due["terminal_id"], "place": np.arange(due.num_rows)}
    ).filter(pa.array(recorded))
    if not wanted.num_rows:
        return np.zeros(due.num_rows, np.bool_)
    given = assign_ports(uow, wanted)["order_id"]
    served = np.isin(due["order_id"].to_numpy(), given.to_numpy())
    waits: npt.NDArray[np.bool_] = recorded & ~served
    return waits


def _waves(uow: UnitOfWork, due: pa.Table, waits: npt.NDArray[np.bool_]) -> list[date | None]:
    """Return when each is released; None for those that wait for a port: they are released once they have one."""
    today = uow.at_utc.date()
    queues: dict[tuple[str, int, int | None], list[int]] = defaultdict(list)
    scopes = zip(due["technology"].to_pylist(), due["zone_id"].to_pylist(), due["weekly"].to_pylist(), strict=True)
    for place, scope in enumerate(scopes):
        if not waits[place]:
            queues[scope].append(place)
    opens_on = due["opens_on"].to_pylist()
    booked = _booked(uow, today) if any(weekly is not None for _, _, weekly in queues) else {}
    released: list[date | None] = [None] * due.num_rows
    for (technology, zone_id, weekly), places in queues.items():
        earliest = [max(opens_on[place] or today, today) for place in places]
        days = plan_waves(earliest, booked.get((technology, zone_id), {}), weekly)
        for place, day in zip(places, days, strict=True):
            released[place] = day
    return released


def _booked(uow: UnitOfWork, today: date) -> dict[tuple[str, int], dict[date, int]]:
    rows = uow.sql.rows("conversion.booked", named_sql("fibermap.order", "conversion_booked"), {"week": week_of(today)})
    booked: dict[tuple[str, int], dict[date, int]] = defaultdict(dict)
    for technology, zone_id, week, orders in rows:
        booked[technology, zone_id][week] = orders
    return booked
