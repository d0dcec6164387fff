"""An area goes live over many pre-orders: every committed lead becomes an order, exactly once; and ports under a rush.

``python -m benchmarks.bench_conversion [--addresses 1000000] [--areas 5000] [--database plan.duckdb]``

A hundred thousand pre-orders stand at addresses that are pre-build; then their areas become build by the real
command. Measured is what the event sets off, apart from the command itself: the conversion in one transaction, and the
same event again. A thousand customers then order at once, where two hundred ports are left.
"""

from __future__ import annotations

import gc
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pyarrow as pa

from benchmarks.large_plan import given_plan
from benchmarks.measure import measure
from benchmarks.promise import Promise, report
from fibermap.kernel.ids import stable_id
from fibermap.money.accounts import Account
from fibermap.money.books import money_checks
from fibermap.money.ledger import post_many
from fibermap.order.account import open_accounts
from fibermap.order.capacity import set_capacity
from fibermap.order.conversion import Batch, Converted, convert
from fibermap.order.ground import Ground
from fibermap.order.order import Sold, Wanted
from fibermap.order.order_commands import place_order
from fibermap.plan import Plan
from fibermap.store import Store, UnitOfWork
from fibermap.store.doctor import run_checks

PRE_ORDERS = 100_000
WEEKLY = 5_000
CUSTOMERS, PORTS = 1_000, 200
_WITH_DEPOSIT_EVERY, DEPOSIT_CENTS = 3, 5_000

_CHOSEN = """
    SELECT v.address_id, row_number() OVER (ORDER BY hash(v.address_id)) AS n
    FROM verdict v WHERE v.class = 'pre-build' AND v.technology = 'fiber' ORDER BY n LIMIT $most
"""
_CONTACTS = "INSERT INTO contact SELECT contact_id, 'Simulated', '+14065550100', NULL, $now, $now FROM sold"
_LEADS = """
    INSERT INTO lead BY NAME
    SELECT lead_id, address_id, contact_id, 'committed' AS state, 'fiber' AS technology, 'door' AS channel,
           $now AS captured_at, $now AS changed_at FROM sold
"""
_HOUSEHOLDS = "INSERT INTO household SELECT address_id::VARCHAR, lead_id FROM sold"
_COMMITMENTS = """
    INSERT INTO commitment BY NAME
    SELECT commitment_id, lead_id, address_id, 1 AS offer_id, 'fiber' AS technology, 'committed' AS state,
           $now AS terms_accepted_at, 'v1' AS terms, '{}' AS price,
           CASE WHEN n % $every = 0 THEN commitment_id END AS deposit_id,
           $now + to_seconds(n) AS committed_at, $now AS changed_at FROM sold
"""
_DEPOSITS = """
    INSERT INTO deposit BY NAME
    SELECT commitment_id AS deposit_id, 'lead:' || lead_id AS party, 'USD' AS currency, $cents AS amount,
           'held' AS state, $now AS taken_at, $now AS changed_at FROM sold WHERE n % $every = 0
"""
_PAYMENTS = """
    INSERT INTO payment BY NAME
    SELECT deposit_id AS payment_id, 'deposit ' || deposit_id AS idempotency_key, 'deposit' AS purpose, party, currency,
           amount, 'pm_simulated' AS token, 'simulated' AS gateway, 'captured' AS state, taken_at AS intended_at,
           changed_at FROM deposit
"""
_TAKEN = f"""
    SELECT 'deposit:' || deposit_id || ':taken' AS source, '{Account.GATEWAY_CLEARING}' AS debit,
           '{Account.CUSTOMER_DEPOSITS}' AS credit, currency, amount, party, party AS credit_party,
           'deposit:' || deposit_id AS reference FROM deposit
"""


class Shop:
    """Sells one offer everywhere."""

    def sell(self, ground: Ground, offer_id: int, channel: str, on: date) -> Sold:
        """Return it."""
        return Sold("fiber", "{}")


def write_pre_orders(uow: UnitOfWork, most: int) -> int:
    """Write pre-orders at addresses that are not built, in no order of place; return how many."""
    chosen = uow.sql.arrow("chosen", _CHOSEN, {"most": most})
    numbers = chosen["n"].to_pylist()
    sold = chosen
    for name in ("contact", "lead", "commitment"):
        sold = sold.append_column(f"{name}_id", pa.array([stable_id(name, each) for each in numbers], pa.int64()))
    for name, statement in (("contacts", _CONTACTS), ("leads", _LEADS)):
        uow.sql.execute(name, statement, {"now": uow.at_utc}, sold=sold)
    uow.sql.execute("households", _HOUSEHOLDS, sold=sold)
    open_accounts(uow, sold)
    every = {"now": uow.at_utc, "every": _WITH_DEPOSIT_EVERY}
    uow.sql.execute("commitments", _COMMITMENTS, every, sold=sold)
    uow.sql.execute("deposits", _DEPOSITS, {**every, "cents": DEPOSIT_CENTS}, sold=sold)
    uow.sql.execute("payments", _PAYMENTS)
    post_many(uow, _TAKEN)
    return int(sold.num_rows)


