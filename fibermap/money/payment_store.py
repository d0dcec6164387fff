"""Payments in the database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fibermap.kernel.errors import Code, NotFound
from fibermap.kernel.ids import stable_id
from fibermap.money.amount import Money
from fibermap.money.payment import Payment, PaymentState
from fibermap.store import Executor, UnitOfWork, first_come

MOST_OPEN = 1_000

_COLUMNS = """
    payment_id, idempotency_key, purpose, party, currency, amount, token, gateway, state, gateway_id, failure,
    intended_at, changed_at
"""
_INSERT = f"""
    INSERT INTO payment ({_COLUMNS})
    VALUES ($payment_id, $key, $purpose, $party, $currency, $amount, $token, $gateway,
            'intended', NULL, NULL, $at, $at)
    RETURNING {_COLUMNS}
"""
_UPDATE = """
    UPDATE payment SET state = $state, gateway_id = coalesce($gateway_id, gateway_id), failure = $failure,
        changed_at = $at
    WHERE payment_id = $payment_id
"""
_OPEN = f"""
    SELECT {_COLUMNS} FROM payment
    WHERE gateway = $gateway AND state IN ('intended', 'calling', 'unknown')
      AND (state <> 'calling' OR changed_at < $stale)
    ORDER BY payment_id LIMIT {MOST_OPEN}
"""


def insert_payment(uow: UnitOfWork, given: Mapping[str, Any]) -> Payment:
    """Write an intended payment: ``key, purpose, party, currency, amount, token, gateway``.

    Its id follows from the key, so that a run that was killed and begun again leaves the same rows.
    """
    values = {**given, "payment_id": stable_id("payment", given["key"]), "at": uow.at_utc}
    with first_come():
        row = uow.sql.records("payment.insert", _INSERT, values)
    return _payment(row[0])


def set_payment(
    uow: UnitOfWork, payment: Payment, state: PaymentState, *, gateway_id: str | None = None, failure: str | None = None
) -> Payment:
    """Write the next state of a payment and return it; the caller asked whether it may follow."""
    given = {"payment_id": payment.payment_id, "state": str(state), "gateway_id": gateway_id, "failure": failure,
             "at": uow.at_utc}  # fmt: skip
    uow.sql.execute("payment.update", _UPDATE, given)
    return payment_of(uow.sql, payment.payment_id)


def payment_of(sql: Executor, payment_id: int) -> Payment:
    """Return a payment; raises ``NotFound`` (``payment_not_found``)."""
    found = sql.records("payment.get", f"SELECT {_COLUMNS} FROM payment WHERE payment_id = ?", [payment_id])
    if not found:
        raise NotFound(Code.PAYMENT_NOT_FOUND, "There is no such payment.", payment_id=payment_id)
    return _payment(found[0])


def payment_by_key(sql: Executor, key: str) -> Payment | None:
    """Return the payment of an idempotency key; None where there is none."""
    found = sql.records("payment.by_key", f"SELECT {_COLUMNS} FROM payment WHERE idempotency_key = ?", [key])
    return _payment(found[0]) if found else None


def open_payments(sql: Executor, gateway: str, stale: datetime) -> list[Payment]:
    """Return what is not known to have ended, the oldest first; calls only that began before ``stale``."""
    return [_payment(row) for row in sql.records("payment.open", _OPEN, {"gateway": gateway, "stale": stale})]


def _payment(row: Mapping[str, Any]) -> Payment:
    said = dict(row)
    money = Money(int(said.pop("amount")), said.pop("currency"))
    return Payment(money=money, state=PaymentState(said.pop("state")), **said)
