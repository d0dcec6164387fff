"""What ``fibermap doctor`` asks of what was sold: references that are no foreign keys, and what must never be."""

from __future__ import annotations

from functools import partial

from fibermap.store import Check, Problem, Store, reference_check

_LIVE = "state IN ('acknowledged', 'pending', 'inProgress', 'held')"

_NEVER = {
    "order_active": (
        f"""
        SELECT a.order_id FROM active_order a LEFT JOIN customer_order o ON o.order_id = a.order_id AND {_LIVE}
        WHERE o.order_id IS NULL
        """,
        "An address is kept for an order that has ended.",
    ),
    "order_unit": (
        f"""
        SELECT order_id FROM customer_order
        WHERE {_LIVE} AND state <> 'held' AND kind <> 'cancel' AND order_id NOT IN (SELECT order_id FROM active_order)
        """,
        "An order goes forward at an address that is not kept for it.",
    ),
    "port_of_live": (
        f"""
        SELECT r.order_id FROM port_reservation r
        LEFT JOIN customer_order o ON o.order_id = r.order_id AND ({_LIVE} OR o.state IN ('completed', 'partial'))
        WHERE o.order_id IS NULL
        """,
        "A port is reserved for an order that came to nothing.",
    ),
    "waiting_of_live": (
        f"""
        SELECT w.order_id FROM waiting_list w LEFT JOIN customer_order o ON o.order_id = w.order_id AND {_LIVE}
        WHERE o.order_id IS NULL OR w.order_id IN (SELECT order_id FROM port_reservation)
        """,
        "An order waits for a port that has ended or has one.",
    ),
    "order_account": (
        """
        SELECT order_id FROM customer_order WHERE contact_id NOT IN (SELECT contact_id FROM account)
        """,
        "Whoever ordered has no account that they could be billed by.",
    ),
    "commitment_account": (
        """
        SELECT c.commitment_id FROM commitment c JOIN lead l USING (lead_id)
        WHERE c.state IN ('pre-ordered', 'committed', 'waiting')
          AND l.contact_id NOT IN (SELECT contact_id FROM account)
        """,
        "Whoever has a pre-order has no account.",
    ),
    "commitment_converted": (
        """
        SELECT c.commitment_id FROM commitment c LEFT JOIN customer_order o ON o.order_id = c.order_id
        WHERE (c.state = 'converted') <> (o.order_id IS NOT NULL)
        """,
        "A pre-order is converted without an order, or the other way round.",
    ),
}


def order_checks() -> tuple[Check, ...]:
    """Return what the doctor asks of orders."""
    never = [Check(name, partial(_never, name, statement, message)) for name, (statement, message) in _NEVER.items()]
    return (
        reference_check("order_contact", "customer_order", "contact_id", "contact", "contact_id"),
        reference_check("account_contact", "account", "contact_id", "contact", "contact_id"),
        reference_check("order_address", "customer_order", "address_id", "address_key", "address_id"),
        reference_check("order_payment", "order_payment", "order_id", "customer_order", "order_id"),
        *never,
    )


def _never(name: str, statement: str, message: str, store: Store) -> list[Problem]:
    found = [row[0] for row in store.sql.rows(f"doctor.{name}", statement)]
    if not found:
        return []
    hint = "Call `fm.deliver()`; if it stays, restore the last backup."
    return [Problem(name, "error", message, len(found), found[:5], hint)]
