"""The verb that changes many addresses at once, after a yes to how many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from fibermap.cli.confirming import somebody_answers
from fibermap.cli.decision import Confirmable, decision
from fibermap.cli.options import check_choice, open_plan, read_day
from fibermap.cli.output import say
from fibermap.kernel.errors import Code, InputRefused, NeedsYes


@decision
def bulk(
    by: Confirmable,
    where: Annotated[
        list[str] | None,
        typer.Option(
            "--where", metavar="FILTER=VALUE", help="Which: class=build, phase=2, kind=..., polygon=lon,lat,lon,lat,..."
        ),
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--list", metavar="FILE", help="Those that a list or CSV names, by id or address.")
    ] = None,
    kind: Annotated[str | None, typer.Option("--kind", help="residential, business, institution or other.")] = None,
    serviceable: Annotated[
        bool | None, typer.Option("--serviceable/--not-serviceable", help="Whether they are sold to.")
    ] = None,
    phase: Annotated[str | None, typer.Option("--phase", help="A phase of their own; '' for that of the area.")] = None,
    flag: Annotated[bool | None, typer.Option("--flag/--no-flag", help="For somebody to look at.")] = None,
    hold: Annotated[str | None, typer.Option("--hold", metavar="CODE", help="One hold on all of them.")] = None,
    document: Annotated[str | None, typer.Option("--document", help="Of the hold: where the paper is.")] = None,
    review_on: Annotated[
        str | None, typer.Option("--review-on", metavar="DATE", help="Of the hold: when to look again.")
    ] = None,
) -> None:
    """Change many addresses as one plan version: kind, serviceable, phase, flag, hold. Says how many, and asks."""
    from fibermap.address.model import Kind
    from fibermap.coverage.model import HoldCode

    _check_words(kind, Kind, "kind of address")
    _check_words(hold, HoldCode, "hold")
    day = None if review_on is None else read_day(review_on, "--review-on")
    sets: dict[str, Any] = {"kind": kind, "serviceable": serviceable, "phase": phase, "flag": flag, "hold": hold}
    selection = _filters(where or [])
    with open_plan(by.db) as plan:
        if file is not None:
            found = plan.match_list(_read(file))
            _tell_unmatched(found)
            selection["ids"] = found["ids"]
        if not selection.get("ids", True):
            raise InputRefused(Code.ADDRESS_NOT_FOUND, "The list names no address.", hint="`fibermap check` finds ids.")
        would = plan.bulk_preview(selection, **sets)
        if not by.yes and would["changed"] and not _agreed(would, as_json=by.as_json):
            if by.as_json:
                say([], would | {"plan_version": None}, as_json=True)
            raise NeedsYes(
                Code.NEEDS_YES,
                f"This would change {would['changed']:,} of {would['selected']:,} addresses; nothing was written.",
                hint="Look at the changes, and say yes with --yes.",
                changes=would["changes"],
            )
        more = {"document": document, "review_on": day, "seen": would["seen"]}
        done = plan.bulk_change(selection, by.reason, by.author, **sets, **more)
    lines = [f"{done['changed']:,} addresses changed with plan version {done['plan_version']}", *_lines(done)]
    say(lines, done, as_json=by.as_json)


def _check_words(word: str | None, words: Any, what: str) -> None:
    if word is not None:
        check_choice(word, words, what)


def _filters(pairs: Sequence[str]) -> dict[str, Any]:
    filters = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise InputRefused(
                Code.ARGUMENT_INVALID, f"--where {pair!r} cannot be read.", hint="Write --where class=build."
            )
        filters[name.strip()] = value.strip()
    return filters


def _read(file: Path) -> str:
    from fibermap.report.pasted import LONGEST_TEXT

    if not file.is_file():
        raise InputRefused(Code.FILE_MISSING, "There is no such file.", hint="Check the path.", file=str(file))
    with file.open("rb") as opened:
        return opened.read(LONGEST_TEXT + 1).decode("utf-8", "replace")


def _tell_unmatched(found: dict[str, Any]) -> None:
    if found["unmatched"]:
        typer.echo(f"note: {found['unmatched']:,} of {found['rows']:,} rows name no address", err=True)
    for row in found["problems"][:20]:
        typer.echo(f"  row {row['row']}: {row['text']}: {row['why']}", err=True)


def _agreed(would: dict[str, Any], *, as_json: bool) -> bool:
    if as_json or not somebody_answers():
        return False
    head = f"{would['changed']:,} of {would['selected']:,} selected addresses would change:"
    typer.echo("\n".join([head, *_lines(would)]))
    return typer.confirm("Do it?", default=False)


def _lines(told: dict[str, Any]) -> Iterator[str]:
    for field, changes in told["changes"].items():
        yield from (f"  {field}: {change}: {count:,}" for change, count in changes.items())
    yield f"  {told['units']:,} units; {told['held']:,} held, {told['customers']:,} with a customer"
    if told["not_listed"]:
        yield f"  {told['not_listed']:,} more are left alone, since their sources permit no lists"
