"""What those who sell do with the word of a customer: taken for an offer, paid for, withdrawn."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa

from fibermap.formats.model import json_text
from fibermap.lead_decisions import MOST_LISTED, LeadDecisions, Said, Where, settled
from fibermap.money.desk import MoneyDesk
from fibermap.money.pages import close_wanted
from fibermap.money.payments import carry_out
from fibermap.money.refunds import carry_out_refund
from fibermap.money.settle import open_desk
from fibermap.order.catalogue_counter import counter_in
from fibermap.order.contact import read_contact
from fibermap.order.draft import take_up
from fibermap.order.lead_commands import Capture
from fibermap.order.paying import leave_page
from fibermap.order.preorder import WithdrawnWhy
from fibermap.order.preorder_commands import House, Word, note_deposit, pay_deposit, withdraw_preorder
from fibermap.order.preorder_json import preorder_json, taken_json
from fibermap.order.preorder_store import PreOrderFilter, find_preorder, list_preorders
from fibermap.order.preorder_taking import For, take
from fibermap.results import Result, to_json
from fibermap.store import UnitOfWork

_LISTED = pa.schema(
    [
        ("preorder_id", pa.int64()), ("lead_id", pa.int64()), ("address_id", pa.int64()), ("full_address", pa.string()),
        ("class", pa.string()), ("phase", pa.string()), ("zone", pa.string()), ("place", pa.int64()),
        ("offer_id", pa.int64()), ("technology", pa.string()), ("state", pa.string()), ("price", pa.string()),
        ("price_locked_until", pa.date32()), ("committed_at", pa.timestamp("us", "UTC")), ("order_id", pa.int64()),
        ("channel", pa.string()), ("rep", pa.string()), ("account_number", pa.string()),
    ]
)  # fmt: skip


class PreOrderDecisions(LeadDecisions):
    """The part of :class:`fibermap.plan.Plan` that speaks of pre-orders."""

    @property
    def preorders(self) -> PreOrders:
        """Pre-orders: the word of a household for an offer where the network is still to come."""
        return PreOrders(self)


class PreOrders:
    """The verbs of pre-orders: ``fm.preorders.take(...)``."""

    def __init__(self, plan: LeadDecisions, money: MoneyDesk | None = None) -> None:
        self._plan, self._store = plan, plan.store
        self._money = money or open_desk(plan.store)

    def take(
        self,
        offer_id: int,
        *,
        terms_accepted_at: datetime,
        channel: str,
        lead_id: int | None = None,
        where: Where | None = None,
        name: str = "",
        phone: str | None = None,
        email: str | None = None,
        consent_at: datetime | None = None,
        wording: str | None = None,
        rep: str | None = None,
        add_on_ids: Sequence[int] = (),
        payment_token: str | None = None,
        draft_id: int | None = None,
    ) -> dict[str, Any]:
        """Take the word of a lead, or of a contact at an address whose lead is captured with it.

        Parameters
        ----------
        terms_accepted_at
            When the customer signed the terms in force (the setting ``preorder_terms``), aware.
        lead_id
            The lead; without it ``where``, ``name`` and the rest, as `Leads.capture` takes them.
        payment_token
            What the gateway's card field gave, where a deposit is asked for and paid at once.
        draft_id
            What was begun and is finished by this pre-order.

        Returns
        -------
        dict
            ``preorder_id``, ``lead_id``, ``state``, ``place``, ``zone``, ``price``, ``price_locked_until``,
            ``deposit_due`` and so on.

        Raises
        ------
        Conflict
            ``duplicate_active_order``, ``lead_state_refused``, and what the catalogue says where the offer cannot be
            pre-ordered there.
        InputRefused
            As `Leads.capture` does.
        """
        word = Word(offer_id, terms_accepted_at, channel, add_on_ids, payment_token, secrets.token_hex(16))
        capture = None
        if lead_id is None and where is not None:
            contact = read_contact(name, phone, email, region=self._plan.settings.phone_region)
            consent = self._plan.leads.consent(Said(consent_at, wording), channel)
            capture = Capture(settled(self._plan, where), contact, channel, consent, rep=rep)

        def work(uow: UnitOfWork) -> dict[str, Any]:
            taken = take(uow, For(lead_id, capture), word, self._house(uow))
            take_up(uow, draft_id, taken.preorder.address_id, "commitment", taken.preorder.commitment_id)
            return taken_json(uow, taken)

        said = self._store.run(work, cause="take_preorder")
        return said if said["deposit_id"] is None else self._paid(said["preorder_id"], said)

    def pay(self, preorder_id: int, payment_token: str) -> dict[str, Any]:
        """Pay the deposit of a pre-order with what the gateway's card field gave; it then has its place."""
        key = secrets.token_hex(16)
        leave_page(self._money, self.get(preorder_id)["deposit_id"])

        def work(uow: UnitOfWork) -> None:
            pay_deposit(uow, find_preorder(uow, preorder_id), payment_token, key, self._house(uow))

        self._store.run(work, cause="pay_deposit")
        return self._paid(preorder_id, {})

    def _house(self, uow: UnitOfWork) -> House:
        return House(self._plan.settings, counter_in(uow), self._money)

    def _paid(self, preorder_id: int, said: dict[str, Any]) -> dict[str, Any]:
        """Take the deposit that is on record, and return the pre-order as it is then."""
        deposit_id = self.get(preorder_id)["deposit_id"]
        payment = carry_out(self._money, deposit_id)
        self._store.run(lambda uow: note_deposit(uow, deposit_id), cause="note_deposit")
        now = self.get(preorder_id)
        return said | {name: now[name] for name in ("preorder_id", "state", "place")} | {"payment": str(payment.state)}

    def get(self, preorder_id: int) -> dict[str, Any]:
        """Return one pre-order with its contact, account number, place, timeline and what they are to be told."""
        told: dict[str, Any] = to_json(self._store.preview(lambda uow: preorder_json(uow, preorder_id), cause="read"))
        return told

    def list(
        self,
        states: Sequence[str] = (),
        *,
        zone_id: int | None = None,
        phase: str | None = None,
        offer_id: int | None = None,
        address_id: int | None = None,
    ) -> Result:
        """Return pre-orders by id with their place in the queue, without who they are of."""
        wanted = PreOrderFilter(states, zone_id, phase, offer_id, None, address_id)
        rows = self._store.preview(lambda uow: list_preorders(uow, wanted, limit=MOST_LISTED), cause="read")
        told = [row | {"price": json_text(row["price"])} for row in rows]
        return Result(f"{len(rows):,} pre-orders", pa.Table.from_pylist(told, schema=_LISTED))

    def withdraw(self, preorder_id: int, *, why: str = "customer", author: str = "planner") -> dict[str, Any]:
        """Take a pre-order back, and pay its deposit back; its lead stays, qualified."""
        reason = WithdrawnWhy(why)
        refund = self._store.run(
            lambda uow: withdraw_preorder(uow, preorder_id, reason, author), cause="withdraw_preorder"
        )
        close_wanted(self._money)
        if refund is not None:
            carry_out_refund(self._money, refund.refund_id)
        return self.get(preorder_id)
