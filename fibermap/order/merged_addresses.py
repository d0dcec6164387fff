"""When addresses become one: their households do, and of two open leads the further one stays. Two again, both are.

Leads keep the address that they were captured at; what follows goes by the address that it became. Done again it finds
nothing to do.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from fibermap.order.contact import find_contact
from fibermap.order.ground_store import ground_of
from fibermap.order.history import note_change
from fibermap.order.household import household_key
from fibermap.order.lead import Lead, LeadState, LostReason, stays
from fibermap.order.lead_store import Merged, find_lead, keep_merge, save_lead
from fibermap.order.preorder import LEAD_STATE, PreOrder, PreOrderState, WithdrawnWhy
from fibermap.order.preorder_commands import withdraw_preorder
from fibermap.order.preorder_store import active_of, preorders_of, save_preorder
from fibermap.order.split_addresses import SAME_ADDRESS, split_households
from fibermap.store import UnitOfWork

_MOVED = """
    SELECT h.household_key, h.lead_id, coalesce(s.survivor_id, l.address_id) AS home_id
    FROM household h JOIN lead l USING (lead_id) LEFT JOIN survivor s ON s.address_id = l.address_id
    WHERE string_split(h.household_key, '/')[1] <> coalesce(s.survivor_id, l.address_id)::VARCHAR
    ORDER BY l.captured_at, h.lead_id
"""


@dataclass(frozen=True, slots=True)
class Followed:
    """How many leads another one took in, and how many stand by themselves again."""

    merged: int = 0
    split: int = 0


def follow_addresses(uow: UnitOfWork) -> Followed:
    """Bring households in line with the addresses that there are now."""
    moved = uow.sql.rows("household.moved", _MOVED)
    for key, *_ in moved:  # all of them first: one may go where another one was
        uow.sql.execute("household.leave", "DELETE FROM household WHERE household_key = ?", [key])
    merged = sum(_settle_in(uow, lead_id, home_id) for _, lead_id, home_id in moved)
    return Followed(merged, split_households(uow))


def _settle_in(uow: UnitOfWork, lead_id: int, home_id: int) -> bool:
    """Give a lead the household of its address; return whether one of two was merged into the other."""
    lead = find_lead(uow, lead_id)
    key = household_key(ground_of(uow, home_id), find_contact(uow, lead.contact_id))
    other_id = uow.sql.value("household.of", "SELECT lead_id FROM household WHERE household_key = ?", [key])
    if other_id is None:
        uow.sql.execute("household.move", "INSERT INTO household VALUES (?, ?)", [key, lead_id])
        return False
    other = find_lead(uow, other_id)
    kept = stays(lead, other)
    uow.sql.execute("household.keep", "UPDATE household SET lead_id = ? WHERE household_key = ?", [kept.lead_id, key])
    _take_in(uow, kept, other if kept.lead_id == lead_id else lead)
    return True


def _take_in(uow: UnitOfWork, kept: Lead, gone: Lead) -> None:
    """Let one lead take in another, with its pre-orders; of two that stand the one with the better place stays."""
    standing = [found for lead in (kept, gone) if (found := active_of(uow, lead.lead_id)) is not None]
    for later in sorted(standing, key=_place)[1:]:
        withdraw_preorder(uow, later.commitment_id, WithdrawnWhy.MERGED, SAME_ADDRESS)
    for preorder in preorders_of(uow, gone.lead_id):
        save_preorder(uow, replace(preorder, lead_id=kept.lead_id))
    stands = active_of(uow, kept.lead_id)
    state = kept.state if stands is None else LEAD_STATE[stands.state]
    save_lead(uow, replace(kept, state=state))
    save_lead(uow, replace(gone, state=LeadState.LOST, lost_reason=str(LostReason.DUPLICATE)))
    said = {"credit": "kept", "contact": "another"}
    keep_merge(uow, kept.lead_id, Merged(SAME_ADDRESS, gone.channel, gone.rep, said, gone.contact_id, gone.lead_id))
    _note(uow, gone, LeadState.LOST, {"into": kept.lead_id})
    _note(uow, kept, state, {"from": gone.lead_id})


def _place(preorder: PreOrder) -> tuple[bool, datetime, int]:
    """Return what says who comes first: who has a place before who has none, then who committed first."""
    return preorder.state is PreOrderState.PRE_ORDERED, preorder.committed_at, preorder.commitment_id


def _note(uow: UnitOfWork, lead: Lead, after: LeadState, detail: dict[str, int]) -> None:
    before = str(lead.state)
    note_change(uow, "lead", lead.lead_id, lead.address_id, before, str(after), why=SAME_ADDRESS, detail=detail)
