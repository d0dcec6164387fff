"""What a contact agreed to, in the words that were shown, when and by which channel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from fibermap.kernel.errors import Code, InputRefused
from fibermap.kernel.ids import stable_id
from fibermap.kernel.settings import Settings
from fibermap.order.notice_state import UNTOLD
from fibermap.order.texts import LONGEST_WORDING, plain_text
from fibermap.store import UnitOfWork

ONLINE = frozenset({"web", "portal"})
"""Channels by which nobody speaks with the customer, so that a consent is always asked for."""
_CLOCKS_DIFFER = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Consent:
    """A consent: when it was given, aware, and to which words."""

    given_at: datetime
    wording: str


def read_consent(
    given_at: datetime | None, wording: str | None, channel: str, now: datetime, settings: Settings
) -> Consent | None:
    """Read the consent of somebody who may be contacted later; None where none was given and none is needed.

    Raises
    ------
    InputRefused
        ``consent_required`` where there has to be one; ``argument_invalid`` for one from the future or without words.
    """
    given = consent_given(given_at, wording, now)
    if given is None and (settings.consent == "always" or channel in ONLINE):
        raise InputRefused(
            Code.CONSENT_REQUIRED,
            "The customer has to agree to be contacted before anything is kept of them.",
            hint="Send `consent` with the time and the words that were agreed to.",
            field="consent",
        )
    return given


def consent_given(given_at: datetime | None, wording: str | None, now: datetime) -> Consent | None:
    """Read a consent where nobody has to give one: who orders is written to about their order without it.

    Raises
    ------
    InputRefused
        ``argument_invalid`` for one from the future or without words.
    """
    if given_at is None and wording is None:
        return None
    if given_at is None or given_at.tzinfo is None or given_at > now + _CLOCKS_DIFFER:
        raise InputRefused(
            Code.ARGUMENT_INVALID,
            "The time of a consent is a moment with its time zone, and not in the future.",
            hint="Write it as 2026-11-26T08:30:00Z.",
            field="consent.at",
        )
    return Consent(given_at, plain_text("consent.wording", wording or "", LONGEST_WORDING))


def keep_consent(uow: UnitOfWork, contact_id: int, consent: Consent, channel: str) -> int:
    """Keep a consent of a contact and return its id; the same one is there once."""
    consent_id = stable_id("consent", contact_id, consent.given_at.timestamp(), channel)
    uow.sql.execute(
        "consent.keep",
        "INSERT INTO consent VALUES (?, ?, ?, ?, ?, NULL) ON CONFLICT (consent_id) DO NOTHING",
        [consent_id, contact_id, consent.wording, consent.given_at, channel],
    )
    return consent_id


def withdraw_consent(uow: UnitOfWork, contact_id: int) -> int:
    """Note that a contact wants to hear no more, and return how many consents that ends; what waits is told no more."""
    row = {"id": contact_id, "now": uow.at_utc}
    uow.sql.execute(
        "consent.notice",
        f"UPDATE notice SET state = 'undeliverable', changed_at = $now WHERE contact_id = $id AND state IN {UNTOLD}",
        row,
    )
    return uow.sql.execute(
        "consent.withdraw",
        "UPDATE consent SET withdrawn_at = $now WHERE contact_id = $id AND withdrawn_at IS NULL",
        row,
    )
