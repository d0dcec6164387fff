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
    """

    outcome: Outcome
    gateway_id: str | None = None
    failure: str | None = None


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
