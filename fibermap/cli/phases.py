"""Verbs on phases: how far they are, what opening one would set off, opening it, and another date for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from fibermap.cli.confirming import somebody_answers
from fibermap.cli.decision import Confirmable, decision
from fibermap.cli.geojson import features_of, one_shape
from fibermap.cli.options import AsJson, Db, check_choice, open_plan, read_day
from fibermap.cli.output import say, show_done, show_rows
from fibermap.kernel.errors import Code, NeedsYes

Phase = Annotated[str, typer.Argument(metavar="PHASE", help="The phase's name, as the plan writes it.")]
Cabinets = Annotated[list[str] | None, typer.Option("--cabinet", metavar="NAME", help="Only what a cabinet serves.")]
Splitters = Annotated[list[str] | None, typer.Option("--splitter", metavar="NAME", help="Only what a splitter serves.")]
Terminals = Annotated[list[str] | None, typer.Option("--terminal", metavar="NAME", help="Only what a terminal serves.")]
Within = Annotated[
    Path | None, typer.Option("--within", metavar="FILE.geojson", help="Only what lies in a drawn polygon.")
]
_REASONS = {
    "hold": "on hold",
    "no_port": "without a free port",
    "flagged": "flagged",
    "not_serviceable": "not serviceable",
    "source_not_permitted": "not permitted for sales",
    "not_build": "not in build",
    "drop_over_limit": "with a drop over the limit",
    "no_terminal": "without a terminal in reach",
}


def list_phases(db: Db = None, as_json: AsJson = False) -> None:
    """List the phases: units by class, areas open, dates with the original ones."""
    with open_plan(db) as plan:
        show_rows(plan.phases, "phases", as_json=as_json)


def show_phase(phase: Phase, db: Db = None, as_json: AsJson = False) -> None:
    """Show the parts that a phase can be opened by, its openings, and the history of its dates."""
    with open_plan(db) as plan:
        told = plan.phase(phase)
    lines = [told["phase"]]
    lines += [f"  {p['by']} {p['name']}: {p['open']} of {p['terminals']} terminals open" for p in told["parts"]]
    lines += [
        f"  {o['part']}: {o['state']}, network ready {o['network_ready_on']}, sales open {o['sales_open_on']} "
        f"({o['author']}: {o['reason']})"
        for o in told["openings"]
    ]
    lines += [
        f"  moved from {s['was_to'] or 'no date'} to {s['now_on']} ({s['now_precision']}) in version {s['version']} "
        f"({s['author']}: {s['reason']})"
        for s in told["slips"]
    ]
    say(lines, told, as_json=as_json)


@decision
def open_(
    by: Confirmable,
    phase: Phase,
    ready_on: Annotated[
        str | None, typer.Option("--ready-on", metavar="DATE", help="When the network is ready; today without it.")
    ] = None,
    sales_on: Annotated[
        str | None, typer.Option("--sales-on", metavar="DATE", help="When sales open; with the network without it.")
    ] = None,
    cabinet: Cabinets = None,
    splitter: Splitters = None,
    terminal: Terminals = None,
    within: Within = None,
) -> None:
    """Open a phase, or a part of it: build from the day on which the network is ready, orderable once sales open.

    Without --yes it says what that would set off, and asks.
    """
    with open_plan(by.db) as plan:
        days: dict[str, Any] = {
            "network_ready_on": _today() if ready_on is None else read_day(ready_on, "--ready-on"),
            "sales_open_on": None if sales_on is None else read_day(sales_on, "--sales-on"),
        }
        part: dict[str, Any] = {"cabinets": cabinet or (), "splitters": splitter or (), "terminals": terminal or ()}
        shape: dict[str, Any] = {} if within is None else {"shape": one_shape(features_of(within))}
        told = plan.preview_phase(phase, **days, **part, **shape)
        _require_yes(_opening_lines(told), told, by)
        do = partial(plan.open_phase, phase, by.reason, by.author, **days, **part, **shape)
        done = do(version=told["plan_version"])
    waits = told["on"] > _today().isoformat()
    what = f"{phase} opens on {told['on']}," if waits else f"{phase} opened"
    show_done(what, done, as_json=by.as_json, opening_id=done.ids[0])


@decision
def slip(
    by: Confirmable,
    phase: Phase,
    to: Annotated[str, typer.Option("--to", metavar="DATE", help="When it is expected now.")],
    precision: Annotated[
        str, typer.Option("--precision", help="How precise the date is: day, month, quarter or year.")
    ] = "day",
    opening: Annotated[
        int | None, typer.Option("--opening", metavar="ID", help="Move one opening that waits for its day.")
    ] = None,
) -> None:
    """Give what is not open of a phase another expected date. The original date and every move are kept.

    Without --yes it says whom that touches, and asks.
    """
    check_choice(precision, ("day", "month", "quarter", "year"), "precision")
    day = read_day(to, "--to")
    with open_plan(by.db) as plan:
        told = plan.preview_slip(phase, day, precision=precision, opening_id=opening)
        _require_yes(_slip_lines(told), told, by)
        done = plan.slip_phase(
            phase, day, by.reason, by.author, precision=precision, opening_id=opening, version=told["plan_version"]
        )
    show_done(f"{phase} expected {day.isoformat()}", done, as_json=by.as_json)


def due(
    on: Annotated[str | None, typer.Option("--on", metavar="DATE", help="As if it were that day.")] = None,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Open what waits for a day that has come. A server does it by itself; without one, run it every day."""
    with open_plan(db) as plan:
        done = plan.open_due_phases(None if on is None else read_day(on, "--on"))
    lines = [f"{len(done)} opened, up to plan version {done[-1].version}" if done else "Nothing waits for today"]
    say(lines, {"opened": [each.ids[0] for each in done]}, as_json=as_json)


