"""Options that every verb takes, and the database that they open."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar, cast

import typer

from fibermap.kernel.errors import Code, DatabaseBusy, InputRefused

if TYPE_CHECKING:
    from pydantic_settings import BaseSettings

    from fibermap.client.remote_plan import RemotePlan
    from fibermap.plan import Plan

S = TypeVar("S", bound="BaseSettings")

Db = Annotated[
    Path | None,
    typer.Option("--db", envvar="FIBERMAP_DB", metavar="FILE", help="The plan database; before or after the verb."),
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print one JSON document and nothing else; before or after the verb.")
]
Reason = Annotated[str, typer.Option("--reason", help="Why; kept on record.")]
Channel = Annotated[str, typer.Option("--channel", metavar="CHANNEL", help="How they came.")]
Author = Annotated[str, typer.Option("--author", envvar="FIBERMAP_AUTHOR", help="Who; kept on record.")]
State = Annotated[str | None, typer.Option("--state", metavar="STATE", help="Only in this state.")]
AtMost = Annotated[int, typer.Option("--limit", min=1, max=1000, help="At most so many.")]
AddOn = Annotated[
    list[int] | None, typer.Option("--add-on", metavar="ID", help="What goes with it; as often as there are any.")
]
DraftId = Annotated[
    int | None, typer.Option("--draft", metavar="ID", help="What was begun, by `drafts list`, and is taken up by this.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Do it without asking, whatever it changes.")]


def database_path(db: Path | None) -> Path:
    """Return the database that was named, or refuse."""
    if db is None:
        raise InputRefused(
            Code.ARGUMENT_INVALID,
            "No database is named.",
            hint="Give --db FILE, or set FIBERMAP_DB.",
        )
    return db


def read_day(text: str, option: str) -> date:
    """Read a date such as 2027-03-01."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InputRefused(
            Code.ARGUMENT_INVALID,
            f"{option} {text!r} cannot be read.",
            hint="Give a date such as 2027-03-01.",
        ) from error


def check_target_folder(out: Path) -> None:
    """Refuse a file to write in a folder that is not there."""
    if not out.parent.is_dir():
        raise InputRefused(
            Code.EXPORT_TARGET_REFUSED, f"The folder {out.parent} is not there.", hint="Create it first.", file=str(out)
        )


def check_choice(text: str, choices: Iterable[str], what: str) -> None:
    """Refuse a word that is none of the choices."""
    known = list(choices)
    if text not in known:
        raise InputRefused(
            Code.ARGUMENT_INVALID, f"There is no {what} {text!r}.", hint=f"There are: {', '.join(known)}."
        )


def open_plan(db: Path | None, *, create: bool = False) -> Plan:
    """Open the database that was named; only ``ingest`` and ``demo`` make one that is not there.

    Raises
    ------
    NotFound
        ``database_missing``.
    DatabaseBusy
        Another process holds the file, and is no server that can be reached from here.
    """
    path = database_path(db)
    from fibermap.kernel.settings import Settings
    from fibermap.plan import Plan

    try:
        return Plan.open(path, create=create, settings=read_settings(Settings))
    except DatabaseBusy as busy:
        return cast("Plan", through_the_server(busy))  # the same verbs, as the tests of both hold


def through_the_server(busy: DatabaseBusy) -> RemotePlan:
    """Return the plan of the server that has the database open; raises ``busy`` again where none can be reached."""
    from fibermap.client.connect import reach

    remote = reach(busy.where.get("socket"))
    if remote is None:
        raise busy
    return remote


def read_settings(kind: type[S]) -> S:
    """Read settings from the environment; raises ``InputRefused`` where one cannot be used."""
    from pydantic import ValidationError
    from pydantic_settings import SettingsError

    try:
        return kind()
    except SettingsError as error:
        raise InputRefused(
            Code.ARGUMENT_INVALID,
            f"A FIBERMAP_ environment variable cannot be read: {error}.",
            hint='Lists are written as JSON, such as ["drop_over_limit"].',
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        raise InputRefused(
            Code.ARGUMENT_INVALID,
            f"The setting {kind.model_config.get('env_prefix', '')}{name} cannot be used: {first['msg']}.",
            hint="Correct the environment variable, or unset it.",
        ) from error
