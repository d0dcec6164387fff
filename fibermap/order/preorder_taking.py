"""Taking a pre-order of a lead that is there, or of a contact whose lead is captured with it: all of it or nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace

from fibermap.kernel.errors import Code, InputRefused
from fibermap.kernel.settings import Settings
from fibermap.order.history import note_change
from fibermap.order.lead import Lead
from fibermap.order.lead_commands import Capture, capture_lead
from fibermap.order.lead_store import Merged, find_lead, keep_merge, save_lead
from fibermap.order.preorder_commands import House, Taken, Word, take_preorder
from fibermap.store import UnitOfWork

ANOTHER_SIGNS = "another_contact_signs"


@dataclass(frozen=True, slots=True)
class For:
    """Whose word it is: a lead's, or that of whoever is captured now. Exactly one of both."""

    lead_id: int | None = None
    capture: Capture | None = None


def take(uow: UnitOfWork, whose: For, word: Word, house: House) -> Taken:
    """Take a pre-order; raises as `capture_lead` and `take_preorder` do, and then nothing of either is left."""
    return take_preorder(uow, _lead(uow, whose, house.settings), word, house)


def _lead(uow: UnitOfWork, whose: For, settings: Settings) -> Lead:
    """Return the lead whose word it is. Who signs is from then on whom it is of, also where another one asked first."""
    if (whose.lead_id is None) == (whose.capture is None):
        raise InputRefused(
            Code.ARGUMENT_INVALID, "A pre-order is of a lead, or of a contact at an address.", field="lead_id",
            hint="Give one of them.",
        )  # fmt: skip
    if whose.capture is None:
        assert whose.lead_id is not None
        return find_lead(uow, whose.lead_id)
    captured = capture_lead(uow, whose.capture, settings)
    lead = captured.lead
    if captured.contact_id == lead.contact_id:
        return lead
    signing = replace(lead, contact_id=captured.contact_id)
    save_lead(uow, signing)
    merged = Merged(ANOTHER_SIGNS, whose.capture.channel, whose.capture.rep, {}, lead.contact_id)
    keep_merge(uow, lead.lead_id, merged)
    state = str(lead.state)
    note_change(uow, "lead", lead.lead_id, lead.address_id, state, state, why=ANOTHER_SIGNS)
    return signing
