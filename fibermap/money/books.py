"""The ledger as it is read: balances, lines, one hash over everything, and whether the books are sound."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from fibermap.money.accounts import Account
from fibermap.money.amount import Money
from fibermap.store import Check, Executor, Problem, Store, UnitOfWork, reference_check

MOST_LINES = 1_000_000

_BALANCES = """
    SELECT account, a.kind, a.name, e.currency,
           sum(CASE WHEN a.kind IN ('asset', 'expense') THEN e.amount ELSE -e.amount END)::BIGINT AS amount,
           count(*) AS entries
    FROM ledger_account a JOIN ledger_entry e USING (account)
    WHERE $party IS NULL OR e.party = $party
    GROUP BY ALL ORDER BY account, currency
"""
_BALANCE = """
    SELECT coalesce(sum(amount), 0)::BIGINT FROM ledger_balance
    WHERE account = $account AND currency = $currency
      AND ($party IS NULL OR party = $party) AND ($reference IS NULL OR reference = $reference)
"""
_LINES = """
    SELECT t.transaction_id, t.posted_at, t.source, t.cause, t.reverses, e.account, e.party, e.reference, e.currency,
           CASE WHEN e.amount > 0 THEN e.amount END AS debit, CASE WHEN e.amount < 0 THEN -e.amount END AS credit
    FROM ledger_transaction t JOIN ledger_entry e USING (transaction_id)
    WHERE ($party IS NULL OR e.party = $party) AND ($account IS NULL OR e.account = $account)
      AND ($before IS NULL OR t.transaction_id < $before)
    ORDER BY t.transaction_id DESC, e.amount DESC, e.account, e.party LIMIT $limit
"""
_HASH = """
    WITH line AS (
        SELECT concat_ws(chr(31), t.source, coalesce(r.source, ''), e.account, e.party, e.reference, e.currency,
                         e.amount) AS said
        FROM ledger_transaction t
        JOIN ledger_entry e USING (transaction_id)
        LEFT JOIN ledger_transaction r ON r.transaction_id = t.reverses
    )
    SELECT sha256(coalesce(string_agg(said, chr(30) ORDER BY said), '')) FROM line
"""


def balances(uow: UnitOfWork, party: str | None = None) -> list[dict[str, Any]]:
    """Return what each account holds, of one party or of all: ``account, kind, name, currency, amount, entries``.

    Amounts are minor units in the account's own direction: what is owed to customers stands positive in a liability.
    """
    return uow.sql.records("ledger.balances", _BALANCES, {"party": party})


def balance(
    sql: Executor, account: Account, currency: str, *, party: str | None = None, reference: str | None = None
) -> Money:
    """Return what an account holds, in its own direction, of a party and about a thing where they are given."""
    given = {"account": str(account), "currency": currency, "party": party, "reference": reference}
    return Money(int(sql.value("ledger.balance", _BALANCE, given)), currency)


def ledger_lines(
    uow: UnitOfWork,
    *,
    party: str | None = None,
    account: str | None = None,
    before: int | None = None,
    limit: int = MOST_LINES,
) -> pa.Table:
    """Return entries with their transactions, the newest first; ``before`` is a transaction id, for the next page."""
    given = {"party": party, "account": account, "before": before, "limit": min(limit, MOST_LINES)}
    return uow.sql.arrow("ledger.lines", _LINES, given)


def ledger_hash(uow: UnitOfWork) -> str:
    """Return SHA-256 over what every entry says, whatever the order, ids and times at which they were written.

    Two databases with equal hashes hold the same money for the same reasons.
    """
    return str(uow.sql.value("ledger.hash", _HASH))


def money_checks() -> tuple[Check, ...]:
    """Return what the doctor asks of the books."""
    return (
        Check("ledger_balanced", _unbalanced),
        Check("ledger_deposits", _deposits_against_ledger),
        reference_check("ledger_entry_of", "ledger_entry", "transaction_id", "ledger_transaction", "transaction_id"),
        reference_check("ledger_account_of", "ledger_entry", "account", "ledger_account", "account"),
        reference_check("ledger_reverses", "ledger_transaction", "reverses", "ledger_transaction", "transaction_id"),
        reference_check("deposit_payment", "deposit", "deposit_id", "payment", "payment_id"),
        reference_check("payment_page_payment", "payment_page", "payment_id", "payment", "payment_id"),
        reference_check("refund_deposit", "refund", "deposit_id", "deposit", "deposit_id"),
    )


_UNBALANCED = """
    SELECT source FROM ledger_transaction t LEFT JOIN ledger_entry e USING (transaction_id)
    GROUP BY source, currency HAVING coalesce(sum(amount), 1) <> 0 ORDER BY source
"""
_DEPOSITS = """
    WITH held AS (
        SELECT reference, sum(amount) AS amount FROM ledger_balance
        WHERE account = 'customer_deposits' GROUP BY reference
    )
    SELECT coalesce(held.reference, 'deposit:' || d.deposit_id)
    FROM held FULL JOIN deposit d ON held.reference = 'deposit:' || d.deposit_id
    WHERE coalesce(held.amount, 0) <> CASE WHEN d.state = 'held' THEN d.amount ELSE 0 END
    ORDER BY ALL
"""


def _unbalanced(store: Store) -> list[Problem]:
    found = [source for (source,) in store.sql.rows("doctor_ledger_balanced", _UNBALANCED)]
    return _problem("ledger_balanced", "Transactions of the ledger do not sum to zero.", found)


def _deposits_against_ledger(store: Store) -> list[Problem]:
    found = [reference for (reference,) in store.sql.rows("doctor_ledger_deposits", _DEPOSITS)]
    return _problem("ledger_deposits", "Deposits and the ledger disagree on what is held.", found)


def _problem(check: str, message: str, found: list[str]) -> list[Problem]:
    if not found:
        return []
    hint = "Restore a backup from before, or report it: no command of fibermap leaves such rows."
    return [Problem(check, "error", message, count=len(found), sample=found[:5], hint=hint)]
