"""Verbs on review: what waits for a person, the evidence on it, and what is decided."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from fibermap.cli.decision import Decision, decision
from fibermap.cli.options import AsJson, Author, Db, check_choice, open_plan, read_day
from fibermap.cli.output import say, show_done, show_rows

Queue = Annotated[str | None, typer.Option("--queue", metavar="QUEUE", help="quarantined, duplicate, flag or missing.")]
Items = Annotated[list[int], typer.Argument(metavar="ID...", help="Items, as `review list` prints them.")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=500, help="At most so many.")]


def queues(db: Db = None, as_json: AsJson = False) -> None:
    """Say how much waits in each queue, since when, and why."""
    with open_plan(db) as plan:
        show_rows(plan.review_queues, "queues", as_json=as_json)


def list_items(
    queue: Queue = None,
    why: Annotated[
        str | None, typer.Option("--why", metavar="CODE", help="Only for this reason, such as drop_crosses.")
    ] = None,
    source: Annotated[str | None, typer.Option("--source", metavar="NAME", help="Only from this source.")] = None,
    assignee: Annotated[
        str | None, typer.Option("--assignee", metavar="NAME", help="Only what they look after.")
    ] = None,
    text: Annotated[str | None, typer.Option("--text", help="Only what has this in its name.")] = None,
    after: Annotated[int | None, typer.Option("--after", metavar="ID", help="Go on behind this item.")] = None,
    limit: Limit = 100,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """List what waits for somebody to decide, the oldest first."""
    _check_queue(queue)
    with open_plan(db) as plan:
        found = plan.reviews(queue, why=why, source=source, assignee=assignee, text=text, after=after, limit=limit)
    show_rows(found, "items", as_json=as_json)


def show(
    item_id: Annotated[int, typer.Argument(metavar="ID", help="An item, as `review list` prints it.")],
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Show the evidence on one item, and what can be decided."""
    with open_plan(db) as plan:
        shown = plan.review(item_id)
    say(list(_lines(shown)), shown, as_json=as_json)


@decision
def decide(
    by: Decision,
    item_ids: Items,
    choice: Annotated[str, typer.Option("--choice", metavar="CHOICE", help="accept, merge, split, hold or discard.")],
    text: Annotated[str | None, typer.Option("--text", help="How an address that is taken in is written.")] = None,
    lat: Annotated[float | None, typer.Option("--lat", help="Its latitude in degrees, EPSG:4326.")] = None,
    lon: Annotated[float | None, typer.Option("--lon", help="Its longitude in degrees.")] = None,
    address: Annotated[
        int | None, typer.Option("--address", metavar="ID", help="The address that a missing one is.")
    ] = None,
    class_: Annotated[
        str | None, typer.Option("--class", metavar="CLASS", help="Of an area that is taken in: build or pre-build.")
    ] = None,
    code: Annotated[
        str | None, typer.Option("--code", metavar="CODE", help="Of a hold; under_review if nothing is said.")
    ] = None,
    review_on: Annotated[
        str | None, typer.Option("--review-on", metavar="DATE", help="When somebody looks at the hold again.")
    ] = None,
) -> None:
    """Decide items of one queue, as one plan version."""
    from fibermap.coverage.model import HoldCode
    from fibermap.review.model import Choice

    check_choice(choice, Choice, "choice")
    said: dict[str, Any] = {"text": text, "lat": lat, "lon": lon, "address_id": address}
    if class_ is not None:
        check_choice(class_, ("build", "pre-build"), "class of an area")
        said["area"] = {"class": class_}
    if code is not None:
        check_choice(code, HoldCode, "hold")
        said["hold_code"] = HoldCode(code)
    if review_on is not None:
        said["review_on"] = read_day(review_on, "--review-on")
    with open_plan(by.db) as plan:
        details = {name: value for name, value in said.items() if value is not None}
        done = plan.decide_review(item_ids, choice, by.reason, by.author, **details)
    named = "1 item" if len(item_ids) == 1 else f"{len(item_ids):,} items"
    show_done(f"{named} decided ({choice}): {', '.join(map(str, done.ids))}", done, as_json=by.as_json)


@decision
def undo(
    by: Decision,
    decision_id: Annotated[int, typer.Argument(metavar="ID", help="The decision, as `review log` prints it.")],
) -> None:
    """Take a decision back, whatever was decided since. Its items wait again."""
    with open_plan(by.db) as plan:
        done = plan.undo_review(decision_id, by.reason, by.author)
    show_done(f"{len(done.ids):,} decisions taken back", done, as_json=by.as_json)


def log(queue: Queue = None, limit: Limit = 100, db: Db = None, as_json: AsJson = False) -> None:
    """List who decided what, when and why, the latest first."""
    _check_queue(queue)
    with open_plan(db) as plan:
        show_rows(plan.review_decisions(queue, limit=limit), "decisions", as_json=as_json)


def assign(
    item_ids: Items,
    author: Author,
    to: Annotated[str | None, typer.Option("--to", metavar="NAME", help="Who; without it, nobody.")] = None,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Say who looks after items."""
    with open_plan(db) as plan:
        count = plan.assign_review(item_ids, to, author)
    value = {"count": count, "assignee": to}
    say([f"{count:,} item{'' if count == 1 else 's'} for {to or 'nobody'}"], value, as_json=as_json)


def _check_queue(queue: str | None) -> None:
    from fibermap.review.model import Queue as Known

    if queue is not None:
        check_choice(queue, Known, "queue")


def _lines(shown: dict[str, Any]) -> list[str]:
    item = shown["item"]
    lines = [f"{item['title']}: {item['why']} ({item['queue']})", item["detail"]]
    if "sides" in shown:
        lines += [
            f"  {side['address_id']} {side['full_address']}: {side['class']}, {side['kind']}" for side in shown["sides"]
        ]
    if "differs" in shown:
        lines.append(f"They differ in {', '.join(shown['differs']) or 'nothing that is compared'}")
    if "thing" in shown:
        thing = shown["thing"]
        lines.append(
            f"  {thing['path']}, {thing['layer']}, row {thing['row']}; can become: {thing['becomes'] or 'nothing'}"
        )
    lines += [f"  near: {each['address_id']} {each['full_address']}" for each in shown.get("near", ())]
    return [*filter(None, lines), f"It can be decided by {', '.join(shown['choices'])}"]
