"""Billing accounts (TM Forum): what a customer is billed by. A contact has one for ever, from its first order on.

A contact without an order or a pre-order has none. An order after that, a change and a move are billed by the same one;
whoever takes over a service is another contact, with an account of their own. Where households become one each contact
keeps theirs, and both numbers lead to the home.
"""

from __future__ import annotations

import pyarrow as pa

from fibermap.kernel.errors import Code, Conflict
from fibermap.order.account_number import draw_account_numbers
from fibermap.store import UnitOfWork
from fibermap.store.racing import first_come

_MOST_DRAWS = 40
_WITHOUT = """
    SELECT DISTINCT contact_id FROM customers
    WHERE contact_id NOT IN (SELECT contact_id FROM account) ORDER BY contact_id
"""
_OPEN = """
    WITH free AS (
        SELECT account_number, row_number() OVER (ORDER BY account_number) AS place
        FROM (SELECT DISTINCT account_number FROM drawn)
        WHERE account_number NOT IN (SELECT account_number FROM account)
    ),
    customer AS (SELECT contact_id, row_number() OVER (ORDER BY hash(contact_id)) AS place FROM without)
    INSERT INTO account
    SELECT free.account_number, customer.contact_id, $now FROM customer JOIN free USING (place)
"""


def open_account(uow: UnitOfWork, contact_id: int) -> None:
    """Open the account of a contact that orders; one that has one keeps it."""
    if account_number_of(uow, contact_id) is None:
        open_accounts(uow, pa.table({"contact_id": pa.array([contact_id], pa.int64())}))


def open_accounts(uow: UnitOfWork, customers: pa.Table) -> int:
    """Open the accounts of all contacts of a table that have none, at once, and return how many that are.

    Raises
    ------
    Conflict
        ``conflict``: there are hardly any numbers left that are free.
    """
    opened = 0
    for _ in range(_MOST_DRAWS):
        without = uow.sql.arrow("account.without", _WITHOUT, customers=customers)
        if not without.num_rows:
            return opened
        drawn = pa.table({"account_number": pa.array(draw_account_numbers(without.num_rows), pa.string())})
        with first_come():
            opened += uow.sql.execute("account.open", _OPEN, {"now": uow.at_utc}, without=without, drawn=drawn)
    raise Conflict(Code.CONFLICT, "No account number is free.", hint="Try again.")


def account_number_of(uow: UnitOfWork, contact_id: int) -> str | None:
    """Return the account number of a contact; None: it has never ordered."""
    number: str | None = uow.sql.value(
        "account.of", "SELECT account_number FROM account WHERE contact_id = ?", [contact_id]
    )
    return number
