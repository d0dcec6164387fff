"""Verbs that ask and change nothing."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Annotated

import typer

from fibermap.cli.options import AsJson, Db, check_target_folder, open_plan, read_day
from fibermap.cli.output import say, show, show_rows
from fibermap.kernel.errors import Code, FibermapError, InputRefused


def status(db: Db = None, as_json: AsJson = False) -> None:
    """Show the state of the database: plan version, classes, sources, and what waits for a person."""
    with open_plan(db) as plan:
        show(plan.status(), as_json=as_json)


def check(
    address: Annotated[str | None, typer.Argument(help="The address as a customer would type it.")] = None,
    lat: Annotated[float | None, typer.Option("--lat", help="Latitude in degrees, EPSG:4326.")] = None,
    lon: Annotated[float | None, typer.Option("--lon", help="Longitude in degrees; negative in North America.")] = None,
    at: Annotated[
        str | None, typer.Option("--at", metavar="DATE", help="The date in the world asked about: 2027-03-01.")
    ] = None,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Check whether an address, or a place given by --lat and --lon, can be served."""
    if (address is None) == (lat is None or lon is None):
        raise InputRefused(
            Code.ARGUMENT_INVALID,
            "A check is about one address or one place.",
            hint='Give "ADDRESS", or both --lat and --lon.',
        )
    day = None if at is None else read_day(at, "--at")
    with open_plan(db) as plan:
        show(plan.check(address, lat=lat, lon=lon, at=day), as_json=as_json)


def check_batch(
    source: Annotated[Path, typer.Argument(metavar="IN", help="A CSV file with a column q: addresses as typed.")],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="The CSV file to write, in the same order.")],
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Check many addresses: a CSV in, a CSV out with status, next_action, score, address_id, source_id and class."""
    from fibermap.cli.batch import run_batch

    check_target_folder(target)
    with open_plan(db) as plan:
        counts = run_batch(plan, source, target)
    lines = [f"{sum(counts.values()):,} addresses checked: {target}", *(f"  {s}: {n:,}" for s, n in counts.items())]
    value = {"path": str(target), "count": sum(counts.values()), "statuses": counts}
    say(lines, value, as_json=as_json)


def explain(
    address_id: Annotated[int, typer.Argument(metavar="ID", help="The address_id, as check and export print it.")],
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of",
            metavar="T",
            help="What was known then: a plan version, a date (the end of that day) or a time, UTC unless it says so.",
        ),
    ] = None,
    at: Annotated[
        str | None, typer.Option("--at", metavar="DATE", help="The date in the world asked about: 2027-03-01.")
    ] = None,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Say why an address is what it is: the verdict derived again, step by step."""
    knowledge = None if as_of is None else moment_of_knowledge(as_of)
    day = None if at is None else read_day(at, "--at")
    with open_plan(db) as plan:
        show(plan.explain(address_id, as_of=knowledge, at=day), as_json=as_json)


def moment_of_knowledge(text: str) -> int | datetime:
    """Return a plan version or a moment: a bare date is the end of that day, a time without a zone is UTC."""
    if text.isascii() and text.isdigit():
        return int(text)
    try:
        day = date.fromisoformat(text)
    except ValueError:
        pass
    else:
        return datetime.combine(day, time.max, UTC)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise InputRefused(
            Code.ARGUMENT_INVALID,
            f"--as-of {text!r} cannot be read.",
            hint="Give a plan version, 2026-11-30 or 2026-11-30T17:00.",
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def gaps(db: Db = None, as_json: AsJson = False) -> None:
    """List the clusters of serviceable addresses beyond coverage, the largest first."""
    with open_plan(db) as plan:
        show_rows(plan.gaps(), "gaps", as_json=as_json)


def versions(db: Db = None, as_json: AsJson = False) -> None:
    """List the plan versions, the newest first."""
    with open_plan(db) as plan:
        found = [row | {"summary": json.loads(row["summary"])} for row in plan.versions.table.to_pylist()]
    lines = [
        f"{row['version']}  {datetime.fromisoformat(row['created_at']):%Y-%m-%d %H:%M}  {row['kind']:<10}  "
        f"{row['label']}  ({row['author']})"
        for row in found
    ]
    value = {"count": len(found), "versions": found}
    say(lines or ["There is no plan version yet"], value, as_json=as_json)


def compare(
    first: Annotated[int, typer.Argument(metavar="V1", help="A plan version; 0 is the empty plan.")],
    last: Annotated[int, typer.Argument(metavar="V2", help="Another plan version.")],
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """List the verdicts that differ between two plan versions."""
    with open_plan(db) as plan:
        show_rows(plan.compare(first, last), "differences", as_json=as_json)


def sql(
    statement: Annotated[
        str, typer.Argument(help="One SELECT over addresses, source_records, areas, network and so on.")
    ],
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Answer a question in SQL: read-only, bounded in rows and time, no files."""
    with open_plan(db) as plan:
        show_rows(plan.sql(statement), "rows", as_json=as_json)


def replay(db: Db = None, as_json: AsJson = False) -> None:
    """Derive every verdict again by another road and compare; exit 1 unless all are proven."""
    with open_plan(db) as plan:
        answer = plan.replay()
        show(answer, as_json=as_json)
    if not answer.proven:
        raise FibermapError(
            Code.REPLAY_DIFFERS,
            f"{answer.differences:,} of {answer.verdicts:,} verdicts are not what the plan says.",
            hint="Make a backup, run `fibermap classify`, then `fibermap replay` again; report it if it stays.",
        )
