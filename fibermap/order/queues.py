"""What waits for somebody at the desk, in queues: pre-orders, who waits for a port, held, fallout, refunds,
and notices that a person has to see to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import pyarrow as pa

from fibermap.kernel.errors import Code, InputRefused
from fibermap.order.fallout import fallout, stands_in_the_way
from fibermap.order.notice_state import WORKLIST
from fibermap.order.order_store import facts_of
from fibermap.order.preorder_store import QUEUED
from fibermap.store import UnitOfWork

MOST_ROWS = 200


class Queue(StrEnum):
    """A queue."""

    PREORDERS = "preorders"
    """Signed, and not an order yet."""
    WAITING = "waiting"
    """Orders that wait for a port."""
    HELD = "held"
    FALLOUT = "fallout"
    """Stuck: it goes on only if somebody does something."""
    REFUNDS = "refunds"
    """Deposits that cannot go back to the card."""
    NOTICES = "notices"
    """What customers have to be told, and no message did: to be called, failed, or of unknown outcome."""


_QUEUES: Mapping[Queue, str] = {
    Queue.PREORDERS: f"""
        SELECT 'preorder' AS kind, commitment_id AS id, address_id, contact_id, state, committed_at AS since,
               state AS code, place FROM ({QUEUED}) WHERE state IN ('pre-ordered', 'committed', 'waiting')
    """,
    Queue.WAITING: """
        SELECT 'order' AS kind, o.order_id AS id, o.address_id, o.contact_id, o.state, w.since, 'no_port' AS code,
               row_number() OVER (PARTITION BY w.terminal_id ORDER BY w.since, w.order_id) AS place
        FROM waiting_list w JOIN customer_order o USING (order_id)
    """,
    Queue.HELD: """
        SELECT 'order' AS kind, order_id AS id, address_id, contact_id, state, changed_at AS since, held_why AS code
        FROM customer_order WHERE state = 'held'
    """,
    Queue.FALLOUT: """
        SELECT f.kind, f.id, f.address_id, o.contact_id, f.state, f.since, f.why, f.next_step
        FROM fallen f LEFT JOIN customer_order o ON o.order_id = f.id AND f.kind = 'order'
    """,
    Queue.REFUNDS: """
        SELECT 'refund' AS kind, r.refund_id AS id, l.address_id, l.contact_id, 'manual' AS state,
               r.waiting_since AS since, r.failure AS code, r.amount, r.currency
        FROM refund_worklist r LEFT JOIN commitment p ON p.deposit_id = r.deposit_id
        LEFT JOIN lead l ON l.lead_id = coalesce(
            p.lead_id, try_cast(CASE WHEN starts_with(r.party, 'lead:') THEN r.party[6:] END AS BIGINT))
    """,
    Queue.NOTICES: f"""
        SELECT 'notice' AS kind, n.notice_id AS id, coalesce(o.address_id, p.address_id) AS address_id, n.contact_id,
               n.state, n.queued_at AS since, n.state AS code
        FROM notice n LEFT JOIN customer_order o ON n.subject = 'order' AND o.order_id = n.subject_id
        LEFT JOIN commitment p ON n.subject = 'commitment' AND p.commitment_id = n.subject_id
        WHERE n.state IN {WORKLIST}
    """,
}
"""Each queue: ``kind, id, address_id, contact_id, state, since``, and what else there is to say of a row."""
_PAGE = """
    WITH queued AS ({queue}),
    led AS (
        SELECT q.*, coalesce(s.survivor_id, q.address_id) AS now_id
        FROM queued q LEFT JOIN survivor s ON s.address_id = q.address_id
    )
    SELECT led.* EXCLUDE (address_id, now_id, contact_id), led.now_id AS address_id, a.full_address, c.name, c.phone,
           c.email, z.zone_id, z.public_name AS zone
    FROM led LEFT JOIN address a ON a.address_id = led.now_id AND a.to_version IS NULL
    LEFT JOIN contact c ON c.contact_id = led.contact_id
    LEFT JOIN zone_address za ON za.address_id = led.now_id LEFT JOIN zone z ON z.zone_id = za.zone_id
    WHERE ($zone_id::BIGINT IS NULL OR z.zone_id = $zone_id)
      AND (led.since, led.id) > ($since::TIMESTAMPTZ, $id::BIGINT)
    ORDER BY led.since, led.id LIMIT $limit
