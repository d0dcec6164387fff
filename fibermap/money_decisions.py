"""What finance asks and does: balances, the ledger, refunds that wait for a person, and what is open at the gateway."""

from __future__ import annotations

from abc import ABC
from collections.abc import Callable
from functools import cached_property
from typing import TypeVar

import pyarrow as pa

from fibermap.money import refunds
from fibermap.money.books import balances, ledger_lines
from fibermap.money.desk import MoneyDesk
from fibermap.money.payments import Settled
from fibermap.money.refund import Refund, read_paid_by
from fibermap.money.settle import open_desk, settle_money
from fibermap.results import Result
from fibermap.store import Store, UnitOfWork

BALANCES = pa.schema(
    [
        ("account", pa.string()), ("kind", pa.string()), ("name", pa.string()), ("currency", pa.string()),
        ("amount", pa.int64()), ("entries", pa.int64()),
    ]
)  # fmt: skip
WAITING = pa.schema(
    [
        ("refund_id", pa.int64()), ("deposit_id", pa.int64()), ("party", pa.string()), ("currency", pa.string()),
        ("amount", pa.int64()), ("failure", pa.string()), ("reason", pa.string()), ("author", pa.string()),
        ("intended_at", pa.timestamp("us", "UTC")), ("waiting_since", pa.timestamp("us", "UTC")),
    ]
)  # fmt: skip
LINES = pa.schema(
    [
        ("transaction_id", pa.int64()), ("posted_at", pa.timestamp("us", "UTC")), ("source", pa.string()),
        ("cause", pa.string()), ("reverses", pa.int64()), ("account", pa.string()), ("party", pa.string()),
        ("reference", pa.string()), ("currency", pa.string()), ("debit", pa.int64()), ("credit", pa.int64()),
    ]
)  # fmt: skip
MOST_SHOWN = 10_000
T = TypeVar("T")


class MoneyDecisions(ABC):
    """The part of :class:`fibermap.plan.Plan` that speaks of money."""

    store: Store

    @cached_property
    def money(self) -> MoneyVerbs:
        """Balances, the ledger, deposits and refunds."""
        return MoneyVerbs(self.store)


class MoneyVerbs:
    """The verbs of money: ``fm.money.balances()``. Amounts are whole minor units: 5000 is USD 50.00."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @cached_property
    def desk(self) -> MoneyDesk:
        """What commands need that call the gateway; the gateway is that of ``FIBERMAP_PAYMENT_*``."""
        return open_desk(self._store)

    def balances(self, party: str | None = None) -> Result:
        """Return what each account holds, of one party (``lead:12``) or of all, in the account's own direction."""
        found = self._read(lambda uow: balances(uow, party))
        return Result(f"{len(found)} balances", pa.Table.from_pylist(found, schema=BALANCES))

    def ledger(self, party: str | None = None, account: str | None = None, limit: int = MOST_SHOWN) -> Result:
        """Return the lines of the ledger, the newest first: transaction, source, account, party, debit, credit."""
        table = self._read(lambda uow: ledger_lines(uow, party=party, account=account, limit=limit))
        return Result(f"{table.num_rows:,} lines of the ledger", table)

    def refunds(self) -> Result:
        """Return the refunds that cannot go back to the card and wait for a person, the longest waiting first."""
        found = self._read(refunds.refund_worklist)
        return Result(f"{len(found)} refunds wait for a person", pa.Table.from_pylist(found, schema=WAITING))

    def refund_deposit(self, deposit_id: int, reason: str, author: str) -> Refund:
        """Pay a deposit back; see :func:`fibermap.money.refunds.refund_deposit`."""
        return refunds.refund_deposit(self.desk, deposit_id, reason, author)

    def close_refund(self, refund_id: int, paid_by: str, note: str, author: str) -> Refund:
        """Say how a person paid back what the card refused: ``cheque``, ``bank_transfer``, ``cash`` or ``other``.

        Raises
        ------
        NotFound
            ``refund_not_found``.
        Conflict
            ``refund_not_waiting``.
        InputRefused
            ``argument_invalid``, ``card_number_refused``: the note.
        """
        how = read_paid_by(paid_by)
        return self._store.run(
            lambda uow: refunds.close_refund(uow, refund_id, how, note, author), cause=f"close_refund:{refund_id}"
        )

    def settle(self) -> Settled:
        """Look up what is open at the gateway and end it, as the server does every half minute."""
        return settle_money(self.desk)

    def _read(self, work: Callable[[UnitOfWork], T]) -> T:
        return self._store.preview(work, cause="read")
