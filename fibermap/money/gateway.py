"""The payment gateway as the house sees it: a port in the shape of the Stripe API, and what may come of a call."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from fibermap.kernel.errors import Code, InputRefused
from fibermap.money.amount import Money

if TYPE_CHECKING:
    from fibermap.money.webhook_event import WebhookEvent

PAGE_EXPIRED = "page_expired"
"""The failure of a payment that nobody made while its page was open."""
_TOKEN = re.compile(r"(?:tok|pm)_[A-Za-z0-9_]{1,120}", re.ASCII)


class Outcome(StrEnum):
    """What is known of a charge or a refund."""

    DONE = "done"
    """The money has moved."""
    FAILED = "failed"
    """It has not, and will not by itself."""
    PENDING = "pending"
    """The gateway has it and is still at it."""
    ABSENT = "absent"
    """The gateway has never seen it."""


@dataclass(frozen=True, slots=True)
class Charge:
    """A card payment to be captured at once.

    Attributes
    ----------
    key
        The idempotency key; it also goes into the gateway's metadata, by which the charge is found again.
    token
        The gateway's name for the card. A card number never comes near this house.
    intended_at
        When the payment was intended; a look-up begins there.
    """

    key: str
    money: Money
    token: str
    description: str
    intended_at: datetime


@dataclass(frozen=True, slots=True)
class PageOrder:
    """A payment that the customer makes at a page of the gateway, where the card and 3-D Secure are.

    Attributes
    ----------
    key
        The idempotency key; it also goes into the metadata of the page and of the payment that is made there.
    return_url
        Where the customer comes back to, whether they paid or not; what they did is never read off it.
    page_id
        The gateway's; None before it is known.
    """

    key: str
    money: Money
    description: str
    intended_at: datetime
    expires_at: datetime
    return_url: str
    page_id: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A page that is open: its id at the gateway, where it is, and until when somebody may pay there."""

    page_id: str
    url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class RefundOrder:
    """A captured payment to be paid back in full."""

    key: str
    money: Money
    gateway_id: str
    intended_at: datetime


@dataclass(frozen=True, slots=True)
class Answered:
    """What the gateway says of a charge or a refund.

    Attributes
    ----------
    gateway_id
        Its id there; None where it has none.
    failure
        The gateway's word for why it failed: ``card_declined``, ``insufficient_funds``, ``expired_card``.
    page
        Where the customer pays, as long as they may; None otherwise.
    """

    outcome: Outcome
    gateway_id: str | None = None
    failure: str | None = None
    page: Page | None = None


class OutcomeUnknown(Exception):
    """A call broke off after it may have arrived. It is looked up before anything else, never simply repeated."""


class NotSent(Exception):
    """A call is known not to have been carried out: unreachable, turned away for its rate, or the key is wrong."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class PaymentGateway(Protocol):
    """Takes card payments and pays them back. Every call raises `OutcomeUnknown` or `NotSent` where it must."""

    @property
    def name(self) -> str:
        """``simulated`` or ``stripe``."""

    def charge(self, charge: Charge) -> Answered:
        """Capture a payment. The same key again is the same payment, not another one."""

    def find_charge(self, charge: Charge) -> Answered:
        """Look a payment up by its key; `Outcome.ABSENT` where it never arrived."""

    def open_page(self, order: PageOrder) -> Answered:
        """Open a page for a payment. The same key again is the same page."""

    def find_page(self, order: PageOrder) -> Answered:
        """Look up what became of a page, by its id, or by its key where that is not known."""

    def close_page(self, order: PageOrder) -> Answered:
        """Let nobody pay at a page any more; where somebody has paid there by now, the answer says so."""

    def refund(self, order: RefundOrder) -> Answered:
        """Pay a payment back. The same key again is the same refund."""

    def find_refund(self, order: RefundOrder) -> Answered:
        """Look a refund up by its key."""

    def read_webhook(self, body: bytes, signature: str | None, now: datetime) -> WebhookEvent:
        """Verify and read a webhook; raises ``InputRefused`` (``webhook_refused``)."""


def refuse_unless_token(token: str) -> str:
    """Return a payment token: ``tok_...`` or ``pm_...``.

    Raises
    ------
    InputRefused
        ``payment_token_refused``; the token is not repeated in the message, it may be a card number.
    """
    if not _TOKEN.fullmatch(token):
        raise InputRefused(
            Code.PAYMENT_TOKEN_REFUSED,
            "That is not a payment token.",
            hint="Send what the gateway's card field gave (tok_... or pm_...), never a card number.",
            field="payment_token",
        )
    return token