"""
_COUNT = "SELECT count(*) FROM ({queue})"
_FALLEN = pa.schema(
    [
        ("kind", pa.string()), ("id", pa.int64()), ("address_id", pa.int64()), ("state", pa.string()),
        ("since", pa.timestamp("us", "UTC")), ("why", pa.string()), ("next_step", pa.string()),
    ]
)  # fmt: skip
_SAID = {
    "pre-ordered": ("Its deposit is still to come.", "Take the deposit, or withdraw it."),
    "committed": ("What it is for is not built there yet.", "Nothing: once it is live it becomes an order by itself."),
    "waiting": ("It is live there, and no port is free.", "Have ports added; the first in line gets the next one."),
    "to_call": ("There is no e-mail address.", "Call them, and say so here."),
    "failed": ("The mail server did not take it.", "Call them and say so, or have it sent again."),
    "unknown": (
        "Its sending was interrupted: it may have arrived.",
        "Ask them, and count it as told; or have it sent again, and they may get it twice.",
    ),
    "no_port": ("Every port of its terminal is taken.", "Have ports added; the first in line gets the next one."),
}
_GOES_ON = ("Nothing stands in its way any more.", "Nothing: it goes on by itself.")
_CURSOR = re.compile(r"([0-9]{1,16})-([0-9]{1,16})", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EMPTY = dict.fromkeys(("place", "why", "next_step", "amount"))


@dataclass(frozen=True, slots=True)
class Page:
    """Which rows of a queue.

    Attributes
    ----------
    zone_id
        Only of this zone; None: wherever.
    after
        Where the page before ended; None: from the longest waiting on.
    """

    zone_id: int | None = None
    after: str | None = None
    limit: int = 50


def count_queues(uow: UnitOfWork) -> list[dict[str, Any]]:
    """Return how many wait in each queue: ``queue`` and ``count``."""
    return [{"queue": str(queue), "count": _count(uow, queue)} for queue in Queue]


def _count(uow: UnitOfWork, queue: Queue) -> int:
    if queue is Queue.FALLOUT:
        return len(fallout(uow))
    return int(uow.sql.value("queue.count", _COUNT.format(queue=_QUEUES[queue])))


def queue_page(uow: UnitOfWork, queue: Queue, page: Page) -> tuple[list[dict[str, Any]], str | None]:
    """Return rows of a queue, the longest waiting first, and where the next page begins; None at the end.

    A row has ``kind``, ``id``, ``address_id``, ``full_address``, ``name``, ``phone``, ``email``, ``state``, ``since``,
    ``code``, ``why``, ``next_step``, ``zone_id``, ``zone``, ``place`` and ``amount``; what does not apply is None.

    Raises
    ------
    InputRefused
        ``argument_invalid``: ``after`` is not from a page.
    """
    since, own_id = _place_of(page.after)
    limit = min(page.limit, MOST_ROWS)
    asked = {"zone_id": page.zone_id, "since": since, "id": own_id, "limit": limit + 1}
    tables = {"fallen": _fallen(uow)} if queue is Queue.FALLOUT else {}
    found = uow.sql.records("queue.page", _PAGE.format(queue=_QUEUES[queue]), asked, **tables)
    rows = _told(uow, queue, found[:limit])
    last = rows[-1] if len(found) > limit else None
    return rows, None if last is None else f"{(last['since'] - _EPOCH) // timedelta(microseconds=1)}-{last['id']}"


def _place_of(after: str | None) -> tuple[datetime, int]:
    place = _CURSOR.fullmatch(after or "0-0")
    if place is None:
        raise InputRefused(
            Code.ARGUMENT_INVALID, "There is no such page.", hint="Take `after` from the page before.", field="after"
        )
    return _EPOCH + timedelta(microseconds=int(place[1])), int(place[2])


def _fallen(uow: UnitOfWork) -> pa.Table:
    rows = [
        {name: row.get(name) for name in _FALLEN.names} | {"id": row["order_id"] or row["event_id"]}
        for row in fallout(uow)
    ]
    return pa.Table.from_pylist(rows, schema=_FALLEN)


def _told(uow: UnitOfWork, queue: Queue, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    facts = {}
    if queue is Queue.HELD and rows:
        facts = {each.order_id: each for _, each in facts_of(uow, [row["id"] for row in rows])}
    told = []
    for row in rows:
        code, amount, currency = (row.pop(name, None) for name in ("code", "amount", "currency"))
        said = row if queue is Queue.FALLOUT else {}
        if queue is Queue.HELD:
            why, next_step = stands_in_the_way(str(code), facts.get(row["id"])) or _GOES_ON
            said = {"why": why, "next_step": next_step}
        elif queue is Queue.REFUNDS:
            why = f"It cannot go back to the card: {str(code).replace('_', ' ')}."
            said = {"why": why, "next_step": "Pay it back, and say how."}
        elif code is not None:
            said = dict(zip(("why", "next_step"), _SAID[code], strict=True))
        owed = None if amount is None else {"amount_cents": amount, "currency": currency}
        told.append(_EMPTY | row | said | {"code": code, "amount": owed})
    return told
