"""Money by the command line: balances, ledger, refunds."""

from __future__ import annotations

from pathlib import Path

import pytest

import fibermap as fm
from fibermap.money.amount import Money
from fibermap.money.payments import DepositOrder, take_deposit
from tests.cli.commands import fibermap


@pytest.fixture
def paid(tmp_path: Path) -> tuple[Path, int]:
    """A database with a deposit in it whose refund the card refuses."""
    path = tmp_path / "plan.duckdb"
    with fm.open(path) as plan:
        order = DepositOrder("lead:12", Money(5_000, "USD"), "tok_refundFail", "key-1")
        return path, take_deposit(plan.money.desk, order).payment_id


def test_a_deposit_goes_back_by_hand(paid: tuple[Path, int]) -> None:
    db, deposit_id = paid
    (clearing, held) = fibermap("money", "balances", "--json", "--db", db).json["balances"][::-1]
    assert (clearing["amount"], held["account"]) == (5_000, "customer_deposits")
    refund = fibermap("money", "refund", deposit_id, "--reason", "moved", "--author", "ann", "--json", "--db", db).json
    assert refund["state"] == "manual"
    assert fibermap("money", "refunds", "--json", "--db", db).json["count"] == 1
    close = ("money", "close", refund["refund_id"], "--author", "bob", "--db", db)
    assert fibermap(*close, "--paid-by", "barter", "--note", "a cow").error["code"] == "argument_invalid"
    assert "by cheque" in fibermap(*close, "--paid-by", "cheque", "--note", "cheque 118").out
    assert fibermap("money", "ledger", "--party", "lead:12", "--json", "--db", db).json["count"] == 6
    assert "customer_deposits" in fibermap("money", "ledger", "--account", "customer_deposits", "--db", db).out
    assert fibermap("money", "settle", "--db", db).out == "0 ended now, 0 still open\n"