def bench_go_live(path: Path) -> tuple[list[Promise], list[str]]:
    """Convert the pre-orders of a plan."""
    with Plan.open(path) as plan:
        store = plan.store
        written = store.run(lambda uow: write_pre_orders(uow, PRE_ORDERS), cause="benchmark")
        store.run(lambda uow: set_capacity(uow, "fiber", WEEKLY), cause="benchmark")
        store.published = None  # delivered below, where it is measured
        waiting = "SELECT area_id FROM areas WHERE class = 'pre-build'"
        ids = [row[0] for row in store.sql.rows("areas", waiting)]
        live = measure(lambda: plan.set_area_class(ids, "build", "built and tested", "benchmark"))
        gc.collect()
        first = measure(plan.deliver)
        again = measure(lambda: store.run(lambda uow: convert(uow, Batch(2, 1)), cause="again"))
        orders, distinct = store.sql.row(
            "orders", "SELECT count(*), count(DISTINCT commitment_id) FROM customer_order"
        ) or (0, 0)
        started = store.sql.value("started", "SELECT count(*) FROM customer_order WHERE state = 'inProgress'")
        held = store.sql.value("held", "SELECT count(*) FROM deposit WHERE state <> 'applied'")
        unbalanced = run_checks(store, money_checks())
    wrong = abs(orders - written) + abs(orders - distinct) + int(again.value != Converted())
    return [
        Promise(f"{written:,} pre-orders become orders, delivered and committed", 10, first.seconds),
        Promise("  the same event again", 1, again.seconds),
        Promise("  missing, twice, changed by the second delivery", 0, wrong, ""),
        Promise("  deposits that are no credit, and findings in the books", 0, held + len(unbalanced), ""),
    ], [f"the areas themselves: {live.seconds:.2f} s; {started:,} orders of the first wave are in progress"]


def bench_ports(folder: Path) -> tuple[Promise, str]:
    """Let customers order at once at one terminal; also say how long they waited."""
    with Store.open(folder / "rush.duckdb") as store:
        store.run(_write_street, cause="benchmark")

        def order(n: int) -> None:
            wanted = Wanted(n, n, 1, "portal", f"customer {n}", payment_method="pm_simulated")
            store.run_alone(lambda uow: place_order(uow, wanted, Shop()), cause="place_order")

        with ThreadPoolExecutor(16) as pool:
            rush = measure(lambda: list(pool.map(order, range(1, CUSTOMERS + 1))))
        counted = store.sql.row(
            "counted",
            """
            SELECT (SELECT count(DISTINCT (terminal_id, port)) FROM port_reservation),
                   (SELECT count(*) FROM waiting_list), (SELECT count(*) FROM active_order)
            """,
        )
    expected = (PORTS, CUSTOMERS - PORTS, CUSTOMERS)
    wrong = sum(abs(is_so - due) for is_so, due in zip(counted or (0, 0, 0), expected, strict=True))
    return (
        Promise(f"{CUSTOMERS:,} order at once for {PORTS} ports; not reserved once or not in line", 0, wrong, ""),
        f"the rush for ports: {rush.seconds / CUSTOMERS * 1000:.0f} ms an order, one after the other",
    )


def _write_street(uow: UnitOfWork) -> None:
    row = {"now": uow.at_utc, "homes": CUSTOMERS, "ports": PORTS}
    for name, statement in _STREET.items():
        uow.sql.execute(name, statement, {key: value for key, value in row.items() if f"${key}" in statement})


_STREET = {
    "version": """
        INSERT INTO plan_version BY NAME
        SELECT 1 AS version, 'promote' AS kind, 'street' AS label, 'benchmark' AS author, $now AS created_at,
               '{}' AS summary
    """,
    "terminal": """
        INSERT INTO plan_feature BY NAME
        SELECT 7 AS feature_id, 'network_points' AS role, 'terminal' AS kind, 'terminals' AS layer, 1 AS row,
               '' AS folder, 'T1' AS name, $ports AS ports_free, 'build' AS class, ''::BLOB AS geometry,
               0 AS west, 0 AS south, 0 AS east, 0 AS north, '{}' AS attributes, 1 AS content, 1 AS from_version
    """,
    "homes": """
        INSERT INTO address BY NAME
        SELECT n AS address_id, n AS location_id, n AS number, n || ' ROW ST' AS delivery_line,
               n || ' ROW ST' AS full_address, 'ROW|ST' AS street_key, n::VARCHAR AS canonical_key,
               'residential' AS kind, true AS serviceable, false AS provisional, 1 AS records, true AS listed,
               true AS answerable, true AS sellable, n AS content, 1 AS from_version
        FROM range(1, $homes + 1) t(n)
    """,
    "verdicts": """
        INSERT INTO verdict BY NAME
        SELECT n AS address_id, 'fiber' AS technology, 'build' AS class, 'area' AS evidence, 7 AS terminal_id,
               'high' AS confidence, true AS best, 1 AS version
        FROM range(1, $homes + 1) t(n)
    """,
}


def main() -> int:
    """Measure both."""
    with given_plan(__doc__, gb_per_million=1.2) as path:
        promises, notes = bench_go_live(path)
    with tempfile.TemporaryDirectory() as folder:
        promise, note = bench_ports(Path(folder))
    promises.append(promise)
    notes.append(note)
    return report(promises, notes)


if __name__ == "__main__":
    sys.exit(main())
