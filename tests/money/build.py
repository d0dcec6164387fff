"""Small builders for the tests of money."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fibermap.money.amount import Money
from fibermap.money.books import ledger_hash, money_checks
from fibermap.money.desk import MoneyDesk
from fibermap.money.payments import DepositOrder, take_deposit
from fibermap.money.settings import MoneySettings
from fibermap.money.settle import open_desk
from fibermap.store import Store, UnitOfWork, run_checks

FIFTY = Money(5_000, "USD")
NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


@dataclass
class Hand:
    """A clock that is moved by hand."""

    at: datetime = NOON

    def now(self) -> datetime:
        return self.at

    def wait(self, **how_long: float) -> None:
        self.at += timedelta(**how_long)


@contextmanager
def open_money(path: str | Path = ":memory:", **settings: Any) -> Iterator[tuple[MoneyDesk, Hand]]:
    """Open a database with a simulated gateway and a clock that is moved by hand."""
    clock = Hand()
    with Store.open(path, clock=clock) as store:
        yield open_desk(store, MoneySettings(webhook_secret="whsec_test", timeout_s=1.0, **settings)), clock


def deposit_order(
    key: str = "key-1", *, token: str = "tok_visa", party: str = "lead:1", money: Money = FIFTY
) -> DepositOrder:
    return DepositOrder(party, money, token, key)


def page_order(key: str = "key-1", *, party: str = "lead:1", money: Money = FIFTY) -> DepositOrder:
    """Return a deposit that is paid at a page."""
    return DepositOrder(party, money, None, key, "https://fiber.example/portal#follow=abc")


def held_deposit(desk: MoneyDesk, key: str = "key-1", **order: Any) -> int:
    """Take a deposit and return its id."""
    return take_deposit(desk, deposit_order(key, **order)).payment_id


def hash_of(desk: MoneyDesk) -> str:
    return desk.store.preview(ledger_hash, cause="test")


def books(desk: MoneyDesk) -> dict[str, int]:
    """Return what each account holds, in its own direction."""
    rows = desk.store.sql.rows("test.books", "SELECT account, sum(amount)::BIGINT FROM ledger_balance GROUP BY ALL")
    return {account: amount for account, amount in rows if amount}


def events(desk: MoneyDesk) -> list[str]:
    return [kind for (kind,) in desk.store.sql.rows("test.events", "SELECT type FROM event ORDER BY event_id")]


def do(desk: MoneyDesk, work: Any, cause: str = "test") -> Any:
    """Run a command in a unit of work of its own."""

    def run(uow: UnitOfWork) -> Any:
        return work(uow)

    return desk.store.run(run, cause=cause)


def is_sound(desk: MoneyDesk) -> bool:
    return run_checks(desk.store, money_checks()) == []
