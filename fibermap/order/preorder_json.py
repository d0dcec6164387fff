"""Pre-orders as JSON values: for answers of HTTP, the command line and notebooks."""

from __future__ import annotations

from typing import Any

from fibermap.order.history import changes_of
from fibermap.order.lead_json import with_contact
from fibermap.order.paying import payment_json
from fibermap.order.preorder_commands import Taken
from fibermap.order.preorder_store import find_preorder, list_preorders
from fibermap.store import UnitOfWork


def preorder_json(uow: UnitOfWork, commitment_id: int) -> dict[str, Any]:
    """Return one pre-order with its place, whom it is of, what happened to it and what they are to be told."""
    find_preorder(uow, commitment_id)
    (row,) = list_preorders(uow, after=commitment_id - 1, limit=1)
    notices = uow.sql.records(
        "preorder.notices",
        """
        SELECT notice_id, kind, state, queued_at, changed_at FROM notice
        WHERE subject = 'commitment' AND subject_id = ? ORDER BY queued_at, notice_id
        """,
        [commitment_id],
    )
    timeline = changes_of(uow, "commitment", commitment_id)
    payment = payment_json(uow, row["deposit_id"])
    return with_contact(uow, row) | {"payment": payment, "timeline": timeline, "notices": notices}


def taken_json(uow: UnitOfWork, taken: Taken) -> dict[str, Any]:
    """Return what became of a pre-order: ids, states and the price, nobody's name."""
    (row,) = list_preorders(uow, after=taken.preorder.commitment_id - 1, limit=1)
    told = ("preorder_id", "lead_id", "address_id", "full_address", "offer_id", "technology", "state", "place", "zone",
            "zone_id", "price", "deposit_id", "account_number")  # fmt: skip
    locked_until = row["price_locked_until"]
    due = taken.deposit if row["state"] == "pre-ordered" else None
    return {name: row[name] for name in told} | {
        "price_locked_until": None if locked_until is None else locked_until.isoformat(),
        "payment": payment_json(uow, row["deposit_id"]),
        "deposit_due": None if due is None else {"amount_cents": due.amount, "currency": due.currency},
    }
