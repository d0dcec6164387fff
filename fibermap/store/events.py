"""The outbox as a person sees it: what was published, who receives it, how far behind they are, and what was parked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from fibermap.store.executor import Executor, named_sql

MOST_EVENTS = 500
LONGEST_PAYLOAD = 4_000
_EVENTS = """
    SELECT event_id, type, at_utc, cause, plan_version, address_id, payload FROM event
    WHERE ($type IS NULL OR type = $type) AND ($older_than IS NULL OR event_id < $older_than)
    ORDER BY event_id DESC LIMIT $limit
"""
_PARKED = """
    SELECT delivery.subscriber, event.event_id, event.type, event.at_utc, event.cause, event.plan_version,
           event.address_id, delivery.attempts, delivery.marked_at_utc AS parked_at_utc, delivery.error, event.payload
    FROM delivery JOIN event USING (event_id)
    WHERE delivery.state = 'parked'
    ORDER BY delivery.marked_at_utc DESC, delivery.subscriber, event.event_id LIMIT $limit
"""


@dataclass(frozen=True, slots=True)
class SubscriberState:
    """One subscriber and how far it is.

    Attributes
    ----------
    waits
        It receives the events of a plan version only once the recall window is over.
    behind
        Events that it has still to receive, those that wait for another attempt or for a window included.
    oldest_waiting_at_utc
        Since when the first of them is due, or from when on; None where it is up to date.
    error
        The last failure of one that waits.
    parked
        Events that were given up and wait for a person.
    """

    subscriber: str
    event_types: tuple[str, ...]
    created_at_utc: datetime
    retired_at_utc: datetime | None
    waits: bool
    delivered: int
    behind: int
    oldest_waiting_at_utc: datetime | None
    error: str | None
    parked: int


def list_events(
    sql: Executor, *, type_: str | None = None, older_than: int | None = None, limit: int = MOST_EVENTS
) -> list[dict[str, Any]]:
    """Return events with their payload, the newest first; ``older_than`` is an event id, for the next page."""
    params = {"type": type_, "older_than": older_than, "limit": min(limit, MOST_EVENTS)}
    return [_with_payload(row) for row in sql.records("event_list", _EVENTS, params)]


def list_parked(sql: Executor, limit: int = MOST_EVENTS) -> list[dict[str, Any]]:
    """Return the deliveries that were given up, each with how often it was tried and the last failure."""
    return [_with_payload(row) for row in sql.records("event_parked", _PARKED, {"limit": min(limit, MOST_EVENTS)})]


def list_subscribers(sql: Executor) -> list[SubscriberState]:
    """Return every subscriber by name, retired ones too."""
    rows = sql.records("event_subscribers", named_sql("fibermap.store", "event_subscribers"))
    return [SubscriberState(**{**row, "event_types": tuple(row["event_types"])}) for row in rows]


def _with_payload(row: dict[str, Any]) -> dict[str, Any]:
    text = row["payload"]
    payload = orjson.loads(text) if len(text) <= LONGEST_PAYLOAD else {"cut_off": text[:LONGEST_PAYLOAD]}
    return {**row, "payload": payload}
