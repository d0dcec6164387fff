"""The commands about leads: capture one, qualify it, give it up, forget who it was of."""

from __future__ import annotations

from dataclasses import dataclass, replace

from fibermap.coverage.model import Technology
from fibermap.kernel.errors import Code, Conflict, InputRefused
from fibermap.kernel.events import LeadCaptured
from fibermap.kernel.ids import stable_id
from fibermap.kernel.settings import Settings
from fibermap.order.consent import Consent, keep_consent
from fibermap.order.contact import Contact, find_contact, forget_contact, keep_contact
from fibermap.order.ground import Ground
from fibermap.order.history import note_change
from fibermap.order.household import home_at, household_key, next_step
from fibermap.order.lead import CreditRule, Lead, LeadState, LostReason, NextStep, credit_after, require_step
from fibermap.order.lead_store import (
    Merged,
    contacts_of,
    find_lead,
    insert_lead,
    keep_merge,
    lead_of_household,
    lead_of_person,
    save_lead,
)
from fibermap.order.texts import LONGEST_NAME, channel_of, plain_text
from fibermap.store import UnitOfWork

SAME_HOUSEHOLD = "same_household"


@dataclass(frozen=True, slots=True)
class Capture:
    """What somebody says of interest at an address.

    Attributes
    ----------
    address_id
        Any id that the address ever had.
    consent
        None only where the settings need none, see `fibermap.order.consent.read_consent`.
    technology
        What is wanted; None: any.
    rep
        Who spoke with the customer; None: nobody.
    """

    address_id: int
    contact: Contact
    channel: str
    consent: Consent | None = None
    technology: str | None = None
    rep: str | None = None


@dataclass(frozen=True, slots=True)
class Captured:
    """The lead of the household, and what was done.

    Attributes
    ----------
    contact_id
        Who spoke: whom the lead has, or somebody else of the household.
    merged
        Whether the household had an open lead, which took this capture in.
    credit
        What became of the credit.
    next_step
        What can be done for the customer at the address.
    """

    lead: Lead
    contact_id: int
    merged: bool
    credit: CreditRule
    next_step: NextStep
    home: Ground


def capture_lead(uow: UnitOfWork, capture: Capture, settings: Settings) -> Captured:
    """Keep interest at an address: as a new lead, or merged into the open one of the household.

    Raises
    ------
    NotFound
        ``address_not_found``.
    InputRefused
        ``address_not_settled`` for a building with units; ``argument_invalid``.
    """
    capture = _checked(capture)
    home = home_at(uow, capture.address_id)
    key = household_key(home, capture.contact)
    found = lead_of_household(uow, key)
    if found is None and home.units > 1:
        found = lead_of_person(uow, home.address_id, capture.contact)
    step = next_step(home, capture.technology)
    if found is None:
        lead = _new_lead(uow, capture, home, key)
        credit = CreditRule.NOBODY if lead.rep is None else CreditRule.FIRST
        captured = Captured(lead, lead.contact_id, False, credit, step, home)
    else:
        lead, contact_id, credit = _merge(uow, found, capture, settings)
        captured = Captured(lead, contact_id, True, credit, step, home)
    uow.emit(LeadCaptured(uow.cause, lead_id=lead.lead_id, address_id=home.address_id, merged=captured.merged))
    return captured


def _checked(capture: Capture) -> Capture:
    if capture.technology is not None and capture.technology not in set(Technology):
        raise InputRefused(
            Code.ARGUMENT_INVALID, "There is no such technology.", hint=f"There are: {', '.join(Technology)}.",
            field="technology",
        )  # fmt: skip
    rep = None if capture.rep is None else plain_text("rep", capture.rep, LONGEST_NAME)
    return replace(capture, channel=channel_of(capture.channel), rep=rep)


