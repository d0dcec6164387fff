"""The verb that reads the audit log."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from fibermap.cli.options import AsJson, Db, check_target_folder, open_plan, read_day
from fibermap.cli.output import say

SHOWN = 100


def audit(
    who: Annotated[str | None, typer.Option("--who", help="A name, or user:ID, key:ID, local or server.")] = None,
    what: Annotated[str | None, typer.Option("--what", help="The name of a command, such as hold.")] = None,
    subject: Annotated[str | None, typer.Option("--subject", help="Any part of what it was about.")] = None,
    since: Annotated[str | None, typer.Option("--since", metavar="DATE", help="On that day or later, UTC.")] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="DATE", help="On that day or earlier, UTC.")] = None,
    most: Annotated[int, typer.Option("--most", help="How many, the newest first.")] = SHOWN,
    out: Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Write them to a CSV file.")] = None,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Show who changed what, by which way, when, and with --json or --csv how it was before and after."""
    first = None if since is None else _midnight(read_day(since, "--since"))
    last = None if until is None else _midnight(read_day(until, "--until")) + timedelta(days=1)
    if out is not None:
        check_target_folder(out)
    with open_plan(db) as plan:
        table = plan.audit(who=who, what=what, subject=subject, since=first, until=last, limit=most).table
    if out is not None:
        from fibermap.access.audit import as_csv

        out.write_bytes(as_csv(table))
        say(
            [f"{table.num_rows:,} changes written to {out}"],
            {"count": table.num_rows, "path": str(out)},
            as_json=as_json,
        )
        return
    entries = [_entry(row) for row in table.to_pylist()]
    lines = [
        f"{row['happened_at']:%Y-%m-%d %H:%M}  {row['actor']} ({row['way']})  {row['command']}  {row['subject']}"
        for row in entries
    ]
    say(lines or ["Nothing is on record"], {"count": len(entries), "entries": entries}, as_json=as_json)


def _entry(row: dict[str, Any]) -> dict[str, Any]:
    return row | {side: json.loads(row[side]) for side in ("before", "after")}


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)
