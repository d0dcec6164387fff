"""Verbs on what is sold: the catalogue, its labels, and the offers of an address."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from fibermap.cli.decision import Decision, decision
from fibermap.cli.options import AsJson, Db, check_target_folder, open_plan, read_day
from fibermap.cli.output import json_text, say, show_rows

OfferId = Annotated[int, typer.Argument(metavar="ID", help="An offer, as `offers list` prints it.")]
On = Annotated[str | None, typer.Option("--on", metavar="DATE", help="On that day; today if left out.")]
From = Annotated[str | None, typer.Option("--from", metavar="DATE", help="From that day on; today if left out.")]


def list_offers(on: On = None, db: Db = None, as_json: AsJson = False) -> None:
    """List the offerings, of each the revision that speaks for it on a day."""
    with open_plan(db) as plan:
        show_rows(plan.catalogue.offerings(_day(on, "--on")), "offerings", as_json=as_json)


def show_offer(offer_id: OfferId, db: Db = None, as_json: AsJson = False) -> None:
    """Show one revision of an offering, sold or not, with everything that was stated."""
    from fibermap.order.label import label_problems
    from fibermap.order.offering_json import offering_json

    with open_plan(db) as plan:
        offering = plan.catalogue.offering(offer_id)
    missing = [problem._asdict() for problem in label_problems(offering.terms)]
    shown = offering_json(offering) | {"label_missing": missing}
    lines = [f"{shown['terms']['name']} ({shown['terms']['code']}), revision {shown['revision']}"]
    lines += [f"  {name}: {json_text(value)}" for name, value in shown["terms"].items()]
    lines += [f"  not complete: {each['text']}" for each in shown["label_missing"]]
    say(lines, shown, as_json=as_json)


def show_label(
    offer_id: OfferId,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write it as a page.")] = None,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Show the broadband label of a plan (47 CFR 8.1)."""
    from fibermap.formats.whole_file import whole_file
    from fibermap.order.label_facts import facts_json, facts_of
    from fibermap.order.label_page import label_page, label_text

    if html is not None:
        check_target_folder(html)
    with open_plan(db) as plan:
        facts = facts_of(plan.catalogue.offering(offer_id))
    if html is not None:
        with whole_file(html) as fresh:
            fresh.write_text(label_page(facts), encoding="utf-8")
    say(label_text(facts), facts_json(facts), as_json=as_json)


def offers_at(
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="As somebody would type it, or its id.")],
    channel: Annotated[str, typer.Option("--channel", metavar="CHANNEL", help="Where it would be sold.")] = "csr",
    on: On = None,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Say what may be ordered or pre-ordered at an address, and why anything else may not."""
    from fibermap.order.offers_json import offers_json

    day = _day(on, "--on")
    with open_plan(db) as plan:
        address_id = int(address) if address.isascii() and address.isdigit() else _settled(plan.check(address).value)
        found = offers_json(plan.catalogue.offers_at(address_id, channel, day))
    say(list(_lines(found)), found, as_json=as_json)


@decision
def load(
    by: Decision,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A catalogue: .json or .csv.")],
    from_: From = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what it would change.")] = False,
) -> None:
    """State the offerings of a file: new ones are added, others revised, all or none. What it does not name stays."""
    from fibermap.order.catalogue_file import read_catalogue_file

    stated, day = read_catalogue_file(file), _day(from_, "--from")
    with open_plan(by.db) as plan:
        done = plan.catalogue.load(stated, by.reason, by.author, from_on=day, dry_run=dry_run)
    codes = {
        "added": [each.code for each in done.added],
        "revised": [each.code for each in done.revised],
        "unchanged": list(done.unchanged),
    }
    would = "would be " if dry_run else ""
    lines = [f"{len(named):,} {would}{name}: {', '.join(named) or 'none'}" for name, named in codes.items()]
    say(lines, codes | {"dry_run": dry_run}, as_json=by.as_json)


@decision
def retire(by: Decision, offer_id: OfferId, from_: From = None) -> None:
    """End an offering from a day on. It stays on record, and with whoever bought it."""
    with open_plan(by.db) as plan:
        ended = plan.catalogue.retire(offer_id, by.reason, by.author, from_on=_day(from_, "--from"))
    value = {"offer_id": offer_id, "code": ended.terms.code, "ended_on": ended.ended_on}
    say([f"{ended.terms.code} is not sold any more from {ended.ended_on} on"], value, as_json=by.as_json)


def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to: .json, .csv, or its labels to .labels.csv.")],
    on: On = None,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Write the catalogue of a day to a file that `offers load` reads, or its broadband labels to *.labels.csv."""
    from fibermap.formats.whole_file import whole_file
    from fibermap.order.catalogue_file import file_of

    check_target_folder(file)
    with open_plan(db) as plan:
        stated = plan.catalogue.stated(_day(on, "--on"))
    contents = file_of(file.name, stated)
    with whole_file(file) as fresh:
        fresh.write_bytes(contents)
    say([f"{len(stated):,} offerings written to {file}"], {"file": str(file), "count": len(stated)}, as_json=as_json)


def _day(text: str | None, option: str) -> Any:
    return None if text is None else read_day(text, option)


def _settled(checked: Any) -> int:
    """Return the address that a check has settled."""
    from fibermap.kernel.errors import Code, InputRefused

    match = checked["match"]
    if match["next_action"] != "accept" or match["address_id"] is None:
        raise InputRefused(
            Code.ADDRESS_NOT_SETTLED,
            f"It is not settled which address is meant: {match['status']}.",
            hint="Look with `fibermap check`, and ask by its id.",
            next_action=match["next_action"],
        )
    return int(match["address_id"])


def _lines(found: dict[str, Any]) -> Any:
    can = {"order": "can be ordered", "pre-order": "can be pre-ordered", "interest": "interest can be taken down"}
    sold = can.get(found["sale"], "nothing is sold")
    yield f"Address {found['address_id']} on {found['on']} by {found['channel']}: {sold}"
    for offer in found["offers"]:
        price = offer["price"]
        expected = offer["expected_live"]
        when = "" if expected is None else f", expected {expected['date']} ({expected['precision']})"
        yield (f"  {offer['sale']}: {offer['name']} [{offer['offer_id']}], {price['currency']} "
               f"{price['monthly_cents'] / 100:,.2f} a month without taxes{when}")  # fmt: skip
    for refused in found["not_available"]:
        yield f"  not: {refused['name']}: {' '.join(reason['text'] for reason in refused['reasons'])}"
