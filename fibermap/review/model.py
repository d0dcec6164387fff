"""The words of a review: queues, what can be decided in each, and an item as it stands in its queue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from fibermap.coverage.model import HoldCode

MOST_AT_ONCE = 500
"""Items that one decision is about."""


class Queue(StrEnum):
    """What people have to look at."""

    QUARANTINED = "quarantined"
    """What an ingest read and could not use."""
    DUPLICATE = "duplicate"
    """Two addresses that may be one."""
    FLAG = "flag"
    """Something odd about an address: its drop, what the drop crosses, its parcel."""
    MISSING = "missing"
    """An address that somebody misses."""


class Choice(StrEnum):
    """What a person can decide."""

    ACCEPT = "accept"
    """Take it in: the thing as it is or as mended, the flag as no matter, the missing address as an address."""
    MERGE = "merge"
    """It is one with an address that is there."""
    SPLIT = "split"
    """They are two addresses, whatever a rule makes of them later."""
    HOLD = "hold"
    """Sell nothing there until it is settled."""
    DISCARD = "discard"
    """It is nothing."""


FITTING: Mapping[Queue, tuple[Choice, ...]] = {
    Queue.QUARANTINED: (Choice.ACCEPT, Choice.DISCARD),
    Queue.DUPLICATE: (Choice.MERGE, Choice.SPLIT, Choice.HOLD),
    Queue.FLAG: (Choice.ACCEPT, Choice.HOLD),
    Queue.MISSING: (Choice.ACCEPT, Choice.MERGE, Choice.DISCARD),
}
"""What can be decided in each queue."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to look at.

    Attributes
    ----------
    item_id
        Follows from what the item is about, so that a later ingest makes no other item of it.
    queue, why
        Its queue, and in a word why it is there: a code of a rejection, a reason of a duplicate, a flag.
    title, detail
        What a person reads: a name or an address, and more of it.
    source
        Of a quarantined thing: the source that held it.
    address_id, other_id
        The addresses it is about; NULL where it is about none.
    subject_id
        The rejection, address or report behind it.
    lon, lat
        Degrees in EPSG:4326, where it has a place.
    since
        When it came up first.
    facts
        Stands for all that a decision rests on; other facts, another look.
    assignee
        Who looks after it.
    """

    item_id: int
    queue: Queue
    why: str
    title: str
    detail: str
    source: str | None
    address_id: int | None
    other_id: int | None
    subject_id: int
    lon: float | None
    lat: float | None
    since: datetime | None
    facts: str
    assignee: str | None = None


@dataclass(frozen=True, slots=True)
class ItemFilter:
    """Which items; what is None leaves all in.

    ``assignee`` is a name, or empty for what nobody looks after; ``text`` is looked for in title and detail;
    ``before`` keeps what came up earlier.
    """

    queue: Queue | None = None
    why: str | None = None
    source: str | None = None
    assignee: str | None = None
    text: str | None = None
    before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Details:
    """What a decision says beside its choice; each is read where it is needed.

    Attributes
    ----------
    text, lon, lat
        Of an address that is taken in: how it is written and where it is (EPSG:4326), where the item does not say it.
    address_id
        The address that a missing one is one with.
    area
        Of an area that is taken in: fields as :func:`fibermap.coverage.areas.read_fields` takes them, ``class`` first.
    hold_code, document, review_on
        Of a hold.
    """

    text: str | None = None
    lon: float | None = None
    lat: float | None = None
    address_id: int | None = None
    area: Mapping[str, Any] = field(default_factory=dict)
    hold_code: HoldCode = HoldCode.UNDER_REVIEW
    document: str | None = None
    review_on: date | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """An item as somebody looked at it; without ``facts`` it is taken as it is now."""

    item_id: int
    facts: str | None = None
