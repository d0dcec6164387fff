"""The tables of leads: leads, households, merges. All their SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from fibermap.kernel.errors import Code, NotFound
from fibermap.order.contact import Contact
from fibermap.order.lead import Lead, LeadState
from fibermap.order.standing import standing_at
from fibermap.store import UnitOfWork

_COLUMNS = "lead_id, address_id, contact_id, state, channel, captured_at, technology, rep, rep_since, lost_reason"


def insert_lead(uow: UnitOfWork, lead: Lead, household_key: str) -> None:
    """Write a new lead, and that its household has one."""
    uow.sql.execute(
        "lead.insert",
        f"INSERT INTO lead ({_COLUMNS}, changed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            lead.lead_id, lead.address_id, lead.contact_id, str(lead.state), lead.channel, lead.captured_at,
            lead.technology, lead.rep, lead.rep_since, lead.lost_reason, uow.at_utc,
        ],
    )  # fmt: skip
    uow.sql.execute("lead.household", "INSERT INTO household VALUES (?, ?)", [household_key, lead.lead_id])


def save_lead(uow: UnitOfWork, lead: Lead) -> None:
    """Write a lead as it is now; one that is closed leaves its household."""
    uow.sql.execute(
        "lead.save",
        """
        UPDATE lead SET address_id = $address_id, contact_id = $contact_id, state = $state, technology = $technology,
               rep = $rep, rep_since = $rep_since, lost_reason = $lost_reason, changed_at = $now
        WHERE lead_id = $lead_id
        """,
        {
            "address_id": lead.address_id, "contact_id": lead.contact_id, "state": str(lead.state),
            "technology": lead.technology, "rep": lead.rep, "rep_since": lead.rep_since,
            "lost_reason": lead.lost_reason, "now": uow.at_utc, "lead_id": lead.lead_id,
        },
    )  # fmt: skip
    if not lead.is_open:
        uow.sql.execute("lead.leave", "DELETE FROM household WHERE lead_id = ?", [lead.lead_id])


def find_lead(uow: UnitOfWork, lead_id: int) -> Lead:
    """Return a lead by id; raises ``NotFound`` (``lead_not_found``)."""
    row = uow.sql.row("lead.find", f"SELECT {_COLUMNS} FROM lead WHERE lead_id = ?", [lead_id])
    if row is None:
        raise NotFound(Code.LEAD_NOT_FOUND, f"There is no lead {lead_id}.")
    return lead_of(row)


def lead_of_household(uow: UnitOfWork, household_key: str) -> Lead | None:
    """Return the open lead of a household; None where it has none."""
    lead_id = uow.sql.value("lead.of", "SELECT lead_id FROM household WHERE household_key = ?", [household_key])
    return None if lead_id is None else find_lead(uow, lead_id)


def lead_of_person(uow: UnitOfWork, address_id: int, contact: Contact) -> Lead | None:
    """Return the open lead at an address of whoever has this phone number or e-mail address; None for none."""
    lead_id = uow.sql.value(
        "lead.of_person",
        """
        SELECT min(l.lead_id) FROM household JOIN lead l USING (lead_id) JOIN contact c USING (contact_id)
        WHERE l.address_id = $address_id AND (c.phone = $phone OR lower(c.email) = lower($email))
        """,
        {"address_id": address_id, "phone": contact.phone, "email": contact.email},
    )
    return None if lead_id is None else find_lead(uow, lead_id)


def lead_of(row: Sequence[Any]) -> Lead:
    """Return a row of the columns of a lead as one."""
    lead_id, address_id, contact_id, state, *rest = row
    return Lead(lead_id, address_id, contact_id, LeadState(state), *rest)


@dataclass(frozen=True, slots=True)
class Merged:
    """What a lead took in: a capture of its household, or another lead.

    ``said``: what differed, JSON values without personal data. ``contact_id``: who spoke, where that is somebody else.
    """

    rule: str
    channel: str
    rep: str | None
    said: Mapping[str, Any]
    contact_id: int | None = None
    from_lead_id: int | None = None


def keep_merge(uow: UnitOfWork, lead_id: int, merged: Merged) -> None:
    """Write down what a lead took in."""
    said = orjson.dumps(merged.said, option=orjson.OPT_SORT_KEYS).decode()
    row = [lead_id, uow.at_utc, merged.rule, merged.channel, merged.rep, said, merged.contact_id, merged.from_lead_id]
    uow.sql.execute("lead.merge", "INSERT INTO lead_merge VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)


def merges_of(uow: UnitOfWork, lead_id: int) -> list[dict[str, Any]]:
    """Return what a lead took in, in order."""
    rows = uow.sql.records(
        "lead.merges",
        """
        SELECT merged_at, rule, channel, rep, said, contact_id, from_lead_id
        FROM lead_merge WHERE lead_id = ? ORDER BY merged_at, rowid
        """,
        [lead_id],
    )
    return [row | {"said": orjson.loads(row["said"])} for row in rows]


def contacts_of(uow: UnitOfWork, lead_id: int) -> list[int]:
    """Return everybody who has spoken for a lead: whom it has, then those whose captures it took in."""
    rows = uow.sql.rows(
        "lead.contacts",
        """
        SELECT DISTINCT contact_id FROM (
            SELECT contact_id FROM lead WHERE lead_id = $id
            UNION ALL SELECT contact_id FROM lead_merge WHERE lead_id = $id AND contact_id IS NOT NULL)
        ORDER BY contact_id
        """,
        {"id": lead_id},
    )
    return [row[0] for row in rows]


@dataclass(frozen=True, slots=True)
class LeadFilter:
    """Which leads; what is None does not matter.

    ``address_id`` is any id that the address ever had; ``since`` and ``until``: captured from then on, and before.
    """

    states: Sequence[str] = ()
    channel: str | None = None
    rep: str | None = None
    technology: str | None = None
    address_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None


EVERY_LEAD = LeadFilter()
_LISTED = f"""
    WITH now AS (
        SELECT l.*, coalesce(s.survivor_id, l.address_id) AS now_id
        FROM lead l LEFT JOIN survivor s ON s.address_id = l.address_id
    ),
    listed AS MATERIALIZED (
        SELECT * FROM now
        WHERE (len($states::VARCHAR[]) = 0 OR state IN (SELECT unnest($states::VARCHAR[])))
          AND ($channel::VARCHAR IS NULL OR channel = $channel)
          AND ($rep::VARCHAR IS NULL OR rep = $rep)
          AND ($technology::VARCHAR IS NULL OR technology = $technology)
          AND ($address_id::BIGINT IS NULL OR now_id = coalesce(
                   (SELECT survivor_id FROM survivor WHERE address_id = $address_id), $address_id))
          AND ($since::TIMESTAMPTZ IS NULL OR captured_at >= $since)
          AND ($until::TIMESTAMPTZ IS NULL OR captured_at < $until)
          AND lead_id > $after
        ORDER BY lead_id LIMIT $limit
    )
    SELECT l.lead_id, l.now_id AS address_id, a.full_address, a.class, l.state, l.lost_reason, l.technology,
           l.channel, l.rep, l.rep_since, l.captured_at, l.changed_at, l.contact_id
    FROM listed l LEFT JOIN {standing_at("SELECT now_id FROM listed")} a ON a.address_id = l.now_id
    ORDER BY l.lead_id
"""


def list_leads(
    uow: UnitOfWork, wanted: LeadFilter = EVERY_LEAD, *, after: int = 0, limit: int = 100
) -> list[dict[str, Any]]:
    """Return leads by id, from the one after ``after`` on; without who they are of."""
    given = {
        "states": list(wanted.states), "channel": wanted.channel, "rep": wanted.rep, "technology": wanted.technology,
        "address_id": wanted.address_id, "since": wanted.since, "until": wanted.until, "after": after, "limit": limit,
    }  # fmt: skip
    return uow.sql.records("lead.list", _LISTED, given)
