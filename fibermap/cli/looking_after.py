"""Verbs about events that were given up, and about backups that are kept beside the database."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from fibermap.cli.options import AsJson, Db, open_plan
from fibermap.cli.output import say, show_rows
from fibermap.kernel.errors import Code, StoreFailed

BackupName = Annotated[str, typer.Argument(metavar="NAME", help="The backup, as `backups list` prints it.")]


def subscribers(db: Db = None, as_json: AsJson = False) -> None:
    """List who receives events, and how far behind they are."""
    with open_plan(db) as plan:
        show_rows(plan.subscribers, "subscribers", as_json=as_json)


def parked(db: Db = None, as_json: AsJson = False) -> None:
    """List the deliveries that were given up: how often each was tried, and how it failed last."""
    with open_plan(db) as plan:
        show_rows(plan.parked_events, "parked", as_json=as_json)


def retry(
    subscriber: Annotated[str | None, typer.Option("--subscriber", help="Of this one only.")] = None,
    event_id: Annotated[int | None, typer.Option("--event", metavar="ID", help="This event only.")] = None,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Let what was parked be tried anew, with the next round of its subscriber."""
    with open_plan(db) as plan:
        count = plan.retry_parked(subscriber, event_id)
    say([f"{count:,} deliveries are tried anew"], {"retried": count}, as_json=as_json)


def list_backups(db: Db = None, as_json: AsJson = False) -> None:
    """List the backups that are kept beside the database, the newest first."""
    with open_plan(db) as plan:
        show_rows(plan.backups, "backups", as_json=as_json)


def make_backup(db: Db = None, as_json: AsJson = False) -> None:
    """Make a backup beside the database, read back and compared; the oldest of too many makes way."""
    with open_plan(db) as plan:
        made = plan.keep_backup()
    say([f"Backup {made.name} of {made.rows:,} rows made and read back"], asdict(made), as_json=as_json)


def verify_backup(name: BackupName, db: Db = None, as_json: AsJson = False) -> None:
    """Restore a backup on trial, and compare every row with its manifest; exit 1 where it is not whole."""
    with open_plan(db) as plan:
        proved = plan.verify_backup(name)
    problem = None if proved.proof is None else proved.proof.problem
    if problem is not None:
        raise StoreFailed(Code.BACKUP_INVALID, problem, hint="Make another one.", backup=name)
    say([f"Backup {name} restored on trial: {proved.rows:,} rows are as they were"], asdict(proved), as_json=as_json)
