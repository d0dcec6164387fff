"""The yes of a person to a decision that reaches further than the one thing that it names."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Protocol

import typer

from fibermap.cli.output import consequences, done_json, say
from fibermap.kernel.errors import Code, NeedsYes

if TYPE_CHECKING:
    from fibermap.cli.decision import Confirmable
    from fibermap.coverage.commands import Done


class Deciding(Protocol):
    """A decision of the notebook facade, all but ``dry_run`` given."""

    def __call__(self, *, dry_run: bool) -> Done:
        """Carry it out, or only say what it would change."""


def confirmed(decide: Deciding, by: Confirmable) -> Done:
    """Carry a decision out, after a yes where it changes the class of any address.

    Raises
    ------
    NeedsYes
        Nobody said yes; nothing was written. ``changes`` says what would have changed.
    """
    if not by.yes:
        would = decide(dry_run=True)
        if would.flips.counts and not _agreed(would, as_json=by.as_json):
            if by.as_json:
                say([], done_json(would) | {"plan_version": None}, as_json=True)
            raise NeedsYes(
                Code.NEEDS_YES,
                f"This would change {_verdicts(would)}; nothing was written.",
                hint="Look at the changes, and say yes with --yes.",
                changes=would.flips.counts,
            )
    return decide(dry_run=False)


def somebody_answers() -> bool:
    """Tell whether a person sits at the terminal."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def _agreed(would: Done, *, as_json: bool) -> bool:
    if as_json or not somebody_answers():
        return False
    typer.echo("\n".join(["This would change:", *consequences(would)]))
    return typer.confirm("Do it?", default=False)


def _verdicts(would: Done) -> str:
    count = sum(sum(flips.values()) for flips in would.flips.counts.values())
    return "1 verdict" if count == 1 else f"{count:,} verdicts"
