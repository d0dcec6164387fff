"""The ledger: transactions that sum to zero, each posted once per source, never changed, taken back by another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from fibermap.kernel.errors import Code, Conflict, InputRefused, NotFound
from fibermap.money.accounts import Account
from fibermap.money.amount import Money
from fibermap.store import Executor, UnitOfWork, first_come

LONGEST_KEY = 200
MOST_LINES = 10_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a transaction.

    Attributes
    ----------
    account
        The account.
    money
        Debits are positive, credits negative; never zero.
    party
        Whose it is, as whoever posts calls them: ``lead:12``.
    reference
        What it is about: ``deposit:12``.
    """

    account: Account
    money: Money
    party: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Posted:
    """What came of a posting: the transaction, and whether it was there before."""

    transaction_id: int
    is_new: bool


@dataclass(frozen=True, slots=True)
class PostedMany:
    """What came of a set: how many transactions are new, and what they move, in minor units by currency."""

    transactions: int
    amounts: Mapping[str, int]


def transfer(debit: Account, credit: Account, money: Money, party: str, reference: str = "") -> tuple[Entry, Entry]:
    """Return the two entries that move an amount of one party from one account to another."""
    return Entry(debit, money, party, reference), Entry(credit, -money, party, reference)


def post(uow: UnitOfWork, source: str, entries: Sequence[Entry], *, reverses: int | None = None) -> Posted:
    """Post a transaction; where its source has been posted before, change nothing.

    Parameters
    ----------
    source
        What it comes from, unique for ever: ``deposit:12:applied``.
    entries
        At least two; they sum to zero in each currency.

    Raises
    ------
    InputRefused
        ``ledger_unbalanced``: the entries do not sum to zero, or there are none.
    Conflict
        ``ledger_source_reused``: the source was posted before with other entries.
    """
    _refuse_unbalanced(entries)
    _refuse_long(source)
    there = uow.sql.value("ledger.find", "SELECT transaction_id FROM ledger_transaction WHERE source = ?", [source])
    if there is not None:
        if Counter(entries) != Counter(entries_of(uow.sql, there)):
            raise Conflict(Code.LEDGER_SOURCE_REUSED, "This was posted before, with other entries.", source=source)
        return Posted(int(there), is_new=False)
    row = [source, reverses, uow.cause, uow.at_utc]
    with first_come():
        transaction_id = int(uow.sql.value("ledger.post", _INSERT_TRANSACTION, row))
    uow.sql.execute("ledger.entries", _INSERT_ENTRIES, lines=_lines(transaction_id, entries))
    return Posted(transaction_id, is_new=True)


def post_many(uow: UnitOfWork, relation: str, params: Mapping[str, Any] | None = None, **tables: Any) -> PostedMany:
    """Post a transaction of two entries for every row of a relation, in one go; sources posted before change nothing.

    Parameters
    ----------
    relation
        A SELECT with the columns ``source, debit, credit, currency, amount, party, credit_party, reference``. The
        debit entry is the ``party``'s, the credit entry the ``credit_party``'s; ``amount`` is positive.
    params
        Its parameters, by name.
    **tables
        Arrow tables that it names, as for `fibermap.store.Executor`.

    Raises
    ------
    InputRefused
        ``ledger_unbalanced``: an amount is not positive, an account does not exist, or a source stands in it twice.

    Notes
    -----
    The relation is composed by the caller from its own constants; values go into ``params``.
    """
    uow.sql.execute("ledger.stage", _STAGE.format(relation=relation), params, **tables)
    bad = uow.sql.row("ledger.stage_check", _BAD_STAGED)
    if bad is not None:
        raise InputRefused(Code.LEDGER_UNBALANCED, "A posting is not one that balances.", source=bad[0])
    with first_come():
        uow.sql.execute("ledger.post_many", _INSERT_STAGED_TRANSACTIONS, {"cause": uow.cause, "at": uow.at_utc})
    uow.sql.execute("ledger.post_many_entries", _INSERT_STAGED_ENTRIES)
    rows = uow.sql.rows("ledger.stage_sum", _STAGED_SUMS)
    uow.sql.execute("ledger.stage_done", "DROP TABLE temp.ledger_stage")
    return PostedMany(sum(row[2] for row in rows), {row[0]: int(row[1]) for row in rows})