def recallable(db: Db = None, as_json: AsJson = False) -> None:
    """List the plan versions that `fibermap undo` still calls off before notices and charges leave."""
    with open_plan(db) as plan:
        found = plan.recall_windows
    lines = [f"{each['version']}: {each['label']}, until {each['ends_at']}" for each in found]
    say(lines or ["Nothing can be recalled any more"], {"windows": found}, as_json=as_json)


def _today() -> date:
    from fibermap.kernel.clock import SystemClock, today

    return today(SystemClock())


def _require_yes(lines: Sequence[str], told: dict[str, Any], by: Confirmable) -> None:
    """Say what would happen and ask; raises ``NeedsYes`` where nobody agrees."""
    if by.yes:
        return
    say(lines, told, as_json=by.as_json)
    if by.as_json or not somebody_answers() or not typer.confirm("Do it?", default=False):
        raise NeedsYes(Code.NEEDS_YES, "Nothing was written.", hint="Look at what it sets off, and say yes with --yes.")


def _opening_lines(told: dict[str, Any]) -> list[str]:
    lines = [f"On {told['on']}:"]
    lines += [f"  {_addresses(n)}, {_units(told['units'][flip])}: {flip}" for flip, n in told["addresses"].items()]
    lines += [f"  {_addresses(each['addresses'])} can be ordered from {each['on']}" for each in told["orderable"]]
    for each in told["stays"]:
        one = each["addresses"] == 1
        what = f"stay{'s' * one} behind" if each["blocks"] else f"deserve{'s' * one} a look"
        lines.append(f"  {_addresses(each['addresses'])} {what}: {_REASONS.get(each['reason'], each['reason'])}")
    recall = told["recall"]
    if recall["minutes"]:
        lines.append(
            f"  Notices and charges wait {recall['minutes']} minutes; `fibermap undo` calls them off until then"
        )
    return lines


def _slip_lines(told: dict[str, Any]) -> list[str]:
    lines = [f"{_units(move['units'])}: {move['from'] or 'no date'} -> {move['to']}" for move in told["moves"]]
    return [*lines, f"The public reads another date for {_units(told['public_changes'])}"]


def _addresses(count: int) -> str:
    return "1 address" if count == 1 else f"{count:,} addresses"


def _units(count: int) -> str:
    return "1 unit" if count == 1 else f"{count:,} units"
