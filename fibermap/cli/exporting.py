"""The verbs that hand lists on: exports by name, and who wants no mail."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any

import typer

from fibermap.cli.options import AsJson, Author, Db, Reason, open_plan, read_day
from fibermap.cli.output import say, tell_left_out
from fibermap.kernel.errors import Code, InputRefused

AddressIds = Annotated[list[int], typer.Argument(metavar="ID...", help="Addresses, by the address_id of an export.")]
_OFFER = re.compile(r"(?P<technology>\w+)=(?P<code>\d+),(?P<down>\d+),(?P<up>\d+)")


def export(
    what: Annotated[
        str,
        typer.Argument(
            help="addresses, source-records, areas, mailing-list, mailing-list-unmailable, contractor-pack, "
            "fcc-availability or map."
        ),
    ],
    out: Annotated[
        Path,
        typer.Argument(
            metavar="OUT",
            help="The file; its suffix is the format: .csv, .geojson, .kmz, .gpkg, .parquet, .fgb or .kml; "
            "a contractor pack is a .zip, a map a .pdf.",
        ),
    ],
    where: Annotated[
        str, typer.Option("--where", help="Which addresses: a SQL condition on the view addresses.")
    ] = "true",
    phase: Annotated[str | None, typer.Option("--phase", help="contractor-pack: of this phase.")] = None,
    cabinet: Annotated[str | None, typer.Option("--cabinet", help="contractor-pack: of this cabinet.")] = None,
    title: Annotated[str | None, typer.Option("--title", help="map: its heading.")] = None,
    box: Annotated[
        str | None, typer.Option("--bbox", metavar="W,S,E,N", help="map: what it shows, degrees; default everything.")
    ] = None,
    provider_id: Annotated[
        int | None, typer.Option("--provider-id", help="fcc-availability: the FCC's number of the provider.")
    ] = None,
    brand_name: Annotated[str | None, typer.Option("--brand-name", help="fcc-availability: the brand.")] = None,
    offer: Annotated[
        list[str] | None,
        typer.Option(
            "--offer",
            metavar="TECHNOLOGY=CODE,DOWN,UP",
            help="fcc-availability: what is advertised, Mbit/s: fiber=50,1000,1000. Once a technology.",
        ),
    ] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="DATE", help="fcc-availability: the date filed for; default today.")
    ] = None,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Write addresses or another export by name to a file, and say what it left out and why."""
    given: dict[str, Any] = {
        "phase": phase, "cabinet": cabinet, "title": title, "provider_id": provider_id, "brand_name": brand_name,
        "offers": _offers(offer or []) or None,
        "as_of": None if as_of is None else read_day(as_of, "--as-of").isoformat(),
        **({} if box is None else _box(box)),
    }  # fmt: skip
    options = {name: value for name, value in given.items() if value is not None}
    with open_plan(db) as plan:
        written = plan.export(what, out, where=where, **options)
        left_out = plan.left_out(where) if what == "addresses" else None
    value = {"export": what, "path": str(out), "rows": written.rows}
    if left_out is not None:
        tell_left_out(left_out)
        value["left_out"] = left_out.as_json()
    elif written.left_out:
        value["left_out"] = dict(written.left_out)
    lines = [f"{written.rows:,} {what} written to {out}"]
    if left_out is None:
        lines += [f"  left out: {count:,} {reason.replace('_', ' ')}" for reason, count in written.left_out.items()]
    say(lines, value, as_json=as_json)


def opt_out(ids: AddressIds, reason: Reason, author: Author, db: Db = None, as_json: AsJson = False) -> None:
    """Keep addresses off mailing lists from now on, on record; no undo takes it back."""
    with open_plan(db) as plan:
        changed = plan.opt_out_of_mail(ids, reason, author)
    say([f"{changed:,} addresses get no mail any more"], {"changed": changed}, as_json=as_json)


def opt_in(ids: AddressIds, reason: Reason, author: Author, db: Db = None, as_json: AsJson = False) -> None:
    """Put addresses on mailing lists again, on record."""
    with open_plan(db) as plan:
        changed = plan.opt_in_to_mail(ids, reason, author)
    say([f"{changed:,} addresses get mail again"], {"changed": changed}, as_json=as_json)


def list_opt_outs(db: Db = None, as_json: AsJson = False) -> None:
    """List who gets no mail, since when, and who wrote it down."""
    with open_plan(db) as plan:
        rows = plan.mail_opt_outs.table.to_pylist()
    lines = [f"{row['address_id']}  {row['full_address'] or 'no longer in force'}  {row['reason']}" for row in rows]
    say(lines or ["Nobody"], {"opt_outs": rows}, as_json=as_json)


def _offers(texts: list[str]) -> dict[str, dict[str, Any]]:
    offers = {}
    for text in texts:
        found = _OFFER.fullmatch(text.strip())
        if found is None:
            raise _unreadable("--offer", text, "fiber=50,1000,1000: technology, the FCC's code, Mbit/s down and up")
        code, down, up = (int(found[name]) for name in ("code", "down", "up"))
        offers[found["technology"]] = {"code": code, "down_mbps": down, "up_mbps": up}
    return offers


def _box(text: str) -> dict[str, float]:
    try:
        west, south, east, north = (float(side) for side in text.split(","))
    except ValueError:
        raise _unreadable("--bbox", text, "-111.4,45.8,-111.2,45.9: west, south, east and north in degrees") from None
    return {"west": west, "south": south, "east": east, "north": north}


def _unreadable(option: str, text: str, like: str) -> InputRefused:
    return InputRefused(Code.ARGUMENT_INVALID, f"{option} cannot be read: {text[:100]!r}.", hint=f"Like {like}.")
