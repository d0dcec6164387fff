"""Verbs on the rules that verdicts follow: settings, and distance rules."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fibermap.cli.confirming import confirmed
from fibermap.cli.decision import Confirmable, decision
from fibermap.cli.options import AsJson, Db, check_choice, open_plan
from fibermap.cli.output import say, show_done
from fibermap.kernel.errors import Code, InputRefused

if TYPE_CHECKING:
    from fibermap.kernel.settings import Settings

Target = Annotated[str, typer.Argument(metavar="TARGET", help="What the rule measures from: terminal or route.")]
Technology = Annotated[str, typer.Option("--technology", help="fiber or fixed_wireless.")]


def list_settings(db: Db = None, as_json: AsJson = False) -> None:
    """List the settings in force in the database, and what each means."""
    with open_plan(db) as plan:
        settings = plan.settings
    found = _described(settings)
    lines = [f"{row['name']} = {_in_words(row, settings.units)}\n  {row['meaning']}" for row in found]
    say(lines, {"count": len(found), "settings": found}, as_json=as_json)


@decision
def set_settings(
    by: Confirmable,
    changes: Annotated[
        list[str],
        typer.Argument(metavar="NAME=VALUE...", help="drop_limit_m=150 or drop_limit_m=500ft; lists with commas."),
    ],
) -> None:
    """Change settings that verdicts depend on, and judge every address under them.

    Distance rules keep the limit that was agreed to; where it is another one, that is said, with the command for it.
    """
    wanted = dict(_read_change(text) for text in changes)
    with open_plan(by.db) as plan:
        decide = partial(plan.configure, by.reason, by.author, **wanted)
        done = confirmed(decide, by)
    show_done(f"Settings changed: {', '.join(changes)}", done, as_json=by.as_json)


def list_rules(db: Db = None, as_json: AsJson = False) -> None:
    """List the distance rules in force: what lies near the network and counts as covered where a plan has no areas."""
    from fibermap.kernel.units import format_length

    with open_plan(db) as plan:
        found, units = plan.distance_rules.table.to_pylist(), plan.settings.units
    lines = [
        f"{row['technology']}: within {format_length(row['limit_m'], units=units)} of a {row['target']}, "
        f"said by {row['author']}"
        for row in found
    ]
    say(lines or ["There is no distance rule in force"], {"count": len(found), "rules": found}, as_json=as_json)


@decision
def set_rule(
    by: Confirmable,
    target: Target,
    limit: Annotated[str, typer.Argument(metavar="LIMIT", help="How far, with its unit: 600ft or 180m.")],
    technology: Technology = "fiber",
) -> None:
    """Give a distance rule that was agreed to another limit."""
    from fibermap.kernel.units import read_length

    limit_m = read_length(limit)
    if limit_m is None:
        raise InputRefused(
            Code.ARGUMENT_INVALID, f"The limit {limit!r} cannot be read.", hint="Give it with its unit: 600ft or 180m."
        )
    _check_target(target)
    with open_plan(by.db) as plan:
        decide = partial(plan.set_distance_rule, target, limit_m, by.reason, by.author, technology=technology)
        done = confirmed(decide, by)
    show_done(f"Distance rule from a {target} set to {limit}", done, as_json=by.as_json)


@decision
def withdraw_rule(
    by: Confirmable,
    target: Target,
    technology: Technology = "fiber",
) -> None:
    """End a distance rule that was agreed to: what only it covered is covered no longer."""
    _check_target(target)
    with open_plan(by.db) as plan:
        decide = partial(plan.withdraw_distance_rule, target, by.reason, by.author, technology=technology)
        done = confirmed(decide, by)
    show_done(f"Distance rule from a {target} withdrawn", done, as_json=by.as_json)


def _check_target(target: str) -> None:
    from fibermap.coverage.distance_rules import TARGETS

    check_choice(target, TARGETS, "target of a rule")


def _described(settings: Settings) -> list[dict[str, Any]]:
    from fibermap.coverage.rule_settings import KEPT

    meanings = {name: field.description for name, field in type(settings).model_fields.items()}
    return [{"name": name, "value": getattr(settings, name), "meaning": meanings[name]} for name in KEPT]


def _in_words(row: dict[str, Any], units: str) -> str:
    from fibermap.kernel.units import format_length

    match row["value"]:
        case float(length_m) if row["name"].endswith("_m") and units == "us":
            return f"{length_m:g} ({format_length(length_m, units=units)})"
        case tuple() | list() as words:
            return ", ".join(words) or "none"
        case value:
            return str(value)


def _read_change(text: str) -> tuple[str, Any]:
    """Read ``name=value``; a length may have a unit, and flags are separated by commas."""
    from fibermap.kernel.units import read_length

    name, equals, value = (part.strip() for part in text.partition("="))
    if not equals or not name:
        raise InputRefused(
            Code.ARGUMENT_INVALID, f"The setting {text!r} cannot be read.", hint="Write NAME=VALUE: drop_limit_m=500ft."
        )
    if name == "blocking_flags":
        return name, tuple(flag.strip() for flag in value.split(",") if flag.strip())
    length_m = read_length(value) if name.endswith("_m") else None
    return name, value if length_m is None else length_m
