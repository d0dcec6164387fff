"""Verbs on addresses: what a person knows better than the sources. No refresh overwrites it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any

import typer

from fibermap.cli.confirming import confirmed
from fibermap.cli.options import AsJson, Author, Db, Reason, Yes, check_choice, open_plan
from fibermap.cli.output import say, show_done

AddressId = Annotated[int, typer.Argument(metavar="ID", help="The address_id, as check and export print it.")]
Lat = Annotated[float, typer.Option("--lat", help="Latitude in degrees, EPSG:4326.")]
Lon = Annotated[float, typer.Option("--lon", help="Longitude in degrees; negative in North America.")]


def add(
    text: Annotated[str, typer.Argument(metavar="TEXT", help='What it is called, such as "Lot 14, Elk Ridge".')],
    lat: Lat,
    lon: Lon,
    reason: Reason,
    author: Author,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Add a provisional address that no source has yet. It keeps its id when a source brings the address."""
    with open_plan(db) as plan:
        done = plan.add_address(text, lon, lat, reason, author)
    show_done(f"Address {done.ids[0]} added", done, as_json=as_json, address_id=done.ids[0])


def move(
    address_id: AddressId,
    lat: Lat,
    lon: Lon,
    reason: Reason,
    author: Author,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Put an address where it really is."""
    with open_plan(db) as plan:
        done = plan.move_address(address_id, lon, lat, reason, author)
    show_done(f"Address {done.ids[0]} moved", done, as_json=as_json, address_id=done.ids[0])


def retype(
    address_id: AddressId,
    kind: Annotated[str, typer.Argument(metavar="KIND", help="residential, business, institution or other.")],
    serviceable: Annotated[
        bool, typer.Option("--serviceable/--not-serviceable", help="Whether it is a thing that one sells to.")
    ],
    reason: Reason,
    author: Author,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Say who is at an address, and whether it is sold to."""
    from fibermap.address.model import Kind

    check_choice(kind, Kind, "kind of address")
    with open_plan(db) as plan:
        done = plan.retype_address(address_id, kind, reason, author, serviceable=serviceable)
    show_done(f"Address {done.ids[0]} is {kind}", done, as_json=as_json, address_id=done.ids[0])


def split(
    address_id: AddressId,
    pattern: Annotated[str, typer.Argument(metavar="UNITS", help="Its units by pattern: 1-24, A-D, 101-108.")],
    reason: Reason,
    author: Author,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Give a building units by pattern, each a provisional address of its own."""
    with open_plan(db) as plan:
        done = plan.split_address(address_id, pattern, reason, author)
    show_done(f"{len(done.ids):,} units added to {address_id}", done, as_json=as_json, address_id=address_id)


def retire(
    address_id: AddressId,
    reason: Reason,
    author: Author,
    yes: Yes = False,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Take an address out of the current ones. Its history, and whatever hangs on it, stay."""
    with open_plan(db) as plan:
        decide = partial(plan.retire_address, address_id, reason, author)
        done = confirmed(decide, yes=yes, as_json=as_json)
    show_done(f"Address {done.ids[0]} retired", done, as_json=as_json, address_id=done.ids[0])


def disagreements(db: Db = None, as_json: AsJson = False) -> None:
    """List the corrections whose sources say something else since, for a person to settle."""
    with open_plan(db) as plan:
        found = plan.disagreements()
    lines = [
        f"{row['full_address']} (address {row['address_id']}): {row['kind']} by {row['author']}, {row['reason']}; "
        f"corrected to {_in_words(row['corrected'])}, the source says now {_in_words(row['says_now'])}"
        for row in found
    ]
    value = {"count": len(found), "disagreements": found}
    say(lines or ["No source disagrees with a correction"], value, as_json=as_json)


def _in_words(fields: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in fields.items())
