"""Orders of customers who are spoken with for the first time: who they are is kept with the order, once."""

from __future__ import annotations

from dataclasses import dataclass, replace

from fibermap.money.gateway import refuse_unless_token
from fibermap.order.consent import Consent, keep_consent
from fibermap.order.contact import Contact, keep_contact
from fibermap.order.order import Shop, Wanted
from fibermap.order.order_commands import Placed, place_order, placed_before
from fibermap.order.texts import LONGEST_NAME, channel_of, plain_text
from fibermap.store import UnitOfWork

NOBODY_YET = 0
"""The contact of a request whose customer is not on record before it is carried out."""


@dataclass(frozen=True, slots=True)
class Customer:
    """Who orders; ``consent`` to be contacted about more than the order is None where they were not asked for it."""

    contact: Contact
    consent: Consent | None = None


def order_for(uow: UnitOfWork, customer: Customer, wanted: Wanted, shop: Shop) -> Placed:
    """Place an order for a customer, see `place_order`; the same request again keeps nobody twice."""
    channel_of(wanted.channel)
    if wanted.payment_method is not None:
        refuse_unless_token(wanted.payment_method)
    if wanted.rep is not None:
        wanted = replace(wanted, rep=plain_text("rep", wanted.rep, LONGEST_NAME))
    if placed_before(uow, wanted.request) is None:
        contact_id = keep_contact(uow, customer.contact)
        if customer.consent is not None:
            keep_consent(uow, contact_id, customer.consent, wanted.channel)
        wanted = replace(wanted, contact_id=contact_id)
    return place_order(uow, wanted, shop)
