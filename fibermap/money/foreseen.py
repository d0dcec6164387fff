"""What closing a refund by hand leads to, told of what its transaction has written and of nothing else."""

from __future__ import annotations

from fibermap.money.amount import Money
from fibermap.money.refund import Refund
from fibermap.store import UnitOfWork

_CLOSED = "SELECT replace(paid_by, '_', ' ') FROM refund WHERE refund_id = ? AND state = 'closed'"
_BOOKED = """
    SELECT a.name, e.currency, -e.amount FROM ledger_transaction t JOIN ledger_entry e USING (transaction_id)
    JOIN ledger_account a USING (account) WHERE t.source = ? AND e.amount < 0
"""


def told_of_closing(uow: UnitOfWork, refund: Refund) -> list[dict[str, str]]:
    """Return the consequences as ``code`` and ``text``; none of a refund that is not closed."""
    told = [
        {
            "code": "refund_closed",
            "text": f"The refund of {refund.money} counts as paid back by {paid_by}, and waits for nobody any more.",
        }
        for (paid_by,) in uow.sql.rows("refund.foreseen", _CLOSED, [refund.refund_id])
    ]
    booked = uow.sql.rows("refund.foreseen_books", _BOOKED, [f"{refund.reference}:closed"])
    return told + [
        {"code": "booked", "text": f"The books take {Money(int(amount), currency)} out of \u201c{name}\u201d."}
        for name, currency, amount in booked
    ]
