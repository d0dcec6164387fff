"""An order as it is told: itself, its prerequisites, its port and its history, without who it is of."""

from __future__ import annotations

from typing import Any

import orjson

from fibermap.order.account import account_number_of
from fibermap.order.history import changes_of
from fibermap.order.order_store import find_order, judge_order
from fibermap.order.paying import payment_json
from fibermap.order.ports import place_in_line, port_of
from fibermap.order.prerequisites import STANDING, Prerequisites
from fibermap.store import UnitOfWork

_SHOWN = ("order_id", "kind", "state", "held_from", "held_why", "address_id", "contact_id", "offer_id", "technology",
          "lead_id", "commitment_id", "previous_order_id", "channel", "rep", "deposit_id", "release_on", "placed_at",
          "changed_at", "price_agreed_at")  # fmt: skip


def order_json(uow: UnitOfWork, order_id: int, prerequisites: Prerequisites = STANDING) -> dict[str, Any]:
    """Return an order with its account, price, port, place in line, prerequisites and timeline.

    Raises
    ------
    NotFound
        ``order_not_found``.
    """
    order = find_order(uow, order_id)
    port = port_of(uow, order_id)
    judged = judge_order(uow, order_id, prerequisites) if order.is_live else ()
    return {
        **{name: getattr(order, name) for name in _SHOWN},
        "account_number": account_number_of(uow, order.contact_id),
        "price": orjson.loads(order.price),
        "payment": payment_json(uow, order.deposit_id),
        "has_payment_method": order.payment_method is not None,
        "port": None if port is None else {"terminal_id": port.terminal_id, "port": port.port},
        "place_in_line": place_in_line(uow, order_id),
        "prerequisites": [each.as_json() for each in judged],
        "timeline": changes_of(uow, "order", order_id),
    }
