"""Deposits that become credits in one transaction, and a second time, which changes nothing.

``python -m benchmarks.bench_ledger [--deposits 100000]``

The database is a file in a temporary folder, and the audit log looks on, as it does behind a server.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks.measure import measure
from benchmarks.promise import Promise, report
from fibermap.access.witness import witnessed
from fibermap.money.books import ledger_hash, money_checks
from fibermap.money.deposits import apply_deposits
from fibermap.money.ledger import PostedMany, post_many
from fibermap.store import Store, UnitOfWork, run_checks

CENTS = 5_000
_PAYMENTS = f"""
    INSERT INTO payment
    SELECT n, 'key-' || n, 'deposit', 'lead:' || n, 'USD', {CENTS}, 'tok_visa', 'simulated', 'captured', 'pi_' || n,
           NULL, now(), now()
    FROM range(1, $deposits + 1) numbered(n)
"""
_DEPOSITS = """
    INSERT INTO deposit SELECT payment_id, party, currency, amount, 'held', NULL, intended_at, changed_at FROM payment
"""
_TAKEN = """
    SELECT 'deposit:' || deposit_id || ':taken' AS source, 'gateway_clearing' AS debit, 'customer_deposits' AS credit,
           currency, amount, party, party AS credit_party, 'deposit:' || deposit_id AS reference
    FROM deposit
"""
_APPLIED = "SELECT deposit_id, replace(party, 'lead', 'order') AS party FROM deposit"


def take_all(uow: UnitOfWork, deposits: int) -> None:
    """Write deposits as if each had been paid."""
    uow.sql.execute("bench.payments", _PAYMENTS, {"deposits": deposits})
    uow.sql.execute("bench.deposits", _DEPOSITS)
    post_many(uow, _TAKEN)


def apply_all(store: Store) -> PostedMany:
    """Make every deposit a credit."""
    return store.run(lambda uow: apply_deposits(uow, _APPLIED), cause="bench")


def main() -> int:
    """Run the benchmark; return 1 where a promise is broken."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--deposits", type=int, default=100_000)
    deposits = arguments.parse_args().deposits
    with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder) / "plan.duckdb") as store:
        witnessed(store)
        taken = measure(lambda: store.run(lambda uow: take_all(uow, deposits), cause="bench"))
        applied, again = measure(lambda: apply_all(store)), measure(lambda: apply_all(store))
        hashed = measure(lambda: store.preview(ledger_hash, cause="bench"))
        problems = run_checks(store, money_checks())
        wrong = (applied.value.transactions != deposits) + again.value.transactions + len(problems)
        promises = [
            Promise(f"{deposits:,} deposits become credits, with their postings", 2.0, applied.seconds),
            Promise("the same again, which changes nothing", 1.0, again.seconds),
            Promise("transactions that are wrong, doubled or missing", 0, wrong, "found"),
        ]
        notes = [f"taken in {taken.seconds:.2f} s; {4 * deposits:,} entries hashed in {hashed.seconds:.2f} s"]
    return report(promises, notes)


if __name__ == "__main__":
    sys.exit(main())
