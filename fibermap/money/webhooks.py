"""Webhooks: verified, each taken once, and never older than what is known already."""

from __future__ import annotations

from enum import StrEnum

from fibermap.money.desk import MoneyDesk
from fibermap.money.gateway import Outcome
from fibermap.money.payment_store import payment_by_key
from fibermap.money.payments import record_outcome
from fibermap.money.refund import refund_by_key
from fibermap.money.refunds import record_refund
from fibermap.money.webhook_event import WebhookEvent
from fibermap.store import UnitOfWork, first_come


class Effect(StrEnum):
    """What came of a webhook."""

    APPLIED = "applied"
    UNCHANGED = "unchanged"
    """It said what was known, or less than that."""
    IGNORED = "ignored"
    """It is about nothing that this house follows."""
    REPLAYED = "replayed"
    """It was taken before, and changed nothing now."""


def take_webhook(desk: MoneyDesk, body: bytes, signature: str | None) -> Effect:
    """Verify a webhook, keep it, and do what it says, all in one transaction.

    Parameters
    ----------
    body
        As it arrived, byte for byte.
    signature
        The header ``Stripe-Signature``.

    Raises
    ------
    InputRefused
        ``webhook_refused``: the signature is missing, wrong or too old, or the body is no event. Nothing is kept.
    """
    event = desk.gateway.read_webhook(body, signature, desk.store.clock.now())
    return desk.store.run(lambda uow: _take(uow, desk, event), cause=f"webhook:{event.type}")


def _take(uow: UnitOfWork, desk: MoneyDesk, event: WebhookEvent) -> Effect:
    seen = uow.sql.value("webhook.seen", "SELECT 1 FROM payment_webhook WHERE webhook_id = ?", [event.event_id])
    if seen:
        return Effect.REPLAYED
    effect = _apply(uow, event)
    row = [event.event_id, desk.gateway.name, event.type, event.happened_at, uow.at_utc, str(effect), event.body]
    with first_come():
        uow.sql.execute("webhook.keep", "INSERT INTO payment_webhook VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    return effect


def _apply(uow: UnitOfWork, event: WebhookEvent) -> Effect:
    if event.key is None or event.answered is None:
        return Effect.IGNORED
    if event.answered.outcome is Outcome.PENDING and event.subject in ("payment", "page"):
        return Effect.UNCHANGED
    if event.subject in ("payment", "page") and (payment := payment_by_key(uow.sql, event.key)) is not None:
        if event.subject == "payment" and payment.page is not None and event.answered.outcome is Outcome.FAILED:
            return Effect.UNCHANGED  # one card was refused; at the page the customer may try another
        return _said(record_outcome(uow, payment.payment_id, event.answered))
    if event.subject == "refund" and (refund := refund_by_key(uow.sql, event.key)) is not None:
        return _said(record_refund(uow, refund.refund_id, event.answered))
    return Effect.IGNORED


def _said(was_news: bool) -> Effect:
    return Effect.APPLIED if was_news else Effect.UNCHANGED
