"""Verbs that change what is true: undo, classify, hold, release."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fibermap.cli.options import AsJson, Author, Db, Reason, open_plan
from fibermap.cli.output import say, show
from fibermap.kernel.errors import Code, InputRefused, NotFound

if TYPE_CHECKING:
    from fibermap.coverage.commands import Done
    from fibermap.plan import Plan


def undo(
    version: Annotated[
        int | None, typer.Option("--version", help="Only if this is the latest version in force.")
    ] = None,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Take the latest plan version back, by a new version that restores the one before. Nothing is erased."""
    with open_plan(db) as plan:
        show(plan.undo(version), as_json=as_json)


def classify(db: Db = None, as_json: AsJson = False) -> None:
    """Judge every address again. After an ingest this changes nothing."""
    with open_plan(db) as plan:
        show(plan.classify(), as_json=as_json)


def hold(
    code: Annotated[
        str,
        typer.Argument(help="easement_refused, no_mdu_agreement, do_not_serve, owner_refusal, unsafe or exclusion."),
    ],
    reason: Reason,
    author: Author,
    address: Annotated[int | None, typer.Option("--address", metavar="ID", help="Hold one address.")] = None,
    building: Annotated[
        int | None, typer.Option("--building", metavar="ID", help="Hold all units of a building, by its location_id.")
    ] = None,
    area: Annotated[
        str | None,
        typer.Option("--area", metavar="ID|WKT", help="Hold what lies in an area: its area_id, or a polygon as WKT."),
    ] = None,
    document: Annotated[str | None, typer.Option("--document", help="Where the paper is.")] = None,
    review_on: Annotated[
        str | None, typer.Option("--review-on", metavar="DATE", help="When somebody should look again.")
    ] = None,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Forbid sales on an address, a building or an area. The class stays what it is, and re-ingest changes nothing."""
    _check_hold_code(code)
    review = None if review_on is None else _day(review_on)
    with open_plan(db) as plan:
        shape = None if area is None else _area(plan, area)
        done = plan.hold(
            code,
            reason,
            author,
            address_id=address,
            location_id=building,
            area=shape,
            document=document,
            review_on=review,
        )
    _say_done(f"Hold {done.ids[0]} placed", done, as_json=as_json)


def release(
    hold_id: Annotated[int, typer.Argument(metavar="ID", help="The hold, as `hold` and `explain --json` print it.")],
    reason: Reason,
    author: Author,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """End a hold that a person placed."""
    with open_plan(db) as plan:
        done = plan.release_hold(hold_id, reason, author)
    _say_done(f"Hold {hold_id} released", done, as_json=as_json)


def _say_done(what: str, done: Done, *, as_json: bool) -> None:
    value = {"hold_id": done.ids[0], "plan_version": done.version, "changes": done.flips.counts}
    say([f"{what} with plan version {done.version}"], value, as_json=as_json)


def _check_hold_code(code: str) -> None:
    from fibermap.coverage.model import HoldCode

    if code not in tuple(HoldCode):
        raise InputRefused(
            Code.ARGUMENT_INVALID, f"There is no hold {code!r}.", hint=f"There are: {', '.join(HoldCode)}."
        )


def _area(plan: Plan, text: str) -> Any:
    import shapely

    if text.isascii() and text.isdigit():
        areas = plan.areas
        found = areas.loc[areas["area_id"] == int(text), "geometry"]
        if not len(found):
            raise NotFound(Code.AREA_NOT_FOUND, f"There is no area {text} in force.", hint="`export areas` lists them.")
        return found.iloc[0]
    shape = shapely.from_wkt(text, on_invalid="ignore")
    if shape is None or shapely.get_dimensions(shape) != 2 or not shape.is_valid or shape.is_empty:
        raise InputRefused(
            Code.ARGUMENT_INVALID,
            "The area cannot be read as a polygon.",
            hint='Give an area_id, or WKT in degrees, longitude first: "POLYGON ((-111.3 45.8, ...))".',
        )
    return shape


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InputRefused(
            Code.ARGUMENT_INVALID, f"--review-on {text!r} cannot be read.", hint="Give a date such as 2027-03-01."
        ) from error
