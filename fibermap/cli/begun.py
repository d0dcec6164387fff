"""Verbs on orders that were begun and not finished."""

from __future__ import annotations

from typing import Annotated

import typer

from fibermap.cli.options import AsJson, AtMost, Db, open_plan
from fibermap.cli.output import say, show_rows


def list_drafts(
    address_id: Annotated[int | None, typer.Option("--address", metavar="ID", help="Only at this address.")] = None,
    after: Annotated[int, typer.Option("--after", metavar="ID", help="Go on behind this one.")] = 0,
    limit: AtMost = 100,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """List begun orders that can be gone on with, without who began them."""
    with open_plan(db) as plan:
        show_rows(plan.drafts.list(address_id, after=after, limit=limit), "drafts", as_json=as_json)


def drop(
    draft_id: Annotated[int, typer.Argument(metavar="ID", help="What was begun, as `drafts list` prints it.")],
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Note that a begun order comes to nothing. To take one up, place the order or pre-order with --draft."""
    with open_plan(db) as plan:
        told = plan.drafts.drop(draft_id)
    say([f"Begun order {told['draft_id']} is {told['state'].replace('_', ' ')}"], told, as_json=as_json)
