"""What those who sell do with orders: placed, looked at, held, released, cancelled, carried out."""

from __future__ import annotations

from abc import ABC
from collections.abc import Callable
from typing import Any, TypeVar

import pyarrow as pa

from fibermap.money.gateway import refuse_unless_token
from fibermap.order import order_commands as commands
from fibermap.order.fallout import fallout
from fibermap.order.order import Order
from fibermap.order.order_json import order_json
from fibermap.order.order_store import OrderFilter, list_orders
from fibermap.results import Result, to_json
from fibermap.store import Store, UnitOfWork

T = TypeVar("T")
_ID, _TEXT, _AT = pa.int64(), pa.string(), pa.timestamp("us", "UTC")
_LISTED = pa.schema(
    [
        ("order_id", _ID), ("kind", _TEXT), ("state", _TEXT), ("held_from", _TEXT), ("held_why", _TEXT),
        ("address_id", _ID), ("full_address", _TEXT), ("offer_id", _ID), ("technology", _TEXT), ("channel", _TEXT),
        ("rep", _TEXT), ("lead_id", _ID), ("commitment_id", _ID), ("previous_order_id", _ID),
        ("release_on", pa.date32()), ("terminal_id", _ID), ("port", pa.int32()), ("waits_for_port", pa.bool_()),
        ("placed_at", _AT), ("changed_at", _AT),
    ]
)  # fmt: skip
_FALLOUT = pa.schema(
    [
        ("kind", _TEXT), ("order_id", _ID), ("address_id", _ID), ("state", _TEXT), ("since", _AT), ("why", _TEXT),
        ("next_step", _TEXT),
    ]
)  # fmt: skip


class OrderDecisions(ABC):
    """The part of :class:`fibermap.plan.Plan` that speaks of orders."""

    store: Store

    @property
    def orders(self) -> Orders:
        """Product orders, with their ports, prerequisites and history."""
        return Orders(self)


class Orders:
    """The verbs of orders: ``fm.orders.place(...)``."""

    def __init__(self, plan: OrderDecisions) -> None:
        self._store = plan.store

    def get(self, order_id: int) -> dict[str, Any]:
        """Return an order with its price, port, prerequisites and history; raises ``NotFound``."""
        told: dict[str, Any] = to_json(self._store.preview(lambda uow: order_json(uow, order_id), cause="read"))
        return told

    def list(self, state: str | None = None, *, after: int | None = None, limit: int = 1_000, **more: Any) -> Result:
        """Return orders by id, without who they are of.

        ``more`` are the other fields of :class:`fibermap.order.order_store.OrderFilter`: ``kind``, ``address_id``,
        ``channel``, ``rep``, and ``waiting`` for those that wait for a port.
        """
        wanted = OrderFilter(state, **more)
        rows = self._store.preview(lambda uow: list_orders(uow, wanted, after=after, limit=limit), cause="read")
        return Result(f"{len(rows):,} orders", pa.Table.from_pylist(rows, schema=_LISTED))

    def cancel(self, order_id: int, reason: str, author: str) -> dict[str, Any]:
        """End an order before its service begins: the next in line gets its port, the customer their deposit."""
        return self._then(order_id, lambda uow: commands.cancel_order(uow, order_id, reason, author), "cancel_order")

    def hold(self, order_id: int) -> dict[str, Any]:
        """Stop an order until it is released; its port stays with it."""
        return self._then(order_id, lambda uow: commands.hold_order(uow, order_id), "hold_order")

    def release(self, order_id: int) -> dict[str, Any]:
        """Let an order go on that a person has stopped."""
        return self._then(order_id, lambda uow: commands.release_order(uow, order_id), "release_order")

    def pay_with(self, order_id: int, payment_token: str) -> dict[str, Any]:
        """Say what an order is paid with, by the gateway's token."""
        refuse_unless_token(payment_token)
        return self._then(
            order_id, lambda uow: commands.set_payment_method(uow, order_id, payment_token), "set_payment_method"
        )

    def complete(self, order_id: int) -> dict[str, Any]:
        """Note that an order is carried out; refused while anything that it needs is open."""
        return self._then(order_id, lambda uow: commands.complete_order(uow, order_id), "complete_order")

    def fail(self, order_id: int, reason: str) -> dict[str, Any]:
        """Note that an order came to nothing on site."""
        return self._then(order_id, lambda uow: commands.fail_order(uow, order_id, reason), "fail_order")

    def end(self, order_id: int, reason: str) -> dict[str, Any]:
        """Order the end of a service that runs; completing that order frees its port."""
        ending = self._run(lambda uow: commands.end_service(uow, order_id, reason), "end_service")
        return self.get(ending.order_id)

    def set_capacity(self, technology: str, weekly: int | None, zone_id: int = 0) -> None:
        """Say how many pre-orders of a technology are released a week in a zone, 0 for everywhere else."""
        self._run(lambda uow: commands.set_capacity(uow, technology, weekly, zone_id), "set_capacity")

    def fallout(self) -> Result:
        """Return what is stuck and goes on only if somebody does something, each with what to do next."""
        rows = self._store.preview(fallout, cause="read")
        return Result(f"{len(rows):,} are stuck", pa.Table.from_pylist(rows, schema=_FALLOUT))

    def _then(self, order_id: int, work: Callable[[UnitOfWork], Order], cause: str) -> dict[str, Any]:
        self._run(work, cause)
        return self.get(order_id)

    def _run(self, work: Callable[[UnitOfWork], T], cause: str) -> T:
        return self._store.run_alone(work, cause=cause)
