"""A refund: a deposit on its way back, how far it came, and its rows in the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from fibermap.kernel.errors import Code, InputRefused, NotFound
from fibermap.kernel.ids import stable_id
from fibermap.money.amount import Money
from fibermap.store import Executor, UnitOfWork

MOST_OPEN = 1_000


class RefundState(StrEnum):
    """How far a refund came."""

    INTENDED = "intended"
    CALLING = "calling"
    UNKNOWN = "unknown"
    """The call broke off; it is looked up."""
    PENDING = "pending"
    """The gateway has it; a webhook or a look-up says how it ended."""
    PAID = "paid"
    """Back on the card."""
    MANUAL = "manual"
    """It cannot go back to the card: it waits for a person, see the worklist."""
    CLOSED = "closed"
    """A person paid it back, and said how."""


STEPS: Mapping[RefundState, frozenset[RefundState]] = {
    RefundState.INTENDED: frozenset({RefundState.CALLING, RefundState.PENDING, RefundState.PAID, RefundState.MANUAL}),
    RefundState.CALLING: frozenset(RefundState) - {RefundState.CLOSED},
    RefundState.UNKNOWN: frozenset({RefundState.CALLING, RefundState.PENDING, RefundState.PAID, RefundState.MANUAL}),
    RefundState.PENDING: frozenset({RefundState.CALLING, RefundState.PAID, RefundState.MANUAL}),
    RefundState.PAID: frozenset({RefundState.MANUAL}),  # the bank sent it back days later
    RefundState.MANUAL: frozenset({RefundState.CLOSED}),
    RefundState.CLOSED: frozenset(),
}
"""Which state may follow which. A failure is final and comes last, so that an older word never overwrites a newer."""


class PaidBy(StrEnum):
    """How a person paid a refund back."""

    CHEQUE = "cheque"
    BANK_TRANSFER = "bank_transfer"
    CASH = "cash"
    OTHER = "other"


def read_paid_by(text: str) -> PaidBy:
    """Read how a refund was paid back; raises ``InputRefused`` (``argument_invalid``)."""
    try:
        return PaidBy(text)
    except ValueError as error:
        message = "There is no such way to pay back."
        raise InputRefused(Code.ARGUMENT_INVALID, message, hint=f"There are: {', '.join(PaidBy)}.") from error


@dataclass(frozen=True, slots=True)
class Refund:
    """A refund as it stands.

    Attributes
    ----------
    charge_id
        The gateway's id of the payment that goes back.
    gateway_id, failure
        The gateway's id of the refund, and its word for why it failed: ``expired_or_canceled_card``.
    """

    refund_id: int
    deposit_id: int
    idempotency_key: str
    gateway: str
    money: Money
    state: RefundState
    gateway_id: str | None
    failure: str | None
    reason: str
    author: str
    intended_at: datetime
    changed_at: datetime
    charge_id: str

    @property
    def reference(self) -> str:
        """What the ledger calls it."""
        return f"refund:{self.refund_id}"

    def may_become(self, state: RefundState) -> bool:
        """Tell whether a state may follow the present one."""
        return state in STEPS[self.state]


def insert_refund(uow: UnitOfWork, deposit_id: int, money: Money, gateway: str, reason: str, author: str) -> int:
    """Write an intended refund and return its id, which follows from the deposit."""
    refund_id = stable_id("refund", deposit_id)
    row = [refund_id, deposit_id, f"refund:{refund_id}", gateway, money.currency, money.amount, reason, author,
           uow.at_utc, uow.at_utc]  # fmt: skip
    uow.sql.execute("refund.insert", _INSERT, row)
    return refund_id


def refund_of(sql: Executor, refund_id: int) -> Refund:
    """Return a refund; raises ``NotFound`` (``refund_not_found``)."""
    return _one(sql.records("refund.get", f"{_SELECT} WHERE r.refund_id = ?", [refund_id]), refund_id)


def refund_by_key(sql: Executor, key: str) -> Refund | None:
    """Return the refund of an idempotency key; None where there is none."""
    found = sql.records("refund.by_key", f"{_SELECT} WHERE r.idempotency_key = ?", [key])
    return _one(found, 0) if found else None


def set_refund(
    uow: UnitOfWork, refund: Refund, state: RefundState, *, gateway_id: str | None = None, failure: str | None = None
) -> Refund:
    """Write the next state of a refund and return it; the caller asked whether it may follow."""
    row = [str(state), gateway_id, failure, uow.at_utc, refund.refund_id]
    uow.sql.execute("refund.update", _UPDATE, row)
    return refund_of(uow.sql, refund.refund_id)


def close_by_hand(uow: UnitOfWork, refund: Refund, paid_by: PaidBy, note: str, author: str) -> None:
    """Write how a person paid a refund back."""
    row = [str(RefundState.CLOSED), str(paid_by), note, author, uow.at_utc, refund.refund_id]
    uow.sql.execute("refund.close", _CLOSE, row)


def open_refunds(sql: Executor, gateway: str, stale: datetime) -> list[Refund]:
    """Return what is not known to have ended, the oldest first; calls only that began before ``stale``."""
    rows = sql.records("refund.open", f"{_SELECT} {_OPEN}", {"gateway": gateway, "stale": stale})
    return [_one([row], 0) for row in rows]


def _one(found: list[dict[str, Any]], refund_id: int) -> Refund:
    if not found:
        raise NotFound(Code.REFUND_NOT_FOUND, "There is no such refund.", refund_id=refund_id)
    said = dict(found[0])
    money = Money(int(said.pop("amount")), said.pop("currency"))
    return Refund(money=money, state=RefundState(said.pop("state")), **said)


_SELECT = """
    SELECT r.refund_id, r.deposit_id, r.idempotency_key, r.gateway, r.currency, r.amount, r.state, r.gateway_id,
           r.failure, r.reason, r.author, r.intended_at, r.changed_at, coalesce(p.gateway_id, '') AS charge_id
    FROM refund r LEFT JOIN payment p ON p.payment_id = r.deposit_id
"""
_INSERT = """
    INSERT INTO refund (refund_id, deposit_id, idempotency_key, gateway, currency, amount, state, reason, author,
                        intended_at, changed_at)
    VALUES (?, ?, ?, ?, ?, ?, 'intended', ?, ?, ?, ?)
"""
_UPDATE = """
    UPDATE refund SET state = ?, gateway_id = coalesce(?, gateway_id), failure = ?, changed_at = ? WHERE refund_id = ?
"""
_CLOSE = "UPDATE refund SET state = ?, paid_by = ?, note = ?, closed_by = ?, changed_at = ? WHERE refund_id = ?"
_OPEN = f"""
    WHERE r.gateway = $gateway AND r.state IN ('intended', 'calling', 'unknown', 'pending')
      AND (r.state <> 'calling' OR r.changed_at < $stale)
    ORDER BY r.refund_id LIMIT {MOST_OPEN}
"""
