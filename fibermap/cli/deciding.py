"""Verbs that change what is true: undo, classify, hold, release, the class of areas, connectivity."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fibermap.cli.confirming import confirmed
from fibermap.cli.decision import Confirmable, Decision, decision
from fibermap.cli.options import AsJson, Db, check_choice, open_plan, read_day
from fibermap.cli.output import say, show, show_done
from fibermap.kernel.errors import Code, InputRefused, NotFound

if TYPE_CHECKING:
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


@decision
def hold(
    by: Decision,
    code: Annotated[
        str,
        typer.Argument(
            help="easement_refused, no_mdu_agreement, do_not_serve, owner_refusal, unsafe, under_review or exclusion."
        ),
    ],
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
) -> None:
    """Forbid sales on an address, a building or an area. The class stays what it is, and re-ingest changes nothing."""
    from fibermap.coverage.model import HoldCode

    check_choice(code, HoldCode, "hold")
    review = None if review_on is None else read_day(review_on, "--review-on")
    with open_plan(by.db) as plan:
        shape = None if area is None else _area(plan, area)
        done = plan.hold(
            code,
            by.reason,
            by.author,
            address_id=address,
            location_id=building,
            area=shape,
            document=document,
            review_on=review,
        )
    show_done(f"Hold {done.ids[0]} placed", done, as_json=by.as_json, hold_id=done.ids[0])


@decision
def release(
    by: Decision,
    hold_id: Annotated[int, typer.Argument(metavar="ID", help="The hold, as `hold` and `explain --json` print it.")],
) -> None:
    """End a hold that a person placed."""
    with open_plan(by.db) as plan:
        done = plan.release_hold(hold_id, by.reason, by.author)
    show_done(f"Hold {hold_id} released", done, as_json=by.as_json, hold_id=hold_id)


@decision
def set_area(
    by: Confirmable,
    ids: Annotated[list[int], typer.Argument(metavar="ID...", help="Coverage areas, by the area_id of an export.")],
    class_: Annotated[str, typer.Option("--class", metavar="CLASS", help="build or pre-build.")],
    live_on: Annotated[
        str | None, typer.Option("--live-on", metavar="DATE", help="Since when, or from when on, it is live.")
    ] = None,
) -> None:
    """Say that areas are live, or are not yet, whatever their source says."""
    check_choice(class_, ("build", "pre-build"), "class of an area")
    day = None if live_on is None else read_day(live_on, "--live-on")
    with open_plan(by.db) as plan:
        decide = partial(plan.set_area_class, ids, class_, by.reason, by.author, live_on=day)
        done = confirmed(decide, by)
    named = "Area" if len(ids) == 1 else f"{len(ids):,} areas"
    show_done(f"{named} set to {class_}", done, as_json=by.as_json)


def connectivity(
    address_id: Annotated[int, typer.Argument(metavar="ID", help="The address_id of the unit.")],
    event: Annotated[
        str,
        typer.Argument(
            metavar="EVENT",
            help="What happened there: network_passed, network_withdrawn, drop_built, drop_removed, ont_placed, "
            "ont_recovered, service_activated, service_suspended, service_resumed or service_ended.",
        ),
    ],
    cause: Annotated[str, typer.Option("--cause", help="What it rests on, such as work-order:4711; kept on record.")],
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Move a unit's connectivity by what happened there. It is no plan version: the opposite event takes it back."""
    from fibermap.address.model import ConnectivityEvent

    check_choice(event, ConnectivityEvent, "event")
    with open_plan(db) as plan:
        state = plan.change_connectivity(address_id, event, cause)
    value = {"address_id": address_id, "event": event, "connectivity": str(state)}
    say([f"Address {address_id} is {str(state).replace('_', ' ')}"], value, as_json=as_json)


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
