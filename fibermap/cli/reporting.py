"""The verb that makes reports."""

from __future__ import annotations

from typing import Annotated

import typer

from fibermap.cli.options import AsJson, Db, open_plan
from fibermap.cli.output import show_rows
from fibermap.coverage.model import Technology
from fibermap.kernel.errors import Code, InputRefused


def report(
    name: Annotated[
        str,
        typer.Argument(
            help="homes, phases, passings, expected, quality, sources, ingests, ports, terminals, funnel, demand or "
            "demand_by_area; what each says is in the docs."
        ),
    ],
    filters: Annotated[
        list[str] | None,
        typer.Option("--filter", metavar="NAME=WORDS", help='Which addresses: phase="Phase 1", territory=59741 ...'),
    ] = None,
    of_technology: Annotated[
        Technology, typer.Option("--technology", help="passings, expected: whose verdicts count.")
    ] = Technology.FIBER,
    step: Annotated[str, typer.Option("--step", help="passings: after each version, day or month.")] = "day",
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Make a report: homes passed, passings over time, data quality, sources, ingests, ports."""
    asked = dict(_filter(text) for text in filters or [])
    with open_plan(db) as plan:
        show_rows(plan.report(name, of_technology=of_technology, step=step, **asked), "rows", as_json=as_json)


def _filter(text: str) -> tuple[str, str]:
    name, equals, words = text.partition("=")
    if not equals or name in ("name", "of_technology", "step"):
        raise InputRefused(
            Code.ARGUMENT_INVALID, f"--filter cannot be read: {text[:100]!r}.", hint='Like phase="Phase 1".'
        )
    return name.strip(), words.strip()
