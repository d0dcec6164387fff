"""The commands about pre-orders: take one, note its deposit, withdraw it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from fibermap.kernel.errors import Code, Conflict, InputRefused
from fibermap.kernel.events import PreOrderCommitted
from fibermap.kernel.ids import stable_id
from fibermap.kernel.settings import Settings
from fibermap.money.amount import Money
from fibermap.money.deposits import apply_deposit, find_deposit
from fibermap.money.desk import MoneyDesk
from fibermap.money.gateway import refuse_unless_token
from fibermap.money.payment import PaymentState
from fibermap.money.payment_store import payment_of
from fibermap.money.payments import DepositOrder, intend_deposit
from fibermap.money.refund import Refund
from fibermap.money.refunds import intend_refund
from fibermap.order.account import open_account
from fibermap.order.history import note_change
from fibermap.order.household import home_at
from fibermap.order.lead import Lead, LeadState
from fibermap.order.lead_commands import step_lead
from fibermap.order.lead_store import find_lead
from fibermap.order.order_commands import advance
from fibermap.order.order_state import OrderState
from fibermap.order.order_store import find_order
from fibermap.order.paying import Returns, Till, is_held, pay_at_page, stop_paying
from fibermap.order.preorder import LEAD_STATE, Counter, PreOrder, PreOrderState, WithdrawnWhy, require_preorder_step
from fibermap.order.preorder_store import (
    active_of,
    find_preorder,
    insert_preorder,
    preorders_of,
    save_preorder,
)
from fibermap.store import UnitOfWork

_CLOCKS_DIFFER = timedelta(minutes=5)
LATE = "deposit came late"
"""Why a deposit goes back that came after what it was paid for had ended, and who says so."""


@dataclass(frozen=True, slots=True)
class Word:
    """What a customer gives their word for.

    Attributes
    ----------
    terms_accepted_at
        When they signed the terms in force, aware.
    payment_token
        What the gateway's card field gave, where a deposit is paid by one; never a card number. None: at its page.
    payment_key
        What the payment is called; the same key is the same payment.
    """

    offer_id: int
    terms_accepted_at: datetime
    channel: str
    add_on_ids: Sequence[int] = ()
    payment_token: str | None = None
    payment_key: str = ""


@dataclass(frozen=True, slots=True)
class House:
    """What a pre-order is taken under: the settings in force, who says what is sold, and who takes the money.

    ``returns``: where customers come back to from a page of the gateway; None: they cannot be sent there.
    """

    settings: Settings
    counter: Counter
    money: MoneyDesk
    returns: Returns | None = None

    @property
    def deposit(self) -> Money | None:
        """The deposit that is asked for; None: none is."""
        cents = self.settings.preorder_deposit_cents
        return Money(cents, self.money.currency) if cents else None

    @property
    def till(self) -> Till:
        """Where that deposit is paid."""
        return Till(self.money, self.deposit, self.returns)


@dataclass(frozen=True, slots=True)
class Taken:
    """A pre-order as it was taken, and the deposit that is asked for; where it is paid, it is then carried out."""

    preorder: PreOrder
    deposit: Money | None


def take_preorder(uow: UnitOfWork, lead: Lead, word: Word, house: House) -> Taken:
    """Take a lead's word for an offer, at the price of today, which is locked.

    Where a deposit is asked for (the setting ``preorder_deposit_cents``) the pre-order is *pre-ordered* until it is
    paid.

    Raises
    ------
    Conflict
        ``duplicate_active_order``: the household has a pre-order or an order. ``lead_state_refused``: the lead is
        closed. What the catalogue says where the offer cannot be pre-ordered there: ``offer_not_available``,
        ``not_build``, ``on_hold`` and so on, with the alternative.
    InputRefused
        ``argument_invalid``, ``address_not_settled``, and what is wrong with a payment.
    """
    if not lead.is_open:
        raise Conflict(Code.LEAD_STATE_REFUSED, f"The lead is {lead.state}.", hint="Capture the interest again.")
    if not lead.captured_at - timedelta(days=3_650) < word.terms_accepted_at <= uow.at_utc + _CLOCKS_DIFFER:
        raise InputRefused(
            Code.ARGUMENT_INVALID, "The terms are accepted at a moment that has been.", field="terms_accepted_at"
        )
    home = home_at(uow, lead.address_id)
    _refuse_second(uow, lead, home.address_id, home.units)
    promised = house.counter.promise(home, word.offer_id, word.add_on_ids, word.channel, uow.at_utc.date())
    preorder = PreOrder(
        _next_id(uow, lead.lead_id), lead.lead_id, home.address_id, word.offer_id,
        promised.technology, PreOrderState.PRE_ORDERED, word.terms_accepted_at, str(house.settings.preorder_terms),
        promised.price, promised.locked_until, None, uow.at_utc,
    )  # fmt: skip
    deposit = house.deposit
    open_account(uow, lead.contact_id)
    insert_preorder(uow, preorder)
    note_change(uow, "commitment", preorder.commitment_id, home.address_id, None, str(preorder.state), why="signed")
    step_lead(uow, lead, LeadState.PRE_ORDERED, why="signed")
    if deposit is None:  # a token that was sent with it is of no use then, and not kept
        if word.payment_token is not None:
            refuse_unless_token(word.payment_token)
        return Taken(commit(uow, preorder, why="no_deposit_asked"), None)
    if word.payment_token is not None or house.till.may_open_pages:
        preorder = pay_deposit(uow, preorder, word.payment_token, word.payment_key, house)
    return Taken(preorder, deposit)


def _next_id(uow: UnitOfWork, lead_id: int) -> int:
    """Return the id of a lead's next pre-order; some of its earlier ones may have become another lead's."""
    known = "SELECT count(*) FROM commitment WHERE commitment_id = ?"
    number = len(preorders_of(uow, lead_id)) + 1
    while uow.sql.value("preorder.known", known, [stable_id("commitment", lead_id, number)]):
        number += 1
    return stable_id("commitment", lead_id, number)


def _refuse_second(uow: UnitOfWork, lead: Lead, address_id: int, units: int) -> None:
    ordered = units <= 1 and uow.sql.value(
        "preorder.ordered", "SELECT count(*) FROM active_order WHERE address_id = ?", [address_id]
    )
    if ordered or active_of(uow, lead.lead_id) is not None:
        raise Conflict(
            Code.DUPLICATE_ACTIVE_ORDER,
            f"The household has {'an order' if ordered else 'a pre-order'} already.",
            hint="Look at that one; withdraw or cancel it to take another.",
            address_id=address_id,
        )


def pay_deposit(uow: UnitOfWork, preorder: PreOrder, token: str | None, key: str, house: House) -> PreOrder:
    """Put the deposit of a pre-order on record; `fibermap.money.payments.carry_out` then takes it.

    Without a token it is paid at a page of the gateway; one that is open is given out again.

    Raises
    ------
    Conflict
        ``preorder_state_refused``: its deposit is paid or being paid, or it does not stand.
        ``payment_page_unavailable``.
    InputRefused
        ``argument_invalid`` where none is asked for, and what is wrong with a payment.
    """
    require_preorder_step(preorder, PreOrderState.COMMITTED)
    deposit = house.deposit
    if deposit is None or preorder.state is not PreOrderState.PRE_ORDERED:
        raise InputRefused(Code.ARGUMENT_INVALID, "No deposit is asked for here.", field="payment_token")
    if token is None:
        payment = pay_at_page(uow, house.till, "commitment", preorder.commitment_id, preorder.deposit_id, key)
        return _paying(uow, preorder, payment.payment_id)
    if preorder.deposit_id is not None and payment_of(uow.sql, preorder.deposit_id).state is not PaymentState.FAILED:
        raise Conflict(
            Code.PREORDER_STATE_REFUSED, "Its deposit is being paid.", hint="Look at it again; if it fails, pay anew.",
            state=str(preorder.state),
        )  # fmt: skip
    order = DepositOrder(f"commitment:{preorder.commitment_id}", deposit, token, key)
    return _paying(uow, preorder, intend_deposit(uow, house.money, order).payment_id)


def _paying(uow: UnitOfWork, preorder: PreOrder, payment_id: int) -> PreOrder:
    paying = replace(preorder, deposit_id=payment_id)
    save_preorder(uow, paying)
    return paying


def commit(uow: UnitOfWork, preorder: PreOrder, *, why: str) -> PreOrder:
    """Give a pre-order its place in the queue, from now on; raises ``Conflict`` (``preorder_state_refused``)."""
    moved = _step(uow, replace(preorder, committed_at=uow.at_utc), PreOrderState.COMMITTED, why=why)
    uow.emit(
        PreOrderCommitted(
            uow.cause, commitment_id=moved.commitment_id, lead_id=moved.lead_id, address_id=moved.address_id
        )
    )
    return moved


def note_deposit(uow: UnitOfWork, deposit_id: int) -> bool:
    """Do with a deposit that has come what it was paid for, and return whether there was anything to do.

    A pre-order that waited for it is committed. One that became an order meanwhile has it as that order's credit; one
    that was withdrawn, or whose order was cancelled, gives it back: the payment was under way. One that was paid for an
    order is its credit, and so is the one that a second payment took the place of given back.
    """
    deposit = find_deposit(uow.sql, deposit_id)
    if deposit is None or not is_held(uow, deposit_id):
        return False
    payer, _, number = deposit.party.partition(":")
    if payer == "order":
        return _note_of_order(uow, int(number), deposit_id)
    return payer == "commitment" and _note_of_preorder(uow, find_preorder(uow, int(number)), deposit_id)


def _note_of_preorder(uow: UnitOfWork, preorder: PreOrder, deposit_id: int) -> bool:
    if preorder.deposit_id != deposit_id:  # it failed, something else was to pay, and now it has come after all
        intend_refund(uow, deposit_id, LATE, LATE)
    elif preorder.state is PreOrderState.PRE_ORDERED:
        commit(uow, preorder, why="deposit_taken")
    elif preorder.state is PreOrderState.CONVERTED and preorder.order_id is not None:
        _credit_late(uow, preorder.order_id, deposit_id)
    elif preorder.state is PreOrderState.WITHDRAWN:
        intend_refund(uow, deposit_id, LATE, LATE)
    else:
        return False
    return True


def _note_of_order(uow: UnitOfWork, order_id: int, deposit_id: int) -> bool:
    if find_order(uow, order_id).deposit_id == deposit_id:
        _credit_late(uow, order_id, deposit_id)
    else:
        intend_refund(uow, deposit_id, LATE, LATE)
    return True


def _credit_late(uow: UnitOfWork, order_id: int, deposit_id: int) -> None:
    if find_order(uow, order_id).state in (OrderState.CANCELLED, OrderState.REJECTED):
        intend_refund(uow, deposit_id, LATE, LATE)
        return
    apply_deposit(uow, deposit_id, f"order:{order_id}")
    advance(uow, [order_id])


def withdraw_preorder(uow: UnitOfWork, commitment_id: int, why: WithdrawnWhy, author: str) -> Refund | None:
    """Take a pre-order back; return the refund of its deposit, which `carry_out_refund` then pays, None where none was.

    Raises
    ------
    Conflict
        ``preorder_state_refused``: it became an order, or was withdrawn before.
    NotFound
        ``preorder_not_found``.
    """
    preorder = _step(uow, find_preorder(uow, commitment_id), PreOrderState.WITHDRAWN, why=str(why))
    stop_paying(uow, preorder.deposit_id)
    if preorder.deposit_id is None or not is_held(uow, preorder.deposit_id):
        return None
    return intend_refund(uow, preorder.deposit_id, f"pre-order withdrawn: {why}", author)


def _step(uow: UnitOfWork, preorder: PreOrder, to: PreOrderState, *, why: str) -> PreOrder:
    """Move a pre-order, and its lead along with it."""
    require_preorder_step(preorder, to)
    moved = replace(preorder, state=to)
    save_preorder(uow, moved)
    note_change(uow, "commitment", preorder.commitment_id, preorder.address_id, str(preorder.state), str(to), why=why)
    lead = find_lead(uow, preorder.lead_id)
    if lead.is_open:
        step_lead(uow, lead, LEAD_STATE[to], why=why)
    return moved
