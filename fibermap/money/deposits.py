"""Deposits: captured payments, each carried whole as a liability until it is applied, paid back or forfeited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from fibermap.kernel.errors import Code, Conflict, NotFound
from fibermap.kernel.events import DepositApplied, DepositForfeited, DepositTaken
from fibermap.money.accounts import Account
from fibermap.money.amount import Money
from fibermap.money.books import balance
from fibermap.money.ledger import PostedMany, post, post_many, transfer
from fibermap.money.payment import Payment
from fibermap.store import Executor, UnitOfWork


class DepositState(StrEnum):
    """What became of a deposit."""

    HELD = "held"
    APPLIED = "applied"
    """A credit of the customer."""
    FORFEITED = "forfeited"
    REFUNDING = "refunding"
    """Promised back; the refund says how far that came."""
    REFUNDED = "refunded"


STEPS: Mapping[DepositState, frozenset[DepositState]] = {
    DepositState.HELD: frozenset({DepositState.APPLIED, DepositState.FORFEITED, DepositState.REFUNDING}),
    DepositState.APPLIED: frozenset({DepositState.REFUNDING}),  # while the credit has not been spent
    DepositState.FORFEITED: frozenset(),
    DepositState.REFUNDING: frozenset({DepositState.REFUNDED}),
    DepositState.REFUNDED: frozenset(),
}
"""Which state may follow which."""


@dataclass(frozen=True, slots=True)
class Deposit:
    """A deposit as it stands; its id is that of its payment.

    Attributes
    ----------
    party
        Who paid it.
    credited_to
        Whose credit it became; None where it did not.
    """

    deposit_id: int
    party: str
    money: Money
    state: DepositState
    credited_to: str | None
    taken_at: datetime
    changed_at: datetime

    @property
    def reference(self) -> str:
        """What the ledger calls it."""
        return f"deposit:{self.deposit_id}"


def deposit_of(sql: Executor, deposit_id: int) -> Deposit:
    """Return a deposit; raises ``NotFound`` (``deposit_not_found``)."""
    found = find_deposit(sql, deposit_id)
    if found is None:
        raise NotFound(Code.DEPOSIT_NOT_FOUND, "There is no such deposit.", deposit_id=deposit_id)
    return found


def find_deposit(sql: Executor, deposit_id: int) -> Deposit | None:
    """Return a deposit; None where its payment was asked for and has not come."""
    found = sql.records("deposit.get", f"{_SELECT} WHERE deposit_id = ?", [deposit_id])
    return _deposit(found[0]) if found else None


def deposits_of(sql: Executor, party: str) -> list[Deposit]:
    """Return what a party paid in, the newest first."""
    return [_deposit(row) for row in sql.records("deposit.of", f"{_SELECT} WHERE party = ? {_NEWEST}", [party])]


def hold_deposit(uow: UnitOfWork, payment: Payment) -> None:
    """Carry a payment that was just captured as a deposit of its party."""
    row = [payment.payment_id, payment.party, payment.money.currency, payment.money.amount, uow.at_utc, uow.at_utc]
    uow.sql.execute("deposit.insert", _INSERT, row)
    deposit = deposit_of(uow.sql, payment.payment_id)
    whose = (deposit.money, deposit.party, deposit.reference)
    post(uow, f"{deposit.reference}:taken", transfer(Account.GATEWAY_CLEARING, Account.CUSTOMER_DEPOSITS, *whose))
    uow.emit(DepositTaken(uow.cause, deposit.deposit_id, deposit.party, deposit.money.amount, deposit.money.currency))


def apply_deposits(
    uow: UnitOfWork, relation: str, params: Mapping[str, Any] | None = None, **tables: Any
) -> PostedMany:
    """Make deposits credits, any number in one go; those that are not held any more change nothing.

    Parameters
    ----------
    relation
        A SELECT with the columns ``deposit_id`` and ``party``: whose credit each becomes (``order:7``). A deposit
        stands in it once.
    params, **tables
        Its parameters by name, and the Arrow tables that it names.

    Returns
    -------
    PostedMany
        How many were applied now, and their sum. The event `DepositApplied` says the same, unless there were none.

    Examples
    --------
    >>> apply_deposits(uow, "SELECT deposit_id, 'order:' || order_id AS party FROM converted")  # doctest: +SKIP
    """
    uow.sql.execute("deposit.stage", _STAGE.format(relation=relation), params, **tables)
    uow.sql.execute("deposit.apply", _APPLY, {"at": uow.at_utc})
    posted = post_many(uow, _APPLICATIONS)
    uow.sql.execute("deposit.stage_done", "DROP TABLE temp.deposit_stage")
    if posted.transactions:
        uow.emit(DepositApplied(uow.cause, posted.transactions, dict(posted.amounts)))
    return posted


def apply_deposit(uow: UnitOfWork, deposit_id: int, party: str) -> Deposit:
    """Make one deposit the credit of a party.

    Raises
    ------
    NotFound
        ``deposit_not_found``.
    Conflict
        ``deposit_not_held``: it was applied, forfeited or paid back before.
    """
    refuse_unless_next(deposit_of(uow.sql, deposit_id), DepositState.APPLIED)
    relation = "SELECT $deposit_id::BIGINT AS deposit_id, $party::VARCHAR AS party"
    apply_deposits(uow, relation, {"deposit_id": deposit_id, "party": party})
    return deposit_of(uow.sql, deposit_id)


def forfeit_deposit(uow: UnitOfWork, deposit_id: int) -> Deposit:
    """Make a deposit income: the customer gave up what it was for, and the terms say that it is kept.

    Raises
    ------
    NotFound
        ``deposit_not_found``.
    Conflict
        ``deposit_not_held``.
    """
    deposit = deposit_of(uow.sql, deposit_id)
    move_deposit(uow, deposit, DepositState.FORFEITED)
    whose = (deposit.money, deposit.party, deposit.reference)
    post(uow, f"{deposit.reference}:forfeited", transfer(Account.CUSTOMER_DEPOSITS, Account.FORFEITED_DEPOSITS, *whose))
    uow.emit(DepositForfeited(uow.cause, deposit_id, deposit.party, deposit.money.amount, deposit.money.currency))
    return deposit_of(uow.sql, deposit_id)


def liability_of(deposit: Deposit) -> tuple[Account, str]:
    """Return the account that carries a deposit, and in whose name: a deposit, or the credit that it became."""
    if deposit.credited_to is None:
        return Account.CUSTOMER_DEPOSITS, deposit.party
    return Account.CUSTOMER_CREDITS, deposit.credited_to


def move_deposit(uow: UnitOfWork, deposit: Deposit, state: DepositState) -> None:
    """Write the next state of a deposit, if it may follow and the ledger still holds all of it where money leaves.

    Two that move one deposit at once update one row: the second conflicts, runs again and is refused here.
    """
    refuse_unless_next(deposit, state)
    if deposit.state in (DepositState.HELD, DepositState.APPLIED):
        account, party = liability_of(deposit)
        left = balance(uow.sql, account, deposit.money.currency, party=party, reference=deposit.reference)
        if left != deposit.money:
            raise _not_held(deposit)
    uow.sql.execute("deposit.move", _MOVE, [str(state), uow.at_utc, deposit.deposit_id])


def owe_again(uow: UnitOfWork, deposit: Deposit) -> None:
    """Promise a deposit anew that was paid back and came back days later, as money sent to a closed card does."""
    uow.sql.execute("deposit.owe_again", _MOVE, [str(DepositState.REFUNDING), uow.at_utc, deposit.deposit_id])


def refuse_unless_next(deposit: Deposit, state: DepositState) -> None:
    """Raise ``Conflict`` (``deposit_not_held``) where a state may not follow."""
    if state not in STEPS[deposit.state]:
        raise _not_held(deposit)


def _not_held(deposit: Deposit) -> Conflict:
    message = "The deposit is not there to be moved any more."
    return Conflict(Code.DEPOSIT_NOT_HELD, message, deposit_id=deposit.deposit_id, state=str(deposit.state))


def _deposit(row: Mapping[str, Any]) -> Deposit:
    said = dict(row)
    money = Money(int(said.pop("amount")), said.pop("currency"))
    return Deposit(money=money, state=DepositState(said.pop("state")), **said)


_SELECT = "SELECT deposit_id, party, currency, amount, state, credited_to, taken_at, changed_at FROM deposit"
_NEWEST = "ORDER BY taken_at DESC, deposit_id LIMIT 1000"
_INSERT = """
    INSERT INTO deposit (deposit_id, party, currency, amount, state, taken_at, changed_at)
    VALUES (?, ?, ?, ?, 'held', ?, ?)
"""
_MOVE = "UPDATE deposit SET state = ?, changed_at = ? WHERE deposit_id = ?"
_STAGE = """
    CREATE TEMP TABLE deposit_stage AS
    WITH wanted AS ({relation})
    SELECT d.deposit_id, wanted.party AS credit_party, d.party, d.currency, d.amount
    FROM wanted JOIN deposit d USING (deposit_id) WHERE d.state = 'held'
"""
_APPLY = """
    UPDATE deposit SET state = 'applied', credited_to = s.credit_party, changed_at = $at
    FROM deposit_stage s WHERE s.deposit_id = deposit.deposit_id
"""
_APPLICATIONS = """
    SELECT 'deposit:' || deposit_id || ':applied' AS source, 'customer_deposits' AS debit, 'customer_credits' AS credit,
           currency, amount, party, credit_party, 'deposit:' || deposit_id AS reference
    FROM deposit_stage
"""
