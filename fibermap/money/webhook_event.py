"""What a gateway tells of its own accord, read from Stripe's shape into what this house follows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias

import orjson

from fibermap.kernel.errors import Code, InputRefused
from fibermap.money.gateway import PAGE_EXPIRED, Answered, Outcome

Subject: TypeAlias = Literal["payment", "page", "refund"]
LONGEST_ID = 200
METADATA_KEY = "fibermap_key"
"""Under it the gateway keeps our idempotency key, by which a payment is found again."""

_PAYMENT_FAILED = ("payment_intent.payment_failed", "payment_intent.canceled")
_REFUNDS = ("refund.created", "refund.updated", "refund.failed", "charge.refund.updated")
PAID = ("paid", "no_payment_required")
REFUND_OUTCOMES: Mapping[Any, Outcome] = {
    "succeeded": Outcome.DONE,
    "pending": Outcome.PENDING,
    "requires_action": Outcome.PENDING,
    "failed": Outcome.FAILED,
    "canceled": Outcome.FAILED,
}
"""What the status of a refund means."""


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """What a gateway tells of its own accord, its signature verified.

    Attributes
    ----------
    happened_at
        By the gateway's clock.
    subject
        None for whatever this house does not follow. A ``page`` speaks of the payment that is made at it.
    key
        The idempotency key of the payment or refund, from its metadata; None where it has none.
    answered
        What it says of it; None where `subject` is.
    body
        The event without what it says of people, JSON.
    """

    event_id: str
    type: str
    happened_at: datetime
    subject: Subject | None
    key: str | None
    answered: Answered | None
    body: str


def read_event(body: bytes) -> WebhookEvent:
    """Read an event in Stripe's shape, its signature verified before; raises ``InputRefused`` (``webhook_refused``)."""
    try:
        said = orjson.loads(body)
        found, event_id, kind = said["data"]["object"], said["id"], said["type"]
        happened_at = datetime.fromtimestamp(said["created"], UTC)
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, OverflowError, OSError) as error:
        raise webhook_refused("it is not an event") from error
    if not (isinstance(found, dict) and _is_id(event_id) and _is_id(kind)):
        raise webhook_refused("it is not an event")
    subject, answered = _what_it_says(kind, found)
    metadata = found.get("metadata")
    key = metadata.get(METADATA_KEY) if isinstance(metadata, dict) else None
    kept = orjson.dumps(_without_people(said)).decode()
    return WebhookEvent(event_id, kind, happened_at, subject, key if _is_id(key) else None, answered, kept)


def _what_it_says(kind: str, found: Mapping[str, Any]) -> tuple[Subject | None, Answered | None]:
    gateway_id = found["id"] if _is_id(found.get("id")) else None
    if kind == "payment_intent.succeeded":
        return "payment", Answered(Outcome.DONE, gateway_id)
    if kind in _PAYMENT_FAILED:
        return "payment", Answered(Outcome.FAILED, gateway_id, failure_of(found.get("last_payment_error")))
    if kind in _PAGES:
        return "page", _PAGES[kind](found)
    if kind in _REFUNDS and found.get("status") in REFUND_OUTCOMES:
        why = found.get("failure_reason")
        return "refund", Answered(REFUND_OUTCOMES[found["status"]], gateway_id, why if _is_id(why) else None)
    return None, None


def page_paid(session: Mapping[str, Any]) -> Answered:
    """Return what a page says that somebody has completed: the money is there, or the gateway is still at it."""
    intent = _intent_of(session)
    is_paid = session.get("payment_status") in PAID and intent is not None
    return Answered(Outcome.DONE if is_paid else Outcome.PENDING, intent)


_PAGES: Mapping[str, Callable[[Mapping[str, Any]], Answered]] = {
    "checkout.session.completed": page_paid,
    "checkout.session.async_payment_succeeded": page_paid,
    "checkout.session.async_payment_failed": lambda said: Answered(Outcome.FAILED, _intent_of(said), "payment_failed"),
    "checkout.session.expired": lambda _: Answered(Outcome.FAILED, None, PAGE_EXPIRED),
}
"""What is told of pages."""


def _intent_of(session: Mapping[str, Any]) -> str | None:
    """Return the payment that was made at a page, by which it is paid back."""
    said = session.get("payment_intent")
    found = said.get("id") if isinstance(said, Mapping) else said
    return str(found) if _is_id(found) else None


def failure_of(said: Any) -> str:
    """Return the gateway's word for why a card payment failed: the decline code where there is one."""
    words = (said.get("decline_code"), said.get("code")) if isinstance(said, Mapping) else ()
    return next((str(word) for word in words if _is_id(word)), "payment_failed")


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_ID


def webhook_refused(why: str) -> InputRefused:
    """Return the refusal of a webhook; it says nothing of the secret or of what was signed."""
    return InputRefused(Code.WEBHOOK_REFUSED, f"The webhook is not taken: {why}.")


_OF_PEOPLE = frozenset({
    "billing_details", "receipt_email", "shipping", "customer_details", "email", "name", "phone", "address",
    "payment_method_details", "customer_email", "description",
})  # fmt: skip


def _without_people(value: Any) -> Any:
    """Return JSON without what it says of people and cards."""
    if isinstance(value, Mapping):
        return {name: _without_people(each) for name, each in value.items() if name not in _OF_PEOPLE}
    return [_without_people(each) for each in value] if isinstance(value, list) else value
