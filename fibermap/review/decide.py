"""Decide: a person's word on items of a queue, and all that follows from it, in one plan version."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from fibermap.address.corrections import Author
from fibermap.coverage import commands
from fibermap.coverage.area_commands import edit_areas
from fibermap.coverage.area_edits import Draw
from fibermap.coverage.holds import HoldOrder
from fibermap.kernel.errors import Code, Conflict, InputRefused, NotFound
from fibermap.kernel.ids import stable_id
from fibermap.kernel.settings import Settings
from fibermap.review.log import decided_on
from fibermap.review.mend import mended
from fibermap.review.model import FITTING, MOST_AT_ONCE, Choice, Details, Item, Queue, Seen
from fibermap.review.queues import load_items, not_found
from fibermap.store import UnitOfWork


class ReviewDecided(Conflict):
    """Somebody has decided an item already, or what it says has changed; ``decision`` says who, what and when."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """What somebody decides: one choice for one or several items of a queue, by whom and why."""

    items: tuple[Seen, ...]
    choice: Choice
    by: Author
    details: Details = field(default_factory=Details)


def decide(uow: UnitOfWork, ruling: Ruling, settings: Settings) -> commands.Done:
    """Carry a decision out as one plan version; ``ids`` are the decisions, one an item, in order.

    Raises
    ------
    ReviewDecided
        ``review_decided``: somebody was first. ``review_changed``: the item is no longer as it was looked at.
    InputRefused
        ``choice_not_fitting`` for a choice that its queue has not; ``argument_invalid`` where the decision lacks what
        it needs, such as the place of an address; and whatever the command behind it refuses.
    NotFound
        ``review_item_not_found``.
    """
    items = _open_items(uow, ruling.items)
    queue = _fitting_queue(items, ruling.choice)
    done = _CARRIED_OUT[queue, ruling.choice](uow, items, ruling, settings)
    return replace(done, ids=tuple(_keep(uow, item, ruling, done) for item in items))


def _open_items(uow: UnitOfWork, seen: Sequence[Seen]) -> list[Item]:
    ids = [each.item_id for each in seen]
    if not 1 <= len(ids) <= MOST_AT_ONCE or len(set(ids)) < len(ids):
        raise InputRefused(
            Code.LIMIT_EXCEEDED, f"One decision is about 1 to {MOST_AT_ONCE} items, each once.", limit=MOST_AT_ONCE
        )
    found, decided = load_items(uow, ids), decided_on(uow, ids)
    return [_open_item(each, found.get(each.item_id), decided.get(each.item_id)) for each in seen]


def _open_item(seen: Seen, item: Item | None, decision: Mapping[str, Any] | None) -> Item:
    if decision is not None and (item is None or decision["facts"] == item.facts):
        when = decision["decided_at"]
        raise ReviewDecided(
            Code.REVIEW_DECIDED,
            f"{decision['author']} has decided this on {when:%Y-%m-%d at %H:%M} UTC: {decision['choice']}.",
            hint="Take that decision back first if it is wrong.",
            item_id=seen.item_id,
            decision={"decided_at": when.isoformat()}
            | {name: decision[name] for name in ("decision_id", "choice", "author", "reason")},
        )
    if item is None:
        raise not_found(seen.item_id)
    if seen.facts is not None and seen.facts != item.facts:
        raise ReviewDecided(
            Code.REVIEW_CHANGED,
            f"{item.title} is no longer as you saw it.",
            hint="Look at it again, then decide.",
            item_id=seen.item_id,
        )
    return item


def _fitting_queue(items: Sequence[Item], choice: Choice) -> Queue:
    queues = {item.queue for item in items}
    if len(queues) > 1:
        raise InputRefused(Code.CHOICE_NOT_FITTING, "One decision is about items of one queue.")
    queue = queues.pop()
    if choice not in FITTING[queue]:
        raise InputRefused(
            Code.CHOICE_NOT_FITTING,
            f"An item of the queue {queue} cannot be decided by {choice}.",
            hint=f"It can by {', '.join(FITTING[queue])}.",
            field="choice",
        )
    return queue


def _keep(uow: UnitOfWork, item: Item, ruling: Ruling, done: commands.Done) -> int:
    """Write a decision down in the version that carried it out."""
    uow.sql.execute(
        "review.supersede",
        "UPDATE review_decision SET to_version = ? WHERE to_version IS NULL AND item_id = ?",
        [done.version, item.item_id],
    )
    decision_id = stable_id("decision", done.version, item.item_id)
    row = [
        decision_id, item.item_id, str(item.queue), item.facts, str(ruling.choice), item.why, item.title,
        ruling.by.name, ruling.by.reason, uow.at_utc, done.version, orjson.dumps(list(done.ids)).decode(), done.version,
    ]  # fmt: skip
    uow.sql.execute(
        "review.keep", "INSERT INTO review_decision VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)", row
    )
    return decision_id


# -- what follows from a decision


def _note(uow: UnitOfWork, items: Sequence[Item], ruling: Ruling, settings: Settings) -> commands.Done:
    """Change nothing but that it is decided."""
    named = items[0].title if len(items) == 1 else f"{len(items)} items"
    label = f"{ruling.choice} {named} ({items[0].queue}): {ruling.by.reason}"
    return commands.versioned(uow, "review", label, ruling.by.name, settings, lambda _: [])


def _hold(uow: UnitOfWork, items: Sequence[Item], ruling: Ruling, settings: Settings) -> commands.Done:
    said, by = ruling.details, ruling.by
    ids = dict.fromkeys(i for item in items for i in (item.address_id, item.other_id) if i is not None)
    orders = [
        HoldOrder(said.hold_code, by.reason, by.name, address_id, document=said.document, review_on=said.review_on)
        for address_id in ids
    ]
    return commands.place_holds(uow, orders, settings)


def _merge(uow: UnitOfWork, items: Sequence[Item], ruling: Ruling, settings: Settings) -> commands.Done:
    return commands.merge_addresses(uow, _pairs(items), ruling.by, settings)


def _keep_apart(uow: UnitOfWork, items: Sequence[Item], ruling: Ruling, settings: Settings) -> commands.Done:
    return commands.keep_addresses_apart(uow, _pairs(items), ruling.by, settings)


def _pairs(items: Sequence[Item]) -> list[tuple[int, int]]:
    return [(i.address_id, i.other_id) for i in items if i.address_id is not None and i.other_id is not None]


def _is_known(uow: UnitOfWork, items: Sequence[Item], ruling: Ruling, settings: Settings) -> commands.Done:
    """Note that a missing address is one that is there."""
    address_id = ruling.details.address_id
    if address_id is None:
        raise _lacks("Say which address it is.", "address_id")
    known = uow.sql.value(
        "review.known", "SELECT count(*) FROM address WHERE address_id = ? AND to_version IS NULL", [address_id]
    )
    if not known:
        raise NotFound(Code.ADDRESS_NOT_FOUND, f"There is no address {address_id}.", hint="Search for it on the map.")
    return replace(_note(uow, items, ruling, settings), ids=(address_id,))


def _add_missing(uow: UnitOfWork, items: Sequence[Item], ruling: Ruling, settings: Settings) -> commands.Done:
    (item,) = _alone(items)
    said = ruling.details
    lon, lat = (item.lon, item.lat) if said.lon is None or said.lat is None else (said.lon, said.lat)
    if lon is None or lat is None:
        raise _lacks("Say where it is: the report does not.", "lon")
    return commands.add_address(uow, said.text or item.title, lon, lat, ruling.by, settings)


def _take_in(uow: UnitOfWork, items: Sequence[Item], ruling: Ruling, settings: Settings) -> commands.Done:
    """Take a quarantined thing in, as an area or as an address, whichever it can be."""
    (item,) = _alone(items)
    thing, said = mended(uow, item), ruling.details
    if thing.area is not None and said.text is None:
        if "class" not in said.area:
            raise _lacks("Say whether the area is build or pre-build.", "class")
        fields = {"name": thing.name} | dict(said.area)
        return edit_areas(uow, [Draw(thing.area, fields)], ruling.by, settings)
    lon, lat = thing.place if said.lon is None or said.lat is None else (said.lon, said.lat)
    text = said.text or thing.text
    if lon is None or lat is None or not text:
        raise _lacks("Nothing of it can be used: say how the address is written and where it is.", "text")
    return commands.add_address(uow, text, lon, lat, ruling.by, settings)


def _alone(items: Sequence[Item]) -> Sequence[Item]:
    if len(items) > 1:
        raise InputRefused(Code.LIMIT_EXCEEDED, "What is taken in is looked at one by one.", limit=1)
    return items


def _lacks(message: str, field_: str) -> InputRefused:
    return InputRefused(Code.ARGUMENT_INVALID, message, field=field_)


_CARRIED_OUT: Mapping[tuple[Queue, Choice], Callable[[UnitOfWork, Sequence[Item], Ruling, Settings], commands.Done]] = {
    (Queue.QUARANTINED, Choice.ACCEPT): _take_in,
    (Queue.QUARANTINED, Choice.DISCARD): _note,
    (Queue.DUPLICATE, Choice.MERGE): _merge,
    (Queue.DUPLICATE, Choice.SPLIT): _keep_apart,
    (Queue.DUPLICATE, Choice.HOLD): _hold,
    (Queue.FLAG, Choice.ACCEPT): _note,
    (Queue.FLAG, Choice.HOLD): _hold,
    (Queue.MISSING, Choice.ACCEPT): _add_missing,
    (Queue.MISSING, Choice.MERGE): _is_known,
    (Queue.MISSING, Choice.DISCARD): _note,
}
