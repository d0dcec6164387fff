"""Verbs on money: balances, the ledger, refunds that wait for a person, and what is open at the gateway."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from fibermap.cli.options import AsJson, Author, Db, check_choice, open_plan
from fibermap.cli.output import say, show_rows

Party = Annotated[str | None, typer.Option("--party", metavar="PARTY", help="Only of this party, such as lead:12.")]


def balances(party: Party = None, db: Db = None, as_json: AsJson = False) -> None:
    """Say what each account of the ledger holds, in minor units."""
    with open_plan(db) as plan:
        show_rows(plan.money.balances(party), "balances", as_json=as_json)


def ledger(
    party: Party = None,
    account: Annotated[
        str | None,
        typer.Option("--account", metavar="ACCOUNT", help="Only of this account, such as bank."),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1_000_000, help="At most so many.")] = 100,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """List the lines of the ledger, the newest first."""
    with open_plan(db) as plan:
        show_rows(plan.money.ledger(party, account, limit), "lines", as_json=as_json)


def refunds(db: Db = None, as_json: AsJson = False) -> None:
    """List the refunds that cannot go back to the card and wait for a person."""
    with open_plan(db) as plan:
        show_rows(plan.money.refunds(), "refunds", as_json=as_json)


def refund(
    deposit_id: Annotated[int, typer.Argument(metavar="ID", help="The deposit.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; kept on record.")],
    author: Author,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Pay a deposit back to the card that it came from."""
    with open_plan(db) as plan:
        made = plan.money.refund_deposit(deposit_id, reason, author)
    lines = [f"Refund {made.refund_id} of {made.money}: {made.state}"]
    if made.state == "manual":
        lines.append("It cannot go back to the card. Pay it back by hand, then: fibermap money close ID")
    say(lines, asdict(made), as_json=as_json)


def close(
    refund_id: Annotated[int, typer.Argument(metavar="ID", help="The refund, as `money refunds` prints it.")],
    paid_by: Annotated[str, typer.Option("--paid-by", metavar="HOW", help="cheque, bank_transfer, cash or other.")],
    note: Annotated[str, typer.Option("--note", help="Its number, and to whom; no card numbers.")],
    author: Author,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Say how a refund was paid back that the card refused."""
    from fibermap.money.refund import PaidBy

    check_choice(paid_by, PaidBy, "way to pay back")
    with open_plan(db) as plan:
        closed = plan.money.close_refund(refund_id, paid_by, note, author)
    say([f"Refund {closed.refund_id} of {closed.money} was paid back by {paid_by}"], asdict(closed), as_json=as_json)


def settle(db: Db = None, as_json: AsJson = False) -> None:
    """Look up the payments and refunds whose outcome is not known, and end them. The server does so by itself."""
    with open_plan(db) as plan:
        settled = plan.money.settle()
    say([f"{settled.ended:,} ended now, {settled.still_open:,} still open"], asdict(settled), as_json=as_json)
