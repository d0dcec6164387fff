"""Verbs on addresses: what a person knows better than the sources. No refresh overwrites it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from fibermap.cli.confirming import confirmed
from fibermap.cli.decision import Confirmable, Decision, decision
from fibermap.cli.options import AsJson, Db, check_choice, open_plan
from fibermap.cli.output import say, show_done
from fibermap.kernel.errors import Code, InputRefused

AddressId = Annotated[int, typer.Argument(metavar="ID", help="The address_id, as check and export print it.")]
OtherId = Annotated[int, typer.Argument(metavar="OTHER", help="The address_id of the other one.")]
CorrectionId = Annotated[int, typer.Argument(metavar="ID", help="The correction, as `disagreements` prints it.")]
Lat = Annotated[float, typer.Option("--lat", help="Latitude in degrees, EPSG:4326.")]
Lon = Annotated[float, typer.Option("--lon", help="Longitude in degrees; negative in North America.")]


@decision
def add(
    by: Decision,
    text: Annotated[str, typer.Argument(metavar="TEXT", help='What it is called, such as "Lot 14, Elk Ridge".')],
    lat: Lat,
    lon: Lon,
) -> None:
    """Add a provisional address that no source has yet. It keeps its id when a source brings the address."""
    with open_plan(by.db) as plan:
        done = plan.add_address(text, lon, lat, by.reason, by.author)
    show_done(f"Address {done.ids[0]} added", done, as_json=by.as_json, address_id=done.ids[0])


@decision
def move(
    by: Decision,
    address_id: AddressId,
    lat: Lat,
    lon: Lon,
) -> None:
    """Put an address where it really is."""
    with open_plan(by.db) as plan:
        done = plan.move_address(address_id, lon, lat, by.reason, by.author)
    show_done(f"Address {done.ids[0]} moved", done, as_json=by.as_json, address_id=done.ids[0])


@decision
def retype(
    by: Decision,
    address_id: AddressId,
    kind: Annotated[str, typer.Argument(metavar="KIND", help="residential, business, institution or other.")],
    serviceable: Annotated[
        bool, typer.Option("--serviceable/--not-serviceable", help="Whether it is a thing that one sells to.")
    ],
) -> None:
    """Say who is at an address, and whether it is sold to."""
    from fibermap.address.model import Kind

    check_choice(kind, Kind, "kind of address")
    with open_plan(by.db) as plan:
        done = plan.retype_address(address_id, kind, by.reason, by.author, serviceable=serviceable)
    show_done(f"Address {done.ids[0]} is {kind}", done, as_json=by.as_json, address_id=done.ids[0])


@decision
def lots(
    by: Confirmable,
    file: Annotated[
        Path, typer.Argument(metavar="FILE.geojson", help="A road (LineString) or points, GeoJSON in EPSG:4326.")
    ],
    name: Annotated[
        str, typer.Option("--name", help='What they are called, {n} for the number: "Lot {n}, Elk Ridge".')
    ],
    count: Annotated[int | None, typer.Option("--count", help="How many, along a road.")] = None,
    first: Annotated[int, typer.Option("--first", help="The first number.")] = 1,
    step: Annotated[int, typer.Option("--step", help="From one number to the next.")] = 1,
    side: Annotated[str, typer.Option("--side", help="Of the road as it was drawn: left, right or both.")] = "right",
    setback: Annotated[
        str, typer.Option("--setback", metavar="LENGTH", help="How far from the road they stand: 50ft, 15m.")
    ] = "50ft",
) -> None:
    """Add a row of provisional lots, at points or along a road; asks first, with the class each would have."""
    from fibermap.address.lots import Side
    from fibermap.cli.geojson import features_of, one_shape
    from fibermap.kernel.units import read_length

    check_choice(side, Side, "side of a road")
    setback_m = read_length(setback)
    if setback_m is None:
        raise InputRefused(Code.ARGUMENT_INVALID, f"--setback {setback!r} is no length.", hint="Give 50ft or 15m.")
    with open_plan(by.db) as plan:
        add = partial(plan.add_lots, one_shape(features_of(file)), name, by.reason, by.author)
        decide = partial(add, count=count, first=first, step=step, side=side, setback_m=setback_m)
        done = confirmed(decide, by)
    show_done(f"{len(done.ids):,} lots added", done, as_json=by.as_json)


@decision
def confirm(by: Decision, address_id: AddressId) -> None:
    """Say that a provisional address is real, before any source does."""
    with open_plan(by.db) as plan:
        done = plan.confirm_address(address_id, by.reason, by.author)
    show_done(f"Address {done.ids[0]} confirmed", done, as_json=by.as_json, address_id=done.ids[0])


@decision
def split(
    by: Decision,
    address_id: AddressId,
    pattern: Annotated[str, typer.Argument(metavar="UNITS", help="Its units by pattern: 1-24, A-D, 101-108.")],
) -> None:
    """Give a building units by pattern, each a provisional address of its own."""
    with open_plan(by.db) as plan:
        done = plan.split_address(address_id, pattern, by.reason, by.author)
    show_done(f"{len(done.ids):,} units added to {address_id}", done, as_json=by.as_json, address_id=address_id)


def units(
    address_id: AddressId,
    pattern: Annotated[str, typer.Argument(metavar="UNITS", help="Units by pattern: 1-24, A-D, 1-12 x A-F.")],
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Look at the units that a pattern stands for at a building, before `split` makes them. Writes nothing."""
    with open_plan(db) as plan:
        found = plan.preview_units(address_id, pattern)
    lines = [f"{unit['full_address']}{' (there already)' if unit['known'] else ''}" for unit in found]
    say([f"{len(found):,} units", *lines], {"count": len(found), "units": found}, as_json=as_json)


