"""The SIMULATED payment gateway: no money moves. It keeps books of its own and fails on demand, by test tokens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from fibermap.kernel.ids import stable_id
from fibermap.money.amount import Money
from fibermap.money.gateway import Answered, Charge, NotSent, Outcome, OutcomeUnknown, PageOrder, RefundOrder
from fibermap.money.signature import verify
from fibermap.money.simulated_page import SimulatedPage, close_page, find_page, open_page, page_of
from fibermap.money.webhook_event import WebhookEvent, read_event
from fibermap.store import Store, UnitOfWork, first_come

DECLINED: Mapping[str, str] = {
    "tok_chargeDeclined": "card_declined",
    "tok_chargeDeclinedInsufficientFunds": "insufficient_funds",
    "tok_chargeDeclinedExpiredCard": "expired_card",
    "tok_chargeDeclinedProcessingError": "processing_error",
    "tok_threeDSecure2Required": "authentication_required",
}
"""Tokens whose charge fails, and the word for why. They are Stripe's own test tokens."""
NEEDS_CUSTOMER = "tok_threeDSecure2Required"
"""It fails where nobody can ask the customer; at a page it is taken once they say that it is they."""

TAKEN = (
    "tok_visa", "tok_mastercard", "tok_amex",
    "tok_refundFail", "tok_pendingRefund", "tok_timeout", "tok_timeoutLost", "tok_unreachable",
)  # fmt: skip
"""The other tokens that there are."""

REFUND_FAILS, REFUND_PENDS = "tok_refundFail", "tok_pendingRefund"
"""The charge succeeds; its refund fails because the card has expired, or is pending until a webhook says more."""

ANSWER_LOST, REQUEST_LOST, UNREACHABLE = "tok_timeout", "tok_timeoutLost", "tok_unreachable"
"""The charge succeeds and its answer is lost; the first request is lost on its way; nobody is there the first time."""

_STATUS = {Outcome.DONE: "succeeded", Outcome.FAILED: "failed", Outcome.PENDING: "pending"}
_OUTCOME = {status: outcome for outcome, status in _STATUS.items()}


@dataclass(frozen=True, slots=True)
class _Made:
    """A charge or refund as the simulated books hold it; new ones were written just now."""

    gateway_id: str
    status: str
    failure: str | None
    is_new: bool = False


class SimulatedGateway:
    """Plays a payment gateway. SIMULATED: no money moves and no card exists.

    Parameters
    ----------
    store
        Where its books are kept, in transactions of their own, so that they survive what kills the caller.
    webhook_secret
        What its webhooks are signed with.
    """

    name = "simulated"

    def __init__(self, store: Store, *, webhook_secret: str = "", webhook_tolerance_s: int = 300) -> None:
        self._store = store
        self._secret = webhook_secret
        self._tolerance_s = webhook_tolerance_s
        self._lost: set[str] = set()

    def charge(self, charge: Charge) -> Answered:
        """Capture a payment, or fail as its token says."""
        if charge.token not in DECLINED and charge.token not in TAKEN:
            return Answered(Outcome.FAILED, None, "no_such_token")
        if charge.token in (REQUEST_LOST, UNREACHABLE) and charge.key not in self._lost:
            self._lost.add(charge.key)
            raise NotSent("gateway_unreachable") if charge.token == UNREACHABLE else OutcomeUnknown("simulated timeout")
        made = self._store.run(lambda uow: _charge(uow, charge), cause="simulated_gateway")
        if charge.token == ANSWER_LOST and made.is_new:
            raise OutcomeUnknown("simulated timeout")
        return _answered(made)

    def find_charge(self, charge: Charge) -> Answered:
        """Look a payment up by its key."""
        return self._find("simulated.find_charge", _FIND_CHARGE, charge.key)

    def open_page(self, order: PageOrder) -> Answered:
        """Open a page, which this server itself shows."""
        return self._store.run(lambda uow: open_page(uow, order), cause="simulated_gateway")

    def find_page(self, order: PageOrder) -> Answered:
        """Look up what became of a page."""
        return self._store.preview(lambda uow: self._of_page(uow, find_page(uow, order.key)), cause="read")

    def close_page(self, order: PageOrder) -> Answered:
        """Let nobody pay at a page any more."""
        return self._store.run(lambda uow: self._of_page(uow, close_page(uow, order.key)), cause="simulated_gateway")

    def pay_at_page(self, page_id: str, token: str) -> str | None:
        """Pay at a page with a test card, as a customer; return the word for why that failed, None where it did not.

        Raises
        ------
        NotFound, Conflict
            ``payment_page_not_found``; ``payment_page_closed``: it was paid, closed, or has expired.
        """
        return self._store.run(lambda uow: _pay(uow, page_id, token), cause="simulated_gateway")

    def _of_page(self, uow: UnitOfWork, page: SimulatedPage | None) -> Answered:
        if page is None:
            return Answered(Outcome.ABSENT)
        if page.is_complete:
            return self._find("simulated.find_charge", _FIND_CHARGE, page.key)
        return page.as_answer(uow.at_utc)

    def refund(self, order: RefundOrder) -> Answered:
        """Pay a payment back, or fail as the token of its charge says."""
        made = self._store.run(lambda uow: _refund(uow, order), cause="simulated_gateway")
        return Answered(Outcome.FAILED, None, "no_such_charge") if made is None else _answered(made)

    def find_refund(self, order: RefundOrder) -> Answered:
        """Look a refund up by its key."""
        return self._find("simulated.find_refund", _FIND_REFUND, order.key)

    def read_webhook(self, body: bytes, signature: str | None, now: datetime) -> WebhookEvent:
        """Verify and read a webhook in Stripe's shape."""
        verify(body, signature, self._secret, now, self._tolerance_s)
        return read_event(body)

    def _find(self, name: str, statement: str, key: str) -> Answered:
        row = self._store.sql.row(name, statement, [key])
        return Answered(Outcome.ABSENT) if row is None else _answered(_Made(*row))


