"""The verb that brings things in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fibermap.cli.confirming import somebody_answers
from fibermap.cli.options import AsJson, Db, check_target_folder, database_path, open_plan
from fibermap.cli.output import say
from fibermap.kernel.errors import Code, InputRefused

if TYPE_CHECKING:
    from fibermap.ingest.report import IngestReport
    from fibermap.plan import Plan

Inputs = Annotated[
    list[str],
    typer.Argument(
        metavar="PATH|URL...",
        help="KMZ, KML, Esri JSON, FileGDB, GeoPackage, Shapefile, GeoJSON, FlatGeobuf, GeoParquet, CSV, Parquet, "
        "Excel, and URLs of ArcGIS layers. All of them become one plan version.",
    ),
]
Source = Annotated[
    str | None,
    typer.Option(
        "--source", metavar="NAME", help="The source's name; the same name replaces. Default: the file's name."
    ),
]
Roles = Annotated[
    list[str] | None,
    typer.Option(
        "--role",
        metavar="ROLE",
        help="What it is, in place of what is proposed: addresses, coverage, exclusion, network_lines, network_points, "
        "context and so on; LAYER=ROLE for one layer.",
    ),
]
Crs = Annotated[
    str | None, typer.Option("--crs", help="The coordinate system where the file states none, such as EPSG:2818.")
]
MappingText = Annotated[
    str | None,
    typer.Option(
        "--mapping",
        metavar="M",
        help="Which column is what: a profile's name, a JSON file, or target=column,target=column with --role.",
    ),
]
SavedMapping = Annotated[
    str | None,
    typer.Option(
        "--save-mapping", metavar="NAME", help="Keep --mapping under a name; files with its columns then take it."
    ),
]
Statuses = Annotated[
    list[str] | None,
    typer.Option("--status", metavar="WORD=MEANING", help="A status word is build, pre-build or ignored; remembered."),
]
Types = Annotated[
    list[str] | None,
    typer.Option(
        "--type", metavar="WORD=MEANING", help="A type is residential, business, institution or none; remembered."
    ),
]
Uses = Annotated[
    list[str] | None,
    typer.Option(
        "--permit",
        metavar="USE",
        help="A use its licence permits: filing, challenge, planning, lists, public_answers, sales.",
    ),
]


def ingest(
    inputs: Inputs,
    source: Source = None,
    role: Roles = None,
    crs: Crs = None,
    mapping: MappingText = None,
    save_mapping: SavedMapping = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Report what would change, and write nothing.")] = False,
    map_: Annotated[
        Path | None, typer.Option("--map", metavar="OUT.html", help="With --dry-run: draw what would stand afterwards.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Say yes to every finding that needs one.")] = False,
    status: Statuses = None,
    type_: Types = None,
    no_distance_rules: Annotated[
        bool, typer.Option("--no-distance-rules", help="Never cover a plan without areas by distance from its network.")
    ] = False,
    licence: Annotated[str | None, typer.Option("--licence", help="The licence that the source carries.")] = None,
    permit: Uses = None,
    token: Annotated[
        str | None, typer.Option("--token", envvar="FIBERMAP_TOKEN", help="The token of an ArcGIS server.")
    ] = None,
    author: Annotated[str, typer.Option("--author", envvar="FIBERMAP_AUTHOR", help="Who; kept on record.")] = "planner",
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Read files or live layers, report what they would change, and promote them as a new plan version.

    In a terminal the questions are asked; elsewhere nothing is written where one is open, and the exit code is 3.
    """
    from fibermap.cli import decisions

    if save_mapping and mapping is None:
        raise InputRefused(Code.ARGUMENT_INVALID, "There is no mapping to save.", hint="Give --mapping with it.")
    if map_ is not None:
        _check_map(map_, dry_run=dry_run)
    roles = decisions.read_roles(role or [])
    chosen: dict[str, Any] = {
        "source": source,
        "roles": roles,
        "crs": crs,
        "statuses": decisions.read_words(status or [], "--status"),
        "types": decisions.read_words(type_ or [], "--type"),
        "distance_rules": not no_distance_rules,
        "licence": licence,
        "permitted_uses": decisions.read_uses(permit or []),
        "token": token,
        "author": author,
    }
    with _plan_to_fill(database_path(db)) as plan:
        if mapping is not None:
            chosen["mapping"] = decisions.read_mapping(mapping, roles, plan.profiles)
        report = _report(plan, inputs, chosen, dry_run=dry_run, yes=yes, as_json=as_json)
        if save_mapping and report.committed:
            plan.save_mapping(save_mapping, chosen["mapping"])
        if map_ is not None:
            plan.map_of(report).save(str(map_))
    drawn = [] if map_ is None else [f"Map written to {map_}"]
    value = report.as_json() | ({} if map_ is None else {"map": str(map_)})
    say([*report.lines(), *drawn], value, as_json=as_json)


def _check_map(path: Path, *, dry_run: bool) -> None:
    if not dry_run:
        raise InputRefused(
            Code.ARGUMENT_INVALID,
            "--map draws a dry run, and this is none.",
            hint="Give --dry-run with it; `fibermap map` draws what is in force.",
        )
    check_target_folder(path)


def _report(
    plan: Plan, inputs: list[str], chosen: dict[str, Any], *, dry_run: bool, yes: bool, as_json: bool
) -> IngestReport:
    from fibermap.ingest.report import Unanswered

    try:
        return plan.ingest(*inputs, dry_run=dry_run, yes=yes, **chosen)
    except Unanswered as unanswered:
        if somebody_answers() and not as_json:
            from fibermap.cli.ask import settle_questions

            return settle_questions(unanswered.report)
        if as_json:
            say([], unanswered.report.as_json(), as_json=True)
        raise


@contextmanager
def _plan_to_fill(path: Path) -> Iterator[Plan]:
    """Open the database, made if it is missing; one made for nothing, without a plan version, is removed again."""
    was_there = path.exists()
    plan = open_plan(path, create=True)
    try:
        yield plan
    finally:
        is_empty = not was_there and not len(plan.versions)
        plan.close()
        if is_empty:
            path.unlink(missing_ok=True)
            path.with_name(f"{path.name}.wal").unlink(missing_ok=True)