@decision
def retire(
    by: Confirmable,
    address_id: AddressId,
) -> None:
    """Take an address out of the current ones. Its history, and whatever hangs on it, stay."""
    with open_plan(by.db) as plan:
        decide = partial(plan.retire_address, address_id, by.reason, by.author)
        done = confirmed(decide, by)
    show_done(f"Address {done.ids[0]} retired", done, as_json=by.as_json, address_id=done.ids[0])


@decision
def merge(by: Decision, address_id: AddressId, other_id: OtherId) -> None:
    """Make two addresses one, whatever the rules say. The retired id leads to the other."""
    with open_plan(by.db) as plan:
        done = plan.merge_addresses(address_id, other_id, by.reason, by.author)
    show_done(f"Addresses {address_id} and {other_id} are one", done, as_json=by.as_json)


@decision
def keep_apart(by: Decision, address_id: AddressId, other_id: OtherId) -> None:
    """Say that two addresses are two, so that no rule makes them one."""
    with open_plan(by.db) as plan:
        done = plan.keep_addresses_apart(address_id, other_id, by.reason, by.author)
    show_done(f"Addresses {address_id} and {other_id} stay two", done, as_json=by.as_json)


def disagreements(db: Db = None, as_json: AsJson = False) -> None:
    """List the corrections whose sources say something else since, for a person to settle."""
    with open_plan(db) as plan:
        found = plan.disagreements()
    lines = [
        f"{row['correction_id']}: {row['full_address']} (address {row['address_id']}): "
        f"{row['kind']} by {row['author']}, {row['reason']}; "
        f"corrected to {_in_words(row['corrected'])}, the source says now {_in_words(row['says_now'])}"
        for row in found
    ]
    value = {"count": len(found), "disagreements": found}
    say(lines or ["No source disagrees with a correction"], value, as_json=as_json)


@decision
def keep(by: Decision, correction_id: CorrectionId) -> None:
    """Keep a correction against what its source says now. It is listed again once the source says something else."""
    with open_plan(by.db) as plan:
        done = plan.keep_correction(correction_id, by.reason, by.author)
    show_done(f"Correction of {done.ids[0]} kept", done, as_json=by.as_json, address_id=done.ids[0])


@decision
def withdraw(by: Decision, correction_id: CorrectionId) -> None:
    """Take the source's word in the place of a correction that it disagrees with."""
    with open_plan(by.db) as plan:
        done = plan.withdraw_correction(correction_id, by.reason, by.author)
    show_done(f"Correction of {done.ids[0]} withdrawn", done, as_json=by.as_json, address_id=done.ids[0])


def _in_words(fields: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in fields.items())
