"""What those who sell do with interest: captured at an address, qualified, given up, forgotten."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias

import pyarrow as pa

from fibermap.kernel.errors import Code, InputRefused
from fibermap.kernel.settings import Settings
from fibermap.order.consent import Consent, read_consent, withdraw_consent
from fibermap.order.contact import read_contact
from fibermap.order.household import settled_address
from fibermap.order.lead import LostReason
from fibermap.order.lead_commands import Capture, capture_lead, forget_lead, lose_lead, qualify_lead
from fibermap.order.lead_json import captured_json, lead_json
from fibermap.order.lead_store import LeadFilter, contacts_of, find_lead, list_leads
from fibermap.results import Answer, Result, to_json
from fibermap.store import Store, UnitOfWork
from fibermap.zone_decisions import ZoneDecisions

Where: TypeAlias = int | str | Mapping[str, str]
"""An address: its id, as somebody typed it, or its fields as `Plan.check` takes them."""
MOST_LISTED = 1_000_000
_LISTED = pa.schema(
    [
        ("lead_id", pa.int64()), ("address_id", pa.int64()), ("full_address", pa.string()), ("class", pa.string()),
        ("state", pa.string()), ("lost_reason", pa.string()), ("technology", pa.string()), ("channel", pa.string()),
        ("rep", pa.string()), ("captured_at", pa.timestamp("us", "UTC")), ("changed_at", pa.timestamp("us", "UTC")),
    ]
)  # fmt: skip


class Said(NamedTuple):
    """How somebody agreed: the time, aware, and the words that were shown."""

    at: datetime | None = None
    wording: str | None = None


class LeadDecisions(ZoneDecisions, ABC):
    """The part of :class:`fibermap.plan.Plan` that speaks of leads and zones."""

    store: Store

    @property
    @abstractmethod
    def settings(self) -> Settings:
        """The settings in force."""

    @abstractmethod
    def check(self, text: str | None = None, *, fields: Mapping[str, str] | None = None) -> Answer:
        """Check an address as typed, or by its fields."""

    @property
    def leads(self) -> Leads:
        """Interest in service, always at an address of the database."""
        return Leads(self)


class Leads:
    """The verbs of leads: ``fm.leads.capture(...)``."""

    def __init__(self, plan: LeadDecisions) -> None:
        self._plan = plan
        self._store = plan.store

    def capture(
        self,
        where: Where,
        *,
        name: str,
        channel: str,
        phone: str | None = None,
        email: str | None = None,
        consent_at: datetime | None = None,
        wording: str | None = None,
        technology: str | None = None,
        rep: str | None = None,
    ) -> dict[str, Any]:
        """Keep interest at an address; the household's open lead takes it in where there is one.

        Parameters
        ----------
        where
            The address: its id, or a text or fields that `check` settles on one.
        channel
            How the customer came: ``web``, ``portal``, ``door``, ``phone`` or a word of your own.
        consent_at, wording
            When the customer agreed to be contacted, aware, and to which words. Whether there has to be a consent is
            the setting ``consent``; by ``web`` and ``portal`` there always has to be one.
        rep
            Who spoke with them; the first rep keeps the credit for the setting ``credit_days``.

        Returns
        -------
        dict
            ``lead_id``, ``address_id``, ``full_address``, ``state``, ``merged``, ``rep``, ``credit``, and
            ``next_step``: ``order``, ``preorder`` or ``interest``.

        Raises
        ------
        InputRefused
            ``address_not_settled``, ``contact_invalid``, ``consent_required``, ``argument_invalid``.
        """
        settings = self._plan.settings
        address_id = settled(self._plan, where)
        contact = read_contact(name, phone, email, region=settings.phone_region)
        consent = self.consent(Said(consent_at, wording), channel)
        capture = Capture(address_id, contact, channel, consent, technology, rep)
        return self._store.run(lambda uow: captured_json(capture_lead(uow, capture, settings)), cause="capture_lead")

    def consent(self, said: Said, channel: str) -> Consent | None:
        """Read a consent under the settings in force; raises ``InputRefused`` (``consent_required``)."""
        return read_consent(said.at, said.wording, channel, self._store.clock.now(), self._plan.settings)

    def get(self, lead_id: int) -> dict[str, Any]:
        """Return one lead with its contact, what it took in and its timeline; raises ``NotFound``."""
        told: dict[str, Any] = to_json(self._store.preview(lambda uow: lead_json(uow, lead_id), cause="read"))
        return told

    def list(
        self,
        states: Sequence[str] = (),
        *,
        channel: str | None = None,
        rep: str | None = None,
        technology: str | None = None,
        address_id: int | None = None,
    ) -> Result:
        """Return leads by id, without who they are of."""
        wanted = LeadFilter(states, channel, rep, technology, address_id)
        rows = self._store.preview(lambda uow: list_leads(uow, wanted, limit=MOST_LISTED), cause="read")
        return Result(f"{len(rows):,} leads", pa.Table.from_pylist(rows, schema=_LISTED))

    def qualify(self, lead_id: int) -> dict[str, Any]:
        """Note that somebody has spoken with the customer and that they mean it."""
        self._store.run(lambda uow: qualify_lead(uow, lead_id), cause="qualify_lead")
        return self.get(lead_id)

    def lose(self, lead_id: int, reason: str) -> dict[str, Any]:
        """Give a lead up: ``not_interested``, ``competitor``, ``price``, ``moved``, ``unreachable``, ``other`` ..."""
        why = lost_reason(reason)
        self._store.run(lambda uow: lose_lead(uow, lead_id, why), cause="lose_lead")
        return self.get(lead_id)

    def withdraw_consent(self, lead_id: int) -> int:
        """Note that nobody who spoke for a lead wants to hear more; return how many consents that ends."""

        def work(uow: UnitOfWork) -> int:
            find_lead(uow, lead_id)
            return sum(withdraw_consent(uow, contact_id) for contact_id in contacts_of(uow, lead_id))

        return self._store.run(work, cause="withdraw_consent")

    def forget(self, lead_id: int) -> dict[str, Any]:
        """Erase everybody who spoke for a lead, for good; where it was and what became of it stays."""
        self._store.run(lambda uow: forget_lead(uow, lead_id), cause="forget_lead")
        return self.get(lead_id)


def settled(plan: LeadDecisions, where: Where) -> int:
    """Return the id of an address that is meant beyond doubt, as `check` says.

    Raises
    ------
    InputRefused
        ``address_not_settled``, with what may have been meant as ``candidates``.
    """
    if isinstance(where, int):
        return where
    checked = plan.check(where) if isinstance(where, str) else plan.check(fields=where)
    return settled_address(checked.value)


def lost_reason(word: str) -> LostReason:
    """Read a reason why a lead came to nothing; raises ``InputRefused``."""
    if word not in set(LostReason):
        raise InputRefused(
            Code.ARGUMENT_INVALID, "There is no such reason.", hint=f"There are: {', '.join(LostReason)}.",
            field="reason",
        )  # fmt: skip
    return LostReason(word)
