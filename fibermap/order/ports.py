"""Ports of terminals: one port, one order, and a waiting list where there are none left.

How many are free says the view ``terminal_ports``: what the terminal's source says carries nobody, less every port
that is reserved and not installed, and every one that was installed after the source said so. A refreshed source that
has seen an installed customer is therefore not counted twice, and one that has not seen a reservation does not forget
it. Where a source has never said how many ports there are, none are reserved and nobody waits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from fibermap.store import UnitOfWork
from fibermap.store.executor import named_sql
from fibermap.store.racing import first_come

_NEXT = """
    SELECT w.order_id FROM waiting_list w JOIN customer_order o USING (order_id)
    WHERE w.terminal_id = $terminal AND o.state IN ('acknowledged', 'pending') ORDER BY w.since, w.order_id LIMIT 1
"""
_LEFT = "SELECT said_free - promised FROM terminal_ports WHERE terminal_id = ?"
_LOWEST = """
    WITH used AS (SELECT port FROM port_reservation WHERE terminal_id = $terminal)
    SELECT min(port) FROM (SELECT unnest(range(1, (SELECT count(*) FROM used) + 2)) AS port)
    WHERE port NOT IN (SELECT port FROM used)
"""
_WAITING = """
    SELECT w.order_id, w.terminal_id, row_number() OVER (ORDER BY w.since, w.order_id) AS place
    FROM waiting_list w JOIN customer_order o USING (order_id)
    WHERE o.state IN ('acknowledged', 'pending')
      AND w.terminal_id IN (SELECT terminal_id FROM terminal_ports WHERE free > 0)
"""
_UNSERVED = """
    INSERT INTO waiting_list
    SELECT o.order_id, p.terminal_id, coalesce(c.committed_at, o.placed_at)
    FROM sale_ground g JOIN customer_order o ON o.order_id = g.id JOIN terminal_ports p ON p.terminal_id = g.terminal_id
    LEFT JOIN commitment c ON c.commitment_id = o.commitment_id
    WHERE g.subject = 'order' AND o.state IN ('acknowledged', 'pending') AND o.kind NOT IN ('change', 'cancel')
      AND o.order_id NOT IN (SELECT order_id FROM port_reservation)
      AND o.order_id NOT IN (SELECT order_id FROM waiting_list)
"""
_PLACE = """
    SELECT count(*) FROM waiting_list w JOIN waiting_list me ON me.terminal_id = w.terminal_id
    WHERE me.order_id = $order AND (w.since, w.order_id) <= (me.since, me.order_id)
