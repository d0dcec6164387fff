"""The verb that puts on record what a source may be used for beyond its licence."""

from __future__ import annotations

from typing import Annotated

import typer

from fibermap.cli.decision import Decision, decision
from fibermap.cli.options import open_plan
from fibermap.cli.output import show_done


@decision
def permit(
    by: Decision,
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="The source's name, as `status` lists it.")],
    uses: Annotated[
        list[str],
        typer.Argument(
            metavar="USE...", help="What is permitted: filing, challenge, planning, lists, public_answers, sales."
        ),
    ],
) -> None:
    """Permit a source for exactly these uses beyond its licence, on record. `undo` takes it back, `status` lists it."""
    with open_plan(by.db) as plan:
        done = plan.override_permission(source, uses, by.reason, by.author)
        left_out = plan.left_out()
    what = f"{source} permitted for {', '.join(sorted(set(uses)))}"
    show_done(what, done, as_json=by.as_json, source=source, uses=sorted(set(uses)), left_out=left_out.as_json())
