"""The verb that shows everything on a county that exists nowhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fibermap.cli.options import AsJson, Db
from fibermap.cli.output import json_text
from fibermap.cli.serving import serve_for_a_look


def demo(
    folder: Annotated[
        Path, typer.Argument(help="Where the county's files, its database and the map are written.")
    ] = Path("demo"),
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same county.")] = 7,
    addresses: Annotated[int, typer.Option("--addresses", min=240, help="About how many addresses it has.")] = 25_000,
    serve: Annotated[
        bool,
        typer.Option("--serve/--no-serve", help="Go on serving the map, until Ctrl-C; not with --json."),
    ] = True,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Make a synthetic county with faults planted in it, run it through everything, and show its map."""
    from fibermap.demo.run import run_demo

    shown = run_demo(folder, db, seed=seed, addresses=addresses, say=_nobody if as_json else typer.echo)
    if as_json:
        typer.echo(json_text(shown.as_json()))
    elif serve:
        serve_for_a_look(shown.database)


def _nobody(_: str) -> None:
    """Take a line that nobody reads."""
