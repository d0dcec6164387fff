"""When addresses that were one are two again: leads that one took in stand by themselves, each with what was its own.

A pre-order belongs to the lead at the address that it was signed for. One that was withdrawn for the other's sake
stands again with its place and its price, unless its deposit has gone back by then: a refund is not called off.
"""

from __future__ import annotations

from dataclasses import replace

from fibermap.order.contact import find_contact
from fibermap.order.ground_store import ground_of
from fibermap.order.history import note_change
from fibermap.order.household import household_key
from fibermap.order.lead import Lead, LeadState, LostReason
from fibermap.order.lead_store import find_lead, save_lead
from fibermap.order.preorder import LEAD_STATE, PreOrder, PreOrderState
from fibermap.order.preorder_store import active_of, preorders_of, save_preorder
from fibermap.store import UnitOfWork

SAME_ADDRESS, OWN_ADDRESS = "addresses_merged", "addresses_split"
_APART = """
    WITH taken AS (   -- the last time that each was taken in, and by whom
        SELECT from_lead_id AS gone_id, arg_max(lead_id, (merged_at, rowid)) AS kept_id
        FROM lead_merge WHERE rule = 'addresses_merged' AND from_lead_id IS NOT NULL GROUP BY from_lead_id
    )
    SELECT t.gone_id, t.kept_id
    FROM taken t JOIN lead g ON g.lead_id = t.gone_id JOIN lead k ON k.lead_id = t.kept_id
    LEFT JOIN survivor gs ON gs.address_id = g.address_id LEFT JOIN survivor ks ON ks.address_id = k.address_id
    WHERE g.state = 'lost' AND g.lost_reason = 'duplicate'
      AND coalesce(gs.survivor_id, g.address_id) <> coalesce(ks.survivor_id, k.address_id)
    ORDER BY g.captured_at, t.gone_id
"""
_HOME = "SELECT coalesce(max(survivor_id), $id) FROM survivor WHERE address_id = $id"
_BEFORE = """
    SELECT arg_max(before, (changed_at, rowid)) FROM sale_change
    WHERE subject = 'lead' AND subject_id = ? AND why = 'addresses_merged'
"""
_WITHDRAWN_FROM = """
    SELECT arg_max(before, (changed_at, rowid)) FROM sale_change
    WHERE subject = 'commitment' AND subject_id = ? AND after = 'withdrawn' AND why = 'merged'
"""
_GIVEN_BACK = "SELECT count(*) FROM refund WHERE deposit_id = ?"
_ORDERS = """
    SELECT count(*) AS orders, count(*) FILTER (state IN ('cancelled', 'failed', 'rejected')) AS ended
    FROM customer_order WHERE lead_id = ?
"""


def split_households(uow: UnitOfWork) -> int:
    """Let leads stand by themselves that are not at one address any more with what took them in; return how many."""
    apart = uow.sql.rows("household.apart", _APART)
    return sum(_stand_again(uow, find_lead(uow, gone), find_lead(uow, kept)) for gone, kept in apart)


def _stand_again(uow: UnitOfWork, gone: Lead, kept: Lead) -> bool:
    own_home = _home(uow, gone.address_id)
    for preorder in preorders_of(uow, kept.lead_id):
        if _home(uow, preorder.address_id) == own_home:
            save_preorder(uow, replace(preorder, lead_id=gone.lead_id))
            uow.sql.execute(
                "household.order",
                "UPDATE customer_order SET lead_id = ? WHERE commitment_id = ?",
                [gone.lead_id, preorder.commitment_id],
            )
    for lead in (gone, kept):
        for preorder in preorders_of(uow, lead.lead_id):
            _restore(uow, preorder)
    if kept.state is not LeadState.LOST:
        _bring_in_line(uow, kept)
    return _bring_in_line(uow, gone)


def _restore(uow: UnitOfWork, preorder: PreOrder) -> None:
    """Let a pre-order stand again that was withdrawn because of the other one."""
    was = uow.sql.value("household.withdrawn", _WITHDRAWN_FROM, [preorder.commitment_id])
    paid_back = uow.sql.value("household.paid_back", _GIVEN_BACK, [preorder.deposit_id])
    if preorder.state is not PreOrderState.WITHDRAWN or was is None or paid_back or active_of(uow, preorder.lead_id):
        return
    save_preorder(uow, replace(preorder, state=PreOrderState(was)))
    note_change(
        uow, "commitment", preorder.commitment_id, preorder.address_id, str(preorder.state), was, why=OWN_ADDRESS
    )


def _bring_in_line(uow: UnitOfWork, lead: Lead) -> bool:
    """Give a lead the state that its own pre-orders and orders make of it, or else the one that it had."""
    before = uow.sql.value("household.before", _BEFORE, [lead.lead_id])
    contact = find_contact(uow, lead.contact_id)
    state, reason = _state(uow, lead, LeadState(before or lead.state))
    if not contact.name:
        state, reason = LeadState.LOST, str(LostReason.ERASED)
    if (state, reason) == (lead.state, lead.lost_reason):
        return False
    saved = replace(lead, state=state, lost_reason=reason)
    if saved.is_open and not _enter(uow, saved, household_key(ground_of(uow, _home(uow, lead.address_id)), contact)):
        return False
    save_lead(uow, saved)
    note_change(uow, "lead", lead.lead_id, lead.address_id, str(lead.state), str(state), why=OWN_ADDRESS)
    return True


def _enter(uow: UnitOfWork, lead: Lead, key: str) -> bool:
    """Give a lead its household; False where that has been heard of again since, and so has another lead."""
    taken = uow.sql.value("household.of", "SELECT lead_id FROM household WHERE household_key = ?", [key])
    if taken is None:
        uow.sql.execute("household.move", "INSERT INTO household VALUES (?, ?)", [key, lead.lead_id])
    return taken in (None, lead.lead_id)


def _state(uow: UnitOfWork, lead: Lead, before: LeadState) -> tuple[LeadState, str | None]:
    stands = active_of(uow, lead.lead_id)
    if stands is not None:
        return LEAD_STATE[stands.state], None
    row = uow.sql.row("household.orders", _ORDERS, [lead.lead_id])
    orders, ended = row or (0, 0)
    if orders:
        return (LeadState.LOST, str(LostReason.CANCELLED)) if orders == ended else (LeadState.CONVERTED, None)
    if before in (LeadState.NEW, LeadState.QUALIFIED):
        return before, None
    return LeadState.QUALIFIED, None


def _home(uow: UnitOfWork, address_id: int) -> int:
    return int(uow.sql.value("household.home", _HOME, {"id": address_id}))
