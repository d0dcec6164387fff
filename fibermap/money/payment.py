"""A payment: what was asked of the gateway, how far that came, and which step may follow which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from fibermap.money.amount import Money
from fibermap.money.gateway import Charge, PageOrder


class PaymentState(StrEnum):
    """How far a payment came."""

    INTENDED = "intended"
    """On record; the gateway has not been called, or is known not to have carried it out."""
    CALLING = "calling"
    """Somebody calls the gateway now, or did when the process ended."""
    UNKNOWN = "unknown"
    """The call broke off; it is looked up."""
    AWAITING = "awaiting"
    """The customer is at the gateway's page, or may still go there."""
    CAPTURED = "captured"
    """The money was taken."""
    FAILED = "failed"
    """It was not."""


STEPS: Mapping[PaymentState, frozenset[PaymentState]] = {
    PaymentState.INTENDED: frozenset({PaymentState.CALLING, PaymentState.CAPTURED, PaymentState.FAILED}),
    # A call whose process is gone is made anew by another.
    PaymentState.CALLING: frozenset(PaymentState),
    PaymentState.UNKNOWN: frozenset(
        {
            PaymentState.CALLING,
            PaymentState.AWAITING,
            PaymentState.CAPTURED,
            PaymentState.FAILED,
        }
    ),
    # Somebody paid, and the gateway is still at it.
    PaymentState.AWAITING: frozenset({PaymentState.UNKNOWN, PaymentState.CAPTURED, PaymentState.FAILED}),
    PaymentState.CAPTURED: frozenset(),
    # A gateway that says at last that it took the money is right: the money is there.
    PaymentState.FAILED: frozenset({PaymentState.CAPTURED}),
}
"""Which state may follow which. What is captured stays captured, so no older word of the gateway can undo a newer."""


@dataclass(frozen=True, slots=True)
class AtPage:
    """The page of a payment that is made at one.

    Attributes
    ----------
    return_url
        Where the customer comes back to.
    page_id, url
        The gateway's id of it, and where it is; None before they are known.
    looked_at
        When the gateway was last asked for it; None: never.
    closing_at
        Since when nobody is to pay there any more; None: somebody may.
    """

    return_url: str
    expires_at: datetime
    page_id: str | None = None
    url: str | None = None
    looked_at: datetime | None = None
    closing_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment as it stands.

    Attributes
    ----------
    payment_id
        Its number here; a deposit has the number of its payment.
    idempotency_key
        The caller's: the same key is the same payment.
    party
        Who pays, as the caller names them: ``lead:12``.
    token, page
        What it is paid by: a token of the gateway, or a page of it. One of them is None.
    gateway_id, failure
        The gateway's id of it, and its word for why it failed: ``card_declined``. None where there is none.
    """

    payment_id: int
    idempotency_key: str
    purpose: str
    party: str
    money: Money
    token: str | None
    gateway: str
    state: PaymentState
    gateway_id: str | None
    failure: str | None
    intended_at: datetime
    changed_at: datetime
    page: AtPage | None = None

    @property
    def is_open(self) -> bool:
        """Whether nobody knows yet how it ends."""
        return self.state not in (PaymentState.CAPTURED, PaymentState.FAILED)

    def may_become(self, state: PaymentState) -> bool:
        """Tell whether a state may follow the present one."""
        return state in STEPS[self.state]

    def as_charge(self) -> Charge:
        """Return it as the gateway is asked for it, where a token is known."""
        assert self.token is not None
        return Charge(self.idempotency_key, self.money, self.token, self._description, self.intended_at)

    def as_page_order(self) -> PageOrder:
        """Return it as the gateway is asked for its page, where it is paid at one."""
        page = self.page
        assert page is not None
        return PageOrder(
            self.idempotency_key, self.money, self._description, self.intended_at, page.expires_at, page.return_url,
            page.page_id,
        )  # fmt: skip

    @property
    def _description(self) -> str:
        return f"{self.purpose} {self.payment_id}"
