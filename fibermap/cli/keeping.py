"""Verbs that keep the database safe and hand its contents on."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fibermap.cli.options import AsJson, Db, check_target_folder, database_path, open_plan
from fibermap.cli.output import say, tell_left_out
from fibermap.kernel.errors import Code, FibermapError

if TYPE_CHECKING:
    from fibermap.store import Problem


def draw(
    out: Annotated[Path, typer.Argument(metavar="OUT.html", help="The file to write.")],
    where: Annotated[
        str, typer.Option("--where", help="Which addresses: a SQL condition on the view addresses.")
    ] = "true",
    with_gaps: Annotated[bool, typer.Option("--gaps", help="Draw the coverage gaps too.")] = False,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Write a map of addresses, areas and network that opens without a network."""
    check_target_folder(out)
    with open_plan(db) as plan:
        plan.map(where, gaps=with_gaps).save(str(out))
        left_out = plan.left_out(where)
    tell_left_out(left_out)
    say([f"Map written to {out}"], {"path": str(out), "left_out": left_out.as_json()}, as_json=as_json)


def snapshot(
    folder: Annotated[
        Path | None, typer.Argument(help="Where to publish; by default FILE.snapshots beside the database.")
    ] = None,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Publish a copy that others may open while this database is in use."""
    with open_plan(db) as plan:
        path = plan.publish_snapshot(folder)
    say([f"Snapshot published as {path}"], {"path": str(path)}, as_json=as_json)


def backup(
    folder: Annotated[Path, typer.Argument(help="A folder that does not exist yet.")],
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Write a verified copy with a manifest."""
    with open_plan(db) as plan:
        manifest = plan.backup(folder)
    rows = sum(table.rows for table in manifest.contents.tables.values())
    value = {"folder": str(folder), "made_at_utc": manifest.made_at_utc, "sha256": manifest.sha256, "rows": rows}
    say([f"Backup of {rows:,} rows written to {folder} and read back"], value, as_json=as_json)


def restore(
    folder: Annotated[Path, typer.Argument(help="A folder that `backup` wrote.")],
    file: Annotated[
        Path | None, typer.Argument(help="The database to make; it must not exist yet. Default: --db.")
    ] = None,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Put a backup back as a new database file, after proving that it is whole."""
    target = file or database_path(db)
    from fibermap.store import restore as put_back

    manifest = put_back(folder, target)
    rows = sum(table.rows for table in manifest.contents.tables.values())
    value = {"file": str(target), "made_at_utc": manifest.made_at_utc, "rows": rows}
    say([f"{rows:,} rows of {manifest.made_at_utc} restored to {target}"], value, as_json=as_json)


def doctor(db: Db = None, as_json: AsJson = False) -> None:
    """Check integrity, references, indexes and waiting events; exit 1 where something is wrong."""
    with open_plan(db) as plan:
        problems = plan.doctor()
    errors = [problem for problem in problems if problem.severity == "error"]
    value = {"ok": not errors, "problems": [asdict(problem) for problem in problems]}
    say([line for problem in problems for line in _lines(problem)] or ["All is well"], value, as_json=as_json)
    if errors:
        raise FibermapError(
            Code.DOCTOR_FOUND_ERRORS,
            f"{len(errors)} thing(s) are wrong with the database: {errors[0].message}",
            hint=errors[0].hint,
            problems=[problem.check for problem in errors],
        )


def _lines(problem: Problem) -> list[str]:
    said = [f"{problem.severity}: {problem.message} ({problem.check}, {problem.count:,})"]
    return [*said, f"  {problem.hint}"] if problem.hint else said
