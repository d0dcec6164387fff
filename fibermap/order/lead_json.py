"""Leads as JSON values: for answers of HTTP, the command line and notebooks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fibermap.order.contact import find_contact
from fibermap.order.history import changes_of
from fibermap.order.lead_commands import Captured
from fibermap.order.lead_store import find_lead, list_leads, merges_of
from fibermap.store import UnitOfWork


def captured_json(captured: Captured) -> dict[str, Any]:
    """Return what became of a capture: ids and states, nobody's name."""
    lead = captured.lead
    return {
        "lead_id": lead.lead_id,
        "address_id": captured.home.address_id,
        "full_address": captured.home.full_address,
        "state": str(lead.state),
        "merged": captured.merged,
        "rep": lead.rep,
        "credit": str(captured.credit),
        "next_step": str(captured.next_step),
    }


def lead_json(uow: UnitOfWork, lead_id: int) -> dict[str, Any]:
    """Return one lead with whom it is of, what it took in and what happened to it; raises ``NotFound``."""
    find_lead(uow, lead_id)
    (row,) = list_leads(uow, after=lead_id - 1, limit=1)
    merges = [
        {name: value for name, value in merge.items() if name != "contact_id"}
        | {"contact": None if merge["contact_id"] is None else contact_json(uow, merge["contact_id"])}
        for merge in merges_of(uow, lead_id)
    ]
    return with_contact(uow, row) | {"merges": merges, "timeline": changes_of(uow, "lead", lead_id)}


def with_contact(uow: UnitOfWork, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row that has a ``contact_id`` with the contact itself."""
    return {**row, "contact": contact_json(uow, row["contact_id"])}


def contact_json(uow: UnitOfWork, contact_id: int) -> dict[str, Any]:
    """Return a contact, with when it last agreed to be contacted and whether that still holds."""
    contact = find_contact(uow, contact_id)
    given = uow.sql.row(
        "consent.last",
        """
        SELECT given_at, channel, withdrawn_at FROM consent
        WHERE contact_id = ? ORDER BY given_at DESC, consent_id LIMIT 1
        """,
        [contact_id],
    )
    return {
        "contact_id": contact_id,
        "name": contact.name,
        "phone": contact.phone,
        "email": contact.email,
        "consent": None if given is None else dict(zip(("at", "channel", "withdrawn_at"), given, strict=True)),
    }
