"""Payments in the database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fibermap.kernel.errors import Code, NotFound
from fibermap.kernel.ids import stable_id
from fibermap.money.amount import Money
from fibermap.money.gateway import Page
from fibermap.money.payment import AtPage, Payment, PaymentState
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
"""
_INSERT_PAGE = "INSERT INTO payment_page (payment_id, return_url, expires_at) VALUES (?, ?, ?)"
_SELECT = f"""
    SELECT {_COLUMNS}, g.return_url, g.expires_at, g.page_id, g.url, g.looked_at, g.closing_at
    FROM payment LEFT JOIN payment_page g USING (payment_id)
"""
_UPDATE = """
    UPDATE payment SET state = $state, gateway_id = coalesce($gateway_id, gateway_id), failure = $failure,
        changed_at = $at
    WHERE payment_id = $payment_id
"""
_OPEN = f"""
    {_SELECT}
    WHERE gateway = $gateway AND state IN ('intended', 'calling', 'unknown')
      AND (state <> 'calling' OR changed_at < $stale)
    ORDER BY payment_id LIMIT {MOST_OPEN}
"""
_AWAITING = f"""
    {_SELECT}
    WHERE gateway = $gateway AND state = 'awaiting'
      AND (g.closing_at IS NOT NULL OR coalesce(g.looked_at, changed_at) < $looked_before)
    ORDER BY g.closing_at IS NULL, coalesce(g.looked_at, changed_at), payment_id LIMIT {MOST_OPEN}
"""


def insert_payment(uow: UnitOfWork, given: Mapping[str, Any], page: AtPage | None = None) -> Payment:
    """Write an intended payment: ``key, purpose, party, currency, amount, token, gateway``, and the page that it needs.

    Its id follows from the key, so that a run that was killed and begun again leaves the same rows.
    """
    values = {**given, "payment_id": stable_id("payment", given["key"]), "at": uow.at_utc}
    with first_come():
        uow.sql.execute("payment.insert", _INSERT, values)
    if page is not None:
        uow.sql.execute("payment.page", _INSERT_PAGE, [values["payment_id"], page.return_url, page.expires_at])
    return payment_of(uow.sql, values["payment_id"])


def set_payment(
    uow: UnitOfWork, payment: Payment, state: PaymentState, *, gateway_id: str | None = None, failure: str | None = None
) -> Payment:
    """Write the next state of a payment and return it; the caller asked whether it may follow."""
    given = {"payment_id": payment.payment_id, "state": str(state), "gateway_id": gateway_id, "failure": failure,
             "at": uow.at_utc}  # fmt: skip
    uow.sql.execute("payment.update", _UPDATE, given)
    return payment_of(uow.sql, payment.payment_id)


def note_page(uow: UnitOfWork, payment_id: int, page: Page) -> None:
    """Write where the page of a payment is."""
    given = [page.page_id, page.url, page.expires_at, payment_id]
    statement = "UPDATE payment_page SET page_id = ?, url = ?, expires_at = ? WHERE payment_id = ?"
    uow.sql.execute("payment.page_opened", statement, given)


def note_look(uow: UnitOfWork, payment_id: int) -> None:
    """Write that the gateway was asked for the page of a payment."""
    given = [uow.at_utc, payment_id]
    uow.sql.execute("payment.page_looked", "UPDATE payment_page SET looked_at = ? WHERE payment_id = ?", given)


def note_closing(uow: UnitOfWork, payment_id: int) -> None:
    """Write that nobody is to pay at the page of a payment any more."""
    statement = "UPDATE payment_page SET closing_at = coalesce(closing_at, ?) WHERE payment_id = ?"
    uow.sql.execute("payment.page_closing", statement, [uow.at_utc, payment_id])


def payment_of(sql: Executor, payment_id: int) -> Payment:
    """Return a payment; raises ``NotFound`` (``payment_not_found``)."""
    found = sql.records("payment.get", f"{_SELECT} WHERE payment_id = ?", [payment_id])
    if not found:
        raise NotFound(Code.PAYMENT_NOT_FOUND, "There is no such payment.", payment_id=payment_id)
    return _payment(found[0])


def payment_by_key(sql: Executor, key: str) -> Payment | None:
    """Return the payment of an idempotency key; None where there is none."""
    found = sql.records("payment.by_key", f"{_SELECT} WHERE idempotency_key = ?", [key])
    return _payment(found[0]) if found else None


def open_payments(sql: Executor, gateway: str, stale: datetime) -> list[Payment]:
    """Return what is not known to have ended, the oldest first; calls only that began before ``stale``."""
    return [_payment(row) for row in sql.records("payment.open", _OPEN, {"gateway": gateway, "stale": stale})]


def awaiting_payments(sql: Executor, gateway: str, looked_before: datetime) -> list[Payment]:
    """Return payments whose page is open and was not looked at for a while; first those that are to be closed."""
    given = {"gateway": gateway, "looked_before": looked_before}
    return [_payment(row) for row in sql.records("payment.awaiting", _AWAITING, given)]


def _payment(row: Mapping[str, Any]) -> Payment:
    said = dict(row)
    at_page = {name: said.pop(name) for name in _PAGE}
    page = None if at_page["return_url"] is None else AtPage(**at_page)
    money = Money(int(said.pop("amount")), said.pop("currency"))
    return Payment(money=money, state=PaymentState(said.pop("state")), page=page, **said)


_PAGE = ("return_url", "expires_at", "page_id", "url", "looked_at", "closing_at")
