"""Verbs on saved sources: what comes again and again."""

from __future__ import annotations

from typing import Annotated

import typer

from fibermap.cli.options import AsJson, Author, Db, open_plan
from fibermap.cli.output import say, show

Name = Annotated[str, typer.Argument(metavar="NAME", help="The source's name.")]


def add_source(
    name: Name,
    author: Author,
    url: Annotated[
        str | None,
        typer.Argument(metavar="[URL]", help="A live layer's address; none: files are sent by hand."),
    ] = None,
    role: Annotated[str | None, typer.Option("--role", metavar="ROLE", help="What everything in it is.")] = None,
    crs: Annotated[str | None, typer.Option("--crs", help="The coordinate system where it states none.")] = None,
    schedule: Annotated[
        str | None,
        typer.Option("--schedule", metavar="WHEN", help="every 6 hours, or daily at 03:00 (UTC)."),
    ] = None,
    most_changed: Annotated[
        float,
        typer.Option("--most-changed", metavar="SHARE", help="Share of addresses that may change, 0 to 1."),
    ] = 0.05,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Save a source under a name, in place of one of that name.

    It publishes itself only where nothing leaves build, no address with a customer, an order or a hold changes, and no
    more than the given share of all addresses does; otherwise it waits for a planner, with the list.
    """
    with open_plan(db) as plan:
        plan.add_source(name, url, role=role, crs=crs, schedule=schedule, most_changed=most_changed, author=author)
    say([f"Saved source {name}"], {"name": name, "url": url, "schedule": schedule}, as_json=as_json)


def list_sources(db: Db = None, as_json: AsJson = False) -> None:
    """List the saved sources, when each is pulled, and how its last pull ended."""
    with open_plan(db) as plan:
        found = plan.sources.table.to_pylist()
    lines = [
        f"{row['name']}: {row['url'] or 'sent by hand'}, {row['schedule'] or 'when asked'}, "
        f"last pull {row['last_state'] or 'never'}"
        for row in found
    ]
    say(lines or ["There is no saved source"], {"count": len(found), "sources": found}, as_json=as_json)


def pull_source(name: Name, db: Db = None, as_json: AsJson = False) -> None:
    """Read a saved source again now, and publish it where that is harmless; say why where it is not."""
    with open_plan(db) as plan:
        show(plan.pull_source(name), as_json=as_json)


def remove_source(name: Name, db: Db = None, as_json: AsJson = False) -> None:
    """Forget a saved source. What it brought stays in the plan."""
    with open_plan(db) as plan:
        plan.remove_source(name)
    say([f"Forgot source {name}"], {"name": name}, as_json=as_json)