def _new_lead(uow: UnitOfWork, capture: Capture, home: Ground, household_key: str) -> Lead:
    contact_id = keep_contact(uow, capture.contact)
    if capture.consent is not None:
        keep_consent(uow, contact_id, capture.consent, capture.channel)
    lead = Lead(
        stable_id("lead", home.address_id, contact_id), home.address_id, contact_id, LeadState.NEW, capture.channel,
        uow.at_utc, capture.technology, capture.rep, None if capture.rep is None else uow.at_utc,
    )  # fmt: skip
    insert_lead(uow, lead, household_key)
    note_change(uow, "lead", lead.lead_id, home.address_id, None, str(lead.state), why="captured")
    return lead


def _merge(uow: UnitOfWork, lead: Lead, capture: Capture, settings: Settings) -> tuple[Lead, int, CreditRule]:
    """Take a capture into the household's lead: nothing that is there is overwritten, and what was said is kept."""
    known = find_contact(uow, lead.contact_id).covers(capture.contact)
    contact_id = lead.contact_id if known else keep_contact(uow, capture.contact)
    if capture.consent is not None:
        keep_consent(uow, contact_id, capture.consent, capture.channel)
    credit = credit_after(lead, capture.rep, uow.at_utc, settings.credit_days)
    merged = replace(lead, rep=credit.rep, rep_since=credit.since, technology=lead.technology or capture.technology)
    save_lead(uow, merged)
    said = {"credit": str(credit.rule), "contact": "same" if known else "another"}
    if capture.technology not in (None, lead.technology):
        said["technology"] = str(capture.technology)
    other = None if known else contact_id
    keep_merge(uow, lead.lead_id, Merged(SAME_HOUSEHOLD, capture.channel, capture.rep, said, other))
    note_change(
        uow, "lead", lead.lead_id, lead.address_id, str(lead.state), str(lead.state), why=SAME_HOUSEHOLD, detail=said
    )
    return merged, contact_id, credit.rule


def qualify_lead(uow: UnitOfWork, lead_id: int) -> Lead:
    """Note that somebody has spoken with the customer, and that they mean it.

    Raises
    ------
    Conflict
        ``lead_state_refused``.
    NotFound
        ``lead_not_found``.
    """
    return step_lead(uow, find_lead(uow, lead_id), LeadState.QUALIFIED, why="qualified")


def lose_lead(uow: UnitOfWork, lead_id: int, reason: LostReason) -> Lead:
    """Give a lead up, with a reason; the household may have another one afterwards.

    Raises
    ------
    Conflict
        ``lead_state_refused``, also where a pre-order stands: that is withdrawn first, so that its deposit goes back.
    NotFound
        ``lead_not_found``.
    """
    lead = find_lead(uow, lead_id)
    if lead.state in (LeadState.PRE_ORDERED, LeadState.COMMITTED):
        raise Conflict(
            Code.LEAD_STATE_REFUSED,
            "A pre-order of this lead stands.",
            hint="Withdraw the pre-order first; see `preorders`.",
        )
    return step_lead(uow, replace(lead, lost_reason=str(reason)), LeadState.LOST, why=str(reason))


def step_lead(uow: UnitOfWork, lead: Lead, to: LeadState, *, why: str) -> Lead:
    """Move a lead from the state it is in to another; raises ``Conflict`` (``lead_state_refused``)."""
    require_step(lead, to)
    moved = replace(lead, state=to)
    save_lead(uow, moved)
    note_change(uow, "lead", lead.lead_id, lead.address_id, str(lead.state), str(to), why=why)
    return moved


def forget_lead(uow: UnitOfWork, lead_id: int) -> Lead:
    """Erase everybody who has spoken for a lead, and give it up where it is open; where it was stays.

    Raises
    ------
    Conflict
        ``lead_state_refused``: a pre-order stands, and its deposit has to go back first.
    NotFound
        ``lead_not_found``.
    """
    lead = find_lead(uow, lead_id)
    if lead.is_open:
        lead = lose_lead(uow, lead_id, LostReason.ERASED)
    for contact_id in contacts_of(uow, lead_id):
        forget_contact(uow, contact_id)
    return lead