def _pay(uow: UnitOfWork, page_id: str, token: str) -> str | None:
    page = page_of(uow, page_id)
    page.refuse_unless_open(uow.at_utc)
    if token in DECLINED and token != NEEDS_CUSTOMER:
        return DECLINED[token]
    if token not in TAKEN and token != NEEDS_CUSTOMER:
        return "no_such_token"
    _write(uow, page.key, token, page.money, None)
    page.complete(uow)
    return None


def _charge(uow: UnitOfWork, charge: Charge) -> _Made:
    there = uow.sql.row("simulated.find_charge", _FIND_CHARGE, [charge.key])
    if there is not None:
        return _Made(*there)
    failure = DECLINED.get(charge.token)
    return _write(uow, charge.key, charge.token, charge.money, failure)


def _write(uow: UnitOfWork, key: str, token: str, money: Money, failure: str | None) -> _Made:
    made = _Made(f"pi_simulated_{stable_id(key)}", "failed" if failure else "succeeded", failure, is_new=True)
    row = [key, made.gateway_id, token, money.currency, money.amount, made.status, failure, uow.at_utc]
    with first_come():
        uow.sql.execute("simulated.charge", "INSERT INTO simulated_charge VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
    return made


def _refund(uow: UnitOfWork, order: RefundOrder) -> _Made | None:
    there = uow.sql.row("simulated.find_refund", _FIND_REFUND, [order.key])
    if there is not None:
        return _Made(*there)
    charged = uow.sql.row("simulated.charge_of", _CHARGE_OF, [order.gateway_id, order.key])
    token, left = (None, 0) if charged is None else charged
    if token is None or order.money.amount > left:
        return None
    failure = "expired_or_canceled_card" if token == REFUND_FAILS else None
    status = "failed" if failure else "pending" if token == REFUND_PENDS else "succeeded"
    made = _Made(f"re_simulated_{stable_id(order.key)}", status, failure, is_new=True)
    row = [order.key, made.gateway_id, order.gateway_id, order.money.currency, order.money.amount, status, failure,
           uow.at_utc]  # fmt: skip
    with first_come():
        uow.sql.execute("simulated.refund", "INSERT INTO simulated_refund VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
    return made


def _answered(made: _Made) -> Answered:
    return Answered(_OUTCOME[made.status], made.gateway_id, made.failure)


_FIND_CHARGE = "SELECT gateway_id, status, failure FROM simulated_charge WHERE idempotency_key = ?"
_FIND_REFUND = "SELECT gateway_id, status, failure FROM simulated_refund WHERE idempotency_key = ?"
_CHARGE_OF = """
    SELECT token, amount - (
        SELECT coalesce(sum(amount), 0) FROM simulated_refund
        WHERE charge_id = c.gateway_id AND status <> 'failed' AND idempotency_key <> $2
    )
    FROM simulated_charge c WHERE gateway_id = $1 AND status = 'succeeded'
"""