"""


@dataclass(frozen=True, slots=True)
class Port:
    """A port that is reserved for an order."""

    terminal_id: int
    port: int


def port_of(uow: UnitOfWork, order_id: int) -> Port | None:
    """Return the port that is reserved for an order; None where none is."""
    row = uow.sql.row("port.of", "SELECT terminal_id, port FROM port_reservation WHERE order_id = ?", [order_id])
    return None if row is None else Port(*row)


def place_in_line(uow: UnitOfWork, order_id: int) -> int | None:
    """Return the place of an order on its waiting list, 1 for the next; None where it waits for no port."""
    return uow.sql.value("port.place", _PLACE, {"order": order_id}) or None


def reserve_or_wait(uow: UnitOfWork, order_id: int, terminal_id: int | None) -> Port | None:
    """Reserve a port of a terminal, or join its waiting list; whoever waits there already comes first.

    Returns
    -------
    Port or None
        None where the order waits, or where ports are not recorded; `place_in_line` says which.
    """
    left = None if terminal_id is None else uow.sql.value("port.left", _LEFT, [terminal_id])
    if left is None:
        return None
    if left > 0 and uow.sql.value("port.next", _NEXT, {"terminal": terminal_id}) is None:
        port = Port(int(terminal_id or 0), int(uow.sql.value("port.lowest", _LOWEST, {"terminal": terminal_id})))
        with first_come():
            row = [port.terminal_id, port.port, order_id, uow.at_utc]
            uow.sql.execute("port.reserve", "INSERT INTO port_reservation VALUES (?, ?, ?, ?, NULL)", row)
        return port
    uow.sql.execute("port.wait", "INSERT INTO waiting_list VALUES (?, ?, ?)", [order_id, terminal_id, uow.at_utc])
    return None


def assign_ports(uow: UnitOfWork, wanted: pa.Table) -> pa.Table:
    """Reserve free ports for orders, any number in one go.

    Parameters
    ----------
    wanted
        ``order_id``, ``terminal_id`` and ``place``: who comes first.

    Returns
    -------
    pyarrow.Table
        ``order_id``, ``terminal_id`` and ``port`` of those for whom there was one.
    """
    given = uow.sql.arrow("port.assign", named_sql("fibermap.order", "assign_ports"), wanted=wanted)
    if given.num_rows:
        with first_come():
            uow.sql.execute(
                "port.reserve",
                "INSERT INTO port_reservation SELECT terminal_id, port, order_id, $now, NULL FROM given",
                {"now": uow.at_utc},
                given=given,
            )
    return given


def release_port(uow: UnitOfWork, order_id: int) -> int | None:
    """Give up the port or the place in line of an order; return the order that gets the port, if one waits."""
    uow.sql.execute("port.leave", "DELETE FROM waiting_list WHERE order_id = ?", [order_id])
    port = port_of(uow, order_id)
    if port is None:
        return None
    left = uow.sql.value("port.left", _LEFT, [port.terminal_id])
    heir = uow.sql.value("port.next", _NEXT, {"terminal": port.terminal_id})
    if heir is None or left is None or left < 0:  # the source says fewer than were promised: it must not be given again
        uow.sql.execute("port.free", "DELETE FROM port_reservation WHERE order_id = ?", [order_id])
        return None
    # Handed over in place: a key that is deleted cannot be inserted again in the same transaction.
    uow.sql.execute(
        "port.hand_over",
        """
        UPDATE port_reservation SET order_id = $heir, reserved_at = $now, installed_at = NULL WHERE order_id = $order
        """,
        {"heir": heir, "order": order_id, "now": uow.at_utc},
    )
    _leave_line(uow, [heir])
    return int(heir)


def refill(uow: UnitOfWork) -> list[int]:
    """Give ports that have become free to those who wait for them longest; return their orders.

    Whoever ordered before a source recorded ports there waits from the day of the order, or of its pre-order, on.
    """
    uow.sql.execute("port.unserved", _UNSERVED)
    waiting = uow.sql.arrow("port.waiting", _WAITING)
    if not waiting.num_rows:
        return []
    served: list[int] = assign_ports(uow, waiting)["order_id"].to_pylist()
    _leave_line(uow, served)
    return served


def install_port(uow: UnitOfWork, order_id: int) -> None:
    """Note that a customer is on the port of an order."""
    uow.sql.execute(
        "port.install", "UPDATE port_reservation SET installed_at = ? WHERE order_id = ?", [uow.at_utc, order_id]
    )


def keep_port(uow: UnitOfWork, before_id: int, order_id: int) -> None:
    """Let an order have the port of the one whose service it takes over."""
    uow.sql.execute("port.keep", "UPDATE port_reservation SET order_id = ? WHERE order_id = ?", [order_id, before_id])


def _leave_line(uow: UnitOfWork, order_ids: Sequence[int]) -> None:
    if not order_ids:
        return
    ids = {"ids": list(order_ids)}
    uow.sql.execute("port.served", "DELETE FROM waiting_list WHERE order_id IN (SELECT unnest($ids::BIGINT[]))", ids)
    uow.sql.execute(
        "port.served_note",
        """
        INSERT INTO sale_change
        SELECT 'order', order_id, address_id, state, state, 'port_reserved', NULL, $now, $cause FROM customer_order
        WHERE order_id IN (SELECT unnest($ids::BIGINT[])) ORDER BY order_id
        """,
        ids | {"now": uow.at_utc, "cause": uow.cause},
    )