def reverse(uow: UnitOfWork, transaction_id: int, why: str) -> Posted:
    """Take a transaction back by one with the opposite entries; a second time changes nothing.

    Parameters
    ----------
    why
        Becomes part of the source: ``chargeback``, ``refund_failed``.

    Raises
    ------
    NotFound
        ``ledger_transaction_not_found``.
    Conflict
        ``ledger_source_reused``: it was taken back before for another reason, or is a reversal itself.
    """
    found = uow.sql.row("ledger.to_reverse", _TO_REVERSE, [transaction_id])
    if found is None:
        raise NotFound(Code.LEDGER_TRANSACTION_NOT_FOUND, "There is no such transaction.", transaction=transaction_id)
    source, is_reversal, reversed_by = found
    wanted = f"{source}:reversed:{why}"
    if is_reversal or reversed_by not in (None, wanted):
        raise Conflict(Code.LEDGER_SOURCE_REUSED, "It was taken back before.", source=reversed_by or source)
    entries = [Entry(e.account, -e.money, e.party, e.reference) for e in entries_of(uow.sql, transaction_id)]
    return post(uow, wanted, entries, reverses=transaction_id)


def entries_of(sql: Executor, transaction_id: int) -> list[Entry]:
    """Return the entries of a transaction, in no order."""
    rows = sql.rows("ledger.entries_of", _ENTRIES_OF, [transaction_id])
    return [Entry(Account(account), Money(int(amount), currency), party, reference)
            for account, currency, amount, party, reference in rows]  # fmt: skip


def _refuse_unbalanced(entries: Sequence[Entry]) -> None:
    sums: Counter[str] = Counter()
    for entry in entries:
        sums[entry.money.currency] += entry.money.amount
        _refuse_long(entry.party)
        _refuse_long(entry.reference)
    if not 2 <= len(entries) <= MOST_LINES or any(sums.values()) or not all(entry.money for entry in entries):
        raise InputRefused(Code.LEDGER_UNBALANCED, "The entries of a transaction must sum to zero, and none be zero.")


def _refuse_long(key: str) -> None:
    if len(key) > LONGEST_KEY:
        raise InputRefused(Code.ARGUMENT_INVALID, f"A key of the ledger has at most {LONGEST_KEY} characters.")


def _lines(transaction_id: int, entries: Sequence[Entry]) -> pa.Table:
    return pa.table({
        "transaction_id": [transaction_id] * len(entries),
        "account": [str(entry.account) for entry in entries],
        "party": [entry.party for entry in entries],
        "reference": [entry.reference for entry in entries],
        "currency": [entry.money.currency for entry in entries],
        "amount": [entry.money.amount for entry in entries],
    })  # fmt: skip


_INSERT_TRANSACTION = """
    INSERT INTO ledger_transaction (transaction_id, source, reverses, cause, posted_at)
    VALUES (nextval('ledger_transaction_sequence'), ?, ?, ?, ?) RETURNING transaction_id
"""
_INSERT_ENTRIES = """
    INSERT INTO ledger_entry (transaction_id, account, party, reference, currency, amount)
    SELECT transaction_id, account, party, reference, currency, amount FROM lines
"""
_STAGE = """
    CREATE TEMP TABLE ledger_stage AS
    WITH wanted AS ({relation})
    SELECT nextval('ledger_transaction_sequence') AS transaction_id, wanted.source, debit, credit, currency,
           amount::BIGINT AS amount, party, credit_party, reference
    FROM wanted ANTI JOIN ledger_transaction posted ON posted.source = wanted.source
"""
_BAD_STAGED = """
    SELECT min(source) FROM ledger_stage
    GROUP BY source
    HAVING count(*) > 1 OR min(amount) <= 0 OR count(amount) = 0
        OR bool_or(debit NOT IN (SELECT account FROM ledger_account))
        OR bool_or(credit NOT IN (SELECT account FROM ledger_account))
        OR bool_or(debit = credit AND party = credit_party)
    LIMIT 1
"""
_INSERT_STAGED_TRANSACTIONS = """
    INSERT INTO ledger_transaction (transaction_id, source, reverses, cause, posted_at)
    SELECT transaction_id, source, NULL, $cause, $at FROM ledger_stage
"""
_INSERT_STAGED_ENTRIES = """
    INSERT INTO ledger_entry (transaction_id, account, party, reference, currency, amount)
    SELECT transaction_id, debit, party, reference, currency, amount FROM ledger_stage
    UNION ALL
    SELECT transaction_id, credit, credit_party, reference, currency, -amount FROM ledger_stage
"""
_STAGED_SUMS = "SELECT currency, sum(amount), count(*) FROM ledger_stage GROUP BY currency ORDER BY currency"
_TO_REVERSE = """
    SELECT t.source, t.reverses IS NOT NULL, back.source
    FROM ledger_transaction t LEFT JOIN ledger_transaction back ON back.reverses = t.transaction_id
    WHERE t.transaction_id = ?
"""
_ENTRIES_OF = "SELECT account, currency, amount, party, reference FROM ledger_entry WHERE transaction_id = ?"
